//! A whole month, and its bill in every form: the same figures in JSON, CSV, XLSX, PDF and FOCUS.

use std::path::Path;

use calamine::{Data, Reader, Xlsx, open_workbook};
use charging::Money;
use reqwest::StatusCode;
use serde_json::Value;

use crate::customer::Customer;
use crate::read_back::{Table, lines_of, money, text_of_cell};
use crate::server::{BLANK, Server};

const OCTOBER: &str = "2026-10";
/// What the bills of the story say, in words of ours.
const HOW_TO_PAY: &str = "Transfer to account 1234 at 招商银行.\\nName your account.";

/// One package of ten calls, and a price with odd decimals.
const CATALOG: [(&str, &str); 4] = [
    BLANK,
    ("unit_price = \"0.05\"", "unit_price = \"0.0123456789\""),
    ("calls = 1000\nprice = \"40\"", "calls = 10\nprice = \"0.33333333\""),
    ("how_to_pay = \"\"", "how_to_pay = \"Transfer to account 1234 at 招商银行.\\nName your account.\""),
];

/// A customer who buys a package and uses it up, pays per use, cannot pay, pays some, is frozen, and pays the rest;
/// the last hour of the month is settled in the next.
async fn october() -> Customer {
    october_beside(&[]).await
}

/// The same, and accounts that are there from the beginning and do nothing.
async fn october_beside(others: &[&str]) -> Customer {
    let server = Server::beginning(Some("2026-10-05T09:00:00+08:00"), &CATALOG);
    let mut alice = Customer::with(server, "V3", "cn").await;
    for other in others {
        alice.server.json(&["account", "create", other]);
    }
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    let advance = |alice: &Customer, by: &str| {
        alice.server.json(&["clock", "advance", by]);
    };
    for project in ["web", "-1-1"] {
        alice.server.json(&[
            "enterprise-project",
            "create",
            "alice",
            &format!("The {project}"),
            &format!("--id={project}"),
        ]);
    }
    alice.server.json(&["top-up", "alice", "0.40"]);
    assert!(alice.order(&["package", "buy", "alice", "--calls", "10"]).status.success());
    for _ in 0..13 {
        alice.charged().await;
    }
    advance(&alice, "1h");
    for project in [None, Some("web"), Some("-1-1")] {
        let mut call =
            alice.request("cn-north-4").json(&serde_json::json!({"image": crate::customer::PIXEL}));
        if let Some(project) = project {
            call = call.header("Enterprise-Project-Id", project);
        }
        assert_eq!(call.send().await.unwrap().status(), StatusCode::OK);
    }
    advance(&alice, "1h");
    assert_eq!(alice.show()["standing"], "grace");
    for _ in 0..2 {
        alice.charged().await;
    }
    advance(&alice, "1h");
    alice.server.json(&["top-up", "alice", "0.01"]);
    advance(&alice, "2d");
    assert_eq!(alice.show()["standing"], "frozen");
    alice.server.json(&["top-up", "alice", "5"]);
    advance(&alice, "23d23h30m");
    // 2026-10-31T11:30: once more in the last hour of the month, and once in the next month.
    advance(&alice, "12h");
    alice.renew_token().await;
    alice.charged().await;
    advance(&alice, "1h");
    alice.charged().await;
    advance(&alice, "2h");
    alice
}

/// Exports to a file and gives it.
fn export(alice: &Customer, month: &str, more: &[&str]) -> std::path::PathBuf {
    let out = alice.server.data.path().join("out");
    std::fs::create_dir_all(&out).unwrap();
    let out = out.to_str().unwrap();
    let made = alice.server.json(&[&["bill", "alice", "--month", month, "--out", out], more].concat());
    std::path::PathBuf::from(made["file"].as_str().unwrap())
}

/// A CSV as its committed form has it: without what differs from run to run.
fn neutral(alice: &Customer, path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.ends_with("\r\n"));
    text.replace(alice.account["account_id"].as_str().unwrap(), "ACCOUNT").replace("\r\n", "\n")
}

fn column(path: &Path, name: &str) -> Vec<String> {
    Table::csv_file(path).column(name).into_iter().map(str::to_owned).collect()
}

fn sum(path: &Path, name: &str) -> Money {
    Table::csv_file(path).sum(name)
}

fn text_of(pdf: &Path) -> String {
    lines_of(&lopdf::Document::load(pdf).unwrap()).join("\n")
}

