//! `bench-nodes [FOLDER]`: what a second and a third node add.
//!
//! One, two and three nodes on one PostgreSQL, each with the same small part of a processor, so that the nodes are what is
//! measured and not the machine they share. Gateways send charges one by one to any node, which knows nothing of where an
//! account is: of two nodes half of the calls go on to the other one, of three two thirds.

use std::error::Error;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::bench::batches::{Request, call};
use crate::bench::drive::Driven;
use crate::bench::operator;
use crate::bench::postgres::Postgres;
use crate::bench::quiet::{Measured, undisturbed};
use crate::bench::turns::{line, print_heading, print_spoiled};
use crate::bench::{folder, server_binary};
use crate::test_cluster::machines::{Process, free_address};

/// What of one processor a node has.
const SHARE: f64 = 0.25;
const NODES: usize = 3;
const SHARDS: usize = 12;
const ACCOUNTS: usize = 48;
const CONNECTIONS: usize = 96;
const LENGTH: Duration = Duration::from_secs(6);
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is measured at most, if the machine is busy.
const ATTEMPTS: usize = 3;
/// By how many times two and three nodes are faster than one: what goes on to another node costs both.
const TARGETS: [f64; 2] = [1.3, 1.7];
const PERIOD_US: u32 = 20_000;
const NAMES: [&str; NODES] = ["one node", "two nodes", "three nodes"];

/// Runs the benchmark.
///
/// # Errors
///
/// If the folder cannot be written, nodes cannot be limited or do not come up, or a charge is missing.
pub fn run(args: &[String]) -> Result<(), Box<dyn Error>> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let dir = folder(&args, "bench-nodes [FOLDER]")?;
    let binary = server_binary("make bench-nodes")?;
    server::install_tls();
    let mut measured: Vec<Measured<Driven>> = Vec::new();
    for (count, name) in (1..).zip(NAMES) {
        measured.push(undisturbed(name, ATTEMPTS, |_| None, || nodes(&dir, &binary, count))?);
    }
    println!("each node has {:.0} % of one processor\n", SHARE * 100.0);
    print_heading();
    for (name, run) in NAMES.iter().zip(&measured) {
        line(CONNECTIONS, name, run.value.calls_per_s, run.value.p50_us, run.value.p99_us);
    }
    println!();
    let spoiled = NAMES.iter().zip(&measured).filter(|(_, run)| run.disturbance.is_spoiled());
    print_spoiled(spoiled.map(|(name, run)| (*name, CONNECTIONS, run.disturbance)));
    for ((count, target), run) in (2..).zip(TARGETS).zip(&measured[1..]) {
        let times = run.value.calls_per_s / measured[0].value.calls_per_s;
        println!("RATIO nodes_{count}_vs_1 {times:.2} {target}");
    }
    Ok(())
}

/// So many nodes on a database of their own; every acknowledged charge must be in the books.
fn nodes(dir: &Path, binary: &Path, count: usize) -> Result<Driven> {
    let folder = tempfile::tempdir_in(dir)?;
    let mut postgres = Postgres::start(folder.path())?.context("PostgreSQL is not installed")?;
    let database = postgres.database_when_up()?;
    let http = Http::new()?;
    let mut nodes: Vec<Node> = Vec::new();
    for number in 0..count {
        let node = Node::start(folder.path(), binary, &database, nodes.first(), number)?;
        http.wait_for(&node, |_| true)?;
        nodes.push(node);
    }
    let fair = SHARDS / count;
    for node in &nodes {
        http.wait_for(node, |text| {
            let here = text.lines().find_map(|line| line.strip_prefix("shards here: "));
            here.is_some_and(|here| here.split(' ').count() == fair)
        })?;
    }
    let requests = http.open_accounts(&nodes[0])?;
    let addresses: Vec<SocketAddr> = nodes.iter().map(|node| node.listens).collect();
    let driven = call(&addresses, requests, CONNECTIONS, LENGTH)?;
    let accounts = http.ask(&nodes[0], reqwest::Method::GET, "accounts", &Value::Null)?;
    let charges = accounts.as_array().into_iter().flatten().filter_map(|account| account["charges"].as_u64());
    let charges: u64 = charges.sum();
    ensure!(
        charges == driven.calls_total,
        "{} charges were acknowledged, {charges} are in the books",
        driven.calls_total
    );
    Ok(driven)
}

struct Node {
    home: PathBuf,
    listens: SocketAddr,
    _process: Process,
    /// Removed when the process is gone.
    _limit: Limit,
}

