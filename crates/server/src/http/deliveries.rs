//! Deliveries: what was sent to whom, what failed and why.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use charging::AccountId;
use ledger::outbox::{Delivery, DeliveryQuery, OutboxError, State as DeliveryState};
use serde::Deserialize;
use serde_json::{Value, json};
use wire::error;

use super::blocking;
use super::body::read_body;
use super::error::Failure;
use super::extract::{Query, page_limit};
use super::invalid::parse;
use super::subject::Subject;
use crate::app::App;
use crate::notify::{self, OPERATOR_PREFIX, canary_status, view, zone};

const LIMIT: usize = 1_000;
const BODY_LIMIT_BYTES: usize = 16 * 1024;

type Answer = Result<Json<Value>, Failure>;

/// Our own fault; the log has the details.
pub(super) fn unavailable(problem: OutboxError) -> Failure {
    tracing::error!(%problem, "the outbox cannot be used");
    Failure::of(error::BACKEND_UNAVAILABLE)
}

/// A page of deliveries.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    before: Option<u64>,
    limit: Option<usize>,
    state: Option<String>,
}

impl Page {
    fn query(&self, account: Option<AccountId>) -> Result<DeliveryQuery, Failure> {
        let words = self.state.as_deref().unwrap_or_default();
        let states = words.split(',').filter(|word| !word.is_empty()).map(|word| {
            DeliveryState::of_word(word).ok_or_else(|| {
                let all: Vec<&str> = DeliveryState::ALL.into_iter().map(DeliveryState::word).collect();
                let detail = format!("state {word:?} is none of {}", all.join(", "));
                Failure::of(error::INVALID_PARAMETER).because(detail)
            })
        });
        Ok(DeliveryQuery {
            account,
            // The operator's own recipients are none of an account's business.
            without: account.map(|_| OPERATOR_PREFIX.to_owned()),
            states: states.collect::<Result<_, _>>()?,
            before: self.before,
            limit: page_limit(self.limit, 100, LIMIT)?,
        })
    }
}

/// `GET …/deliveries`.
pub async fn get(State(app): State<Arc<App>>, Query(page): Query<Page>, subject: Subject) -> Answer {
    list(app, subject, page).await
}

/// A page of an account's deliveries, newest first.
async fn list(app: Arc<App>, subject: Subject, page: Page) -> Answer {
    let Subject { account, name, .. } = subject;
    let query = page.query(Some(account))?;
    let zone = app.engine.read(account, app.clock.now(), |live, _| live.account.zone())?.await?;
    let rows = blocking(move || app.notifier.outbox.list(&query).map_err(unavailable)).await?;
    Ok(Json(rows.iter().map(|row| view::delivery(row, Some(&name), zone)).collect()))
}

/// `GET /v1/admin/outbox`: all accounts' deliveries, newest first, how many are in each state, and the canary.
pub async fn outbox(State(app): State<Arc<App>>, Query(page): Query<Page>) -> Answer {
    let query = page.query(None)?;
    blocking(move || {
        let rows = app.notifier.outbox.list(&query).map_err(unavailable)?;
        let counts = app.notifier.outbox.counts().map_err(unavailable)?;
        let canary = canary_status(&app).map_err(|problem| {
            tracing::error!(%problem, "the canary cannot be looked up");
            Failure::of(error::BACKEND_UNAVAILABLE)
        })?;
        let zone = zone(&app, None);
        let counts: serde_json::Map<String, Value> =
            counts.into_iter().map(|(state, count)| (state.word().to_owned(), json!(count))).collect();
        let mut names = BTreeMap::new();
        for account in rows.iter().filter_map(|row| row.account) {
            if let Entry::Vacant(name) = names.entry(account)
                && let Some(row) = app.auth.directory.account_by_id(&account.to_string())?
            {
                name.insert(row.name);
            }
        }
        let name = |row: &Delivery| row.account.and_then(|account| names.get(&account)).map(String::as_str);
        let rows: Vec<Value> = rows.iter().map(|row| view::delivery(row, name(row), zone)).collect();
        Ok(Json(json!({ "counts": counts, "canary": canary, "deliveries": rows })))
    })
    .await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Retry {
    key: Option<String>,
}

/// `POST /v1/admin/outbox/retry`: one delivery, or all that failed or were given up, at once. What an attempt would come
/// to nothing for stays as it is, and is told.
pub async fn retry(State(app): State<Arc<App>>, request: Request) -> Answer {
    let body = read_body(&app, request.into_body(), BODY_LIMIT_BYTES).await?;
    let Retry { key } = parse(&body)?;
    blocking(move || {
        let now = app.clock.now();
        let why_not = |delivery: &Delivery| notify::why_not_again(&app, delivery, now);
        let retried = app.notifier.outbox.retry(key.as_deref(), why_not).map_err(unavailable)?;
        if retried.due == 0 && key.is_some() {
            let why = retried.left.into_keys().next();
            let why = why.unwrap_or_else(|| "there is no such delivery that could be tried again".into());
            return Err(Failure::of(error::INVALID_PARAMETER).because(why));
        }
        app.notifier.nudge();
        let left = retried.left.iter().map(|(why, count)| json!({ "why": why, "count": count }));
        Ok(Json(json!({ "due": retried.due, "left": left.collect::<Vec<_>>() })))
    })
    .await
}
