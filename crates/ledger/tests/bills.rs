//! Stories of bills: what a package costs and when, months and their edges, and the calls behind a bill.

#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Arc;

use charging::*;
use common::*;
use ledger::CallFor;
use ledger::journal::faults::FaultDisk;
use ledger::read::{CostBy, CostKind, CostQuery, ReadError, ReadModel};

#[test]
fn a_package_is_borne_by_the_days_it_is_valid_on() {
    let world = World::new();
    let engine = world.engine();
    let read = ReadModel::open(&world.read_db(), &engine).unwrap();
    let account = open_account(&engine, 1, nine());
    top_up(&engine, account, "100", nine());
    buy(&engine, account, 1000, nine());
    let costs = |first: &str, last: &str, by, kind| {
        let query = CostQuery { first: first.parse().unwrap(), last: last.parse().unwrap(), by, kind };
        read.costs(account, &query).unwrap()
    };
    // 40 over 366 days, from 2026-11-23 to 2027-11-23.
    let november = costs("2026-11-01", "2026-11-30", CostBy::Month, CostKind::Amortised);
    assert_eq!((november.rows.len(), november.packages), (1, money("0.87431688")));
    let all = costs("2026-11-01", "2027-12-31", CostBy::Month, CostKind::Amortised);
    assert_eq!((all.rows.len(), all.packages), (14, money("40")));
    assert_eq!(costs("2026-01-01", "2026-11-22", CostBy::Day, CostKind::Amortised).packages, Money::ZERO);
    let bought = costs("2026-11-23", "2026-11-23", CostBy::Api, CostKind::Original);
    assert_eq!(bought.rows[0].of.as_deref(), Some("general-text"));
    assert_eq!((bought.packages, bought.rows.len()), (money("40"), 1));
    assert_eq!(costs("2026-11-24", "2027-11-23", CostBy::Day, CostKind::Original).packages, Money::ZERO);

    // The shares of a month are its amortised cost.
    let mut shares = Money::ZERO;
    read.look_at_bill(account, "2026-11".parse().unwrap(), |view| {
        view.shares(|share| {
            shares += share.share;
            Ok::<(), ReadError>(())
        })
    })
    .unwrap();
    assert_eq!(shares, november.packages);
}

#[test]
fn a_packages_price_is_borne_by_the_calls_it_met_and_by_what_ended_unused() {
    let world = World::new();
    let engine = world.engine();
    let read = ReadModel::open(&world.read_db(), &engine).unwrap();
    let account = open_account(&engine, 1, nine());
    top_up(&engine, account, "100", nine());
    for calls in [1000, 10] {
        buy(&engine, account, calls, nine());
    }
    for id in 1..=3 {
        call(&engine, account, id, nine());
    }
    let year = nine().plus_ms(380 * 24 * HOUR_MS);
    engine.read(account, year, |_, _| ()).unwrap().wait().unwrap();
    let uses = |month: &str, now: Timestamp| {
        let mut uses = Vec::new();
        read.look_at_bill(account, month.parse().unwrap(), |view| {
            view.package_uses(now, |used| {
                uses.push((used.lot.0, used.is_drawn, used.quantity, used.cost));
                Ok::<(), ReadError>(())
            })
        })
        .unwrap();
        uses
    };
    assert_eq!(uses("2026-11", year), [(0, true, 3, money("0.12"))]);
    assert_eq!(uses("2026-12", year), []);
    // What has not ended yet is not unused.
    assert_eq!(uses("2027-11", nine()), []);
    let unused = [(0, false, 997, money("39.88")), (1, false, 10, money("0.40"))];
    assert_eq!(uses("2027-11", year), unused);
}

