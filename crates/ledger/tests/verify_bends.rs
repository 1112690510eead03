//! `verify` fails on every way of bending a history, and names the law that no longer holds.

#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/story.rs"]
mod story;

use std::sync::Arc;

use charging::*;
use common::*;
use ledger::journal::RealDisk;
use story::*;

/// What is bent, and the law it breaks.
type Bend = (&'static str, &'static str, fn(&mut Vec<Entry>));

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
