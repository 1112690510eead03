//! Sessions of the console, as somebody tries them who should not get in.

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::customer::Customer;
use crate::server::Server;

/// A browser as far as sessions go: what it was given, it sends along.
#[derive(Default, Clone)]
struct Browser {
    cookie: String,
    csrf: String,
}

async fn send(
    with: &Customer,
    browser: &Browser,
    (method, path): (Method, &str),
    body: Option<Value>,
) -> Response {
    let request = with.http.request(method, format!("{}{path}", with.server.url));
    let request = if browser.cookie.is_empty() { request } else { request.header("cookie", &browser.cookie) };
    let request =
        if browser.csrf.is_empty() { request } else { request.header("x-csrf-token", &browser.csrf) };
    match body {
        Some(body) => request.json(&body),
        None => request,
    }
    .send()
    .await
    .unwrap()
}

async fn sign_in_at(with: &Customer, path: &str, before: &Browser, body: Value) -> (Browser, String) {
    let response = send(with, before, (Method::POST, path), Some(body)).await;
    assert_eq!(response.status(), StatusCode::OK);
    let set = response.headers()["set-cookie"].to_str().unwrap().to_owned();
    let view: Value = response.json().await.unwrap();
    let csrf = view["session"]["csrf_token"].as_str().unwrap().to_owned();
    (Browser { cookie: set.split(';').next().unwrap().to_owned(), csrf }, set)
}

async fn sign_in(with: &Customer, account: &Value) -> Browser {
    let body =
        json!({ "account": account["name"], "user": account["user"], "password": account["password"] });
    sign_in_at(with, "/v1/session", &Browser::default(), body).await.0
}

async fn account_of(with: &Customer, browser: &Browser) -> (StatusCode, Value) {
    let response = send(with, browser, (Method::GET, "/v1/account"), None).await;
    (response.status(), response.json().await.unwrap())
}

#[tokio::test]
async fn a_session_opens_its_own_account_and_no_other() {
    let alice = Customer::open("V0", "intl").await;
    let bob = alice.server.json(&["account", "create", "bob"]);
    let browser = sign_in(&alice, &bob).await;
    let (status, account) = account_of(&alice, &browser).await;
    assert_eq!((status, &account["name"]), (StatusCode::OK, &json!("bob")));

    // Another account's charge, project and key are as if they were not there.
    alice.server.run(&["subscribe", "alice", "--api", "general-text", "--region", "cn-north-4"]);
    let (_, charge) = alice.charged().await;
    let path = format!("/v1/charges/{charge}/explanation");
    let answer = send(&alice, &browser, (Method::GET, &path), None).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let path = format!("/v2/{}/ocr/general-text", alice.project("cn-north-4"));
    let answer = send(&alice, &browser, (Method::POST, &path), Some(json!({ "image": "aGk=" }))).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let path = format!("/v1/access-keys/{}", alice.account["access_key"].as_str().unwrap());
    let answer = send(&alice, &browser, (Method::DELETE, &path), None).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);

    // Nothing that a page is given holds a secret.
    for path in ["/v1/session", "/v1/account", "/v1/access-keys"] {
        let text = send(&alice, &browser, (Method::GET, path), None).await.text().await.unwrap();
        for secret in ["password", "secret_key"] {
            assert!(!text.contains(bob[secret].as_str().unwrap()), "{path}");
        }
        assert!(!text.contains(browser.cookie.split_once('=').unwrap().1), "{path} shows the session's id");
    }
}

/// A key is for programs: whoever may only come by the console is given none, by no door and by nobody.
#[tokio::test]
async fn a_user_of_the_console_alone_is_given_no_keys() {
    let alice = Customer::open("V0", "intl").await;
    let made = alice.server.json(&["user", "create", "alice", "ann", "--access", "console"]);
    let first = json!({ "account": "alice", "user": "ann", "password": made["password"],
        "new_password": "an0ther Passw0rd!" });
    let (ann, _) = sign_in_at(&alice, "/v1/session", &Browser::default(), first).await;
    let answer = send(&alice, &ann, (Method::POST, "/v1/access-keys"), Some(json!({}))).await;
    let (status, told): (_, Value) = (answer.status(), answer.json().await.unwrap());
    assert_eq!((status, &told["error_code"]), (StatusCode::FORBIDDEN, &json!("APIG.0302")), "{told:#}");
    assert_eq!(told["reason"], "console_only");
    assert!(told["cure"].as_str().unwrap().contains("programmatic access"), "{told:#}");
    let wanted = json!({ "credential": { "user_id": made["user_id"] } });
    let path = "/v3.0/OS-CREDENTIAL/credentials";
    for (browser, token) in [(&ann, None), (&Browser::default(), Some(&alice.token))] {
        let request = alice.http.post(format!("{}{path}", alice.server.url)).json(&wanted);
        let answer = match token {
            Some(token) => request.header("x-auth-token", token).send().await.unwrap(),
            None => send(&alice, browser, (Method::POST, path), Some(wanted.clone())).await,
        };
        let (status, told): (_, Value) = (answer.status(), answer.json().await.unwrap());
        let message = "This user only supports console access, not programmatic access.";
        assert_eq!((status, &told["error_msg"]), (StatusCode::FORBIDDEN, &json!(message)), "{told:#}");
    }
    let keys = send(&alice, &ann, (Method::GET, "/v1/access-keys"), None).await;
    assert_eq!(keys.json::<Value>().await.unwrap()["keys"], json!([]));
}