/// Hours are split by what the calls name, and the parts of the price are those of the calls in that order: to the last
/// digit they sum to what the hour as a whole would bear.
#[test]
fn what_packages_met_is_told_by_enterprise_project() {
    let world = World::new();
    let engine = world.engine();
    let read = ReadModel::open(&world.read_db(), &engine).unwrap();
    let account = open_account(&engine, 1, nine());
    let price = Money::from_e8(1_000_000_001);
    let lot = NewLot {
        api: api(),
        region: region(),
        source: Source::Package,
        units: 30,
        effective_at: nine(),
        expires_at: nine().plus_days(2),
        enterprise_project: None,
        price,
    };
    top_up(&engine, account, "100", nine());
    done(engine.grant_lot(account, lot, None, nine()).unwrap());
    for (id, project) in (1..).zip(["web", "", "shop", "web", "shop", "web", ""]) {
        let project = Some(project).filter(|project| !project.is_empty()).map(name);
        let (api, region) = (api(), region());
        let call = CallFor { api: &api, region: &region, enterprise_project: project.as_ref(), units: 1 };
        done(engine.charge(account, ChargeId(id), call, nine()).unwrap());
    }
    let end = nine().plus_days(3);
    engine.read(account, end, |_, _| ()).unwrap().wait().unwrap();
    let mut uses = Vec::new();
    let mut cost = Money::ZERO;
    read.look_at_bill(account, "2026-11".parse().unwrap(), |view| {
        view.package_uses(end, |used| {
            cost += used.cost;
            let project = used.enterprise_project.map(|project| project.to_string());
            uses.push((project.unwrap_or_default(), used.is_drawn, used.quantity, used.cost.e8()));
            Ok::<(), ReadError>(())
        })
    })
    .unwrap();
    let row = |project: &str, is_drawn, calls, e8| (project.to_owned(), is_drawn, calls, e8);
    let expected = [
        row("", true, 2, 66_666_666),
        row("shop", true, 2, 66_666_667),
        row("web", true, 3, 100_000_000),
        row("", false, 23, 766_666_668),
    ];
    assert_eq!((uses, cost), (expected.to_vec(), price));

    let range = (nine().plus_ms(-HOUR_MS), end);
    let draws = read.draws(account, range).unwrap();
    let of_draws: Vec<_> = draws.iter().map(|draw| (draw.units, draw.drawn_before)).collect();
    assert_eq!(of_draws, [(7, 0)], "one row for each hour and lot");
}

#[test]
fn the_running_month_goes_on_as_it_began() {
    let world = World::new();
    let engine = world.engine();
    let read = ReadModel::open(&world.read_db(), &engine).unwrap();
    let first = Timestamp::parse("2026-11-01T00:00:00+08:00").unwrap();
    let account = open_account(&engine, 1, first);
    top_up(&engine, account, "100", first);
    subscribe(&engine, account, first);
    for id in 1..=20 {
        call(&engine, account, id, first.plus_ms(id as i64));
    }
    let early = read.forecast_month(account, first.plus_ms(HOUR_MS)).unwrap();
    assert_eq!((early.usage, early.forecast), (money("1"), None));
    let tenth = first.plus_days(10);
    engine.tick(tenth).wait().unwrap();
    assert_eq!(read.forecast_month(account, tenth).unwrap().forecast, Some(money("3")));
    buy(&engine, account, 1000, tenth);
    assert_eq!(read.forecast_month(account, tenth).unwrap().forecast, Some(money("43")));
}

