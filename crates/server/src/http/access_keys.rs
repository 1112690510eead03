//! `/v1/access-keys`: a user's own keys for signing. The secret is shown once, when the key is made.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use charging::Timestamp;
use ledger::directory::{DirectoryError, MAX_ACCESS_KEYS, OwnKeyRow};
use serde_json::{Value, json};
use wire::error;

use super::Known;
use super::error::Failure;
use super::extract::Path;
use super::routes::Routes;
use crate::app::App;
use crate::auth::secrets::{new_access_key, new_secret_key};

/// Routes under `/v1`.
pub fn routes() -> Routes {
    Routes::under("/v1")
        .get("/access-keys", list)
        .post("/access-keys", create)
        .delete("/access-keys/{access_key}", delete)
}

type Answer = Result<Json<Value>, Failure>;

async fn list(State(app): State<Arc<App>>, request: Request) -> Answer {
    let known = Known::read(&app, request).await?;
    view(&app, &known).map(Json)
}

async fn create(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let known = Known::read(&app, request).await?;
    let (access_key, secret_key) = (new_access_key(), new_secret_key());
    let sealed = app.auth.secrets.seal(&access_key, &secret_key);
    let now_ms = app.clock.now().ms();
    let user_id = &known.caller.user.user_id;
    app.auth.directory.insert_access_key(user_id, &access_key, &sealed, now_ms).map_err(|problem| {
        match problem {
            DirectoryError::TooManyKeys => Failure::of(error::INVALID_PARAMETER)
                .because(&problem)
                .with_cure("too_many_keys", "Delete a key that is not used any more, then make a new one."),
            problem => problem.into(),
        }
    })?;
    let created = json!({ "access_key": access_key, "secret_key": secret_key });
    let mut response = Json(created).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

async fn delete(State(app): State<Arc<App>>, Path(access_key): Path<String>, request: Request) -> Answer {
    let known = Known::read(&app, request).await?;
    if !app.auth.directory.delete_access_key(&known.caller.user.user_id, &access_key)? {
        return Err(Failure::of(error::INVALID_PARAMETER).because("you have no such access key"));
    }
    view(&app, &known).map(Json)
}

fn view(app: &App, known: &Known) -> Result<Value, Failure> {
    let rows = app.auth.directory.access_keys_of(&known.caller.user.user_id)?;
    let created_at = |row: &OwnKeyRow| row.created_at_ms.map(|ms| Timestamp::from_ms(ms).to_string());
    let keys: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({ "access_key": row.access_key, "enabled": row.enabled, "created_at": created_at(row) })
        })
        .collect();
    Ok(json!({ "limit": MAX_ACCESS_KEYS, "keys": keys }))
}
