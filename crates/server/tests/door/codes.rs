//! Every error code of OCR and its gateway that can arise is made to arise, our own among them: with its status and its
//! words, and without anything charged. ("Error Codes"; those that cannot arise here are named in docs/compat.md.)

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use charging::{MemberQuota, Tier};
use ledger::directory::{AccessMode, GatewayRow, NewUser, UserChange};
use ocr::{Page, ReadError};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use server::app::App;
use server::auth::secrets::{hash_password, new_token, token_hash};
use server::clock::system_now_ms;
use server::eye::{Reader, Reading};
use server::usecase::accounts::Created;
use server::usecase::membership;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wire::error::{self, ErrorCode};

use crate::customer::PIXEL;
use crate::http2::{Connection, body_of};
use crate::inside::{Inside, REGION, open_account, pixel, token_of};

/// An eye that finds in a picture what the picture says.
struct Obedient;

impl Reader for Obedient {
    fn general_text(&self, reading: Reading<'_>) -> Result<Page, ReadError> {
        let detail = || "so the picture says".to_owned();
        match reading.bytes {
            b"format" => Err(ReadError::Format(detail())),
            b"size" => Err(ReadError::Size(detail())),
            b"quality" => Err(ReadError::Quality(detail())),
            b"engine" => Err(ReadError::Engine(detail())),
            b"endless" => {
                while (reading.wanted)() {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(ReadError::Unwanted)
            }
            _ => Ok(Page::blank(0, 0)),
        }
    }

    fn workers(&self) -> usize {
        4
    }
}

/// Codes made to arise so far.
struct Table {
    alice: Inside,
    arisen: BTreeSet<(&'static str, u16)>,
}

impl Table {
    async fn new(config: &str) -> Table {
        Table { alice: Inside::start(config, Arc::new(Obedient)).await, arisen: BTreeSet::new() }
    }

    /// Checks an answer in Huawei's form, and that nothing was charged.
    async fn is(&mut self, code: ErrorCode, what: &str, status: u16, body: &str) {
        // The published words come first; where they have a gap to fill, up to it.
        let fixed = [" subscribed", " policy", "."].iter().find_map(|end| code.message.split_once(end));
        let words = fixed.map_or(code.message, |(words, _)| words.trim_end_matches("The API is not"));
        self.is_in_words(code, what, (status, body), words).await;
    }

    async fn is_in_words(&mut self, code: ErrorCode, what: &str, (status, body): (u16, &str), words: &str) {
        let before = self.alice.charges().await;
        let body: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("{what}: {body}"));
        assert_eq!((status, &body["error_code"]), (code.status, &json!(code.code)), "{what}: {body}");
        let said = body["error_msg"].as_str().unwrap();
        assert!(said.starts_with(words), "{what}: {said}");
        assert_eq!(body["request_id"].as_str().unwrap().len(), 32, "{what}: {body}");
        assert_eq!(self.alice.charges().await, before, "{what}");
        self.arisen.insert((code.code, code.status));
    }

    async fn sent(&mut self, code: ErrorCode, what: &str, request: RequestBuilder) {
        let response = request.send().await.unwrap();
        let (status, body) = (response.status().as_u16(), response.text().await.unwrap());
        self.is(code, what, status, &body).await;
    }

    /// The same where more than the code's words are published.
    async fn said(&mut self, code: ErrorCode, what: &str, detail: &str, request: RequestBuilder) {
        let response = request.send().await.unwrap();
        let (status, body) = (response.status().as_u16(), response.text().await.unwrap());
        assert!(body.contains(detail), "{what}: {body}");
        self.is(code, what, status, &body).await;
    }

    /// Calls with these bytes as the body.
    async fn body(&mut self, code: ErrorCode, what: &str, body: impl Into<reqwest::Body>) {
        let request = self.alice.call().body(body);
        self.sent(code, what, request).await;
    }

    /// Calls with this picture.
    async fn picture(&mut self, code: ErrorCode, picture: &str) {
        self.body(code, picture, json!({ "image": BASE64.encode(picture) }).to_string()).await;
    }