#[tokio::test]
async fn what_changes_something_needs_the_token_against_forgery() {
    let alice = Customer::open("V0", "intl").await;
    let browser = sign_in(&alice, &alice.account).await;
    let subscription = (Method::PUT, "/v1/subscriptions/cn-north-4/general-text");
    let missing = Browser { csrf: String::new(), ..browser.clone() };
    let of_another = Browser { csrf: sign_in(&alice, &alice.account).await.csrf, ..browser.clone() };
    for forged in [&missing, &of_another] {
        let answer = send(&alice, forged, subscription.clone(), None).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        let body: Value = answer.json().await.unwrap();
        assert_eq!((&body["error_code"], &body["reason"]), (&json!("APIG.0306"), &json!("csrf")));
        let path = format!("/v2/{}/ocr/general-text", alice.project("cn-north-4"));
        let answer = send(&alice, forged, (Method::POST, &path), Some(json!({ "image": "aGk=" }))).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        let answer = send(&alice, forged, (Method::DELETE, "/v1/session"), None).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    }
    assert_eq!(alice.show()["subscriptions"], json!([]), "nothing was changed");
    assert_eq!(send(&alice, &browser, subscription, None).await.status(), StatusCode::OK);

    // Signing in itself is for our own pages and for programs.
    let url = format!("{}/v1/session", alice.server.url);
    let body = json!({ "account": "alice", "password": alice.account["password"] }).to_string();
    for (kind, site) in
        [("text/plain", "none"), ("application/json", "cross-site"), ("application/json", "same-site")]
    {
        let request = alice.http.post(&url).header("content-type", kind).header("sec-fetch-site", site);
        let answer = request.body(body.clone()).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{kind} {site}");
        assert!(!answer.headers().contains_key("set-cookie"));
    }
}

