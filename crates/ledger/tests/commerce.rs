//! Adjustments, coupons, renewals and requested top-ups on a real journal: across a restart, in the read model, and under
//! `verify`.
#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/story.rs"]
mod story;

use std::sync::Arc;

use charging::*;
use common::*;
use ledger::journal::RealDisk;
use ledger::read::{ReadModel, Renews, TransactionKind, TransactionQuery};
use ledger::{Engine, snapshot};
use story::{Entry, entries, forge, prove};

fn hour(hours: i64) -> Timestamp {
    nine().plus_ms(hours * HOUR_MS)
}

fn cash_coupon(face: &str, valid_to: Timestamp) -> NewCoupon {
    NewCoupon {
        worth: CouponWorth::Cash { face: money(face) },
        apis: vec![],
        regions: vec![],
        valid_from: Timestamp::EPOCH,
        valid_to,
    }
}

const CUSTOMER: u128 = 0xc;

/// A customer with coupons of both kinds, a correction, a renewal of each kind and top-ups of each kind.
fn play(engine: &Engine) -> AccountId {
    let account = open_account(engine, CUSTOMER, nine());
    let discount = NewCoupon {
        worth: CouponWorth::Discount { percent_off: 50 },
        apis: vec![api()],
        ..cash_coupon("1", hour(48))
    };
    done(engine.give_coupon(account, discount, None, nine()).unwrap());
    let key = Some(Key(ChargeId(5)));
    done(engine.give_coupon(account, cash_coupon("0.25", hour(30)), key, nine()).unwrap());
    done(engine.give_coupon(account, cash_coupon("0.30", hour(26)), None, nine()).unwrap());
    top_up(engine, account, "0.50", nine());
    subscribe(engine, account, nine());
    // 0.40 less 50 percent; the coupon that expires first pays 0.20 of it.
    buy(engine, account, 10, nine());
    done(engine.set_renewal(account, LotNo(0), RenewalPlan::new(RenewalMode::Auto, 3), nine()).unwrap());
    let rule = AutoTopUp { below: money("0.20"), amount: money("1"), monthly_limit: None };
    done(engine.set_auto_top_up(account, rule, nine()).unwrap());
    // Ten calls from the package and twenty at a price, in the hours of ten and eleven.
    for id in 1..=30 {
        call(engine, account, id, hour(if id <= 20 { 1 } else { 2 }).plus_ms(id as i64 * 1000));
    }
    engine.tick(hour(3)).wait().unwrap();
    done(engine.resolve_top_up(account, 1, PaymentAnswer::Paid, hour(4)).unwrap());
    let declined = PaymentAnswer::Declined { detail: "no".into() };
    let asked = done(engine.request_top_up(account, money("7"), Some(Key(ChargeId(6))), hour(5)).unwrap());
    done(engine.resolve_top_up(account, asked.no, declined, hour(6)).unwrap());
    done(engine.adjust(account, money("-0.05"), "paid twice", Some(Key(ChargeId(7))), hour(7)).unwrap());
    done(engine.give_coupon(account, cash_coupon("0.90", hour(40)), None, hour(7)).unwrap());
    snapshot::take(&engine.disk(), engine.dir(), engine.durable_sequence()).unwrap();
    // A year later it renews itself, and the coupons have ended.
    engine.tick(hour(24 * 370)).wait().unwrap();
    let by = engine.read(account, hour(24 * 370), |live, _| live.account.renewed_by(LotNo(0)));
    assert_eq!(by.unwrap().wait().unwrap(), Some(LotNo(1)));
    done(
        engine
            .set_renewal(account, LotNo(1), RenewalPlan::new(RenewalMode::None, 7), hour(24 * 371))
            .unwrap(),
    );
    done(engine.request_top_up(account, money("3"), None, hour(24 * 371)).unwrap());
    engine.tick(hour(24 * 740)).wait().unwrap();
    snapshot::take(&engine.disk(), engine.dir(), engine.durable_sequence()).unwrap();
    account
}

#[test]
fn a_bill_says_what_a_package_renews_and_whether_by_itself() {
    let world = World::new();
    let engine = world.engine();
    let read = ReadModel::open(&world.read_db(), &engine).unwrap();
    let account = play(&engine);
    let mut renewals = Vec::new();
    for month in read.months(account, BillRounding::HalfUp).unwrap() {
        let bill = read.bill(account, month.month, BillRounding::HalfUp).unwrap();
        renewals.extend(bill.packages.iter().map(|package| (package.lot, package.renews)));
    }
    renewals.sort_by_key(|(lot, _)| *lot);
    let by_itself = Renews { lot: LotNo(0), is_automatic: true };
    assert_eq!(renewals, [(LotNo(0), None), (LotNo(1), Some(by_itself))]);
    let corrected = read.bill(account, "2026-11".parse().unwrap(), BillRounding::HalfUp).unwrap();
    assert_eq!(corrected.adjustments.len(), 1);
    assert_eq!(
        (corrected.adjustments[0].amount, &*corrected.adjustments[0].reason),
        (money("-0.05"), "paid twice")
    );
}

