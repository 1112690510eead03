//! Other services charge by the meter: gateways, their keys, batches and streams, the client library, and a process that
//! is killed while they charge.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use inkmeter_client::{Authorised, Error, Meter, Work};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::customer::Customer;
use crate::documented::{Answer, check_documented};
use crate::server::{BLANK, INKMETER, Server};

/// A price list that sells what this program does not serve.
const TRANSLATE: (&str, &str) = (
    "[[catalog.package]]",
    r#"[[catalog.api]]
name = "translate"
price = [{ version = 1, effective_from = "2020-01-01T00:00:00+08:00", tiers = [{ from_units = 0, unit_price = "0.2" }] }]

[[catalog.package]]"#,
);
const PLACE: [&str; 4] = ["--api", "translate", "--region", "cn-north-4"];

struct Shop {
    alice: Customer,
    token: String,
}

impl Shop {
    async fn open() -> Shop {
        Shop::with(&[]).await
    }

    /// With lines of the configuration replaced.
    async fn with(replace: &[(&str, &str)]) -> Shop {
        let mut config = server::config::DEFAULTS.replace(BLANK.0, BLANK.1);
        config = config.replacen(TRANSLATE.0, TRANSLATE.1, 1);
        for (from, to) in replace {
            assert!(config.contains(from), "{from}");
            config = config.replace(from, to);
        }
        let alice = Customer::with(Server::with_config(&config), "V0", "intl").await;
        let made = alice.server.json(&["gateway", "new", "front", "--api", "translate"]);
        assert_eq!(made["apis"], json!(["translate"]));
        assert!(alice.server.run(&[&["subscribe", "alice"], &PLACE[..]].concat()).status.success());
        let token = made["token"].as_str().unwrap().to_owned();
        Shop { alice, token }
    }

    /// Asks as the gateway; the answer is as documented.
    async fn ask(&self, what: &str, body: &Value) -> (u16, Value) {
        let path = format!("/v1/charges/{what}");
        let request =
            self.alice.http.post(format!("{}{path}", self.alice.server.url)).bearer_auth(&self.token);
        let response = request.json(body).send().await.unwrap();
        let status = response.status().as_u16();
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        let text = response.text().await.unwrap();
        check_documented("POST", &path, Answer { status, kind: &kind, text: &text });
        (status, serde_json::from_str(&text).unwrap())
    }

    async fn charged(&self, what: &str, body: &Value) -> Value {
        let (status, answer) = self.ask(what, body).await;
        assert_eq!((status, &answer["state"]), (200, &json!("charged")), "{answer:#}");
        answer
    }

    /// Status, code and reason of a refusal.
    async fn refused(&self, what: &str, body: &Value) -> (u16, String, String) {
        let (status, answer) = self.ask(what, body).await;
        let text = |name: &str| answer[name].as_str().unwrap_or("").to_owned();
        (status, text("error_code"), text("reason"))
    }

    fn charges(&self) -> Vec<Value> {
        self.alice.server.charges("alice")
    }
}

fn work(key: &str, units: u64) -> Value {
    json!({ "account": "alice", "key": key, "api": "translate", "region": "cn-north-4", "units": units })
}

fn of(key: &str) -> Value {
    json!({ "account": "alice", "key": key })
}

fn conflict(reason: &str) -> (u16, String, String) {
    (409, "Inkmeter.0103".into(), reason.into())
}

