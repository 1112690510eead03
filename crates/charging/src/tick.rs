//! The tick: what is due by an instant happens, each thing at its own instant.
//!
//! A tick has no input but the time, and a late tick yields the same events as many early ones. Every command
//! ticks first, so eager and lazy evaluation cannot differ.

use crate::{Account, Context, Event, HOUR_MS, Lot, LotNo, Recorded, Timestamp};

/// What an account waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Dues {
    /// The earliest hour not settled, or after whose settlement a coupon ends; when that is due is the policy's
    /// business.
    hour: Option<Timestamp>,
    /// The next end or beginning of a lot, end of a standing, notice of such an end, or closing of a month; the next
    /// attempt at a renewal or a top-up; the beginning of a coupon; a setting that arms an alert; a request for money
    /// that has had no answer for too long; the end of an unpaid order.
    other: Option<Timestamp>,
}

/// The dues found by the last tick, until an event may have changed them: nearly all calls change none. Derived,
/// so all are equal, and none is stored.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KnownDues(Option<Dues>);

impl PartialEq for KnownDues {
    fn eq(&self, _: &KnownDues) -> bool {
        true
    }
}

impl Eq for KnownDues {}

impl Dues {
    /// True if nothing is due by `now` under any policy: none settles an hour before it is over.
    fn are_after(self, now: Timestamp) -> bool {
        self.hour.is_none_or(|hour| now < hour.plus_ms(HOUR_MS)) && self.other.is_none_or(|due| now < due)
    }
}

impl Account {
    /// The next instant at which something happens by itself.
    pub fn next_due(&self, context: Context<'_>) -> Option<Timestamp> {
        let Dues { hour, other } = self.dues();
        let hour = hour.map(|hour| self.hour_due(hour, context.policies.of(&self.policy)));
        hour.into_iter().chain(other).min()
    }

    /// True if an event may have changed what the account waits for since the last command began.
    pub fn waits_for_something_new(&self) -> bool {
        self.known_dues.0.is_none()
    }

    fn dues(&self) -> Dues {
        self.known_dues.0.unwrap_or_else(|| self.find_dues())
    }

    fn find_dues(&self) -> Dues {
        let lot = self.usable_lots().filter_map(Lot::next_due).min();
        let expiry = self.usable_lots().filter_map(|lot| self.next_expiry_notice(lot)).min();
        let notices = expiry.into_iter().chain(self.next_dunning()).map(|(due, _)| due);
        let attempts = self.renewal_due().into_iter().chain(self.cold.requests.retry_at);
        let begins_or_ends = lot.into_iter().chain(self.next_coupon_begins_at());
        let moves = self.standing.until().into_iter().chain(self.next_closing());
        let unanswered = self.next_unanswered().map(|(due, _)| due);
        let other = notices.chain(begins_or_ends).chain(moves).chain(attempts).chain(unanswered);
        let other = other.chain(self.next_arming()).chain(self.next_order_end());
        let open_hour = self.open_hours.first().map(|hour| hour.start);
        Dues { hour: open_hour.into_iter().chain(self.last_hour_of_coupons()).min(), other: other.min() }
    }

    /// True if what is known of the dues is what would be found now.
    pub(crate) fn dues_are_right(&self) -> bool {
        self.known_dues.0.is_none_or(|known| known == self.find_dues())
    }

    /// Does everything that is due by `now`, in order of the due instants.
    pub fn tick(&mut self, context: Context<'_>, now: Timestamp, out: &mut Vec<Recorded>) {
        let dues = self.dues();
        self.known_dues = KnownDues(Some(dues));
        if dues.are_after(now) {
            return;
        }
        while let Some(due) = self.next_due(context).filter(|due| *due <= now) {
            // An instant already passed can become due only through a change of policy; it then holds from the
            // latest event on, so that an account's events never go back in time.
            let at = due.max(self.latest);
            self.begin_coupons(at, out);
            self.settle_hours(context, at, out);
            self.end_coupons(context.policies.of(&self.policy), at, out);
            self.move_lots(at, out);
            self.expire_orders(at, out);
            self.move_renewals(context, at, out);
            self.advance_standing(at, out);
            self.notify_expiring(context, at, out);
            self.notify_dunning(at, out);
            self.close_months(at, out);
            self.retry_top_up(at, out);
            self.tell_unanswered(at, out);
            self.arm_waiting(at, out);
        }
    }

    /// What every command does first: brings the account up to its instant, and says at which instant the
    /// command then holds. An account's time never goes back, so with a clock that does, that is the latest event's.
    pub(crate) fn catch_up(
        &mut self,
        context: Context<'_>,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Timestamp {
        self.tick(context, now, out);
        now.max(self.latest)
    }

    /// Lots take effect and end.
    fn move_lots(&mut self, at: Timestamp, out: &mut Vec<Recorded>) {
        let due: Vec<LotNo> = self
            .usable_lots()
            .filter(|lot| lot.next_due().is_some_and(|due| due <= at))
            .map(|lot| lot.no)
            .collect();
        for no in due {
            let Some(lot) = self.lot(no) else { continue };
            let event = if lot.has_taken_effect {
                Event::LotExpired { lot: no, units: lot.left() }
            } else {
                Event::LotTookEffect { lot: no }
            };
            self.emit(at, event, out);
        }
    }
}
