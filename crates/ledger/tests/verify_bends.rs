//! `verify` fails on every way of bending a history, and names the law that no longer holds.

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

/// What is bent, and the law it breaks.
type Bend = (&'static str, &'static str, fn(&mut Vec<Entry>));

fn find(entries: &[Entry], is: impl Fn(&Event) -> bool) -> (usize, usize) {
    let position = |(_, events): &Entry| events.iter().position(|recorded| is(&recorded.event));
    let found = entries.iter().enumerate().find_map(|(index, entry)| Some((index, position(entry)?)));
    found.expect("the story has such an event")
}

fn bend(entries: &mut [Entry], is: impl Fn(&Event) -> bool, change: impl FnOnce(&mut Recorded)) {
    let (entry, event) = find(entries, is);
    change(&mut entries[entry].1[event]);
}

fn remove(entries: &mut Vec<Entry>, is: impl Fn(&Event) -> bool) {
    let (entry, event) = find(entries, is);
    entries[entry].1.remove(event);
    entries.retain(|(_, events)| !events.is_empty());
}

fn is_priced(event: &Event) -> bool {
    matches!(event, Event::Charged { rated, .. } if !rated.is_empty())
}

fn is_drawn(event: &Event) -> bool {
    matches!(event, Event::Charged { draws, .. } if !draws.is_empty())
}

fn is_settled(event: &Event) -> bool {
    matches!(event, Event::HourSettled { .. })
}

fn moves_to(event: &Event, word: &str) -> bool {
    matches!(event, Event::StandingChanged { standing } if standing.word() == word)
}

fn with_rated(recorded: &mut Recorded, change: impl FnOnce(&mut Rated, &mut u8)) {
    if let Event::Charged { rated, carry_e10, .. } = &mut recorded.event {
        change(&mut rated[0], carry_e10);
    }
}

