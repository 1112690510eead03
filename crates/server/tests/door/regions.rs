//! Regions that come and go with the configuration, and accounts whose creation a crash cut in two.

use ledger::directory::{Directory, NewAccount, Opening};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::customer::{API, Customer, PIXEL, token_in};
use crate::server::Server;

const HERE: &str = "cn-north-4";
const THERE: &str = "cn-east-3";

fn config(regions: &[&str]) -> String {
    format!("[ocr]\nengine = \"blank\"\n[catalog]\nregions = {}", json!(regions))
}

fn restart_with(customer: &mut Customer, regions: &[&str]) {
    customer.server.kill();
    std::fs::write(customer.server.data.path().join("config.toml"), config(regions)).unwrap();
    customer.server.restart();
}

/// The projects of the account as its owner sees them: region, id, and whether it is enabled.
async fn projects(customer: &Customer) -> Vec<(String, String, bool)> {
    let url = format!("{}/v3/projects", customer.server.url);
    let listed = customer.http.get(url).header("x-auth-token", &customer.token).send().await.unwrap();
    let listed: Value = listed.json().await.unwrap();
    let text = |project: &Value, field: &str| project[field].as_str().unwrap().to_owned();
    let project = |p: &Value| (text(p, "name"), text(p, "id"), p["enabled"].as_bool().unwrap());
    listed["projects"].as_array().unwrap().iter().map(project).collect()
}

#[tokio::test]
async fn a_region_that_is_new_has_everybodys_project() {
    let mut alice = Customer::with(Server::with_config(&config(&[HERE])), "V0", "intl").await;
    assert_eq!(projects(&alice).await.len(), 1);
    for _ in 0..2 {
        restart_with(&mut alice, &[HERE, THERE]);
        let known = projects(&alice).await;
        assert_eq!(
            known.iter().map(|p| (p.0.as_str(), p.2)).collect::<Vec<_>>(),
            [(HERE, true), (THERE, true)]
        );
    }
    let before = projects(&alice).await;
    let project = before[1].1.clone();
    alice.account["projects"][THERE] = json!(project);
    let token = token_in(&alice.http, &alice.server.url, &alice.account, THERE).await;
    alice.server.json(&["subscribe", "alice", "--api", "general-text", "--region", THERE]);
    let call = alice.http.post(alice.path(THERE)).header("x-auth-token", token);
    assert_eq!(call.json(&json!({"image": PIXEL})).send().await.unwrap().status(), StatusCode::OK);

    // Gone and back again, it is the same project.
    restart_with(&mut alice, &[HERE]);
    assert_eq!(projects(&alice).await[1], (THERE.to_owned(), project, false));
    restart_with(&mut alice, &[HERE, THERE]);
    assert_eq!(projects(&alice).await, before);
}

#[tokio::test]
async fn a_region_that_is_gone_serves_nothing_and_takes_nothing_away() {
    let mut alice = Customer::with(Server::with_config(&config(&[HERE, THERE])), "V0", "intl").await;
    alice.server.json(&["top-up", "alice", "100"]);
    alice.server.json(&[&["subscribe", "alice"][..], &API].concat());
    alice.server.json(&[&["package", "buy", "alice"][..], &API, &["--calls", "1000"]].concat());
    alice.charged().await;

    restart_with(&mut alice, &[THERE]);
    let (status, code, reason) = alice.refused().await;
    assert_eq!((status, code.as_str(), reason.as_str()), (404, "APIG.0101", "unknown_region"));
    let shown = alice.show();
    assert_eq!(
        (&shown["lots"][0]["remaining"], &shown["lots"][0]["state"]),
        (&json!(999), &json!("in_effect"))
    );
    assert!(!alice.order(&["subscribe", "alice"]).status.success(), "nothing is enabled there either");
    assert!(alice.order(&["unsubscribe", "alice"]).status.success(), "but it can be disabled");
    assert_eq!(alice.server.json(&["verify"])["holds"], true);

    restart_with(&mut alice, &[HERE, THERE]);
    assert_eq!(alice.charged().await.0, "lot");
    assert_eq!(alice.show()["lots"][0]["remaining"], 998);
    assert_eq!(alice.server.charges("alice").len(), 2);
}

#[tokio::test]
async fn an_account_whose_creation_was_cut_in_two_is_as_it_was_asked_for() {
    let mut server = Server::start(true);
    server.json(&["account", "create", "alice"]);
    server.kill();
    // What is durable when the process ends between the directory and the journal.
    let directory = Directory::open(&server.data.path().join("directory.db")).unwrap();
    let opening = Opening {
        tier: charging::Tier::V4,
        policy: charging::Name::new("cn").unwrap(),
        zone: charging::Zone::BEIJING,
    };
    let new = NewAccount {
        account_id: "0123456789abcdef0123456789abcdef",
        name: "bob",
        user_id: "bob",
        user_name: "bob",
        password_hash: "",
        access_key: "AKBOB",
        sealed_secret: &[],
        projects: &[],
        opening: &opening,
        created_at_ms: 0,
    };
    directory.create_account(&new).unwrap();
    drop(directory);
    server.restart();
    let shown = server.json(&["account", "show", "bob"]);
    assert_eq!((&shown["tier"], &shown["policy"]), (&json!("V4"), &json!("cn")));
    assert_eq!(server.json(&["verify"])["holds"], true);
}
