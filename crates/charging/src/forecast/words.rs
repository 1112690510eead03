//! What will happen, in sentences.

use super::Forecast;
use crate::wording::{amount, calls, name_of, when};
use crate::{Account, Alert, Event, HOUR_MS, LotNo, Money, RenewalMode, Standing, SubscriptionMode};

/// The name of the event's variant.
pub(super) fn variant_name(event: &Event) -> String {
    // Debug text begins with it; so an event that is added later has its name without being listed here.
    let debug = format!("{event:?}");
    debug.split([' ', '{', '(']).next().unwrap_or_default().to_owned()
}

impl Forecast {
    /// What is taken for granted, in sentences.
    pub fn supposed(&self, account: &Account, currency: &str) -> String {
        let mut said = vec![match (self.assumptions.no_payment, self.counts_on_payment) {
            (true, _) => "Supposed: nobody calls or buys anything, and no payment arrives.".to_owned(),
            (false, true) => {
                "Supposed: nobody calls or buys anything, and the payment provider pays what it is asked for."
                    .to_owned()
            }
            (false, false) => "Supposed: nobody calls, buys or pays anything.".to_owned(),
        }];
        if !self.assumptions.no_payment {
            said.extend(self.unanswered.iter().map(|request| {
                format!(
                    "Top-up {} of {}, asked for at {}, has no answer: it is not counted on.",
                    request.no,
                    amount(request.amount, currency),
                    when(request.requested_at, account.zone())
                )
            }));
        }
        said.join(" ")
    }
}

impl Account {
    /// What an event means to the customer, given the account after it; `None` if nothing.
    pub(super) fn step_text(&self, event: &Event, currency: &str) -> Option<String> {
        let amount = |money| amount(money, currency);
        Some(match event {
            Event::Opened { .. } | Event::ServiceAdded { .. } => return None,
            Event::HourSettled { hour, lines, coupons, paid, debt } => {
                let units = lines.iter().map(|line| line.units).fold(0, u64::saturating_add);
                let (from, to) = (when(*hour, self.zone), when(hour.plus_ms(HOUR_MS), self.zone));
                let to = to.split(' ').next_back().unwrap_or_default();
                let by_coupons: Money = coupons.iter().map(|part| part.amount).sum();
                let mut hour = format!(
                    "The hour {from} to {to} is settled: {} for {}",
                    amount(by_coupons + *paid + *debt),
                    calls(units)
                );
                if by_coupons.is_positive() {
                    hour += &format!(", {} of it paid by coupons", amount(by_coupons));
                }
                if debt.is_zero() && paid.is_zero() && by_coupons.is_positive() {
                    format!("{hour}.")
                } else if debt.is_zero() && by_coupons.is_positive() {
                    format!("{hour}, the rest from the balance.")
                } else if debt.is_zero() {
                    format!("{hour}, paid from the balance.")
                } else if paid.is_zero() {
                    let rest = if by_coupons.is_positive() { "the rest" } else { "it" };
                    format!(
                        "{hour}. Nothing is there to pay {rest}, so {} is owed from then on.",
                        amount(*debt)
                    )
                } else {
                    format!("{hour}. {} is paid, {} is owed from then on.", amount(*paid), amount(*debt))
                }
            }
            Event::StandingChanged { standing } => self.standing_text(standing, currency),
            Event::LotTookEffect { lot } => format!("{} takes effect.", self.lot_name(*lot)),
            Event::LotExpired { lot, units: 0 } => format!("{} expires.", self.lot_name(*lot)),
            Event::LotExpired { lot, units } => {
                format!("{} expires with {} left.", self.lot_name(*lot), calls(*units))
            }
            Event::LotGranted { lot, price, effective_at, expires_at, .. } => {
                let bought = match price.is_positive() {
                    true => format!("is bought for {}", amount(*price)),
                    false => "is given".into(),
                };
                let (from, to) = (when(*effective_at, self.zone), when(*expires_at, self.zone));
                format!("{} {bought}, valid {from} to {to}.", self.lot_name(*lot))
            }
            Event::ToppedUp { amount: money, .. } => format!("{} is topped up.", amount(*money)),
            Event::DebtPaid { amount: money } => format!("{} of the debt is paid.", amount(*money)),
            Event::CouponTookEffect { coupon } => format!("Coupon {} takes effect.", coupon.0),
            Event::CouponExpired { coupon, amount: left } if left.is_zero() => {
                format!("Coupon {} expires.", coupon.0)
            }
            Event::CouponExpired { coupon, amount: left } => {
                format!("Coupon {} expires with {} left.", coupon.0, amount(*left))
            }
            Event::RenewalSet { lot, next_attempt_at: Some(at), .. } => {
                format!("{} is to be renewed at {}.", self.lot_name(*lot), when(*at, self.zone))
            }
            Event::RenewalSet { lot, plan, .. } => {
                let (name, mode) = (self.lot_name(*lot), plan.mode.word());
                match plan.mode {
                    RenewalMode::Auto => {
                        format!("{name} is to be renewed by itself ({mode}), but not before it ends.")
                    }
                    RenewalMode::Manual => format!("{name} is to be renewed by hand ({mode})."),
                    RenewalMode::PayPerUse => format!("{name}: when it ends, calls are charged ({mode})."),
                    RenewalMode::None => {
                        format!("{name}: when it ends, pay-per-use is to end with it ({mode}).")
                    }
                }
            }
            Event::Subscribed { service, mode } => {
                let place =
                    self.service(*service).map_or(String::new(), |of| format!("{} in {}", of.api, of.region));
                match mode {
                    SubscriptionMode::PayPerUse => format!("Pay-per-use of {place} is on."),
                    SubscriptionMode::PackageOnly => {
                        format!(
                            "Pay-per-use of {place} ends: calls beyond packages are refused from then on."
                        )
                    }
                }
            }
            Event::RenewalAttempted { lot, .. } => {
                format!("{} cannot be renewed.", self.lot_name(*lot))
            }
            Event::RenewalEnded { lot } => {
                format!("{} is over, and was to be the last.", self.lot_name(*lot))
            }
            Event::TopUpRequested { amount: money, .. } => {
                format!("{} is asked for from the payment provider.", amount(*money))
            }
            Event::TopUpResolved { is_paid: true, .. } => "The payment provider has paid.".into(),
            Event::TopUpResolved { .. } => "The payment provider has declined.".into(),
            Event::TopUpPostponed { .. } => "No top-up is asked for.".into(),
            Event::OrderCancelled { order, is_expired: true } => {
                format!("Order {} ends: it was not paid in time.", order.0)
            }
            Event::OrderCancelled { order, is_expired: false } => {
                format!("Order {} ends: what it is for was bought.", order.0)
            }
            Event::MonthClosed { totals } => {
                format!(
                    "The month {} is closed with {}: its bill is final.",
                    totals.month,
                    amount(totals.total())
                )
            }
            Event::AlertRearmed { alert } => rearmed_text(*alert).into(),
            Event::Noticed { notice } => self.notice_text(&notice.kind, currency),
            other => in_plain_words(other),
        })
    }