const BENDS: &[Bend] = &[
    ("nothing", "", |_| {}),
    ("a charge stands there twice", "2xx", |entries| {
        let (at, _) = find(entries, is_priced);
        let again = entries[at].clone();
        entries.insert(at + 1, again);
    }),
    ("two accounts have a charge of one id", "2xx", |entries| {
        bend(
            entries,
            |event| matches!(event, Event::Charged { charge, .. } if charge.0 == 101),
            |recorded| {
                if let Event::Charged { charge, .. } = &mut recorded.event {
                    *charge = ChargeId(1);
                }
            },
        );
    }),
    ("a key is used for two top-ups", "2xx", |entries| {
        let (at, _) = find(entries, |event| matches!(event, Event::ToppedUp { key: Some(_), .. }));
        let (no, at_event) = (entries[at].0, entries[at].1[0].at);
        let event = Event::ToppedUp { amount: money("1"), key: Some(Key(ChargeId(88))) };
        entries.insert(at + 1, (no, vec![Recorded { at: at_event, event }]));
    }),
    ("a charge costs a little more", "money", |entries| {
        bend(entries, is_priced, |recorded| {
            with_rated(recorded, |part, _| part.amount += Money::from_e8(1));
        });
    }),
    ("a charge is for more units than it costs", "money", |entries| {
        bend(entries, is_priced, |recorded| with_rated(recorded, |part, _| part.units += 1));
    }),
    ("a charge names a price that is not", "money", |entries| {
        bend(entries, is_priced, |recorded| with_rated(recorded, |part, _| part.price_version = 9));
    }),
    ("a remainder appears", "money", |entries| {
        bend(entries, is_priced, |recorded| with_rated(recorded, |_, carry| *carry += 1));
    }),
    ("a charge is missing", "money", |entries| remove(entries, is_priced)),
    ("a top-up is missing", "money", |entries| {
        remove(entries, |event| matches!(event, Event::ToppedUp { key: None, .. }));
    }),
    ("a top-up takes", "money", |entries| {
        bend(
            entries,
            |event| matches!(event, Event::ToppedUp { key: None, .. }),
            |recorded| {
                recorded.event = Event::ToppedUp { amount: money("-1"), key: None };
            },
        );
    }),
    ("a settlement collects less than is there", "money", |entries| {
        bend(entries, is_settled, |recorded| {
            if let Event::HourSettled { paid, debt, .. } = &mut recorded.event {
                (*paid, *debt) = (*paid - Money::from_e8(1), *debt + Money::from_e8(1));
            }
        });
    }),
    ("a settlement forgets a part", "money", |entries| {
        bend(entries, is_settled, |recorded| {
            if let Event::HourSettled { paid, .. } = &mut recorded.event {
                *paid -= Money::from_e8(1);
            }
        });
    }),
    ("a bill line has other units", "money", |entries| {
        bend(entries, is_settled, |recorded| {
            if let Event::HourSettled { lines, .. } = &mut recorded.event {
                lines[0].units += 1;
            }
        });
    }),
    ("a package is used beyond its end", "lot", |entries| {
        bend(entries, is_drawn, |recorded| {
            if let Event::Charged { draws, .. } = &mut recorded.event {
                draws[0].units = 11;
            }
        });
    }),
    ("a lot is drawn twice as fast", "notice", |entries| {
        bend(entries, is_drawn, |recorded| {
            if let Event::Charged { draws, .. } = &mut recorded.event {
                draws[0].units = 2;
            }
        });
    }),
    ("a lot of another service is drawn", "lot", |entries| {
        bend(entries, is_drawn, |recorded| {
            if let Event::Charged { draws, .. } = &mut recorded.event {
                draws[0].lot = LotNo(1);
            }
        });
    }),
    ("a lot ends with units it did not have", "lot", |entries| {
        bend(
            entries,
            |event| matches!(event, Event::LotExpired { .. }),
            |recorded| {
                if let Event::LotExpired { units, .. } = &mut recorded.event {
                    *units += 1;
                }
            },
        );
    }),
    ("a settlement is late", "tick", |entries| {
        bend(entries, is_settled, |recorded| recorded.at = recorded.at.plus_ms(1));
    }),
    ("a settlement is early", "tick", |entries| {
        bend(entries, is_settled, |recorded| recorded.at = recorded.at.plus_ms(-1));
    }),
    ("an hour is never settled", "tick", |entries| {
        let (at, _) = find(entries, is_settled);
        entries.remove(at);
    }),
    ("a lot never takes effect", "tick", |entries| {
        remove(entries, |event| matches!(event, Event::LotTookEffect { .. }));
    }),
    ("two entries change places", "tick", |entries| {
        let (at, _) = find(entries, |event| matches!(event, Event::Charged { charge, .. } if charge.0 == 2));
        entries.swap(at, at + 1);
    }),
    ("the arrears begin unseen", "standing", |entries| remove(entries, |event| moves_to(event, "grace"))),
    ("an account is released from grace", "standing", |entries| {
        bend(
            entries,
            |event| moves_to(event, "frozen"),
            |recorded| {
                recorded.event =
                    Event::StandingChanged { standing: Standing::Released { since: recorded.at } };
            },
        );
    }),
    ("an account is frozen for longer", "standing", |entries| {
        bend(
            entries,
            |event| moves_to(event, "frozen"),
            |recorded| {
                if let Event::StandingChanged { standing: Standing::Frozen { release_at, .. } } =
                    &mut recorded.event
                {
                    *release_at = release_at.plus_ms(1);
                }
            },
        );
    }),
    ("a debtor is enabled", "standing", |entries| {
        let (at, _) = find(entries, |event| moves_to(event, "grace"));
        let no = 1;
        let after = entries[at].1.last().unwrap().at;
        let event = Event::Subscribed { service: ServiceNo(0), mode: SubscriptionMode::PayPerUse };
        let settled = entries.iter().rposition(|(of, events)| {
            *of == no && events.iter().any(|recorded| moves_to(&recorded.event, "grace"))
        });
        entries.insert(settled.unwrap() + 1, (no, vec![Recorded { at: after, event }]));
    }),
    ("a notice is left out", "notice", |entries| {
        remove(entries, |event| matches!(event, Event::Noticed { .. }));
    }),
    ("a notice is given twice", "notice", |entries| {
        let (entry, event) = find(entries, |event| matches!(event, Event::Noticed { .. }));
        let mut again = entries[entry].1[event].clone();
        if let Event::Noticed { notice } = &mut again.event {
            notice.no += 1;
        }
        entries[entry].1.insert(event + 1, again);
        // Those after it count on.
        let of = entries[entry].0;
        let later = entries.iter_mut().skip(entry).filter(|(no, _)| *no == of);
        let mut events: Vec<&mut Recorded> = later.flat_map(|(_, events)| events).collect();
        for (no, recorded) in
            (1..).zip(events.iter_mut().filter(|r| matches!(r.event, Event::Noticed { .. })))
        {
            if let Event::Noticed { notice } = &mut recorded.event {
                notice.no = no;
            }
        }
    }),
    ("a notice tells of another debt", "notice", |entries| {
        bend(
            entries,
            |event| matches!(event, Event::Noticed { notice } if notice.kind.word() == "frozen"),
            |recorded| {
                if let Event::Noticed { notice } = &mut recorded.event
                    && let NoticeKind::Frozen { debt, .. } = &mut notice.kind
                {
                    *debt += Money::from_e8(1);
                }
            },
        );
    }),
    ("a warning comes late", "tick", |entries| {
        bend(
            entries,
            |event| matches!(event, Event::Noticed { notice } if notice.kind.word() == "grace_ends"),
            |recorded| recorded.at = recorded.at.plus_ms(1),
        );
    }),
    ("a month closes with another sum", "notice", |entries| {
        bend(
            entries,
            |event| matches!(event, Event::MonthClosed { .. }),
            |recorded| {
                if let Event::MonthClosed { totals } = &mut recorded.event {
                    totals.usage += Money::from_e8(1);
                }
            },
        );
    }),
    ("a month is never closed", "tick", |entries| {
        remove(entries, |event| matches!(event, Event::MonthClosed { .. }));
    }),
    ("an account that was never opened is charged", "journal", |entries| {
        let (at, _) = find(entries, is_priced);
        entries[at].0 = 7;
    }),
    ("an account is opened twice", "journal", |entries| {
        let again = entries[0].clone();
        entries.insert(1, again);
    }),
    ("two accounts have one id", "isolation", |entries| {
        let opened = entries[0].1.clone();
        entries.insert(2, (2, opened));
    }),
    ("a command without events", "journal", |entries| entries.insert(3, (0, Vec::new()))),
];

