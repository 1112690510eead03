//! Bills of random histories add up to the last digit, in every way they can be added up, and what was paid of a
//! debt later is what a naive reckoning of the same history says.

#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/histories.rs"]
mod histories;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use charging::*;
use common::*;
use histories::{account_of, beginning, histories, odd_rules, play};
use ledger::Engine;
use ledger::journal::faults::FaultDisk;
use ledger::read::{
    BillRow, CostBy, CostKind, CostQuery, MonthSums, Payment, ReadError, ReadModel, TransactionKind,
    TransactionQuery, UsageBy,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

/// The debts of the account's transactions, and what has been paid of each, by number: a queue, and every payment
/// pays from its front.
fn naive_repayments(read: &ReadModel, account: AccountId) -> BTreeMap<u64, (Money, Option<Timestamp>)> {
    let query = TransactionQuery { limit: 10_000, ..TransactionQuery::default() };
    let mut owed: VecDeque<(u64, Money)> = VecDeque::new();
    let mut repaid: BTreeMap<u64, (Money, Option<Timestamp>)> = BTreeMap::new();
    for transaction in read.transactions(account, &query).unwrap() {
        if transaction.debt_change.is_positive() {
            owed.push_back((transaction.number, transaction.debt_change));
            repaid.insert(transaction.number, (Money::ZERO, None));
        }
        let mut left = -transaction.debt_change;
        while left.is_positive() {
            let (number, rest) = owed.front_mut().unwrap();
            let part = left.min(*rest);
            *rest -= part;
            left -= part;
            let sum = repaid.get_mut(number).unwrap();
            *sum = (sum.0 + part, Some(transaction.at));
            if rest.is_zero() {
                owed.pop_front();
            }
        }
    }
    repaid
}

// Pain 25 among others: prices whose fractions never end, and not a unit is lost or made.
proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_bill_adds_up(history in histories(1..120)) {
        let disk = FaultDisk::new();
        let root = tempfile::tempdir().unwrap();
        let options = options(std::path::Path::new("data/journal"), Arc::new(disk));
        let engine = Arc::new(Engine::open(options, odd_rules()).unwrap().0);
        let read = ReadModel::open(&root.path().join("read.db"), &engine).unwrap();
        let end = play(&engine, &history);
        for (at, terms) in history.accounts.iter().enumerate() {
            check_account(&engine, &read, account_of(at), terms.zone, end);
        }
    }
}

fn check_account(engine: &Engine, read: &ReadModel, account: AccountId, zone: Zone, end: Timestamp) {
    let repaid = naive_repayments(read, account);
    let balances = |live: &ledger::Live, _| {
        let books = live.account.books();
        let earned = books.balance(Book::UsageRevenue) + books.balance(Book::PackageRevenue);
        (earned, -books.balance(Book::Adjustments))
    };
    let (revenue, corrections) = engine.read(account, end, balances).unwrap().wait().unwrap();
    let mut month = zone.month(beginning());
    let (mut of_all_months, mut corrected) = (Money::ZERO, Money::ZERO);
    let listed = read.months(account, BillRounding::TailDropped).unwrap();
    loop {
        let is_closed = month != zone.month(end);
        let sums = check_month(read, account, (month, zone, end), &repaid, &listed);
        assert_eq!(
            read.look_at_bill(account, month, |view| Ok::<_, ReadError>(sums.is_closed(view, end))).unwrap(),
            is_closed
        );
        of_all_months += sums.total();
        corrected += sums.adjustments_amount;
        if !is_closed {
            break;
        }
        month = month.next();
    }
    // All that was ever earned stands on some bill, and every correction beside one.
    assert_eq!((of_all_months, corrected), (revenue, corrections));
    check_amortised(read, account, zone);
}

