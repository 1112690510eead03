//! `verify` knows which idempotency keys an account may use again, and when.

#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/story.rs"]
mod story;

use std::collections::BTreeMap;
use std::sync::Arc;

use charging::*;
use common::*;
use ledger::journal::RealDisk;
use ledger::{Engine, Rules};
use story::*;

/// Everything that takes a key, with the same keys at one instant; false for what a key had done before.
fn use_keys(engine: &Engine, account: AccountId, at: Timestamp) -> [bool; 5] {
    let key = |number| Some(Key(ChargeId(number)));
    let coupon = NewCoupon {
        worth: CouponWorth::Cash { face: money("1") },
        apis: Vec::new(),
        regions: Vec::new(),
        valid_from: Timestamp::EPOCH,
        valid_to: at.plus_ms(30 * 24 * HOUR_MS),
    };
    let lot = NewLot {
        api: api(),
        region: region(),
        source: Source::Free,
        units: 5,
        effective_at: Timestamp::EPOCH,
        expires_at: at.plus_ms(24 * HOUR_MS),
        enterprise_project: None,
        price: Money::ZERO,
    };
    let request = done(engine.request_top_up(account, money("2"), key(5), at).unwrap());
    done(engine.resolve_top_up(account, request.no, PaymentAnswer::Paid, at).unwrap());
    [
        !done(engine.top_up(account, money("1"), key(1), at).unwrap()).repeated,
        !done(engine.grant_lot(account, lot, key(2), at).unwrap()).repeated,
        !done(engine.adjust(account, money("1"), "a gift", key(3), at).unwrap()).repeated,
        !done(engine.give_coupon(account, coupon, key(4), at).unwrap()).repeated,
        !request.repeated,
    ]
}

/// A key that the account has forgotten is as good as new; one that it remembers is not.
#[test]
fn a_key_is_used_again_only_once_it_is_forgotten() {
    let world = World::new();
    let engine = world.engine();
    let account = open_account(&engine, PAYER, nine());
    let days = |days: i64| nine().plus_ms(days * 24 * HOUR_MS);
    assert_eq!(use_keys(&engine, account, nine()), [true; 5]);
    assert_eq!(use_keys(&engine, account, days(401)), [true; 5], "as good as new");
    engine.close().unwrap();
    prove(&world.journal(), Arc::new(RealDisk), None).unwrap_or_else(|found| panic!("{found}"));

    let told = entries(&world.journal(), Arc::new(RealDisk));
    let refused = |bent: &[Entry], what: &str| {
        let dir = tempfile::tempdir().unwrap();
        forge(dir.path(), Arc::new(RealDisk), bent);
        let difference = prove(dir.path(), Arc::new(RealDisk), None).expect_err(what);
        assert_eq!(difference.law, "2xx", "{what}: {difference}");
    };
    // The second use stands there, and nothing says that the first was forgotten.
    let mut bent = told.clone();
    remove(&mut bent, |event| matches!(event, Event::KeysForgotten { .. }));
    refused(&bent, "a key that is remembered");
    // Forgotten at once, a day too soon, a day too late.
    let key_days = rules().policies.get("intl").unwrap().key_days;
    for days in [0, key_days - 1, key_days + 1] {
        let mut bent = told.clone();
        bend(
            &mut bent,
            |event| matches!(event, Event::KeysForgotten { .. }),
            |recorded| recorded.event = Event::KeysForgotten { until: recorded.at.minus_days(days) },
        );
        refused(&bent, &format!("forgotten after {days} days"));
    }
    // Each kind of use alone, twice within the days.
    let uses: [fn(&Event) -> bool; 5] = [
        |event| matches!(event, Event::ToppedUp { key: Some(Key(ChargeId(1))), .. }),
        |event| matches!(event, Event::LotGranted { key: Some(_), .. }),
        |event| matches!(event, Event::Adjusted { .. }),
        |event| matches!(event, Event::CouponGiven { .. }),
        |event| matches!(event, Event::TopUpRequested { .. }),
    ];
    for (which, is) in uses.into_iter().enumerate() {
        let (at, event) = find(&told, is);
        let (no, recorded) = (told[at].0, told[at].1[event].clone());
        let mut bent = told.clone();
        bent.insert(at + 1, (no, vec![recorded]));
        refused(&bent, &format!("use {which}"));
    }
}

/// Keys were remembered by the days of their time. What the rulebook does not know of is no excuse.
#[test]
fn keys_that_were_forgotten_by_earlier_days_are_judged_by_them() {
    let world = World::new();
    let engine = world.engine();
    let account = open_account(&engine, PAYER, nine());
    let later = nine().plus_ms(401 * 24 * HOUR_MS);
    assert_eq!(
        (use_keys(&engine, account, nine()), use_keys(&engine, account, later)),
        ([true; 5], [true; 5])
    );
    engine.close().unwrap();

    let before = rules().policies.get("intl").unwrap().clone();
    let shorter = Policy { key_days: before.key_days - 1, ..before.clone() };
    let judged_by = |policy: Policy| {
        let own = Policies::new(BTreeMap::from([(name("intl"), policy)])).unwrap();
        let rules = Rules { catalog: rules().catalog.clone(), policies: rules().policies.clone().with(own) };
        prove_by(Arc::new(rules), &world.journal(), Arc::new(RealDisk), None)
    };
    judged_by(shorter.clone().following(&before, later)).unwrap_or_else(|found| panic!("{found}"));
    for wrong in [shorter.clone(), shorter.following(&before, later.plus_ms(-1))] {
        let difference = judged_by(wrong).unwrap_err();
        assert_eq!(difference.law, "2xx", "{difference}");
        assert!(difference.detail.ends_with("remembers them for 399 days"), "{difference}");
    }
}

/// However old: a request that has no answer keeps its key, and from the answer on the days count anew.
#[test]
fn the_key_of_a_request_ages_from_its_answer_on() {
    let world = World::new();
    let engine = world.engine();
    let account = open_account(&engine, PAYER, nine());
    let days = |days: i64| nine().plus_ms(days * 24 * HOUR_MS);
    let ask = |at| done(engine.request_top_up(account, money("2"), Some(Key(ChargeId(5))), at).unwrap());
    let first = ask(nine());
    assert!(ask(days(500)).repeated);
    done(engine.resolve_top_up(account, first.no, PaymentAnswer::Paid, days(500)).unwrap());
    assert!(ask(days(900)).repeated);
    assert!(!ask(days(901)).repeated);
    engine.close().unwrap();
    prove(&world.journal(), Arc::new(RealDisk), None).unwrap_or_else(|found| panic!("{found}"));

    // The answer taken away, the key is still in use when it is used again.
    let mut bent = entries(&world.journal(), Arc::new(RealDisk));
    remove(&mut bent, |event| matches!(event, Event::TopUpResolved { .. }));
    let dir = tempfile::tempdir().unwrap();
    forge(dir.path(), Arc::new(RealDisk), &bent);
    let difference = prove(dir.path(), Arc::new(RealDisk), None).unwrap_err();
    assert_eq!(difference.law, "2xx", "{difference}");
}