    /// Sends bytes as they are and says no more.
    async fn bytes(&mut self, code: ErrorCode, what: &str, bytes: String) {
        let mut stream = TcpStream::connect(self.alice.running.address).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        self.is(code, what, status, answer.split_once("\r\n\r\n").unwrap().1).await;
    }
}

/// A token that was given back.
fn given_back(app: &App, alice: &Inside) -> String {
    let token = token_of(app, &alice.account, Some(REGION));
    assert!(app.auth.directory.delete_token(&token_hash(&token)).unwrap());
    token
}

/// A token of a new user, who was granted nothing.
fn token_of_user(app: &App, alice: &Inside, user: &str) -> String {
    let (directory, account_id) = (&app.auth.directory, alice.account.account_id.as_str());
    let hash = hash_password("pass word 1").unwrap();
    let new = NewUser {
        user_id: user,
        account_id,
        name: user,
        password_hash: Some(&hash),
        enabled: true,
        access: AccessMode::Default,
        reset_password: false,
        description: "",
        email: "",
        phone: ("", ""),
        created_at_ms: 0,
        system_ms: system_now_ms(),
    };
    directory.insert_user(&new).unwrap();
    let of_user = Created { user: user.into(), password: "pass word 1".into(), ..alice.account.clone() };
    token_of(app, &of_user, Some(REGION))
}

/// A token of a user who may only come by the console since.
fn console_only(app: &App, alice: &Inside) -> String {
    let token = token_of_user(app, alice, "ann");
    let change = UserChange { access: Some(AccessMode::Console), ..UserChange::default() };
    app.auth.directory.change_user(&alice.account.account_id, "ann", &change).unwrap();
    token
}

#[tokio::test(flavor = "multi_thread")]
async fn every_code_that_can_arise_is_as_published_and_charges_nothing() {
    let config = "[ocr]\ntimeout_s = 1\n[ocr.url]\nallowed = true\n[hosts]\niam = [\"iam.test\"]\n\
                  [throttling.apis.\"/v3/projects\"]\nper_minute = 1";
    let mut table = Table::new(config).await;
    let app = Arc::clone(table.alice.app());
    let path = table.alice.path(REGION);
    let token = table.alice.token.clone();

    // What is asked for.
    table.body(error::INVALID_PARAMETER, "neither picture nor url", "{}").await;
    let both = json!({ "image": PIXEL, "url": "https://example.com/a.png" }).to_string();
    table.body(error::INVALID_PARAMETER, "picture and url", both).await;
    let no_boolean = json!({ "image": PIXEL, "detect_direction": "yes" }).to_string();
    table.body(error::INVALID_PARAMETER, "no boolean", no_boolean).await;
    let prefixed = json!({ "image": format!("data:image/png;base64,{PIXEL}") }).to_string();
    table.body(error::IMAGE_FORMAT, "a data: prefix", prefixed).await;
    table.body(error::JSON_FORMAT, "no JSON", "{").await;
    table.body(error::IMAGE_FORMAT, "broken base64", "{\"image\":\"a*b\"}").await;
    table.picture(error::IMAGE_FORMAT, "format").await;
    table.picture(error::IMAGE_SIZE, "size").await;
    table.picture(error::IMAGE_QUALITY, "quality").await;
    table.picture(error::RECOGNITION_FAILED, "engine").await;
    table.picture(error::BACKEND_TIMEOUT, "endless").await;
    table.body(error::URL_NOT_ALLOWED, "inside", "{\"url\":\"http://127.0.0.1/a.png\"}").await;
    table.body(error::URL_FAILED, "nowhere", "{\"url\":\"http://nowhere.invalid/a.png\"}").await;
    table.body(error::BODY_TOO_LARGE, "13 MiB", vec![b' '; 13 << 20]).await;
    let long = table.alice.post(&format!("{path}?{}", "x".repeat(33 << 10))).header("x-auth-token", &token);
    table.sent(error::URI_TOO_LARGE, "a URI of 33 KiB", long).await;
    let header = table.alice.call().header("x-large", "x".repeat(33 << 10));
    table.sent(error::HEADERS_TOO_LARGE, "a header of 33 KiB", header).await;
    let headers =
        (0..5).fold(table.alice.call(), |call, n| call.header(format!("x-{n}"), "x".repeat(30 << 10)));
    table.sent(error::HEADERS_TOO_LARGE, "headers of 150 KiB", headers).await;
    let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {token}\r\nConnection: close\r\n");
    table
        .bytes(error::CONTENT_LENGTH, "a body that ends early", format!("{head}Content-Length: 9\r\n\r\n{{"))
        .await;
    table.sent(error::NO_SUCH_API, "no such path", table.alice.post("/v2/nowhere")).await;

    // Who asks.
    table.sent(error::AUTHENTICATION, "nobody", table.alice.post(&path).body(pixel())).await;
    let domain = token_of(&app, &table.alice.account, None);
    let by_domain = table.alice.post(&path).header("x-auth-token", domain).body(pixel());
    table.sent(error::TOKEN_WITHOUT_PROJECT, "a token of the whole account", by_domain).await;
    let nobodys = table.alice.post(&format!("/v2/{}/ocr/general-text", "0".repeat(32)));
    table
        .sent(error::PROJECT_UNAVAILABLE, "a project nobody has", nobodys.header("x-auth-token", &token))
        .await;
    let ended = given_back(&app, &table.alice);
    for (what, with) in [("no token", "nonsense"), ("a token that was given back", ended.as_str())] {
        let call = table.alice.post(&path).header("x-auth-token", with).body(pixel());
        table.said(error::AUTHENTICATION, what, "decrypt token fail", call).await;
    }
    let host = table.alice.running.address.to_string();
    let forged = table.alice.signed("POST", &path, &host, b"another body");
    let forged = table.alice.post(&path).headers(forged).body(pixel());
    table.said(error::AUTHENTICATION, "a wrong signature", "verify aksk signature fail", forged).await;
    let of_user = console_only(&app, &table.alice);
    let call = table.alice.post(&path).header("x-auth-token", &of_user).body(pixel());
    let response = call.send().await.unwrap();
    let (status, body) = (response.status().as_u16(), response.text().await.unwrap());
    let words = "This user only supports console access, not programmatic access.";
    table.is_in_words(error::NOT_AUTHORIZED, "a user of the console", (status, &body), words).await;
    let sign_in = json!({ "account": "alice", "user": "alice", "password": table.alice.account.password });
    let signed_in = table.alice.post("/v1/session").json(&sign_in).send().await.unwrap();
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let forged = table.alice.post(&path).header("cookie", cookie).body(pixel());
    table.sent(error::ACCESS_DENIED, "a session without its second proof", forged).await;

    // Where and how often.
    let url = format!("http://{}/v3/projects", table.alice.running.address);
    let get = || table.alice.http.get(&url).header("x-auth-token", &token);
    assert!(get().send().await.unwrap().status().is_success());
    let again = get();
    table.sent(error::THROTTLED, "once more in a minute", again).await;
    let at_iam = table.alice.call().header("host", "iam.test").body(pixel());
    table.sent(error::NOT_AT_IAM, "OCR at the endpoint of IAM", at_iam).await;
    let all_kib = u32::try_from(app.body_kib.available_permits()).unwrap();
    let taken = app.body_kib.acquire_many(all_kib).await.unwrap();
    table.body(error::MAX_CONCURRENCY, "no memory for bodies", vec![b' '; 1 << 20]).await;
    drop(taken);

    // What the account may do.
    let elsewhere = table.alice.post(&table.alice.path("cn-east-3"));
    let there = token_of(&app, &table.alice.account, Some("cn-east-3"));
    let elsewhere = elsewhere.header("x-auth-token", there).body(pixel());
    table.sent(error::NOT_SUBSCRIBED, "not enabled there", elsewhere).await;
    assert_eq!(table.alice.call().body(pixel()).send().await.unwrap().status().as_u16(), 200);
    let cap = app.engine.set_spend_cap(table.alice.id, None, "0.05".parse().unwrap(), app.clock.now());
    cap.unwrap().await.unwrap().unwrap();
    table.body(error::SPEND_CAP_REACHED, "beyond the month's cap", pixel()).await;
    let uncapped = app.engine.remove_spend_cap(table.alice.id, None, app.clock.now());
    uncapped.unwrap().await.unwrap().unwrap();
    let nobodys_friend = token_of_user(&app, &table.alice, "bea");
    let call = table.alice.post(&path).header("x-auth-token", nobodys_friend).body(pixel());
    table.sent(error::NO_PERMISSION, "a user who was granted nothing", call).await;
    let (bob, _) = open_account(&app, "bob", Tier::V0, "intl").await;
    let row = app.auth.directory.account_by_name("bob").unwrap().unwrap();
    let nothing = MemberQuota { amount: None, units: Some(0) };
    membership::add(&app, table.alice.id, &row, nothing).await.unwrap();
    let of_bob = table.alice.post(&format!("/v2/{}/ocr/general-text", bob.projects[REGION]));
    let call = of_bob.header("x-auth-token", token_of(&app, &bob, Some(REGION))).body(pixel());
    table.sent(error::MEMBER_QUOTA_REACHED, "beyond the member's quota", call).await;
    table.alice.advance(3_600_000).await;
    table.body(error::ACCOUNT_RESTRICTED, "frozen", pixel()).await;
    assert_eq!(table.alice.charges().await, 1);
    table.alice.advance(86_400_000).await;
    table.body(error::TOKEN_UPDATE, "a token of the day before", pixel()).await;
    table.alice.token = token_of(&app, &table.alice.account, Some(REGION));

    // A gateway's key that stands for nothing.
    let (token, gateway) = (new_token(), GatewayRow { name: "front".into(), apis: vec![], created_at_ms: 0 });
    app.auth.directory.insert_gateway(&gateway, &token_hash(&token)).unwrap();
    let commit = table.alice.post("/v1/charges/commit").bearer_auth(token);
    let commit = commit.json(&json!({ "account": table.alice.account.name, "key": "1" }));
    table.sent(error::KEY_CONFLICT, "nothing is authorised", commit).await;

    // Two hosts can only be named in HTTP/2.
    let mut two_hosts = table.alice.request("http");
    two_hosts.headers_mut().insert("host", "elsewhere.test".parse().unwrap());
    let refused = Connection::open(table.alice.running.address).await.send(two_hosts).await;
    let (status, body) = (refused.status().as_u16(), body_of(refused).await.to_string());
    table.is(error::REQUEST_ERROR, "two hosts", status, &body).await;
    // The server stops while a body is on its way.
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {}\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n",
        table.alice.token
    );
    let mut stream = TcpStream::connect(table.alice.running.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).await.unwrap();
    assert_eq!(&asked[..21], b"HTTP/1.1 100 Continue");
    app.stopping.cancel();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    table.is(error::BACKEND_UNAVAILABLE, "the server stops", status, body).await;

    let own = |code: &&ErrorCode| !code.code.starts_with("CBC.");
    let all: BTreeSet<(&str, u16)> =
        error::ALL.iter().filter(own).map(|code| (code.code, code.status)).collect();
    assert_eq!(table.arisen, all);
    drop(app);
    table.alice.running.stop().await;
}
