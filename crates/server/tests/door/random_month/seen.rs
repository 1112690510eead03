//! What the SDKs see of an account, compared with its ledger.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::ledger::{Ledger, Lot, Place, Sums, e8};
use super::life::Person;
use super::stated;
use crate::sdk_driver::Sdk;

const SITES: [&str; 2] = ["bss", "bssintl"];
/// Rows of a page: so few that lists have several.
const PAGE: usize = 7;

/// Everything the Billing Center sums up, for both sites.
pub fn compare(person: &mut Person, ledger: &Ledger) {
    let (who, policy, sdk) = (person.name, person.policy, &mut person.sdk);
    for site in SITES {
        balances(sdk, site, ledger, who);
        packages(sdk, site, ledger, who);
        orders(sdk, site, ledger, who);
        costs(sdk, site, ledger, who);
        for (cycle, month) in &ledger.months {
            let at = format!("{who}, {site}, {cycle}");
            monthly_sum(sdk, site, cycle, policy, &month.by_mode, &at);
            for statistic_type in [1, 2, 3] {
                let rows = resource_fees(sdk, site, cycle, statistic_type);
                assert_eq!(by_mode(&rows, &RESOURCE_FEE), not_nothing(&month.by_mode), "{at}: resource fees");
                assert_eq!(by_place(&rows, &RESOURCE_FEE), not_nothing(&month.by_place), "{at}");
                assert_eq!(calls(&rows), month.calls, "{at}: calls, {statistic_type}");
                let rows = resource_records(sdk, site, cycle, statistic_type);
                assert_eq!(
                    by_mode(&rows, &RESOURCE_RECORD),
                    not_nothing(&month.by_mode),
                    "{at}: resource records"
                );
                assert_eq!(by_place(&rows, &RESOURCE_RECORD), not_nothing(&month.by_place), "{at}");
            }
        }
    }
    for (cycle, month) in &ledger.months {
        let query = json!({"bill_cycle": cycle});
        let rows = all(sdk, "bss", "list_customer_bills_fee_records", query, "records");
        let at = format!("{who}, {cycle}: fee records");
        assert_eq!(by_mode(&rows, &FEE), not_nothing(&month.by_mode), "{at}");
        assert_eq!(by_place(&rows, &FEE), not_nothing(&month.by_place), "{at}");
    }
    movements(sdk, ledger, who);
    coupons(sdk, ledger, who);
    breakdown(sdk, ledger, who);
}

/// The rows of all pages of a list.
fn all(sdk: &mut Sdk, site: &str, method: &str, mut query: Value, list: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    loop {
        let holder = if query["body"].is_object() { &mut query["body"] } else { &mut query };
        (holder["offset"], holder["limit"]) = (json!(rows.len()), json!(PAGE));
        let answer = sdk.ok(site, method, query.clone());
        let page = answer[list].as_array().unwrap_or_else(|| panic!("{method}: {answer:#}"));
        rows.extend(page.iter().cloned());
        if page.len() < PAGE {
            assert_eq!(answer["total_count"], rows.len(), "{method} {query}");
            return rows;
        }
    }
}

/// What the fields of a row are called.
struct Fields {
    mode: &'static str,
    region: &'static str,
    consumed: &'static str,
    discount: &'static str,
}

const FEE: Fields = Fields {
    mode: "charging_mode",
    region: "region_code",
    consumed: "consume_amount",
    discount: "official_discount_amount",
};
const SUM: Fields = Fields { region: "", ..FEE };
const RESOURCE_FEE: Fields =
    Fields { mode: "charge_mode", region: "region", consumed: "amount", discount: "discount_amount" };
const RESOURCE_RECORD: Fields = Fields { consumed: "consume_amount", ..RESOURCE_FEE };

fn mode(row: &Value, fields: &Fields) -> u8 {
    row[fields.mode].to_string().trim_matches('"').parse().unwrap()
}

