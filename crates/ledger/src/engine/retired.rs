//! What accounts still have although it is in no configuration any more.

use std::collections::BTreeMap;

use charging::Name;

use super::Engine;

/// How many accounts have what is not sold any more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retired {
    /// By API: those that have it enabled, or a package of it that is not used up and has not ended.
    pub apis: BTreeMap<Name, u64>,
    /// By policy.
    pub policies: BTreeMap<Name, u64>,
}

impl Engine {
    /// Counts the accounts that have what is not sold any more.
    pub fn retired_in_use(&self) -> Retired {
        let (catalog, policies) = (&self.rules.catalog, &self.rules.policies);
        let shard = self.shard.lock();
        let mut found = Retired::default();
        for live in shard.accounts.iter() {
            let account = &live.account;
            if !policies.is_offered(account.policy().as_str()) {
                *found.policies.entry(account.policy().clone()).or_default() += 1;
            }
            for api in catalog.retired.keys() {
                let is_used = account.services().iter().any(|service| {
                    &service.api == api && (service.subscription.is_some() || service.has_quota())
                });
                if is_used {
                    *found.apis.entry(api.clone()).or_default() += 1;
                }
            }
        }
        found
    }
}
