//! Calls signed as the SDKs sign them, and the health endpoint of the same server.
//!
//! The server runs as long as the benchmark, so that both are asked of the same process in the same state. A request is
//! signed once for each account and sent again and again: what is measured is checking, not signing.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use server::app::App;
use server::clock::{ClockMode, system_now_ms};
use server::eye::Blank;
use server::serve::{Running, ServeOptions, start};
use server::usecase::accounts::Created;
use tokio::runtime::Runtime;
use wire::signature::{Authorization, Request, format_date, sign};

use super::drive::Driven;
use super::engine::{Sums, check, sums};
use super::http::{ACCOUNTS, BODY, REGION, account, call, check_reopened, config, runtime};

const HOST: &str = "127.0.0.1";

/// A server with accounts that sign their calls.
pub struct SignedDoor {
    runtime: Runtime,
    running: Running,
    accounts: Vec<Created>,
    before: Sums,
    /// How many calls were answered.
    answered: AtomicU64,
    dir: tempfile::TempDir,
}

impl SignedDoor {
    /// Starts the server with its data under `dir`.
    ///
    /// # Errors
    ///
    /// If it cannot be started, or an account not be made.
    pub fn open(dir: &Path) -> Result<SignedDoor> {
        let dir = tempfile::tempdir_in(dir)?;
        let runtime = runtime()?;
        let options = ServeOptions {
            data: dir.path(),
            database: None,
            listen: "127.0.0.1:0",
            clock: ClockMode::System,
            config: config()?,
            eye: Some(Arc::new(Blank)),
        };
        let running =
            runtime.block_on(start(options)).map_err(|error| anyhow!("starting the server: {error}"))?;
        let app: &App = &running.app;
        let accounts = (0..ACCOUNTS).map(|number| account(app, number)).collect::<Result<Vec<_>>>()?;
        let before = sums(&app.engine, &app.clock)?;
        Ok(SignedDoor { runtime, running, accounts, before, answered: AtomicU64::new(0), dir })
    }

    /// Asks for the server's health.
    ///
    /// # Errors
    ///
    /// If it does not answer.
    pub fn health(&self, connections: usize, length: Duration) -> Result<Driven> {
        let request = format!("GET /healthz HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
        call(self.address(), vec![request.into_bytes()], connections, length)
    }

    /// Makes signed calls, each of which is charged.
    ///
    /// # Errors
    ///
    /// If one is refused.
    pub fn calls(&self, connections: usize, length: Duration) -> Result<Driven> {
        let requests = self.accounts.iter().map(signed).collect::<Result<Vec<_>>>()?;
        let driven = call(self.address(), requests, connections, length)?;
        self.answered.fetch_add(driven.calls_total, Ordering::Relaxed);
        Ok(driven)
    }

    /// Stops the server. Everything that was answered must be in its books once, and nothing else: in memory, and in what
    /// comes back when the journal is opened again.
    ///
    /// # Errors
    ///
    /// If the sums are wrong.
    pub fn close(self) -> Result<()> {
        let app = Arc::clone(&self.running.app);
        let after = sums(&app.engine, &app.clock)?;
        let answered = self.answered.into_inner();
        check(self.before, after, answered)?;
        drop(app);
        self.runtime.block_on(self.running.stop());
        drop(self.runtime);
        let rules = config()?.rules().map_err(|error| anyhow!(error))?;
        check_reopened(self.dir.path(), Arc::new(rules), self.before, answered)
    }

    fn address(&self) -> SocketAddr {
        self.running.address
    }
}

/// The headers of a call, in the order they are sent in.
fn headers(date: &str, project: &str) -> [(&'static str, String); 4] {
    [
        ("Host", HOST.into()),
        ("Content-Type", "application/json;charset=utf-8".into()),
        ("X-Project-Id", project.into()),
        ("X-Sdk-Date", date.into()),
    ]
}

fn signed(account: &Created) -> Result<Vec<u8>> {
    let project = account.projects.get(REGION).context("the project is missing")?;
    let path = format!("/v2/{project}/ocr/general-text");
    let headers = headers(&format_date(system_now_ms().div_euclid(1000)), project);
    let signed: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let request = Request { method: "POST", path: &path, query: "", headers: &signed, body: BODY.as_bytes() };
    let authorization = sign(&request, &account.access_key, account.secret_key.as_bytes())
        .map_err(|error| anyhow!("signing: {error:?}"))?;
    let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = BODY.len();
    Ok(format!(
        "POST {path} HTTP/1.1\r\n{lines}Authorization: {authorization}\r\nContent-Length: {length}\r\n\r\n{BODY}"
    )
    .into_bytes())
}

/// Checks signatures on this thread alone: how many a second, for a body of so many bytes.
///
/// # Errors
///
/// If one is not accepted.
pub fn checked_per_s(body_bytes: usize, length: Duration) -> Result<f64> {
    const SECRET: &[u8] = b"SKtestSKtestSKtestSKtestSKtestSKtest0000";
    let now_ms = system_now_ms();
    let project = "0".repeat(32);
    let path = format!("/v2/{project}/ocr/general-text");
    let headers = headers(&format_date(now_ms.div_euclid(1000)), &project);
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let body = vec![b'a'; body_bytes];
    let request = Request { method: "POST", path: &path, query: "", headers: &headers, body: &body };
    let header =
        sign(&request, "AKTESTAKTESTAKTEST00", SECRET).map_err(|error| anyhow!("signing: {error:?}"))?;
    let start = Instant::now();
    let mut checked = 0_u32;
    while start.elapsed() < length {
        for _ in 0..16 {
            let authorization = Authorization::parse(&header).map_err(|error| anyhow!("{error:?}"))?;
            let accepted = authorization.verify(&request, SECRET, now_ms, 900_000).is_ok();
            ensure!(accepted, "a right signature was refused");
            checked += 1;
        }
    }
    Ok(f64::from(checked) / start.elapsed().as_secs_f64())
}
