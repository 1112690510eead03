//! A receiver of webhooks within the test, and an account whose notices go there.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use parking_lot::Mutex;
use serde_json::Value;

use crate::customer::Customer;
use crate::server::Server;

/// A receiver of webhooks within the test: keeps what it gets, and answers what it is told to.
#[derive(Clone, Default)]
pub struct Receiver(pub Arc<Mutex<Inbox>>);

#[derive(Default)]
pub struct Inbox {
    pub answers: Vec<StatusCode>,
    pub taken: Vec<(HeaderMap, Value)>,
    pub tries: usize,
}

async fn hook(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut inbox = receiver.0.lock();
    inbox.tries += 1;
    let answer = inbox.answers.pop().unwrap_or(StatusCode::OK);
    if answer.is_success() {
        inbox.taken.push((headers, serde_json::from_slice(&body).unwrap()));
    }
    answer
}

async fn elsewhere() -> Response {
    Redirect::temporary("/hook").into_response()
}

impl Receiver {
    /// Starts it; gives the URL of its folder.
    pub async fn start() -> (Receiver, String) {
        let receiver = Receiver::default();
        let router = Router::new()
            .route("/hook", post(hook))
            .route("/other", post(hook))
            .route("/elsewhere", post(elsewhere))
            .with_state(receiver.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (receiver, url)
    }

    pub fn kinds(&self) -> Vec<String> {
        self.0.lock().taken.iter().map(|(_, body)| body["kind"].as_str().unwrap().to_owned()).collect()
    }

    pub fn tries(&self) -> usize {
        self.0.lock().tries
    }
}

pub const CONFIG: &str = "[ocr]\nengine = \"blank\"\n[notify]\nattempts = 3\nfirst_pause_s = 1\nlongest_pause_s = 1\n\
                      [notify.webhook]\nallow_private_hosts = true\n";

/// An account on a server of its own.
pub async fn alice(more: &str) -> Customer {
    Customer::with(Server::with_config(&format!("{CONFIG}{more}")), "V5", "cn").await
}

/// Deliveries of alice in these states.
pub fn deliveries(alice: &Customer, state: &str) -> Vec<Value> {
    let rows = alice.server.json(&["outbox", "--account", "alice", "--state", state]);
    rows.as_array().unwrap().clone()
}

/// Goes into arrears: two notices.
pub async fn go_into_arrears(alice: &Customer) {
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    alice.charged().await;
    alice.server.json(&["clock", "advance", "1h"]);
    assert_eq!(alice.show()["standing"], "grace");
}
