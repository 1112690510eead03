//! The gateway: how often an account may call, how a path may be written, which endpoint has what, and pages of other
//! origins.

use std::sync::Arc;

use axum::http::{HeaderMap, Method, StatusCode};
use reqwest::{RequestBuilder, Response};
use serde_json::Value;
use server::eye::Blank;

use crate::inside::{Inside, REGION, pixel, token_of};

const THERE: &str = "cn-east-3";

/// Status, code and reason of an answer, which has an id in its head and in its body.
async fn told(response: Response) -> (u16, String, String) {
    let status = response.status().as_u16();
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let body: Value = response.json().await.unwrap();
    if status >= 400 {
        assert_eq!(body["request_id"], id);
    }
    let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
    (status, text("error_code"), text("reason"))
}

async fn refusal(request: RequestBuilder) -> (u16, String, String) {
    told(request.body(pixel()).send().await.unwrap()).await
}

fn refused(status: u16, code: &str, reason: &str) -> (u16, String, String) {
    (status, code.into(), reason.into())
}

impl Inside {
    /// A call by signature, with the host it is sent to.
    fn signed_call(&self, path: &str, host: &str) -> RequestBuilder {
        self.post(path).header("host", host).headers(self.signed("POST", path, host, pixel().as_bytes()))
    }
}

#[tokio::test]
async fn an_account_may_call_an_api_so_often() {
    let config = "[throttling]\nper_minute = 3\n[throttling.apis.\"/v3/projects\"]\nper_minute = 1";
    let alice = Inside::start(config, Arc::new(Blank)).await;
    for _ in 0..3 {
        assert_eq!(alice.call().body(pixel()).send().await.unwrap().status(), StatusCode::OK);
    }
    let response = alice.call().body(pixel()).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait_s: u64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=20).contains(&wait_s), "{wait_s}");
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["error_code"], "APIG.0308");
    assert_eq!(
        body["error_msg"],
        "The throttling threshold has been reached: policy user over ratelimit,limit:3,time:1 minute."
    );
    // By whatever it proves who it is; but others' wrong signatures take nothing from it.
    let host = alice.running.address.to_string();
    let throttled = refused(429, "APIG.0308", "throttled");
    assert_eq!(refusal(alice.signed_call(&alice.path(REGION), &host)).await, throttled);
    // Another API has its own, and what is ours alone has none.
    let get =
        |path: &str| alice.http.get(format!("http://{host}{path}")).header("x-auth-token", &alice.token);
    assert_eq!(get("/v3/projects").send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(told(get("/v3/projects").send().await.unwrap()).await, throttled);
    for _ in 0..5 {
        assert_eq!(get("/v1/account").send().await.unwrap().status(), StatusCode::OK);
    }
    // Another account is not concerned.
    let app = alice.app();
    let bob = app.create_account("bob", charging::Tier::V0, &charging::Name::new("intl").unwrap()).unwrap();
    let path = format!("/v2/{}/ocr/general-text", bob.projects[REGION]);
    let call = alice.post(&path).header("x-auth-token", token_of(app, &bob, Some(REGION)));
    assert_eq!(refusal(call).await, refused(403, "ModelArts.4204", "not_subscribed"));
    assert_eq!(alice.charges().await, 3);
    alice.running.stop().await;
}

#[tokio::test]
async fn wrong_signatures_take_nothing_from_a_throttle() {
    let alice = Inside::start("[throttling]\nper_minute = 1", Arc::new(Blank)).await;
    let host = alice.running.address.to_string();
    for _ in 0..3 {
        let forged = alice.signed_call(&alice.path(REGION), &host).body("{}").send().await.unwrap();
        assert_eq!(told(forged).await, refused(401, "APIG.0301", ""));
    }
    assert_eq!(refusal(alice.signed_call(&alice.path(REGION), &host)).await.0, 200);
    alice.running.stop().await;
}