#[test]
fn every_bent_history_is_found_out() {
    let world = told();
    let true_entries = entries(&world.journal(), Arc::new(RealDisk));
    for (what, law, bend) in BENDS {
        let mut bent = true_entries.clone();
        bend(&mut bent);
        let dir = tempfile::tempdir().unwrap();
        forge(dir.path(), Arc::new(RealDisk), &bent);
        let found = prove(dir.path(), Arc::new(RealDisk), None);
        match found {
            Ok(_) => assert_eq!(*law, "", "{what}: nothing was found"),
            Err(difference) => {
                assert_eq!(difference.law, *law, "{what}: {difference}");
                assert!(difference.sequence.is_some() || difference.account.is_some(), "{difference}");
            }
        }
    }
}

/// The next version's price is charged years before its date, units times price and all.
#[test]
fn a_price_that_was_not_in_force_is_found_out() {
    let world = told();
    let mut bent = entries(&world.journal(), Arc::new(RealDisk));
    bend(&mut bent, is_priced, |recorded| {
        with_rated(recorded, |rated, _| {
            rated.price_version = 2;
            rated.amount = money("0.07");
        });
    });
    let dir = tempfile::tempdir().unwrap();
    forge(dir.path(), Arc::new(RealDisk), &bent);
    let difference = prove(dir.path(), Arc::new(RealDisk), None).unwrap_err();
    assert_eq!(difference.law, "money", "{difference}");
    assert!(difference.detail.contains("version 2 of the price was not in force"), "{difference}");
}

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

/// A coupon's end is not its own any more: at that very instant it pays no order, and no line that begins there.
#[test]
fn a_coupon_that_pays_at_its_end_is_found_out() {
    let world = World::new();
    let engine = world.engine();
    let account = open_account(&engine, PAYER, nine());
    let half_past = nine().plus_ms(HOUR_MS / 2);
    let coupon = NewCoupon {
        worth: CouponWorth::Cash { face: money("5") },
        apis: Vec::new(),
        regions: Vec::new(),
        valid_from: Timestamp::EPOCH,
        valid_to: half_past,
    };
    done(engine.give_coupon(account, coupon, None, nine()).unwrap());
    top_up(&engine, account, "5", nine());
    subscribe(&engine, account, half_past);
    call(&engine, account, 1, half_past);
    buy(&engine, account, 10, half_past);
    engine.tick(nine().plus_ms(HOUR_MS)).wait().unwrap();
    engine.close().unwrap();
    prove(&world.journal(), Arc::new(RealDisk), None).unwrap_or_else(|found| panic!("{found}"));

    let told = entries(&world.journal(), Arc::new(RealDisk));
    let refused = |mut bent: Vec<Entry>, amount: Money, what: &str| {
        // What it paid is not in it any more when it ends.
        let is_end = |event: &Event| matches!(event, Event::CouponExpired { .. });
        bend(&mut bent, is_end, |recorded| {
            recorded.event = Event::CouponExpired { coupon: CouponNo(0), amount: money("5") - amount };
        });
        let dir = tempfile::tempdir().unwrap();
        forge(dir.path(), Arc::new(RealDisk), &bent);
        let difference = prove(dir.path(), Arc::new(RealDisk), None).expect_err(what);
        assert_eq!(difference.law, "money", "{what}: {difference}");
        assert!(difference.detail.contains(what), "{difference}");
    };
    let mut bent = told.clone();
    let mut amount = Money::ZERO;
    bend(&mut bent, is_settled, |recorded| {
        if let Event::HourSettled { coupons, paid, .. } = &mut recorded.event {
            assert!(coupons.is_empty());
            amount = std::mem::take(paid);
            *coupons = vec![CouponPart { coupon: CouponNo(0), line: 0, amount }];
        }
    });
    refused(bent, amount, "are not those whose turn it is");
    let mut bent = told;
    let is_bought = |event: &Event| matches!(event, Event::LotGranted { order: None, .. });
    bend(&mut bent, is_bought, |recorded| {
        if let Event::LotGranted { price, order, .. } = &mut recorded.event {
            amount = *price;
            *order = Some(Box::new(OrderDetail {
                list_price: amount,
                discount: None,
                coupon: Some((CouponNo(0), amount)),
                renews: None,
                is_automatic: false,
                order: None,
            }));
        }
    });
    refused(bent, amount, "coupon 0 cannot pay");
}