fn by_mode(rows: &[Value], fields: &Fields) -> BTreeMap<u8, Sums> {
    let mut modes: BTreeMap<u8, Sums> = BTreeMap::new();
    for row in rows {
        let of = |field: &str| e8(&row[field]);
        let sums = Sums {
            official: of("official_amount"),
            consumed: of(fields.consumed),
            by_coupons: of("coupon_amount"),
            by_cash: of("cash_amount") + of("credit_amount"),
            owed: of("debt_amount"),
        };
        assert_eq!(sums.official, sums.consumed + of(fields.discount), "{row:#}");
        assert_eq!(sums.consumed, sums.by_coupons + sums.by_cash + sums.owed, "{row:#}");
        *modes.entry(mode(row, fields)).or_default() += &sums;
    }
    not_nothing(&modes)
}

fn by_place(rows: &[Value], fields: &Fields) -> BTreeMap<Place, i64> {
    let mut places = BTreeMap::new();
    for row in rows {
        let text = |field: &str| row[field].as_str().unwrap().to_owned();
        let place = (text(fields.region), text("enterprise_project_id"), mode(row, fields));
        *places.entry(place).or_default() += e8(&row[fields.consumed]);
    }
    not_nothing(&places)
}

/// Without what comes to nothing: calls that packages met are rows in some lists and none in others.
fn not_nothing<K: Clone + Ord, S: Clone + Default + PartialEq>(sums: &BTreeMap<K, S>) -> BTreeMap<K, S> {
    let is_something = |(_, sum): &(&K, &S)| **sum != S::default();
    sums.iter().filter(is_something).map(|(key, sum)| (key.clone(), sum.clone())).collect()
}

/// Calls, and those that packages met, by region and enterprise project.
fn calls(rows: &[Value]) -> BTreeMap<(String, String), (u64, u64)> {
    let mut calls: BTreeMap<(String, String), (u64, u64)> = BTreeMap::new();
    for row in rows.iter().filter(|row| mode(row, &RESOURCE_FEE) == 3) {
        let text = |field: &str| row[field].as_str().unwrap().to_owned();
        let count = |field: &str| row[field].to_string().trim_matches('"').parse::<u64>().unwrap();
        let of = calls.entry((text("region"), text("enterprise_project_id"))).or_default();
        *of = (of.0 + count("usage"), of.1 + count("free_resource_usage"));
    }
    calls
}

fn balances(sdk: &mut Sdk, site: &str, ledger: &Ledger, who: &str) {
    let balances = sdk.ok(site, "show_customer_account_balances", json!({}));
    let of_type = |kind: u8| {
        let all = balances["account_balances"].as_array().unwrap();
        all.iter().filter(|row| row["account_type"] == kind).map(|row| e8(&row["amount"])).sum::<i64>()
    };
    assert_eq!([of_type(1), of_type(2)], [ledger.cash, 0], "{who}, {site}");
    assert_eq!(e8(&balances["debt_amount"]), ledger.debt, "{who}, {site}");
}

fn monthly_sum(
    sdk: &mut Sdk,
    site: &str,
    cycle: &str,
    policy: &str,
    expected: &BTreeMap<u8, Sums>,
    at: &str,
) {
    let query = json!({"bill_cycle": cycle, "limit": 100});
    let answer = sdk.ok(site, "show_customer_monthly_sum", query);
    let found = by_mode(answer["bill_sums"].as_array().unwrap(), &SUM);
    assert_eq!(found, not_nothing(expected), "{at}: monthly sum");
    let mut total = Sums::default();
    expected.values().for_each(|sums| total += sums);
    let of = |field: &str| e8(&answer[field]);
    assert_eq!(of("consume_amount"), stated(total.consumed, policy), "{at}: the total in two decimals");
    let parts = [of("coupon_amount"), of("cash_amount") + of("credit_amount"), of("debt_amount")];
    assert_eq!(parts, [total.by_coupons, total.by_cash, total.owed], "{at}: monthly sum");
}

fn resource_fees(sdk: &mut Sdk, site: &str, cycle: &str, statistic_type: u8) -> Vec<Value> {
    let query = json!({"cycle": cycle, "statistic_type": statistic_type});
    all(sdk, site, "list_customerself_resource_records", query, "fee_records")
}

