//! Three nodes of Inkmeter, each on a way of its own to every PostgreSQL and to every other node. One that ends by itself is
//! started again, as a supervisor would.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::callers::Told;
use super::link::{Link, State};
use super::machines::{Process, free_address};
use super::patroni::Patroni;
use crate::bench::operator;
use crate::bench::target;

pub const NODES: usize = 3;
const SHARDS: usize = 8;
const LEASE_S: u64 = 4;
const ACCOUNTS: usize = 24;
/// How long a supervisor waits before it starts a node again.
const RESTART_TIME: Duration = Duration::from_secs(1);
/// The most keys that are asked for at once.
const BATCH: usize = 1_000;

/// The nodes.
pub struct Nodes {
    binary: PathBuf,
    nodes: Arc<Vec<Node>>,
    http: reqwest::Client,
    accounts: Vec<String>,
    gateway: String,
}

struct Node {
    home: PathBuf,
    /// Where clients reach it.
    listens: SocketAddr,
    /// Where other nodes reach it, and on which way.
    cluster: SocketAddr,
    from_nodes: Link,
    to_postgres: Vec<Link>,
    process: Mutex<Option<Process>>,
    /// Nobody starts it again.
    is_away: Mutex<bool>,
}

impl Nodes {
    /// Starts the nodes, and opens accounts with money.
    ///
    /// # Errors
    /// They do not come up.
    pub async fn start(folder: &Path, patroni: &Patroni) -> Result<Nodes> {
        // A copy: a build meanwhile is not to change what is tested.
        let built = target().join("release/inkmeter");
        let binary = folder.join("inkmeter");
        fs::copy(&built, &binary).context("build the server: make test-cluster")?;
        let mut nodes = Vec::new();
        for number in 0..NODES {
            let home = folder.join(format!("node-{number}"));
            fs::create_dir_all(&home)?;
            fs::set_permissions(&home, fs::Permissions::from_mode(0o700))?;
            let (from, to) = (
                ["engine = \"auto\"", "lease_s = 10", "shards = 1"],
                ["engine = \"blank\"".into(), format!("lease_s = {LEASE_S}"), format!("shards = {SHARDS}")],
            );
            let mut config = server::config::DEFAULTS.to_owned();
            for (from, to) in from.iter().zip(&to) {
                ensure!(config.contains(from), "the configuration has no {from}");
                config = config.replace(from, to);
            }
            fs::write(home.join("config.toml"), config)?;
            let mut to_postgres = Vec::new();
            for address in patroni.addresses() {
                to_postgres.push(Link::to(address).await?);
            }
            let cluster = free_address()?;
            nodes.push(Node {
                home,
                listens: free_address()?,
                cluster,
                from_nodes: Link::to(cluster).await?,
                to_postgres,
                process: Mutex::default(),
                is_away: Mutex::default(),
            });
        }
        let http = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .timeout(Duration::from_secs(60))
            .build()?;
        let mut all =
            Nodes { binary, nodes: Arc::new(nodes), http, accounts: Vec::new(), gateway: String::new() };
        for number in 0..NODES {
            if number > 0 {
                for file in ["master.key", "operator.token"] {
                    fs::copy(all.nodes[0].home.join(file), all.nodes[number].home.join(file))?;
                }
            }
            all.run(number)?;
            all.answers(number, Duration::from_secs(60)).await?;
        }
        all.supervise();
        all.open_accounts().await?;
        Ok(all)
    }

    async fn open_accounts(&mut self) -> Result<()> {
        for number in 0..ACCOUNTS {
            let name = format!("account-{number}");
            let body = json!({ "name": name, "policy": "intl" });
            self.operator(number % NODES, "accounts", &body).await?;
            let path = format!("accounts/{name}/top-ups");
            self.operator((number + 1) % NODES, &path, &json!({ "amount": "1000000" })).await?;
            let path = format!("accounts/{name}/subscriptions/cn-north-4/general-text");
            self.asked(number % NODES, reqwest::Method::PUT, &path, &json!({ "package_only": false }))
                .await?;
            self.accounts.push(name);
        }
        let made = self.operator(0, "gateways", &json!({ "name": "front", "apis": [] })).await?;
        self.gateway = made["token"].as_str().context("a gateway has a token")?.to_owned();
        Ok(())
    }

