//! What has cost nothing yet, but may: to be seen before it is a finding.

use crate::{Account, Lot, LotNo, ServiceNo, SubscriptionMode, Timestamp};

/// The seventh day before a package expires, from which on it is warned of ("Package Billing").
const SOON_DAYS: u16 = 7;

/// Something to look at before it costs money.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Warning {
    /// Calls here are charged one by one while packages with quota left are for another region.
    QuotaInOtherRegion {
        /// The API and region in which pay-per-use is enabled and no package is.
        service: ServiceNo,
        /// The packages of this API elsewhere.
        lots: Vec<LotNo>,
    },
    /// Calls here are charged one by one while a package of this region that was never used is for another API.
    QuotaForOtherApi {
        /// The API and region in which pay-per-use is enabled and no package is.
        service: ServiceNo,
        /// The packages for other APIs.
        lots: Vec<LotNo>,
    },
    /// What is left of a package ends within days, and no other period of it follows.
    PackageExpires {
        /// The package.
        lot: LotNo,
    },
}

impl Warning {
    /// One word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Warning::QuotaInOtherRegion { .. } => "quota_in_other_region",
            Warning::QuotaForOtherApi { .. } => "quota_for_other_api",
            Warning::PackageExpires { .. } => "package_expires",
        }
    }

    /// The lots it is about.
    pub fn lots(&self) -> &[LotNo] {
        match self {
            Warning::QuotaInOtherRegion { lots, .. } | Warning::QuotaForOtherApi { lots, .. } => lots,
            Warning::PackageExpires { lot } => std::slice::from_ref(lot),
        }
    }
}

impl Account {
    /// What may cost money that need not be spent, as things stand now.
    pub fn warnings(&self, now: Timestamp) -> Vec<Warning> {
        let mut warnings = Vec::new();
        let usable = || self.lots.iter().filter(|lot| lot.serves(lot.enterprise_project.as_ref(), now));
        for (index, service) in self.services.iter().enumerate() {
            let is_priced = service.subscription.is_some_and(|s| s.mode == SubscriptionMode::PayPerUse);
            let Ok(no) = u16::try_from(index).map(ServiceNo) else { continue };
            let is_met = |lot: &Lot| lot.service == no && lot.enterprise_project.is_none();
            if !is_priced || usable().any(is_met) {
                continue;
            }
            let that = |is: &dyn Fn(&Lot) -> bool| -> Vec<LotNo> {
                usable().filter(|lot| lot.service != no && is(lot)).map(|lot| lot.no).collect()
            };
            let same_api = |lot: &Lot| self.service(lot.service).is_some_and(|s| s.api == service.api);
            let same_region =
                |lot: &Lot| self.service(lot.service).is_some_and(|s| s.region == service.region);
            let elsewhere = that(&same_api);
            let for_others = that(&|lot| same_region(lot) && !same_api(lot) && lot.drawn == 0);
            if !elsewhere.is_empty() {
                warnings.push(Warning::QuotaInOtherRegion { service: no, lots: elsewhere });
            } else if !for_others.is_empty() {
                warnings.push(Warning::QuotaForOtherApi { service: no, lots: for_others });
            }
        }
        let soon = now.plus_days(SOON_DAYS);
        let expiring = usable().filter(|lot| lot.expires_at <= soon && !self.is_renewal_in_hand(lot.no));
        warnings.extend(expiring.map(|lot| Warning::PackageExpires { lot: lot.no }));
        warnings
    }
}
