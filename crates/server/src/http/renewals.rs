//! Renewals: another period for a package, and what happens when one ends.

use std::num::NonZeroU8;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use charging::{AccountId, LotNo, RENEWAL_DAYS, RenewalMode, RenewalPlan};
use serde::Deserialize;
use serde_json::{Value, json};
use wire::error;

use super::coupons::Choice;
use super::customer::{key, purchased};
use super::error::Failure;
use super::invalid::parse;
use super::subject::{InPath, Subject};
use crate::app::App;
use crate::auth::rights::for_the_payer;
use crate::views::commerce;

type Answer = Result<Json<Value>, Failure>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Renew {
    key: Option<String>,
    #[serde(default)]
    coupons: Choice,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Renewal {
    mode: RenewalMode,
    #[serde(default = "default_days")]
    days_before: u8,
    /// How many times, of one that is renewed by itself.
    times: Option<NonZeroU8>,
}

/// The most times that a package may be renewed by itself, if there is an end.
pub const TIMES_LIMIT: u8 = 99;

fn default_days() -> u8 {
    RENEWAL_DAYS
}

/// `POST …/packages/{lot}/renew`.
pub async fn post(State(app): State<Arc<App>>, InPath([lot]): InPath<1>, subject: Subject) -> Answer {
    renew(&app, subject.account, &lot, &subject.body).await
}

/// `PUT …/packages/{lot}/renewal`.
pub async fn put(State(app): State<Arc<App>>, InPath([lot]): InPath<1>, subject: Subject) -> Answer {
    set(&app, &subject, &lot).await
}

async fn renew(app: &App, account: AccountId, lot: &str, body: &[u8]) -> Answer {
    let Renew { key: text, coupons } = parse(body)?;
    let lot = lot_no(lot)?;
    // A key is for one package: used for another it is a conflict in the core.
    let key = key("renewal", text.as_deref())?;
    let renewed = app.engine.renew(account, lot, coupons.into(), key, app.clock.now())?.await??;
    purchased(app, account, renewed).await
}

async fn set(app: &App, subject: &Subject, lot: &str) -> Answer {
    let Renewal { mode, days_before, times } = parse(&subject.body)?;
    // A member ends the renewals it has from before, and begins none.
    if mode == RenewalMode::Auto && subject.is_a_member_itself() {
        return Err(for_the_payer());
    }
    let account = subject.account;
    let lot = lot_no(lot)?;
    if times.is_some_and(|times| times.get() > TIMES_LIMIT) {
        let problem = format!("times: 1 to {TIMES_LIMIT}, or none for no end");
        return Err(Failure::of(error::INVALID_PARAMETER).because(problem));
    }
    let plan = RenewalPlan { mode, days_before, times };
    app.engine.set_renewal(account, lot, plan, app.clock.now())?.await??;
    let view = app.engine.read(account, app.clock.now(), |live, _| commerce::renewal(live, lot))?;
    let mut view = view.await?;
    view["lot"] = json!(lot);
    Ok(Json(view))
}

/// The number of a package in a path.
///
/// # Errors
/// AIS.0101.
pub fn lot_no(text: &str) -> Result<LotNo, Failure> {
    let no = text.parse().map(LotNo);
    no.map_err(|_| Failure::of(error::INVALID_PARAMETER).because("a package is named by its number"))
}