    /// Starts a node, for the first time or again.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn run(&self, number: usize) -> Result<()> {
        let node = &self.nodes[number];
        *node.process.lock() = Some(begin(&self.binary, node)?);
        *node.is_away.lock() = false;
        Ok(())
    }

    /// Ends a node as a power cut would; nobody starts it again.
    pub fn kill(&self, number: usize) {
        *self.nodes[number].is_away.lock() = true;
        if let Some(process) = self.nodes[number].process.lock().take() {
            process.kill();
        }
    }

    /// Stops a node; nobody starts it again.
    pub async fn stop(&self, number: usize) -> Result<()> {
        *self.nodes[number].is_away.lock() = true;
        let process = self.nodes[number].process.lock().take();
        if let Some(process) = process {
            tokio::task::spawn_blocking(move || process.stop()).await?;
        }
        Ok(())
    }

    /// Sends a node a signal.
    pub fn signal(&self, number: usize, signal: &str) {
        if let Some(process) = &*self.nodes[number].process.lock() {
            process.signal(signal);
        }
    }

    /// What becomes of the ways from a node to the databases.
    pub fn to_postgres(&self, number: usize, state: State) {
        for link in &self.nodes[number].to_postgres {
            link.set(state);
        }
    }

    /// What becomes of the way from the other nodes to one.
    pub fn way_from_nodes(&self, number: usize, state: State) {
        self.nodes[number].from_nodes.set(state);
    }

    /// Where clients reach the nodes.
    pub fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(|node| format!("http://{}", node.listens)).collect()
    }

    /// The accounts there are.
    pub fn accounts(&self) -> &[String] {
        &self.accounts
    }

    /// What a gateway shows.
    pub fn gateway(&self) -> &str {
        &self.gateway
    }

    /// Waits until every node runs and has about as many shards as the others.
    ///
    /// # Errors
    /// It takes too long.
    pub async fn all_there(&self, most: Duration) -> Result<()> {
        let begun = Instant::now();
        loop {
            let mut counts = Vec::new();
            for url in self.urls() {
                let text =
                    match self.http.get(format!("{url}/readyz")).timeout(Duration::from_secs(3)).send().await
                    {
                        Ok(response) if response.status().is_success() => {
                            response.text().await.unwrap_or_default()
                        }
                        _ => continue,
                    };
                let here =
                    text.lines().find_map(|line| line.strip_prefix("shards here: ")).unwrap_or_default();
                counts.push(here.split(' ').filter(|shard| shard.parse::<u8>().is_ok()).count());
            }
            let (least, most_shards) = (SHARDS / NODES, SHARDS.div_ceil(NODES));
            let is_fair = counts.iter().all(|count| (least..=most_shards).contains(count));
            if counts.len() == NODES && counts.iter().sum::<usize>() == SHARDS && is_fair {
                return Ok(());
            }
            if begun.elapsed() > most {
                bail!("the nodes do not come to rest: they have {counts:?} shards");
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Asks for every acknowledged key again, and counts what is in the books.
    ///
    /// # Errors
    /// A key is not in the books, or under another id.
    pub async fn compare(&self, told: &Told) -> Result<u64> {
        let items: Vec<(&str, &str, &str)> = told.all().collect();
        for some in items.chunks(BATCH) {
            let asked: Vec<Value> =
                some.iter().map(|(account, key, _)| super::callers::item(account, key)).collect();
            let url = format!("{}/v1/charges/batch", self.urls()[0]);
            let body = json!({ "items": asked });
            let response = self.http.post(url).bearer_auth(&self.gateway).json(&body).send().await?;
            let answers: Value = response.error_for_status()?.json().await?;
            let answers = answers["items"].as_array().context("a batch has answers")?;
            ensure!(answers.len() == some.len(), "a batch has as many answers as requests");
            for ((account, key, id), answer) in some.iter().zip(answers) {
                let is_there = answer["charge_id"] == **id && answer["repeated"] == true;
                ensure!(is_there, "{account} {key} was acknowledged as {id}, and the books say {answer}");
            }
        }
        let mut count = 0;
        for account in self
            .asked(1, reqwest::Method::GET, "accounts", &Value::Null)
            .await?
            .as_array()
            .into_iter()
            .flatten()
        {
            count += account["charges"].as_u64().context("an account has charges")?;
        }
        Ok(count)
    }

    /// Stops all nodes, and proves every law on what each has.
    ///
    /// # Errors
    /// A law does not hold.
    pub async fn verify(&self) -> Result<String> {
        let mut told = Vec::new();
        for number in 0..NODES {
            self.stop(number).await?;
            let output = Command::new(&self.binary)
                .arg("--data")
                .arg(&self.nodes[number].home)
                .arg("verify")
                .output()?;
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            ensure!(
                output.status.success(),
                "node {number}: {text}{}",
                String::from_utf8_lossy(&output.stderr)
            );
            told.push(format!("node {number}: {}", text.lines().next().unwrap_or_default()));
        }
        Ok(told.join("\n"))
    }

    async fn operator(&self, number: usize, path: &str, body: &Value) -> Result<Value> {
        self.asked(number, reqwest::Method::POST, path, body).await
    }

    async fn asked(&self, number: usize, method: reqwest::Method, path: &str, body: &Value) -> Result<Value> {
        let node = &self.nodes[number];
        operator::ask(&self.http, (&format!("http://{}", node.listens), &node.home), method, path, body).await
    }

    async fn answers(&self, number: usize, most: Duration) -> Result<()> {
        let begun = Instant::now();
        let url = format!("{}/readyz", self.urls()[number]);
        while !self.http.get(&url).send().await.is_ok_and(|response| response.status().is_success()) {
            let log = self.nodes[number].log();
            ensure!(begun.elapsed() < most, "node {number} does not come up; see {}", log.display());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// Starts nodes again that ended by themselves.
    fn supervise(&self) {
        let (nodes, binary) = (Arc::clone(&self.nodes), self.binary.clone());
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(RESTART_TIME).await;
                for node in nodes.iter().filter(|node| !*node.is_away.lock()) {
                    let mut process = node.process.lock();
                    if process.as_mut().is_some_and(Process::has_ended)
                        && let Ok(new) = begin(&binary, node)
                    {
                        *process = Some(new);
                    }
                }
            }
        });
    }
}

fn begin(binary: &Path, node: &Node) -> Result<Process> {
    let hosts: Vec<String> = node.to_postgres.iter().map(|link| link.address.to_string()).collect();
    let database = format!(
        "postgres://inkmeter@{}/postgres?target_session_attrs=read-write&connect_timeout=2&keepalives_idle=2",
        hosts.join(",")
    );
    let mut command = Command::new(binary);
    command
        .arg("--data")
        .arg(&node.home)
        .args(["serve", "--listen", &node.listens.to_string()])
        .env("INKMETER_DATABASE", database)
        .env("INKMETER_CLUSTER_LISTEN", node.cluster.to_string())
        .env("INKMETER_CLUSTER_ADDRESS", node.from_nodes.address.to_string());
    Process::start(command, &node.log())
}

impl Node {
    /// What it tells.
    fn log(&self) -> PathBuf {
        self.home.with_added_extension("log")
    }
}
