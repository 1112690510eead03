//! Calls whose units are known only when they are done: as many of them are kept back as can be, and no more than were
//! used are charged.

use super::{Authorisation, CallFor};
use crate::{Account, ChargeId, Context, Holds, Recorded, Refusal, Timestamp};

/// Permission for at most so many units.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartAuthorisation {
    /// The permission.
    pub authorisation: Authorisation,
    /// How many units it keeps back.
    pub units: u64,
}

impl Account {
    /// Permits one call that may use up to as many units as it asks for, and keeps back as many of them as can be served,
    /// at least one. Whoever can pay for what such a call uses is served, even if not for all that it might have used.
    ///
    /// # Errors
    /// What [`Account::authorise`] refuses a call of one unit; nothing is kept back then.
    pub fn authorise_part(
        &mut self,
        holds: &mut Holds,
        context: Context<'_>,
        charge: ChargeId,
        call: CallFor<'_>,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<PartAuthorisation, Refusal> {
        let now = self.catch_up(context, now, out);
        let mut serves = |units: u64| {
            units <= 1 || self.choose_pockets(holds, context, CallFor { units, ..call }, now).is_ok()
        };
        // More units are never served where fewer are not. What one is refused for is said by `authorise`.
        let (mut served, mut refused) = (1, call.units.saturating_add(1));
        if serves(call.units) {
            served = call.units;
        }
        while served + 1 < refused && served < call.units {
            let between = served + (refused - served) / 2;
            if serves(between) {
                served = between;
            } else {
                refused = between;
            }
        }
        let call = CallFor { units: served, ..call };
        let authorisation = self.authorise(holds, context, charge, call, now, out)?;
        Ok(PartAuthorisation { authorisation, units: served })
    }
}
