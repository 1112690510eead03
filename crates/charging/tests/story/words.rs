//! Events, bills and receipts in words.

use charging::{
    Account, Alert, Alerts, BillLine, Event, HOUR_MS, Lot, MonthTotals, Receipt, Recorded, ServiceNo, Source,
    Standing, SubscriptionMode, Timestamp, Zone,
};

pub fn text(at: Timestamp) -> String {
    at.in_zone(Zone::BEIJING)[..19].replace('T', " ")
}

pub fn time(at: Timestamp) -> String {
    text(at)[11..].to_owned()
}

fn hour_text(hour: Timestamp) -> String {
    format!("{}-{}", &time(hour)[..5], &time(hour.plus_ms(HOUR_MS))[..5])
}

pub fn count(calls: u64) -> String {
    if calls == 1 { "1 call".into() } else { format!("{calls} calls") }
}

pub fn place(account: &Account, service: ServiceNo) -> String {
    let service = account.service(service).unwrap();
    format!("{} in {}", service.api, service.region)
}

/// What an event means to the customer, given the account after it.
pub fn sentences(account: &Account, recorded: &Recorded) -> Vec<String> {
    match &recorded.event {
        // Charges are told by the calls they answer.
        Event::Opened { .. }
        | Event::ServiceAdded { .. }
        | Event::Charged { .. }
        | Event::TierChanged { .. } => {
            vec![]
        }
        Event::Subscribed { service, mode: SubscriptionMode::PayPerUse } => {
            vec![format!("{} is enabled", place(account, *service))]
        }
        Event::Subscribed { service, mode: SubscriptionMode::PackageOnly } => {
            vec![format!("{} is enabled for packages only", place(account, *service))]
        }
        Event::Unsubscribed { service } => vec![format!("{} is disabled", place(account, *service))],
        Event::LotGranted { lot, .. } => {
            let mut told = vec![of_lot(account, account.lot(*lot).unwrap())];
            told.extend(super::commerce::sentence(&recorded.event).unwrap_or_default());
            told
        }
        Event::LotTookEffect { lot } => vec![format!("lot {} takes effect", lot.0 + 1)],
        Event::LotExpired { lot, units } => {
            vec![format!("lot {} ends with {} left", lot.0 + 1, count(*units))]
        }
        Event::HourSettled { hour, lines, coupons, paid, debt } => {
            let mut told: Vec<String> = lines.iter().map(|line| of_bill_line(account, *hour, line)).collect();
            told.extend(super::commerce::sentence(&recorded.event).unwrap_or_default());
            let total = *paid + *debt + coupons.iter().map(|part| part.amount).sum();
            told.push(format!("settled {}: {total}, paid {paid}, not paid {debt}", hour_text(*hour)));
            told
        }
        Event::ToppedUp { amount, .. } => vec![format!("paid in {amount}")],
        Event::DebtPaid { amount } => vec![format!("debt paid {amount}")],
        Event::StandingChanged { standing } => vec![of_standing(standing)],
        Event::AlertsSet { alerts } => vec![of_alerts(alerts)],
        Event::AlertRearmed { alert: Alert::Balance } => vec!["the balance alert is armed again".into()],
        Event::AlertRearmed { alert: Alert::TimeToEmpty } => vec!["time to empty is watched again".into()],
        Event::AlertRearmed { alert: Alert::Packages } => vec!["package alerts are armed again".into()],
        Event::AlertRearmed { alert: Alert::Budgets } => vec!["budgets are looked at again".into()],
        Event::BudgetSet { budget } => vec![format!("budget {}: {} a month", budget.name, budget.amount)],
        Event::BudgetRemoved { budget } => vec![format!("budget {budget} is removed")],
        Event::MonthClosed { totals } => vec![of_month(totals)],
        Event::Noticed { notice } => vec![super::notices::sentence(notice)],
        other => super::commerce::sentence(other).unwrap(),
    }
}

fn of_alerts(alerts: &Alerts) -> String {
    let or_off = |value: Option<String>| value.unwrap_or_else(|| "off".into());
    format!(
        "alerts: balance {}, hours {}, percent {}, calls {}, days {}",
        or_off(alerts.balance.map(|threshold| threshold.to_string())),
        or_off(alerts.empty_within_hours.map(|hours| hours.to_string())),
        or_off(alerts.package_percent.map(|percent| percent.to_string())),
        or_off(alerts.package_calls.map(|calls| calls.to_string())),
        alerts.expiry_days,
    )
}

fn of_month(totals: &MonthTotals) -> String {
    let MonthTotals { month, usage, packages, paid, debt, topped_up, debt_paid } = totals;
    format!(
        "{month} closes: calls {usage}, packages {packages}, paid {paid}, left as debt {debt}, paid in {topped_up}, \
         debt paid {debt_paid}"
    )
}

fn of_lot(account: &Account, lot: &Lot) -> String {
    let source = match lot.source {
        Source::Free => "free",
        Source::Promotion => "promotion",
        Source::Package => "package",
    };
    let project = lot.enterprise_project.as_ref().map_or(String::new(), |p| format!(" for project {p}"));
    format!(
        "lot {} ({source}{project}): {} of {} for {}, valid {} to {}",
        lot.no.0 + 1,
        count(lot.granted),
        place(account, lot.service),
        lot.price,
        text(lot.effective_at),
        text(lot.expires_at),
    )
}

fn of_bill_line(account: &Account, hour: Timestamp, line: &BillLine) -> String {
    let project = line.enterprise_project.as_ref().map_or(String::new(), |p| format!(" for project {p}"));
    format!(
        "bill {} {}{project}: {}, {}, used {}-{}",
        hour_text(hour),
        place(account, line.service),
        count(line.units),
        line.amount,
        time(line.used_from),
        time(line.used_to.unwrap_or(hour.plus_ms(HOUR_MS))),
    )
}

pub fn of_receipt(receipt: &Receipt) -> String {
    let mut parts: Vec<String> = receipt.draws.iter().map(|d| format!("from lot {}", d.lot.0 + 1)).collect();
    parts.extend(receipt.rated.iter().map(|rated| format!("at {}", rated.amount)));
    parts.join(", ")
}

fn of_standing(standing: &Standing) -> String {
    match standing {
        Standing::Good { .. } => "good standing".into(),
        Standing::Grace { until, release_at, .. } => {
            format!("grace until {}, release at {}", text(*until), text(*release_at))
        }
        Standing::Frozen { release_at, .. } => format!("frozen, release at {}", text(*release_at)),
        Standing::Released { .. } => "released".into(),
    }
}
