//! The notice law: each notice is given once, in the instant of its cause, and with the figures of that instant.

use crate::{
    Account, Event, Lot, LotNo, Money, Notice, NoticeKind, Obstacle, Standing, Timestamp, UsedUpThen,
    Violation,
};

impl Account {
    /// Checks that a notice may be given now, and that a month closes with its sums. Kinds of other commands are
    /// checked with these.
    pub(crate) fn check_next_notice(&self, at: Timestamp, event: &Event) -> Result<(), Violation> {
        let fail = |detail| Err(Violation { law: "notice", detail });
        let Notice { no, kind } = match event {
            Event::Noticed { notice } => &**notice,
            Event::MonthClosed { totals } => {
                return match self.open_months().next() {
                    Some(open) if *open == **totals => Ok(()),
                    found => fail(format!("{totals:?} closes, but open is {found:?}")),
                };
            }
            _ => return Ok(()),
        };
        if *no != self.cold.notices + 1 {
            return fail(format!("notice {no} follows notice {}", self.cold.notices));
        }
        if self.is_true(at, kind) {
            return Ok(());
        }
        fail(format!("notice {no} does not hold at {at:?}: {kind:?}"))
    }

    /// True if what a notice says is so, and it was not given before.
    fn is_true(&self, at: Timestamp, kind: &NoticeKind) -> bool {
        let owed = self.debt();
        match kind {
            NoticeKind::ArrearsEntered { debt } => *debt == owed && owed.is_positive(),
            NoticeKind::GraceEntered { debt, until, release_at } => {
                let grace = Standing::Grace { since: at, until: *until, release_at: *release_at };
                *debt == owed && self.standing == grace && *until > at
            }
            NoticeKind::GraceEnds { days, debt, .. } | NoticeKind::ReleaseNear { days, debt, .. } => {
                *debt == owed
                    && self.next_dunning().is_some_and(|(due, next)| (next, due <= at) == (*days, true))
            }
            NoticeKind::Frozen { since, release_at, debt } => {
                let frozen = Standing::Frozen { since: *since, release_at: *release_at };
                *debt == owed && self.standing == frozen
            }
            NoticeKind::Released { since, debt, .. } => {
                *debt == owed && self.standing == Standing::Released { since: *since }
            }
            NoticeKind::Restored { .. } => {
                !self.is_in_arrears() && self.standing == Standing::Good { since: at }
            }
            NoticeKind::BalanceLow { available, threshold } => {
                *available == self.balance_for_alerts()
                    && available < threshold
                    && self.balance_line == *threshold
                    && self.cold.alerts.balance == Some(*threshold)
            }
            NoticeKind::BalanceSoonEmpty { available, burn_per_day, .. } => {
                let is_told = self.cold.burn.arming.told.is_some();
                *available == self.balance_for_alerts() && burn_per_day.is_positive() && !is_told
            }
            NoticeKind::PackageLow { lot, left, granted, threshold, .. } => {
                self.lot(*lot).is_some_and(|lot| {
                    (lot.left(), lot.granted, lot.low_line) == (*left, *granted, *threshold)
                        && *left > 0
                        && left <= threshold
                })
            }
            NoticeKind::PackageExpires { days, lot, left, expires_at, then, next_attempt_at, .. } => {
                self.lot(*lot).is_some_and(|lot| {
                    let next = self.next_expiry_notice(lot);
                    (lot.left(), lot.expires_at) == (*left, *expires_at)
                        && *left > 0
                        && next.is_some_and(|(due, next)| next == *days && due <= at)
                        && self.after_end(lot) == *then
                        && self.renewal(lot.no).next_attempt_at == *next_attempt_at
                })
            }
            NoticeKind::PackageUsedUp { lot, then, pay_per_use_until, .. } => {
                let until = |lot: &Lot| self.pay_per_use_until(lot, *then);
                self.is_used_up(*lot, then, at) && self.lot(*lot).and_then(until) == *pay_per_use_until
            }
            NoticeKind::PayPerUseInstead { api, region, elsewhere } => {
                let called = self.find_service(api, region).and_then(|no| self.service(no));
                called.is_some_and(|called| !called.is_told_instead) && !elsewhere.is_empty()
            }
            NoticeKind::BillReady { total, paid, debt, outstanding, .. } => {
                let is_owed = outstanding <= debt && *outstanding <= owed;
                *total == *paid + *debt && !total.is_zero() && is_owed
            }
            NoticeKind::BudgetExceeded { budget, month, percent, .. } => {
                let month = self.cold.months.iter().find(|open| open.totals.month == *month);
                month.is_some_and(|month| {
                    let told = month.told.iter().find(|told| told.budget == *budget);
                    told.is_none_or(|told| told.percent < *percent)
                })
            }
            NoticeKind::BudgetForecast { budget, month, .. } => {
                let month = self.cold.months.iter().find(|open| open.totals.month == *month);
                month.is_some_and(|month| {
                    let told = month.told.iter().find(|told| told.budget == *budget);
                    told.is_none_or(|told| !told.is_forecast_told)
                })
            }
            NoticeKind::RenewalFailed {
                lot,
                obstacle,
                price,
                cash,
                next_attempt_at,
                left,
                expires_at,
                then,
                ..
            } => {
                let ends = |lot: &Lot| (lot.left(), lot.expires_at, self.after_end(lot));
                *cash == self.cash()
                    && self.lot(*lot).map(ends) == Some((*left, *expires_at, *then))
                    && *next_attempt_at == self.renewal(*lot).next_attempt_at
                    && self.is_failure_news(*lot, *obstacle, *next_attempt_at)
                    && price.is_none() == (*obstacle == Obstacle::NotOnOffer)
            }
            NoticeKind::Renewed { lot, new_lot, next_attempt_at, .. } => {
                let is_next = *next_attempt_at == self.renewal(*new_lot).next_attempt_at;
                self.renewed_by(*lot) == Some(*new_lot) && is_next
            }
            NoticeKind::SpendCapReached { api, cap, .. } => {
                let caps = self.spend_caps().iter();
                let mut same = caps.filter(|own| own.name() == api.as_str() && own.monthly == *cap);
                same.any(|own| own.told_until <= at && !self.was_cap_told_lately(own.api.as_ref(), at))
            }
            NoticeKind::MemberQuotaNear { .. } | NoticeKind::MemberQuotaReached { .. } => {
                self.is_true_of_member(at, kind)
            }
            NoticeKind::TopUpFailed { .. } => true,
            NoticeKind::TopUpUnanswered { no, amount, requested_at } => {
                let due = self.next_unanswered();
                due.is_some_and(|(due, request)| {
                    (request.no, request.amount, request.requested_at) == (*no, *amount, *requested_at)
                        && due <= at
                })
            }
        }
    }

    fn is_used_up(&self, no: LotNo, then: &UsedUpThen, at: Timestamp) -> bool {
        self.lot(no).is_some_and(|lot| {
            lot.left() == 0
                && lot.ended_at == Some(at)
                && !lot.has_expired
                && !lot.is_unsubscribed
                && self.after_lot(lot, at) == *then
        })
    }

    /// Checks that the lines beside what calls read are those of the settings.
    pub(crate) fn check_lines(&self) -> Result<(), Violation> {
        let fail = |detail| Err(Violation { law: "notice", detail });
        let alerts = &self.cold.alerts;
        let line = alerts.balance.filter(|_| self.cold.balance_arming.told.is_none());
        if self.balance_line != line.unwrap_or(Money::MIN) {
            return fail(format!("the line is {}, the threshold {:?}", self.balance_line, alerts.balance));
        }
        let line = |lot: &Lot| if lot.is_low_told { 0 } else { alerts.lot_line(lot.granted) };
        let is_wrong = |lot: &&Lot| lot.left() > 0 && lot.low_line != line(lot);
        match self.lots.iter().find(is_wrong) {
            Some(lot) => fail(format!("lot {} is told of at {} left", lot.no.0, lot.low_line)),
            None => Ok(()),
        }
    }
}
