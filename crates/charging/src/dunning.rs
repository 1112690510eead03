//! Dunning: what an account in arrears is told, and when.
//!
//! "After arrears occur, top up your account in a timely manner" (Arrears) needs somebody to say so. Every arrow of
//! the arrears ladder is told in the entry that takes it, and the end of grace and of retention three days and one day
//! ahead, at exactly these instants; a payment in full takes them back.

use crate::{Account, NoticeKind, Place, Recorded, ReleaseRule, Standing, Timestamp};

const DAY_MS: i64 = 24 * crate::HOUR_MS;
/// How many days ahead the end of grace and of retention is told of.
const DAYS_AHEAD: [u8; 2] = [3, 1];

impl Account {
    /// Arrears began: the debt, and the grace if there is any.
    pub(crate) fn notify_arrears(
        &mut self,
        at: Timestamp,
        until: Timestamp,
        release_at: Timestamp,
        out: &mut Vec<Recorded>,
    ) {
        let debt = self.debt();
        self.notify(at, NoticeKind::ArrearsEntered { debt }, out);
        if until > at {
            self.notify(at, NoticeKind::GraceEntered { debt, until, release_at }, out);
        }
    }

    /// Time took an arrow: frozen, or released with what was deleted.
    pub(crate) fn notify_moved_on(&mut self, at: Timestamp, deleted: Vec<Place>, out: &mut Vec<Recorded>) {
        let debt = self.debt();
        let kind = match self.standing {
            Standing::Frozen { since, release_at } => NoticeKind::Frozen { since, release_at, debt },
            Standing::Released { since } => {
                NoticeKind::Released { since, debt, deleted, rule: self.release_rule() }
            }
            Standing::Good { .. } | Standing::Grace { .. } => return,
        };
        self.notify(at, kind, out);
    }

    /// The next instant at which the end of the standing is told of, and how many days before the end that is. A grace
    /// or retention of no more days than that does not tell of it: it has just told of itself.
    pub(crate) fn next_dunning(&self) -> Option<(Timestamp, u8)> {
        let (since, end) = match self.standing {
            Standing::Grace { since, until, .. } => (since, until),
            Standing::Frozen { since, release_at } => (since, release_at),
            Standing::Good { .. } | Standing::Released { .. } => return None,
        };
        let ahead = DAYS_AHEAD.into_iter().filter(|days| *days < self.cold.dunned_days);
        let due = ahead.map(|days| (end.plus_ms(-i64::from(days) * DAY_MS), days));
        due.filter(|(at, _)| *at > since).min()
    }

    /// Tells that grace or retention is about to end.
    pub(crate) fn notify_dunning(&mut self, at: Timestamp, out: &mut Vec<Recorded>) {
        let Some((_, days)) = self.next_dunning().filter(|(due, _)| *due <= at) else { return };
        let debt = self.debt();
        let kind = match self.standing {
            Standing::Grace { until, .. } => NoticeKind::GraceEnds { days, until, debt },
            Standing::Frozen { release_at, .. } => NoticeKind::ReleaseNear { days, release_at, debt },
            Standing::Good { .. } | Standing::Released { .. } => return,
        };
        self.notify(at, kind, out);
    }

    /// What is enabled now.
    pub(crate) fn enabled_places(&self) -> Vec<Place> {
        let enabled = self.services.iter().filter(|service| service.subscription.is_some());
        enabled.map(|service| Place { api: service.api.clone(), region: service.region.clone() }).collect()
    }

    /// The rule of the arrears that began last.
    fn release_rule(&self) -> ReleaseRule {
        let days = |from: Timestamp, to: Timestamp| {
            u16::try_from((to.ms() - from.ms()).div_euclid(DAY_MS)).unwrap_or(u16::MAX)
        };
        let began = self.cold.arrears;
        ReleaseRule {
            policy: self.policy.clone(),
            tier: began.map_or(self.tier, |began| began.tier),
            grace_days: began.map_or(0, |began| days(began.since, began.until)),
            retention_days: began.map_or(0, |began| days(began.until, began.release_at)),
        }
    }
}
