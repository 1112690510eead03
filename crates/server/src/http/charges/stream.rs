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
use tokio::sync::mpsc::{Receiver, Sender, channel};
use wire::error;

use super::batch::ITEMS_LIMIT;
use super::{Desk, Gateway, Said};
use crate::app::App;
use crate::http::error::Failure;
use crate::http::invalid::parse;
use crate::usecase::metering::{Answer, Item};

/// The longest line, in bytes.
const LINE_LIMIT_BYTES: usize = 16 * 1024;
/// How long nothing may come before the stream ends.
const IDLE: Duration = Duration::from_secs(60);
/// How many parts of the stream may be decided and not answered: a gateway that does not read is not read either.
const PARTS_AHEAD: usize = 8;

/// What is said to some lines.
type Part = Vec<Said>;

/// Answers a stream.
pub async fn stream(State(app): State<Arc<App>>, gateway: Gateway, request: Request) -> Response {
    answers(Desk::House(app), gateway.hash, request.into_body())
}

/// The answers to a stream of the gateway whose token has this hash.
pub(crate) fn answers(desk: Desk, hash: [u8; 32], body: Body) -> Response {
    let (parts, answers) = channel(PARTS_AHEAD);
    let (tasks, stopping) = (desk.tasks().clone(), desk.stopping().clone());
    tasks.spawn(async move {
        stopping.run_until_cancelled(read(desk, hash, body, parts)).await;
    });
    let lines = futures_util::stream::unfold(answers, next);
    ([(CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines)).into_response()
}

/// Reads lines and decides on them until the stream ends. What has come is decided on together.
async fn read(desk: Desk, hash: [u8; 32], mut body: Body, parts: Sender<Part>) {
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
                send(&parts, vec![Said::Told(Answer::failed(too_long()))]).await;
                return;
            }
            continue;
        };
        let later = rest.split_off(end + 1);
        let whole = std::mem::replace(&mut rest, later);
        if !answer(&desk, hash, &whole, &parts).await {
            return;
        }
    }
    if !rest.is_empty() {
        answer(&desk, hash, &rest, &parts).await;
    }
}

/// Decides on whole lines, some at a time. False if nobody wants the answers any more, or nobody may ask.
async fn answer(desk: &Desk, hash: [u8; 32], mut lines: &[u8], parts: &Sender<Part>) -> bool {
    loop {
        let (some, rest) = items(lines);
        lines = rest;
        if some.is_empty() {
            return true;
        }
        // Since the last ones the gateway may have been removed, or have got another token.
        let row = match desk.gateway(hash).await {
            Ok(row) => row,
            Err(failure) => {
                send(parts, vec![Said::Told(Answer::failed(failure))]).await;
                return false;
            }
        };
        let Ok(part) = decided(desk, row, some).await else { return false };
        if !send(parts, part).await {
            return false;
        }
    }
}

/// What the first lines ask for, and the lines after them. Empty lines ask for nothing.
fn items(mut lines: &[u8]) -> (Vec<Result<Item, Failure>>, &[u8]) {
    let mut some = Vec::new();
    while !lines.is_empty() && some.len() < ITEMS_LIMIT {
        let end = lines.iter().position(|byte| *byte == b'\n').unwrap_or(lines.len());
        let (line, rest) = lines.split_at(end);
        lines = rest.get(1..).unwrap_or_default();
        let line = line.trim_ascii();
        if !line.is_empty() {
            some.push(item(line));
        }
    }
    (some, lines)
}

fn item(line: &[u8]) -> Result<Item, Failure> {
    if line.len() > LINE_LIMIT_BYTES { Err(too_long()) } else { parse(line) }
}

/// What is decided on some lines, in their order.
async fn decided(
    desk: &Desk,
    gateway: Arc<GatewayRow>,
    some: Vec<Result<Item, Failure>>,
) -> Result<Part, Failure> {
    let (mut items, mut part) = (Vec::with_capacity(some.len()), Vec::with_capacity(some.len()));
    for item in some {
        part.push(item.map_or_else(
            |failure| Some(Answer::failed(failure)),
            |item| {
                items.push(item);
                None
            },
        ));
    }
    let mut decided = desk.decide(gateway, items).await?.into_iter();
    Ok(part.into_iter().filter_map(|failed| failed.map(Said::Told).or_else(|| decided.next())).collect())
}

/// Hands answers on. False if nobody has taken those before them for so long.
async fn send(parts: &Sender<Part>, part: Part) -> bool {
    tokio::time::timeout(IDLE, parts.send(part)).await.is_ok_and(|sent| sent.is_ok())
}

/// The next answers, as lines.
async fn next(mut answers: Receiver<Part>) -> Option<(Result<Bytes, std::io::Error>, Receiver<Part>)> {
    let part = answers.recv().await?;
    let mut lines = Vec::new();
    for said in part {
        let told = said.told().await;
        if let Err(problem) = serde_json::to_writer(&mut lines, &told) {
            return Some((Err(problem.into()), answers));
        }
        lines.push(b'\n');
    }
    Some((Ok(lines.into()), answers))
}

fn too_long() -> Failure {
    Failure::of(error::INVALID_PARAMETER).because(format!("a line has at most {LINE_LIMIT_BYTES} bytes"))
}
