//! Time to empty: how long the balance lasts at the pace of the last days.
//!
//! A threshold has to be guessed; a pace is known. The rule is that of a published cloud, which reminds when the balance
//! is less than three days at the mean of the last three days, or less than one day at the pace of the last one. It is
//! kept in hours here: 72 of them, of which the second part of the rule takes a third. The mean is that of the whole days
//! before today, three at most and no more than the account has used; the last day is yesterday or, if that cost more,
//! today so far. What lasts is what the balance alert goes by, coupons included. Looked at when an hour is settled and
//! whenever money moves otherwise than by a call; integers throughout, products compared and not divided.

use serde::{Deserialize, Serialize};

use crate::alerts::Alert;
use crate::arming::Arming;
use crate::{Account, Event, HOUR_MS, Money, NoticeKind, Recorded, Timestamp};

const DAY_MS: i128 = 24 * HOUR_MS as i128;
/// How many whole days the mean is taken over.
const DAYS: i64 = 3;

/// What pay-per-use cost on the last days, and whether its alert was given.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Burn {
    /// Days with settled usage, the latest last, today and the days of the mean at most.
    days: Vec<(i64, Money)>,
    /// The first day ever used.
    first_day: Option<i64>,
    /// Whether the alert was given, for how many hours.
    pub arming: Arming<u32>,
}

/// The two parts of the rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaceRule {
    /// The mean of the whole days before the latest: the balance is to last for the hours asked for.
    MeanOfDays,
    /// What the latest day or the one before it cost, whichever is more: it is to last for a third of them, for a
    /// single day may be an exception.
    DearerDay,
}

impl PaceRule {
    /// One word for programs.
    pub fn word(self) -> &'static str {
        match self {
            PaceRule::MeanOfDays => "mean_of_days",
            PaceRule::DearerDay => "dearer_day",
        }
    }
}

/// So much in so many days.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Pace {
    rule: PaceRule,
    spent: Money,
    days: i64,
    /// For how long the balance is to last at this pace, in thirds of an hour.
    third_hours: u32,
}

impl Burn {
    /// An hour of a day was settled.
    pub fn add(&mut self, day: i64, amount: Money) {
        self.first_day.get_or_insert(day);
        match self.days.last_mut() {
            Some((last, total)) if *last == day => *total += amount,
            _ => self.days.push((day, amount)),
        }
        self.days.retain(|(other, _)| *other >= day - DAYS);
    }

    fn of(&self, day: i64) -> Money {
        self.days.iter().filter(|(other, _)| *other == day).map(|(_, total)| *total).sum()
    }

    /// The whole days before a day that count, the latest first.
    fn days_before(&self, today: i64) -> Vec<Money> {
        let first = self.first_day.unwrap_or(today).max(today - DAYS);
        (first..today).rev().map(|day| self.of(day)).collect()
    }

    /// Both parts of the rule, the mean first.
    fn paces(&self, today: i64, hours: u32) -> Vec<Pace> {
        let before = self.days_before(today);
        let days = i64::try_from(before.len()).unwrap_or(DAYS);
        let mean = Pace {
            rule: PaceRule::MeanOfDays,
            spent: before.iter().copied().sum(),
            days,
            third_hours: hours * 3,
        };
        let last = before.first().copied().unwrap_or_default().max(self.of(today));
        let last = Pace { rule: PaceRule::DearerDay, spent: last, days: 1, third_hours: hours };
        [mean, last].into_iter().filter(|pace| pace.days > 0 && pace.spent.is_positive()).collect()
    }
}

impl Pace {
    /// True if the credit lasts for less than so many twentieths of the time it is to last.
    fn empties_within(self, twentieths: i128, credit: Money) -> bool {
        // credit / (spent / (24 · days)) < third_hours / 3 · twentieths / 20
        let lasts = i128::from(credit.e8()) * i128::from(self.days) * 24 * 3 * 20;
        lasts < i128::from(self.spent.e8()) * i128::from(self.third_hours) * twentieths
    }

    fn per_day(self) -> Money {
        Money::from_e8(self.spent.e8().div_euclid(self.days))
    }

    fn empty_at(self, credit: Money, now: Timestamp) -> Timestamp {
        let ms = i128::from(credit.e8()) * i128::from(self.days) * DAY_MS;
        let ms = ms.div_euclid(i128::from(self.spent.e8()).max(1));
        now.plus_ms(i64::try_from(ms).unwrap_or(i64::MAX))
    }
}

impl Account {
    /// After the settlement of an hour, or another movement of money: gives the alert if the balance lasts for too short
    /// a time, or arms it again. An empty balance is not told of: what comes of that is the arrears' business.
    pub(crate) fn watch_time_to_empty(&mut self, at: Timestamp, out: &mut Vec<Recorded>) {
        let Some(hours) = self.cold.alerts.empty_within_hours else { return };
        let credit = self.balance_for_alerts();
        // The day of the hour that was settled: its last instant, not the next day's first.
        let today = self.zone.day_number(at.plus_ms(-1));
        let burn = &self.cold.burn;
        let paces = burn.paces(today, burn.arming.told.unwrap_or(hours).max(hours));
        if burn.arming.told.is_some() {
            if credit.is_positive() && !paces.iter().any(|pace| pace.empties_within(21, credit)) {
                self.emit(at, Event::AlertRearmed { alert: Alert::TimeToEmpty }, out);
            }
            return;
        }
        let Some(pace) = paces.into_iter().find(|pace| pace.empties_within(20, credit)) else { return };
        if !credit.is_positive() {
            return;
        }
        let kind = NoticeKind::BalanceSoonEmpty {
            available: credit,
            burn_per_day: pace.per_day(),
            empty_at: pace.empty_at(credit, at),
            threshold_hours: pace.third_hours.div_euclid(3),
            today: burn.of(today),
            last_days: burn.days_before(today),
            asked_hours: hours,
            pace: pace.rule,
            day: self.zone.day_start(self.zone.day_of(at.plus_ms(-1))),
        };
        self.notify(at, kind, out);
    }
}
