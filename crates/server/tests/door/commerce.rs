//! Caps, coupons, renewals, adjustments and top-ups through a payment provider, over HTTP and the command line.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Method;
use serde_json::{Value, json};
use server::notify::channel::webhook::signature;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use crate::customer::{API, Customer};
use crate::server::{BLANK, SANDBOX, Server};
use crate::waiting::until;

const SECRET: &str = "a secret of the tests";

/// An amount as the server writes it: a number to the last digit.
fn amount(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

async fn sandboxed() -> Customer {
    Customer::with(Server::configured(&[BLANK, SANDBOX]), "V0", "intl").await
}

impl Customer {
    /// A request of the customer's own; the status and the body.
    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let request = self.http.request(method, format!("{}{path}", self.server.url));
        let request = request.header("x-auth-token", &self.token);
        let request = if let Some(body) = body { request.json(&body) } else { request };
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }
}

/// A price that changes on a day: customers see what is on sale now and pay that; the operator sees all of it.
#[tokio::test]
async fn a_package_is_sold_at_the_price_of_the_day() {
    let listed = "price = \"40\"\nvalidity_months = 12\n";
    let dearer = "on_sale_until = \"2027-05-01T00:00:00+08:00\"\n\n[[catalog.package]]\napi = \"general-text\"\n\
                  calls = 1000\nprice = \"50\"\nvalidity_months = 12\non_sale_from = \"2027-05-01T00:00:00+08:00\"\n";
    let replace = [BLANK, SANDBOX, (listed, &format!("{listed}{dearer}"))];
    let server = Server::beginning(Some("2027-04-30T23:00:00+08:00"), &replace);
    let mut alice = Customer::with(server, "V0", "intl").await;
    alice.server.json(&["top-up", "alice", "100"]);
    let is_it = |package: &&Value| package["calls"] == 1000 && package["api"] == "general-text";
    for (price, on_sale, left) in [("40.00", [true, false], "60.00"), ("50.00", [false, true], "10.00")] {
        let (_, catalog) = alice.send(Method::GET, "/v1/catalog", None).await;
        let packages = catalog["packages"].as_array().unwrap();
        let of_thousand: Vec<_> = packages.iter().filter(is_it).collect();
        assert_eq!(of_thousand.len(), 1, "{catalog}");
        assert_eq!(of_thousand[0]["price"], amount(price));
        let url = format!("{}/v1/admin/catalog", alice.server.url);
        let all = alice.http.get(url).bearer_auth(alice.server.operator_token()).send().await.unwrap();
        let all: Value = all.json().await.unwrap();
        let packages = all["packages"].as_array().unwrap().iter().filter(is_it);
        assert_eq!(packages.map(|it| it["on_sale"].as_bool().unwrap()).collect::<Vec<_>>(), on_sale, "{all}");
        assert!(alice.order(&["package", "buy", "alice", "--calls", "1000"]).status.success());
        assert_eq!(alice.show()["cash"], amount(left));
        alice.server.json(&["clock", "advance", "2h"]);
        alice.renew_token().await;
    }
}

