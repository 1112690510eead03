//! Whichever node is asked, it answers as if there were no other.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{Customer, PAGE, SHARDS, charges, database, http, nodes, shards_of, work};
use crate::customer::API;
use crate::inside::headers_of;
use crate::server::Server;

const CUSTOMERS: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_node_answers_for_all() {
    let Some(database) = database().await else { return };
    let nodes = nodes(&database, 3).await;
    let http = http();
    let node = |at: usize| &nodes[at % nodes.len()];
    let mut customers = Vec::new();
    for at in 0..CUSTOMERS {
        customers.push(Customer::open(&http, &format!("customer-{at}"), [node(at), node(at + 1)]).await);
    }
    // The accounts are spread; and every node knows them all.
    let listed = |node: &Server| -> BTreeSet<String> {
        let accounts = node.json(&["account", "list"]);
        accounts.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    };
    let names: BTreeSet<String> = customers.iter().map(|customer| customer.name().to_owned()).collect();
    for node in &nodes {
        assert_eq!(listed(node), names);
        let taken = String::from_utf8(node.run(&["account", "create", "CUSTOMER-3"]).stderr).unwrap();
        assert!(taken.contains("another name"), "{taken}");
        let nobody = String::from_utf8(node.run(&["account", "show", "nobody"]).stderr).unwrap();
        assert!(nobody.contains("no account"), "{nobody}");
    }
    for (at, customer) in customers.iter().enumerate() {
        for node in &nodes {
            let response = customer.call(&http, node).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::OK, "{}", response.text().await.unwrap());
            let id = response.headers()["x-request-id"].to_str().unwrap();
            assert_eq!(response.headers()["x-inkmeter-charge-id"], id);
        }
        assert_eq!(charges(node(at), customer.name()).len(), 3);
        let charge = charges(node(at), customer.name()).remove(0);
        for node in &nodes {
            assert_eq!(node.json(&["explain", &charge])["charge"]["charge_id"], charge.as_str());
        }
    }
    signatures_and_sessions(&http, &nodes, &customers).await;
    gateways(&http, &nodes, &customers).await;
    members(&nodes, &customers);
    audit(&nodes, &customers);
    metrics(&http, &nodes).await;
    pages(&http, &nodes, &customers[0]).await;
}

/// What one shard answers, and what is put together of several, are both told to pages that may read them.
async fn pages(http: &reqwest::Client, nodes: &[Server], customer: &Customer) {
    let operator = std::fs::read_to_string(nodes[0].data.path().join("operator.token")).unwrap();
    for node in nodes {
        let listed = http.get(format!("{}/v1/admin/accounts", node.url)).bearer_auth(operator.trim());
        for request in [listed, customer.call(http, node)] {
            for (origin, allowed) in [(PAGE, Some(PAGE)), ("https://evil.example.com", None)] {
                let response = request.try_clone().unwrap().header("origin", origin).send().await.unwrap();
                assert_eq!(response.status(), StatusCode::OK);
                let told: Vec<_> = response.headers().get_all("access-control-allow-origin").iter().collect();
                assert_eq!(told, Vec::from_iter(allowed), "once, and to whom it is meant for");
            }
        }
    }
}

