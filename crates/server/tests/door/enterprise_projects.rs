//! Enterprise projects: a call names one, and everything that is told of its charge says so.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::customer::{API, Customer, PIXEL};
use crate::read_back::Table;

impl Customer {
    /// A call that names an enterprise project; its status, and its body.
    async fn call_for(&self, project: &str) -> (StatusCode, Value) {
        let call = self.request("cn-north-4").header("Enterprise-Project-Id", project);
        let response = call.json(&json!({ "image": PIXEL })).send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    async fn body_of(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.server.url);
        self.http.get(url).header("x-auth-token", &self.token).send().await.unwrap().json().await.unwrap()
    }
}

#[tokio::test]
async fn a_charge_carries_the_enterprise_project_of_its_call() {
    let alice = Customer::open("V0", "intl").await;
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    let made = alice.server.json(&["enterprise-project", "create", "alice", "Web shop"]);
    let shop = made["id"].as_str().unwrap();
    assert_eq!((shop.len(), shop.matches('-').count()), (36, 4), "as UUIDs are written");
    alice.server.json(&["enterprise-project", "create", "alice", "Archive", "--id", "archive"]);

    for project in [shop, "archive", "0", ""] {
        assert_eq!(alice.call_for(project).await.0, StatusCode::OK, "{project}");
    }
    let charges = alice.server.charges("alice");
    let named: Vec<&Value> = charges.iter().map(|charge| &charge["enterprise_project"]).collect();
    assert_eq!(named, [&json!(shop), &json!("archive"), &Value::Null, &Value::Null]);
    let explained = alice.server.json(&["explain", charges[0]["charge_id"].as_str().unwrap()]);
    assert_eq!(explained["charge"]["enterprise_project"], shop);

    alice.server.json(&["clock", "advance", "1h"]);
    let month = alice.show()["now"].as_str().unwrap()[..7].to_owned();
    let bill = alice.body_of(&format!("/v1/bills/{month}")).await;
    let lines = bill["lines"].as_array().unwrap();
    let of_line =
        |line: &Value| (line["enterprise_project"].clone(), line["enterprise_project_name"].clone());
    let lines: Vec<(Value, Value)> = lines.iter().map(of_line).collect();
    assert_eq!(lines.len(), 3);
    for (id, name) in
        [(json!(shop), json!("Web shop")), (json!("archive"), json!("Archive")), Default::default()]
    {
        assert!(lines.contains(&(id.clone(), name)), "{id}: {lines:?}");
    }
    for (format, columns) in [
        ("csv", ["enterprise_project", "enterprise_project_name"]),
        ("csv&rows=charges", ["enterprise_project", "enterprise_project_name"]),
        ("focus", ["SubAccountId", "SubAccountName"]),
    ] {
        let url = format!("{}/v1/bills/{month}/export?format={format}", alice.server.url);
        let file = alice.http.get(url).header("x-auth-token", &alice.token).send().await.unwrap();
        let table = Table::csv(file.bytes().await.unwrap().as_ref());
        let [ids, names] = columns.map(|column| table.column(column));
        let pairs: BTreeSet<(&str, &str)> = ids.into_iter().zip(names).collect();
        assert_eq!(pairs, BTreeSet::from([(shop, "Web shop"), ("archive", "Archive"), ("", "")]), "{format}");
    }
    let costs = alice.body_of("/v1/costs?by=enterprise_project").await;
    assert_eq!(costs["rows"].as_array().unwrap().len(), 3, "{costs}");
    let records = alice.body_of(&format!("/v2/bills/customer-bills/res-fee-records?cycle={month}")).await;
    let mut projects: Vec<(String, String)> = records["fee_records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let text = |field: &str| row[field].as_str().unwrap().to_owned();
            (text("enterprise_project_id"), text("enterprise_project_name"))
        })
        .collect();
    projects.sort();
    projects.dedup();
    let mut expected = [(shop, "Web shop"), ("archive", "Archive"), ("0", "default")]
        .map(|(id, name)| (id.to_owned(), name.to_owned()));
    expected.sort();
    assert_eq!(projects, expected);
}

#[tokio::test]
async fn what_the_account_does_not_have_is_refused_before_anything_is_charged() {
    let alice = Customer::open("V0", "intl").await;
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    alice.server.json(&["account", "create", "mallory"]);
    alice.server.json(&["enterprise-project", "create", "mallory", "Hers", "--id", "hers"]);
    alice.server.json(&["enterprise-project", "create", "alice", "Old", "--id", "old"]);
    alice.server.json(&["enterprise-project", "disable", "alice", "old"]);
    let refused = async |project: &str| {
        let (status, body) = alice.call_for(project).await;
        assert_eq!((status, &body["error_code"]), (StatusCode::BAD_REQUEST, &json!("AIS.0101")), "{project}");
        (body["reason"].clone(), body["error_msg"].clone())
    };
    let nobodys = refused("nobodys").await;
    assert_eq!(nobodys.0, "unknown_enterprise_project");
    // Whether somebody else has it is not told, nor what is no id.
    assert_eq!(refused("hers").await, nobodys);
    assert_eq!(refused("no id at all").await, nobodys);
    assert_eq!(refused("old").await.0, "enterprise_project_disabled");
    let twice =
        alice.request("cn-north-4").header("Enterprise-Project-Id", "0").header("Enterprise-Project-Id", "0");
    assert_eq!(
        twice.json(&json!({ "image": PIXEL })).send().await.unwrap().status(),
        StatusCode::BAD_REQUEST
    );
    assert_eq!(alice.server.charges("alice").len(), 0);

    // What is set up for one is checked like a call.
    let grant = ["--calls", "3", "--expires-at", "2099-12-31T23:59:59+08:00", "--enterprise-project"];
    let granted =
        |project: &str| alice.server.run(&[&["grant", "alice"], &API[..], &grant, &[project]].concat());
    assert!(!granted("hers").status.success());
    alice.server.json(&["enterprise-project", "enable", "alice", "old"]);
    assert!(granted("old").status.success());
    assert_eq!(alice.call_for("old").await.0, StatusCode::OK);
    assert_eq!(alice.server.charges("alice")[0]["pocket"], "lot");
    let budget = ["budget", "set", "alice", "team", "--amount", "5", "--enterprise-project", "hers"];
    assert!(!alice.server.run(&budget).status.success());
    for (project, id) in
        [("Old", "other"), ("Other", "old"), ("default", "third"), ("Third", "0"), ("", "fourth")]
    {
        let create = ["enterprise-project", "create", "alice", project, "--id", id];
        assert!(!alice.server.run(&create).status.success(), "{project:?} {id:?}");
    }
    assert_eq!(alice.server.json(&["verify"])["holds"], true);
}
