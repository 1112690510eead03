//! Orders that are paid later, and packages that are given back: by the command line, the API and the stock SDKs of both
//! sites, with the same figures in the books.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::customer::{API, Customer};
use crate::sdk_driver::Sdk;
use crate::server::{BLANK, Server};

const SITES: [&str; 2] = ["bss", "bssintl"];

/// A policy that gives packages in effect back, beside the presets.
const POLICY: (&str, &str) = ("\n# [policies.example]", REFUNDS);
const REFUNDS: &str = "
[policies.refunds]
unpaid_order_hours = 24
refund = { in_effect = true, free_days = 5, free_times_per_year = 1, fee_percent = 10 }
terms.V0 = { grace_days = 15, retention_days = 15 }
terms.V1 = { grace_days = 15, retention_days = 15 }
terms.V2 = { grace_days = 15, retention_days = 15 }
terms.V3 = { grace_days = 15, retention_days = 15 }
terms.V4 = { grace_days = 15, retention_days = 15 }
terms.V5 = { grace_days = 15, retention_days = 15 }
";

/// 10⁻⁸ of the currency, of an amount in text or number.
fn e8(value: &Value) -> i64 {
    let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    text.parse::<charging::Money>().unwrap_or_else(|_| panic!("{value} is no amount")).e8()
}

fn yuan(text: &str) -> i64 {
    text.parse::<charging::Money>().unwrap().e8()
}

/// With a body of the SDK's class.
fn body(class: &str, mut fields: Value) -> Value {
    fields["class"] = json!(class);
    json!({ "body": fields })
}

fn one_order(sdk: &mut Sdk, site: &str, id: &Value) -> Value {
    let found = sdk.ok(site, "list_customer_orders", json!({ "order_id": id }));
    assert_eq!(found["total_count"], 1, "{found:#}");
    found["order_infos"][0].clone()
}

fn pay(order: &Value, coupons: &[(&Value, u16)]) -> Value {
    let class = "CouponSimpleInfoOrderPayV3";
    let infos = coupons.iter().map(|(id, kind)| json!({ "class": class, "id": id, "type": kind }));
    let infos: Vec<Value> = infos.collect();
    let use_coupon = if infos.is_empty() { "NO" } else { "YES" };
    let mut fields = json!({ "order_id": order, "use_coupon": use_coupon, "use_discount": "NO" });
    if !infos.is_empty() {
        fields["coupon_infos"] = json!(infos);
    }
    body("PayCustomerOrderV3Req", fields)
}

fn ordered(alice: &Customer) -> Value {
    alice.server.json(&[&["package", "order", "alice", "--calls", "1000"][..], &API[..]].concat())
}

