//! Alerts: what an account wants to be told of before it hurts.
//!
//! "To help make sure your account never falls into arrears, you can configure the Balance Alert … any time an
//! expenditure quota drops to below the threshold you specify" (Arrears). Each alert is edge-triggered: it is given
//! when its line is crossed, in the entry of the event that crosses it, and not again before it is armed again. The
//! balance alert is armed again once the balance has risen to the threshold and a twentieth of it, so that a balance that
//! trembles about its threshold is told of once; or by another threshold, once a day at most (`arming`).
//!
//! A call pays for this with a comparison or two: the line lies ready beside what the call reads anyway.

use serde::{Deserialize, Serialize};

use crate::{Account, Context, Event, Money, NoticeKind, Reason, Recorded, Refusal, Timestamp};

/// The fewest and the most hours the time to empty can be asked for.
const HOURS: std::ops::RangeInclusive<u32> = 3..=366 * 24;
/// The most calls a package alert can be set to.
const CALLS_LIMIT: u64 = 1_000_000_000_000;
/// The earliest a package's end can be told of, in days.
const EXPIRY_DAYS_LIMIT: u8 = 90;

/// What an account wants to be told of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Alerts {
    /// Balance alert: tell when what is available, with coupons for anything, drops below this.
    pub balance: Option<Money>,
    /// Time to empty: tell when, at the pace of the last days, the balance lasts for less than so many hours.
    pub empty_within_hours: Option<u32>,
    /// Package alert: tell when so many percent of a lot are left.
    pub package_percent: Option<u8>,
    /// Package alert: tell when so many calls of a lot are left.
    pub package_calls: Option<u64>,
    /// Tell of a lot that expires with units left from so many days before on; 0 for never.
    pub expiry_days: u8,
}

/// An alert that is given once and then has to be armed again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Alert {
    /// The balance alert.
    Balance,
    /// Time to empty.
    TimeToEmpty,
    /// Those of the packages.
    Packages,
    /// Those of the budgets.
    Budgets,
}

impl Alert {
    /// One word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Alert::Balance => "balance",
            Alert::TimeToEmpty => "time_to_empty",
            Alert::Packages => "packages",
            Alert::Budgets => "budgets",
        }
    }
}

impl Alerts {
    /// What holds until the account says otherwise: no balance alert, for only the account knows its threshold; three
    /// days to empty; a fifth of a package; a week before it expires ("from the 7th day before expiry", Packages).
    pub const DEFAULT: Alerts = Alerts {
        balance: None,
        empty_within_hours: Some(72),
        package_percent: Some(20),
        package_calls: None,
        expiry_days: 7,
    };

    fn check(&self) -> Result<(), Refusal> {
        let wrong = |detail: String| Err(Refusal::new(Reason::InvalidSetting { detail }));
        if self.balance.is_some_and(|threshold| threshold < Money::ZERO || !threshold.is_within_limit()) {
            return wrong("a balance threshold lies between zero and the limit of the books".into());
        }
        if self.empty_within_hours.is_some_and(|hours| !HOURS.contains(&hours)) {
            return wrong(format!(
                "the time to empty lies between {} and {} hours",
                HOURS.start(),
                HOURS.end()
            ));
        }
        if self.package_percent.is_some_and(|percent| percent == 0 || percent > 99) {
            return wrong("the percentage left of a package lies between 1 and 99".into());
        }
        if self.package_calls.is_some_and(|calls| calls == 0 || calls > CALLS_LIMIT) {
            return wrong(format!("the calls left of a package lie between 1 and {CALLS_LIMIT}"));
        }
        if self.expiry_days > EXPIRY_DAYS_LIMIT {
            return wrong(format!("a package's end is told of {EXPIRY_DAYS_LIMIT} days before at most"));
        }
        Ok(())
    }

    /// The units left of a lot at which its alert is due; 0 if it is never due. Of a percentage and a number of calls
    /// the greater holds.
    pub(crate) fn lot_line(&self, granted: u64) -> u64 {
        let of_percent = |percent: u8| {
            let exact = u128::from(granted) * u128::from(percent);
            u64::try_from(exact.div_euclid(100)).unwrap_or(u64::MAX)
        };
        let percent = self.package_percent.map_or(0, of_percent);
        // A lot that is full is not low, however small it is.
        percent.max(self.package_calls.unwrap_or(0)).min(granted.saturating_sub(1))
    }
}