#[tokio::test]
async fn a_path_may_be_written_in_several_ways() {
    let alice = Inside::start("", Arc::new(Blank)).await;
    let host = alice.running.address.to_string();
    let plain = alice.path(REGION);
    let encoded = plain.replace("/ocr/general-text", "/%6Fcr/general%2dtext");
    for path in [plain.clone(), format!("{plain}/"), format!("{plain}//"), encoded] {
        let by_token = alice.post(&path).header("x-auth-token", &alice.token);
        assert_eq!(refusal(by_token).await.0, 200, "{path}");
        assert_eq!(refusal(alice.signed_call(&path, &host)).await.0, 200, "{path}");
    }
    let found = alice.http.get(format!("http://{host}/v3/projects/?name={REGION}"));
    let found = found.header("x-auth-token", &alice.token).send().await.unwrap();
    let found: Value = found.json().await.unwrap();
    assert_eq!(found["projects"].as_array().unwrap().len(), 1);
    // What the SDKs send that know neither a project nor a region.
    let unfilled = "/v2/%7Bproject_id%7D/ocr/general-text";
    let told = refused(404, "APIG.0101", "no_project_id");
    assert_eq!(refusal(alice.signed_call(unfilled, &host)).await, told);
    assert_eq!(refusal(alice.post(unfilled).header("x-auth-token", &alice.token)).await, told);
    for wrong in ["//v2/x/ocr/general-text", "/v2/a%2Fb/ocr/general-text", "/v2/%ff/ocr/general-text", "/%"] {
        let call = alice.post(wrong).header("x-auth-token", &alice.token);
        assert_eq!(refusal(call).await, refused(404, "APIG.0101", ""), "{wrong}");
    }
    assert_eq!(alice.charges().await, 8);
    alice.running.stop().await;
}

#[tokio::test]
async fn each_region_has_its_endpoint() {
    let config = "[hosts]\niam = [\"iam.test\"]\nbilling = [\"bss.test\"]\n\
                  [hosts.regions]\ncn-north-4 = [\"ocr.north.test\"]\ncn-east-3 = [\"ocr.east.test\"]";
    let alice = Inside::start(config, Arc::new(Blank)).await;
    let (north, east) = (alice.path(REGION), alice.path(THERE));
    let own_host = alice.running.address.to_string();
    let east_token = token_of(alice.app(), &alice.account, Some(THERE));
    let by_token = |path: &str, host: &str, token: &str| {
        alice.post(path).header("host", host).header("x-auth-token", token)
    };
    let not_subscribed = refused(403, "ModelArts.4204", "not_subscribed");
    for host in ["ocr.north.test", "OCR.North.Test:8443", own_host.as_str()] {
        assert_eq!(refusal(by_token(&north, host, &alice.token)).await.0, 200, "{host}");
        assert_eq!(refusal(alice.signed_call(&north, host)).await.0, 200, "{host}");
    }
    // The other region is served at its own endpoint, and at names that are not listed.
    for host in ["ocr.east.test", own_host.as_str()] {
        assert_eq!(refusal(by_token(&east, host, &east_token)).await, not_subscribed, "{host}");
        assert_eq!(refusal(alice.signed_call(&east, host)).await, not_subscribed, "{host}");
    }
    let (updated, absent) =
        (refused(401, "APIG.0307", "another_region"), refused(404, "APIG.0101", "another_region"));
    for (path, host, token) in
        [(&north, "ocr.east.test", &alice.token), (&east, "ocr.north.test", &east_token)]
    {
        assert_eq!(refusal(by_token(path, host, token)).await, updated);
        assert_eq!(refusal(alice.signed_call(path, host)).await, absent);
    }
    // Another's project is none at any endpoint: nothing tells where it is.
    let app = alice.app();
    let bob = app.create_account("bob", charging::Tier::V0, &charging::Name::new("intl").unwrap()).unwrap();
    let foreign = format!("/v2/{}/ocr/general-text", bob.projects[REGION]);
    for host in ["ocr.north.test", "ocr.east.test", own_host.as_str()] {
        let nobodys = refused(403, "APIG.0310", "");
        assert_eq!(refusal(by_token(&foreign, host, &alice.token)).await, nobodys, "{host}");
        assert_eq!(refusal(alice.signed_call(&foreign, host)).await, nobodys, "{host}");
    }

    // An endpoint has its own service alone; ours are everywhere.
    let (balances, projects) = ("/v2/accounts/customer-accounts/balances", "/v3/projects");
    let hosts = ["ocr.north.test", "iam.test", "bss.test", own_host.as_str()];
    let absent = |code: &'static str| (404, code);
    for (path, expected) in [
        (balances, [absent("APIG.0101"), absent("APIGW.0101"), (200, ""), (200, "")]),
        (projects, [absent("APIG.0101"), (200, ""), absent("APIG.0101"), (200, "")]),
        ("/v1/account", [(200, ""); 4]),
        ("/v3/nowhere", [absent("APIG.0101"); 4]),
    ] {
        for (host, (status, code)) in hosts.into_iter().zip(expected) {
            let get = alice.http.get(format!("http://{own_host}{path}"));
            let got =
                told(get.header("host", host).header("x-auth-token", &alice.token).send().await.unwrap());
            let got = got.await;
            assert_eq!((got.0, got.1.as_str()), (status, code), "{path} at {host}");
        }
    }
    assert_eq!(alice.charges().await, 6);
    alice.running.stop().await;
}

