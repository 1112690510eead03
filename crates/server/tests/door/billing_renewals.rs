//! Renewals through the stock SDKs of both sites.

use serde_json::{Value, json};

use crate::billing_center::{SITES, e8, yuan};
use crate::customer::{API, Customer};
use crate::sdk_driver::Sdk;
use crate::server::{BLANK, Server};

/// What is renewed, by whom, and what happens at the end, as both SDKs set it and the console shows it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packages_are_renewed_through_the_sdk() {
    let alice = Customer::with(Server::configured(&[BLANK]), "V5", "cn").await;
    let Some(mut sdk) = Sdk::start(&alice.server, &alice.account) else { return };
    alice.server.json(&["top-up", "alice", "100"]);
    alice.server.json(&[&["package", "buy", "alice", "--calls", "1000"][..], &API[..]].concat());
    for site in SITES {
        let body = json!({"body": {"class": "QueryResourcesReq", "status_list": [2]}});
        let resources = sdk.ok(site, "list_pay_per_use_customer_resources", body);
        let row = &resources["data"][0];
        assert_eq!((&row["expire_policy"], &row["status"]), (&json!(1), &json!(2)), "{resources:#}");
        assert_eq!(row["project_id"].as_str().unwrap(), alice.project("cn-north-4"));
        let id = row["resource_id"].clone();
        let policy = |sdk: &mut Sdk| {
            let body = json!({"body": {"class": "QueryResourcesReq", "resource_ids": [id]}});
            sdk.ok(site, "list_pay_per_use_customer_resources", body)["data"][0]["expire_policy"].clone()
        };
        let renew = |sdk: &mut Sdk, how: Value| {
            let mut body = json!({"class": "AutoRenewalResourcesReq"});
            body.as_object_mut().unwrap().extend(how.as_object().unwrap().clone());
            sdk.call(site, "auto_renewal_resources", json!({"resource_id": id, "body": body}))
        };
        // For so many times, without an end, and as it was.
        for (how, times) in [
            (json!({"auto_renew_times": 2, "period_type": "YEAR"}), json!(2)),
            (json!({}), json!(2)),
            (json!({"auto_renew_times": 0}), Value::Null),
        ] {
            assert_eq!(renew(&mut sdk, how.clone())["status"], 204, "{how}");
            assert_eq!(policy(&mut sdk), 3);
            assert_eq!(
                alice.server.json(&["package", "list", "alice"])[0]["renewal"]["times"],
                times,
                "{how}"
            );
        }
        for how in [json!({"auto_renew_times": 100}), json!({"period_type": "MONTH"})] {
            assert_eq!(renew(&mut sdk, how.clone())["code"], "CBC.0100", "{how}");
        }
        let days =
            json!({"class": "RenewResourceConfigReq", "config_name": "DEDUCTION_DATE", "config_value": "3"});
        sdk.ok(site, "set_resources_renew_config", json!({"body": days}));
        let shown = alice.server.json(&["package", "list", "alice"]);
        assert_eq!(
            (&shown[0]["renewal"]["mode"], &shown[0]["renewal"]["days_before"]),
            (&json!("auto"), &json!(3))
        );
        sdk.ok(site, "cancel_auto_renewal_resources", json!({"resource_id": id}));
        assert_eq!(policy(&mut sdk), 0);
        for (operation, expected) in [("CANCEL", 4), ("SET_UP", 1)] {
            let body = json!({"class": "PeriodToOnDemandReq", "operation": operation, "resource_ids": [id, "absent"]});
            let done = sdk.ok(site, "update_period_to_on_demand", json!({"body": body}));
            assert_eq!(done["error_details"].as_array().unwrap().len(), 1, "{done:#}");
            assert_eq!(policy(&mut sdk), expected);
        }
    }
    let id =
        sdk.ok("bss", "list_pay_per_use_customer_resources", json!({"body": {"class": "QueryResourcesReq"}}))
            ["data"][0]["resource_id"]
            .clone();
    let period = json!({"resource_ids": [id, "absent"], "period_type": 3, "period_num": 1});
    let with = |class: &str, more: Value| {
        let mut body = period.clone();
        body["class"] = json!(class);
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"body": body})
    };
    for site in SITES {
        let price = sdk.ok(site, "list_renew_rate_on_period", with("ListRenewRateOnPeriodReq", json!({})));
        assert_eq!(price["renew_inquiry_results"][0]["amount"], "40.00", "{price:#}");
        assert_eq!(price["fail_resource_infos"][0]["error_code"], "CBC.30050009");
    }
    let made = sdk.ok("bss", "renewal_resources", with("RenewalResourcesReq", json!({"is_auto_pay": 1})));
    assert_eq!(made["fail_resource_infos"].as_array().unwrap().len(), 1, "{made:#}");
    let renewal = sdk.ok("bssintl", "list_customer_orders", json!({"order_type": "2"}));
    assert_eq!(
        (&renewal["total_count"], &renewal["order_infos"][0]["order_id"]),
        (&json!(1), &made["order_ids"][0])
    );
    let again = sdk.ok("bss", "renewal_resources", with("RenewalResourcesReq", json!({"is_auto_pay": 1})));
    assert_eq!(again["fail_resource_infos"][0]["error_code"], "CBC.30050013", "{again:#}");
    assert_eq!(alice.show()["cash"], serde_json::from_str::<Value>("20.00").unwrap());
}

/// A package that is to renew itself once does, and is then left to its owner.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_package_renews_itself_as_often_as_it_was_told() {
    let alice = Customer::with(Server::configured(&[BLANK]), "V5", "cn").await;
    let Some(mut sdk) = Sdk::start(&alice.server, &alice.account) else { return };
    alice.server.json(&["top-up", "alice", "200"]);
    alice.server.json(&[&["package", "buy", "alice", "--calls", "1000"][..], &API[..]].concat());
    let held = |sdk: &mut Sdk| {
        let body = json!({"body": {"class": "QueryResourcesReq"}});
        sdk.ok("bssintl", "list_pay_per_use_customer_resources", body)["data"].clone()
    };
    let body = json!({"class": "AutoRenewalResourcesReq", "auto_renew_times": 1});
    let id = held(&mut sdk)[0]["resource_id"].clone();
    sdk.ok("bssintl", "auto_renewal_resources", json!({"resource_id": id, "body": body}));
    for days in [365, 365] {
        alice.server.json(&["clock", "advance", &format!("{days}d")]);
        let policies: Vec<Value> =
            held(&mut sdk).as_array().unwrap().iter().map(|row| row["expire_policy"].clone()).collect();
        assert_eq!(policies.len(), 2, "{policies:?}");
        assert_eq!(policies[1], 0, "the last one is renewed by hand");
    }
    let renewals = sdk.ok("bss", "list_customer_orders", json!({"order_type": "2"}));
    assert_eq!(
        (&renewals["total_count"], &renewals["order_infos"][0]["source_type"]),
        (&json!(1), &json!(8))
    );
    assert_eq!(e8(&alice.show()["cash"]), yuan("120"));
}