/// The shares of every package over its life are its price less what was refunded: in the costs by whatever, and on the
/// bills.
fn check_amortised(read: &ReadModel, account: AccountId, zone: Zone) {
    let mut prices = BTreeMap::<LotNo, Money>::new();
    let mut of_project = BTreeMap::<Option<String>, Money>::new();
    let (mut first, mut last) = (zone.day_of(beginning()), zone.day_of(beginning()));
    let mut projects = BTreeMap::<LotNo, Option<String>>::new();
    let mut history = read.history(account, 10_000, None).unwrap();
    history.reverse();
    for event in history {
        let (lot, price, effective_at, expires_at, enterprise_project) = match event.event {
            Event::LotUnsubscribed { refund } => {
                *prices.entry(refund.lot).or_default() -= refund.amount();
                *of_project.entry(projects[&refund.lot].clone()).or_default() -= refund.amount();
                continue;
            }
            Event::LotGranted { lot, price, effective_at, expires_at, enterprise_project, .. } => {
                (lot, price, effective_at, expires_at, enterprise_project)
            }
            _ => continue,
        };
        let project = enterprise_project.map(|name| name.to_string());
        prices.insert(lot, price);
        *of_project.entry(project.clone()).or_default() += price;
        projects.insert(lot, project);
        first = first.min(zone.day_of(effective_at));
        last = last.max(zone.day_of(expires_at));
    }
    prices.retain(|_, price| !price.is_zero());
    of_project.retain(|_, price| !price.is_zero());
    let all: Money = prices.values().copied().sum();
    for by in [CostBy::Api, CostBy::Region, CostBy::EnterpriseProject, CostBy::Day, CostBy::Month] {
        let query = CostQuery { first, last, by, kind: CostKind::Amortised };
        let costs = read.costs(account, &query).unwrap();
        assert_eq!(
            (costs.packages, costs.rows.iter().map(|row| row.packages).sum::<Money>()),
            (all, all),
            "{by:?}"
        );
        if by == CostBy::EnterpriseProject {
            let of = |row: &ledger::read::CostRow| (row.of.clone(), row.packages);
            let found: BTreeMap<_, _> =
                costs.rows.iter().filter(|row| !row.packages.is_zero()).map(of).collect();
            assert_eq!(found, of_project);
        }
    }
    let mut borne = BTreeMap::<LotNo, Money>::new();
    let mut month = first.month();
    while month <= last.month() {
        let mut of_month = Money::ZERO;
        read.look_at_bill(account, month, |view| {
            view.shares(|share| {
                of_month += share.share;
                *borne.entry(share.lot).or_default() += share.share;
                Ok::<(), ReadError>(())
            })
        })
        .unwrap();
        let end = Day::from_number(month.next().first_day().number() - 1);
        let query =
            CostQuery { first: month.first_day(), last: end, by: CostBy::Api, kind: CostKind::Amortised };
        assert_eq!(read.costs(account, &query).unwrap().packages, of_month);
        month = month.next();
    }
    borne.retain(|_, price| !price.is_zero());
    assert_eq!(borne, prices);
}

/// Adds a month up in every way; gives its sums.
fn check_month(
    read: &ReadModel,
    account: AccountId,
    (month, zone, end): (Month, Zone, Timestamp),
    repaid: &BTreeMap<u64, (Money, Option<Timestamp>)>,
    listed: &[ledger::read::MonthOfBill],
) -> MonthSums {
    let bill = read.bill(account, month, BillRounding::TailDropped).unwrap();
    let (sums, difference) = read
        .look_at_bill(account, month, |view| {
            let sums = view.sums()?;
            Ok::<_, ReadError>((sums, sums.difference(view, end)))
        })
        .unwrap();
    assert_eq!(difference, None);
    assert_eq!((sums.total(), sums.posted.total(), sums.open_hours), (bill.total, bill.total, 0));
    let adjusted: Money = bill.adjustments.iter().map(|of| of.amount).sum();
    assert_eq!((adjusted, bill.summary.adjusted), (sums.adjustments_amount, adjusted));
    // A bill of refunds is less than nothing, and its tail too.
    let (tail, cent) = (bill.total - bill.stated, money("0.01"));
    let is_of = |tail: Money, total: Money| total >= Money::ZERO && tail >= Money::ZERO && tail < cent;
    assert!(is_of(tail, bill.total) || is_of(-tail, -bill.total), "{tail} of {}", bill.total);

    // Row by row: how it was paid is what it costs.
    let (mut total, mut hours) = (Payment::default(), BTreeMap::<u64, (Money, Payment, Money)>::new());
    let mut rows = 0;
    read.look_at_bill(account, month, |view| {
        view.rows(|row| {
            rows += 1;
            assert_eq!(row.payment().total(), row.amount(), "{row:?}");
            total += row.payment();
            if let BillRow::Line(line) = &row {
                assert!(line.repaid.amount <= line.payment.debt);
                assert_eq!(line.repaid.at.is_some(), line.repaid.amount.is_positive());
                let hour = hours.entry(line.transaction).or_default();
                hour.0 += line.amount;
                hour.1 += line.payment;
                hour.2 += line.repaid.amount;
            }
            Ok::<(), ReadError>(())
        })
    })
    .unwrap();
    assert_eq!(rows, bill.lines.len() + bill.packages.len());
    assert_eq!((total.total(), total), (bill.total, bill.summary.total.payment));

    // Movement by movement: the same money, and what was repaid of it.
    let (mut moved, mut adjusted_again, mut seen) = (Money::ZERO, Money::ZERO, 0);
    read.look_at_bill(account, month, |view| {
        view.movements(|movement| {
            moved += movement.amount;
            assert_eq!(movement.payment.total(), movement.amount);
            assert_eq!(movement.reason.is_some(), movement.kind == TransactionKind::Adjusted);
            adjusted_again += movement.adjustment;
            if movement.kind == TransactionKind::HourSettled {
                seen += 1;
                let (amount, payment, of_lines) = hours[&movement.number];
                assert_eq!((amount, payment), (movement.amount, movement.payment));
                let expected = repaid.get(&movement.number).copied().unwrap_or_default();
                assert_eq!((movement.repaid.amount, movement.repaid.at), expected, "{movement:?}");
                assert_eq!(of_lines, expected.0);
            }
            Ok::<(), ReadError>(())
        })
    })
    .unwrap();
    assert_eq!((moved, adjusted_again, seen), (bill.total, adjusted, hours.len()));

    // The meter and the money agree: calls charged are calls billed or drawn, in any grouping (pain 43).
    let range = zone.month_range(month);
    for by in [UsageBy::Hour, UsageBy::Day, UsageBy::Month] {
        let (usage, more) = read.usage_by(account, range, by).unwrap();
        let of = |pocket| usage.iter().filter(move |row| row.pocket == pocket);
        let drawn: u64 = bill.summary.drawn.iter().map(|drawn| drawn.units).sum();
        let units = |pocket| of(pocket).map(|row| row.units).sum::<u64>();
        assert_eq!(
            (units(Pocket::PayPerUse), units(Pocket::Lot)),
            (bill.summary.usage.units, drawn),
            "{by:?}"
        );
        let amount = usage.iter().map(|row| row.amount).sum::<Money>();
        assert_eq!((amount, more), (bill.usage_total, None));
    }

    // By service, in the list of months, and as costs.
    let of_services: Money = bill.summary.by_service().map(|service| service.totals.amount).sum();
    assert_eq!(of_services, bill.total);
    let of_month = listed.iter().find(|listed| listed.month == month);
    assert_eq!(of_month.map_or(Money::ZERO, |listed| listed.total), bill.total);
    assert_eq!(of_month.map_or(Money::ZERO, |listed| listed.repaid), bill.summary.total.repaid);
    let last = Day::from_number(month.next().first_day().number() - 1);
    for by in [CostBy::Api, CostBy::Region, CostBy::EnterpriseProject, CostBy::Day, CostBy::Month] {
        let query = CostQuery { first: month.first_day(), last, by, kind: CostKind::Original };
        let costs = read.costs(account, &query).unwrap();
        assert_eq!((costs.usage, costs.packages), (bill.usage_total, bill.packages_total), "{by:?}");
        assert_eq!(costs.rows.iter().map(|row| row.amount()).sum::<Money>(), bill.total);
    }
    sums
}