/// Pains 24 and 26 of those who bill: the hour at a month's end belongs to one month, in the customer's zone and
/// not in UTC, whenever it is settled.
#[test]
fn the_last_hour_of_a_month_is_billed_once_and_in_its_month() {
    for (zone, boundary) in
        [(480, "2026-11-30T16:00:00Z"), (0, "2026-12-01T00:00:00Z"), (-300, "2026-12-01T05:00:00Z")]
    {
        let world = World::new();
        let engine = world.engine();
        let read = ReadModel::open(&world.read_db(), &engine).unwrap();
        let boundary = Timestamp::parse(boundary).unwrap();
        let account = AccountId(1);
        let zone = Zone::from_offset_minutes(zone).unwrap();
        let start = boundary.plus_ms(-HOUR_MS);
        engine.open_account(account, Tier::V0, &name("intl"), zone, start).wait().unwrap();
        subscribe(&engine, account, start);
        call(&engine, account, 1, boundary.plus_ms(-1));
        call(&engine, account, 2, boundary);
        // Nobody ticks for a week.
        engine.tick(boundary.plus_days(7)).wait().unwrap();
        let total = |month: &str| {
            read.bill(account, month.parse().unwrap(), BillRounding::HalfUp).unwrap().lines.len()
        };
        assert_eq!((total("2026-11"), total("2026-12"), total("2027-01")), (1, 1, 0), "{zone:?}");
    }
}

/// Pain 27: usage at the edge of a package is neither lost nor counted twice.
#[test]
fn at_the_edge_of_a_package_every_call_is_billed_or_drawn() {
    let world = World::new();
    let engine = world.engine();
    let read = ReadModel::open(&world.read_db(), &engine).unwrap();
    let account = open_account(&engine, 1, nine());
    subscribe(&engine, account, nine());
    top_up(&engine, account, "10", nine());
    for id in 1..=3 {
        call(&engine, account, id, nine().plus_ms(id as i64));
    }
    // In the very millisecond of the last call before it.
    buy(&engine, account, 10, nine().plus_ms(3));
    for id in 4..=20 {
        call(&engine, account, id, nine().plus_ms(3));
    }
    engine.tick(nine().plus_ms(HOUR_MS)).wait().unwrap();
    let month: Month = "2026-11".parse().unwrap();
    let bill = read.bill(account, month, BillRounding::HalfUp).unwrap();
    let billed: u64 = bill.lines.iter().map(|line| line.units).sum();
    let drawn: u64 = bill.summary.drawn.iter().map(|drawn| drawn.units).sum();
    assert_eq!((billed, drawn), (10, 10));
    let mut calls = 0;
    read.look_at_bill(account, month, |view| {
        view.charges(|_| {
            calls += 1;
            Ok::<(), ReadError>(())
        })
    })
    .unwrap();
    assert_eq!(calls, 20);
}

/// Pain 38: what one needs to dispute a bill is every call, however many there are; and usage comes in whole
/// pages, each of which says where the next begins.
#[test]
fn every_call_is_listed_however_many_there_are() {
    let disk = FaultDisk::new();
    let root = tempfile::tempdir().unwrap();
    let (engine, _) = open_on(std::path::Path::new("data/journal"), Arc::new(disk)).unwrap();
    let read = ReadModel::open(&root.path().join("read.db"), &engine).unwrap();
    let account = open_account(&engine, 1, nine());
    subscribe(&engine, account, nine());
    top_up(&engine, account, "1000", nine());
    let (api, region) = (api(), region());
    let calls = ledger::read::ROWS_LIMIT as u128 + 50;
    let call = CallFor { api: &api, region: &region, enterprise_project: None, units: 1 };
    let mut last = None;
    for id in 1..=calls {
        last = Some(engine.charge(account, ChargeId(id), call, nine().plus_ms(id as i64 * 1000)).unwrap());
    }
    last.unwrap().wait().unwrap().unwrap();
    let mut seen = 0;
    read.look_at_bill(account, "2026-11".parse().unwrap(), |view| {
        view.charges(|row| {
            seen += 1;
            assert_eq!(row.charge, ChargeId(seen));
            Ok::<(), ReadError>(())
        })
    })
    .unwrap();
    assert_eq!(seen, calls);

    // What ends early, ends early, and says why.
    let mut visited = 0;
    let ended = read.look_at_bill(account, "2026-11".parse().unwrap(), |view| {
        view.charges(|_| {
            visited += 1;
            if visited == 7 { Err(ReadError::Closed) } else { Ok(()) }
        })
    });
    assert!(matches!(ended, Err(ReadError::Closed)) && visited == 7);
}
