//! Money law: every movement is balanced, bills are the sums of their charges, and no fraction is lost.

use std::collections::BTreeMap;

use charging::{Account, Event, HOUR_MS, Money, postings};
use proptest::prelude::*;

use crate::scripts::scripts;
use crate::world::World;

proptest! {
    #![proptest_config(crate::scripts::cases())]

    #[test]
    fn the_books_sum_to_zero_after_every_event(script in scripts()) {
        let world = World::new();
        let mut stage = script.play(&world);
        stage.tick(script.end());
        let mut account = Account::from_opened(&stage.journal[0]).unwrap();
        for next in &stage.journal[1..] {
            let moved = postings(&next.event);
            prop_assert!(moved.iter().all(|p| p.amount.is_positive() && p.from != p.to));
            account.check_next(next).unwrap();
            account.apply(next);
            prop_assert_eq!(account.books().sum(), Money::ZERO);
            account.check().unwrap();
        }
        account.check_at_rest().unwrap();
    }

    /// A settled hour is the sum of the charges made in it, line by line, and each charge is in one settled hour.
    #[test]
    fn the_lines_of_an_hour_are_its_charges(script in scripts()) {
        let world = World::new();
        let mut stage = script.play(&world);
        stage.tick(script.end());
        // The hour is found by counting offset minutes, not by asking the core's calendar.
        let zone_minutes = [480, 480, 480, 330, -210][script.policy];
        let offset = zone_minutes * 60_000;
        let mut charged = BTreeMap::new();
        let mut billed = BTreeMap::new();
        for recorded in &stage.journal {
            match &recorded.event {
                Event::Charged { service, enterprise_project, rated, .. } => {
                    let hour = (recorded.at.ms() + offset).div_euclid(HOUR_MS) * HOUR_MS - offset;
                    for r in rated {
                        let row = (hour, *service, enterprise_project.clone(), r.price_version, r.tier);
                        let sums: &mut (u64, Money) = charged.entry(row).or_default();
                        sums.0 += r.units;
                        sums.1 += r.amount;
                    }
                }
                Event::HourSettled { hour, lines, coupons, paid, debt } => {
                    let by_coupons: Money = coupons.iter().map(|part| part.amount).sum();
                    prop_assert_eq!(lines.iter().map(|l| l.amount).sum::<Money>(), by_coupons + *paid + *debt);
                    let delay = i64::from(world.policy(script.policy).settlement_delay_minutes) * 60_000;
                    prop_assert_eq!(recorded.at, hour.plus_ms(HOUR_MS + delay));
                    for l in lines {
                        let to = l.used_to.unwrap_or(hour.plus_ms(HOUR_MS));
                        prop_assert!(*hour <= l.used_from && l.used_from <= to, "{:?}", l);
                        prop_assert!(to <= hour.plus_ms(HOUR_MS), "{:?}", l);
                        let row = (hour.ms(), l.service, l.enterprise_project.clone(), l.price_version, l.tier);
                        prop_assert!(billed.insert(row, (l.units, l.amount)).is_none(), "billed twice");
                    }
                }
                _ => {}
            }
        }
        prop_assert_eq!(charged, billed);
        prop_assert_eq!(stage.account.unsettled(), Money::ZERO);
    }

    /// What a service's charges cost together is the exact product, rounded down once.
    #[test]
    fn the_remainder_is_carried(script in scripts()) {
        let world = World::new();
        let stage = script.play(&world);
        let mut exact_e10: BTreeMap<_, i128> = BTreeMap::new();
        let mut charged: BTreeMap<_, i128> = BTreeMap::new();
        for recorded in &stage.journal {
            if let Event::Charged { service, rated, .. } = &recorded.event {
                let api = &stage.account.service(*service).unwrap().api;
                for r in rated {
                    let tiers = &world.catalog.price_version(api, r.price_version).unwrap().tiers;
                    let price = i128::from(tiers[usize::from(r.tier)].unit_price.e10());
                    *exact_e10.entry(*service).or_default() += price * i128::from(r.units);
                    *charged.entry(*service).or_default() += i128::from(r.amount.e8());
                }
            }
        }
        for (service, exact) in exact_e10 {
            prop_assert_eq!(charged[&service], exact.div_euclid(100));
        }
    }
}