impl Node {
    fn start(
        folder: &Path,
        binary: &Path,
        database: &str,
        first: Option<&Node>,
        number: usize,
    ) -> Result<Node> {
        let home = folder.join(format!("node-{number}"));
        fs::create_dir_all(&home)?;
        fs::set_permissions(&home, fs::Permissions::from_mode(0o700))?;
        let mut config = server::config::DEFAULTS.to_owned();
        for (from, to) in
            [("engine = \"auto\"", "engine = \"blank\""), ("shards = 1", &format!("shards = {SHARDS}"))]
        {
            ensure!(config.contains(from), "the configuration has no {from}");
            config = config.replace(from, to);
        }
        fs::write(home.join("config.toml"), config)?;
        for file in ["master.key", "operator.token"] {
            if let Some(first) = first {
                fs::copy(first.home.join(file), home.join(file))?;
            }
        }
        let (listens, cluster) = (free_address()?, free_address()?.to_string());
        let limit = Limit::new(number)?;
        let mut command = Command::new("sh");
        // The shell puts itself under the limit, and then is the node.
        command.args(["-c", "echo $$ > \"$0\" && exec \"$@\""]).arg(limit.folder.join("cgroup.procs"));
        command.arg(binary).arg("--data").arg(&home).args(["serve", "--listen", &listens.to_string()]);
        command.env("INKMETER_DATABASE", database);
        command.env("INKMETER_CLUSTER_LISTEN", &cluster).env("INKMETER_CLUSTER_ADDRESS", &cluster);
        let process = Process::start(command, &home.with_added_extension("log"))?;
        Ok(Node { home, listens, _process: process, _limit: limit })
    }
}

/// A control group in which processes have only so much of a processor.
struct Limit {
    folder: PathBuf,
}

impl Limit {
    fn new(number: usize) -> Result<Limit> {
        let name = format!("inkmeter-bench-{}-{number}", std::process::id());
        let quota_us = (f64::from(PERIOD_US) * SHARE).round() as u32;
        let root = Path::new("/sys/fs/cgroup");
        let (folder, settings) = if root.join("cgroup.controllers").is_file() {
            (root.join(name), vec![("cpu.max", format!("{quota_us} {PERIOD_US}"))])
        } else {
            let period = ("cpu.cfs_period_us", PERIOD_US.to_string());
            (root.join("cpu").join(name), vec![period, ("cpu.cfs_quota_us", quota_us.to_string())])
        };
        let make = || format!("making the control group {}: this benchmark runs as root", folder.display());
        fs::create_dir(&folder).with_context(make)?;
        let limit = Limit { folder };
        for (file, value) in settings {
            fs::write(limit.folder.join(file), value)
                .with_context(|| format!("limiting processors: {file}"))?;
        }
        Ok(limit)
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.folder);
    }
}

/// What asks nodes.
struct Http {
    runtime: tokio::runtime::Runtime,
    client: reqwest::Client,
}

impl Http {
    fn new() -> Result<Http> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).timeout(PATIENCE).build()?;
        Ok(Http { runtime, client })
    }

    /// Waits until a node is ready, and what it says of that is as wanted.
    fn wait_for(&self, node: &Node, is_wanted: impl Fn(&str) -> bool) -> Result<()> {
        let url = format!("http://{}/readyz", node.listens);
        let begun = Instant::now();
        loop {
            let text = self.runtime.block_on(async {
                let response = self.client.get(&url).send().await.ok()?.error_for_status().ok()?;
                response.text().await.ok()
            });
            if text.is_some_and(|text| is_wanted(&text)) {
                return Ok(());
            }
            let log = node.home.with_added_extension("log");
            if begun.elapsed() > PATIENCE {
                bail!("a node does not come up: {}", fs::read_to_string(log).unwrap_or_default());
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Opens accounts with money, and makes a request of each.
    fn open_accounts(&self, node: &Node) -> Result<Vec<Request>> {
        let mut names = Vec::new();
        for number in 0..ACCOUNTS {
            let name = format!("account-{number}");
            self.ask(node, reqwest::Method::POST, "accounts", &json!({ "name": name, "policy": "intl" }))?;
            let path = format!("accounts/{name}/top-ups");
            self.ask(node, reqwest::Method::POST, &path, &json!({ "amount": "1000000" }))?;
            let path = format!("accounts/{name}/subscriptions/cn-north-4/general-text");
            self.ask(node, reqwest::Method::PUT, &path, &json!({ "package_only": false }))?;
            names.push(name);
        }
        let made =
            self.ask(node, reqwest::Method::POST, "gateways", &json!({ "name": "front", "apis": [] }))?;
        let token = made["token"].as_str().context("a gateway has a token")?;
        Ok(names.iter().map(|name| Request::new(token, name, 1)).collect())
    }

    fn ask(&self, node: &Node, method: reqwest::Method, path: &str, body: &Value) -> Result<Value> {
        let server = (&*format!("http://{}", node.listens), &*node.home);
        self.runtime.block_on(operator::ask(&self.client, server, method, path, body))
    }
}