#[tokio::test]
async fn what_a_gateway_did_is_charged_once_by_its_key() {
    let shop = Shop::open().await;
    shop.alice.server.json(&["top-up", "alice", "10"]);
    let first = shop.charged("charge", &work("one", 3)).await;
    assert_eq!(
        (&first["pocket"], &first["units"], &first["repeated"]),
        (&json!("pay_per_use"), &json!(3), &json!(false))
    );
    assert_eq!(
        (first["amount"].to_string(), first["left"]["available"].to_string()),
        ("0.60".into(), "9.40".into())
    );
    let again = shop.charged("charge", &work("one", 3)).await;
    assert_eq!(
        (&again["charge_id"], &again["repeated"], &again["left"]),
        (&first["charge_id"], &json!(true), &Value::Null)
    );
    assert_eq!(again["amount"].to_string(), "0.60");
    assert_eq!(shop.refused("charge", &work("one", 4)).await, conflict("key_conflict"));
    let found = shop.alice.server.json(&["gateway", "charge", "front", "alice", "one"]);
    assert_eq!(found["charge"]["charge_id"], first["charge_id"], "{found:#}");
    assert!(!shop.alice.server.run(&["gateway", "charge", "front", "alice", "never"]).status.success());

    let (_, held) = shop.ask("authorise", &work("two", 5)).await;
    assert_eq!((&held["state"], &held["repeated"]), (&json!("authorised"), &json!(false)));
    assert_eq!(shop.ask("authorise", &work("two", 5)).await.1["repeated"], true);
    assert_eq!(shop.refused("charge", &work("two", 5)).await, conflict("authorised_already"));
    let mut some = of("two");
    some["units"] = 6.into();
    assert_eq!(shop.refused("commit", &some).await, conflict("too_many_units"));
    some["units"] = 2.into();
    let committed = shop.charged("commit", &some).await;
    assert_eq!((&committed["units"], &committed["charge_id"]), (&json!(2), &held["charge_id"]));
    assert_eq!(shop.charged("commit", &of("two")).await["repeated"], true);
    assert_eq!(shop.charged("authorise", &work("two", 5)).await["repeated"], true);
    assert_eq!(shop.refused("void", &of("two")).await, conflict("charged_already"));

    shop.ask("authorise", &work("three", 1)).await;
    assert_eq!(shop.ask("void", &of("three")).await.1["state"], "voided");
    assert_eq!(shop.ask("void", &of("three")).await.1["state"], "not_authorised");
    assert_eq!(shop.refused("commit", &of("three")).await, conflict("not_authorised"));

    let charges = shop.charges();
    assert_eq!(charges.len(), 2);
    assert_eq!(charges[0]["charge_id"], first["charge_id"]);
    let why = shop.alice.server.json(&["explain", first["charge_id"].as_str().unwrap()]);
    assert_eq!(why["charge"]["api"], "translate");
}

#[tokio::test]
async fn a_gateway_is_told_what_a_caller_would_be() {
    let shop = Shop::open().await;
    let bad = |change: (&str, Value)| {
        let mut body = work("bad", 1);
        body[change.0] = change.1;
        body
    };
    for (body, status, code, reason) in [
        (bad(("account", json!("nobody"))), 400, "AIS.0101", "unknown_account"),
        (bad(("region", json!("cn-south-1"))), 403, "ModelArts.4204", "not_subscribed"),
        (bad(("region", json!("moon"))), 404, "APIG.0101", "unknown_region"),
        (bad(("api", json!("general-text"))), 403, "ModelArts.4203", "no_permission"),
        (bad(("units", json!(0))), 400, "AIS.0101", ""),
        (bad(("units", json!(1_000_001))), 400, "AIS.0101", ""),
        (bad(("key", json!(""))), 400, "AIS.0101", ""),
        (bad(("key", json!("k".repeat(256)))), 400, "AIS.0101", ""),
        (bad(("enterprise_project", json!("nowhere"))), 400, "AIS.0101", ""),
        (bad(("do", json!("charge"))), 400, "AIS.0101", ""),
        (bad(("colour", json!("red"))), 400, "AIS.0101", ""),
    ] {
        let told = shop.refused("charge", &body).await;
        assert_eq!((told.0, told.1.as_str()), (status, code), "{body}");
        assert!(reason.is_empty() || told.2 == reason, "{body}: {told:?}");
    }
    // Frozen: the way of every account that does not pay.
    shop.charged("charge", &work("debt", 100)).await;
    shop.alice.server.json(&["clock", "advance", "40d"]);
    let told = shop.refused("charge", &work("late", 1)).await;
    assert!(told.0 == 403 && ["frozen", "released", "not_subscribed"].contains(&told.2.as_str()), "{told:?}");
    assert_eq!(shop.charges().len(), 1, "no refusal is charged");
}

