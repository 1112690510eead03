//! What is read is what was acknowledged, and the bill adds up.

#![allow(clippy::unwrap_used)]

mod common;

use charging::*;
use common::*;
use ledger::read::{ChargeQuery, NoticeQuery, ReadError, ReadModel, TransactionKind, TransactionQuery};

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
        assert_eq!((row.amount, row.units, row.pocket), (receipt.amount(), 1, Pocket::PayPerUse));
        assert_eq!((row.api, row.region), (api(), region()));
    }
}

/// Notices are found in pages, by account or in the order of the journal, and a file made anew numbers them alike.
#[test]
fn notices_are_numbered_for_ever() {
    let world = World::new();
    let engine = world.engine();
    let read = ReadModel::open(&world.read_db(), &engine).unwrap();
    let accounts = [open_account(&engine, 1, nine()), open_account(&engine, 2, nine())];
    for account in accounts {
        subscribe(&engine, account, nine());
        call(&engine, account, account.0, nine().plus_ms(1));
    }
    engine.tick(nine().plus_days(40)).wait().unwrap();
    let query = |after, limit| NoticeQuery { after, limit, category: None };
    let of_account = |account| read.notices(account, &query(0, 100)).unwrap();
    let words: Vec<&str> = of_account(accounts[0]).iter().map(|row| row.kind.word()).collect();
    assert!(words.starts_with(&["arrears_entered"]) && words.contains(&"released"), "{words:?}");
    assert!(words.contains(&"bill_ready"), "{words:?}");
    for account in accounts {
        let rows = of_account(account);
        assert!(rows.iter().zip(1..).all(|(row, no)| row.no == no && row.account == account));
        assert_eq!(read.notices(account, &query(2, 1)).unwrap(), rows[2..3]);
        let bills = NoticeQuery { category: Some(NoticeCategory::Bill), ..query(0, 100) };
        assert!(read.notices(account, &bills).unwrap().iter().all(|row| row.kind.word() == "bill_ready"));
    }
    let all = read.notices_after(0, 1_000).unwrap();
    assert!(all.iter().zip(1..).all(|(row, cursor)| row.cursor == cursor));
    assert_eq!(all.len(), accounts.iter().map(|account| of_account(*account).len()).sum::<usize>());
    let mut followed = Vec::new();
    while let Some(row) = read.notices_after(followed.len() as u64, 1).unwrap().pop() {
        followed.push(row);
    }
    assert_eq!(followed, all);
    read.close();
    std::fs::remove_file(world.read_db()).unwrap();
    let anew = ReadModel::open(&world.read_db(), &engine).unwrap();
    assert_eq!(anew.notices_after(0, 1_000).unwrap(), all);
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
        let query =
            ChargeQuery { from: Some(at(from)), to: Some(at(to)), limit: 100, ..ChargeQuery::default() };
        let found: Vec<u128> = read.charges(a, &query).unwrap().iter().map(|row| row.charge.0).collect();
        let expected: Vec<u128> = of_a.iter().copied().filter(|id| (from..to).contains(id)).collect();
        assert_eq!(found, expected, "from {from} to {to}");
    }
    // Newest first, page by page, is the same backwards.
    let (mut back, mut after) = (Vec::new(), None);
    loop {
        let query = ChargeQuery { after, newest_first: true, limit: 7, ..ChargeQuery::default() };
        let rows = read.charges(a, &query).unwrap();
        let Some(last) = rows.last() else { break };
        after = Some(last.charge);
        back.extend(rows.iter().map(|row| row.charge.0));
    }
    assert!(back.iter().rev().eq(&of_a));
    // Another account's charges are neither seen nor gone on after.
    assert_eq!(read.charge_of(a, ChargeId(5)).unwrap(), None);
    assert!(matches!(read.charges(a, &page(Some(ChargeId(5)), 10)), Err(ReadError::UnknownCursor)));
    assert!(matches!(read.charges(AccountId(9), &page(None, 10)), Err(ReadError::UnknownAccount)));
}

