//! Which cause was in force when calls were charged at a price.
//!
//! Every lot the account had at that time is looked at, and each says at most one thing: it was here and had ended,
//! it was here and had not begun, it was elsewhere, it was for something else. If several apply, the one that came
//! about last explains the charge: who bought for the wrong region after a package here was used up made a mistake
//! about the region; who holds a package elsewhere all along and then used up the one here ran out of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Account, BillLine, Lot, LotNo, ServiceNo, Source, Timestamp};

/// Why a call was charged at a price and not met by a package.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// "The region where the user purchased the service package is different from the actual calling region."
    PackageInOtherRegion,
    /// "The free trial region is different from the actual calling region."
    FreeTrialInOtherRegion,
    /// "The purchased service is different from the actual service used": a package was there for another API, and
    /// no call had ever been met by it.
    PackageForOtherApi,
    /// The package of this API and region is reserved for an enterprise project that the calls did not name.
    PackageForOtherProject,
    /// The package had expired and pay-per-use took over.
    PackageExpired,
    /// The package was used up and pay-per-use took over.
    PackageUsedUp,
    /// The package was bought with a later start.
    PackageNotYetEffective,
    /// "You have not purchased a package but have enabled pay-per-use billing."
    NoPackage,
    /// The package was given back and pay-per-use took over.
    PackageUnsubscribed,
}

impl Cause {
    /// One word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Cause::PackageInOtherRegion => "package_in_other_region",
            Cause::FreeTrialInOtherRegion => "free_trial_in_other_region",
            Cause::PackageForOtherApi => "package_for_other_api",
            Cause::PackageForOtherProject => "package_for_other_project",
            Cause::PackageExpired => "package_expired",
            Cause::PackageUsedUp => "package_used_up",
            Cause::PackageNotYetEffective => "package_not_yet_effective",
            Cause::NoPackage => "no_package",
            Cause::PackageUnsubscribed => "package_unsubscribed",
        }
    }

    /// True if quota was there that these calls could not draw, and that other calls still can.
    pub fn is_mismatch(self) -> bool {
        matches!(
            self,
            Cause::PackageInOtherRegion
                | Cause::FreeTrialInOtherRegion
                | Cause::PackageForOtherApi
                | Cause::PackageForOtherProject
        )
    }
}

impl Cause {
    /// True if both are about quota of the same kind in the same kind of place.
    fn is_akin_to(self, other: Cause) -> bool {
        let is_elsewhere =
            |cause| matches!(cause, Cause::PackageInOtherRegion | Cause::FreeTrialInOtherRegion);
        self == other || is_elsewhere(self) && is_elsewhere(other)
    }
}

/// The call that is judged.
#[derive(Clone, Copy)]
pub(super) struct Call {
    /// When it was charged.
    pub(super) at: Timestamp,
    /// Which one of the account's charges it is, if that is known: several things happen at one instant.
    pub(super) number: Option<u64>,
}

impl Call {
    fn finds(self, lot: &Lot) -> bool {
        self.number.map_or(lot.created_at <= self.at, |number| lot.first_charge <= number)
    }

    fn finds_ended(self, lot: &Lot) -> bool {
        match self.number {
            Some(number) => lot.first_charge_after.is_some_and(|first| first <= number),
            None => lot.ended_at.is_some_and(|end| end <= self.at),
        }
    }
}

/// What one lot has to say, and since when it has been so.
type Verdict = (Timestamp, Cause);

impl Account {
    /// Why a call of a bill line was not met by a package, and the lots it is about.
    pub(super) fn cause_of(
        &self,
        line: &BillLine,
        call: Call,
        first_drawn: &BTreeMap<ServiceNo, Timestamp>,
    ) -> (Cause, Vec<LotNo>) {
        let verdicts: Vec<(LotNo, Verdict)> = self
            .lots
            .iter()
            .filter_map(|lot| Some((lot.no, self.verdict_on(lot, line, call, first_drawn)?)))
            .collect();
        let Some((_, (since, cause))) = verdicts.iter().copied().max_by_key(|(no, verdict)| (*verdict, *no))
        else {
            return (Cause::NoPackage, Vec::new());
        };
        let is_about = |verdict: &Verdict| match cause {
            // Of lots that ended, only the last left its calls to pay-per-use.
            Cause::PackageExpired | Cause::PackageUsedUp | Cause::PackageUnsubscribed => {
                *verdict == (since, cause)
            }
            _ => verdict.1.is_akin_to(cause),
        };
        let about = || verdicts.iter().filter(|(_, verdict)| is_about(verdict));
        // What was paid for weighs more than what was free.
        let cause = about().map(|(_, (_, cause))| *cause).min().unwrap_or(cause);
        (cause, about().map(|(no, _)| *no).collect())
    }

    fn verdict_on(
        &self,
        lot: &Lot,
        line: &BillLine,
        call: Call,
        first_drawn: &BTreeMap<ServiceNo, Timestamp>,
    ) -> Option<Verdict> {
        if !call.finds(lot) {
            return None;
        }
        let at = call.at;
        let ended_at = lot.ended_at.filter(|_| call.finds_ended(lot));
        let is_for_project = lot.is_for(line.enterprise_project.as_ref());
        let in_force_since = lot.created_at.max(lot.effective_at);
        let is_in_effect = in_force_since <= at && at <= lot.expires_at && ended_at.is_none();
        if lot.service == line.service {
            return match ended_at {
                Some(_) if !is_for_project || !lot.has_taken_effect => None,
                Some(end) if lot.has_expired => Some((end, Cause::PackageExpired)),
                Some(end) if lot.is_unsubscribed => Some((end, Cause::PackageUnsubscribed)),
                Some(end) => Some((end, Cause::PackageUsedUp)),
                None if !is_for_project => {
                    is_in_effect.then_some((in_force_since, Cause::PackageForOtherProject))
                }
                None if lot.effective_at > at => Some((lot.created_at, Cause::PackageNotYetEffective)),
                // It was there: its units were kept back for other calls.
                None => None,
            };
        }
        if !is_in_effect || !is_for_project {
            return None;
        }
        let (of_lot, called) = (self.service(lot.service)?, self.service(line.service)?);
        if of_lot.api == called.api {
            let cause = match lot.source {
                Source::Free => Cause::FreeTrialInOtherRegion,
                Source::Promotion | Source::Package => Cause::PackageInOtherRegion,
            };
            return Some((in_force_since, cause));
        }
        // A package that is used for its own API was not bought by mistake; nobody's calls need it here.
        if first_drawn.get(&lot.service).is_some_and(|drawn| *drawn <= at) {
            return None;
        }
        // Elsewhere and for something else: it explains the charge only if nothing else does.
        let since = if of_lot.region == called.region { in_force_since } else { Timestamp::EPOCH };
        Some((since, Cause::PackageForOtherApi))
    }
}