#[tokio::test]
async fn only_gateways_charge_and_they_do_nothing_else() {
    let shop = Shop::open().await;
    let server = &shop.alice.server;
    let status = async |method: Method, path: &str, token: &str| {
        let request = shop.alice.http.request(method, format!("{}{path}", server.url)).bearer_auth(token);
        request.json(&work("x", 1)).send().await.unwrap().status()
    };
    for path in
        ["charge", "authorise", "commit", "void", "batch", "stream"].map(|what| format!("/v1/charges/{what}"))
    {
        for token in ["", "wrong", &server.operator_token(), &shop.alice.token] {
            assert_eq!(status(Method::POST, &path, token).await, StatusCode::UNAUTHORIZED, "{path} {token}");
        }
        let request =
            shop.alice.http.post(format!("{}{path}", server.url)).header("x-auth-token", &shop.alice.token);
        assert_eq!(request.json(&work("x", 1)).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    }
    for path in ["/v1/account", "/v1/charges", "/v1/admin/accounts", "/v1/admin/gateways"] {
        assert_eq!(status(Method::GET, path, &shop.token).await, StatusCode::UNAUTHORIZED, "{path}");
    }
    // A new token ends the old one, and removing it the gateway.
    let renewed = server.json(&["gateway", "token", "FRONT"])["token"].as_str().unwrap().to_owned();
    assert_eq!(shop.refused("charge", &work("x", 1)).await.0, 401);
    let shop = Shop { token: renewed, ..shop };
    shop.charged("charge", &work("x", 1)).await;
    let left = shop.alice.server.json(&["gateway", "remove", "front"]);
    assert_eq!(left["gateways"], json!([]));
    assert_eq!(shop.refused("charge", &work("x", 1)).await.0, 401);
    assert!(!shop.alice.server.run(&["gateway", "new", "back", "--api", "nonsense"]).status.success());
    assert_eq!(shop.charges().len(), 1);
}

#[tokio::test]
async fn a_members_work_is_its_masters_to_pay() {
    let shop = Shop::open().await;
    shop.alice.server.json(&["account", "create", "bob"]);
    shop.alice.server.json(&["member", "add", "alice", "bob", "--calls", "2"]);
    let of_bob =
        |key: &str| json!({ "account": "bob", "key": key, "api": "translate", "region": "cn-north-4" });
    for key in ["1", "2", "1"] {
        shop.charged("charge", &of_bob(key)).await;
    }
    assert_eq!(shop.refused("charge", &of_bob("3")).await.2, "member_quota_reached");
    // The same key of another account is another key.
    shop.charged("charge", &work("1", 1)).await;
    assert_eq!(shop.charges().len(), 3);
    assert_eq!(shop.alice.server.charges("bob").len(), 2);
    // Whoever pays by now: what was charged is charged, and what was authorised is committed where it was.
    let (_, held) = shop.ask("authorise", &work("2", 2)).await;
    assert_eq!(held["state"], "authorised");
    shop.alice.server.json(&["member", "remove", "alice", "bob"]);
    assert!(shop.alice.server.run(&[&["subscribe", "bob"], &PLACE[..]].concat()).status.success());
    for key in ["1", "2"] {
        assert_eq!(shop.charged("charge", &of_bob(key)).await["repeated"], true);
    }
    let (_, held) = shop.ask("authorise", &of_bob("4")).await;
    assert_eq!(held["state"], "authorised");
    shop.alice.server.json(&["member", "add", "alice", "bob", "--calls", "100"]);
    assert_eq!(shop.ask("authorise", &of_bob("4")).await.1["repeated"], true);
    let committed = shop.charged("commit", &json!({ "account": "bob", "key": "4" })).await;
    assert_eq!((&committed["repeated"], &committed["charge_id"]), (&json!(false), &held["charge_id"]));
    assert_eq!(shop.charged("charge", &of_bob("4")).await["repeated"], true);
    assert_eq!(shop.charges().len(), 3);
    assert_eq!(shop.alice.server.json(&["verify"])["holds"], true);
}

#[tokio::test]
async fn two_gateways_have_keys_of_their_own() {
    let mut shop = Shop::open().await;
    let front = shop.charged("charge", &work("1", 1)).await;
    let (_, held) = shop.ask("authorise", &work("2", 5)).await;
    assert_eq!(held["state"], "authorised");
    let other = shop.alice.server.json(&["gateway", "new", "other"])["token"].as_str().unwrap().to_owned();
    let first = std::mem::replace(&mut shop.token, other);
    let charged = shop.charged("charge", &work("1", 1)).await;
    assert_eq!((&charged["repeated"], charged["charge_id"] == front["charge_id"]), (&json!(false), false));
    assert_eq!(shop.refused("commit", &of("2")).await, conflict("not_authorised"));
    assert_eq!(shop.ask("void", &of("2")).await.1["state"], "not_authorised");
    shop.token = first;
    assert_eq!(shop.charged("commit", &of("2")).await["charge_id"], held["charge_id"]);
}

#[tokio::test]
async fn a_stream_ends_with_its_gateway() {
    let shop = Shop::open().await;
    let (lines, body) = tokio::sync::mpsc::channel::<Result<String, std::io::Error>>(1);
    let body = futures_util::stream::unfold(body, async |mut body| Some((body.recv().await?, body)));
    let url = format!("{}/v1/charges/stream", shop.alice.server.url);
    let request = shop.alice.http.post(url).bearer_auth(&shop.token).body(reqwest::Body::wrap_stream(body));
    let line = |key: &str| {
        let mut item = work(key, 1);
        item["do"] = "charge".into();
        Ok(format!("{item}\n"))
    };
    lines.send(line("1")).await.unwrap();
    let mut response = request.send().await.unwrap();
    let mut answer = async || -> Option<Value> {
        Some(serde_json::from_slice(&response.chunk().await.unwrap()?).unwrap())
    };
    assert_eq!(answer().await.unwrap()["state"], "charged");
    shop.alice.server.json(&["gateway", "token", "front"]);
    lines.send(line("2")).await.unwrap();
    let refused = answer().await.unwrap();
    assert_eq!((&refused["state"], &refused["status"]), (&json!("failed"), &json!(401)));
    assert_eq!(answer().await, None);
    assert_eq!(shop.charges().len(), 1);
}

/// Whoever does not read what is answered holds nobody else up, and is not answered for ever.
#[tokio::test]
async fn a_stream_that_is_not_read_is_in_nobodys_way() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let shop = Shop::with(&[("write_timeout_s = 60", "write_timeout_s = 2")]).await;
    let address = shop.alice.server.url.trim_start_matches("http://").to_owned();
    let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
    let head = format!(
        "POST /v1/charges/stream HTTP/1.1\r\nHost: {address}\r\nAuthorization: bearer {}\r\nContent-Length: 100000000\r\n\r\n",
        shop.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // Until nothing more is taken.
    let lines = "x\n".repeat(100_000);
    while let Ok(Ok(())) =
        tokio::time::timeout(Duration::from_millis(500), stream.write_all(lines.as_bytes())).await
    {}
    shop.alice.server.json(&["clock", "advance", "1s"]);
    shop.charged("charge", &work("1", 1)).await;
    let mut told = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(60), async {
        // It is the server that ends it: what is left to be read comes to an end.
        tokio::time::sleep(Duration::from_secs(4)).await;
        let _ = stream.read_to_end(&mut told).await;
    });
    ended.await.unwrap();
}

