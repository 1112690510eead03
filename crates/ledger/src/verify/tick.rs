//! The tick law, event by event: what time brings about stands at its due instant, and nothing that was due
//! is still outstanding when something later happens.

use charging::{
    Account, Event, HOUR_MS, LotNo, NoticeKind, Policies, Policy, Recorded, Standing, SubscriptionMode,
    Timestamp, TopUpOrigin, UNANSWERED_AFTER_MS, closing_of,
};

use super::Difference;
use crate::Rules;

/// Checks that the event may come next, as far as time goes. The account is as it is before the event.
pub(super) fn check(account: &Account, rules: &Rules, recorded: &Recorded) -> Result<(), Difference> {
    let Recorded { at, event } = recorded;
    let outstanding = account.next_due(rules.context());
    let fail = |detail| Err(Difference::new("tick", detail));
    match due_of(account, rules, *at, event)? {
        // What was due in the past because the rules changed holds from the latest event on.
        Some(due) if due.max(account.latest()) != *at => {
            fail(format!("what is due at {due:?} happened at {at:?}: {event:?}"))
        }
        Some(_) => match outstanding {
            Some(outstanding) if outstanding.max(account.latest()) < *at => {
                fail(format!("something is outstanding since {outstanding:?}, but at {at:?} came {event:?}"))
            }
            _ => Ok(()),
        },
        None => {
            // Arrears begin in the same instant as the settlement that made the debt, before other things due then.
            // So does what a renewal brings with it. A notice and what arms an alert again stand right behind their
            // cause.
            let follows = matches!(
                event,
                Event::StandingChanged { standing: Standing::Grace { .. } }
                    | Event::Noticed { .. }
                    | Event::RenewalSet { .. }
                    | Event::OrderCancelled { is_expired: false, .. }
                    | Event::Subscribed { mode: SubscriptionMode::PackageOnly, .. }
                    | Event::TopUpRequested { .. }
                    | Event::TopUpPostponed { .. }
                    | Event::AlertRearmed { .. }
            );
            match outstanding {
                Some(outstanding) if outstanding < *at || outstanding == *at && !follows => fail(format!(
                    "something is outstanding since {outstanding:?}, but at {at:?} came {event:?}"
                )),
                _ => Ok(()),
            }
        }
    }
}

/// The rules by which an hour is outstanding only when it is under every delay its policy ever had.
pub(super) fn by_longest_delays(rules: &Rules) -> Result<Rules, Difference> {
    let patient = |name: &charging::Name| {
        let mut policy = rules.policies.get(name.as_str())?.clone();
        let longest = policy.settlement_delays_minutes().max()?;
        let before = std::mem::replace(&mut policy.settlement_delay_minutes, longest);
        policy.earlier_settlement_delays_minutes.insert(before);
        Some((name.clone(), policy))
    };
    let policies =
        Policies::new(rules.policies.names().chain(rules.policies.retired()).filter_map(patient).collect());
    let policies = policies.map_err(|error| Difference::new("tick", error.to_string()))?;
    Ok(Rules { catalog: rules.catalog.clone(), policies: rules.policies.clone().with(policies) })
}

/// When a notice was due that only time brings about.
fn due_of_notice(account: &Account, kind: &NoticeKind) -> Option<Timestamp> {
    let days_before = |end: Timestamp, days: u8| Some(end.plus_ms(-i64::from(days) * 24 * HOUR_MS));
    match kind {
        NoticeKind::GraceEnds { days, .. } | NoticeKind::ReleaseNear { days, .. } => {
            days_before(account.standing().until()?, *days)
        }
        NoticeKind::PackageExpires { days, lot, .. } => {
            days_before(account.lot(*lot)?.expires_at.plus_ms(1), *days)
        }
        NoticeKind::TopUpUnanswered { requested_at, .. } => Some(requested_at.plus_ms(UNANSWERED_AFTER_MS)),
        _ => None,
    }
}

/// When a thing that time brings about was due; `None` for what people bring about.
fn due_of(
    account: &Account,
    rules: &Rules,
    at: Timestamp,
    event: &Event,
) -> Result<Option<Timestamp>, Difference> {
    let missing = |what: String| Difference::new("tick", what);
    let of_lot = |lot: LotNo| account.lot(lot).ok_or_else(|| missing(format!("there is no lot {}", lot.0)));
    Ok(match event {
        Event::HourSettled { hour, .. } => {
            if account.open_hours().iter().map(|hour| &hour.start).next() != Some(hour) {
                return Err(missing(format!("the hour {hour:?} is not the oldest open one")));
            }
            Some(settled_at(account, rules, *hour, at))
        }
        Event::CouponExpired { coupon, .. } => {
            let coupon =
                account.coupon(*coupon).ok_or_else(|| missing(format!("there is no coupon {}", coupon.0)))?;
            coupon.last_hour(account.zone()).map(|hour| settled_at(account, rules, hour, at))
        }
        Event::OrderCancelled { order, is_expired: true } => {
            let order = account.pending_order(*order);
            Some(order.ok_or_else(|| missing("an order ends that does not wait".into()))?.pay_until)
        }
        Event::CouponTookEffect { coupon } => account.coupon(*coupon).map(|coupon| coupon.valid_from),
        Event::RenewalEnded { lot } => Some(of_lot(*lot)?.expires_at.plus_ms(1)),
        Event::RenewalAttempted { lot, .. } => {
            let attempt = account.renewal(*lot).next_attempt_at;
            Some(attempt.ok_or_else(|| missing(format!("lot {} is not to be renewed by itself", lot.0)))?)
        }
        // An attempt that works is a purchase like any other, but for its instant.
        Event::LotGranted { order: Some(order), .. } if order.is_automatic => {
            let attempt = order.renews.and_then(|lot| account.renewal(lot).next_attempt_at);
            Some(attempt.ok_or_else(|| missing("a package renews itself that is not to be renewed".into()))?)
        }
        Event::TopUpRequested { origin: TopUpOrigin::Auto, .. } | Event::TopUpPostponed { .. } => {
            account.auto_top_up_retry_at()
        }
        Event::LotExpired { lot, .. } => Some(of_lot(*lot)?.expires_at.plus_ms(1)),
        Event::LotTookEffect { lot } => Some(of_lot(*lot)?.effective_at),
        Event::StandingChanged { standing: Standing::Frozen { .. } | Standing::Released { .. } } => {
            account.standing().until()
        }
        Event::Noticed { notice } => due_of_notice(account, &notice.kind),
        Event::MonthClosed { totals } => Some(closing_of(account.zone(), totals.month)),
        _ => None,
    })
}

/// When the usage of an hour is settled: by whichever delay the policy ever had that fits what happened, by the
/// present one if none does.
fn settled_at(account: &Account, rules: &Rules, hour: Timestamp, at: Timestamp) -> Timestamp {
    let policy = rules.policies.get(account.policy().as_str());
    let due = |minutes: u16| hour.plus_ms(HOUR_MS + i64::from(minutes) * 60_000);
    let dues: Vec<Timestamp> =
        policy.into_iter().flat_map(Policy::settlement_delays_minutes).map(due).collect();
    let fits = dues.iter().find(|due| (**due).max(account.latest()) == at);
    *fits.or(dues.first()).unwrap_or(&due(0))
}
