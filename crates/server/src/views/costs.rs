//! Usage and costs as JSON.

use charging::{HOUR_MS, Zone};
use ledger::read::{CostRow, Costs, MonthForecast, UsageRow};
use serde_json::{Value, json};

use super::raw;

/// Usage of one API in one region from one pocket.
pub fn usage(row: &UsageRow, zone: Zone) -> Value {
    json!({
        "from": row.hour.in_zone(zone),
        "api": row.api,
        "region": row.region,
        "pocket": row.pocket.word(),
        "calls": row.calls,
        "units": row.units,
        "amount": raw(row.amount),
    })
}

/// Costs, and where the running month goes.
pub fn costs(costs: &Costs, forecast: &MonthForecast, currency: &str) -> Value {
    let row = |row: &CostRow| {
        json!({
            "of": row.of,
            "calls": row.calls,
            "usage": raw(row.usage),
            "packages": raw(row.packages),
            "amount": raw(row.amount()),
        })
    };
    json!({
        "currency": currency,
        "rows": costs.rows.iter().map(row).collect::<Vec<_>>(),
        "usage": raw(costs.usage),
        "packages": raw(costs.packages),
        "amount": raw(costs.usage + costs.packages),
        "unsettled": raw(costs.open),
        "running_month": {
            "month": forecast.month.to_string(),
            "hours_passed": forecast.passed_ms.div_euclid(HOUR_MS),
            "hours": forecast.length_ms.div_euclid(HOUR_MS),
            "usage": raw(forecast.usage),
            "packages": raw(forecast.packages),
            "forecast": forecast.forecast.map(raw),
        },
    })
}
