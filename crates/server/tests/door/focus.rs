//! FOCUS of a whole server: who made the calls that packages met, what they would have cost, and what is given back.

use serde_json::json;

use crate::customer::{Customer, PIXEL};
use crate::members::Member;
use crate::read_back::Table;
use crate::server::{BLANK, Server};

/// A customer with a package of 1,000 calls for 40, beside a price of 0.05 a call.
async fn with_a_package() -> Customer {
    let server = Server::beginning(Some("2026-10-05T09:00:00+08:00"), &[BLANK]);
    let alice = Customer::with(server, "V0", "intl").await;
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    alice.server.json(&["top-up", "alice", "100"]);
    assert!(alice.order(&["package", "buy", "alice", "--calls", "1000"]).status.success());
    alice
}

/// These columns of October's rows, in their order.
async fn rows<const N: usize>(alice: &Customer, columns: [&str; N]) -> Vec<[String; N]> {
    let url = format!("{}/v1/bills/2026-10/export?format=focus", alice.server.url);
    let file = alice.http.get(url).header("x-auth-token", &alice.token).send().await.unwrap();
    let table = Table::csv(file.bytes().await.unwrap().as_ref());
    let at = columns.map(|column| table.at(column));
    table.rows.iter().map(|row| at.map(|at| row[at].clone())).collect()
}

#[tokio::test]
async fn calls_that_a_package_met_are_told_by_project_and_member_at_their_list_price() {
    let alice = with_a_package().await;
    let bob = Member::open(&alice, "bob").await;
    alice.server.json(&["member", "add", "alice", "bob", "--calls", "9"]);
    for (id, name) in [("team-x", "Team X"), ("team-y", "Team Y")] {
        alice.server.json(&["enterprise-project", "create", "alice", name, "--id", id]);
    }
    for project in ["team-x", "", "team-y", "team-x", "", "team-x"] {
        let call = alice.request("cn-north-4").header("Enterprise-Project-Id", project);
        assert!(call.json(&json!({ "image": PIXEL })).send().await.unwrap().status().is_success());
    }
    for _ in 0..4 {
        assert!(bob.call(&alice).await.status().is_success());
    }

    let of_bob = bob.account["account_id"].as_str().unwrap();
    let columns = [
        "CommitmentDiscountStatus",
        "SubAccountId",
        "SubAccountName",
        "ConsumedQuantity",
        "ListUnitPrice",
        "ListCost",
        "ContractedCost",
        "EffectiveCost",
        "SkuPriceId",
    ];
    let mut used = rows(&alice, columns).await;
    used.retain(|row| row[0] == "Used");
    used.sort_by(|one, other| one[2].cmp(&other[2]));
    let expected = [
        ("", "", "2", "0.10000000", "0.08000000"),
        ("team-x", "Team X", "3", "0.15000000", "0.12000000"),
        ("team-y", "Team Y", "1", "0.05000000", "0.04000000"),
        (of_bob, "bob", "4", "0.20000000", "0.16000000"),
    ];
    let price = "0.0500000000";
    let sku = "general-text/pay-per-use/v1/t1";
    let expected = expected.map(|(id, name, calls, list, effective)| {
        ["Used", id, name, calls, price, list, list, effective, sku].map(str::to_owned)
    });
    assert_eq!(used, expected);
}

#[tokio::test]
async fn a_renewal_that_is_given_back_for_all_its_price_is_no_waste() {
    let alice = with_a_package().await;
    alice.server.json(&["package", "renew", "alice", "--lot", "0"]);
    alice.server.json(&["package", "unsubscribe", "alice", "1"]);
    let columns = ["ChargeCategory", "CommitmentDiscountQuantity", "CommitmentDiscountStatus", "BilledCost"];
    let bought = ["Purchase", "1000", "", "40.00000000"].map(str::to_owned);
    let given_back = ["Purchase", "-1000", "", "-40.00000000"].map(str::to_owned);
    assert_eq!(rows(&alice, columns).await, [bought.clone(), bought, given_back]);
}
