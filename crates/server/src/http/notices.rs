//! Notices: what an account was told.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use charging::{AccountId, NoticeCategory};
use ledger::read::NoticeQuery;
use serde::Deserialize;
use serde_json::Value;
use wire::error;

use super::admin::find;
use super::error::Failure;
use super::extract::{Path, Query, page_limit};
use super::{Known, blocking};
use crate::app::App;
use crate::views::notices::notice;

const LIMIT: usize = 1_000;

type Answer = Result<Json<Value>, Failure>;

/// A page of notices.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    after: Option<u64>,
    limit: Option<usize>,
    category: Option<String>,
}

/// `GET /v1/notices`.
pub async fn of_caller(State(app): State<Arc<App>>, Query(page): Query<Page>, request: Request) -> Answer {
    let known = Known::read(&app, request).await?;
    list(app, known.caller.account, page).await
}

/// `GET /v1/admin/accounts/{name}/notices`.
pub async fn of_account(
    State(app): State<Arc<App>>,
    Path(account): Path<String>,
    Query(page): Query<Page>,
) -> Answer {
    let (id, _) = find(&app, &account).await?;
    list(app, id, page).await
}

/// A page of an account's notices, oldest first.
async fn list(app: Arc<App>, account: AccountId, page: Page) -> Answer {
    let category = page.category.as_deref().map(|word| {
        NoticeCategory::of_word(word).ok_or_else(|| {
            let words: Vec<_> = NoticeCategory::ALL.into_iter().map(NoticeCategory::word).collect();
            Failure::of(error::INVALID_PARAMETER)
                .because(format!("category {word:?} is none of {}", words.join(", ")))
        })
    });
    let query = NoticeQuery {
        after: page.after.unwrap_or(0),
        limit: page_limit(page.limit, LIMIT, LIMIT)?,
        category: category.transpose()?,
    };
    // What is due by now is told first.
    let zone = app.engine.read(account, app.clock.now(), |live, _| live.account.zone())?.await?;
    let rows = blocking(move || Ok(app.read.notices(account, &query)?)).await?;
    Ok(Json(rows.iter().map(|row| notice(row, zone)).collect()))
}
