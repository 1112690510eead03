//! What is read is what was acknowledged, and the bill adds up.

#![allow(clippy::unwrap_used)]

mod common;

use charging::*;
use common::*;
use ledger::read::{ChargeQuery, ReadError, ReadModel, TransactionKind, TransactionQuery};

fn page(after: Option<ChargeId>, limit: usize) -> ChargeQuery {
    ChargeQuery { after, limit, ..ChargeQuery::default() }
}

fn all() -> TransactionQuery {
    TransactionQuery { limit: 1000, ..TransactionQuery::default() }
}

#[test]
fn an_acknowledged_charge_is_always_found() {
    let world = World::new();
    let engine = world.engine();
    let read = ReadModel::open(&world.read_db(), &engine).unwrap();
    let account = open_account(&engine, 1, nine());
    subscribe(&engine, account, nine());
    for id in 1..=200 {
        let receipt = call(&engine, account, id, nine().plus_ms(id as i64));
        let row = read.charge_of(account, ChargeId(id)).unwrap().expect("it was acknowledged");
        assert_eq!((row.number, row.at), (id as u64, nine().plus_ms(id as i64)));
        assert_eq!((row.amount, row.units, row.pocket), (receipt.amount, 1, Pocket::PayPerUse));
        assert_eq!((row.api, row.region), (api(), region()));
    }
}

#[test]
fn pages_of_charges_join_without_gap_or_overlap() {
    let world = World::new();
    let engine = world.engine();
    let read = ReadModel::open(&world.read_db(), &engine).unwrap();
    let (a, b) = (open_account(&engine, 1, nine()), open_account(&engine, 2, nine()));
    subscribe(&engine, a, nine());
    subscribe(&engine, b, nine());
    let at = |id: u128| nine().plus_ms(id as i64 * 1000);
    for id in 1..=50 {
        call(&engine, if id % 5 == 0 { b } else { a }, id, at(id));
    }
    let of_a: Vec<u128> = (1..=50).filter(|id| id % 5 != 0).collect();
    for limit in [1, 7, 39, 40, 41] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let rows = read.charges(a, &page(after, limit)).unwrap();
            assert!(rows.len() <= limit);
            let Some(last) = rows.last() else { break };
            after = Some(last.charge);
            found.extend(rows.iter().map(|row| row.charge.0));
        }
        assert_eq!(found, of_a, "in pages of {limit}");
    }
    for (from, to) in [(1, 51), (10, 20), (11, 12), (0, 1), (50, 60), (20, 10)] {
        let query = ChargeQuery { from: Some(at(from)), to: Some(at(to)), limit: 100, after: None };
        let found: Vec<u128> = read.charges(a, &query).unwrap().iter().map(|row| row.charge.0).collect();
        let expected: Vec<u128> = of_a.iter().copied().filter(|id| (from..to).contains(id)).collect();
        assert_eq!(found, expected, "from {from} to {to}");
    }
    // Another account's charges are neither seen nor gone on after.
    assert_eq!(read.charge_of(a, ChargeId(5)).unwrap(), None);
    assert!(matches!(read.charges(a, &page(Some(ChargeId(5)), 10)), Err(ReadError::UnknownCursor)));
    assert!(matches!(read.charges(AccountId(9), &page(None, 10)), Err(ReadError::UnknownAccount)));
}

#[test]
fn the_bill_of_a_month_adds_up_to_the_last_digit() {
    let world = World::new();
    let engine = world.engine();
    let read = ReadModel::open(&world.read_db(), &engine).unwrap();
    let account = open_account(&engine, 1, nine());
    top_up(&engine, account, "0.62", nine());
    subscribe(&engine, account, nine());
    buy(&engine, account, 10, nine());
    for id in 1..=13 {
        call(&engine, account, id, nine().plus_ms(id as i64 * 1000));
    }
    // The next hour, which the cash does not cover whole; and one that stays open.
    let (ten, eleven) = (nine().plus_ms(HOUR_MS), nine().plus_ms(2 * HOUR_MS));
    for id in 14..=17 {
        call(&engine, account, id, ten.plus_ms(id as i64 * 1000));
    }
    call(&engine, account, 18, eleven);
    let month: Month = "2026-11".parse().unwrap();
    let bill = read.bill(account, month).unwrap();

    assert_eq!(bill.lines.len(), 2);
    assert_eq!((bill.lines[0].units, bill.lines[0].amount), (3, money("0.15")));
    assert_eq!((bill.lines[0].hour, bill.lines[0].settled_at), (nine(), ten));
    // Pay-per-use took over when the tenth call had used the package up.
    assert_eq!((bill.lines[0].used_from, bill.lines[0].used_to), (nine().plus_ms(10_000), ten));
    assert_eq!((bill.packages.len(), bill.packages_total), (1, money("0.40")));
    assert_eq!((bill.usage_total, bill.total), (money("0.35"), money("0.75")));
    assert_eq!((bill.paid, bill.debt), (money("0.62"), money("0.13")));
    assert_eq!((bill.stated, bill.rounding), (money("0.75"), Money::ZERO));
    assert_eq!((bill.open.len(), bill.open_total), (1, money("0.05")));
    assert_eq!(bill.open[0].hour, eleven);
    assert_eq!(read.bill(account, "2026-12".parse().unwrap()).unwrap().total, Money::ZERO);

    top_up(&engine, account, "1", eleven);
    let moved = read.transactions(account, &all()).unwrap();
    let kinds: Vec<_> = moved.iter().map(|t| (t.kind, t.amount, t.cash, t.debt)).collect();
    use TransactionKind::*;
    let expected = [
        (TopUp, "0.62", "0.62", "0"),
        (LotBought, "0.40", "0.22", "0"),
        (HourSettled, "0.15", "0.07", "0"),
        (HourSettled, "0.20", "0", "0.13"),
        (TopUp, "1", "1", "0.13"),
        (DebtPaid, "0.13", "0.87", "0"),
    ];
    let expected = expected.map(|(kind, amount, cash, debt)| (kind, money(amount), money(cash), money(debt)));
    assert_eq!(kinds, expected);
    assert_eq!((moved[2].hour, moved[1].lot), (Some(nine()), Some(LotNo(0))));

    let history = read.history(account, 100, None).unwrap();
    let kinds: Vec<_> = history.iter().rev().map(|row| row.kind).collect();
    let expected = [
        "opened",
        "topped_up",
        "service_added",
        "subscribed",
        "lot_granted",
        "standing_changed",
        "topped_up",
        "debt_paid",
        "standing_changed",
    ];
    assert_eq!(kinds, expected);
    assert_eq!(history[4].service, Some((api(), region())));
    let older = read.history(account, 3, Some(history[1].number)).unwrap();
    assert_eq!(older, history[2..5]);

    let usage = read.usage(account, nine(), eleven.plus_ms(1)).unwrap();
    let rows: Vec<_> = usage.iter().map(|u| (u.hour, u.pocket, u.calls, u.units, u.amount)).collect();
    let expected = [
        (nine(), Pocket::Lot, 10, 10, Money::ZERO),
        (nine(), Pocket::PayPerUse, 3, 3, money("0.15")),
        (ten, Pocket::PayPerUse, 4, 4, money("0.20")),
        (eleven, Pocket::PayPerUse, 1, 1, money("0.05")),
    ];
    assert_eq!(rows, expected);
}