fn resource_records(sdk: &mut Sdk, site: &str, cycle: &str, statistic_type: u8) -> Vec<Value> {
    let body = json!({"class": "QueryResRecordsDetailReq", "cycle": cycle, "statistic_type": statistic_type,
        "include_zero_record": true});
    let method = "list_customerself_resource_record_details";
    all(sdk, site, method, json!({ "body": body }), "monthly_records")
}

/// Packages, what is left of each, and what was drawn of each, hour by hour.
fn packages(sdk: &mut Sdk, site: &str, ledger: &Ledger, who: &str) {
    let body = json!({"body": {"class": "ListFreeResourceInfosReq"}});
    let packages = all(sdk, site, "list_free_resource_infos", body, "free_resource_packages");
    assert_eq!(packages.len(), ledger.lots.len(), "{who}, {site}: packages");
    let draws = json!({"deduct_time_begin": "2026-10-01", "deduct_time_end": "2026-12-20"});
    let draws = all(sdk, site, "list_free_resources_usage_records", draws, "free_resource_records");
    for (package, lot) in packages.iter().zip(&ledger.lots) {
        let quota = &package["free_resources"][0];
        let count = |value: &Value| value.to_string().trim_matches('"').parse::<u64>().unwrap();
        let found = [count(&quota["original_amount"]), count(&quota["amount"])];
        assert_eq!(found, [lot.granted, lot.left], "{who}, {site}: {package:#}");
        assert_eq!(package["source_type"] == 0, lot.is_package, "{who}, {site}");
        let Lot { granted, drawn, left, .. } = lot;
        assert!(drawn + left == *granted || *left == 0, "{who}: {lot:?}");
        let body =
            json!({"class": "ListFreeResourceUsagesReq", "free_resource_ids": [quota["free_resource_id"]]});
        let usages = sdk.ok(site, "list_free_resource_usages", json!({ "body": body }));
        let usage = &usages["free_resources"][0];
        assert_eq!([count(&usage["original_amount"]), count(&usage["amount"])], [*granted, *left], "{who}");
        let mut before = *granted;
        for draw in draws.iter().filter(|draw| draw["free_resource_id"] == quota["free_resource_id"]) {
            let after = before - count(&draw["used_amount"]);
            let found = [count(&draw["available_amount"]), count(&draw["remaining_amount"])];
            assert_eq!(found, [before, after], "{who}, {site}: {draw:#}");
            before = after;
        }
        assert_eq!(granted - before, *drawn, "{who}, {site}: what was drawn of a package");
    }
}

fn orders(sdk: &mut Sdk, site: &str, ledger: &Ledger, who: &str) {
    let orders = all(sdk, site, "list_customer_orders", json!({"status": 5}), "order_infos");
    let is_refund = |order: &&Value| order["order_type"] == 4 || order["order_type"] == 10;
    let (refunds, bought): (Vec<&Value>, Vec<&Value>) = orders.iter().partition(is_refund);
    assert_eq!((bought.len(), refunds.len()), ledger.orders, "{who}, {site}: orders");
    let sum = |orders: &[&Value]| orders.iter().map(|row| e8(&row["amount_after_discount"])).sum::<i64>();
    assert_eq!([sum(&bought), sum(&refunds)], [ledger.bought, -ledger.refunded], "{who}, {site}: orders");
    for order in refunds {
        let parts = sdk.ok(site, "show_refund_order_details", json!({"order_id": order["order_id"]}));
        let parts = parts["refund_infos"].as_array().unwrap();
        let sum: i64 = parts.iter().map(|part| e8(&part["amount"])).sum();
        assert_eq!(sum, e8(&order["amount_after_discount"]), "{who}, {site}: {parts:#?}");
    }
}