/// Everything in the month's books adds up.
async fn proved(alice: &Customer, month: &str) {
    let url = format!("{}/v1/admin/accounts/alice/bills/{month}/check", alice.server.url);
    let answer = alice.http.get(url).bearer_auth(alice.server.operator_token()).send().await.unwrap();
    let check: Value = answer.json().await.unwrap();
    assert_eq!(check["holds"], true, "{check:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_waits_is_listed_and_paid_through_the_sdk() {
    let alice = Customer::with(Server::configured(&[BLANK]), "V5", "cn").await;
    let Some(mut sdk) = Sdk::start(&alice.server, &alice.account) else { return };
    let sdk = &mut sdk;
    let to = "2099-12-31T23:59:59+08:00";
    alice.server.json(&["coupon", "give", "alice", "--valid-to", to, "--percent-off", "50"]);
    alice.server.json(&["coupon", "give", "alice", "--valid-to", to, "--amount", "3"]);
    for (round, site) in SITES.into_iter().enumerate() {
        let placed = ordered(&alice)["order"].clone();
        assert_eq!((&placed["state"], &placed["lot"]), (&json!("pending"), &Value::Null));
        assert_eq!(e8(&placed["price"]), yuan("40"));
        let pending = sdk.ok(site, "list_customer_orders", json!({ "status": 6 }));
        assert_eq!(pending["total_count"], 1, "{pending:#}");
        let order = &pending["order_infos"][0];
        let id = &order["order_id"];
        assert_eq!((&order["order_type"], &order["payment_time"]), (&json!(1), &Value::Null), "{order:#}");
        assert_eq!(
            (e8(&order["official_amount"]), e8(&order["amount_after_discount"])),
            (yuan("40"), yuan("40"))
        );
        let details = sdk.ok(site, "show_customer_order_details", json!({ "order_id": id }));
        let (info, line) = (&details["order_info"], &details["order_line_items"][0]);
        assert!(info["pending_payment_end_time"].as_str().unwrap() > info["create_time"].as_str().unwrap());
        assert_eq!((&line["period_type"], &line["period_num"]), (&json!(3), &json!(1)), "{line:#}");
        if site == "bss" {
            let coupons = sdk.ok(site, "list_order_coupons_by_order_id", json!({ "order_id": id }));
            let kinds: Vec<&Value> = coupons["user_coupons"]
                .as_array()
                .unwrap()
                .iter()
                .map(|coupon| &coupon["coupon_type"])
                .collect();
            assert_eq!((&coupons["count"], kinds), (&json!(2), vec![&json!(2), &json!(1)]), "{coupons:#}");
            assert_eq!(coupons["coupon_max_use_quantity"].as_array().unwrap().len(), 2);
        }
        let discounts = sdk.ok(site, "list_order_discounts", json!({ "order_id": id }));
        assert_eq!(discounts["discounts"], json!([]));
        let poor = sdk.call(site, "pay_orders", pay(id, &[]));
        assert_eq!((&poor["status"], &poor["code"]), (&json!(400), &json!("CBC.99005003")), "{poor:#}");
        alice.server.json(&["top-up", "alice", if round == 0 { "17" } else { "40" }]);
        if round == 0 {
            let given = sdk.ok("bss", "list_order_coupons_by_order_id", json!({ "order_id": id }));
            let of = |kind: u8| {
                let of_kind = |coupon: &&Value| coupon["coupon_type"] == kind;
                given["user_coupons"].as_array().unwrap().iter().find(of_kind).unwrap()["coupon_id"].clone()
            };
            let swapped = sdk.call(site, "pay_orders", pay(id, &[(&of(1), 300)]));
            assert_eq!(swapped["code"], "CBC.0100", "{swapped:#}");
            // 40 less a half; 3 by the coupon, 17 by the balance.
            let paid = sdk.call(site, "pay_orders", pay(id, &[(&of(2), 300), (&of(1), 301)]));
            assert_eq!(paid["status"], 204, "{paid:#}");
        } else {
            assert_eq!(sdk.call(site, "pay_orders", pay(id, &[]))["status"], 204);
        }
        assert_eq!(sdk.call(site, "pay_orders", pay(id, &[]))["status"], 204, "paid before");
        assert_eq!(e8(&alice.show()["cash"]), 0);
        let paid = one_order(sdk, site, id);
        assert_eq!((&paid["status"], paid["payment_time"].is_string()), (&json!(5), true), "{paid:#}");
        let late = sdk.call(
            site,
            "cancel_customer_order",
            body("CancelCustomerOrderReq", json!({ "order_id": id })),
        );
        assert_eq!(late["status"], 400);
        let packages = sdk.ok(
            site,
            "list_free_resource_infos",
            body("ListFreeResourceInfosReq", json!({ "order_id": id })),
        );
        assert_eq!(packages["total_count"], 1, "the package names its order: {packages:#}");
    }
    let fees = sdk.ok("bss", "list_customer_orders", json!({ "status": 5 }));
    assert_eq!(fees["total_count"], 2);
    // Cancelled, and expired.
    for _ in 0..2 {
        ordered(&alice);
    }
    let pending = sdk.ok("bss", "list_customer_orders", json!({ "status": 6 }));
    let id = pending["order_infos"][0]["order_id"].clone();
    let cancel = || body("CancelCustomerOrderReq", json!({ "order_id": id }));
    assert_eq!(sdk.call("bss", "cancel_customer_order", cancel())["status"], 204);
    assert_eq!(one_order(sdk, "bssintl", &id)["status"], 4);
    assert_eq!(sdk.call("bss", "cancel_customer_order", cancel())["code"], "CBC.0100");
    alice.server.json(&["clock", "advance", "7d"]);
    assert_eq!(sdk.ok("bss", "list_customer_orders", json!({ "status": 6 }))["total_count"], 0);
    let states: Vec<Value> = alice
        .server
        .json(&["package", "orders", "alice"])
        .as_array()
        .unwrap()
        .iter()
        .map(|o| o["state"].clone())
        .collect();
    assert_eq!(states, [json!("paid"), json!("paid"), json!("expired"), json!("cancelled")]);
    let unknown = sdk.call("bss", "pay_orders", pay(&json!("CS260101000012345AB"), &[]));
    assert_eq!(unknown["code"], "CBC.30000052");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packages_and_renewals_are_given_back_through_the_sdk() {
    let alice = Customer::with(Server::configured(&[BLANK, POLICY]), "V5", "refunds").await;
    let Some(mut sdk) = Sdk::start(&alice.server, &alice.account) else { return };
    let sdk = &mut sdk;
    let month = alice.show()["now"].as_str().unwrap()[..7].to_owned();
    alice.server.json(&["top-up", "alice", "200"]);
    let buy = || alice.server.json(&[&["package", "buy", "alice", "--calls", "1000"][..], &API[..]].concat());
    buy();
    let resources = |sdk: &mut Sdk| {
        let all = sdk.ok("bss", "list_pay_per_use_customer_resources", body("QueryResourcesReq", json!({})));
        all["data"].as_array().unwrap().clone()
    };
    let id = resources(sdk)[0]["resource_id"].clone();
    let unsubscribe = |sdk: &mut Sdk, site: &str, id: &Value, kind: u8| {
        let fields = json!({ "resource_ids": [id], "unsubscribe_type": kind, "unsubscribe_reason_type": 5 });
        sdk.ok(site, "cancel_resources_subscription", body("UnsubscribeResourcesReq", fields))
    };
    for site in SITES {
        let none = unsubscribe(sdk, site, &id, 2);
        assert_eq!(none["fail_resource_infos"][0]["error_code"], "CBC.99003128", "{none:#}");
    }
    // A renewal that is ordered, and stands in the way; paid, and taken back.
    let renewal = |auto: u8| {
        body(
            "RenewalResourcesReq",
            json!({ "resource_ids": [id], "period_type": 3, "period_num": 1, "is_auto_pay": auto }),
        )
    };
    let made = sdk.ok("bss", "renewal_resources", renewal(0));
    let order = made["order_ids"][0].clone();
    assert_eq!(one_order(sdk, "bss", &order)["status"], 6);
    let again = sdk.ok("bssintl", "renewal_resources", renewal(1));
    assert_eq!(again["fail_resource_infos"][0]["error_code"], "CBC.30050010", "{again:#}");
    let held = unsubscribe(sdk, "bss", &id, 1);
    assert_eq!(held["fail_resource_infos"][0]["error_code"], "CBC.99003100", "{held:#}");
    let wrong =
        body("RenewalResourcesReq", json!({ "resource_ids": [id], "period_type": 2, "period_num": 3 }));
    assert_eq!(sdk.ok("bss", "renewal_resources", wrong)["fail_resource_infos"][0]["error_code"], "CBC.0100");
    sdk.call("bss", "pay_orders", pay(&order, &[]));
    assert_eq!(one_order(sdk, "bss", &order)["order_type"], 2);
    assert_eq!(e8(&alice.show()["cash"]), yuan("120"));
    let back = unsubscribe(sdk, "bss", &id, 2);
    let refund = back["order_ids"][0].clone();
    let listed = one_order(sdk, "bss", &refund);
    assert_eq!(
        (&listed["order_type"], e8(&listed["amount_after_discount"])),
        (&json!(4), yuan("-40")),
        "{listed:#}"
    );
    for site in SITES {
        let amounts = sdk.ok(site, "show_refund_order_details", json!({ "order_id": refund }));
        let info = &amounts["refund_infos"][0];
        assert_eq!((&amounts["total_count"], e8(&info["amount"])), (&json!(1), yuan("-40")), "{amounts:#}");
        assert_eq!(info["base_order_id"], order);
        let absent = sdk.call(site, "show_refund_order_details", json!({ "order_id": order }));
        assert_eq!(absent["code"], "CBC.30000052");
    }
    assert_eq!(e8(&alice.show()["cash"]), yuan("160"));
    // The package itself, unused within five days: everything. The next: less a tenth.
    let given = unsubscribe(sdk, "bssintl", &id, 1);
    assert_eq!(given["order_ids"].as_array().unwrap().len(), 1, "{given:#}");
    assert_eq!(e8(&alice.show()["cash"]), yuan("200"));
    buy();
    let second = resources(sdk).last().unwrap()["resource_id"].clone();
    for _ in 0..100 {
        assert_eq!(alice.charged().await.0, "lot");
    }
    let now = json!({ "resource_ids": [second, "absent"] });
    let done =
        sdk.ok("bss", "update_period_to_on_demand_instantly", body("PeriodToOnDemandInstantlyReq", now));
    let results = &done["to_ondemand_service_results"];
    assert_eq!(
        (&results[0]["result"], &results[1]["result"]),
        (&json!("SUCCESS"), &json!("FAIL")),
        "{done:#}"
    );
    // 4 of 40 is used, a tenth of 36 the fee.
    assert_eq!(e8(&alice.show()["cash"]), yuan("192.40"));
    let amounts = sdk.ok("bss", "show_refund_order_details", json!({ "order_id": results[0]["order_id"] }));
    let sums: Vec<i64> =
        amounts["refund_infos"].as_array().unwrap().iter().map(|info| e8(&info["amount"])).collect();
    assert_eq!(sums, [yuan("-40"), yuan("4"), yuan("3.60")]);
    assert_eq!(alice.charged().await.0, "pay_per_use");
    let statuses: Vec<Value> = sdk.ok(
        "bss",
        "list_free_resource_infos",
        body("ListFreeResourceInfosReq", json!({})),
    )["free_resource_packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| package["status"].clone())
        .collect();
    assert_eq!(statuses, vec![json!(4); 3]);
    // On the bills: 40 + 40 + 40 bought, 40 + 40 + 32.40 given back.
    let sum = sdk.ok("bss", "show_customer_monthly_sum", json!({ "bill_cycle": month }));
    assert_eq!(e8(&sum["consume_amount"]), yuan("7.60"), "{sum:#}");
    let fees = sdk.ok("bss", "list_customer_bills_fee_records", json!({ "bill_cycle": month, "limit": 100 }));
    let types: Vec<&Value> =
        fees["records"].as_array().unwrap().iter().map(|fee| &fee["bill_type"]).collect();
    assert_eq!(types, [1, 2, 1, 4, 4, 24].map(|kind| json!(kind)).iter().collect::<Vec<_>>(), "{fees:#}");
    let changes = sdk.ok(
        "bss",
        "list_customer_account_change_records",
        json!({ "balance_type": "BALANCE_TYPE_DEBIT", "trade_type": "REFUND" }),
    );
    assert_eq!(changes["total_count"], 3);
    proved(&alice, &month).await;
}

/// The same on our own interface: shapes, reasons, and the command line.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_package_is_given_back_by_command() {
    let alice = Customer::with(Server::configured(&[BLANK, POLICY]), "V5", "refunds").await;
    alice.server.json(&["top-up", "alice", "200"]);
    for _ in 0..2 {
        alice.server.json(&[&["package", "buy", "alice", "--calls", "1000"][..], &API[..]].concat());
    }
    alice.server.json(&["package", "renew", "alice", "--lot", "1"]);
    let given = alice.server.json(&["package", "unsubscribe", "alice", "0", "1"]);
    let lots: Vec<Vec<Value>> = given
        .as_array()
        .unwrap()
        .iter()
        .map(|answer| {
            answer["refunds"].as_array().unwrap().iter().map(|refund| refund["lot"].clone()).collect()
        })
        .collect();
    assert_eq!(lots, [vec![json!(0)], vec![json!(1), json!(2)]]);
    assert_eq!([0, 1].map(|at| e8(&given[at]["amount"])), [yuan("40"), yuan("76")]);
    assert_eq!(e8(&given[1]["refunds"][0]["withheld"]["fee"]), yuan("4"));
    assert_eq!(e8(&given[1]["cash"]), yuan("196"));
    let states: Vec<Value> = alice
        .server
        .json(&["package", "list", "alice"])
        .as_array()
        .unwrap()
        .iter()
        .map(|lot| lot["state"].clone())
        .collect();
    assert_eq!(states, vec![json!("unsubscribed"); 3]);
    let url = format!("{}/v1/packages/0/unsubscribe", alice.server.url);
    let refused =
        alice.http.post(url).header("x-auth-token", &alice.token).json(&json!({})).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    assert_eq!(refused.json::<Value>().await.unwrap()["reason"], "not_refundable");
    let bill = alice.server.json(&["bill", "alice", "--month", &alice.show()["now"].as_str().unwrap()[..7]]);
    let kinds: Vec<&str> =
        bill["lines"].as_array().unwrap().iter().map(|line| line["kind"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        ["package", "package", "package", "package_refund", "package_refund", "package_refund"]
    );
}