/// The records of usage are the settlements of the journal, and reach back to the oldest hour that is owed for.
#[test]
fn records_of_usage_go_back_to_the_oldest_unpaid_hour() {
    let world = World::new();
    let engine = world.engine();
    let read = ReadModel::open(&world.read_db(), &engine).unwrap();
    let account = open_account(&engine, 1, nine());
    subscribe(&engine, account, nine());
    let hour = |hours: i64| nine().plus_ms(hours * HOUR_MS);
    // Three hours of two calls each, 0.30 together; 0.15 is paid, so one call of the second hour and the third are owed.
    for id in 0..6 {
        call(&engine, account, id + 1, hour(id as i64 / 2).plus_ms(id as i64));
    }
    engine.tick(hour(5)).wait().unwrap();
    top_up(&engine, account, "0.15", hour(5));
    top_up(&engine, account, "1", hour(200));
    buy(&engine, account, 10, hour(200));
    call(&engine, account, 7, hour(201));

    let records = |from, debt| read.usage_records(account, from, money(debt)).unwrap();
    let hours = |records: &UsageRecords| -> Vec<_> {
        records.hours.iter().map(|h| (h.hour, h.debt, h.lines.len(), h.lines[0].units)).collect()
    };
    let each = |at| (at, money("0.10"), 1, 2);
    assert_eq!(hours(&records(nine(), "0")), [0, 1, 2].map(hour).map(each));
    let owed = records(hour(100), "0.15");
    assert_eq!((owed.from, hours(&owed)), (hour(1), [1, 2].map(hour).map(each).to_vec()));
    assert_eq!(records(hour(100), "0.10").from, hour(2));
    // More is owed than any hour left: it came about otherwise, and all of them are unpaid.
    assert_eq!(records(hour(100), "7").from, nine());
    let paid = records(hour(100), "0");
    assert_eq!((paid.from, paid.hours.len()), (hour(100), 0));
    assert_eq!(paid.first_drawn.into_iter().collect::<Vec<_>>(), [(ServiceNo(0), hour(201))]);
    assert!(matches!(read.usage_records(AccountId(9), nine(), Money::ZERO), Err(ReadError::UnknownAccount)));
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
    let bill = read.bill(account, month, BillRounding::HalfUp).unwrap();

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
    assert_eq!(
        read.bill(account, "2026-12".parse().unwrap(), BillRounding::HalfUp).unwrap().total,
        Money::ZERO
    );

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
        // Money came in, so time to empty is watched again.
        "alert_rearmed",
    ];
    assert_eq!(kinds, expected);
    assert_eq!(history[5].service, Some((api(), region())));
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