/// What is proved of random histories is proved of everything a bill can show, for it is all in them.
#[test]
fn random_histories_have_everything_in_them() {
    let mut runner = TestRunner::deterministic();
    let strategy = histories(60..120);
    let mut seen = BTreeMap::<&str, usize>::new();
    for _ in 0..24 {
        let history = strategy.new_tree(&mut runner).unwrap().current();
        let root = tempfile::tempdir().unwrap();
        let options = options(std::path::Path::new("data/journal"), Arc::new(FaultDisk::new()));
        let engine = Arc::new(Engine::open(options, odd_rules()).unwrap().0);
        let read = ReadModel::open(&root.path().join("read.db"), &engine).unwrap();
        play(&engine, &history);
        for at in 0..history.accounts.len() {
            for month in read.months(account_of(at), BillRounding::HalfUp).unwrap() {
                let bill = read.bill(account_of(at), month.month, BillRounding::HalfUp).unwrap();
                let total = &bill.summary.total;
                let is_renewed = |by_itself| {
                    let renewals = bill.packages.iter().filter_map(|package| package.renews);
                    renewals.filter(|renews| renews.is_automatic == by_itself).count()
                };
                let is = |condition: bool| usize::from(condition);
                for (what, count) in [
                    ("usage", bill.lines.len()),
                    (
                        "usage of a project",
                        bill.lines.iter().filter(|line| line.enterprise_project.is_some()).count(),
                    ),
                    ("a second price", bill.lines.iter().filter(|line| line.price_version == 2).count()),
                    ("a second tier", bill.lines.iter().filter(|line| line.tier == 1).count()),
                    ("purchases", bill.packages.iter().filter(|package| package.renews.is_none()).count()),
                    ("refunds", bill.packages.iter().filter(|package| package.refund.is_some()).count()),
                    ("renewals by hand", is_renewed(false)),
                    ("renewals by themselves", is_renewed(true)),
                    ("calls met by packages", bill.summary.drawn.len()),
                    ("a discount", is(total.discount.is_positive())),
                    ("coupons", is(total.payment.coupons.is_positive())),
                    ("cash", is(total.payment.cash.is_positive())),
                    ("a debt", is(total.payment.debt.is_positive())),
                    ("a debt that was paid", is(total.repaid.is_positive())),
                    (
                        "a debt that was paid in part",
                        is(total.repaid.is_positive() && total.outstanding().is_positive()),
                    ),
                    ("money given", bill.adjustments.iter().filter(|of| of.amount.is_positive()).count()),
                    ("money taken", bill.adjustments.iter().filter(|of| of.amount < Money::ZERO).count()),
                ] {
                    *seen.entry(what).or_default() += count;
                }
            }
        }
    }
    assert!(seen.values().all(|count| *count >= 3), "{seen:?}");
}
