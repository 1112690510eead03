//! Keys for signing: a user's own, or, for the operator, those of the account's first user. The secret is shown once,
//! when the key is made.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use charging::Timestamp;
use ledger::directory::{DirectoryError, MAX_ACCESS_KEYS, OwnKeyRow, UserRow};
use serde_json::{Value, json};
use wire::error;

use super::error::Failure;
use super::subject::{InPath, Subject};
use crate::app::App;
use crate::auth::secrets::new_secret_key;

type Answer = Result<Json<Value>, Failure>;

/// `GET …/access-keys`.
pub async fn list(State(app): State<Arc<App>>, subject: Subject) -> Answer {
    view(&app, &subject.user(&app)?).map(Json)
}

/// `POST …/access-keys`.
pub async fn create(State(app): State<Arc<App>>, subject: Subject) -> Result<Response, Failure> {
    let (access_key, secret_key) = (app.auth.shard.new_access_key(), new_secret_key());
    let sealed = app.auth.secrets.seal(&access_key, &secret_key);
    let now_ms = app.clock.now().ms();
    let user_id = &subject.user(&app)?.user_id;
    let kept = app.auth.directory.insert_access_key(user_id, &access_key, &sealed, "", now_ms);
    kept.map_err(|problem| match problem {
        DirectoryError::NoProgrammaticAccess => Failure::console_only(),
        DirectoryError::TooManyKeys => Failure::of(error::INVALID_PARAMETER)
            .because(&problem)
            .with_cure("too_many_keys", "Delete a key that is not used any more, then make a new one."),
        problem => problem.into(),
    })?;
    let created = json!({ "access_key": access_key, "secret_key": secret_key });
    let mut response = Json(created).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// `DELETE …/access-keys/{access_key}`.
pub async fn delete(
    State(app): State<Arc<App>>,
    InPath([access_key]): InPath<1>,
    subject: Subject,
) -> Answer {
    let user = subject.user(&app)?;
    if !app.auth.directory.delete_access_key(&user.user_id, &access_key)? {
        let detail = format!("user {} has no such access key", user.name);
        return Err(Failure::of(error::INVALID_PARAMETER).because(detail));
    }
    view(&app, &user).map(Json)
}

fn view(app: &App, user: &UserRow) -> Result<Value, Failure> {
    let rows = app.auth.directory.access_keys_of(&user.user_id)?;
    let created_at = |row: &OwnKeyRow| row.created_at_ms.map(|ms| Timestamp::from_ms(ms).to_string());
    let keys: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({ "access_key": row.access_key, "enabled": row.enabled, "created_at": created_at(row) })
        })
        .collect();
    Ok(json!({ "user": user.name, "limit": MAX_ACCESS_KEYS, "keys": keys }))
}