#[tokio::test]
async fn a_batch_is_answered_one_by_one() {
    let shop = Shop::open().await;
    let mut items: Vec<Value> = (0..98).map(|n| work(&format!("b{}", n % 90), 1)).collect();
    items.push(json!({ "account": "nobody", "key": "x", "api": "translate", "region": "cn-north-4" }));
    items.push(of("never"));
    for item in &mut items {
        item["do"] = "charge".into();
    }
    items[99]["do"] = "commit".into();
    let (status, answer) = shop.ask("batch", &json!({ "items": items })).await;
    assert_eq!(status, 200, "{answer:#}");
    let answers = answer["items"].as_array().unwrap();
    let states: BTreeMap<&str, usize> = answers.iter().fold(BTreeMap::new(), |mut counted, answer| {
        *counted.entry(answer["state"].as_str().unwrap()).or_default() += 1;
        counted
    });
    assert_eq!(states, BTreeMap::from([("charged", 98), ("failed", 2)]));
    assert_eq!(answers.iter().filter(|answer| answer["repeated"] == true).count(), 8);
    assert_eq!(
        (&answers[98]["status"], &answers[98]["error"]["reason"]),
        (&json!(400), &json!("unknown_account"))
    );
    assert_eq!(
        (&answers[99]["status"], &answers[99]["error"]["reason"]),
        (&json!(409), &json!("not_authorised"))
    );
    assert_eq!((&answers[99]["account"], &answers[99]["key"]), (&json!("alice"), &json!("never")));
    assert_eq!(shop.charges().len(), 90);
    assert_eq!(shop.refused("batch", &json!({ "items": [] })).await.0, 400);
    let nameless = json!({ "items": [items[0], of("what is to be done with it?")] });
    assert_eq!(shop.refused("batch", &nameless).await.0, 400);
    let many: Vec<Value> = (0..1_001).map(|_| items[0].clone()).collect();
    assert_eq!(shop.refused("batch", &json!({ "items": many })).await.0, 400);
}