/// A cap stops the third call with a code and a reason of its own; a package works on; raised, calls go on.
#[tokio::test]
async fn a_cap_refuses_with_its_own_code() {
    let alice = sandboxed().await;
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    let (status, caps) =
        alice.send(Method::PUT, "/v1/caps/general-text", Some(json!({"monthly": "0.1"}))).await;
    assert_eq!((status, &caps["caps"][0]["left"]), (200, &amount("0.10")), "{caps}");
    alice.charged().await;
    alice.charged().await;
    let refused = ("Inkmeter.0101".to_owned(), "spend_cap_reached".to_owned());
    let (status, code, reason) = alice.refused().await;
    assert_eq!((status, (code, reason)), (403, refused));
    let listed = alice.server.json(&["cap", "list", "alice"]);
    assert_eq!((&listed["spent"], &listed["caps"][0]["left"]), (&amount("0.10"), &amount("0.00")));
    let notices = alice.server.json(&["top-up", "alice", "40"]);
    assert_eq!(notices["repeated"], false);
    assert!(alice.order(&["package", "buy", "alice", "--calls", "1000"]).status.success());
    assert_eq!(alice.charged().await.0, "lot");
    let (status, _) = alice.send(Method::DELETE, "/v1/caps/general-text", None).await;
    assert_eq!(status, 200);
    let (status, body) = alice.send(Method::DELETE, "/v1/caps/general-text", None).await;
    assert_eq!((status, &body["reason"]), (400, &json!("nothing_to_remove")));
    for (path, body) in
        [("/v1/caps/seance", json!({"monthly": "1"})), ("/v1/caps/all", json!({"monthly": "-1"}))]
    {
        let (status, body) = alice.send(Method::PUT, path, Some(body)).await;
        assert!((400..=404).contains(&status) && body["reason"].is_string(), "{path}: {body}");
    }
}

/// Coupons pay the package and the hour, and the customer sees both.
#[tokio::test]
async fn a_bill_shows_what_coupons_paid() {
    let alice = sandboxed().await;
    let to = "2099-12-31T23:59:59+08:00";
    let give = |options: &[&str]| {
        alice.server.json(&[&["coupon", "give", "alice", "--valid-to", to], options].concat())
    };
    assert_eq!(give(&["--percent-off", "50", "--key", "d"])["repeated"], false);
    assert_eq!(give(&["--percent-off", "50", "--key", "d"])["repeated"], true);
    give(&["--amount", "20.1", "--api", "general-text"]);
    let bought = alice.server.json(&[&["package", "buy", "alice", "--calls", "1000"][..], &API[..]].concat());
    assert_eq!(bought["lot"]["price"], amount("20.00"), "{bought}");
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    for _ in 0..1003 {
        alice.charged().await;
    }
    let account = alice.show();
    assert_eq!((&account["cash"], &account["coupons"]), (&amount("0.00"), &amount("0.10")));
    alice.server.json(&["clock", "advance", "1h"]);
    let month = account["now"].as_str().unwrap()[..7].to_owned();
    let (_, bill) = alice.send(Method::GET, &format!("/v1/bills/{month}"), None).await;
    let sums = ["total", "coupon_amount", "cash_amount", "debt"].map(|field| bill[field].as_f64().unwrap());
    assert_eq!(sums, [20.15, 20.1, 0.0, 0.05], "{bill}");
    let (_, coupons) = alice.send(Method::GET, "/v1/coupons", None).await;
    let states: Vec<&Value> = coupons.as_array().unwrap().iter().map(|coupon| &coupon["state"]).collect();
    assert_eq!(states, ["used_up", "used_up"]);
    let text = String::from_utf8(alice.server.run(&["bill", "alice", "--month", &month]).stdout).unwrap();
    assert!(text.contains("of it by coupons") && text.contains("20.10"), "{text}");
}

