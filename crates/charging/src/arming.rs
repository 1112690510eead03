//! Arming: when an alert that was given may be given again.
//!
//! Every alert is armed again by what it watches: a balance that has risen, a package that was bought. Another setting
//! arms it too, but settings cost nothing: whoever changed one again and again would be told, by SMS perhaps, again and
//! again. So they arm an alert **once a day at most**. A setting that comes sooner waits for the day to be over, and
//! what lies below it then is told at that instant.

use serde::{Deserialize, Serialize};

use crate::{Account, Event, HOUR_MS, Recorded, Timestamp, alerts::Alert};

const DAY_MS: i64 = 24 * HOUR_MS;

/// Whether an alert was given, and what its settings did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Arming<T> {
    /// The setting at which it was given, until it is armed again.
    pub told: Option<T>,
    /// When a setting last armed it.
    armed_at: Option<Timestamp>,
    /// True while a setting waits for its day.
    is_waiting: bool,
}

/// True if an instant lies a day or more after another one.
pub(crate) fn is_a_day_after(earlier: Option<Timestamp>, at: Timestamp) -> bool {
    earlier.is_none_or(|earlier| earlier.plus_ms(DAY_MS) <= at)
}

impl<T> Arming<T> {
    /// Another setting: it arms what was given, now or when the day is over.
    pub fn change(&mut self, at: Timestamp) {
        if self.told.is_none() {
            return;
        }
        if is_a_day_after(self.armed_at, at) {
            *self = Arming { told: None, armed_at: Some(at), is_waiting: false };
        } else {
            self.is_waiting = true;
        }
    }

    /// Armed again: by a setting whose day has come, or by what is watched.
    pub fn rearm(&mut self, at: Timestamp) {
        let is_by_setting = self.due().is_some_and(|due| due <= at);
        let armed_at = if is_by_setting { Some(at) } else { self.armed_at };
        *self = Arming { told: None, armed_at, is_waiting: false };
    }

    /// When a setting that waits arms it.
    pub fn due(&self) -> Option<Timestamp> {
        let since = self.armed_at.filter(|_| self.is_waiting);
        since.map(|since| since.plus_ms(DAY_MS))
    }
}

impl Account {
    fn armings_due(&self) -> [(Alert, Option<Timestamp>); 4] {
        [
            (Alert::Balance, self.cold.balance_arming.due()),
            (Alert::TimeToEmpty, self.cold.burn.arming.due()),
            (Alert::Packages, self.cold.lots_arming.due()),
            (Alert::Budgets, self.cold.budgets_arming.due()),
        ]
    }

    /// When the next setting that waits arms its alert.
    pub(crate) fn next_arming(&self) -> Option<Timestamp> {
        self.armings_due().into_iter().filter_map(|(_, due)| due).min()
    }

    /// When a setting that waits arms an alert.
    pub fn arms_at(&self, alert: Alert) -> Option<Timestamp> {
        self.armings_due().into_iter().find(|(other, _)| *other == alert).and_then(|(_, due)| due)
    }

    /// Settings whose day has come arm their alerts.
    pub(crate) fn arm_waiting(&mut self, at: Timestamp, out: &mut Vec<Recorded>) {
        for (alert, due) in self.armings_due() {
            if due.is_none_or(|due| due > at) {
                continue;
            }
            self.emit(at, Event::AlertRearmed { alert }, out);
            match alert {
                Alert::Balance => self.watch_balance(at, out),
                Alert::TimeToEmpty => self.watch_time_to_empty(at, out),
                Alert::Packages => self.watch_lots(at, out),
                Alert::Budgets => self.watch_budgets(at, self.settled_to(at), at, out),
            }
        }
    }
}