#[tokio::test]
async fn a_stream_is_answered_in_order() {
    let shop = Shop::open().await;
    let lines: Vec<String> = (0..500)
        .map(|n| match n % 50 {
            7 => "nonsense".to_owned(),
            _ => {
                let mut item = work(&format!("s{n}"), 1);
                item["do"] = "charge".into();
                item.to_string()
            }
        })
        .collect();
    // In pieces that end anywhere, and with no newline at the end.
    let text = lines.join("\n").into_bytes();
    let pieces: Vec<Result<Vec<u8>, std::io::Error>> =
        text.chunks(777).map(|piece| Ok(piece.to_vec())).collect();
    let body = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
    let url = format!("{}/v1/charges/stream", shop.alice.server.url);
    let response = shop.alice.http.post(url).bearer_auth(&shop.token).body(body).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/x-ndjson");
    let text = response.text().await.unwrap();
    let answers: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 500);
    for (n, answer) in answers.iter().enumerate() {
        if n % 50 == 7 {
            assert_eq!(
                (&answer["state"], &answer["error"]["error_code"]),
                (&json!("failed"), &json!("ModelArts.4105"))
            );
        } else {
            assert_eq!((&answer["state"], &answer["key"]), (&json!("charged"), &json!(format!("s{n}"))));
        }
    }
    assert_eq!(shop.charges().len(), 490);
}

/// Whatever was answered before the process was killed, and whatever was not: sent again, each key is charged once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_process_charges_no_key_twice() {
    const KEYS: usize = 600;
    let mut shop = Shop::open().await;
    let mut answered = BTreeSet::new();
    for round in 0..3 {
        let mut senders = JoinSet::new();
        for sender in 0..8 {
            let (http, token) = (shop.alice.http.clone(), shop.token.clone());
            let url = format!("{}/v1/charges/charge", shop.alice.server.url);
            senders.spawn(async move {
                let mut charged = Vec::new();
                for n in 0..KEYS / 4 {
                    let key = (n * 4 + sender * 77 + round * 31) % KEYS;
                    let request = http.post(&url).bearer_auth(&token).json(&work(&format!("k{key}"), 1));
                    let Ok(response) = request.send().await else { break };
                    if response.status() == StatusCode::OK {
                        charged.push(key);
                    }
                }
                charged
            });
        }
        while shop.alice.server.charges("alice").len() < 60 * (round + 1) {
            tokio::task::yield_now().await;
        }
        shop.alice.server.kill();
        while let Some(charged) = senders.join_next().await {
            answered.extend(charged.unwrap());
        }
        shop.alice.server.restart();
    }
    let before: usize = shop.charges().len();
    assert!(before >= answered.len(), "{before} charges, {} answered keys", answered.len());
    for key in 0..KEYS {
        let again = shop.charged("charge", &work(&format!("k{key}"), 1)).await;
        assert!(
            again["repeated"] == true || !answered.contains(&key),
            "k{key} was answered and is not in the books"
        );
    }
    let ids: BTreeSet<String> = shop.charges().iter().map(|charge| charge["charge_id"].to_string()).collect();
    assert_eq!((ids.len(), shop.charges().len()), (KEYS, KEYS));
    shop.alice.server.stop();
    let verified = Command::new(INKMETER)
        .arg("--data")
        .arg(shop.alice.server.data.path())
        .arg("verify")
        .output()
        .unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}

