//! PostgreSQL on three machines, led by Patroni: it says who leads, and has another one lead when that one is gone. A commit
//! waits for a standby, and only such a standby may lead next.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use parking_lot::Mutex;
use serde_json::Value;

use super::link::Link;
use super::machines::{Machines, Process, as_other, free_address, give, send};

pub const MACHINES: usize = 3;
const PASSWORD: &str = "inkmeter";
/// How long a machine is waited for at the beginning.
const START_TIME: Duration = Duration::from_secs(120);

/// The machines.
pub struct Patroni {
    folder: PathBuf,
    machines: Vec<Machine>,
    http: reqwest::Client,
}

struct Machine {
    /// Where PostgreSQL listens.
    postgres: SocketAddr,
    /// Where Patroni does.
    rest: SocketAddr,
    /// The way on which the others replicate from it.
    replication: Link,
    process: Mutex<Option<Process>>,
}

impl Patroni {
    /// Starts the machines, one after the other, and waits until they replicate.
    ///
    /// # Errors
    /// Patroni or PostgreSQL is not installed, or does not come up.
    pub async fn start(folder: &Path, machines: &Machines) -> Result<Patroni> {
        let binaries = binaries()?;
        let mut made = Vec::new();
        for number in 0..MACHINES {
            let postgres = free_address()?;
            let replication = Link::to(postgres).await?;
            let machine = Machine { postgres, rest: free_address()?, replication, process: Mutex::default() };
            let home = folder.join(format!("pg-{number}"));
            fs::create_dir_all(&home)?;
            give(&home)?;
            fs::write(
                home.join("patroni.yml"),
                settings(number, &machine, &home, &binaries, machines.clients()),
            )?;
            made.push(machine);
        }
        let http = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .timeout(Duration::from_secs(2))
            .build()?;
        let patroni = Patroni { folder: folder.to_owned(), machines: made, http };
        for number in 0..MACHINES {
            patroni.run(number)?;
            // The first one is to lead.
            patroni.waits_for(START_TIME, async || patroni.role(number).await.is_some()).await.with_context(
                || format!("PostgreSQL does not come up; see {}/pg-{number}/patroni.log", folder.display()),
            )?;
        }
        patroni.replicates(START_TIME).await?;
        Ok(patroni)
    }