async fn signatures_and_sessions(http: &reqwest::Client, nodes: &[Server], customers: &[Customer]) {
    for customer in customers {
        let text = |name: &str| customer.account[name].as_str().unwrap();
        let path = "/v3/projects";
        for node in nodes {
            let host = node.url.strip_prefix("http://").unwrap();
            let keys = (text("access_key"), text("secret_key"));
            // Spelt as nobody has to: the signature is over what was sent.
            for spelt in [path, "/v3/%70rojects/"] {
                let headers = headers_of(keys, "GET", spelt, host, b"");
                let url = format!("{}{spelt}", node.url);
                let response = http.get(url).headers(headers).send().await.unwrap();
                assert_eq!(response.status(), StatusCode::OK, "{}", response.text().await.unwrap());
            }
            let wrong = headers_of((text("access_key"), "wrong"), "GET", path, host, b"");
            let response = http.get(format!("{}{path}", node.url)).headers(wrong).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        }
        for headers_wanted in [customer.name(), &customer.name().to_uppercase()] {
            let body = json!({ "account": headers_wanted, "password": text("password") });
            let begun = http.post(format!("{}/v1/session", nodes[1].url)).json(&body).send().await.unwrap();
            assert_eq!(begun.status(), StatusCode::OK);
            let cookie =
                begun.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
            let seen = http
                .get(format!("{}/v1/account", nodes[2].url))
                .header("cookie", cookie)
                .send()
                .await
                .unwrap();
            assert_eq!(seen.status(), StatusCode::OK);
            assert_eq!(seen.json::<Value>().await.unwrap()["name"], customer.name());
        }
    }
    // The operator's session, which begins at one node, is one at all.
    let begin = |token: &str| {
        let path = format!("{}/v1/admin/session", nodes[0].url);
        http.post(path).json(&json!({ "token": token })).send()
    };
    assert_eq!(begin("wrong").await.unwrap().status(), StatusCode::UNAUTHORIZED);
    let begun = begin(&nodes[0].operator_token()).await.unwrap();
    assert_eq!(begun.status(), StatusCode::OK);
    let cookie = begun.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let csrf = begun.json::<Value>().await.unwrap()["session"]["csrf_token"].as_str().unwrap().to_owned();
    for node in nodes {
        let admin = |path: &str| format!("{}/v1/admin/{path}", node.url);
        let get = |path: &str| http.get(admin(path)).header("cookie", &cookie).send();
        for path in [
            "session",
            "accounts",
            "accounts/customer-1",
            "outbox",
            "catalog",
            "journal?shard=2",
            "clock",
            "audit",
        ] {
            assert_eq!(get(path).await.unwrap().status(), StatusCode::OK, "{path}");
        }
        let top_up = || {
            let path = admin("accounts/customer-1/top-ups");
            http.post(path).header("cookie", &cookie).json(&json!({ "amount": "1" }))
        };
        assert_eq!(top_up().send().await.unwrap().status(), StatusCode::FORBIDDEN, "it may be forged");
        assert_eq!(top_up().header("x-csrf-token", &csrf).send().await.unwrap().status(), StatusCode::OK);
        for forged in ["inkmeter_operator=x", &cookie.replace("inkmeter_operator", "inkmeter_session")] {
            let refused = http.get(admin("accounts")).header("cookie", forged).send().await.unwrap();
            assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
        }
    }
}

async fn gateways(http: &reqwest::Client, nodes: &[Server], customers: &[Customer]) {
    let made = nodes[1].json(&["gateway", "new", "front", "--api", API[1]]);
    let token = made["token"].as_str().unwrap();
    let post = |node: &Server, what: &str, body: String| {
        http.post(format!("{}/v1/charges/{what}", node.url)).bearer_auth(token).body(body).send()
    };
    let mut items: Vec<Value> = Vec::new();
    for (at, customer) in customers.iter().enumerate() {
        let node = &nodes[at % nodes.len()];
        let charged = post(node, "charge", work(customer.name(), "one").to_string()).await.unwrap();
        assert_eq!(charged.status(), StatusCode::OK, "{}", charged.text().await.unwrap());
        for key in ["one", "two", ""] {
            let mut item = work(customer.name(), key);
            item["do"] = "charge".into();
            items.push(item);
        }
    }
    let mut nobody = work("nobody", "one");
    nobody["do"] = "charge".into();
    items.insert(4, nobody);
    let wrong = post(&nodes[2], "batch", json!({ "items": items }).to_string()).await.unwrap();
    assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
    let wrong = wrong.text().await.unwrap();
    assert!(wrong.contains("items[2]: key"), "{wrong}");
    // A stream refuses one by one; what it charges a batch finds charged.
    let lines: String = items.iter().map(|item| format!("{item}\n")).collect();
    let streamed = post(&nodes[0], "stream", lines).await.unwrap().text().await.unwrap();
    let streamed: Vec<Value> = streamed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    items.retain(|item| item["key"] != "");
    let batch = post(&nodes[2], "batch", json!({ "items": items }).to_string()).await.unwrap();
    assert_eq!(batch.status(), StatusCode::OK);
    let batch = batch.json::<Value>().await.unwrap()["items"].as_array().unwrap().clone();
    let by_key: Vec<&Value> = streamed.iter().filter(|answer| answer["key"] != "").collect();
    assert_eq!((streamed.len(), batch.len()), (items.len() + customers.len(), items.len()));
    for ((item, first), second) in items.iter().zip(by_key).zip(&batch) {
        for answer in [first, second] {
            assert_eq!((&answer["account"], &answer["key"]), (&item["account"], &item["key"]), "{answer}");
        }
        if item["account"] == "nobody" {
            assert_eq!(
                (&second["state"], &second["error"]["reason"]),
                (&json!("failed"), &json!("unknown_account"))
            );
            continue;
        }
        assert_eq!(first["charge_id"], second["charge_id"]);
        assert_eq!((&first["repeated"], &second["repeated"]), (&json!(item["key"] == "one"), &json!(true)));
    }
    for customer in customers {
        // Three calls, and two keys.
        assert_eq!(charges(&nodes[0], customer.name()).len(), 5, "{}", customer.name());
    }
    let found = nodes[2].json(&["gateway", "charge", "front", customers[5].name(), "two"]);
    assert!(
        charges(&nodes[0], customers[5].name()).iter().any(|id| found["charge"]["charge_id"] == id.as_str()),
        "{found}"
    );
    nodes[0].json(&["gateway", "remove", "front"]);
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    for node in nodes {
        let gone = post(node, "charge", work(customers[0].name(), "three").to_string()).await.unwrap();
        assert_eq!(gone.status(), StatusCode::UNAUTHORIZED);
    }
}