/// A quote names what will be paid and the coupon that is used up for it; asking uses up nothing.
#[tokio::test]
async fn a_quote_is_kept() {
    let alice = sandboxed().await;
    let coupon =
        ["coupon", "give", "alice", "--valid-to", "2099-12-31T23:59:59+08:00", "--percent-off", "50"];
    alice.server.json(&coupon);
    let package = json!({ "api": "general-text", "region": "cn-north-4", "calls": 1000 });
    let quote = async |body: &Value| {
        let (status, quote) = alice.send(Method::POST, "/v1/quotes", Some(body.clone())).await;
        assert_eq!(status, 200, "{quote}");
        quote
    };
    let quoted = quote(&package).await;
    assert_eq!((&quoted["list_price"], &quoted["to_pay"]), (&amount("40.00"), &amount("20.00")), "{quoted}");
    assert_eq!((&quoted["missing"], &quoted["refund"]), (&amount("20.00"), &Value::Null));
    let off = json!({ "coupon": 0, "amount": amount("20.00"), "percent_off": 50 });
    assert_eq!((&quoted["discount"], &quoted["cash_coupon"]), (&off, &Value::Null));
    alice.server.json(&["top-up", "alice", "100"]);
    let (_, coupons) = alice.send(Method::GET, "/v1/coupons", None).await;
    assert_eq!((&coupons[0]["state"], &alice.show()["cash"]), (&json!("usable"), &amount("100.00")));
    let spared = ["package", "buy", "alice", "--calls", "1000", "--no-coupons"];
    let spared = alice.server.json(&[&spared[..], &API[..]].concat());
    assert_eq!(spared["lot"]["price"], amount("40.00"));
    let (_, bought) = alice.send(Method::POST, "/v1/packages", Some(package)).await;
    assert_eq!(bought["lot"]["price"], amount("20.00"));
    let renewal = quote(&json!({ "renews": 0 })).await;
    assert_eq!((&renewal["to_pay"], &renewal["missing"]), (&amount("40.00"), &amount("0.00")), "{renewal}");
    alice.send(Method::POST, "/v1/packages/0/renew", Some(json!({}))).await;
    assert_eq!(alice.show()["cash"], amount("0.00"));
    let (status, refused) = alice.send(Method::POST, "/v1/quotes", Some(json!({ "renews": 0 }))).await;
    assert_eq!((status, &refused["reason"]), (400, &json!("already_renewed")), "{refused}");
}

/// A package is renewed by hand once; its mode is set, and carried; a correction has a reason.
#[tokio::test]
async fn packages_are_renewed_and_balances_corrected() {
    let alice = sandboxed().await;
    alice.server.json(&["top-up", "alice", "100"]);
    assert!(alice.order(&["package", "buy", "alice", "--calls", "1000"]).status.success());
    let set = alice.server.json(&[
        "package",
        "renewal",
        "alice",
        "--lot",
        "0",
        "--mode",
        "auto",
        "--days-before",
        "3",
    ]);
    assert!(set["next_attempt_at"].as_str().unwrap().ends_with("T03:00:00+08:00"), "{set}");
    let renewed = alice.server.json(&["package", "renew", "alice", "--lot", "0", "--key", "once"]);
    assert_eq!((&renewed["lot"]["lot"], &renewed["lot"]["renewal"]["mode"]), (&json!(1), &json!("auto")));
    assert_eq!(renewed["lot"]["state"], "not_yet_effective");
    assert_eq!(
        alice.server.json(&["package", "renew", "alice", "--lot", "0", "--key", "once"])["repeated"],
        true
    );
    let (status, body) = alice.send(Method::POST, "/v1/packages/0/renew", Some(json!({}))).await;
    assert_eq!((status, &body["reason"]), (400, &json!("already_renewed")));
    for (path, reason) in [("/v1/packages/9/renew", "unknown_lot"), ("/v1/packages/x/renew", "")] {
        let (status, body) = alice.send(Method::POST, path, Some(json!({}))).await;
        assert_eq!((status, body["reason"].as_str().unwrap_or_default()), (400, reason));
    }
    let corrected = alice.server.json(&["adjust", "alice", "-5", "--reason", "paid twice", "--key", "k"]);
    assert_eq!(corrected["account"]["cash"], amount("15.00"));
    assert_eq!(
        alice.server.json(&["adjust", "alice", "-5", "--reason", "paid twice", "--key", "k"])["repeated"],
        true
    );
    let month = corrected["account"]["now"].as_str().unwrap()[..7].to_owned();
    let (_, bill) = alice.send(Method::GET, &format!("/v1/bills/{month}"), None).await;
    let of = |row: &Value| ["bill_type", "charging_mode", "lot", "renews"].map(|field| row[field].clone());
    assert_eq!(of(&bill["lines"][0]), [json!(1), json!(1), json!(0), Value::Null], "{bill}");
    assert_eq!(of(&bill["lines"][1]), [json!(2), json!(1), json!(1), json!(0)]);
    let prices = ["list_price", "coupons", "amount"].map(|field| bill["lines"][1][field].clone());
    assert_eq!(prices, ["40.00", "0.00", "40.00"].map(amount));
    let correction = &bill["adjustments"][0];
    assert_eq!((&correction["bill_type"], &correction["reason"]), (&json!(16), &json!("paid twice")));
    assert_eq!([&bill["adjustments_total"], &bill["total"]], [&amount("-5.00"), &amount("80.00")]);
    let text = alice.server.run(&["bill", "alice", "--month", &month]).stdout;
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("renews package 0") && text.contains("-5.00 CNY (paid twice)"), "{text}");
    let beyond = alice.server.run(&["adjust", "alice", "-15.01", "--reason", "too much"]);
    let problem = String::from_utf8_lossy(&beyond.stderr).into_owned();
    assert!(!beyond.status.success() && problem.contains("15"), "{problem}");
}