#[test]
fn the_books_show_what_coupons_paid() {
    let world = World::new();
    let engine = world.engine();
    let read = ReadModel::open(&world.read_db(), &engine).unwrap();
    let account = play(&engine);
    read.catch_up().unwrap();
    let bill = read.bill(account, "2026-11".parse().unwrap(), BillRounding::HalfUp).unwrap();
    assert_eq!((bill.usage_total, bill.packages_total), (money("1"), money("0.20")));
    // 0.20 by the coupon that expires first for the package, then its 0.10 and 0.25 by the other for the hours.
    let paid = bill.summary.total.payment;
    assert_eq!((paid.coupons, paid.cash, paid.debt), (money("0.55"), money("0.50"), money("0.15")));
    assert_eq!((paid.total(), bill.paid), (bill.total, money("1.05")));
    let of_package = &bill.packages[0];
    let prices = (of_package.discount, of_package.price, of_package.payment.coupons);
    assert_eq!(prices, (money("0.20"), money("0.20"), money("0.20")));
    let by_coupons: Vec<_> = bill.lines.iter().map(|line| line.payment.coupons).collect();
    assert_eq!(by_coupons, [money("0.35"), Money::ZERO]);
    let settled = read.settled_hour(account, hour(1)).unwrap().unwrap();
    assert_eq!((settled.coupons, settled.paid, settled.debt), (money("0.35"), money("0.15"), Money::ZERO));
    let parts: Vec<_> = settled.parts.iter().map(|part| (part.coupon, part.amount)).collect();
    assert_eq!(parts, [(CouponNo(1), money("0.25")), (CouponNo(2), money("0.10"))]);
    assert_eq!(read.settled_hour(account, hour(0)).unwrap(), None);
    let renewed = read.bill(account, "2027-11".parse().unwrap(), BillRounding::HalfUp).unwrap();
    assert_eq!((renewed.packages[0].lot, renewed.packages[0].price), (LotNo(1), money("0.40")));
    let query = TransactionQuery { limit: 100, ..TransactionQuery::default() };
    let transactions = read.transactions(account, &query).unwrap();
    let by_coupons: Money = transactions.iter().map(|transaction| transaction.by_coupons()).sum();
    assert_eq!(by_coupons, money("0.55"));
    let adjusted = transactions.iter().find(|t| t.kind == TransactionKind::Adjusted).unwrap();
    assert_eq!((adjusted.amount, adjusted.cash_change), (money("-0.05"), money("-0.05")));
    let kinds: Vec<_> = read.history(account, 1000, None).unwrap().into_iter().map(|row| row.kind).collect();
    for kind in [
        "coupon_given",
        "coupon_expired",
        "renewal_set",
        "renewal_ended",
        "top_up_requested",
        "top_up_resolved",
        "auto_top_up_set",
        "adjusted",
    ] {
        assert!(kinds.contains(&kind), "{kind} is missing");
    }
    read.close();
    engine.close().unwrap();
    let report = prove(&world.journal(), Arc::new(RealDisk), Some(&world.read_db())).unwrap();
    assert_eq!((report.snapshots, report.charges), (2, 30));
}

/// What was asked for is still asked for after a restart, under the same number, and is paid once: the second answer
/// changes nothing, before and after another restart.
#[test]
fn a_request_survives_a_restart_and_is_paid_once() {
    let world = World::new();
    let engine = world.engine();
    let account = open_account(&engine, 1, nine());
    let rule = AutoTopUp { below: money("5"), amount: money("20"), monthly_limit: None };
    done(engine.set_auto_top_up(account, rule, nine()).unwrap());
    let key = Some(Key(ChargeId(9)));
    let asked = done(engine.request_top_up(account, money("3"), key, nine()).unwrap());
    engine.close().unwrap();
    drop(engine);

    let engine = world.engine();
    let awaited = engine.awaited_payments(10).wait().unwrap();
    let asked_for: Vec<_> = awaited.iter().map(|a| (a.account, a.request.no, a.request.amount)).collect();
    assert_eq!(asked_for, [(account, 1, money("20")), (account, asked.no, money("3"))]);
    assert_eq!(engine.awaited_payments(1).wait().unwrap().len(), 1);
    for _ in 0..2 {
        done(engine.resolve_top_up(account, 1, PaymentAnswer::Paid, hour(1)).unwrap());
        done(engine.resolve_top_up(account, asked.no, PaymentAnswer::Paid, hour(1)).unwrap());
    }
    assert!(engine.awaited_payments(10).wait().unwrap().is_empty());
    engine.close().unwrap();
    drop(engine);

    let engine = world.engine();
    assert!(engine.awaited_payments(10).wait().unwrap().is_empty());
    assert_eq!(done(engine.resolve_top_up(account, 1, PaymentAnswer::Paid, hour(2)).unwrap()), None);
    let again = done(engine.request_top_up(account, money("3"), key, hour(2)).unwrap());
    assert_eq!((again.no, again.state, again.repeated), (asked.no, TopUpState::Paid, true));
    let cash = engine.read(account, hour(2), |live, _| live.account.cash()).unwrap().wait().unwrap();
    assert_eq!(cash, money("23"));
    engine.close().unwrap();
    prove(&world.journal(), Arc::new(RealDisk), None).unwrap();
}