#[tokio::test]
async fn a_month_is_the_same_in_every_form() {
    let alice = october().await;
    let bill = alice.server.json(&["bill", "alice", "--month", OCTOBER]);
    let total = money(&bill["total"].to_string());

    // The committed forms: reviewed by hand, line by line.
    let hours = export(&alice, OCTOBER, &["--export", "csv"]);
    assert_eq!(hours.file_name().unwrap(), "alice_2026-10_hours.csv");
    assert_eq!(neutral(&alice, &hours), include_str!("expected/2026-10_hours.csv"));
    let transactions = export(&alice, OCTOBER, &["--export", "csv", "--rows", "transactions"]);
    assert_eq!(neutral(&alice, &transactions), include_str!("expected/2026-10_transactions.csv"));

    for path in [&hours, &transactions] {
        Table::csv_file(path).check_formulas();
        assert_eq!(sum(path, "consume_amount"), total);
        assert_eq!(sum(path, "debt_paid"), money(&bill["debt_paid"].to_string()));
        assert_eq!(sum(path, "outstanding_amount"), Money::ZERO);
    }

    let charges = export(&alice, OCTOBER, &["--export", "csv", "--rows", "charges"]);
    assert_eq!(column(&charges, "charge_id").len(), 19);
    assert_eq!(sum(&charges, "amount"), money(&bill["usage_total"].to_string()));

    let workbook = export(&alice, OCTOBER, &["--export", "xlsx"]);
    let mut workbook: Xlsx<_> = open_workbook(workbook).unwrap();
    let rows = workbook.worksheet_range("hours").unwrap();
    let at =
        rows.rows().next().unwrap().iter().position(|h| *h == Data::String("consume_amount".into())).unwrap();
    assert_eq!(Table::xlsx(&mut workbook, "hours").sum("consume_amount"), total);
    assert!(matches!(rows.rows().nth(1).unwrap()[at], Data::Float(_)), "an amount is a number");
    let summary = workbook.worksheet_range("summary").unwrap();
    let of = |name: &str| {
        money(&text_of_cell(&summary.rows().find(|row| row[0] == Data::String(name.into())).unwrap()[1]))
    };
    assert_eq!((of("consume_amount"), of("stated_amount")), (total, total.tail_dropped()));
    assert_eq!(of("truncated_amount"), total - total.tail_dropped());

    let focus = export(&alice, OCTOBER, &["--export", "focus"]);
    assert_eq!(sum(&focus, "BilledCost"), total);
    let costs = alice.server.json(&[
        "costs",
        "alice",
        "--from",
        "2026-10-01",
        "--to",
        "2026-10-31",
        "--kind",
        "amortised",
        "--by",
        "day",
    ]);
    assert_eq!(money(&costs["usage"].to_string()), money(&bill["usage_total"].to_string()));
    // Its one package is used up, so its calls have borne all of its price.
    assert_eq!(sum(&focus, "EffectiveCost"), total);
    assert_eq!(costs["rows"].as_array().unwrap().len(), 31);

    let page = text_of(&export(&alice, OCTOBER, &["--export", "pdf"]));
    for said in [
        "Bill 2026-10",
        &format!("{total} CNY"),
        &format!("{} CNY", total.tail_dropped()),
        "in good standing",
        "Met by packages",
        "招商银行",
    ] {
        assert!(page.contains(said), "{said} is not in {page}");
    }
    let page = text_of(&export(&alice, OCTOBER, &["--export", "pdf", "--language", "zh-CN"]));
    assert!(
        page.contains("账单") && page.contains("套餐包抵扣") && page.contains(&format!("{total} CNY")),
        "{page}"
    );
    assert!(HOW_TO_PAY.contains("招商银行"));

    // Tiers of prices have one numbering, from 1: in the rows of files, in the bill and in the charges.
    let priced = bill["lines"].as_array().unwrap().iter().filter(|line| line["kind"] == "pay_per_use");
    let tiers: Vec<String> = priced.map(|line| line["tier"].to_string()).collect();
    assert_eq!(
        tiers,
        column(&hours, "price_tier").into_iter().filter(|tier| !tier.is_empty()).collect::<Vec<_>>()
    );
    let charges = alice.server.charges("alice");
    let paid_per_use = charges.iter().find(|charge| charge["pocket"] == "pay_per_use").unwrap();
    assert_eq!(paid_per_use["priced"][0]["tier"], 1, "{paid_per_use}");

    // November has the call of the next month and nothing else.
    let november = alice.server.json(&["bill", "alice", "--month", "2026-11"]);
    assert_eq!(november["lines"].as_array().unwrap().len(), 1);
    let months = alice.server.json(&["bills", "list", "alice"]);
    let listed: Vec<&str> = months.as_array().unwrap().iter().map(|m| m["month"].as_str().unwrap()).collect();
    assert_eq!(listed, ["2026-11", OCTOBER]);
    assert_eq!(months[1]["total"].to_string(), total.to_string());
    // What was paid at once, what later and what is owed are the exact total.
    let of = |field: &str| money(&months[1][field].to_string());
    assert!(of("debt_paid").is_positive(), "the story pays a debt");
    assert_eq!(of("paid") + of("debt_paid") + of("outstanding"), total);
    let text = String::from_utf8(alice.server.run(&["bills", "list", "alice"]).stdout).unwrap();
    let line = text.lines().find(|line| line.starts_with(OCTOBER)).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    for (after, sum) in
        [("later", of("debt_paid")), ("owed", of("outstanding")), ("total", total), ("paid", of("paid"))]
    {
        let figure = words.iter().position(|word| *word == after).map(|at| words[at + 1]);
        assert_eq!(figure.and_then(|text| text.parse().ok()), Some(sum), "{line}");
    }
}

