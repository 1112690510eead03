//! The policies that come with the program are the published rules, tier by tier. The scenarios `arrows-*` play some of
//! the tiers through; here is the whole table.
#![allow(clippy::unwrap_used, reason = "a preset that is not there fails its test")]

use charging::{ArrearsTerms, BillRounding, Policies, Tier, Zone};

/// Days of grace and retention for V0 to V5.
type Days = [(u16, u16); 6];

/// "15 days" and "15 days" ("What are Grace Period and Retention Period?", international site).
const INTL: Days = [(15, 15); 6];
/// Pay-per-use in the table "宽限期保留期" of the Chinese site: V5; V4, V3; V2; V1, V0.
const CN: Days = [(0, 1), (0, 1), (0, 7), (1, 7), (1, 7), (7, 15)];
/// Packages in the same table.
const CN_PACKAGES: Days = [(1, 1), (1, 1), (1, 7), (7, 7), (7, 7), (7, 15)];

#[test]
fn grace_and_retention_are_the_published_tables() {
    let presets = Policies::presets();
    assert_eq!(presets.names().map(|name| name.as_str()).collect::<Vec<_>>(), ["cn", "intl"]);
    for (policy, of_calls, of_packages) in [("intl", INTL, INTL), ("cn", CN, CN_PACKAGES)] {
        let preset = presets.get(policy).unwrap();
        for (tier, (calls, package)) in Tier::ALL.into_iter().zip(of_calls.into_iter().zip(of_packages)) {
            let days = |terms: ArrearsTerms| (terms.grace_days, terms.retention_days);
            assert_eq!(days(preset.terms(tier)), calls, "{policy}, {tier}");
            assert_eq!(days(preset.package_terms(tier)), package, "packages, {policy}, {tier}");
        }
        // None of them holds only because a tier is not named.
        assert_eq!((preset.terms.len(), preset.package_terms.len()), (6, 6), "{policy}");
        assert_eq!(preset.zone, Zone::BEIJING, "{policy}");
    }
    let rounding = |policy: &str| presets.get(policy).unwrap().bill_rounding;
    assert_eq!((rounding("intl"), rounding("cn")), (BillRounding::HalfUp, BillRounding::TailDropped));
}
