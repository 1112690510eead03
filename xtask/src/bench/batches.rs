//! Over HTTP, a hundred charges per request: what a gateway sends that serves many.
//!
//! Every charge has a key of its own. A request is written once, and before it is sent again its keys are counted on: the
//! clients share the processors with the server.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use ledger::directory::GatewayRow;
use parking_lot::Mutex;
use server::app::App;
use server::auth::secrets;

use super::drive::{Driven, drive};
use super::http::{ACCOUNTS, Client, REGION, account, behind_a_door, find};

const CHARGES: usize = 100;
/// The longest answer to them.
const ANSWER_BYTES: usize = 128 * 1024;
/// Where a key is put in.
const KEY: &str = "0123456789abcdef";

/// Charges by so many connections; counts charges, not requests. Everything that was answered must be in the journal
/// once, and nothing else.
///
/// # Errors
///
/// If the server fails, refuses a charge, or sums are wrong.
pub fn charging_door(dir: &Path, connections: usize, length: Duration) -> Result<Driven> {
    let requests = |app: &App| {
        let token = gateway(app)?;
        (0..ACCOUNTS).map(|number| Ok(Request::new(&token, &account(app, number)?.name, CHARGES))).collect()
    };
    let driven = behind_a_door(dir, CHARGES as u64, requests, |requests, address| {
        call(&[address], requests, connections, length)
    })?;
    Ok(Driven {
        calls_per_s: driven.calls_per_s * CHARGES as f64,
        calls: driven.calls * CHARGES as u64,
        calls_total: driven.calls_total * CHARGES as u64,
        ..driven
    })
}

/// A gateway for everything; its token.
fn gateway(app: &App) -> Result<String> {
    let token = secrets::new_token();
    let row = GatewayRow { name: "bench".into(), apis: Vec::new(), created_at_ms: 0 };
    app.auth.directory.insert_gateway(&row, &secrets::token_hash(&token))?;
    Ok(token)
}

/// A request, and where its keys are.
#[derive(Clone)]
pub(crate) struct Request {
    bytes: Vec<u8>,
    keys: Vec<usize>,
}

impl Request {
    /// So many charges of an account in one request.
    pub(crate) fn new(token: &str, account: &str, charges: usize) -> Request {
        let item = format!(
            r#"{{"do":"charge","account":"{account}","key":"{KEY}","api":"general-text","region":"{REGION}"}}"#
        );
        let body = format!(r#"{{"items":[{}]}}"#, vec![item; charges].join(","));
        let head = format!(
            "POST /v1/charges/batch HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let text = head + &body;
        let keys = text.match_indices(KEY).map(|(at, _)| at).collect();
        Request { bytes: text.into_bytes(), keys }
    }

    /// Gives every charge the next key.
    fn count_on(&mut self, first: u64) {
        for (at, number) in self.keys.iter().zip(first..) {
            for (digit, place) in (0..KEY.len()).rev().enumerate() {
                let nibble = (number >> (4 * digit)) & 15;
                self.bytes[at + place] = b"0123456789abcdef"[nibble as usize];
            }
        }
    }
}

/// Sends requests over so many connections, spread over the addresses and the requests, on each the next when the last one
/// is answered.
pub(crate) fn call(
    addresses: &[SocketAddr],
    requests: Vec<Request>,
    connections: usize,
    length: Duration,
) -> Result<Driven> {
    // Every address gets every request.
    let of = |caller: usize| {
        let request = requests[caller / addresses.len() % requests.len()].clone();
        (addresses[caller % addresses.len()], Mutex::new(Some((request, None))))
    };
    let idle: Arc<Vec<_>> = Arc::new((0..connections).map(of).collect());
    let next = Arc::new(AtomicU64::new(0));
    drive(connections, length, move |caller, _| {
        let (idle, next) = (Arc::clone(&idle), Arc::clone(&next));
        async move {
            let (address, idle) = &idle[caller];
            let kept = idle.lock().take();
            let (mut request, kept) = kept.context("a caller makes one call at a time")?;
            request.count_on(next.fetch_add(request.keys.len() as u64, Ordering::Relaxed));
            let mut client = match kept {
                Some(client) => client,
                None => Client::connect(*address, ANSWER_BYTES).await?,
            };
            let answer = client.call(&request.bytes).await?;
            // One that failed would show in the sums too.
            ensure!(find(answer, b"\"failed\"").is_none(), "a charge was refused");
            *idle.lock() = Some((request, Some(client)));
            Ok(())
        }
    })
}