#[tokio::test]
async fn every_line_says_how_it_was_paid_and_when_its_debt_was() {
    let alice = october().await;
    let bill = alice.server.json(&["bill", "alice", "--month", OCTOBER]);
    let number = |row: &Value, field: &str| money(&row[field].to_string());
    let mut sums = [Money::ZERO; 3];
    for row in bill["lines"].as_array().unwrap() {
        let pockets = ["coupon_amount", "cash_amount", "credit_amount", "debt_amount"];
        assert_eq!(
            pockets.iter().map(|pocket| number(row, pocket)).sum::<Money>(),
            number(row, "amount"),
            "{row}"
        );
        assert_eq!(number(row, "official_amount"), number(row, "amount") + number(row, "discount_amount"));
        assert_eq!(number(row, "outstanding"), number(row, "debt_amount") - number(row, "debt_paid"));
        assert_eq!(row["debt_paid_at"].is_null(), number(row, "debt_paid").is_zero());
        for (sum, field) in sums.iter_mut().zip(["amount", "debt_amount", "debt_paid"]) {
            *sum += number(row, field);
        }
    }
    assert_eq!(sums, ["total", "debt", "debt_paid"].map(|field| number(&bill, field)));
    assert!(sums[1].is_positive(), "the story has a debt");
    assert_eq!(number(&bill, "total") - number(&bill, "truncated_amount"), number(&bill, "stated"));
    assert_eq!(bill["rounding_rule"], "tail_dropped");
}

#[tokio::test]
async fn a_month_is_closed_for_all_accounts_and_a_run_is_taken_up_where_it_ended() {
    // Carol is opened in November, so October has nothing of hers.
    let alice = october_beside(&["bob"]).await;
    alice.server.json(&["account", "create", "carol"]);
    let out = alice.server.data.path().join("closed");
    let out = out.to_str().unwrap();
    let close = ["bills", "close", "--month", OCTOBER, "--out", out, "--format", "csv,pdf"];

    // The books close a month on the 3rd. Before that there is a provisional bill for those who ask for one.
    let early = alice.server.run(&close);
    let said = String::from_utf8_lossy(&early.stderr).into_owned();
    assert!(!early.status.success() && said.contains("2026-11-03T00:00:00+08:00"), "{said}");
    let provisional = alice.server.json(&[&close[..], &["--provisional"]].concat());
    assert_eq!((&provisional["accounts"], &provisional["not_closed"]), (&2.into(), &2.into()));
    assert_eq!(provisional["opened_later"], 1);
    let check = format!("/v1/admin/accounts/alice/bills/{OCTOBER}/check");
    let proof = async || -> Value {
        let url = format!("{}{check}", alice.server.url);
        alice
            .http
            .get(url)
            .bearer_auth(alice.server.operator_token())
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    };
    let before = proof().await;
    assert_eq!(
        [&before["complete"], &before["closed"], &before["closing"]],
        [&true.into(), &false.into(), &Value::Null]
    );
    alice.server.json(&["clock", "advance", "2d"]);
    let after = proof().await;
    assert_eq!([&after["closed"], &after["holds"]], [true, true]);
    assert_eq!(after["closed_at"], "2026-11-03T00:00:00+08:00");
    for sum in [&after["closing"]["total"], &after["posted"]["total"]] {
        assert_eq!(*sum, after["total"], "{after}");
    }

    // What was provisional is done again.
    let first = alice.server.json(&close);
    assert_eq!((&first["accounts"], &first["taken_over"]), (&2.into(), &0.into()));
    assert_eq!(first["not_closed"], 0);
    assert_eq!(first["differences"], serde_json::json!([]));
    let bill = alice.server.json(&["bill", "alice", "--month", OCTOBER]);
    assert_eq!(money(&first["total"].to_string()), money(&bill["total"].to_string()));
    let folder = Path::new(out).join(OCTOBER);
    let files = || {
        let names =
            std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    };
    let expected = [
        "alice_2026-10.pdf",
        "alice_2026-10_hours.csv",
        "bob_2026-10.pdf",
        "bob_2026-10_hours.csv",
        "summary-hours.csv",
    ];
    assert_eq!(files(), expected);

    // As if the run had been ended in the middle of bob: his line is half, a file is missing.
    let summary = folder.join("summary-hours.csv");
    let text = std::fs::read_to_string(&summary).unwrap();
    let of_bob = text.find("\r\nbob,").unwrap() + 8;
    std::fs::write(&summary, &text[..of_bob]).unwrap();
    std::fs::remove_file(folder.join("bob_2026-10.pdf")).unwrap();
    let again = alice.server.json(&close);
    assert_eq!(
        (&again["accounts"], &again["taken_over"], &again["total"]),
        (&2.into(), &1.into(), &first["total"])
    );
    assert_eq!(
        (files(), std::fs::read_to_string(&summary).unwrap().lines().count()),
        (expected.map(String::from).to_vec(), 3)
    );

    // A run that kept files says so, and how they are written anew.
    let kept = String::from_utf8(alice.server.run(&close).stdout).unwrap();
    assert!(kept.contains("(2 from an earlier run)") && kept.contains("--again"), "{kept}");
    let anew = alice.server.json(&[&close[..], &["--again"]].concat());
    assert_eq!((&anew["accounts"], &anew["taken_over"]), (&2.into(), &0.into()));
    assert_eq!(files(), expected);

    for (month, closes_at) in
        [("2026-11", "2026-12-03T00:00:00+08:00"), ("2027-02", "2027-03-03T00:00:00+08:00")]
    {
        let early = alice.server.run(&["bills", "close", "--month", month, "--out", out]);
        let said = String::from_utf8_lossy(&early.stderr).into_owned();
        assert!(!early.status.success() && said.contains("not over") && said.contains(closes_at), "{said}");
    }
}

