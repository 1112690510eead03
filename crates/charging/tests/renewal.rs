//! Renewals over many months: where each period ends.
#![allow(clippy::unwrap_used, reason = "a story that cannot go on fails its test")]

mod common;

use charging::{
    Context, CouponChoice, Event, LotNo, NoticeKind, Obstacle, Policies, RenewalMode, RenewalPlan, Zone,
};

use common::{Shop, at, catalog, money, name, version};

/// The days on which a package bought on a day and its renewals end.
fn ends(bought: &str, validity_months: u16, renewals: u32, by_itself: bool) -> Vec<String> {
    let start = at(&format!("{bought} 09:00:00"));
    let catalog = catalog(vec![version(1, &[(0, "0.05")])], Some(("1", validity_months)));
    let mut shop = Shop::with(catalog, Policies::presets(), "intl", Zone::BEIJING, start);
    let Shop { catalog, policies, account, journal: out, .. } = &mut shop;
    let context = Context { catalog, policies };
    account.top_up(context, money("100"), None, start, out).unwrap();
    let order = (&name("general-text"), &name("north"), 10);
    account.buy_package(context, order, CouponChoice::None, None, start, out).unwrap();
    if by_itself {
        account.set_renewal(context, LotNo(0), RenewalPlan::new(RenewalMode::Auto, 7), start, out).unwrap();
    }
    for no in 0..renewals {
        if by_itself {
            let before = account.lots()[no as usize].expires_at.plus_days(1);
            account.tick(context, before, out);
        } else {
            account.renew(context, LotNo(no), CouponChoice::None, None, start, out).unwrap();
        }
    }
    assert_eq!(shop.replayed(), shop.account);
    let day = |lot: &charging::Lot| lot.expires_at.in_zone(Zone::BEIJING).chars().take(10).collect();
    let last = shop.account.lots().iter().take(renewals as usize + 1);
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

/// What is taken off sale cannot be renewed, whatever is paid in: the notices say that, and not that money is missing.
#[test]
fn what_is_not_on_offer_any_more_is_told_so() {
    let start = at("2026-01-31 09:00:00");
    let mut catalog = catalog(vec![version(1, &[(0, "0.05")])], Some(("1", 1)));
    catalog.listings[0].on_sale_until = Some(start.plus_days(1));
    let mut shop = Shop::with(catalog, Policies::presets(), "intl", Zone::BEIJING, start);
    let Shop { catalog, policies, account, journal: out, .. } = &mut shop;
    let context = Context { catalog, policies };
    account.top_up(context, money("100"), None, start, out).unwrap();
    let order = (&name("general-text"), &name("north"), 10);
    account.buy_package(context, order, CouponChoice::None, None, start, out).unwrap();
    account.set_renewal(context, LotNo(0), RenewalPlan::new(RenewalMode::Auto, 7), start, out).unwrap();
    account.tick(context, start.plus_days(40), out);
    let mut told = Vec::new();
    for recorded in out.iter() {
        let Event::Noticed { notice } = &recorded.event else { continue };
        match &notice.kind {
            NoticeKind::RenewalFailed { obstacle, price, next_attempt_at, .. } => {
                told.push((*obstacle == Obstacle::NotOnOffer && price.is_none(), next_attempt_at.is_some()));
            }
            NoticeKind::PackageExpires { is_renewable, .. } => assert!(!is_renewable),
            _ => {}
        }
    }
    assert_eq!(told, [(true, true), (true, false)], "the first attempt and the last");
    assert_eq!(account.cash(), money("99"));
    assert_eq!(shop.replayed(), shop.account);
}
