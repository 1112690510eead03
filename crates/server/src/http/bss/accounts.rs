//! Balances, income and expenses, quota.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use charging::{Money, Timestamp};
use ledger::read::{Transaction, TransactionKind, TransactionQuery};
use wire::bss::CURRENCY_UNIT;
use wire::bss::accounts::{Balance, Balances, Change, Changes, ChangesQuery, Quota};

use super::names::{self, cycle, utc};
use super::{Answer, Asked, Owner, Slice, page, wrong};
use crate::app::App;
use crate::http::blocking;
use crate::http::error::Failure;
use crate::views::money;

/// The kinds of balance that have records; all but the cash are empty.
const BALANCE_TYPES: [&str; 5] = [
    "BALANCE_TYPE_DEBIT",
    "BALANCE_TYPE_CREDIT",
    "BALANCE_TYPE_BONUS",
    "BALANCE_TYPE_COUPON",
    "BALANCE_TYPE_RCASH_COUPON",
];

/// `GET /v2/accounts/customer-accounts/balances`.
pub async fn balances(State(app): State<Arc<App>>, request: Request) -> Answer<Balances> {
    let owner = Asked::read(&app, request).await?.owner;
    let read =
        app.engine.read(owner.account, owner.now, |live, _| (live.account.cash(), live.account.debt()))?;
    let (cash, debt) = read.await?;
    let balance = |account_type, amount| Balance {
        account_id: owner.account.to_string(),
        account_type,
        amount: money(amount),
        currency: owner.currency.clone(),
        designated_amount: money(Money::ZERO),
        credit_amount: money(Money::ZERO),
        measure_id: CURRENCY_UNIT,
    };
    // 1: cash; 2: credit, which no account has yet.
    Ok(Json(Balances {
        account_balances: vec![balance(1, cash), balance(2, Money::ZERO)],
        debt_amount: money(debt),
        measure_id: CURRENCY_UNIT,
        currency: owner.currency.clone(),
    }))
}

/// `GET /v2/accounts/customer-accounts/expenditure-quota`: the spending cap of the whole account, this month.
pub async fn quota(State(app): State<Arc<App>>, request: Request) -> Answer<Quota> {
    let owner = Asked::read(&app, request).await?.owner;
    let read = app.engine.read(owner.account, owner.now, |live, now| {
        let cap = live.account.spend_caps().iter().find(|cap| cap.api.is_none());
        cap.map(|cap| (cap.monthly, live.account.spent_this_month(None, now)))
    })?;
    let (granted, used) = read.await?.unwrap_or_default();
    let percentage = (i128::from(used.e8()) * 10_000).checked_div(i128::from(granted.e8())).unwrap_or(0);
    Ok(Json(Quota {
        granting_amount: money(granted),
        granting_amount_used: money(used),
        percentage_granting_amount_used: hundredths(percentage),
        measure_id: CURRENCY_UNIT,
        currency: owner.currency,
    }))
}

fn hundredths(number: i128) -> wire::number::Decimal {
    wire::number::Decimal::new(format!("{}.{:02}", number.div_euclid(100), number.rem_euclid(100)))
}