#[tokio::test]
async fn a_month_without_a_bill_is_refused_with_a_reason() {
    let alice = october().await;
    for (month, reason) in [
        ("2026-09", "before_opening"),
        ("1999-01", "before_opening"),
        ("2026-12", "month_not_begun"),
        ("2040-01", "month_not_begun"),
    ] {
        for path in [format!("/v1/bills/{month}"), format!("/v1/bills/{month}/export?format=pdf")] {
            let request = alice.http.get(format!("{}{path}", alice.server.url));
            let response = request.header("x-auth-token", &alice.token).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{path}");
            let body: Value = response.json().await.unwrap();
            assert_eq!(body["reason"], reason, "{path}: {body}");
            assert_eq!(body["cure"], "Choose a month from 2026-10 to 2026-11.", "{path}: {body}");
        }
        for more in [&[][..], &["--export", "pdf", "--out", "-"]] {
            let refused = alice.server.run(&[&["bill", "alice", "--month", month], more].concat());
            let said = String::from_utf8_lossy(&refused.stderr).into_owned();
            assert!(!refused.status.success() && said.contains("from 2026-10 to 2026-11"), "{said}");
            assert!(refused.stdout.is_empty(), "{month}");
        }
    }
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_named_with_what_to_do() {
    let alice = october().await;
    let missing = alice.server.data.path().join("nowhere");
    let folder = missing.to_str().unwrap();
    for out in [format!("{folder}/"), format!("{folder}/october.csv")] {
        let refused =
            alice.server.run(&["bill", "alice", "--month", OCTOBER, "--export", "csv", "--out", &out]);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success(), "{out}");
        assert!(
            said.contains(&format!("there is no folder {folder}")) && said.contains("make it first"),
            "{said}"
        );
        assert!(!missing.exists());
    }
}

