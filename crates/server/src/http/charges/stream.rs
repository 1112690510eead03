//! `POST /v1/charges/stream`: requests and answers as lines of JSON, for as long as the gateway likes. Answers come in the
//! order of the requests, each when it is durable, while later requests are read.
//!
//! A gateway that sees the stream end sends again what was not answered: its keys see to it that nothing is charged twice.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use ledger::directory::GatewayRow;
use serde_json::Value;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use wire::error;

use super::Gateway;
use super::batch::{ITEMS_LIMIT, decide, told};
use crate::app::App;
use crate::http::error::Failure;
use crate::http::invalid::parse;
use crate::usecase::metering::{Decided, Item};

/// The longest line, in bytes.
const LINE_LIMIT_BYTES: usize = 16 * 1024;
/// How long nothing may come before the stream ends.
const IDLE: Duration = Duration::from_secs(60);
/// How many parts of the stream may be decided and not answered: a gateway that does not read is not read either.
const PARTS_AHEAD: usize = 8;

/// What is said to a line or lines.
type Part = Vec<Result<Decided, Failure>>;

/// Answers a stream.
pub async fn stream(State(app): State<Arc<App>>, Gateway(gateway): Gateway, request: Request) -> Response {
    let (parts, answers) = channel(PARTS_AHEAD);
    let body = request.into_body();
    let tasks = app.tasks.clone();
    tasks.spawn(async move {
        let stopping = app.stopping.clone();
        stopping.run_until_cancelled(read(app, gateway, body, parts)).await;
    });
    let lines = futures_util::stream::unfold(answers, next);
    ([(CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines)).into_response()
}

/// Reads lines and decides on them until the stream ends. What has come is decided on together.
async fn read(app: Arc<App>, gateway: Arc<GatewayRow>, mut body: Body, parts: Sender<Part>) {
    let mut rest = Vec::new();
    loop {
        let frame = match tokio::time::timeout(IDLE, body.frame()).await {
            Ok(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
            Ok(None) => break,
            // Broken off, or idle: a line that is not whole is not looked at.
            Ok(Some(Err(_))) | Err(_) => return,
        };
        rest.extend_from_slice(&frame);
        let Some(end) = rest.iter().rposition(|byte| *byte == b'\n') else {
            if rest.len() > LINE_LIMIT_BYTES {
                let _ = parts.send(vec![Err(too_long())]).await;
                return;
            }
            continue;
        };
        let later = rest.split_off(end + 1);
        let whole = std::mem::replace(&mut rest, later);
        if !answer(&app, &gateway, &whole, &parts).await {
            return;
        }
    }
    if !rest.is_empty() {
        answer(&app, &gateway, &rest, &parts).await;
    }
}

/// Decides on whole lines. False if nobody wants the answers any more.
async fn answer(app: &Arc<App>, gateway: &Arc<GatewayRow>, lines: &[u8], parts: &Sender<Part>) -> bool {
    let lines = lines.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let items: Vec<Result<Item, Failure>> =
        lines.map(|line| if line.len() > LINE_LIMIT_BYTES { Err(too_long()) } else { parse(line) }).collect();
    let mut items = items.into_iter().peekable();
    while items.peek().is_some() {
        let some = items.by_ref().take(ITEMS_LIMIT).collect();
        let _time_stands_still = app.clock.during_call().await;
        let Ok(decided) = decide(Arc::clone(app), Arc::clone(gateway), some).await else { return false };
        if parts.send(decided).await.is_err() {
            return false;
        }
    }
    true
}

/// The next answers, as lines.
async fn next(mut answers: Receiver<Part>) -> Option<(Result<Bytes, std::io::Error>, Receiver<Part>)> {
    let part = answers.recv().await?;
    let mut lines = Vec::new();
    for decided in part {
        let told: Value = told(decided).await;
        lines.extend_from_slice(told.to_string().as_bytes());
        lines.push(b'\n');
    }
    Some((Ok(lines.into()), answers))
}

fn too_long() -> Failure {
    Failure::of(error::INVALID_PARAMETER).because(format!("a line has at most {LINE_LIMIT_BYTES} bytes"))
}
