//! How alert settings and budgets look from outside.

use charging::{Alerts, Budget, BudgetState, Timestamp, Zone};
use ledger::Live;
use serde_json::{Value, json};

use super::raw;

/// What an account wants to be told of.
pub fn alerts(alerts: &Alerts) -> Value {
    json!({
        "balance": { "threshold": alerts.balance.map(raw) },
        "time_to_empty": { "hours": alerts.empty_within_hours },
        "packages": { "percent": alerts.package_percent, "calls": alerts.package_calls },
        "expiry_days": alerts.expiry_days,
    })
}

/// The budgets of an account beside the month so far.
pub fn budgets(live: &Live, now: Timestamp) -> Vec<Value> {
    let account = &live.account;
    let states = account.budgets().iter().map(|budget| (budget, account.budget_state(budget, now)));
    states.map(|(budget, state)| self::budget(budget, state, now, account.zone())).collect()
}

fn budget(budget: &Budget, state: BudgetState, now: Timestamp, zone: Zone) -> Value {
    json!({
        "name": budget.name,
        "amount": raw(budget.amount),
        "api": budget.api,
        "region": budget.region,
        "enterprise_project": budget.enterprise_project,
        "percents": budget.percents,
        "forecast": budget.forecast,
        "month": zone.month(now),
        "spent": raw(state.spent),
        "forecast_amount": state.forecast.map(raw),
    })
}
