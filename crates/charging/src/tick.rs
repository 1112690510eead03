//! The tick: what is due by an instant happens, each thing at its own instant.
//!
//! A tick has no input but the time, and a late tick yields the same events as many early ones. Every command
//! ticks first, so eager and lazy evaluation cannot differ.

use crate::{Account, Context, Event, LotNo, Recorded, Timestamp};

impl Account {
    /// The next instant at which something happens by itself.
    pub fn next_due(&self, context: Context<'_>) -> Option<Timestamp> {
        let policy = context.policies.of(&self.policy);
        let hour = self.open_hours.keys().next().map(|hour| self.hour_due(*hour, policy));
        let lots = self.services.iter().flat_map(|s| &s.draw_order).filter_map(|no| self.lot(*no));
        let expiry = lots.map(|lot| lot.expires_at.plus_ms(1)).min();
        [hour, expiry, self.standing.until()].into_iter().flatten().min()
    }

    /// Does everything that is due by `now`, in order of the due instants.
    pub fn tick(&mut self, context: Context<'_>, now: Timestamp, out: &mut Vec<Recorded>) {
        while let Some(due) = self.next_due(context).filter(|due| *due <= now) {
            // An instant already passed can become due only through a change of policy; it then holds from the
            // latest event on, so that an account's events never go back in time.
            let at = due.max(self.latest);
            self.settle_hours(context, at, out);
            self.expire_lots(at, out);
            self.advance_standing(at, out);
        }
    }

    fn expire_lots(&mut self, at: Timestamp, out: &mut Vec<Recorded>) {
        let drawable = self.services.iter().flat_map(|s| &s.draw_order).filter_map(|no| self.lot(*no));
        let ended: Vec<(LotNo, u64)> =
            drawable.filter(|lot| lot.expires_at < at).map(|lot| (lot.no, lot.left())).collect();
        for (lot, units) in ended {
            self.emit(at, Event::LotExpired { lot, units }, out);
        }
    }
}