#[tokio::test]
async fn exports_are_refused_in_words_and_are_ones_own() {
    let alice = october().await;
    let get = async |path: &str| {
        let url = format!("{}{path}", alice.server.url);
        alice.http.get(url).header("x-auth-token", &alice.token).send().await.unwrap()
    };
    for (query, said) in [
        ("format=docx", "csv, xlsx, pdf, focus"),
        ("format=csv&rows=days", "hours, transactions, charges"),
        ("format=pdf&language=fr", "en, zh-CN"),
        ("format=csv&pages=2", "pages"),
        ("rows=hours", "format"),
    ] {
        let response = get(&format!("/v1/bills/{OCTOBER}/export?{query}")).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{query}");
        let body: Value = response.json().await.unwrap();
        assert!(body["error_msg"].as_str().unwrap().contains(said), "{query}: {body}");
    }
    assert_eq!(get("/v1/bills/2026-13/export?format=csv").await.status(), StatusCode::BAD_REQUEST);
    for (path, said) in [
        ("/v1/costs?from=2026-10-31&to=2026-10-01", "no days"),
        ("/v1/costs?from=2020-01-01", "1100 days"),
        ("/v1/costs?by=colour", "enterprise_project"),
        ("/v1/usage?by=minute", "hour, day, month"),
        ("/v1/usage?from=yesterday", "2026-11-23"),
    ] {
        let response = get(path).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{path}");
        let body: Value = response.json().await.unwrap();
        assert!(body["error_msg"].as_str().unwrap().contains(said), "{path}: {body}");
    }

    let response = get(&format!("/v1/bills/{OCTOBER}/export?format=csv&bom=true")).await;
    assert_eq!(response.headers()["content-type"], "text/csv; charset=utf-8");
    assert!(response.headers()["content-disposition"].to_str().unwrap().contains("alice_2026-10_hours.csv"));
    let rows: usize = response.headers()["x-inkmeter-rows"].to_str().unwrap().parse().unwrap();
    let body = response.text().await.unwrap();
    assert!(body.starts_with("\u{feff}billing_cycle,"));
    assert_eq!(body.lines().count(), rows + 1);
    // What a customer names may never be a formula for whoever opens the file.
    assert!(body.contains(",'-1-1,"), "{body}");

    // Without a token, nothing.
    let url = format!("{}/v1/bills/{OCTOBER}/export?format=csv", alice.server.url);
    assert_eq!(alice.http.get(url).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

/// Pain 37 of those who bill: a call that failed must not look charged.
#[tokio::test]
async fn a_failed_call_is_on_no_bill() {
    let server = Server::beginning(Some("2026-10-05T09:00:00+08:00"), &CATALOG);
    let alice = Customer::with(server, "V3", "cn").await;
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    for body in [serde_json::json!({}), serde_json::json!({ "image": 1 })] {
        let call = alice.request("cn-north-4").json(&body);
        assert!(call.send().await.unwrap().status().is_client_error());
    }
    alice.charged().await;
    alice.server.json(&["clock", "advance", "1h"]);
    let charges = export(&alice, OCTOBER, &["--export", "csv", "--rows", "charges"]);
    assert_eq!(column(&charges, "units"), ["1"]);
    let hours = export(&alice, OCTOBER, &["--export", "csv"]);
    assert_eq!(column(&hours, "usage"), ["1"]);
}

#[test]
fn every_column_is_documented() {
    let document = include_str!("../../../../docs/bills.md");
    for (rows, name) in server::bill::documented_columns() {
        let heading = format!("## `rows={}`", rows.word());
        let part = document.split("\n## ").find(|part| format!("## {part}").starts_with(&heading)).unwrap();
        assert!(part.contains(&format!("\n| `{name}` |")), "{name} of {heading}");
    }
    let focus = document.split("\n## ").find(|part| part.starts_with("FOCUS 1.2")).unwrap();
    assert!(focus.contains(server::bill::FOCUS_VERSION));
    for name in server::bill::focus_columns() {
        assert!(focus.contains(&format!("`{name}`")), "{name}");
    }
}

/// Pain 42 of those who bill: on billing day everybody asks at once. Files are made a few at a time, who is not
/// served is told to come again, whoever is served gets all of it, and calls are answered meanwhile.
#[tokio::test]
async fn on_billing_day_bills_are_whole_or_asked_for_again_and_calls_go_on() {
    let alice = october().await;
    let url = format!("{}/v1/bills/{OCTOBER}/export?format=csv", alice.server.url);
    let flood = (0..150).map(|_| async {
        let response = alice.http.get(&url).header("x-auth-token", &alice.token).send().await.unwrap();
        (response.status(), response.text().await.unwrap())
    });
    let calls = async {
        for _ in 0..10 {
            alice.charged().await;
        }
    };
    let (answers, ()) = futures_util::future::join(futures_util::future::join_all(flood), calls).await;
    let whole = std::fs::read_to_string(export(&alice, OCTOBER, &["--export", "csv"])).unwrap();
    let mut served = 0;
    for (status, body) in answers {
        match status {
            StatusCode::OK => {
                assert_eq!(body, whole);
                served += 1;
            }
            StatusCode::TOO_MANY_REQUESTS => assert!(body.contains("too_many_exports"), "{body}"),
            other => panic!("{other}: {body}"),
        }
    }
    assert!(served >= 8, "{served}");
}
