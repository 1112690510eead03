//! Over HTTP, one charge per request: the whole door with an eye that sees nothing, and beside it the bare
//! server of the same build, which reads the same request and sends as long an answer.
//!
//! Both run in this process on a runtime of their own, set up as `inkmeter serve` sets up its, and are called
//! by the same clients over loopback connections that stay open. The clients are as cheap as they can be (the
//! request is prepared, of the answer only status and length are looked at): they share the processors with the
//! server, so an expensive client would make any two servers look alike.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{self, State};
use axum::response::IntoResponse;
use axum::routing::post;
use charging::{Money, Name, NewLot, Source, SubscriptionMode, Tier};
use ledger::directory::ScopeKind;
use ledger::{Engine, EngineOptions};
use parking_lot::Mutex;
use server::app::App;
use server::auth::secrets;
use server::clock::ClockMode;
use server::config::{Config, DEFAULTS};
use server::eye::Blank;
use server::serve::{ServeOptions, start};
use server::usecase::accounts::Created;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use super::drive::{Driven, drive};
use super::engine::{Sums, check, sums};

/// How many accounts are charged.
pub(super) const ACCOUNTS: usize = 8;
pub(super) const REGION: &str = "cn-north-4";
const CASH: Money = Money::from_e8(500_000_000_000_000);
/// The longest answer to one call.
const ANSWER_BYTES: usize = 4096;
/// Calls of a package: half of what is charged in a run is about as many times this.
const PACKAGED: u64 = 10_000;
/// A picture of one pixel, which nobody looks at.
pub(super) const BODY: &str = "{\"image\":\"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==\"}";

/// Charges through the door by so many connections. Everything that was answered 200 must be in the journal
/// once, and nothing else.
///
/// # Errors
///
/// If the server fails, refuses a call, or sums are wrong.
pub fn charging_door(dir: &Path, connections: usize, length: Duration) -> Result<Driven> {
    let requests = |app: &App| (0..ACCOUNTS).map(|number| customer(app, number)).collect();
    behind_a_door(dir, 1, requests, |requests, address| call(address, requests, connections, length))
}

/// Starts a server whose eye sees nothing, has accounts and requests prepared and then sent, each for so many charges, and
/// stops it. Every charge that was answered must be in the journal once, and nothing else: in memory, and in what comes
/// back.
pub(super) fn behind_a_door<R>(
    dir: &Path,
    charges_per_call: u64,
    prepare: impl FnOnce(&App) -> Result<Vec<R>>,
    call: impl FnOnce(Vec<R>, SocketAddr) -> Result<Driven>,
) -> Result<Driven> {
    let dir = tempfile::tempdir_in(dir)?;
    let runtime = runtime()?;
    let config = config()?;
    let rules = Arc::new(config.rules().map_err(|error| anyhow!(error))?);
    let options = ServeOptions {
        data: dir.path(),
        database: None,
        listen: "127.0.0.1:0",
        clock: ClockMode::System,
        config,
        eye: Some(Arc::new(Blank)),
    };
    let running =
        runtime.block_on(start(options)).map_err(|error| anyhow!("starting the server: {error}"))?;
    let app = Arc::clone(&running.app);
    let requests = prepare(&app)?;
    let before = sums(&app.engine, &app.clock)?;
    let driven = call(requests, running.address)?;
    let charged = driven.calls_total * charges_per_call;
    check(before, sums(&app.engine, &app.clock)?, charged)?;
    drop(app);
    let address = running.address;
    runtime.block_on(running.stop());
    drop(runtime);
    ensure!(std::net::TcpStream::connect(address).is_err(), "the server is still there");
    check_reopened(dir.path(), rules, before, charged)?;
    Ok(driven)
}

/// Calls the bare server in the same way.
///
/// # Errors
///
/// If the server fails.
pub fn bare_server(connections: usize, length: Duration) -> Result<Driven> {
    let runtime = runtime()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    let answer = Bytes::from_static(
        b"{\"result\":{\"direction\":-1.0,\"words_block_count\":0,\"words_block_list\":[]}}",
    );
    let router = Router::new().route("/v2/{project_id}/ocr/general-text", post(bare)).with_state(answer);
    runtime.spawn(async move { axum::serve(listener, router).await });
    let driven = call(address, vec![request("0".repeat(32), "0".repeat(64))], connections, length);
    runtime.shutdown_timeout(Duration::from_secs(1));
    driven
}

/// Reads the body, as the door does, and answers with the same body and as many headers.
async fn bare(
    State(answer): State<Bytes>,
    extract::Path(_): extract::Path<String>,
    _: Bytes,
) -> impl IntoResponse {
    const HEADERS: [(&str, &str); 8] = [
        ("content-type", "application/json"),
        ("x-inkmeter-charge-id", "00000000000000000000000000000000"),
        ("x-inkmeter-pocket", "lot"),
        ("x-inkmeter-units", "1"),
        ("x-inkmeter-amount", "0.00000000"),
        ("x-inkmeter-package-left", "1000"),
        ("x-inkmeter-available", "5000000.00000000"),
        ("x-request-id", "00000000000000000000000000000000"),
    ];
    (HEADERS, answer)
}

pub(super) fn runtime() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

pub(super) fn config() -> Result<Config> {
    Config::parse(DEFAULTS).map_err(|error| anyhow!(error))
}