/// What a discount makes free is bought all the same. No money moves, but its list price stands in the bill; read model
/// and proof say so alike, whether it was bought at once or ordered first.
#[test]
fn a_package_that_a_discount_made_free_is_proved() {
    for is_ordered in [false, true] {
        let world = World::new();
        let engine = world.engine();
        let account = open_account(&engine, CUSTOMER, nine());
        let free =
            NewCoupon { worth: CouponWorth::Discount { percent_off: 100 }, ..cash_coupon("1", hour(48)) };
        done(engine.give_coupon(account, free, None, nine()).unwrap());
        if is_ordered {
            let (api, region) = (api(), region());
            let what = OrderFor::Package { api: &api, region: &region, calls: 10 };
            let order = done(engine.place_pending_order(account, what, None, nine()).unwrap()).order;
            done(engine.pay_order(account, order, CouponChoice::Automatic, hour(1)).unwrap());
        } else {
            buy(&engine, account, 10, nine());
        }
        let read = ReadModel::open(&world.read_db(), &engine).unwrap();
        read.catch_up().unwrap();
        let bought =
            read.transactions(account, &TransactionQuery { limit: 10, ..Default::default() }).unwrap();
        let rows: Vec<_> = bought.iter().map(|row| (row.kind, row.amount, row.cash)).collect();
        assert_eq!(rows, [(TransactionKind::LotBought, Money::ZERO, Money::ZERO)]);
        read.close();
        engine.close().unwrap();
        prove(&world.journal(), Arc::new(RealDisk), Some(&world.read_db())).unwrap();
    }
}

/// What is bent, and the law it breaks.
type Bend = (&'static str, &'static str, fn(&mut Recorded) -> bool);

fn bent(change: fn(&mut Recorded) -> bool, entries: &mut [Entry]) -> bool {
    entries.iter_mut().flat_map(|(_, events)| events).any(change)
}

#[test]
fn every_bent_coupon_renewal_or_correction_is_found() {
    let world = World::new();
    let engine = world.engine();
    play(&engine);
    engine.close().unwrap();
    let truth = entries(&world.journal(), Arc::new(RealDisk));
    let bends: [Bend; 9] = [
        ("a coupon pays what the cash paid", "money", |recorded| match &mut recorded.event {
            Event::HourSettled { coupons, paid, .. } if !coupons.is_empty() => {
                coupons[0].amount += *paid;
                *paid = Money::ZERO;
                true
            }
            _ => false,
        }),
        ("another coupon pays", "money", |recorded| match &mut recorded.event {
            Event::HourSettled { coupons, .. } if coupons.len() == 2 => {
                let first = coupons[0].coupon;
                coupons[0].coupon = coupons[1].coupon;
                coupons[1].coupon = first;
                true
            }
            _ => false,
        }),
        ("an order is discounted twice", "money", |recorded| match &mut recorded.event {
            Event::LotGranted { price, order: Some(order), .. } if order.discount.is_some() => {
                *price -= money("0.10");
                true
            }
            _ => false,
        }),
        ("a coupon ends with more than it has", "money", |recorded| match &mut recorded.event {
            Event::CouponExpired { amount, .. } => {
                *amount += money("1");
                true
            }
            _ => false,
        }),
        ("a coupon is worth more than it was", "money", |recorded| match &mut recorded.event {
            Event::CouponGiven { coupon } if coupon.is_cash() => {
                coupon.left += money("1");
                true
            }
            _ => false,
        }),
        ("a correction takes more than there is", "money", |recorded| match &mut recorded.event {
            Event::Adjusted { amount, .. } => {
                *amount = money("-100");
                true
            }
            _ => false,
        }),
        ("a coupon ends late", "tick", |recorded| match &mut recorded.event {
            Event::CouponExpired { .. } => {
                recorded.at = recorded.at.plus_ms(1);
                true
            }
            _ => false,
        }),
        ("a renewal comes late", "tick", |recorded| match &mut recorded.event {
            Event::LotGranted { order: Some(order), .. } if order.renews.is_some() => {
                recorded.at = recorded.at.plus_ms(1);
                true
            }
            _ => false,
        }),
        ("the last package ends early", "tick", |recorded| match &mut recorded.event {
            Event::RenewalEnded { .. } => {
                recorded.at = Timestamp::from_ms(recorded.at.ms() - 1);
                true
            }
            _ => false,
        }),
    ];
    for (what, law, change) in bends {
        let mut entries = truth.clone();
        assert!(bent(change, &mut entries), "the story has nothing for: {what}");
        let folder = tempfile::tempdir().unwrap();
        forge(folder.path(), Arc::new(RealDisk), &entries);
        let difference = prove(folder.path(), Arc::new(RealDisk), None).expect_err(what);
        assert_eq!(difference.law, law, "{what}: {difference}");
    }
    // The truth itself, forged again, is proved.
    let folder = tempfile::tempdir().unwrap();
    forge(folder.path(), Arc::new(RealDisk), &truth);
    prove(folder.path(), Arc::new(RealDisk), None).unwrap();
}