    /// The addresses of all machines' PostgreSQL.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.machines.iter().map(|machine| machine.postgres).collect()
    }

    /// The way on which the others replicate from a machine.
    pub fn replication(&self, number: usize) -> &Link {
        &self.machines[number].replication
    }

    /// Starts a machine, for the first time or again.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn run(&self, number: usize) -> Result<()> {
        let home = self.home(number);
        let mut command = as_other("patroni");
        command.arg(home.join("patroni.yml")).current_dir(&home);
        *self.machines[number].process.lock() = Some(Process::start(command, &home.join("patroni.log"))?);
        Ok(())
    }

    /// Who leads, as a number.
    pub async fn leading(&self) -> Option<usize> {
        for number in 0..MACHINES {
            if matches!(self.role(number).await.as_deref(), Some("master" | "primary")) {
                return Some(number);
            }
        }
        None
    }

    /// Who leads, as a name.
    ///
    /// # Errors
    /// Nobody does.
    pub async fn leader(&self) -> Result<String> {
        self.leading().await.map(|number| format!("pg-{number}")).context("nobody leads")
    }

    /// Waits until there is one who leads, and all others follow, one of them synchronously.
    ///
    /// # Errors
    /// It takes too long.
    pub async fn replicates(&self, most: Duration) -> Result<()> {
        let is_whole = async || {
            let mut text = Value::Null;
            for machine in &self.machines {
                let url = format!("http://{}/cluster", machine.rest);
                if let Ok(response) = self.http.get(url).send().await
                    && let Ok(told) = response.json::<Value>().await
                {
                    text = told;
                    break;
                }
            }
            let members = text["members"].as_array().cloned().unwrap_or_default();
            let count = |roles: &[&str]| {
                let is = |member: &&Value| {
                    let state = member["state"].as_str().unwrap_or_default();
                    roles.contains(&member["role"].as_str().unwrap_or_default())
                        && matches!(state, "running" | "streaming")
                };
                members.iter().filter(is).count()
            };
            count(&["leader", "master", "primary"]) == 1
                && count(&["sync_standby"]) >= 1
                && count(&["sync_standby", "replica"]) == MACHINES - 1
        };
        self.waits_for(most, is_whole).await.context("PostgreSQL does not replicate as it should")
    }

    /// Ends PostgreSQL's own process on a machine, of which Patroni learns by itself.
    pub fn kill_postgres(&self, number: usize) {
        if let Some(pid) = self.postmaster(number) {
            send("KILL", pid);
        }
    }

    /// Ends everything on a machine as a power cut would.
    pub fn kill(&self, number: usize) {
        if let Some(process) = self.machines[number].process.lock().take() {
            process.kill();
        }
        for pid in self.all_of(number) {
            send("KILL", pid);
        }
    }

    /// Freezes everything on a machine, or wakes it.
    pub fn freeze(&self, number: usize, is_frozen: bool) {
        let signal = if is_frozen { "STOP" } else { "CONT" };
        if let Some(process) = &*self.machines[number].process.lock() {
            process.signal(signal);
        }
        for pid in self.all_of(number) {
            send(signal, pid);
        }
    }

    async fn role(&self, number: usize) -> Option<String> {
        let response =
            self.http.get(format!("http://{}/patroni", self.machines[number].rest)).send().await.ok()?;
        let told: Value = response.json().await.ok()?;
        (told["state"] == "running").then(|| told["role"].as_str().map(str::to_owned))?
    }

    async fn waits_for(&self, most: Duration, is_so: impl AsyncFn() -> bool) -> Result<()> {
        let begun = Instant::now();
        while !is_so().await {
            if begun.elapsed() > most {
                bail!("it takes longer than {} s", most.as_secs());
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        Ok(())
    }

    fn home(&self, number: usize) -> PathBuf {
        self.folder.join(format!("pg-{number}"))
    }

    fn postmaster(&self, number: usize) -> Option<u32> {
        let text = fs::read_to_string(self.home(number).join("data/postmaster.pid")).ok()?;
        text.lines().next()?.trim().parse().ok()
    }

    /// PostgreSQL's processes on a machine.
    fn all_of(&self, number: usize) -> Vec<u32> {
        let Some(postmaster) = self.postmaster(number) else { return Vec::new() };
        let children = Command::new("ps").args(["-o", "pid=", "--ppid", &postmaster.to_string()]).output();
        let children =
            children.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        std::iter::once(postmaster)
            .chain(children.split_whitespace().filter_map(|pid| pid.parse().ok()))
            .collect()
    }
}

impl Drop for Patroni {
    fn drop(&mut self) {
        for number in 0..MACHINES {
            self.kill(number);
        }
    }
}

fn binaries() -> Result<PathBuf> {
    let versions =
        fs::read_dir("/usr/lib/postgresql").context("PostgreSQL is not installed: apt install postgresql")?;
    let mut found: Vec<PathBuf> = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin"))).collect();
    found.retain(|path| path.join("postgres").exists());
    found.sort();
    found.pop().context("PostgreSQL is not installed: apt install postgresql")
}

fn settings(number: usize, machine: &Machine, home: &Path, binaries: &Path, etcd: &[SocketAddr]) -> String {
    let etcd: Vec<String> = etcd.iter().map(|address| format!("\"{address}\"")).collect();
    let (rest, postgres, connect) = (machine.rest, machine.postgres, machine.replication.address);
    let (home, binaries, etcd) = (home.display(), binaries.display(), etcd.join(", "));
    format!(
        "scope: inkmeter
name: pg-{number}
restapi: {{listen: '{rest}', connect_address: '{rest}'}}
etcd3: {{hosts: [{etcd}]}}
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 2
    retry_timeout: 5
    maximum_lag_on_failover: 1048576
    primary_start_timeout: 5
    synchronous_mode: true
    postgresql:
      use_pg_rewind: true
      use_slots: true
      parameters:
        max_connections: 200
        shared_buffers: 64MB
        fsync: 'on'
        synchronous_commit: 'on'
        wal_keep_size: 256MB
        wal_log_hints: 'on'
        hot_standby: 'on'
        wal_receiver_timeout: 5s
        wal_sender_timeout: 5s
        wal_receiver_status_interval: 1s
  initdb: [{{encoding: UTF8}}, {{locale: C}}, data-checksums]
  users: {{}}
postgresql:
  listen: '{postgres}'
  connect_address: '{connect}'
  data_dir: {home}/data
  bin_dir: {binaries}
  pgpass: {home}/pgpass
  authentication:
    superuser: {{username: inkmeter, password: {PASSWORD}}}
    replication: {{username: replicator, password: {PASSWORD}}}
    rewind: {{username: rewinder, password: {PASSWORD}}}
  parameters: {{unix_socket_directories: {home}}}
  pg_hba:
  - local all all trust
  - host all all 127.0.0.1/32 trust
  - host replication all 127.0.0.1/32 trust
tags: {{nofailover: false, noloadbalance: false, clonefrom: false, nosync: false}}
"
    )
}