fn members(nodes: &[Server], customers: &[Customer]) {
    let master = customers[0].name();
    nodes[1].json(&["account", "create", "near", "--beside", master]);
    nodes[2].json(&["member", "add", master, "near"]);
    let listed = nodes[0].json(&["member", "list", master]);
    assert_eq!(listed["members"][0]["member"], "near");
    // Of twelve accounts in six shards some are elsewhere.
    let told = customers[1..].iter().find_map(|other| {
        let output = nodes[1].run(&["member", "add", master, other.name()]);
        (!output.status.success()).then(|| String::from_utf8(output.stderr).unwrap())
    });
    assert!(told.as_ref().is_some_and(|told| told.contains("--beside")), "{told:?}");
}

/// What the operator did at any node every node tells, all of it and of one account.
fn audit(nodes: &[Server], customers: &[Customer]) {
    for node in nodes {
        let all = node.json(&["audit", "--limit", "1000"]);
        let all = all["actions"].as_array().unwrap();
        let opened = |row: &&Value| row["route"] == "/v1/admin/accounts" && row["status"] == 200;
        assert_eq!(all.iter().filter(opened).count(), CUSTOMERS + 1);
        let at: Vec<&str> = all.iter().map(|row| row["at"].as_str().unwrap()).collect();
        assert!(at.is_sorted_by(|later, earlier| later >= earlier), "newest first");
        let own = node.json(&["audit", "--account", customers[7].name()]);
        let own = own["actions"].as_array().unwrap();
        assert!(!own.is_empty() && own.iter().all(|row| row["account"] == customers[7].name()), "{own:?}");
    }
}

async fn metrics(http: &reqwest::Client, nodes: &[Server]) {
    let (mut accounts, mut shards) = (0, 0);
    for node in nodes {
        let url = format!("{}/metrics", node.url);
        let text =
            http.get(&url).bearer_auth(node.operator_token()).send().await.unwrap().text().await.unwrap();
        assert!(text.ends_with("# EOF\n"));
        assert_eq!(text.matches("# TYPE inkmeter_accounts gauge").count(), 1, "{text}");
        for line in text.lines().filter(|line| line.starts_with("inkmeter_accounts{")) {
            let count: usize = line.rsplit(' ').next().unwrap().parse().unwrap();
            accounts += count;
        }
        let here = shards_of(http, node).await;
        for shard in &here {
            assert!(
                text.contains(&format!("inkmeter_journal_durable_record{{shard=\"{shard}\"}}")),
                "{text}"
            );
        }
        shards += here.len();
        assert_eq!(http.get(url).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!((accounts, shards), (CUSTOMERS + 1, SHARDS));
}
