//! Bills of random histories in every form of file, read back by other software: CSV, XLSX, PDF and FOCUS each sum to
//! the bill, the charges and the postings, to the last unit.

#![allow(clippy::unwrap_used)]

mod focus_rules;
#[path = "../../ledger/tests/common/histories.rs"]
mod histories;
mod read_back;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use calamine::{Reader, Xlsx};
use charging::*;
use focus_rules::Commitments;
use histories::{History, REASON, account_of, beginning, histories, odd_rules, play};
use ledger::journal::faults::FaultDisk;
use ledger::read::{MonthSums, ReadError, ReadModel};
use ledger::{CallFor, Engine, EngineOptions};
use proptest::prelude::*;
use read_back::{Table, figure_of, lines_of, money};
use server::bill::{self, BillState, Content, Facts, Format, Language, Rows, Wanted};
use server::project_names::ProjectNames;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn every_file_sums_to_the_bill(history in histories(20..110)) {
        check(&history);
    }
}

fn check(history: &History) {
    let folder = tempfile::tempdir().unwrap();
    let options =
        EngineOptions { disk: Arc::new(FaultDisk::new()), ..EngineOptions::new(Path::new("data/journal")) };
    let engine = Arc::new(Engine::open(options, odd_rules()).unwrap().0);
    let read = ReadModel::open(&folder.path().join("read.db"), &engine).unwrap();
    let end = play(&engine, history);
    for (at, terms) in history.accounts.iter().enumerate() {
        let account = account_of(at);
        let look = |live: &ledger::Live, _| {
            let books = live.account.books();
            let earned = books.balance(Book::UsageRevenue) + books.balance(Book::PackageRevenue);
            (earned, live.account.standing(), live.account.debt(), live.account.charges())
        };
        let (earned, standing, owed, charges) = engine.read(account, end, look).unwrap().wait().unwrap();
        let rules = engine.rules();
        let facts = Facts {
            name: format!("customer-{at}"),
            account,
            zone: terms.zone,
            rounding: BillRounding::HalfUp,
            standing,
            owed,
            catalog: &rules.catalog,
            issuer: "Inkmeter",
            how_to_pay: "",
            projects: ProjectNames::default(),
            provider: server::payments::ProviderChoice::None,
            now: end,
            state: BillState::Final,
        };
        let files = Files { read: &read, facts, folder: folder.path() };
        let (mut of_all_months, mut calls) = (Money::ZERO, 0);
        let mut commitments = Commitments::new();
        let mut month = terms.zone.month(beginning());
        while month <= terms.zone.month(end) {
            let sums = files.check_month(month, &mut commitments);
            of_all_months += sums.total();
            calls += sums.charges;
            month = month.next();
        }
        assert_eq!((of_all_months, calls), (earned, charges));
        focus_rules::check_whole(&commitments);
        check_draws(&read, account, &commitments);
    }
}

/// What packages gave hour by hour, whoever called, comes to the calls in the files.
fn check_draws(read: &ReadModel, account: AccountId, commitments: &Commitments) {
    let mut drawn = BTreeMap::<String, i64>::new();
    let mut hours = BTreeSet::new();
    for draw in read.draws(account, (Timestamp::from_ms(0), Timestamp::MAX)).unwrap() {
        let id = format!("{account}/package/{}", draw.lot.0);
        let before = drawn.entry(id).or_default();
        let is_new = hours.insert((draw.lot, draw.hour));
        assert_eq!((is_new, draw.drawn_before.cast_signed()), (true, *before));
        *before += draw.units.cast_signed();
    }
    drawn.retain(|id, _| commitments.contains_key(id));
    let used = commitments.iter().filter(|(_, of)| of.used > 0).map(|(id, of)| (id.clone(), of.used));
    assert_eq!(used.collect::<BTreeMap<_, _>>(), drawn);
}

/// The files of an account.
struct Files<'a> {
    read: &'a ReadModel,
    facts: Facts<'a>,
    folder: &'a Path,
}