/// Opens an account with pay-per-use, every second one with a package too, and makes a request of its own.
fn customer(app: &App, number: usize) -> Result<Vec<u8>> {
    let created = account(app, number)?;
    let directory = &app.auth.directory;
    let user = directory.user(&created.name, &created.user)?.context("the user is missing")?;
    let project = created.projects.get(REGION).context("the project is missing")?;
    let token = secrets::new_token();
    let now = app.clock.now();
    let (hash, until) = (secrets::token_hash(&token), now.plus_days(1));
    directory.insert_token(&hash, &user.user_id, ScopeKind::Project, Some(project), now.ms(), until.ms())?;
    Ok(request(project.clone(), token))
}

/// Opens an account with pay-per-use, every second one with a package too.
pub(super) fn account(app: &App, number: usize) -> Result<Created> {
    let name = |text: &str| Name::new(text).map_err(|error| anyhow!("{text}: {error}"));
    let (api, region) = (name("general-text")?, name(REGION)?);
    let created = app.create_account(&format!("bench{number}"), Tier::V0, &name("intl")?);
    let created = created.map_err(|error| anyhow!("creating an account: {error}"))?;
    let id = created.account_id.parse()?;
    let now = app.clock.now();
    app.engine.subscribe(id, (&api, &region), SubscriptionMode::PayPerUse, now)?.wait()??;
    app.engine.top_up(id, CASH, None, now)?.wait()??;
    if number.is_multiple_of(2) {
        let lot = NewLot {
            api,
            region,
            source: Source::Package,
            units: PACKAGED,
            effective_at: now,
            expires_at: now.plus_days(365),
            enterprise_project: None,
            price: Money::ZERO,
        };
        app.engine.grant_lot(id, lot, None, now)?.wait()??;
    }
    Ok(created)
}

fn request(project: String, token: String) -> Vec<u8> {
    format!(
        "POST /v2/{project}/ocr/general-text HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
         X-Auth-Token: {token}\r\nContent-Length: {}\r\n\r\n{BODY}",
        BODY.len()
    )
    .into_bytes()
}

/// Opens the journal of a server that has ended, and checks the sums of what comes back.
pub(super) fn check_reopened(
    data: &Path,
    rules: Arc<ledger::Rules>,
    before: Sums,
    acknowledged: u64,
) -> Result<()> {
    let (engine, _) = Engine::open(EngineOptions::new(data.join("journal")), rules)?;
    let clock = server::clock::Clock::start(ClockMode::System, data, engine.latest())?;
    check(before, sums(&engine, &clock)?, acknowledged).context("after opening the journal again")
}

/// Sends requests over so many connections, on each the next when the last one is answered.
pub(super) fn call(
    address: SocketAddr,
    requests: Vec<Vec<u8>>,
    connections: usize,
    length: Duration,
) -> Result<Driven> {
    let idle: Arc<Vec<Mutex<Option<Client>>>> =
        Arc::new((0..connections).map(|_| Mutex::new(None)).collect());
    let requests = Arc::new(requests);
    drive(connections, length, move |caller, _| {
        let (idle, requests) = (Arc::clone(&idle), Arc::clone(&requests));
        async move {
            let kept = idle[caller].lock().take();
            let mut client = match kept {
                Some(client) => client,
                None => Client::connect(address, ANSWER_BYTES).await?,
            };
            client.call(&requests[caller % requests.len()]).await?;
            *idle[caller].lock() = Some(client);
            Ok(())
        }
    })
}

/// A connection.
pub(super) struct Client {
    stream: TcpStream,
    received: Box<[u8]>,
}

impl Client {
    /// Connects, with room for the longest answer.
    pub(super) async fn connect(address: SocketAddr, answer_bytes: usize) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: vec![0; answer_bytes].into() })
    }

    /// Sends the request and reads the answer, which must be a 200; gives its body.
    pub(super) async fn call(&mut self, request: &[u8]) -> Result<&[u8]> {
        self.stream.write_all(request).await?;
        let mut filled = 0;
        loop {
            let read = self.stream.read(&mut self.received[filled..]).await?;
            ensure!(read > 0, "the server closed the connection, or its answer is too long");
            filled += read;
            let received = &self.received[..filled];
            if let Some((head, length)) = answer_length(received)? {
                ensure!(length == filled, "{filled} bytes came for an answer of {length}");
                if !received.starts_with(b"HTTP/1.1 200 ") {
                    bail!("the server refused: {}", String::from_utf8_lossy(received));
                }
                return Ok(&self.received[head..filled]);
            }
        }
    }
}

/// The length of the answer's head, and of the answer, if all of it is there.
fn answer_length(received: &[u8]) -> Result<Option<(usize, usize)>> {
    const FIELD: &[u8] = b"content-length: ";
    let Some(head) = find(received, b"\r\n\r\n") else { return Ok(None) };
    let at = find(&received[..head], FIELD).context("an answer without its length")?;
    let digits = received[at + FIELD.len()..].iter().take_while(|byte| byte.is_ascii_digit());
    let body = digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0'));
    let (head, length) = (head + 4, head + 4 + body);
    Ok((received.len() >= length).then_some((head, length)))
}

pub(super) fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = wanted[0];
    let mut from = 0;
    while let Some(at) = text[from..].iter().position(|byte| *byte == first) {
        if text[from + at..].starts_with(wanted) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_when_its_body_is() {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\nx: y\r\n\r\n0123456789ab";
        for end in 0..answer.len() {
            assert_eq!(answer_length(&answer[..end]).unwrap(), None);
        }
        assert_eq!(answer_length(answer).unwrap(), Some((answer.len() - 12, answer.len())));
        assert!(answer_length(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