/// What a balance must have risen to before its alert is armed again: the threshold and a twentieth of it.
fn rearmed_at(threshold: Money) -> Money {
    Money::from_e8(threshold.e8() + threshold.e8().div_euclid(20))
}

impl Account {
    /// What the account wants to be told of.
    pub fn alerts(&self) -> &Alerts {
        &self.cold.alerts
    }

    /// Sets what the account wants to be told of. Another setting arms an alert again, and what already lies below a
    /// new line is told at once; the second time within a day, when that day is over.
    ///
    /// # Errors
    /// A setting out of its range.
    pub fn set_alerts(
        &mut self,
        context: Context<'_>,
        alerts: Alerts,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<(), Refusal> {
        let now = self.catch_up(context, now, out);
        alerts.check()?;
        if alerts != self.cold.alerts {
            self.emit(now, Event::AlertsSet { alerts: Box::new(alerts) }, out);
            self.watch_balance(now, out);
            self.watch_time_to_empty(now, out);
            self.watch_lots(now, out);
        }
        Ok(())
    }

    /// What the balance alert, the time to empty and the automatic top-up go by: the credit, and what is left in coupons
    /// that are not restricted ("available credit + general (cash) coupons", Balance Alert), as they will be once the
    /// usage so far is settled. What a coupon will pay of it does not lower the credit. A coupon counts from the event
    /// that begins it to the one that ends it, while it may pay for what is used now, and while nothing is lacking that
    /// it cannot pay. Holds come and go without a trace in the journal, so they are no part of it. Never less
    /// than [`Account::credit`], so that alone says when to look.
    pub fn balance_for_alerts(&self) -> Money {
        self.free_after_settlement()
    }

    /// After money moved otherwise than by a call: looks at all that goes by how much there is.
    pub(crate) fn watch_money(&mut self, at: Timestamp, out: &mut Vec<Recorded>) {
        self.watch_balance(at, out);
        self.watch_time_to_empty(at, out);
        self.watch_top_up(at, out);
    }

    /// Gives the balance alert if its line was crossed, or arms it again. To be called after every event that changes
    /// [`Account::balance_for_alerts`]; after a charge, which can only lower it, one comparison does.
    pub(crate) fn watch_balance(&mut self, at: Timestamp, out: &mut Vec<Recorded>) {
        let Some(threshold) = self.cold.alerts.balance else { return };
        let available = self.balance_for_alerts();
        if available < self.balance_line {
            self.notify(at, NoticeKind::BalanceLow { available, threshold }, out);
        } else if let Some(told) = self.cold.balance_arming.told
            && available >= rearmed_at(threshold.max(told))
        {
            self.emit(at, Event::AlertRearmed { alert: Alert::Balance }, out);
        }
    }

    pub(crate) fn apply_alerts(&mut self, at: Timestamp, alerts: Alerts) {
        let before = std::mem::replace(&mut self.cold.alerts, alerts);
        if alerts.balance != before.balance {
            self.cold.balance_arming.change(at);
            self.find_balance_line();
        }
        if alerts.empty_within_hours != before.empty_within_hours {
            self.cold.burn.arming.change(at);
        }
        if (alerts.package_percent, alerts.package_calls) != (before.package_percent, before.package_calls) {
            self.change_lot_lines(at);
        }
        if alerts.expiry_days != before.expiry_days {
            self.cold.expiry_told_from = at;
        }
    }

    pub(crate) fn apply_rearmed(&mut self, at: Timestamp, alert: Alert) {
        match alert {
            Alert::Balance => {
                self.cold.balance_arming.rearm(at);
                self.find_balance_line();
            }
            Alert::TimeToEmpty => self.cold.burn.arming.rearm(at),
            Alert::Packages => {
                self.cold.lots_arming.rearm(at);
                self.arm_lots(|_| true);
            }
            Alert::Budgets => {
                self.cold.budgets_arming.rearm(at);
                self.cold.budget_set_at = Some(at);
            }
        }
    }

    pub(crate) fn find_balance_line(&mut self) {
        let threshold = self.cold.alerts.balance.filter(|_| self.cold.balance_arming.told.is_none());
        self.balance_line = threshold.unwrap_or(Money::MIN);
    }
}