#[tokio::test]
async fn without_a_provider_a_top_up_is_refused() {
    let alice = Customer::open("V0", "intl").await;
    for (method, path) in [(Method::POST, "/v1/top-ups"), (Method::PUT, "/v1/auto-top-up")] {
        let body = if path.ends_with("top-ups") {
            json!({"amount": "10"})
        } else {
            json!({"amount": "10", "below": "5"})
        };
        let (status, body) = alice.send(method, path, Some(body)).await;
        assert_eq!((status, &body["reason"]), (400, &json!("no_payment_provider")), "{body}");
        assert!(!body["cure"].as_str().unwrap().is_empty());
    }
}

/// The sandbox pays at once, for the customer and for the rule; the same key pays once.
#[tokio::test]
async fn the_sandbox_pays_at_once() {
    let alice = sandboxed().await;
    let top_up = || async {
        alice.send(Method::POST, "/v1/top-ups", Some(json!({"amount": "10", "key": "a"}))).await.1
    };
    let (first, again) = (top_up().await, top_up().await);
    assert_eq!((&first["status"], &first["account"]["cash"]), (&json!("paid"), &amount("10.00")));
    assert_eq!((&again["repeated"], &again["account"]["cash"]), (&json!(true), &amount("10.00")));
    let (status, body) =
        alice.send(Method::POST, "/v1/top-ups", Some(json!({"amount": "11", "key": "a"}))).await;
    assert_eq!((status, &body["reason"]), (400, &json!("key_conflict")));
    let rule = json!({"below": "20", "amount": "30", "monthly_limit": "60"});
    let (status, _) = alice.send(Method::PUT, "/v1/auto-top-up", Some(rule)).await;
    assert_eq!(status, 200);
    becomes(&alice, |account| account["cash"] == amount("40.00")).await;
    let shown = alice.server.json(&["auto-top-up", "show", "alice"]);
    assert_eq!((&shown["requests"], &shown["provider"]), (&json!([]), &json!("sandbox")));
}

/// Waits until alice's account is so.
async fn becomes(alice: &Customer, is: impl Fn(&Value) -> bool) {
    until("the account is so", || {
        let account = alice.show();
        if is(&account) { Ok(()) } else { Err(account.to_string()) }
    })
    .await;
}

/// A payment provider that fails as such programs do, and counts what it was really paid.
struct Peer {
    url: String,
    secret: tempfile::NamedTempFile,
    /// What it took, by idempotency key.
    taken: Arc<Mutex<HashMap<String, Value>>>,
    asked: Arc<AtomicUsize>,
}