/// `GET /v2/accounts/customer-accounts/account-change-records`.
pub async fn changes(State(app): State<Arc<App>>, request: Request) -> Answer<Changes> {
    let asked = Asked::read(&app, request).await?;
    let query: ChangesQuery = asked.query()?;
    let bounds = page(query.offset, query.limit, 100)?;
    let kind = query.balance_type.as_str();
    if !BALANCE_TYPES.contains(&kind) {
        return Err(wrong(format!("balance_type={kind}: choose one of {}", BALANCE_TYPES.join(", "))));
    }
    let (from, to) = times(&query.trade_time_begin, &query.trade_time_end)?;
    let owner = asked.owner;
    if kind != "BALANCE_TYPE_DEBIT" {
        return Ok(Json(Changes { total_count: 0, currency: owner.currency, records: Vec::new() }));
    }
    blocking(move || {
        let mut slice = Slice::new(bounds);
        let mut after = 0;
        loop {
            let of = TransactionQuery { after, limit: ledger::read::ROWS_LIMIT, from, to };
            let rows = app.read.transactions(owner.account, &of)?;
            let Some(last) = rows.last() else { break };
            after = last.number;
            for row in rows.iter().filter(|row| !row.cash_change.is_zero()) {
                let trade = trade_id(row, &owner);
                let wanted =
                    |asked: &Option<String>, found: &str| asked.as_deref().is_none_or(|a| a == found);
                if wanted(&query.revenue_expense_type, direction(row.cash_change))
                    && wanted(&query.trade_type, trade_type(row))
                    && wanted(&query.trade_id, &trade)
                {
                    slice.add(|| change(row, trade, &owner));
                }
            }
        }
        Ok(Json(Changes { total_count: slice.count, currency: owner.currency.clone(), records: slice.rows }))
    })
    .await
}

/// The first and the last day of a query, as instants: dates in UTC+08:00.
pub fn times(
    begin: &Option<String>,
    end: &Option<String>,
) -> Result<(Option<Timestamp>, Option<Timestamp>), Failure> {
    let day = |text: &Option<String>| text.as_deref().map(|text| names::day(text).map_err(wrong)).transpose();
    Ok((day(begin)?.map(|(from, _)| from), day(end)?.map(|(_, to)| to)))
}

/// `REVENUE` or `EXPENSE`.
pub fn direction(change: Money) -> &'static str {
    if change < Money::ZERO { "EXPENSE" } else { "REVENUE" }
}

fn trade_id(row: &Transaction, owner: &Owner) -> String {
    match row.lot {
        Some(lot) if row.kind == TransactionKind::LotRefunded => owner.ids.refund(lot, row.at),
        Some(lot) => owner.ids.order(lot, row.at),
        None => owner.ids.transaction(row.number),
    }
}

/// `trade_type`, spelt as published.
fn trade_type(row: &Transaction) -> &'static str {
    match row.kind {
        TransactionKind::TopUp => "RECHARGE",
        TransactionKind::LotRefunded => "REFUND",
        TransactionKind::DebtPaid | TransactionKind::HourSettled | TransactionKind::LotBought => "DEDEUCT",
        TransactionKind::Adjusted => "ADJUST",
    }
}

fn change(row: &Transaction, trade_id: String, owner: &Owner) -> Change {
    let trade_detail_type = match row.kind {
        TransactionKind::TopUp => "SOURCE_OPERAIION_RECHARGE",
        TransactionKind::DebtPaid => "SOURCE_OPERAIION_WRITEOFF",
        TransactionKind::HourSettled => "SOURCE_OPERAIION_USAGE",
        TransactionKind::LotBought => "SOURCE_OPERAIION_DEDEUCT",
        TransactionKind::LotRefunded => "SOURCE_OPERAIION_REFUND",
        TransactionKind::Adjusted => "SOURCE_OPERAIION_ADJUST",
    };
    let is_consumption = matches!(
        row.kind,
        TransactionKind::HourSettled | TransactionKind::LotBought | TransactionKind::LotRefunded
    );
    Change {
        account_change_id: owner.ids.row("change", usize::try_from(row.number).unwrap_or(usize::MAX)),
        trade_detail_type,
        trade_time: utc(row.at),
        trade_id,
        change_amount: row.cash_change.to_string(),
        balance_after_change: row.cash.to_string(),
        revenue_expense_type: direction(row.cash_change),
        bill_cycle: is_consumption.then(|| cycle(row.hour.unwrap_or(row.at)).to_string()),
        consume_time: is_consumption.then(|| utc(row.hour.unwrap_or(row.at))),
        account_name: owner.name.clone(),
        cloud_service_type_name: is_consumption.then(|| owner.language.service()),
        resource_type_name: None,
    }
}
