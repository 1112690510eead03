//! Work by its key, and what a charge that was acknowledged has to be.

use super::{About, Charged, Said, work_of};
use crate::auditor::{Auditor, Content, Finding, Mark, finding};
use crate::plan::What;

impl Auditor<'_> {
    /// Work by a key: charged, authorised, or neither.
    pub(super) fn work(&mut self, about: &About, what: &What, id: u128, said: &Said) -> Result<(), Finding> {
        let wrong = |why: &str| finding("2xx", format!("{:?} was answered {said:?}: {why}", about.asked));
        let is_done = matches!(what, What::Done { .. });
        if let Some(held) = self.held.get(&id).filter(|held| about.metered < held.expires) {
            let is_right = match said {
                Said::Meter("under_way") => is_done,
                Said::Meter("other_work") => !is_done && work_of(&held.what) != work_of(what),
                Said::Held { repeated: true, authorisation } => {
                    !is_done && held.what == *what && authorisation.expires_at.ms() == held.expires
                }
                _ => false,
            };
            return if is_right { Ok(()) } else { Err(wrong("the work is authorised")) };
        }
        if let Some(charged) = self.charged.get(&id).cloned() {
            let units = self.charged_for(id, what);
            let asked = work_of(what).map_or(0, |work| work.3);
            let is_same = units.is_some_and(|units| if is_done { units == asked } else { units <= asked });
            let is_right = match said {
                Said::Meter("other_work") => !is_same,
                Said::Charged { repeated: Some(at), .. } => {
                    is_same && at.ms() == charged.at && self.is_as_charged(id, said)
                }
                _ => false,
            };
            return if is_right { Ok(()) } else { Err(wrong("the work is charged")) };
        }
        // Of what is charged already the account has seen to it that it could be.
        if !matches!(said, Said::Charged { .. }) {
            self.check_permission(about, what, !matches!(said, Said::Refused(_)))?;
        }
        match said {
            Said::Refused(_) => Ok(()),
            Said::Charged { repeated: None, .. } if is_done => {
                let units = work_of(what).map_or(0, |work| work.3);
                self.acknowledge_charge(about, what, (id, units), said)
            }
            Said::Held { authorisation, repeated: false } if !is_done => {
                self.holds(about, what, id, authorisation)
            }
            _ => Err(wrong("the key is new")),
        }
    }

    pub(super) fn commit_work(
        &mut self,
        about: &About,
        what: &What,
        (id, units): (u128, u64),
        said: &Said,
    ) -> Result<(), Finding> {
        let wrong = |why: &str| finding("2xx", format!("{:?} was answered {said:?}: {why}", about.asked));
        if let Some(held) = self.held.get(&id).filter(|held| about.metered < held.expires).cloned() {
            let authorised = work_of(&held.what).map_or(0, |work| work.3);
            if units > authorised {
                return if *said == Said::Meter("too_many_units") {
                    Ok(())
                } else {
                    Err(wrong("too many units"))
                };
            }
            self.held.remove(&id);
            return match said {
                Said::Charged { repeated: None, .. } if about.at < held.expires => {
                    self.acknowledge_charge(about, &held.what, (id, units), said)
                }
                Said::Refused("unknown_hold") if about.at >= held.expires => Ok(()),
                _ => Err(wrong("the work is authorised")),
            };
        }
        let Some(charged) = self.charged.get(&id) else {
            return if *said == Said::Meter("not_authorised") {
                Ok(())
            } else {
                Err(wrong("nothing is authorised"))
            };
        };
        let found = self.charged_for(id, what).or_else(|| self.units_of(id));
        let is_right = match said {
            Said::Meter("other_work") => found != Some(units),
            Said::Charged { repeated: Some(at), .. } => {
                found == Some(units) && at.ms() == charged.at && self.is_as_charged(id, said)
            }
            _ => false,
        };
        if is_right { Ok(()) } else { Err(wrong("the work is charged")) }
    }

    /// A charge was acknowledged: it stands in the journal, once, and as it was told.
    pub(super) fn acknowledge_charge(
        &mut self,
        about: &About,
        what: &What,
        (id, units): (u128, u64),
        said: &Said,
    ) -> Result<(), Finding> {
        let wrong = |why: &str| finding("2xx", format!("{:?} was answered {said:?}: {why}", about.asked));
        if self.charged.contains_key(&id) {
            return Err(wrong("it was charged before"));
        }
        let mark = Mark::Charge(id);
        *self.acknowledged.entry(mark).or_default() += 1;
        let at = self.seen.get(&mark).and_then(|seen| seen.first()).map(|seen| seen.at);
        if at != Some(about.at) {
            return Err(wrong(&format!("it is in the journal at {at:?}, and was decided at {}", about.at)));
        }
        if !self.is_as_charged(id, said) || self.charged_for(id, what) != Some(units) {
            return Err(wrong(&format!("in the journal stands {:?}", self.seen.get(&mark))));
        }
        let account = match self.seen.get(&mark).and_then(|seen| seen.first()).map(|seen| &seen.content) {
            Some(Content::Charge { account, .. }) => *account,
            _ => return Err(wrong("it is no charge")),
        };
        if account != about.account {
            return Err(finding("isolation", format!("{:?} was charged to {account}", about.asked)));
        }
        self.charged.insert(id, Charged { at: about.at });
        Ok(())
    }

    /// For how many units a charge is, if it is for this work.
    pub(super) fn charged_for(&self, id: u128, what: &What) -> Option<u64> {
        let (wanted_api, wanted_region, wanted_project, _) = work_of(what)?;
        match &self.seen.get(&Mark::Charge(id))?.first()?.content {
            Content::Charge { api, region, project, .. }
                if (api, region, project) == (&wanted_api, &wanted_region, &wanted_project) =>
            {
                self.units_of(id)
            }
            _ => None,
        }
    }

    pub(super) fn units_of(&self, id: u128) -> Option<u64> {
        match &self.seen.get(&Mark::Charge(id))?.first()?.content {
            Content::Charge { draws, rated, .. } => {
                let drawn: u64 = draws.iter().map(|draw| draw.1).sum();
                Some(drawn + rated.iter().map(|part| part.0).sum::<u64>())
            }
            _ => None,
        }
    }

    /// True if what was told of a charge is what stands in the journal.
    pub(super) fn is_as_charged(&self, id: u128, said: &Said) -> bool {
        let Said::Charged { draws: told_draws, rated: told_rated, .. } = said else { return false };
        let seen = self.seen.get(&Mark::Charge(id)).and_then(|seen| seen.first());
        let Some(Content::Charge { draws, rated, .. }) = seen.map(|seen| &seen.content) else { return false };
        told_draws.iter().map(|draw| (draw.lot.0, draw.units)).eq(draws.iter().copied())
            && told_rated.iter().map(|part| (part.units, part.amount.e8())).eq(rated.iter().copied())
    }
}