impl Peer {
    /// Of the requests, in the order they come, `failing` get no answer though the money is taken.
    async fn start(failing: usize, declines: bool) -> Peer {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/pay", listener.local_addr().unwrap());
        let (taken, asked) = (Arc::new(Mutex::new(HashMap::new())), Arc::new(AtomicUsize::new(0)));
        let secret = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(secret.path(), SECRET).unwrap();
        let peer = Peer { url, secret, taken: Arc::clone(&taken), asked: Arc::clone(&asked) };
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let (taken, asked) = (Arc::clone(&taken), Arc::clone(&asked));
                tokio::spawn(async move {
                    let (headers, body) = read_request(&mut stream).await;
                    let time = &headers["inkmeter-timestamp"];
                    assert_eq!(headers["inkmeter-signature"], signature(SECRET, time, &body));
                    let order = asked.fetch_add(1, Ordering::SeqCst);
                    if !declines {
                        taken
                            .lock()
                            .await
                            .entry(headers["idempotency-key"].clone())
                            .or_insert_with(|| serde_json::from_str(&body).unwrap());
                    }
                    let (status, answer) = match (order < failing, order % 2, declines) {
                        (true, 0, _) => return,
                        (true, ..) => ("500 Internal Server Error", "{}"),
                        (false, _, true) => ("200 OK", r#"{"status":"declined","detail":"card expired"}"#),
                        (false, _, false) => ("200 OK", r#"{"status":"paid"}"#),
                    };
                    let length = answer.len();
                    let text = format!(
                        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{answer}"
                    );
                    let _ = stream.write_all(text.as_bytes()).await;
                });
            }
        });
        peer
    }

    fn server(&self) -> Server {
        let secret = self.secret.path().display();
        let webhook = format!("url = \"{}\"\nsecret_env = \"\"\nsecret_file = \"{secret}\"", self.url);
        Server::configured(&[
            BLANK,
            ("provider = \"none\"", "provider = \"webhook\""),
            ("url = \"\"\nsecret_env = \"\"\nsecret_file = \"\"", &webhook),
        ])
    }
}

async fn read_request(stream: &mut tokio::net::TcpStream) -> (HashMap<String, String>, String) {
    let mut bytes = Vec::new();
    loop {
        let read = stream.read_buf(&mut bytes).await.unwrap();
        assert!(read > 0, "the request ended early");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let headers: HashMap<String, String> = head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        if body.len() >= headers["content-length"].parse().unwrap() {
            return (headers, body.to_owned());
        }
    }
}

/// The provider takes the money and does not say so, twice; it is asked again under the same key, and the account
/// gets it once.
#[tokio::test]
async fn a_provider_that_loses_its_answers_is_paid_once() {
    let peer = Peer::start(2, false).await;
    let alice = Customer::with(peer.server(), "V0", "intl").await;
    let (status, body) = alice.send(Method::POST, "/v1/top-ups", Some(json!({"amount": "12.5"}))).await;
    assert_eq!(
        (status, &body["status"], &body["account"]["cash"]),
        (200, &json!("paid"), &amount("12.50")),
        "{body}"
    );
    assert_eq!((peer.asked.load(Ordering::SeqCst), peer.taken.lock().await.len()), (3, 1));
    let taken = peer.taken.lock().await;
    let (key, asked) = taken.iter().next().unwrap();
    assert_eq!(key, &format!("{}-1", alice.account["account_id"].as_str().unwrap()));
    assert_eq!(
        (&asked["amount"], &asked["currency"], &asked["origin"]),
        (&json!("12.50"), &json!("CNY"), &json!("customer"))
    );
}