    fn standing_text(&self, standing: &Standing, currency: &str) -> String {
        let (debt, at) = (amount(self.debt(), currency), |at| when(at, self.zone));
        match standing {
            Standing::Good { .. } => "Nothing is owed any more: good standing.".into(),
            Standing::Grace { until, release_at, .. } if until == release_at => {
                format!("Arrears begin with {debt} owed; no grace and no retention apply.")
            }
            Standing::Grace { since, until, release_at } if since == until => {
                format!("Arrears begin with {debt} owed; no grace applies. Release at {}.", at(*release_at))
            }
            Standing::Grace { until, release_at, .. } => format!(
                "Grace begins with {debt} owed: calls go on and are charged. Unless it is paid, pay-per-use is frozen at {} and released at {}.",
                at(*until),
                at(*release_at)
            ),
            Standing::Frozen { release_at, .. } => format!(
                "Pay-per-use is frozen with {debt} owed: calls are refused, nothing is deleted. Unless it is paid, it is released at {}.",
                at(*release_at)
            ),
            Standing::Released { .. } => {
                format!(
                    "Pay-per-use resources are released for good with {debt} owed. Packages with quota left keep working."
                )
            }
        }
    }

    /// A lot by what it is.
    fn lot_name(&self, no: LotNo) -> String {
        let Some(lot) = self.lot(no) else { return "A package".into() };
        let place =
            self.service(lot.service).map_or(String::new(), |s| format!(" of {} in {}", s.api, s.region));
        format!("The {} of {}{place}", name_of(lot.source), calls(lot.granted))
    }
}

/// Which alert may be given again.
fn rearmed_text(alert: Alert) -> &'static str {
    match alert {
        Alert::Balance => "The balance alert is armed again: it is told when its threshold is crossed anew.",
        Alert::TimeToEmpty => "The time to empty is watched again.",
        Alert::Packages => "The package alerts are armed again.",
        Alert::Budgets => "The budgets' alerts are armed again.",
    }
}

/// An event by its name: `MonthClosed` is "Month closed."
fn in_plain_words(event: &Event) -> String {
    let mut text = String::new();
    for (index, letter) in variant_name(event).char_indices() {
        if letter.is_uppercase() && index > 0 {
            text.push(' ');
            text.push(letter.to_ascii_lowercase());
        } else {
            text.push(letter);
        }
    }
    text + "."
}
