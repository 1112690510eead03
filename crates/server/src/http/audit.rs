//! What operators do is kept: who, when, where from, which request, about which account, and what it was answered. For
//! people, `GET /v1/admin/audit`; and every action is a line of the log besides, so that whoever keeps logs keeps all.
//!
//! An action is whatever may change something: every request but GET, from its proof on. It is kept after it was done and
//! before it is answered, by a task that goes on when the operator has hung up. Whoever proves nothing leaves no trace here,
//! or strangers could push out the others'.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::{MatchedPath, OriginalUri, RawPathParams, Request, State};
use axum::http::Method;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::{Json, RequestExt as _, Router};
use charging::Timestamp;
use ledger::directory::{ActionQuery, ActionRow};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wire::error;

use super::error::Failure;
use super::extract::{Query, page_limit};
use super::subject::NAME;
use super::{address_of, blocking, request_id};
use crate::app::App;
use crate::clock::system_now_ms;

const LIMIT: usize = 1_000;
/// How much of an account's name is kept, in letters.
const NAME_LIMIT: usize = 64;
/// How much of a hash tells tokens and sessions apart.
const ID_BYTES: usize = 8;

/// Who acted. An answer that carries this is one to an operator.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Actor {
    proof: Cow<'static, str>,
    id: String,
}

impl Actor {
    /// Whoever shows the token with this hash.
    pub fn with_token(hash: &[u8; 32]) -> Actor {
        Actor::of("token", hash)
    }

    /// Whoever comes with the session with this hash.
    pub fn with_session(hash: &[u8; 32]) -> Actor {
        Actor::of("session", hash)
    }

    /// Whoever begins that session.
    pub fn signing_in(hash: &[u8; 32]) -> Actor {
        Actor::of("sign_in", hash)
    }

    fn of(proof: &'static str, hash: &[u8; 32]) -> Actor {
        let id = hash.iter().take(ID_BYTES).map(|byte| format!("{byte:02x}")).collect();
        Actor { proof: proof.into(), id }
    }
}

/// Which account an action was about whose path names none; a part of the answer.
#[derive(Debug, Clone)]
pub struct About(pub String);

/// These routes, whose actions are kept.
pub fn kept(app: Arc<App>, routes: Router<Arc<App>>) -> Router<Arc<App>> {
    routes.layer(middleware::from_fn_with_state(app, keep))
}

async fn keep(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return next.run(request).await;
    }
    let mut row = asked(&mut request).await;
    let tasks = app.tasks.clone();
    let done = tasks.spawn(request_id::carried(async move {
        let response = next.run(request).await;
        if let Some(Actor { proof, id }) = response.extensions().get().cloned() {
            row.proof = proof.into_owned();
            row.proof_id = id;
            row.status = response.status().as_u16();
            row.account = response.extensions().get::<About>().map(|about| about.0.clone()).or(row.account);
            done_by_operator(app, row).await;
        }
        response
    }));
    done.await.unwrap_or_else(|_| Failure::of(error::BACKEND_UNAVAILABLE).into_response())
}

/// What is known of a request before it is answered.
async fn asked(request: &mut Request) -> ActionRow {
    let params = request.extract_parts::<RawPathParams>().await.ok();
    let account = params
        .and_then(|params| params.iter().find(|(param, _)| *param == NAME).map(|(_, name)| name.to_owned()));
    // None that there is has a longer name.
    let account = account.map(|name| name.chars().take(NAME_LIMIT).collect());
    let extensions = request.extensions();
    let path = extensions.get::<OriginalUri>().map_or(request.uri(), |original| &original.0).path();
    ActionRow {
        at_ms: system_now_ms(),
        proof: String::new(),
        proof_id: String::new(),
        address: address_of(extensions).map(|address| address.to_string()),
        method: request.method().to_string(),
        route: extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned(),
        path: path.to_owned(),
        account,
        status: 0,
        request_id: request_id::current().unwrap_or_default(),
    }
}

async fn done_by_operator(app: Arc<App>, row: ActionRow) {
    let ActionRow { proof, proof_id, address, method, path, account, status, request_id, .. } = &row;
    tracing::info!(target: "audit", proof, proof_id, address, method, path, account, status, request_id, "an operator acted");
    let kept = blocking(move || Ok(app.auth.directory.insert_action(&row)?)).await;
    if let Err(problem) = kept {
        // It was done: to answer that it failed would be worse.
        tracing::error!(problem = problem.message(), "what an operator did stands in this log alone");
    }
}

/// Which actions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    account: Option<String>,
    before: Option<u64>,
    limit: Option<usize>,
}

/// `GET /v1/admin/audit`: what operators did, newest first.
///
/// # Errors
/// A page that is too long, or the directory's.
pub async fn list(
    State(app): State<Arc<App>>,
    Query(Page { account, before, limit }): Query<Page>,
) -> Result<Json<Value>, Failure> {
    let query = ActionQuery { account, before, limit: page_limit(limit, 100, LIMIT)? };
    let rows = blocking(move || Ok(app.auth.directory.actions(&query)?)).await?;
    let actions: Vec<Value> = rows.iter().map(view).collect();
    Ok(Json(json!({ "actions": actions })))
}

fn view((number, row): &(u64, ActionRow)) -> Value {
    json!({
        "number": number,
        "at": Timestamp::from_ms(row.at_ms).to_string(),
        "proof": row.proof,
        "proof_id": row.proof_id,
        "address": row.address,
        "method": row.method,
        "route": row.route,
        "path": row.path,
        "account": row.account,
        "status": row.status,
        "request_id": row.request_id,
    })
}