#[tokio::test]
async fn a_declined_top_up_says_why() {
    let peer = Peer::start(0, true).await;
    let alice = Customer::with(peer.server(), "V0", "intl").await;
    let (status, body) =
        alice.send(Method::POST, "/v1/top-ups", Some(json!({"amount": "5", "key": "k"}))).await;
    assert_eq!((status, &body["reason"]), (403, &json!("payment_declined")));
    assert!(body["error_msg"].as_str().unwrap().contains("card expired"), "{body}");
    let (status, body) =
        alice.send(Method::POST, "/v1/top-ups", Some(json!({"amount": "5", "key": "k"}))).await;
    assert_eq!((status, &body["reason"]), (403, &json!("payment_declined")), "its outcome stays");
    assert_eq!(peer.asked.load(Ordering::SeqCst), 1);
    // The rule is told of, and tries again.
    let (_, shown) =
        alice.send(Method::PUT, "/v1/auto-top-up", Some(json!({"below": "5", "amount": "7"}))).await;
    assert_eq!(shown["rule"]["amount"], amount("7.00"));
    until("the rule's request is answered", || {
        alice.server.json(&["auto-top-up", "show", "alice"])["retry_at"].is_string()
    })
    .await;
    let notices = String::from_utf8(alice.server.run(&["notices", "alice"]).stdout).unwrap();
    assert!(notices.contains("top_up_failed") && notices.contains("card expired"), "{notices}");
}

/// The process is killed while a request has no answer. Started again it asks again, under the same key, and the
/// money arrives once.
#[tokio::test]
async fn a_request_outlives_a_kill() {
    // Three attempts make a round: the first round stays without an answer, whether it is cut short or not.
    let peer = Peer::start(3, false).await;
    let mut alice = Customer::with(peer.server(), "V0", "intl").await;
    let rule = json!({"below": "5", "amount": "20"});
    let (status, shown) = alice.send(Method::PUT, "/v1/auto-top-up", Some(rule)).await;
    assert_eq!((status, shown["requests"].as_array().unwrap().len()), (200, 1), "{shown}");
    until("the provider is asked", || peer.asked.load(Ordering::SeqCst) > 0).await;
    alice.server.kill();
    alice.server.restart();
    becomes(&alice, |account| account["cash"] == amount("20.00")).await;
    assert_eq!(peer.taken.lock().await.len(), 1, "one key");
    assert_eq!(alice.server.json(&["verify"])["holds"], true);
}

/// However far the clock is advanced at once, what the forecast says is what happens: the provider answers at each
/// instant, so that a package is renewed with the money that a rule asked for the day before.
#[tokio::test]
async fn a_long_advance_happens_instant_by_instant() {
    let alice = sandboxed().await;
    alice.server.json(&["top-up", "alice", "83"]);
    for days in ["7", "6"] {
        let bought =
            alice.server.json(&[&["package", "buy", "alice", "--calls", "1000"][..], &API[..]].concat());
        let lot = bought["lot"]["lot"].to_string();
        let renewal = ["package", "renewal", "alice", "--lot", &lot, "--mode", "auto", "--days-before", days];
        alice.server.json(&renewal);
    }
    alice.server.json(&["top-up", "alice", "40"]);
    let rule = ["auto-top-up", "set", "alice", "--below", "4", "--amount", "40", "--monthly-limit", "500"];
    alice.server.json(&rule);
    let until = "2028-03-01";
    let forecast = alice.server.json(&["forecast", "alice", "--until", until]);
    let steps = forecast["steps"].as_array().unwrap().iter();
    let foretold: Vec<&Value> =
        steps.filter(|step| step["kind"] == "lot_granted").map(|step| &step["at"]).collect();
    assert_eq!(foretold.len(), 2, "{forecast:#}");
    alice.server.json(&["clock", "advance", "400d"]);
    let listed = String::from_utf8(alice.server.run(&["package", "list", "alice"]).stdout).unwrap();
    assert!(listed.contains("1000 of 1000 calls were lost, expired at "), "{listed}");
    let lots = alice.server.json(&["package", "list", "alice"]);
    let renewed: Vec<&Value> = lots.as_array().unwrap()[2..].iter().map(|lot| &lot["created_at"]).collect();
    assert_eq!(renewed, foretold, "{lots:#}");
}
