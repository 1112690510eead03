//! The Billing Center as the stock SDKs of both sites see it: every list, by the SDK's own models, equal to the books.

use serde_json::{Value, json};

use crate::customer::{API, Customer};
use crate::sdk_driver::Sdk;
use crate::server::{BLANK, SANDBOX, Server};

pub const SITES: [&str; 2] = ["bss", "bssintl"];
/// A call at a price, in 10⁻⁸ of the currency.
const CALL: i64 = 5_000_000;

/// 10⁻⁸ of the currency, of an amount.
pub fn yuan(text: &str) -> i64 {
    text.parse::<charging::Money>().unwrap().e8()
}

/// 10⁻⁸ of the currency, of an amount in text or number.
pub fn e8(value: &Value) -> i64 {
    let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    text.parse::<charging::Money>().unwrap_or_else(|_| panic!("{value} is no amount")).e8()
}

fn sum<'a>(rows: &'a Value, field: &str) -> i64 {
    rows.as_array().unwrap().iter().map(|row: &'a Value| e8(&row[field])).sum()
}

struct Month {
    alice: Customer,
    cycle: String,
    today: String,
}

/// A month with everything in it: a coupon, a discount, a package used up, usage at a price, arrears, a top-up.
async fn lived_through() -> Month {
    let config = Server::configured(&[BLANK, SANDBOX]);
    let mut alice = Customer::with(config, "V5", "cn").await;
    // The month must not end while it is lived through.
    let day: u32 = alice.show()["now"].as_str().unwrap()[8..10].parse().unwrap();
    if day >= 28 {
        alice.server.json(&["clock", "advance", "5d"]);
        alice.renew_token().await;
    }
    let now = alice.show()["now"].as_str().unwrap().to_owned();
    let (cycle, today) = (now[..7].to_owned(), now[..10].to_owned());
    let to = "2099-12-31T23:59:59+08:00";
    alice.server.json(&["coupon", "give", "alice", "--valid-to", to, "--percent-off", "50"]);
    alice.server.json(&["coupon", "give", "alice", "--valid-to", to, "--amount", "0.12"]);
    alice.server.json(&["top-up", "alice", "100"]);
    alice.server.json(&[&["package", "buy", "alice", "--calls", "1000"][..], &API[..]].concat());
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    for _ in 0..1005 {
        alice.charged().await;
    }
    alice.server.json(&["adjust", "alice", "-79.9", "--reason", "moved to another account"]);
    alice.server.json(&["clock", "advance", "1h"]);
    Month { alice, cycle, today }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_list_of_the_billing_center_agrees_with_the_books() {
    let Month { mut alice, cycle, today } = lived_through().await;
    let Some(mut sdk) = Sdk::start(&alice.server, &alice.account) else { return };
    alice.renew_token().await;
    let shown = alice.show();
    for site in SITES {
        balances(&mut sdk, site, &shown);
        monthly_sum(&mut sdk, site, &cycle);
        resource_fees(&mut sdk, site, &cycle);
        resource_records(&mut sdk, site, &cycle);
        packages(&mut sdk, site, &today);
        coupons(&mut sdk, site);
        products(&mut sdk, site);
        orders(&mut sdk, site);
        ratings(&mut sdk, site);
        costs(&mut sdk, site, &cycle, &today);
    }
    quota(&mut sdk, &alice);
    what_nobody_has(&mut sdk, &cycle);
    movements(&mut sdk, &shown);
    fee_records(&mut sdk, &cycle, &shown);
    breakdown(&mut sdk, &cycle);
    bad_requests(&mut sdk, &cycle);
}

fn balances(sdk: &mut Sdk, site: &str, shown: &Value) {
    let balances = sdk.ok(site, "show_customer_account_balances", json!({}));
    let cash = &balances["account_balances"][0];
    assert_eq!((e8(&cash["amount"]), &cash["account_type"]), (e8(&shown["cash"]), &json!(1)));
    assert_eq!(cash["account_id"], shown["account_id"]);
    assert_eq!((e8(&balances["debt_amount"]), &balances["currency"]), (e8(&shown["debt"]), &json!("CNY")));
}

/// The package cost 40 less a half, of which the coupon paid 0.12; five calls at 0.05 met a cash of 0.22.
fn monthly_sum(sdk: &mut Sdk, site: &str, cycle: &str) {
    let month = sdk.ok(site, "show_customer_monthly_sum", json!({"bill_cycle": cycle}));
    let rows = &month["bill_sums"];
    assert_eq!((&month["total_count"], &rows[0]["charging_mode"]), (&json!(2), &json!(1)), "{month:#}");
    for (field, expected) in [
        ("official_amount", yuan("40.25")),
        ("official_discount_amount", yuan("20.00")),
        ("consume_amount", yuan("20.25")),
        ("coupon_amount", yuan("0.12")),
        ("cash_amount", yuan("20.10")),
        ("debt_amount", yuan("0.03")),
        ("truncated_amount", 0),
    ] {
        assert_eq!(sum(rows, field), expected, "{field} of {rows:#}");
    }
    for field in ["consume_amount", "coupon_amount", "cash_amount", "debt_amount"] {
        assert_eq!(e8(&month[field]), sum(rows, field), "{field}");
    }
    let none = json!({"bill_cycle": cycle, "service_type_code": "hws.service.type.ec2"});
    assert_eq!(sdk.ok(site, "show_customer_monthly_sum", none)["total_count"], 0);
}

fn resource_fees(sdk: &mut Sdk, site: &str, cycle: &str) {
    let ask = |more: Value| {
        let mut query = json!({"cycle": cycle, "limit": 100});
        query.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        query
    };
    let method = "list_customerself_resource_records";
    let all = sdk.ok(site, method, ask(json!({"x_language": "en_US"})));
    let rows = all["fee_records"].as_array().unwrap();
    assert_eq!((rows.len(), &all["total_count"], &all["currency"]), (3, &json!(3), &json!("CNY")), "{all:#}");
    let (used, bought, drawn) = (&rows[0], &rows[1], &rows[2]);
    assert_eq!((&used["bill_type"], &used["charge_mode"]), (&json!(5), &json!("3")), "{used:#}");
    assert_eq!((&used["resource_type_name"], &used["usage"]), (&json!("General Text OCR"), &json!(5)));
    assert_eq!((e8(&used["amount"]), e8(&used["debt_amount"])), (5 * CALL, yuan("0.03")));
    assert_eq!(used["formula"], "5 * 0.05 = 0.25");
    assert_eq!((&bought["bill_type"], &bought["charge_mode"]), (&json!(1), &json!("1")));
    assert_eq!(bought["resource_name"], "General Text OCR PKG 1K yearly");
    assert_eq!((e8(&bought["discount_amount"]), e8(&bought["coupon_amount"])), (yuan("20.00"), yuan("0.12")));
    assert_eq!((&drawn["free_resource_usage"], e8(&drawn["amount"])), (&json!(1000), 0));
    let paid = sdk.ok(site, method, ask(json!({"include_zero_record": false, "offset": 1})));
    assert_eq!((&paid["total_count"], paid["fee_records"].as_array().unwrap().len()), (&json!(2), 1));
    let by_cycle = sdk.ok(site, method, ask(json!({"statistic_type": 1})));
    assert_eq!(by_cycle["total_count"], 2, "usage, met by whatever, is one resource");
    assert_eq!(sum(&by_cycle["fee_records"], "amount"), sum(&all["fee_records"], "amount"));
    let package = sdk.ok(site, method, ask(json!({"trade_id": bought["trade_id"]})));
    assert_eq!(
        (&package["total_count"], &package["fee_records"][0]["order_id"]),
        (&json!(1), &bought["trade_id"])
    );
}

fn resource_records(sdk: &mut Sdk, site: &str, cycle: &str) {
    let body = json!({"body": {"class": "QueryResRecordsDetailReq", "cycle": cycle, "statistic_type": 2}});
    let records = sdk.ok(site, "list_customerself_resource_record_details", body);
    let rows = &records["monthly_records"];
    assert_eq!((&records["total_count"], &records["currency"]), (&json!(2), &json!("CNY")), "{records:#}");
    assert_eq!(sum(rows, "consume_amount"), yuan("20.25"));
    assert_eq!(sum(rows, "debt_amount"), yuan("0.03"));
    assert_eq!(rows[0]["resource_type_code"], "hws.resource.type.ocr.general-text");
    assert!(rows[0]["bill_date"].as_str().unwrap().starts_with(cycle));
}

fn packages(sdk: &mut Sdk, site: &str, today: &str) {
    let body = json!({"body": {"class": "ListFreeResourceInfosReq", "region_code": "cn-north-4"}});
    let packages = sdk.ok(site, "list_free_resource_infos", body);
    let package = &packages["free_resource_packages"][0];
    assert_eq!((&packages["total_count"], &package["status"]), (&json!(1), &json!(2)), "{packages:#}");
    assert_eq!(package["product_name"], "通用文字识别 PKG 1千 包年");
    let quota = &package["free_resources"][0];
    assert_eq!((&quota["amount"], &quota["original_amount"]), (&json!("0"), &json!("1000")));
    let ids = json!({"body": {"class": "ListFreeResourceUsagesReq", "free_resource_ids": [quota["free_resource_id"]]}});
    let usages = sdk.ok(site, "list_free_resource_usages", ids);
    assert_eq!(usages["free_resources"][0]["amount"], 0, "{usages:#}");
    let days = json!({"deduct_time_begin": today, "deduct_time_end": today});
    let draws = sdk.ok(site, "list_free_resources_usage_records", days);
    let draw = &draws["free_resource_records"][0];
    let amounts = ["available_amount", "used_amount", "remaining_amount"].map(|field| &draw[field]);
    assert_eq!((&draws["total_count"], amounts), (&json!(1), [&json!("1000"), &json!("1000"), &json!("0")]));
    assert_eq!(draw["free_resource_id"], quota["free_resource_id"]);
}

fn coupons(sdk: &mut Sdk, site: &str) {
    let coupons = sdk.ok(site, "list_sub_customer_coupons", json!({}));
    let seen: Vec<_> = coupons["user_coupons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|coupon| (coupon["coupon_type"].clone(), coupon["status"].clone(), e8(&coupon["balance"])))
        .collect();
    assert_eq!(seen, [(json!(2), json!(3), 0), (json!(1), json!(3), 0)], "{coupons:#}");
    let used = sdk.ok(site, "list_sub_customer_coupons", json!({"status": 2}));
    assert_eq!(used["count"], 0);
}

fn products(sdk: &mut Sdk, site: &str) {
    let services = sdk.ok(site, "list_service_types", json!({"x_language": "en_US"}));
    assert_eq!(services["service_types"][0]["service_type_code"], "hws.service.type.ocr", "{services:#}");
    let types = sdk.ok(site, "list_resource_types", json!({}));
    let named = |kind: &Value| kind["resource_type_name"] == "通用文字识别";
    assert!(types["resource_types"].as_array().unwrap().iter().any(named), "{types:#}");
    let resources =
        sdk.ok(site, "list_service_resources", json!({"service_type_code": "hws.service.type.ocr"}));
    let code =
        |info: &Value| info["basic_info"]["resource_type_code"] == "hws.resource.type.ocr.general-text";
    assert!(resources["infos"].as_array().unwrap().iter().any(code), "{resources:#}");
    let usage = sdk.ok(site, "list_usage_types", json!({}));
    assert_eq!(usage["usage_types"][0]["service_type_code"], "hws.service.type.ocr");
    let units = sdk.ok(site, "list_measure_units", json!({}));
    assert!(units["measure_units"].as_array().unwrap().iter().any(|unit| unit["measure_id"] == 14));
    let conversions = sdk.ok(site, "list_conversions", json!({"measure_type": 4}));
    assert_eq!(conversions["conversions"][0]["conversion_ratio"], 1);
}

fn orders(sdk: &mut Sdk, site: &str) {
    let orders = sdk.ok(site, "list_customer_orders", json!({}));
    let order = &orders["order_infos"][0];
    assert_eq!((&orders["total_count"], &order["status"]), (&json!(1), &json!(5)), "{orders:#}");
    assert_eq!((&order["order_type"], e8(&order["amount_after_discount"])), (&json!(1), yuan("20.00")));
    assert_eq!(e8(&order["official_amount"]), yuan("40.00"));
    assert_eq!(e8(&order["amount_info"]["coupon_amount"]), yuan("0.12"));
    assert_eq!(order["amount_info"]["discounts"][0]["discount_type"], "300");
    let id = &order["order_id"];
    let details = sdk.ok(site, "show_customer_order_details", json!({"order_id": id}));
    let line = &details["order_line_items"][0];
    assert_eq!((&details["total_count"], &line["product_id"]), (&json!(1), &json!("ocr.general-text.1000")));
    assert_eq!((&details["order_info"]["user_name"], &line["order_id"]), (&json!("alice"), id));
    for none in [json!({"status": 6}), json!({"order_type": "2"}), json!({"order_id": "CS0"})] {
        assert_eq!(sdk.ok(site, "list_customer_orders", none)["total_count"], 0);
    }
    let absent = sdk.call(site, "show_customer_order_details", json!({"order_id": "CS260101000012345AB"}));
    assert_eq!((&absent["status"], &absent["code"]), (&json!(400), &json!("CBC.30000052")), "{absent:#}");
}

fn ratings(sdk: &mut Sdk, site: &str) {
    let product = |spec: &str, more: Value| {
        let mut product = json!({"id": "1", "cloud_service_type": "hws.service.type.ocr", "region": "cn-north-4",
            "resource_type": "hws.resource.type.ocr.general-text", "resource_spec": spec, "subscription_num": 2});
        product.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        product
    };
    let usage = json!({"class": "DemandProductInfo", "usage_factor": "ocr.calls", "usage_value": 7, "usage_measure_id": 14});
    let body = |class: &str, product: Value| json!({"body": {"class": class, "project_id": "p", "product_infos": [product]}});
    let asked = body("RateOnDemandReq", product("ocr.general-text", usage.clone()));
    let price = sdk.ok(site, "list_on_demand_resource_ratings", asked);
    assert_eq!((e8(&price["amount"]), &price["currency"]), (14 * CALL, &json!("CNY")), "{price:#}");
    let period = json!({"class": "PeriodProductInfo", "period_type": 3, "period_num": 1});
    let asked = body("RateOnPeriodReq", product("ocr.general-text.10000", period.clone()));
    let price = sdk.ok(site, "list_rate_on_period_detail", asked);
    assert_eq!(e8(&price["official_website_rating_result"]["official_website_amount"]), yuan("700.00"));
    let unknown = body("RateOnPeriodReq", product("ocr.general-text.7", period));
    assert_eq!(sdk.call(site, "list_rate_on_period_detail", unknown)["code"], "CBC.99006006");
    let specs = json!({"body": {"class": "ResourceSpecsQueryReq", "cloud_service_type": "hws.service.type.ocr",
        "resource_type": "hws.resource.type.ocr.general-text", "region_code": "cn-north-4", "charge_mode": "1"}});
    let specs = sdk.ok(site, "list_resource_specs", specs);
    assert_eq!(specs["cloud_service_basics"].as_array().unwrap().len(), 3, "{specs:#}");
}

fn costs(sdk: &mut Sdk, site: &str, cycle: &str, today: &str) {
    let ask = |kind: &str, amount: &str, time: (u8, &str), keys: &[&str]| {
        let groups: Vec<Value> =
            keys.iter().map(|key| json!({"class": "GroupBy", "type": "dimension", "key": key})).collect();
        json!({"body": {"class": "ListCostsReq", "cost_type": kind, "amount_type": amount, "groupby": groups,
            "time_condition": {"class": "TimeCondition", "time_measure_id": time.0, "begin_time": time.1, "end_time": time.1}}})
    };
    let by_mode = ask("ORIGINAL_COST", "PAYMENT_AMOUNT", (2, cycle), &["CHARGING_MODE", "REGION_CODE"]);
    let costs = sdk.ok(site, "list_costs", by_mode);
    let rows = &costs["cost_data"];
    assert_eq!(
        (&costs["total_count"], sum(rows, "amount_by_costs")),
        (&json!(2), yuan("20.25")),
        "{costs:#}"
    );
    assert_eq!(sum(rows, "official_amount_by_costs"), yuan("40.25"));
    assert_eq!(rows[0]["dimensions"][0]["value"], "1");
    let net = sdk.ok(site, "list_costs", ask("ORIGINAL_COST", "NET_AMOUNT", (1, today), &["RESOURCE_TYPE"]));
    assert_eq!(e8(&net["cost_data"][0]["costs"][0]["amount"]), yuan("20.13"), "{net:#}");
    let spread =
        sdk.ok(site, "list_costs", ask("AMORTIZED_COST", "PAYMENT_AMOUNT", (1, today), &["RESOURCE_TYPE"]));
    // A day of 366 bears 0.05464480 of a package of 20; the calls cost what they cost.
    assert_eq!(e8(&spread["cost_data"][0]["amount_by_costs"]), 5 * CALL + yuan("20.00") / 366, "{spread:#}");
}

/// The cap of the whole account; the month's five calls at a price are what was used of it.
fn quota(sdk: &mut Sdk, alice: &Customer) {
    let none = sdk.ok("bssintl", "show_customer_expenditure_quota", json!({}));
    for field in ["granting_amount", "granting_amount_used", "percentage_granting_amount_used"] {
        assert_eq!(e8(&none[field]), 0, "{field}: {none:#}");
    }
    alice.server.json(&["cap", "set", "alice", "--monthly", "500"]);
    let quota = sdk.ok("bssintl", "show_customer_expenditure_quota", json!({}));
    let amounts = ["granting_amount", "granting_amount_used"].map(|field| e8(&quota[field]));
    assert_eq!(amounts, [yuan("500"), 5 * CALL], "{quota:#}");
    assert_eq!(e8(&quota["percentage_granting_amount_used"]), yuan("0.05"), "{quota:#}");
}

/// Lists of what there is none of here: empty, as for any account that has none.
fn what_nobody_has(sdk: &mut Sdk, cycle: &str) {
    let (from, to) = (format!("{cycle}-01T00:00:00Z"), format!("{cycle}-28T00:00:00Z"));
    let asked = json!({"start_time": from, "end_time": to, "offset": 0, "limit": 10});
    let invoices = sdk.ok("bssintl", "list_invoices", asked);
    assert_eq!((&invoices["count"], &invoices["invoices"]), (&json!(0), &json!([])), "{invoices:#}");
    let backwards = json!({"start_time": to, "end_time": from, "offset": 0, "limit": 10});
    assert_eq!(sdk.call("bssintl", "list_invoices", backwards)["code"], "CBC.0100");
    let resource = json!({"bill_cycle": cycle, "service_type_code": "hws.service.type.cdn", "resource_id": "r",
        "resource_type_code": "hws.resource.type.cdn", "usage_type": "95Peak"});
    let usage = sdk.ok("bss", "list_resource_usage", resource.clone());
    assert_eq!((&usage["total_count"], &usage["usage_info_list"]), (&json!(0), &json!([])), "{usage:#}");
    let mut resources = resource;
    resources.as_object_mut().unwrap().remove("resource_id");
    let summary = sdk.ok("bss", "list_resource_usage_summary", resources);
    assert_eq!(
        (&summary["total_count"], &summary["summary_usage_info_list"]),
        (&json!(0), &json!([])),
        "{summary:#}"
    );
}

fn movements(sdk: &mut Sdk, shown: &Value) {
    let changes =
        sdk.ok("bss", "list_customer_account_change_records", json!({"balance_type": "BALANCE_TYPE_DEBIT"}));
    let kinds: Vec<&Value> =
        changes["records"].as_array().unwrap().iter().map(|row| &row["trade_detail_type"]).collect();
    assert_eq!(
        kinds,
        [
            "SOURCE_OPERAIION_RECHARGE",
            "SOURCE_OPERAIION_DEDEUCT",
            "SOURCE_OPERAIION_ADJUST",
            "SOURCE_OPERAIION_USAGE"
        ]
    );
    assert_eq!(sum(&changes["records"], "change_amount"), e8(&shown["cash"]));
    let last = changes["records"].as_array().unwrap().last().unwrap();
    assert_eq!(e8(&last["balance_after_change"]), e8(&shown["cash"]));
    let of_coupons =
        sdk.ok("bss", "list_customer_coupon_change_records", json!({"balance_type": "BALANCE_TYPE_COUPON"}));
    assert_eq!((&of_coupons["total_count"], sum(&of_coupons["records"], "change_amount")), (&json!(2), 0));
    let cards = sdk.ok("bss", "list_stored_value_cards", json!({"status": 1}));
    assert_eq!(cards["total_count"], 0);
}

fn fee_records(sdk: &mut Sdk, cycle: &str, shown: &Value) {
    let fees = sdk.ok("bss", "list_customer_bills_fee_records", json!({"bill_cycle": cycle}));
    let rows = &fees["records"];
    assert_eq!((&fees["total_count"], &rows[0]["status"]), (&json!(2), &json!(2)), "{fees:#}");
    for row in rows.as_array().unwrap() {
        let parts = ["cash_amount", "credit_amount", "coupon_amount", "debt_amount"];
        assert_eq!(parts.iter().map(|part| e8(&row[*part])).sum::<i64>(), e8(&row["consume_amount"]));
        let official =
            e8(&row["official_discount_amount"]) + e8(&row["erase_amount"]) + e8(&row["consume_amount"]);
        assert_eq!(official, e8(&row["official_amount"]), "{row:#}");
    }
    assert_eq!(sum(rows, "debt_amount"), e8(&shown["debt"]));
    let owed = json!({"bill_cycle": cycle, "status": 2, "charging_mode": 3, "region_code": "cn-north-4"});
    assert_eq!(sdk.ok("bss", "list_customer_bills_fee_records", owed)["total_count"], 1);
    let elsewhere = json!({"bill_cycle": cycle, "region_code": "cn-east-3"});
    assert_eq!(sdk.ok("bss", "list_customer_bills_fee_records", elsewhere)["total_count"], 0);
}

fn breakdown(sdk: &mut Sdk, cycle: &str) {
    let month = sdk.ok("bss", "list_customer_bills_monthly_break_down", json!({"shared_month": cycle}));
    let rows = month["details"].as_array().unwrap();
    assert_eq!((&month["total_count"], rows.len()), (&json!(2), 2), "{month:#}");
    assert_eq!(e8(&rows[0]["current_month_amortized_amount"]), 5 * CALL);
    let package = &rows[1];
    let parts = ["past_months", "current_month", "future_months"]
        .map(|part| e8(&package[format!("{part}_amortized_amount").as_str()]));
    assert_eq!(parts.iter().sum::<i64>(), yuan("20.00"), "{package:#}");
    assert!(parts[0] == 0 && parts[1] > 0 && parts[2] > parts[1], "{parts:?}");
}

fn bad_requests(sdk: &mut Sdk, cycle: &str) {
    for (method, parameters, code) in [
        ("show_customer_monthly_sum", json!({"bill_cycle": "2026-13"}), "CBC.0100"),
        ("show_customer_monthly_sum", json!({"bill_cycle": cycle, "limit": 0}), "CBC.0100"),
        ("list_customer_bills_fee_records", json!({"bill_cycle": cycle, "offset": -1}), "CBC.0100"),
        ("list_customer_bills_fee_records", json!({"bill_cycle": cycle, "method": "mine"}), "CBC.0100"),
        (
            "show_customer_monthly_sum",
            json!({"bill_cycle": cycle, "method": "sub_customer", "sub_customer_id": "somebody"}),
            "CBC.0151",
        ),
        ("list_customer_account_change_records", json!({"balance_type": "GOLD"}), "CBC.0100"),
        (
            "list_free_resources_usage_records",
            json!({"deduct_time_begin": "2026-01-01", "deduct_time_end": "2026-12-31"}),
            "CBC.0100",
        ),
    ] {
        let answer = sdk.call("bss", method, parameters.clone());
        assert_eq!(answer["code"], code, "{method} {parameters}: {answer:#}");
        assert!(answer["status"].as_u64().unwrap() < 404);
    }
}
