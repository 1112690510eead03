//! Signing in while somebody else floods the door with passwords.

use std::net::IpAddr;

use charging::{Name, Tier};
use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use server::eye::Blank;

use crate::scene::Scene;
use crate::waiting::{in_time, until};

/// A client at one of this machine's addresses.
fn client_at(address: [u8; 4]) -> Client {
    let builder = Client::builder().no_proxy().tls_certs_only([]);
    builder.local_address(IpAddr::from(address)).build().unwrap()
}

fn token_request(user: &str, password: &str) -> Value {
    let user = json!({ "name": user, "password": password, "domain": { "name": user } });
    let identity = json!({ "methods": ["password"], "password": { "user": user } });
    json!({ "auth": { "identity": identity, "scope": { "project": { "name": "cn-north-4" } } } })
}

async fn for_a_token(http: &Client, url: &str, user: &str, password: &str) -> Response {
    let request = http.post(format!("{url}/v3/auth/tokens")).json(&token_request(user, password));
    request.send().await.unwrap()
}

async fn for_a_session(http: &Client, url: &str, user: &str, password: &str) -> Response {
    let body = json!({ "account": user, "password": password });
    http.post(format!("{url}/v1/session")).json(&body).send().await.unwrap()
}

/// What one who signs in too often is told, in the words of the route.
async fn check_refused(answer: Response) {
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.headers()["retry-after"], "2");
    let is_iam = answer.url().path().starts_with("/v3/");
    let body: Value = answer.json().await.unwrap();
    if is_iam {
        assert_eq!(
            (&body["error"]["code"], &body["error"]["title"]),
            (&json!(429), &json!("Too Many Requests"))
        );
        assert!(body["error"]["message"].as_str().unwrap().contains("from this address"), "{body}");
    } else {
        assert_eq!(
            (&body["error_code"], &body["reason"]),
            (&json!("APIG.0308"), &json!("too_many_passwords"))
        );
        assert!(body["cure"].is_string(), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_from_one_address_keeps_nobody_elsewhere_from_signing_in() {
    let scene = Scene::set(Blank, 64).await;
    let (app, url) = (&scene.running.app, format!("http://{}", scene.running.address));
    let bob = app.create_account("bob", Tier::V0, &Name::new("intl").unwrap()).unwrap();

    // Until the test says so no hash ends: every core is taken.
    let mut held = Vec::new();
    while let Some(turn) = app.hashing.turn(None).now_or_never() {
        held.push(turn.unwrap());
    }
    let left = app.hashing.places() - held.len();
    let (share, beyond) = ((3 * left).div_ceil(4), 20);
    let greedy = client_at([127, 0, 0, 1]);
    let mut flood: FuturesUnordered<_> = (0..share + beyond)
        .map(|number| match number % 2 {
            0 => for_a_token(&greedy, &url, "nobody", "guess-1").boxed(),
            _ => for_a_session(&greedy, &url, "nobody", "guess-1").boxed(),
        })
        .collect();
    for _ in 0..beyond {
        check_refused(flood.next().await.unwrap()).await;
    }
    assert!(flood.next().now_or_never().is_none(), "the others wait");

    let (elsewhere, at) = (client_at([127, 0, 0, 2]), url.clone());
    let signing_in = tokio::spawn(async move {
        let token = for_a_token(&elsewhere, &at, "bob", &bob.password);
        tokio::join!(token, for_a_session(&elsewhere, &at, "bob", &bob.password))
    });
    until("those elsewhere wait too", || {
        assert!(!signing_in.is_finished(), "nobody is refused elsewhere");
        app.hashing.under_way() >= held.len() + share + 2
    })
    .await;
    drop(held);
    let (token, session) = in_time("they sign in", signing_in).await.unwrap();
    assert_eq!((token.status(), session.status()), (StatusCode::CREATED, StatusCode::OK));
    while let Some(answer) = in_time("the others are answered", flood.next()).await {
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    }
    scene.stop().await;
}