impl Files<'_> {
    fn make(&self, month: Month, format: Format, rows: Rows) -> (Vec<u8>, u64) {
        let wanted = Wanted { format, rows, bom: false, language: Language::English };
        let made = bill::export(self.read, &self.facts, month, wanted, self.folder).unwrap();
        let bytes = match made.content {
            Content::Memory(bytes) => bytes,
            Content::Disk(mut file) => {
                let mut bytes = Vec::new();
                std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
                bytes
            }
        };
        assert_eq!(bytes.len() as u64, made.bytes);
        (bytes, made.rows)
    }

    /// Reads every file of a month back; gives the sums of the books.
    fn check_month(&self, month: Month, commitments: &mut Commitments) -> MonthSums {
        let account = self.facts.account;
        let sums = self.read.look_at_bill(account, month, |view| {
            let sums = view.sums()?;
            assert_eq!(sums.difference(view, self.facts.now), None);
            Ok::<_, ReadError>(sums)
        });
        let sums = sums.unwrap();
        assert_eq!(sums.posted.total(), sums.total());
        for rows in [Rows::Hours, Rows::Transactions, Rows::Charges] {
            let (bytes, count) = self.make(month, Format::Csv, rows);
            let from_csv = Table::csv(&*bytes);
            assert_eq!(from_csv.rows.len() as u64, count);
            let (bytes, count) = self.make(month, Format::Xlsx, rows);
            let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
            let from_xlsx = Table::xlsx(&mut workbook, rows.word());
            assert_eq!(from_xlsx.rows.len() as u64, count);
            for table in [&from_csv, &from_xlsx] {
                check_table(table, rows, &sums);
            }
            check_summary(&mut workbook, &from_csv, rows, &sums);
        }
        self.check_focus(month, &sums, commitments);
        self.check_page(month, &sums);
        sums
    }

    fn check_focus(&self, month: Month, sums: &MonthSums, commitments: &mut Commitments) {
        let table = Table::csv(&*self.make(month, Format::Focus, Rows::Hours).0);
        focus_rules::check(&table, commitments);
        assert_eq!(table.sum("BilledCost"), sums.total());
        self.check_used(month, &table, commitments);
        let bill = self.read.bill(self.facts.account, month, BillRounding::HalfUp).unwrap();
        let (mut calls, mut cost) = (0, Money::ZERO);
        let [id, quantity, effective] =
            ["CommitmentDiscountId", "ConsumedQuantity", "EffectiveCost"].map(|name| table.at(name));
        for row in table.rows.iter().filter(|row| row[id].is_empty()) {
            calls += row[quantity].parse::<u64>().unwrap();
            cost += money(&row[effective]);
        }
        assert_eq!((calls, cost), (bill.summary.usage.units, bill.summary.usage.amount));
    }

    /// Every call that a package met is in the file, under its hour and enterprise project, once and at its list price.
    fn check_used(&self, month: Month, table: &Table, commitments: &Commitments) {
        let account = self.facts.account;
        let mut drawn = BTreeMap::<_, u64>::new();
        let counted = self.read.look_at_bill(account, month, |view| {
            view.charges(|charge| {
                let hour = self.facts.zone.hour_start(charge.at);
                let project = charge.enterprise_project.map(|name| name.to_string()).unwrap_or_default();
                for draw in &charge.draws {
                    let id = format!("{account}/package/{}", draw.lot.0);
                    if commitments.contains_key(&id) {
                        *drawn.entry((id, hour.to_string(), project.clone())).or_default() += draw.units;
                    }
                }
                Ok::<_, ReadError>(())
            })
        });
        counted.unwrap();
        let columns = [
            "CommitmentDiscountId",
            "ChargePeriodStart",
            "SubAccountId",
            "ConsumedQuantity",
            "CommitmentDiscountStatus",
            "ListUnitPrice",
        ];
        let at = columns.map(|name| table.at(name));
        let mut found = BTreeMap::new();
        for row in &table.rows {
            let [id, hour, project, calls, status, price] = at.map(|at| row[at].clone());
            if status == "Used" {
                let is_new = Timestamp::parse(&hour).unwrap() >= histories::new_price_from();
                assert_eq!(price, if is_new { "0.0333333333" } else { "0.0123456789" }, "{row:?}");
                assert_eq!(found.insert((id, hour, project), calls.parse().unwrap()), None, "{row:?}");
            }
        }
        assert_eq!(found, drawn);
    }

    /// The page: its figures, and its table, whose amounts sum to the exact total.
    fn check_page(&self, month: Month, sums: &MonthSums) {
        let bytes = self.make(month, Format::Pdf, Rows::Hours).0;
        let lines = lines_of(&lopdf::Document::load_mem(&bytes).unwrap());
        let total = sums.total();
        assert_eq!(figure_of(&lines, "Exact total"), Some(total), "{lines:?}");
        assert_eq!(figure_of(&lines, "Total"), Some(BillRounding::HalfUp.stated(total)));
        let (paid, debt) = (figure_of(&lines, "Paid").unwrap(), figure_of(&lines, "Not collected").unwrap());
        assert_eq!((paid + debt, debt), (total, sums.hours_debt));
        let adjusted = figure_of(&lines, "Corrections of the balance").unwrap_or_default();
        assert_eq!(adjusted, sums.adjustments_amount);
        let head = lines.iter().position(|line| line == "Amount").unwrap() + 1;
        let foot = lines.iter().rposition(|line| line == "Sum").unwrap();
        let of_services: Money = lines[head..foot].chunks(5).map(|row| money(&row[4])).sum();
        assert_eq!((of_services, money(&lines[foot + 1])), (total, total), "{lines:?}");
    }
}

