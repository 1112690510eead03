//! Callers that call again at once after every answer, and what each of them saw.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::customer::PIXEL;
use crate::waiting::in_time;

/// Where a caller calls, and with which token.
#[derive(Clone)]
pub struct Called {
    pub url: String,
    pub token: String,
}

/// What a caller does after an answer that is no 2xx.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    Stops,
    GoesOn,
}

/// What all callers together saw so far.
#[derive(Default)]
pub struct Tally {
    pub answered: AtomicUsize,
    pub refused: AtomicUsize,
    has_enough: AtomicBool,
    /// It is told when so many calls are answered.
    goal: usize,
    reached: Notify,
}

impl Tally {
    /// One that tells when so many calls are answered.
    pub fn with_goal(goal: usize) -> Arc<Tally> {
        Arc::new(Tally { goal, ..Tally::default() })
    }

    /// Waits until so many are.
    pub async fn reached(&self) {
        in_time("the calls are answered", self.reached.notified()).await;
    }

    /// Ends every caller after the answer it waits for.
    pub fn end(&self) {
        self.has_enough.store(true, Ordering::Relaxed);
    }

    fn count_answered(&self) {
        if self.answered.fetch_add(1, Ordering::SeqCst) + 1 == self.goal {
            self.reached.notify_one();
        }
    }
}

/// An answer that is no 2xx.
#[derive(Debug, PartialEq)]
pub struct Refusal {
    pub status: u16,
    pub code: String,
    pub reason: String,
    pub cure: String,
    pub retry_after: String,
}

impl Refusal {
    async fn read(answer: Response) -> Refusal {
        let header = answer.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
        let (status, retry_after) = (answer.status().as_u16(), header.unwrap_or_default());
        let body: Value = answer.json().await.unwrap_or_default();
        let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
        Refusal { status, code: text("error_code"), reason: text("reason"), cure: text("cure"), retry_after }
    }
}

/// What one caller saw.
#[derive(Default)]
pub struct Seen {
    /// The ids of the calls that were answered with a 2xx: with its head a call is answered, whether or not the rest
    /// arrives.
    pub answered: Vec<String>,
    /// Each that is not like the one before.
    pub refused: Vec<Refusal>,
    /// Whether the last call got no answer.
    pub is_cut_off: bool,
}

/// Calls until the connection breaks, until there is enough, or until a refusal stops it.
pub async fn call_on(http: reqwest::Client, called: Called, refused: Refused, tally: Arc<Tally>) -> Seen {
    let mut seen = Seen::default();
    while !tally.has_enough.load(Ordering::Relaxed) {
        let call = http.post(&called.url).header("x-auth-token", &called.token);
        let Ok(answer) = call.json(&json!({ "image": PIXEL })).send().await else {
            seen.is_cut_off = true;
            return seen;
        };
        if answer.status() == StatusCode::OK {
            seen.answered.push(answer.headers()["x-request-id"].to_str().unwrap().to_owned());
            tally.count_answered();
            if answer.bytes().await.is_err() {
                return seen;
            }
            continue;
        }
        let told = Refusal::read(answer).await;
        if seen.refused.last() != Some(&told) {
            seen.refused.push(told);
        }
        tally.refused.fetch_add(1, Ordering::Relaxed);
        if refused == Refused::Stops {
            return seen;
        }
    }
    seen
}