#[tokio::test]
async fn the_client_library_tries_again_and_charges_once() {
    let shop = Shop::open().await;
    let client = shop.alice.http.clone();
    let meter = Meter::with_client(client.clone(), format!("{}/", shop.alice.server.url), shop.token.clone());
    let mut work = Work::new("alice", "one", "translate", "cn-north-4");
    work.units = 2;
    assert!(
        matches!(meter.authorise(&work).await.unwrap(), Authorised::Authorised(given) if given.pocket == "pay_per_use")
    );
    let charged = meter.commit(&work).await.unwrap();
    assert_eq!((charged.units, charged.amount.as_str(), charged.repeated), (2, "0.40", false));
    assert_eq!(charged.left.unwrap().available, "-0.40");
    assert!(meter.charge(&work).await.unwrap().repeated);
    assert!(matches!(meter.authorise(&work).await.unwrap(), Authorised::Charged(charge) if charge.repeated));
    // What was never authorised, or forgotten, is charged in one step.
    let other = Work { key: "two".into(), ..work.clone() };
    assert!(!meter.commit(&other).await.unwrap().repeated);
    let Err(Error::Refused(refusal)) = meter.void(&other).await else { panic!("it is charged") };
    assert!(refusal.is("charged_already") && refusal.status == 409 && refusal.cure.is_some(), "{refusal}");
    let nobody =
        Meter::with_client(client, "http://127.0.0.1:1", "secret").with_patience(Duration::from_millis(500));
    assert!(!format!("{nobody:?}").contains("secret"));
    assert!(matches!(nobody.charge(&work).await, Err(Error::Unanswered(_))));
    assert_eq!(shop.charges().len(), 2);
}

/// The example of the library, in front of a service that fails now and then.
#[tokio::test]
async fn the_filter_in_front_charges_what_succeeds() {
    let shop = Shop::open().await;
    let behind = axum::Router::new().route(
        "/translate",
        axum::routing::post(async |text: String| match text.as_str() {
            "bad" => Err(StatusCode::UNPROCESSABLE_ENTITY),
            text => Ok(text.to_uppercase()),
        }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let upstream = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, behind).await.unwrap() });
    let example = Path::new(INKMETER).with_file_name("examples").join("gateway");
    let mut filter = Command::new(example)
        .arg("127.0.0.1:0")
        .envs([("INKMETER_URL", shop.alice.server.url.as_str()), ("INKMETER_TOKEN", &shop.token)])
        .envs([("UPSTREAM", upstream.as_str()), ("API", "translate"), ("REGION", "cn-north-4")])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut address = String::new();
    BufReader::new(filter.stdout.take().unwrap()).read_line(&mut address).unwrap();
    let call = async |account: &str, id: &str, text: &'static str| {
        let request = shop.alice.http.post(format!("{}/translate", address.trim()));
        let response =
            request.header("x-account", account).header("x-request-id", id).body(text).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    assert_eq!(call("alice", "1", "ink").await, (200, "INK".into()));
    assert_eq!(call("alice", "1", "ink").await, (200, "INK".into()));
    assert_eq!(call("alice", "2", "bad").await.0, 422);
    // Another request under the same name is other work.
    assert_eq!(call("alice", "1", "well").await, (200, "WELL".into()));
    let (status, text) = call("nobody", "3", "ink").await;
    assert!(status == 400 && text.contains("there is no such account"), "{status} {text}");
    assert_eq!(shop.charges().len(), 2, "once for the same request, and nothing for what failed");
    filter.kill().unwrap();
    filter.wait().unwrap();
}
