//! `docs/openapi.json` says what the server does: the same routes, and bodies of exactly these shapes. Those of our own API
//! are checked here; those of Huawei's calls wherever a test makes them (`documented`).

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use server::http::{customer_routes, gateway_routes, operator_routes, public_routes, published_routes};

use crate::customer::{API, Customer};
use crate::documented::{Answer, DOCUMENT, check_documented, conform};
use crate::server::{BLANK, SANDBOX, Server};

/// Calls of our own API, and which of them succeeded.
#[derive(Default)]
struct Document {
    used: BTreeSet<(String, String)>,
    /// A gateway's token.
    gateway: String,
}

fn operations() -> BTreeSet<(String, String)> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| {
        let methods = item.as_object().unwrap().keys();
        methods.map(|method| (method.to_uppercase(), path.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

impl Document {
    /// Sends a request and checks it and its answer; gives the answer.
    async fn call(
        &mut self,
        with: &Customer,
        (method, path): (Method, &str),
        names: &[&str],
        body: Value,
    ) -> Value {
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        let operation = &DOCUMENT["paths"][path][method.as_str().to_lowercase()];
        assert!(operation.is_object(), "{method} {path} is not documented");
        let what = format!("{method} {path}");
        let mut filled = path.to_owned();
        for name in names {
            let (start, end) = (filled.find('{').unwrap(), filled.find('}').unwrap());
            filled.replace_range(start..=end, name);
        }
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        let request = with.http.request(method.clone(), format!("{}{filled}{query}", with.server.url));
        let request = match path.starts_with("/v1/admin") || path == "/metrics" {
            true => request.bearer_auth(with.server.operator_token()),
            false if method == Method::POST && path.starts_with("/v1/charges/") => {
                request.bearer_auth(&self.gateway)
            }
            false => request.header("x-auth-token", &with.token),
        };
        let content = operation["requestBody"]["content"].as_object();
        let wanted = content
            .and_then(|content| content.values().next())
            .map_or(&Value::Null, |content| &content["schema"]);
        assert_eq!(wanted.is_null(), body.is_null(), "{what}: a body, or none");
        let request = if body.is_null() { request } else { request.json(&body) };
        let response = request.send().await.unwrap();
        let status = response.status();
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        let text = response.text().await.unwrap();
        check_documented(method.as_str(), path, Answer { status: status.as_u16(), kind: &kind, text: &text });
        if status == StatusCode::OK {
            if !body.is_null() {
                conform(wanted, &body, &what);
            }
            self.used.insert((method.to_string(), path.to_owned()));
        }
        let first = text.lines().next().unwrap_or_default();
        serde_json::from_str(if kind == "application/x-ndjson" { first } else { &text })
            .unwrap_or(Value::Null)
    }
}

#[test]
fn every_route_is_documented_and_no_other() {
    let routes = customer_routes().names().into_iter().chain(operator_routes().names());
    let routes = routes.chain(gateway_routes().names());
    let routes = routes.chain(published_routes().names()).chain(public_routes().names());
    let there: BTreeSet<(String, String)> = routes.map(|(method, path)| (method.to_string(), path)).collect();
    assert_eq!(operations(), there);
}

/// Whoever has a word for each kind of event in the document has forgotten none.
#[test]
fn every_kind_of_event_is_documented() {
    // The names of all variants stand in what a name of none is refused with.
    let refused = serde_json::from_value::<charging::Event>(json!("Nothing")).unwrap_err().to_string();
    let variants = refused.split('`').skip(1).step_by(2).filter(|name| *name != "Nothing");
    let word = |name: &str| {
        let parts = name.char_indices().map(|(index, letter)| {
            let letter_below = letter.to_ascii_lowercase();
            if letter.is_uppercase() && index > 0 { format!("_{letter_below}") } else { letter_below.into() }
        });
        parts.collect::<String>()
    };
    let there: BTreeSet<String> = variants.map(word).collect();
    let documented = DOCUMENT["components"]["schemas"]["EventKind"]["enum"].as_array().unwrap();
    let documented: BTreeSet<String> =
        documented.iter().map(|kind| kind.as_str().unwrap().to_owned()).collect();
    assert_eq!(documented, there);
    assert!(there.len() > 30, "{refused}");
}

async fn gateways_are_as_documented(doc: &mut Document, alice: &Customer) {
    let (get, post, delete) = (Method::GET, Method::POST, Method::DELETE);
    alice.server.json(&["account", "create", "quentin"]);
    assert!(alice.server.run(&[&["subscribe", "quentin"], &API[..]].concat()).status.success());
    let new = json!({ "name": "front", "apis": ["general-text"] });
    doc.call(alice, (post.clone(), "/v1/admin/gateways"), &[], new.clone()).await;
    doc.call(alice, (post.clone(), "/v1/admin/gateways"), &[], new).await;
    let token =
        doc.call(alice, (post.clone(), "/v1/admin/gateways/{gateway}/token"), &["front"], Value::Null).await;
    doc.gateway = token["token"].as_str().unwrap().to_owned();
    doc.call(alice, (get, "/v1/admin/gateways"), &[], Value::Null).await;
    let work = |key: &str| json!({ "account": "quentin", "key": key, "api": "general-text", "region": "cn-north-4" });
    let of = |key: &str| json!({ "account": "quentin", "key": key });
    for key in ["1", "1"] {
        doc.call(alice, (post.clone(), "/v1/charges/charge"), &[], work(key)).await;
    }
    for key in ["1", "never"] {
        let path = format!("/v1/admin/gateways/{{gateway}}/charge?account=quentin&key={key}");
        doc.call(alice, (Method::GET, &path), &["front"], Value::Null).await;
    }
    for key in ["2", "3", "1"] {
        doc.call(alice, (post.clone(), "/v1/charges/authorise"), &[], work(key)).await;
    }
    for key in ["2", "4"] {
        doc.call(alice, (post.clone(), "/v1/charges/commit"), &[], of(key)).await;
    }
    for key in ["3", "3", "1"] {
        doc.call(alice, (post.clone(), "/v1/charges/void"), &[], of(key)).await;
    }
    let item = |what: &str, key: &str| {
        let mut item = if what == "charge" { work(key) } else { of(key) };
        item["do"] = what.into();
        item
    };
    let items = json!({ "items": [item("charge", "1"), item("commit", "9"), item("void", "9")] });
    doc.call(alice, (post.clone(), "/v1/charges/batch"), &[], items).await;
    doc.call(alice, (post, "/v1/charges/stream"), &[], item("charge", "5")).await;
    doc.call(alice, (delete, "/v1/admin/gateways/{gateway}"), &["front"], Value::Null).await;
    let done = doc.call(alice, (Method::GET, "/v1/admin/audit?limit=3"), &[], Value::Null).await;
    assert_eq!(done["actions"][0]["path"], "/v1/admin/gateways/front", "{done:#}");
}

#[tokio::test]
async fn bodies_are_as_documented() {
    let mut document = Document::default();
    // A mail server that is not there: messages to it wait in the outbox.
    let mail = ("host = \"\"\nport = 587", "host = \"localhost\"\nport = 1");
    let server = Server::configured(&[BLANK, SANDBOX, ("sign_up = false", "sign_up = true"), mail]);
    let mut alice = Customer::with(server, "V3", "cn").await;
    let (get, post, put, delete) = (Method::GET, Method::POST, Method::PUT, Method::DELETE);
    let doc = &mut document;
    let place = ["cn-north-4", "general-text"];
    let package = json!({ "api": "general-text", "region": "cn-north-4", "calls": 1000, "key": "one" });

    let new = json!({ "name": "bob", "tier": "V1", "policy": "intl" });
    doc.call(&alice, (post.clone(), "/v1/admin/accounts"), &[], new.clone()).await;
    doc.call(&alice, (post.clone(), "/v1/admin/accounts"), &[], new).await;
    doc.call(&alice, (get.clone(), "/v1/admin/accounts"), &[], Value::Null).await;
    let subscription = "/v1/subscriptions/{region}/{api}";
    doc.call(&alice, (put.clone(), subscription), &place, json!({ "package_only": true })).await;
    doc.call(&alice, (delete.clone(), subscription), &place, Value::Null).await;
    doc.call(&alice, (put.clone(), subscription), &place, json!({})).await;
    let refused = doc.call(&alice, (post.clone(), "/v1/packages"), &[], package.clone()).await;
    assert_eq!(refused["reason"], "insufficient_balance");
    let top_up = json!({ "amount": "80.10", "key": "first" });
    doc.call(&alice, (post.clone(), "/v1/admin/accounts/{name}/top-ups"), &["alice"], top_up).await;
    doc.call(&alice, (post.clone(), "/v1/packages"), &[], package.clone()).await;
    let again = doc.call(&alice, (post.clone(), "/v1/packages"), &[], package.clone()).await;
    assert_eq!(again["repeated"], true);
    commerce(doc, &alice).await;
    let elsewhere = json!({ "api": "general-text", "region": "cn-east-3", "calls": 1000 });
    doc.call(&alice, (post.clone(), "/v1/admin/accounts/{name}/packages"), &["alice"], elsewhere).await;
    let grant = json!({ "api": "general-text", "region": "cn-north-4", "source": "free", "calls": 2,
        "expires_at": "2099-12-31T23:59:59+08:00", "key": "trial" });
    doc.call(&alice, (post.clone(), "/v1/admin/accounts/{name}/grants"), &["alice"], grant).await;
    let taken = ["alice", "cn-east-3", "general-text"];
    let subscription = "/v1/admin/accounts/{name}/subscriptions/{region}/{api}";
    doc.call(&alice, (put.clone(), subscription), &taken, json!({})).await;
    doc.call(&alice, (delete.clone(), subscription), &taken, Value::Null).await;

    for (prefix, account) in [("/v1", None), ("/v1/admin/accounts/{name}", Some("alice"))] {
        let alerts = format!("{prefix}/alerts");
        let whose: Vec<&str> = account.into_iter().collect();
        let change =
            json!({ "balance": { "threshold": "0.02" }, "packages": { "percent": null, "calls": 3 } });
        doc.call(&alice, (put.clone(), &alerts), &whose, change).await;
        let set = doc.call(&alice, (get.clone(), &alerts), &whose, Value::Null).await;
        assert_eq!(
            (&set["balance"]["threshold"], &set["time_to_empty"]["hours"]),
            (&serde_json::from_str("0.02").unwrap(), &json!(72))
        );
        assert_eq!(set["packages"], json!({ "percent": null, "calls": 3 }));
        let refused = doc.call(&alice, (put.clone(), &alerts), &whose, json!({ "expiry_days": 91 })).await;
        assert_eq!(refused["reason"], "invalid_setting");
        let budget = format!("{prefix}/budgets/{{budget}}");
        let named: Vec<&str> = account.into_iter().chain(["team"]).collect();
        doc.call(&alice, (put.clone(), &budget), &named, json!({ "amount": "500", "region": "cn-north-4" }))
            .await;
        let listed = doc.call(&alice, (get.clone(), &format!("{prefix}/budgets")), &whose, Value::Null).await;
        assert_eq!(listed[0]["name"], "team");
        doc.call(&alice, (delete.clone(), &budget), &named, Value::Null).await;
        let refused = doc.call(&alice, (delete.clone(), &budget), &named, Value::Null).await;
        assert_eq!(refused["reason"], "unknown_budget");
        doc.call(&alice, (put.clone(), &budget), &named, json!({ "amount": "0.20", "percents": [50] })).await;
    }

    recipients_are_as_documented(doc, &alice).await;
    enterprise_projects_are_as_documented(doc, &alice).await;

    // Charges of every kind: from a grant, from a package, by price; then a debt, frozen, released.
    let mut charges = Vec::new();
    for _ in 0..1005 {
        charges.push(alice.charged().await);
    }
    assert_eq!((charges[0].0.as_str(), charges[1004].0.as_str()), ("lot", "pay_per_use"));
    for charge in [&charges[0], &charges[500], &charges[1004]] {
        for path in ["/v1/charges/{charge_id}/explanation", "/v1/admin/charges/{charge_id}/explanation"] {
            doc.call(&alice, (get.clone(), path), &[&charge.1], Value::Null).await;
        }
    }
    let month = alice.show()["now"].as_str().unwrap()[..7].to_owned();
    for advance in ["1h", "1d", "7d"] {
        let shown = doc.call(&alice, (get.clone(), "/v1/account"), &[], Value::Null).await;
        assert!(shown["standing"].is_string(), "{shown}");
        doc.call(&alice, (get.clone(), "/v1/charges"), &[], Value::Null).await;
        doc.call(&alice, (get.clone(), "/v1/notices"), &[], Value::Null).await;
        doc.call(&alice, (get.clone(), "/v1/packages"), &[], Value::Null).await;
        doc.call(&alice, (get.clone(), "/v1/subscriptions"), &[], Value::Null).await;
        doc.call(&alice, (get.clone(), "/v1/bills/{month}"), &[&month], Value::Null).await;
        doc.call(&alice, (get.clone(), "/v1/diagnosis"), &[], Value::Null).await;
        doc.call(&alice, (get.clone(), "/v1/forecast"), &[], Value::Null).await;
        for path in [
            "/v1/admin/accounts/{name}",
            "/v1/admin/accounts/{name}/diagnosis",
            "/v1/admin/accounts/{name}/forecast",
            "/v1/admin/accounts/{name}/charges",
            "/v1/admin/accounts/{name}/history",
            "/v1/admin/accounts/{name}/notices",
            "/v1/admin/accounts/{name}/packages",
        ] {
            doc.call(&alice, (get.clone(), path), &["alice"], Value::Null).await;
        }
        let bill = "/v1/admin/accounts/{name}/bills/{month}";
        doc.call(&alice, (get.clone(), bill), &["alice", &month], Value::Null).await;
        doc.call(&alice, (get.clone(), "/v1/bills"), &[], Value::Null).await;
        doc.call(&alice, (get.clone(), "/v1/bills/{month}/export?format=csv"), &[&month], Value::Null).await;
        for path in ["/v1/transactions?limit=5", "/v1/usage?by=hour", "/v1/costs?by=enterprise_project"] {
            doc.call(&alice, (get.clone(), path), &[], Value::Null).await;
        }
        for path in ["bills", "transactions?after=2", "usage?by=month", "costs?by=day&kind=amortised"] {
            let path = format!("/v1/admin/accounts/{{name}}/{path}");
            doc.call(&alice, (get.clone(), &path), &["alice"], Value::Null).await;
        }
        for path in ["check", "export?format=focus"] {
            let path = format!("/v1/admin/accounts/{{name}}/bills/{{month}}/{path}");
            doc.call(&alice, (get.clone(), &path), &["alice", &month], Value::Null).await;
        }
        doc.call(&alice, (get.clone(), "/v1/admin/clock"), &[], Value::Null).await;
        let by_ms = server::clock::parse_duration_ms(advance).unwrap();
        doc.call(&alice, (post.clone(), "/v1/admin/clock"), &[], json!({ "by_ms": by_ms })).await;
        alice.renew_token().await;
    }
    let shown = doc.call(&alice, (get.clone(), "/v1/account"), &[], Value::Null).await;
    assert_eq!(shown["standing"], "released");
    doc.call(&alice, (post, "/v1/packages"), &[], package).await;
    doc.call(&alice, (get.clone(), "/v1/bills/{month}"), &["2026-13"], Value::Null).await;
    doc.call(&alice, (get.clone(), "/v1/bills/{month}/export?format=docx"), &[&month], Value::Null).await;
    doc.call(&alice, (get.clone(), "/v1/admin/accounts/{name}"), &["nobody"], Value::Null).await;
    doc.call(&alice, (get.clone(), "/v1/admin/journal"), &[], Value::Null).await;
    console(doc, &mut alice).await;
    members_are_as_documented(doc, &alice).await;
    users_are_as_documented(doc, &alice).await;
    gateways_are_as_documented(doc, &alice).await;

    let own = operations().into_iter().filter(|(_, path)| path.starts_with("/v1/"));
    let served = ("GET".to_owned(), "/v1/openapi.json".to_owned());
    assert_eq!(
        document.used,
        own.filter(|call| *call != served).collect(),
        "every call was made and succeeded"
    );
}

/// Anybody may read the document, and it is the one these tests check answers with.
#[tokio::test]
async fn the_document_is_served() {
    let server = Server::start(true);
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    for (path, kind) in [
        ("/v1/openapi.json", "application/json"),
        ("/healthz", "text/plain; charset=utf-8"),
        ("/readyz", "text/plain; charset=utf-8"),
    ] {
        let response = http.get(format!("{}{path}", server.url)).send().await.unwrap();
        let status = response.status().as_u16();
        assert_eq!((status, response.headers()["content-type"].to_str().unwrap()), (200, kind));
        let text = response.text().await.unwrap();
        check_documented("GET", path, Answer { status, kind, text: &text });
        if path.ends_with("json") {
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), *DOCUMENT);
        }
    }
}

async fn enterprise_projects_are_as_documented(doc: &mut Document, alice: &Customer) {
    for (prefix, account, id) in [("/v1", None, "web"), ("/v1/admin/accounts/{name}", Some("alice"), "shop")]
    {
        let whose: Vec<&str> = account.into_iter().collect();
        let all = format!("{prefix}/enterprise-projects");
        let new = json!({ "name": format!("The {id}"), "id": id, "description": "what sells" });
        let made = doc.call(alice, (Method::POST, &all), &whose, new.clone()).await;
        assert_eq!((&made["id"], &made["enabled"]), (&json!(id), &json!(true)));
        let refused = doc.call(alice, (Method::POST, &all), &whose, new).await;
        assert_eq!(refused["error_code"], "AIS.0101");
        let one = format!("{all}/{{id}}");
        let named = [&whose[..], &[id]].concat();
        let changed = doc.call(alice, (Method::PATCH, &one), &named, json!({ "enabled": false })).await;
        assert_eq!((&changed["name"], &changed["enabled"]), (&json!(format!("The {id}")), &json!(false)));
        let nobodys = [&whose[..], &["0"]].concat();
        doc.call(alice, (Method::PATCH, &one), &nobodys, json!({ "enabled": false })).await;
        let listed = doc.call(alice, (Method::GET, &all), &whose, Value::Null).await;
        assert_eq!(listed["enterprise_projects"][0]["name"], "default");
    }
}

async fn recipients_are_as_documented(doc: &mut Document, alice: &Customer) {
    let (get, post, delete) = (Method::GET, Method::POST, Method::DELETE);
    let outbox = "/v1/admin/outbox";
    for prefix in ["/v1", "/v1/admin/accounts/{name}"] {
        let name: &[&str] = if prefix == "/v1" { &[] } else { &["alice"] };
        let (recipients, deliveries) = (format!("{prefix}/recipients"), format!("{prefix}/deliveries"));
        let new = json!({ "channel": "webhook", "address": "https://hooks.inkmeter.invalid/", "language": "en",
            "categories": ["bill"], "quiet_hours": { "from": "22:00", "to": "08:00" }, "daily_cap": 5 });
        let added = doc.call(alice, (post.clone(), recipients.as_str()), name, new.clone()).await;
        assert!(added["secret"].is_string(), "{added}");
        doc.call(alice, (post.clone(), recipients.as_str()), name, new).await;
        let listed = doc.call(alice, (get.clone(), recipients.as_str()), name, Value::Null).await;
        assert_eq!(listed[0]["id"], added["id"]);
        let one = [name, &[added["id"].as_str().unwrap()]].concat();
        let recipient = format!("{recipients}/{{id}}");
        let change = json!({ "language": "zh", "categories": [], "quiet_hours": null, "daily_cap": null,
            "enabled": true });
        let changed = doc.call(alice, (Method::PATCH, recipient.as_str()), &one, change).await;
        assert_eq!((&changed["id"], &changed["categories"]), (&added["id"], &json!([])));
        doc.call(alice, (Method::PATCH, recipient.as_str()), &one, json!({ "daily_cap": 0 })).await;
        let test = format!("{recipients}/{{id}}/test");
        let answer = doc.call(alice, (post.clone(), test.as_str()), &one, Value::Null).await;
        assert_eq!(answer["accepted"], false, "there is no such host");
        doc.call(alice, (get.clone(), deliveries.as_str()), name, Value::Null).await;
        doc.call(alice, (delete.clone(), recipient.as_str()), &one, Value::Null).await;
    }
    let email = json!({ "channel": "email", "address": "alice@example.com" });
    let added = doc.call(alice, (post.clone(), "/v1/recipients"), &[], email).await;
    assert_eq!(added["confirmed"], false, "{added}");
    let id = added["id"].as_str().unwrap();
    let (code, confirm) = ("/v1/recipients/{id}/code", "/v1/recipients/{id}/confirm");
    doc.call(alice, (post.clone(), confirm), &[id], json!({ "code": "no code" })).await;
    let again = doc.call(alice, (post.clone(), code), &[id], Value::Null).await;
    assert_eq!(again["confirmed"], false);
    let operators = "/v1/admin/accounts/{name}/recipients/{id}/code";
    doc.call(alice, (post.clone(), operators), &["alice", id], Value::Null).await;
    let operators = "/v1/admin/accounts/{name}/recipients/{id}/confirm";
    let confirmed = doc.call(alice, (post.clone(), operators), &["alice", id], Value::Null).await;
    assert_eq!(confirmed["confirmed"], true);
    doc.call(alice, (post.clone(), confirm), &[id], json!({ "code": "no code" })).await;
    doc.call(alice, (post.clone(), code), &[id], Value::Null).await;
    let probe = json!({ "to": "alice@example.com", "language": "en" });
    doc.call(alice, (post.clone(), "/v1/admin/notify/test"), &[], probe).await;
    doc.call(alice, (get, outbox), &[], Value::Null).await;
    doc.call(alice, (post, "/v1/admin/outbox/retry"), &[], json!({})).await;
}

async fn users_are_as_documented(doc: &mut Document, alice: &Customer) {
    users_of_an_administrator(doc, alice).await;
    let (all, one) = ("/v1/admin/accounts/{name}/users", "/v1/admin/accounts/{name}/users/{user}");
    let new = json!({ "user": "ann", "access": "programmatic", "administrator": false, "ocr": "read_only" });
    let made = doc.call(alice, (Method::POST, all), &["alice"], new.clone()).await;
    assert!(made["password"].is_string());
    doc.call(alice, (Method::POST, all), &["alice"], new).await;
    let change = json!({ "enabled": false, "ocr": "none", "new_password": false });
    let changed = doc.call(alice, (Method::PATCH, one), &["alice", "ann"], change).await;
    assert_eq!(
        (&changed["enabled"], &changed["ocr"], &changed["password"]),
        (&json!(false), &json!("none"), &Value::Null)
    );
    doc.call(alice, (Method::GET, all), &["alice"], Value::Null).await;
    let refused = doc.call(alice, (Method::DELETE, one), &["alice", "alice"], Value::Null).await;
    assert_eq!(refused["error_code"], "AIS.0101");
    doc.call(alice, (Method::DELETE, one), &["alice", "ann"], Value::Null).await;
}

/// An administrator gives everybody rights and passwords but the account's own user, and nobody themselves a password.
async fn users_of_an_administrator(doc: &mut Document, alice: &Customer) {
    let (all, one) = ("/v1/users", "/v1/users/{user}");
    let made = doc.call(alice, (Method::POST, all), &[], json!({ "user": "carl", "ocr": "full" })).await;
    assert_eq!(
        (&made["user"], &made["ocr"], &made["owner"]),
        (&json!("carl"), &json!("full"), &json!(false))
    );
    let again = doc.call(alice, (Method::POST, all), &[], json!({ "user": "carl" })).await;
    assert_eq!(again["reason"], "user_taken", "{again}");
    let change = json!({ "new_password": true, "administrator": true });
    let changed = doc.call(alice, (Method::PATCH, one), &["carl"], change.clone()).await;
    assert_ne!(changed["password"], made["password"]);
    assert_eq!(changed["administrator"], true, "{changed}");
    let own = doc.call(alice, (Method::PATCH, one), &["alice"], change).await;
    assert_eq!(own["reason"], "own_password", "{own}");
    let shut = doc.call(alice, (Method::PATCH, one), &["alice"], json!({ "enabled": false })).await;
    assert_eq!(shut["reason"], "owners_own", "{shut}");
    let listed = doc.call(alice, (Method::GET, all), &[], Value::Null).await;
    assert_eq!(listed["users"].as_array().map(Vec::len), Some(2), "{listed}");
    let left = doc.call(alice, (Method::DELETE, one), &["carl"], Value::Null).await;
    assert_eq!(left["users"][0]["user"], "alice", "{left}");
}

async fn members_are_as_documented(doc: &mut Document, alice: &Customer) {
    let (get, post, put, delete) = (Method::GET, Method::POST, Method::PUT, Method::DELETE);
    let (all, one) = ("/v1/admin/accounts/{name}/members", "/v1/admin/accounts/{name}/members/{member}");
    let new = json!({ "member": "bob", "amount": "5", "calls": 7 });
    let added = doc.call(alice, (post.clone(), all), &["alice"], new.clone()).await;
    assert_eq!(added["members"][0]["member"], "bob");
    doc.call(alice, (post, all), &["bob"], new).await;
    doc.call(alice, (put.clone(), one), &["alice", "bob"], json!({ "calls": 9 })).await;
    doc.call(alice, (put.clone(), "/v1/members/{member}"), &["bob"], json!({ "amount": null })).await;
    doc.call(alice, (put, "/v1/members/{member}"), &["nobody"], json!({})).await;
    doc.call(alice, (get.clone(), "/v1/members"), &[], Value::Null).await;
    doc.call(alice, (get.clone(), all), &["alice"], Value::Null).await;
    doc.call(alice, (get, "/v1/membership"), &[], Value::Null).await;
    doc.call(alice, (delete, one), &["alice", "bob"], Value::Null).await;
}

/// What the console asks for beside what everybody does.
async fn console(doc: &mut Document, alice: &mut Customer) {
    let (get, post, delete) = (Method::GET, Method::POST, Method::DELETE);
    doc.call(alice, (get.clone(), "/v1/catalog"), &[], Value::Null).await;
    doc.call(alice, (get.clone(), "/v1/admin/catalog"), &[], Value::Null).await;
    for (keys, whose) in
        [("/v1/access-keys", &[][..]), ("/v1/admin/accounts/{name}/access-keys", &["alice"][..])]
    {
        let made = doc.call(alice, (post.clone(), keys), whose, Value::Null).await;
        let refused = doc.call(alice, (post.clone(), keys), whose, Value::Null).await;
        assert_eq!(refused["reason"], "too_many_keys");
        let listed = doc.call(alice, (get.clone(), keys), whose, Value::Null).await;
        assert_eq!(
            (&listed["user"], &listed["keys"][1]["access_key"]),
            (&json!("alice"), &made["access_key"])
        );
        let named = [whose, &[made["access_key"].as_str().unwrap()]].concat();
        let key = format!("{keys}/{{access_key}}");
        doc.call(alice, (delete.clone(), &key), &named, Value::Null).await;
        alice.renew_token().await;
        let refused = doc.call(alice, (delete.clone(), &key), &named, Value::Null).await;
        assert_eq!(refused["error_code"], "AIS.0101");
    }
    let password = json!({ "account": "alice", "password": alice.account["password"] });
    let wrong = json!({ "account": "alice", "user": "bob", "password": "?" });
    let carol = json!({ "account": "carol", "password": "long enough" });
    doc.call(alice, (post.clone(), "/v1/sign-up"), &[], carol.clone()).await;
    let refused = doc.call(alice, (post.clone(), "/v1/sign-up"), &[], carol).await;
    assert_eq!(refused["reason"], "name_taken");
    let token = json!({ "token": alice.server.operator_token() });
    for (path, right, wrong) in
        [("/v1/session", password, wrong), ("/v1/admin/session", token, json!({ "token": "?" }))]
    {
        doc.call(alice, (get.clone(), path), &[], Value::Null).await;
        doc.call(alice, (post.clone(), path), &[], wrong).await;
        doc.call(alice, (post.clone(), path), &[], right).await;
        doc.call(alice, (delete.clone(), path), &[], Value::Null).await;
    }
}

/// Caps, coupons, renewals, corrections and top-ups through the payment provider; leaves no rule behind. The customer
/// has one package and the money for another.
async fn commerce(doc: &mut Document, alice: &Customer) {
    let (get, post, put, delete) = (Method::GET, Method::POST, Method::PUT, Method::DELETE);
    let coupon = json!({ "kind": "cash", "amount": "5", "apis": ["general-text"], "regions": [],
        "valid_to": "2099-12-31T23:59:59+08:00", "key": "gift" });
    let coupons = "/v1/admin/accounts/{name}/coupons";
    doc.call(alice, (post.clone(), coupons), &["bob"], coupon.clone()).await;
    let again = doc.call(alice, (post.clone(), coupons), &["bob"], coupon).await;
    assert_eq!(again["repeated"], true);
    let discount = json!({ "kind": "discount", "percent_off": 10, "valid_to": "2099-12-31T23:59:59+08:00" });
    doc.call(alice, (post.clone(), coupons), &["bob"], discount).await;
    doc.call(alice, (get.clone(), coupons), &["bob"], Value::Null).await;
    doc.call(alice, (get.clone(), "/v1/coupons"), &[], Value::Null).await;

    let top_up = json!({ "amount": "200", "key": "asked" });
    doc.call(alice, (post.clone(), "/v1/top-ups"), &[], top_up.clone()).await;
    let again = doc.call(alice, (post.clone(), "/v1/top-ups"), &[], top_up).await;
    assert_eq!((&again["repeated"], &again["status"]), (&json!(true), &json!("paid")));
    let wrong = json!({ "amount": "201", "key": "asked" });
    doc.call(alice, (post.clone(), "/v1/top-ups"), &[], wrong).await;

    let operators = "/v1/admin/accounts/{name}";
    for (path, names) in [(String::new(), vec![]), (operators.to_owned(), vec!["alice"])] {
        let path = |rest: &str| if path.is_empty() { format!("/v1{rest}") } else { format!("{path}{rest}") };
        let with = |more: &[&'static str]| [&names[..], more].concat();
        let cap = json!({ "monthly": "1000" });
        doc.call(alice, (put.clone(), path("/caps/{api}").as_str()), &with(&["all"]), cap.clone()).await;
        doc.call(alice, (put.clone(), path("/caps/{api}").as_str()), &with(&["passport"]), cap).await;
        doc.call(alice, (get.clone(), path("/caps").as_str()), &names, Value::Null).await;
        doc.call(alice, (delete.clone(), path("/caps/{api}").as_str()), &with(&["all"]), Value::Null).await;
        let rule = json!({ "below": "0", "amount": "1", "monthly_limit": "1.50" });
        doc.call(alice, (put.clone(), path("/auto-top-up").as_str()), &names, rule).await;
        doc.call(alice, (get.clone(), path("/auto-top-up").as_str()), &names, Value::Null).await;
        doc.call(alice, (delete.clone(), path("/auto-top-up").as_str()), &names, Value::Null).await;
        let lot = if names.is_empty() { "0" } else { "1" };
        let renewal = json!({ "mode": "auto", "days_before": 2 });
        doc.call(alice, (put.clone(), path("/packages/{lot}/renewal").as_str()), &with(&[lot]), renewal)
            .await;
        let renew = json!({ "key": lot, "coupons": "none" });
        doc.call(alice, (post.clone(), path("/packages/{lot}/renew").as_str()), &with(&[lot]), renew).await;
        doc.call(alice, (post.clone(), path("/packages/{lot}/renew").as_str()), &with(&[lot]), json!({}))
            .await;
    }
    orders(doc, alice).await;
    let adjust = "/v1/admin/accounts/{name}/adjustments";
    let taken = json!({ "amount": "-160", "reason": "back to where it was", "key": "back" });
    doc.call(alice, (post.clone(), adjust), &["alice"], taken).await;
    for (amount, reason) in [("0", "nothing_to_adjust"), ("-1000000", "adjusted_beyond_cash")] {
        let asked = json!({ "amount": amount, "reason": "a mistake" });
        let refused = doc.call(alice, (post.clone(), adjust), &["alice"], asked).await;
        assert_eq!(refused["reason"], reason);
    }
}

/// Orders that are paid, or not, and renewals that are taken back; leaves one renewal of two, and the money for the other.
async fn orders(doc: &mut Document, alice: &Customer) {
    let (get, post, delete) = (Method::GET, Method::POST, Method::DELETE);
    let operators = "/v1/admin/accounts/{name}";
    let lot = "0";
    for (prefix, names, periods) in [("/v1", vec![], 2), (operators, vec!["alice"], 1)] {
        let path = |rest: &str| format!("{prefix}{rest}");
        let with = |more: &str| names.iter().copied().chain([more]).map(str::to_owned).collect::<Vec<_>>();
        // The renewals that were bought before are taken back: two, then the one that is ordered here.
        let of_lot = with(lot);
        let of_lot: Vec<&str> = of_lot.iter().map(String::as_str).collect();
        let back = path("/packages/{lot}/unsubscribe");
        let given_back = doc.call(alice, (post.clone(), &back), &of_lot, json!({ "what": "renewals" })).await;
        assert_eq!(given_back["refunds"].as_array().unwrap().len(), periods, "{given_back}");
        let refused = doc.call(alice, (post.clone(), &back), &of_lot, json!({ "what": "renewals" })).await;
        assert_eq!(refused["reason"], "nothing_to_take_back");
        let renewal = json!({ "renews": lot.parse::<u32>().unwrap(), "key": format!("order {periods}") });
        let quote = json!({ "renews": renewal["renews"], "coupons": "none" });
        let quoted = doc.call(alice, (post.clone(), &path("/quotes")), &names, quote).await;
        assert_eq!((&quoted["discount"], &quoted["to_pay"]), (&Value::Null, &quoted["list_price"]));
        let placed = doc.call(alice, (post.clone(), &path("/orders")), &names, renewal.clone()).await;
        let again = doc.call(alice, (post.clone(), &path("/orders")), &names, renewal).await;
        assert_eq!((&again["repeated"], &again["order"]), (&json!(true), &placed["order"]));
        let no = placed["order"]["order"].to_string();
        let of_order = with(&no);
        let of_order: Vec<&str> = of_order.iter().map(String::as_str).collect();
        let pay = path("/orders/{order}/pay");
        let paid = doc.call(alice, (post.clone(), &pay), &of_order, json!({ "coupons": "none" })).await;
        assert_eq!((&paid["order"]["state"], &paid["lot"]["lot"]), (&json!("paid"), &paid["order"]["lot"]));
        doc.call(alice, (post.clone(), &pay), &of_order, json!({})).await;
        let package = json!({ "api": "general-text", "region": "cn-north-4", "calls": 1000 });
        let placed = doc.call(alice, (post.clone(), &path("/orders")), &names, package).await;
        let cancelled = with(&placed["order"]["order"].to_string());
        let cancelled: Vec<&str> = cancelled.iter().map(String::as_str).collect();
        doc.call(alice, (delete.clone(), &path("/orders/{order}")), &cancelled, Value::Null).await;
        let refused =
            doc.call(alice, (delete.clone(), &path("/orders/{order}")), &cancelled, Value::Null).await;
        assert_eq!(refused["reason"], "order_not_pending");
        doc.call(alice, (post.clone(), &path("/orders")), &names, json!({ "calls": 5 })).await;
        doc.call(alice, (get.clone(), &path("/orders")), &names, Value::Null).await;
    }
}