/// Asks whether a page of this origin may send a call, and has it sent.
async fn from_page(alice: &Inside, origin: &str) -> (HeaderMap, HeaderMap) {
    let url = format!("http://{}{}", alice.running.address, alice.path(REGION));
    let asked = alice.http.request(Method::OPTIONS, url).header("origin", origin);
    let asked = asked
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,x-sdk-date")
        .send()
        .await
        .unwrap();
    let sent = alice.call().header("origin", origin).body(pixel()).send().await.unwrap();
    assert_eq!(sent.status(), StatusCode::OK, "browsers keep the answer from the page, not we");
    (asked.headers().clone(), sent.headers().clone())
}

#[tokio::test]
async fn pages_of_other_origins_are_let_in_by_name() {
    const ALLOWED: &str = "access-control-allow-origin";
    const CREDENTIALS: &str = "access-control-allow-credentials";
    let page = "https://app.example.com";
    let closed = Inside::start("", Arc::new(Blank)).await;
    let (asked, sent) = from_page(&closed, page).await;
    assert!(!asked.contains_key(ALLOWED) && !sent.contains_key(ALLOWED), "off, unless it is wanted");
    closed.running.stop().await;

    let config = format!("[server]\ncors_origins = [\"{page}\", \"http://localhost:3000\"]");
    let named = Inside::start(&config, Arc::new(Blank)).await;
    let (asked, sent) = from_page(&named, page).await;
    assert_eq!((&asked[ALLOWED], &sent[ALLOWED]), (&page.parse().unwrap(), &page.parse().unwrap()));
    assert_eq!(asked["access-control-allow-headers"], "authorization,x-sdk-date");
    assert!(asked["access-control-allow-methods"].to_str().unwrap().contains("POST"));
    assert!(asked.contains_key("x-request-id"));
    assert!(sent["access-control-expose-headers"].to_str().unwrap().contains("x-request-id"));
    let (other, sent_by_other) = from_page(&named, "https://evil.example.com").await;
    assert!(!other.contains_key(ALLOWED) && !sent_by_other.contains_key(ALLOWED));
    for headers in [asked, sent, other] {
        assert!(!headers.contains_key(CREDENTIALS), "cookies stay at home");
        assert!(headers["vary"].to_str().unwrap().contains("origin"));
    }
    named.running.stop().await;

    let open = Inside::start("[server]\ncors_origins = [\"*\"]", Arc::new(Blank)).await;
    let (asked, sent) = from_page(&open, "https://anybody.example.com").await;
    for headers in [asked, sent] {
        assert_eq!(headers[ALLOWED], "*");
        assert!(!headers.contains_key(CREDENTIALS));
    }
    open.running.stop().await;
}