/// How a file is spoilt.
type Spoil = (&'static str, fn(&std::path::Path));

#[test]
fn a_file_that_cannot_be_used_is_rebuilt() {
    let world = World::new();
    let engine = world.engine();
    let account = open_account(&engine, 1, nine());
    subscribe(&engine, account, nine());
    for id in 1..=30 {
        call(&engine, account, id, nine());
    }
    let read = ReadModel::open(&world.read_db(), &engine).unwrap();
    let rows = read.charges(account, &page(None, 100)).unwrap();
    assert_eq!(rows.len(), 30);
    read.close();
    drop(read);
    let spoil: [Spoil; 5] = [
        ("gone", |path| std::fs::remove_file(path).unwrap()),
        ("empty", |path| std::fs::write(path, b"").unwrap()),
        ("no database", |path| std::fs::write(path, [7_u8; 5000]).unwrap()),
        ("another version", |path| execute(path, "PRAGMA user_version = 0")),
        ("of another journal", |path| execute(path, "UPDATE progress SET checksum = checksum - 1")),
    ];
    for (what, spoil) in spoil {
        spoil(&world.read_db());
        let read = ReadModel::open(&world.read_db(), &engine).unwrap();
        assert_eq!(read.charges(account, &page(None, 100)).unwrap(), rows, "{what}");
    }
}

fn execute(path: &std::path::Path, sql: &str) {
    rusqlite::Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn nothing_is_read_after_the_journal_stopped() {
    let disk = ledger::journal::faults::FaultDisk::new();
    let root = tempfile::tempdir().unwrap();
    let dir = std::path::Path::new("data/journal");
    let (engine, _) = open_on(dir, std::sync::Arc::new(disk.clone())).unwrap();
    let read = ReadModel::open(&root.path().join("read.db"), &engine).unwrap();
    let account = open_account(&engine, 1, nine());
    assert!(read.history(account, 10, None).is_ok());
    disk.fail_sync_after(0);
    let tier = engine.change_tier(account, Tier::V5, nine()).unwrap();
    assert!(tier.wait().is_err());
    assert!(matches!(read.history(account, 10, None), Err(ReadError::Stopped(_))));
    assert!(matches!(read.charge(ChargeId(1)), Err(ReadError::Stopped(_))));
}

#[test]
fn what_was_durable_is_read_after_a_clean_close() {
    let world = World::new();
    let engine = world.engine();
    let read = ReadModel::open(&world.read_db(), &engine).unwrap();
    let account = open_account(&engine, 1, nine());
    subscribe(&engine, account, nine());
    call(&engine, account, 1, nine());
    engine.close().unwrap();
    assert!(read.charge(ChargeId(1)).unwrap().is_some());
}

#[test]
fn a_charge_is_explained_from_the_state_before_it() {
    let world = World::new();
    let engine = world.engine();
    let read = ReadModel::open(&world.read_db(), &engine).unwrap();
    let (account, other) = (open_account(&engine, 1, nine()), open_account(&engine, 2, nine()));
    subscribe(&engine, other, nine());
    top_up(&engine, account, "1", nine());
    subscribe(&engine, account, nine());
    buy(&engine, account, 10, nine());
    let take_snapshot = || {
        ledger::snapshot::take(&engine.disk(), engine.dir(), engine.durable_sequence()).unwrap();
    };
    for id in 1..=15 {
        call(&engine, other, 100 + id, nine());
        call(&engine, account, id, nine());
        if id == 7 {
            take_snapshot();
        }
    }
    take_snapshot();
    for id in 1..=15_u64 {
        let explained = ledger::explain::explain(&engine, &read, ChargeId(id.into())).unwrap().unwrap();
        assert_eq!(explained.charge.number, id);
        let lot = explained.explanation.lots[0];
        let left = 10_u64.saturating_sub(id - 1);
        let verdict = if left > 0 { Verdict::Drawn(1) } else { Verdict::UsedUp };
        assert_eq!((lot.left, lot.verdict), (left, verdict), "charge {id}");
        assert_eq!(explained.before.charges(), id - 1);
        assert_eq!(explained.explanation.amount, explained.charge.amount);
    }
    assert!(ledger::explain::explain(&engine, &read, ChargeId(99)).unwrap().is_none());
}

#[test]
fn a_file_that_cannot_be_written_for_a_while_is_caught_up_with() {
    let world = World::new();
    let engine = world.engine();
    let now = nine();
    let account = open_account(&engine, 1, now);
    subscribe(&engine, account, now);
    let read = ReadModel::open(&world.read_db(), &engine).unwrap();
    read.catch_up().unwrap();
    let other = rusqlite::Connection::open(world.read_db()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    call(&engine, account, 7, now);
    // Whoever asks is told at once what is wrong, and calls go on.
    let refused = read.charges(account, &page(None, 10));
    assert!(matches!(refused, Err(ReadError::Follower(_))), "{refused:?}");
    assert!(read.trouble().is_some());
    call(&engine, account, 8, now);
    other.execute_batch("COMMIT").unwrap();
    while read.catch_up().is_err() {
        std::thread::yield_now();
    }
    assert_eq!(read.charges(account, &page(None, 10)).unwrap().len(), 2);
    assert_eq!(read.trouble(), None);
}