/// Costs as they were, and spread over the days they are for: the same in the end.
fn costs(sdk: &mut Sdk, site: &str, ledger: &Ledger, who: &str) {
    let total = ledger.total();
    for (cost_type, amount_type, expected) in [
        ("ORIGINAL_COST", "PAYMENT_AMOUNT", total.consumed),
        ("ORIGINAL_COST", "NET_AMOUNT", total.consumed - total.by_coupons),
        ("AMORTIZED_COST", "PAYMENT_AMOUNT", total.consumed),
        ("AMORTIZED_COST", "NET_AMOUNT", total.consumed - total.by_coupons),
    ] {
        let time = json!({"class": "TimeCondition", "time_measure_id": 2, "begin_time": "2026-10",
            "end_time": "2028-03"});
        let groups = ["CHARGING_MODE", "REGION_CODE", "ENTERPRISE_PROJECT_ID"]
            .map(|key| json!({"class": "GroupBy", "type": "dimension", "key": key}));
        let body = json!({"class": "ListCostsReq", "cost_type": cost_type, "amount_type": amount_type,
            "groupby": groups, "time_condition": time});
        let rows = all(sdk, site, "list_costs", json!({ "body": body }), "cost_data");
        let sum: i64 = rows.iter().map(|row| e8(&row["amount_by_costs"])).sum();
        assert_eq!(sum, expected, "{who}, {site}: {cost_type} {amount_type}");
    }
}

fn movements(sdk: &mut Sdk, ledger: &Ledger, who: &str) {
    let query = json!({"balance_type": "BALANCE_TYPE_DEBIT"});
    let rows = all(sdk, "bss", "list_customer_account_change_records", query, "records");
    assert_eq!(rows.len(), ledger.movements, "{who}: movements of the cash");
    let mut cash = 0;
    for row in &rows {
        cash += e8(&row["change_amount"]);
        assert_eq!(e8(&row["balance_after_change"]), cash, "{who}: {row:#}");
    }
    assert_eq!(cash, ledger.cash, "{who}: movements of the cash");
}

fn coupons(sdk: &mut Sdk, ledger: &Ledger, who: &str) {
    for site in SITES {
        let query = json!({"coupon_type": 1, "limit": 1000});
        let coupons = sdk.ok(site, "list_sub_customer_coupons", query);
        let left: i64 =
            coupons["user_coupons"].as_array().unwrap().iter().map(|row| e8(&row["balance"])).sum();
        assert_eq!(left, ledger.in_coupons, "{who}, {site}: what is left in coupons");
    }
    let query = json!({"balance_type": "BALANCE_TYPE_COUPON"});
    let rows = all(sdk, "bss", "list_customer_coupon_change_records", query, "records");
    let sum = |kinds: &[&str]| -> i64 {
        let is_one = |row: &&Value| kinds.iter().any(|kind| row["trade_detail_type"] == *kind);
        rows.iter().filter(is_one).map(|row| e8(&row["change_amount"])).sum()
    };
    let paid = sum(&["SOURCE_OPERAIION_USAGE", "SOURCE_OPERAIION_DEDEUCT", "SOURCE_OPERAIION_REFUND"]);
    assert_eq!(-paid, ledger.total().by_coupons, "{who}: what coupons paid");
    let left: i64 = rows.iter().map(|row| e8(&row["change_amount"])).sum();
    assert_eq!(left, ledger.in_coupons, "{who}: what is left in coupons");
}

/// Month by month what packages and usage bear: in the end what was consumed, and what coupons paid of it.
fn breakdown(sdk: &mut Sdk, ledger: &Ledger, who: &str) {
    let total = ledger.total();
    let (mut borne, mut by_coupons) = (0, 0);
    for month in ["2026-10", "2026-11", "2026-12"]
        .into_iter()
        .map(ToOwned::to_owned)
        .chain((1..=12).map(|month| format!("2027-{month:02}")))
    {
        let query = json!({"shared_month": month});
        let rows = all(sdk, "bss", "list_customer_bills_monthly_break_down", query, "details");
        for row in &rows {
            let of = |field: &str| e8(&row[field]);
            borne += of("current_month_amortized_amount");
            by_coupons += of("amortized_coupon_amount");
        }
    }
    assert_eq!([borne, by_coupons], [total.consumed, total.by_coupons], "{who}: the monthly breakdown");
}
