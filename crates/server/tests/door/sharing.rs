//! One account that sends as many calls as it can, and another that wants to be served beside it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use ocr::{Page, ReadError};
use reqwest::StatusCode;
use serde_json::{Value, json};
use server::eye::{Reader, Reading};

use crate::customer::PIXEL;
use crate::scene::{Caller, Scene};

const CONNECTIONS: usize = 90;
/// Calls that may wait beside the two that are read: together the places the default has on a machine with two cores.
const QUEUE: usize = 64;

/// An eye that reads as many pictures as it is let.
#[derive(Default)]
struct Let {
    pictures: Mutex<usize>,
    told: Condvar,
}

impl Let {
    fn read(&self, more: usize) {
        *self.pictures.lock().unwrap() += more;
        self.told.notify_all();
    }
}

impl Reader for Let {
    fn general_text(&self, _: Reading<'_>) -> Result<Page, ReadError> {
        let mut pictures = self.pictures.lock().unwrap();
        while *pictures == 0 {
            pictures = self.told.wait(pictures).unwrap();
        }
        *pictures -= 1;
        Ok(Page::blank(0, 0))
    }

    fn workers(&self) -> usize {
        2
    }
}

/// What the greedy account saw.
#[derive(Default)]
struct Seen {
    has_enough: AtomicBool,
    served: AtomicUsize,
    refused: AtomicUsize,
}

/// Calls over one connection, again at once after every answer.
async fn call_on(url: String, token: String, seen: Arc<Seen>) {
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    while !seen.has_enough.load(Ordering::Relaxed) {
        let call = http.post(&url).header("x-auth-token", &token).json(&json!({ "image": PIXEL }));
        let answer = call.send().await.unwrap();
        if answer.status() == StatusCode::OK {
            seen.served.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        assert_eq!(
            (answer.status(), &answer.headers()["retry-after"]),
            (StatusCode::TOO_MANY_REQUESTS, &"1".parse().unwrap())
        );
        let body: Value = answer.json().await.unwrap();
        assert_eq!((&body["error_code"], &body["reason"]), (&json!("APIG.0308"), &json!("too_many_calls")));
        assert!(body["cure"].as_str().is_some_and(|cure| cure.contains("fewer calls at once")), "{body}");
        seen.refused.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_with_many_connections_keeps_no_other_out() {
    let scene = Scene::set(Let::default(), QUEUE).await;
    let (app, address) = (&scene.running.app, scene.running.address);
    let greedy = Caller::open(app, "greedy", "100000").await;
    let seen = Arc::new(Seen::default());
    let url = format!("http://{address}{}", greedy.path);
    let callers: Vec<_> = (0..CONNECTIONS)
        .map(|_| tokio::spawn(call_on(url.clone(), greedy.token.clone(), Arc::clone(&seen))))
        .collect();
    // It has all the places it can have, and asks for more.
    while seen.refused.load(Ordering::Relaxed) < CONNECTIONS {
        tokio::task::yield_now().await;
    }
    for _ in 0..20 {
        let answer = {
            let call = scene.alice.call(address);
            tokio::pin!(call);
            loop {
                tokio::select! {
                    biased;
                    answer = &mut call => break answer,
                    () = tokio::task::yield_now() => scene.eye.read(1),
                }
            }
        };
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
    seen.has_enough.store(true, Ordering::Relaxed);
    scene.eye.read(1_000_000_000);
    for caller in callers {
        caller.await.unwrap();
    }
    // Each answer of both is in the books.
    assert!(seen.served.load(Ordering::Relaxed) > 0);
    assert_eq!(greedy.books(app).await.2, seen.served.load(Ordering::Relaxed) as u64);
    assert_eq!(scene.alice.books(app).await.2, 20);
    scene.stop().await;
}
