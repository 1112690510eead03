//! What happens to everybody at once: hours are settled at the full hour, and months closed on the 3rd.

#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;
use std::sync::Arc;

use charging::*;
use common::*;
use ledger::entry;
use ledger::journal::faults::FaultDisk;
use ledger::journal::{Disk, Entries, Reader};
use ledger::read::{ChargeRow, NoticeQuery, ReadError, ReadModel};
use ledger::{CallFor, Engine};

/// Charges one call without waiting for it.
fn charge(engine: &Engine, account: AccountId, id: u128, now: Timestamp) {
    let (api, region) = (api(), region());
    let call = CallFor { api: &api, region: &region, enterprise_project: None, units: 1 };
    drop(engine.charge(account, ChargeId(id), call, now).unwrap());
}

/// The settlements in the journal: how many events their entries have, and how long they are.
fn settlements(engine: &Engine, disk: Arc<dyn Disk>) -> Vec<(usize, usize)> {
    let mut reader = Reader::open(disk, engine.dir(), 1).unwrap();
    let mut found = Vec::new();
    while let Some(record) = reader.next(engine.durable_sequence()).unwrap() {
        for bytes in Entries::new(record.payload) {
            let bytes = bytes.unwrap();
            let events = entry::decode(bytes).unwrap().1;
            if events.iter().any(|of| matches!(of.event, Event::HourSettled { .. })) {
                found.push((events.len(), bytes.len()));
            }
        }
    }
    found
}

fn charges(read: &ReadModel, account: AccountId) -> Vec<ChargeRow> {
    let mut rows = Vec::new();
    read.look_at_bill(account, "2026-11".parse().unwrap(), |view| {
        view.charges(|row| {
            rows.push(row);
            Ok::<(), ReadError>(())
        })
    })
    .unwrap();
    rows
}

/// Pain 41 of those who bill: the cost of a settlement grows with the rows it claims. Here it claims none: it writes
/// as much after ten calls as after ten thousand, and no charge is touched.
#[test]
fn settling_an_hour_costs_the_same_however_many_calls_it_had() {
    let settle = |calls: u128| {
        let disk: Arc<dyn Disk> = Arc::new(FaultDisk::new());
        let root = tempfile::tempdir().unwrap();
        let engine = open_on(Path::new("data/journal"), Arc::clone(&disk)).unwrap().0;
        let read = ReadModel::open(&root.path().join("read.db"), &engine).unwrap();
        let account = open_account(&engine, 1, nine());
        subscribe(&engine, account, nine());
        top_up(&engine, account, "1000", nine());
        for id in 1..=calls {
            charge(&engine, account, id, nine().plus_ms(id as i64));
        }
        // Whatever is asked later waits for everything before it.
        top_up(&engine, account, "1", nine().plus_ms(HOUR_MS - 1));
        let before = charges(&read, account);
        assert_eq!(before.len() as u128, calls);
        engine.tick(nine().plus_ms(HOUR_MS)).wait().unwrap();
        assert_eq!(charges(&read, account), before);
        let bill = read.bill(account, "2026-11".parse().unwrap(), BillRounding::HalfUp).unwrap();
        let lines: Vec<u64> = bill.lines.iter().map(|line| line.units).collect();
        assert_eq!(lines, [calls as u64]);
        settlements(&engine, disk)
    };
    let (few, many) = (settle(10), settle(10_000));
    let ([(events, bytes)], [(events_of_many, bytes_of_many)]) = (&few[..], &many[..]) else {
        panic!("one settlement each: {few:?} {many:?}");
    };
    assert_eq!(events, events_of_many);
    // Larger figures take a few bytes more; a thousand times as many calls must not.
    assert!(bytes_of_many - bytes <= 16, "{bytes} and {bytes_of_many} bytes");
}

/// Pain 42: on billing day everything is due at once. Every month is closed once and told once, whoever comes by
/// at the same time, and calls go on and are neither lost nor put into the wrong month.
#[test]
fn on_billing_day_every_month_is_closed_once_and_calls_go_on() {
    const ACCOUNTS: u128 = 200;
    const CALLERS: u128 = 4;
    let disk = FaultDisk::new();
    let root = tempfile::tempdir().unwrap();
    let engine = open_on(Path::new("data/journal"), Arc::new(disk)).unwrap().0;
    let read = ReadModel::open(&root.path().join("read.db"), &engine).unwrap();
    for id in 1..=ACCOUNTS {
        let account = open_account(&engine, id, nine());
        top_up(&engine, account, "100", nine());
        subscribe(&engine, account, nine());
        charge(&engine, account, id, nine());
    }
    let november: Month = "2026-11".parse().unwrap();
    let closing = closing_of(Zone::BEIJING, november);
    std::thread::scope(|scope| {
        for caller in 0..CALLERS {
            let engine = &engine;
            scope.spawn(move || {
                for id in 1..=ACCOUNTS {
                    // In the last millisecond before it, at it, and after it.
                    let at = closing.plus_ms(i64::try_from(caller).unwrap() - 1);
                    charge(engine, AccountId(id), 1_000_000 * (caller + 1) + id, at);
                }
            });
        }
        for _ in 0..2 {
            let engine = &engine;
            scope.spawn(move || engine.tick(closing).wait().unwrap());
        }
    });
    engine.tick(closing.plus_ms(2 * HOUR_MS)).wait().unwrap();
    let december = november.next();
    for id in 1..=ACCOUNTS {
        let account = AccountId(id);
        let history = read.history(account, 1_000, None).unwrap();
        let closings = history.iter().filter(|row| row.kind == "month_closed").count();
        let query = NoticeQuery { after: 0, limit: 100, category: Some(NoticeCategory::Bill) };
        assert_eq!((closings, read.notices(account, &query).unwrap().len()), (1, 1));
        for (month, calls, is_closed) in [(november, 1, true), (december, CALLERS as u64, false)] {
            let now = closing.plus_ms(2 * HOUR_MS);
            read.look_at_bill(account, month, |view| {
                let sums = view.sums()?;
                assert_eq!(sums.difference(view, now), None);
                assert_eq!((sums.charges, sums.is_closed(view, now)), (calls, is_closed));
                Ok::<(), ReadError>(())
            })
            .unwrap();
        }
    }
}
