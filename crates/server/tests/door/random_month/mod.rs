//! A random month: several accounts call, buy, renew, give back, fall into arrears and pay, on the manual clock; what the
//! stock SDKs of both sites see of it, added up, is what the ledger says, to the last digit.
//!
//! The seed is fixed, so that the month is the same every time; `INKMETER_TEST_SEED` gives another one.

mod ledger;
mod life;
mod seen;

use charging::Money;
use life::Town;

use crate::chance::seed_or;

/// The month of everybody's builds.
const SEED: u64 = 20_261_017;
/// How many things happen, in three parts of the month.
const HAPPENINGS: [u32; 3] = [60, 60, 60];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_random_month_adds_up_for_the_sdks_of_both_sites() {
    let seed = seed_or(SEED);
    let Some(mut town) = Town::settle(seed) else { return };
    let mut was_in_arrears = false;
    for count in HAPPENINGS {
        for _ in 0..count {
            town.happen();
            let hours = town.below(9);
            town.wait(hours);
        }
        town.close_the_hours();
        for person in &mut town.people {
            let ledger = ledger::Ledger::of(&town.server, person.name).await;
            was_in_arrears |= ledger.hours_owed > 0;
            seen::compare(person, &ledger);
        }
    }
    for (what, count) in &town.done {
        assert!(*count > 0, "seed {seed}: not one {what}: {:?}", town.done);
    }
    assert!(was_in_arrears, "seed {seed}: nobody owed anything");
    assert_eq!(town.server.json(&["verify"])["holds"], true);
}

/// A total in two decimals, by each site's rule.
fn stated(exact: i64, policy: &str) -> i64 {
    const CENT: i64 = 1_000_000;
    match policy {
        // Half away from zero.
        "intl" => (exact.abs() + CENT / 2).div_euclid(CENT) * CENT * exact.signum(),
        // The tail is dropped.
        "cn" => exact.abs().div_euclid(CENT) * CENT * exact.signum(),
        other => panic!("no rule for {other}"),
    }
}

#[test]
fn a_total_is_stated_as_the_site_does() {
    let amount = |text: &str| text.parse::<Money>().unwrap().e8();
    for (exact, intl, cn) in [
        ("1.23500000", "1.24", "1.23"),
        ("1.23499999", "1.23", "1.23"),
        ("-1.23500000", "-1.24", "-1.23"),
        ("0.00999999", "0.01", "0.00"),
    ] {
        assert_eq!([stated(amount(exact), "intl"), stated(amount(exact), "cn")], [amount(intl), amount(cn)]);
    }
}