#[tokio::test]
async fn an_id_is_never_taken_from_a_request_and_ends_with_its_session() {
    let alice = Customer::open("V0", "intl").await;
    // Fixation: an id put into the browser before is not the one it has after signing in, and opens nothing.
    let planted = Browser { cookie: format!("inkmeter_session={}", "A".repeat(43)), csrf: String::new() };
    let body = json!({ "account": "alice", "password": alice.account["password"] });
    let (browser, set) = sign_in_at(&alice, "/v1/session", &planted, body.clone()).await;
    assert_ne!(browser.cookie, planted.cookie);
    for needed in ["HttpOnly", "SameSite=Strict", "Path=/;"] {
        assert!(set.contains(needed), "{set}");
    }
    assert!(!set.contains("Secure"), "plain HTTP");
    assert_eq!(account_of(&alice, &planted).await.0, StatusCode::UNAUTHORIZED);

    // Signing in again ends the session before.
    let (second, _) = sign_in_at(&alice, "/v1/session", &browser, body.clone()).await;
    assert_eq!(account_of(&alice, &browser).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(account_of(&alice, &second).await.0, StatusCode::OK);

    // A session outlives the server, but not the signing out, and no clock of business.
    let mut alice = alice;
    alice.server.kill();
    alice.server.restart();
    alice.server.json(&["clock", "advance", "400d"]);
    assert_eq!(account_of(&alice, &second).await.0, StatusCode::OK);
    let out = send(&alice, &second, (Method::DELETE, "/v1/session"), None).await;
    assert_eq!(out.status(), StatusCode::OK);
    assert!(out.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    let (status, body) = account_of(&alice, &second).await;
    assert_eq!((status, &body["reason"]), (StatusCode::UNAUTHORIZED, &json!("signed_out")));
}

#[tokio::test]
async fn failures_here_and_at_the_token_endpoint_lock_together() {
    let alice = Customer::open("V0", "intl").await;
    let wrong = json!({ "account": "alice", "password": "wrong" });
    for _ in 0..4 {
        let answer =
            send(&alice, &Browser::default(), (Method::POST, "/v1/session"), Some(wrong.clone())).await;
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["reason"], "wrong_password");
    }
    let token = json!({"auth": {"identity": {"methods": ["password"], "password": {"user": {
        "name": "alice", "password": "wrong", "domain": {"name": "alice"}}}}}});
    let url = format!("{}/v3/auth/tokens", alice.server.url);
    assert_eq!(alice.http.post(url).json(&token).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    let right = json!({ "account": "alice", "password": alice.account["password"] });
    let answer = send(&alice, &Browser::default(), (Method::POST, "/v1/session"), Some(right)).await;
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["reason"], "locked");
}

#[tokio::test]
async fn the_operators_door_and_the_customers_are_two() {
    let alice = Customer::open("V0", "intl").await;
    let customer = sign_in(&alice, &alice.account).await;
    let token = json!({ "token": alice.server.operator_token() });
    let (operator, set) = sign_in_at(&alice, "/v1/admin/session", &Browser::default(), token).await;
    assert!(set.contains("HttpOnly; SameSite=Strict; Path=/v1/admin;"), "{set}");

    let closed = json!({ "account": "mallory", "password": "long enough" });
    let answer = send(&alice, &Browser::default(), (Method::POST, "/v1/sign-up"), Some(closed)).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN, "the operator opens accounts here");

    let id = |browser: &Browser| browser.cookie.split_once('=').unwrap().1.to_owned();
    let renamed = Browser { cookie: format!("inkmeter_operator={}", id(&customer)), ..customer.clone() };
    for intruder in [&customer, &renamed] {
        for path in ["/v1/admin/accounts", "/v1/admin/catalog", "/v1/admin/clock"] {
            let answer = send(&alice, intruder, (Method::GET, path), None).await;
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path}");
        }
    }
    let renamed = Browser { cookie: format!("inkmeter_session={}", id(&operator)), ..operator.clone() };
    assert_eq!(account_of(&alice, &renamed).await.0, StatusCode::UNAUTHORIZED);

    let accounts = send(&alice, &operator, (Method::GET, "/v1/admin/accounts"), None).await;
    assert_eq!(accounts.status(), StatusCode::OK);
    let advance = (Method::POST, "/v1/admin/clock");
    let forged = Browser { csrf: String::new(), ..operator.clone() };
    let answer = send(&alice, &forged, advance.clone(), Some(json!({ "by_ms": 1 }))).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let answer = send(&alice, &operator, advance, Some(json!({ "by_ms": 1 }))).await;
    assert_eq!(answer.status(), StatusCode::OK);
    send(&alice, &operator, (Method::DELETE, "/v1/admin/session"), None).await;
    let over = send(&alice, &operator, (Method::GET, "/v1/admin/accounts"), None).await;
    assert_eq!(over.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_session_that_rested_too_long_is_over() {
    let mut alice = Customer::open("V0", "intl").await;
    let browser = sign_in(&alice, &alice.account).await;
    assert_eq!(account_of(&alice, &browser).await.0, StatusCode::OK);
    // The machine's clock cannot be moved; the record of the last use can. The published rest is an hour.
    const IDLE_MS: i64 = 60 * 60_000;
    alice.server.kill();
    let directory =
        ledger::directory::Directory::open(&alice.server.data.path().join("directory.db")).unwrap();
    let hash = server::auth::secrets::token_hash(browser.cookie.split_once('=').unwrap().1);
    let rested = server::clock::system_now_ms() - IDLE_MS;
    directory.touch_session(&hash, rested).unwrap();
    drop(directory);
    alice.server.restart();
    assert_eq!(account_of(&alice, &browser).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn pages_are_kept_shut() {
    let server = Server::start(true);
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    for path in ["/console/", "/console/packages", "/console/assets/none.js"] {
        let answer = http.get(format!("{}{path}", server.url)).send().await.unwrap();
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
    }
}

/// The login policy's message and the last time are shown with the sign-in, to whoever signs in, and not later.
#[tokio::test]
async fn a_sign_in_shows_what_the_login_policy_says() {
    let alice = Customer::open("V0", "intl").await;
    let bob = alice.server.json(&["account", "create", "bob"]);
    let body = json!({ "account": "bob", "user": "bob", "password": bob["password"] });
    let signed_in = async || -> (Browser, Value) {
        let response =
            send(&alice, &Browser::default(), (Method::POST, "/v1/session"), Some(body.clone())).await;
        let cookie = response.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let view: Value = response.json().await.unwrap();
        let csrf = view["session"]["csrf_token"].as_str().unwrap().to_owned();
        (Browser { cookie, csrf }, view["welcome"].clone())
    };
    let (browser, welcome) = signed_in().await;
    assert_eq!(welcome, Value::Null, "nothing is shown by default");
    let path =
        format!("/v3.0/OS-SECURITYPOLICY/domains/{}/login-policy", bob["account_id"].as_str().unwrap());
    let rules = json!({ "login_policy": {
        "custom_info_for_login": "Lock your screen.", "show_recent_login_info": true } });
    let changed = send(&alice, &browser, (Method::PUT, &path), Some(rules)).await;
    assert_eq!(changed.status(), StatusCode::OK);
    let before = alice.server.json(&["clock", "show"])["now"].as_str().unwrap().to_owned();
    alice.server.json(&["clock", "advance", "1h"]);
    let (browser, welcome) = signed_in().await;
    assert_eq!(welcome["message"], "Lock your screen.");
    assert_eq!(welcome["shows_last_sign_in"], true);
    let second = |text: &str| charging::Timestamp::parse(text).unwrap().ms() / 1_000;
    assert_eq!(second(welcome["last_sign_in_at"].as_str().unwrap()), second(&before));
    let later: Value = send(&alice, &browser, (Method::GET, "/v1/session"), None).await.json().await.unwrap();
    assert_eq!(later["welcome"], Value::Null, "said once");
}
