//! Renewals over many months: where each period ends.
#![allow(clippy::unwrap_used, reason = "a story that cannot go on fails its test")]

use std::collections::BTreeMap;

use charging::{
    Account, AccountId, ApiPrices, Catalog, Context, CouponChoice, LotNo, Name, Offer, Policies, PriceTier,
    PriceVersion, Recorded, RenewalMode, RenewalPlan, Tier, Timestamp, UnitPrice, Zone,
};

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn at(day: &str) -> Timestamp {
    Timestamp::parse(&format!("{day}T09:00:00+08:00")).unwrap()
}

/// General text, with a package of 10 calls for so many months.
fn catalog(validity_months: u16) -> Catalog {
    let api = name("general-text");
    let tiers = vec![PriceTier { from_units: 0, unit_price: UnitPrice::from_e10(500_000_000) }];
    let versions = vec![PriceVersion { version: 1, effective_from: Timestamp::EPOCH, tiers }];
    let offer = Offer { api: api.clone(), calls: 10, price: "1".parse().unwrap(), validity_months };
    let catalog = Catalog {
        currency: "CNY".into(),
        regions: vec![name("north")],
        apis: [(api, ApiPrices { versions })].into(),
        offers: vec![offer],
        retired: BTreeMap::new(),
    };
    catalog.checked().unwrap()
}

/// The days on which a package bought on a day and its renewals end.
fn ends(bought: &str, validity_months: u16, renewals: u32, by_itself: bool) -> Vec<String> {
    let (catalog, policies) = (catalog(validity_months), Policies::presets());
    let context = Context { catalog: &catalog, policies: &policies };
    let (mut account, opened) =
        Account::open(AccountId(1), Tier::V0, name("intl"), Zone::BEIJING, at(bought));
    let mut journal: Vec<Recorded> = vec![opened];
    let out = &mut journal;
    account.top_up(context, "100".parse().unwrap(), None, at(bought), out).unwrap();
    let place = (&name("general-text"), &name("north"));
    account.buy_package(context, place, 10, None, at(bought), out).unwrap();
    if by_itself {
        account
            .set_renewal(context, LotNo(0), RenewalPlan::new(RenewalMode::Auto, 7), at(bought), out)
            .unwrap();
    }
    for no in 0..renewals {
        if by_itself {
            let before = account.lots()[no as usize].expires_at.plus_days(1);
            account.tick(context, before, out);
        } else {
            account.renew(context, LotNo(no), CouponChoice::None, None, at(bought), out).unwrap();
        }
    }
    let mut replayed = Account::from_opened(&journal[0]).unwrap();
    journal[1..].iter().for_each(|recorded| replayed.apply(recorded));
    assert_eq!(replayed, account);
    let day = |lot: &charging::Lot| lot.expires_at.in_zone(Zone::BEIJING).chars().take(10).collect();
    let last = account.lots().iter().take(renewals as usize + 1);
    last.map(day).collect()
}

#[test]
fn a_renewal_comes_back_to_the_31st() {
    let months = ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30"];
    assert_eq!(ends("2026-01-31", 1, 4, false), months);
    assert_eq!(ends("2026-01-31", 1, 4, true), months);
    // One that began on the last day of a short month keeps that day.
    assert_eq!(ends("2026-02-28", 1, 2, false), ["2026-03-28", "2026-04-28", "2026-05-28"]);
    assert_eq!(ends("2026-01-30", 1, 3, false), ["2026-02-28", "2026-03-30", "2026-04-30", "2026-05-30"]);
}

#[test]
fn a_yearly_package_comes_back_to_the_leap_day() {
    let years = ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"];
    assert_eq!(ends("2024-02-29", 12, 3, false), years);
}
