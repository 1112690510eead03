//! Billing Center: the caller's own balances.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use charging::Money;
use wire::bss::{Balance, Balances};

use super::Known;
use super::error::Failure;
use crate::app::App;
use crate::views::money;

/// `GET /v2/accounts/customer-accounts/balances`.
pub async fn balances(State(app): State<Arc<App>>, request: Request) -> Result<Json<Balances>, Failure> {
    let known = Known::read(&app, request).await?;
    let account = known.caller.account;
    let read =
        app.engine.read(account, app.clock.now(), |live, _| (live.account.cash(), live.account.debt()))?;
    let (cash, debt) = read.await?;
    let currency = app.engine.rules().catalog.currency.clone();
    let balance = |account_type, amount| Balance {
        account_id: account.to_string(),
        account_type,
        amount: money(amount),
        currency: currency.clone(),
        designated_amount: money(Money::ZERO),
        credit_amount: money(Money::ZERO),
        measure_id: 1,
    };
    // 1: cash; 2: credit, which no account has yet.
    let account_balances = vec![balance(1, cash), balance(2, Money::ZERO)];
    Ok(Json(Balances {
        account_balances,
        debt_amount: money(debt),
        measure_id: 1,
        currency: currency.clone(),
    }))
}
