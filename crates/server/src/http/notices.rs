//! Notices: what an account was told.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use charging::{AccountId, NoticeCategory};
use ledger::read::{NoticeQuery, NoticeRow};
use serde::Deserialize;
use serde_json::Value;
use wire::error;

use super::blocking;
use super::error::Failure;
use super::extract::{Query, page_limit};
use super::subject::Subject;
use crate::app::App;
use crate::notify::{arrears_reasons, member_name};
use crate::views::notices::{Known, notice};

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

/// `GET …/notices`.
pub async fn get(State(app): State<Arc<App>>, Query(page): Query<Page>, subject: Subject) -> Answer {
    list(app, subject.account, page).await
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
    let shown = blocking(move || {
        let rows = app.read.notices(account, &query)?;
        let shown = |row: &NoticeRow| -> Result<Value, Failure> {
            let member = member_name(&app.auth.directory, &row.kind)?;
            let reasons = match row.kind.begins_arrears() {
                false => None,
                true => {
                    let read = app.engine.read(account, app.clock.now(), |live, _| live.account.clone())?;
                    arrears_reasons(&app, &read.wait()?, row.at)?
                }
            };
            let known = Known { member: member.as_deref(), reasons: reasons.as_ref() };
            Ok(notice(row, zone, known))
        };
        rows.iter().map(shown).collect::<Result<Vec<Value>, _>>()
    });
    Ok(Json(Value::Array(shown.await?)))
}