fn check_table(table: &Table, rows: Rows, sums: &MonthSums) {
    if rows == Rows::Charges {
        assert_eq!((table.sum("amount"), table.rows.len() as u64), (sums.charges_amount, sums.charges));
        assert_eq!(table.sum("amount"), sums.posted.usage);
        return;
    }
    table.check_formulas();
    assert_eq!(table.sum("consume_amount"), sums.total());
    assert_eq!(table.sum("debt_amount"), sums.hours_debt);
    let of = |kinds: &[&str]| {
        let (kind, amount) = (table.at("kind"), table.at("consume_amount"));
        let of_kind = table.rows.iter().filter(|row| kinds.contains(&row[kind].as_str()));
        of_kind.map(|row| money(&row[amount])).sum::<Money>()
    };
    assert_eq!(of(&["pay_per_use", "hour_settled"]), sums.posted.usage);
    assert_eq!(
        of(&["package", "package_bought", "package_refund", "package_refunded"]),
        sums.posted.packages
    );
    let at = ["kind", "bill_type", "renews", "charging_mode"].map(|name| table.at(name));
    for row in &table.rows {
        let [kind, bill_type, renews, mode] = at.map(|at| row[at].trim_end_matches(".00000000"));
        let expected: &[&str] = match (kind, renews) {
            ("pay_per_use" | "hour_settled", "") => &["5"],
            ("package" | "package_bought", "") => &["1"],
            ("package" | "package_bought", _) => &["2", "8"],
            ("package_refund" | "package_refunded", _) => &["4", "24"],
            ("adjusted", "") => &["9", "16"],
            other => panic!("{other:?}"),
        };
        assert!(expected.contains(&bill_type), "{row:?}");
        assert_eq!(mode.is_empty(), kind == "adjusted", "{row:?}");
    }
    if rows == Rows::Transactions {
        assert_eq!(table.sum("adjustment_amount"), sums.adjustments_amount);
        let given = table.column("reason").into_iter().filter(|reason| !reason.is_empty());
        let given: Vec<&str> = given.collect();
        assert_eq!(given.len() as u64, sums.adjustments);
        // A CSV may be opened by what evaluates formulas.
        assert!(given.iter().all(|reason| reason.trim_start_matches('\'') == REASON));
    }
}

/// The first sheet states the sums of the others.
fn check_summary(workbook: &mut Xlsx<Cursor<Vec<u8>>>, rows: &Table, kind: Rows, sums: &MonthSums) {
    let summary = workbook.worksheet_range("summary").unwrap();
    let of = |name: &str| {
        let row = summary.rows().find(|row| read_back::text_of_cell(&row[0]) == name);
        money(&read_back::text_of_cell(&row.unwrap()[1]))
    };
    assert_eq!(of("consume_amount"), sums.total());
    assert_eq!(of("pay_per_use_amount"), sums.posted.usage);
    assert_eq!(of("package_amount"), sums.posted.packages);
    assert_eq!(of("adjustment_amount"), sums.adjustments_amount);
    if kind != Rows::Charges {
        for name in [
            "official_amount",
            "discount_amount",
            "coupon_amount",
            "cash_amount",
            "debt_paid",
            "outstanding_amount",
        ] {
            assert_eq!(of(name), rows.sum(name), "{name}");
        }
    }
}

/// A bill that is long goes over the disk, and has every row too.
#[test]
fn a_long_bill_goes_over_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let options =
        EngineOptions { disk: Arc::new(FaultDisk::new()), ..EngineOptions::new(Path::new("data/journal")) };
    let engine = Arc::new(Engine::open(options, odd_rules()).unwrap().0);
    let read = ReadModel::open(&folder.path().join("read.db"), &engine).unwrap();
    let (account, now) = (AccountId(1), beginning());
    let name = |text: &str| Name::new(text).unwrap();
    engine.open_account(account, Tier::V5, &name("intl"), Zone::BEIJING, now).wait().unwrap();
    let (api, region) = (name(histories::APIS[0]), name(histories::REGIONS[0]));
    let mode = SubscriptionMode::PayPerUse;
    engine.subscribe(account, (&api, &region), mode, now).unwrap().wait().unwrap().unwrap();
    let call = CallFor { api: &api, region: &region, enterprise_project: None, units: 1 };
    let mut last = None;
    for id in 1..=3_000 {
        let now = now.plus_ms(i64::try_from(id).unwrap());
        last = Some(engine.charge(account, ChargeId(id), call, now).unwrap());
    }
    last.unwrap().wait().unwrap().unwrap();
    let rules = engine.rules();
    let facts = Facts {
        name: "customer".into(),
        account,
        zone: Zone::BEIJING,
        rounding: BillRounding::HalfUp,
        standing: Standing::Good { since: now },
        owed: Money::ZERO,
        catalog: &rules.catalog,
        issuer: "Inkmeter",
        how_to_pay: "",
        projects: ProjectNames::default(),
        provider: server::payments::ProviderChoice::None,
        now,
        state: BillState::Running,
    };
    let wanted = Wanted { format: Format::Csv, rows: Rows::Charges, bom: false, language: Language::English };
    let made = bill::export(&read, &facts, "2026-11".parse().unwrap(), wanted, folder.path()).unwrap();
    assert_eq!(made.rows, 3_000);
    let Content::Disk(file) = made.content else { panic!("{} bytes in memory", made.bytes) };
    assert_eq!(file.metadata().unwrap().len(), made.bytes);
    assert_eq!(Table::csv(file).rows.len(), 3_000);
}
