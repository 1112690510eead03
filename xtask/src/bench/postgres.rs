//! The baseline: PostgreSQL, one well-tuned transaction per charge.
//!
//! What a sensible engineer would build: an accounts table, a charges table with the request id as its
//! key, and one prepared statement that checks and updates the account and inserts the charge, in
//! autocommit, so each charge costs one round trip over a Unix socket and one durable commit (which
//! PostgreSQL itself groups among connections). The cluster is private, thrown away afterwards, and
//! tuned; `fsync` and `synchronous_commit` are on, for that is what is compared.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use ledger::journal::postgres::PostgresOptions;
use tokio::task::JoinSet;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use super::drive::percentile_us;

const ACCOUNTS: i64 = 10_000;
/// What each account has at the beginning, in the smallest unit.
const BALANCE: i64 = 1_000_000_000_000;
const PRICE: i64 = 5_000_000;

const SCHEMA: &str = "
    CREATE TABLE accounts (
        id bigint PRIMARY KEY,
        balance bigint NOT NULL,
        lot_left bigint NOT NULL,
        frozen boolean NOT NULL DEFAULT false
    ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.2);
    CREATE TABLE charges (
        request_id uuid PRIMARY KEY,
        account bigint NOT NULL,
        amount bigint NOT NULL,
        lot_left bigint NOT NULL,
        at timestamptz NOT NULL DEFAULT now()
    );";

/// Draws on the account's package while it lasts, then on its balance; and writes the charge.
const CHARGE: &str = "
    WITH drawn AS (
        UPDATE accounts SET
            lot_left = CASE WHEN lot_left > 0 THEN lot_left - 1 ELSE 0 END,
            balance = CASE WHEN lot_left > 0 THEN balance ELSE balance - $3 END
        WHERE id = $1 AND NOT frozen AND (lot_left > 0 OR balance >= $3)
        RETURNING id, lot_left
    )
    INSERT INTO charges (request_id, account, amount, lot_left)
    SELECT $2, id, $3, lot_left FROM drawn";

const SETTINGS: &[(&str, &str)] = &[
    ("listen_addresses", ""),
    ("fsync", "on"),
    ("synchronous_commit", "on"),
    ("full_page_writes", "on"),
    ("shared_buffers", "1GB"),
    ("max_wal_size", "16GB"),
    ("min_wal_size", "2GB"),
    ("wal_buffers", "64MB"),
    ("wal_compression", "off"),
    ("wal_level", "minimal"),
    ("max_wal_senders", "0"),
    ("checkpoint_timeout", "30min"),
    ("max_connections", "100"),
    ("autovacuum_naptime", "10s"),
    ("jit", "off"),
    ("track_activities", "off"),
    ("update_process_title", "off"),
];

/// How fast PostgreSQL charged with one number of connections.
#[derive(Debug, Clone, Copy)]
pub struct PostgresRun {
    /// Connections, each with one charge under way at any time.
    pub connections: usize,
    /// Durable charges per second.
    pub charges_per_s: f64,
    /// Median time of a charge, in microseconds.
    pub p50_us: f64,
    /// 99th percentile, in microseconds.
    pub p99_us: f64,
}

/// Every run, over all accounts or all charges on one.
#[derive(Debug, Clone)]
pub struct PostgresResult {
    /// The server's version, as it says.
    pub version: String,
    /// One run per number of connections.
    pub runs: Vec<PostgresRun>,
}

impl PostgresResult {
    /// The fastest run.
    pub fn best(&self) -> Option<PostgresRun> {
        self.runs.iter().copied().max_by(|a, b| a.charges_per_s.total_cmp(&b.charges_per_s))
    }
}

/// A private cluster; stopped and removed when dropped.
pub struct Postgres {
    server: Child,
    bin: PathBuf,
    user: Option<Unprivileged>,
    /// Dropped last: the cluster's files.
    dir: tempfile::TempDir,
}

/// PostgreSQL refuses to run as root; then it runs as its own user.
#[derive(Clone)]
struct Unprivileged(&'static str);

impl Postgres {
    /// Makes a cluster in a new directory under `dir` (which should be on the disk of the comparison) and
    /// starts it. `None`, with a word on standard error, if PostgreSQL is not installed.
    ///
    /// # Errors
    ///
    /// If it is installed and does not start.
    pub fn start(dir: &Path) -> Result<Option<Self>> {
        let Some(bin) = find_binaries() else {
            eprintln!("PostgreSQL is not installed: there is no /usr/lib/postgresql/*/bin/initdb");
            return Ok(None);
        };
        let dir = tempfile::Builder::new()
            .prefix("pg")
            .permissions(fs::Permissions::from_mode(0o755))
            .tempdir_in(dir)
            .context("creating the cluster's directory")?;
        let user = is_root()?.then_some(Unprivileged("postgres"));
        let data = dir.path().join("data");
        fs::create_dir(&data)?;
        if let Some(Unprivileged(name)) = &user {
            let status = Command::new("chown").arg(name).arg(&data).arg(dir.path()).status()?;
            ensure!(status.success(), "the cluster's directory cannot be given to the user {name}");
        }
        let output = command(&bin.join("initdb"), user.as_ref())
            .args(["--username=bench", "--auth=trust", "--encoding=UTF8", "--no-locale", "--pgdata"])
            .arg(&data)
            .output()
            .context("running initdb")?;
        ensure!(output.status.success(), "initdb failed: {}", String::from_utf8_lossy(&output.stderr));
        let mut start = command(&bin.join("postgres"), user.as_ref());
        start.arg("-D").arg(&data).arg("-k").arg(dir.path());
        for (name, value) in SETTINGS {
            start.arg("-c").arg(format!("{name}={value}"));
        }
        let log = fs::File::create(dir.path().join("log"))?;
        let server = start
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .context("starting PostgreSQL")?;
        Ok(Some(Self { server, bin, user, dir }))
    }

    /// Charges for `length` with each number of connections, all to one account if `hot`, and returns what
    /// came of it. The sums in the database are compared with what was acknowledged.
    ///
    /// # Errors
    ///
    /// If the server fails, or the sums are wrong.
    pub async fn measure(
        &mut self,
        connections: &[usize],
        hot: bool,
        length: Duration,
    ) -> Result<PostgresResult> {
        let admin = self.connect_patiently().await?;
        let version = admin.query_one("SHOW server_version", &[]).await?.get(0);
        let mut runs = Vec::new();
        for &count in connections {
            runs.push(self.measure_one(&admin, count, hot, length).await?);
        }
        Ok(PostgresResult { version, runs })
    }

    async fn measure_one(
        &self,
        admin: &Client,
        connections: usize,
        hot: bool,
        length: Duration,
    ) -> Result<PostgresRun> {
        admin.batch_execute("DROP TABLE IF EXISTS accounts, charges").await?;
        admin.batch_execute(SCHEMA).await?;
        // Half of the accounts begin with a package, as real ones do.
        admin
            .execute(
                "INSERT INTO accounts SELECT id, $1, CASE WHEN id % 2 = 0 THEN 1000 ELSE 0 END
                 FROM generate_series(1, $2::bigint) id",
                &[&BALANCE, &ACCOUNTS],
            )
            .await?;
        let lots_before: i64 =
            admin.query_one("SELECT sum(lot_left)::bigint FROM accounts", &[]).await?.get(0);
        // One by one: VACUUM runs in no transaction.
        for statement in ["VACUUM ANALYZE accounts", "CHECKPOINT"] {
            admin.batch_execute(statement).await?;
        }

        let warm_up = length / 5;
        let begin = Instant::now();
        let mut callers = JoinSet::new();
        for caller in 0..connections {
            let client = self.connect().await?;
            callers.spawn(call(client, caller as u64, hot, begin + warm_up, begin + warm_up + length));
        }
        let (mut charged, mut latencies) = (0, Vec::new());
        while let Some(caller) = callers.join_next().await {
            let (total, timed) = caller.context("a caller panicked")??;
            charged += total;
            latencies.extend(timed);
        }

        let row = admin
            .query_one(
                "SELECT count(*), coalesce(sum(amount) FILTER (WHERE amount <> $1), 0)::bigint FROM charges",
                &[&PRICE],
            )
            .await?;
        let (rows, odd): (i64, i64) = (row.get(0), row.get(1));
        let row = admin
            .query_one("SELECT sum(balance)::numeric::text, sum(lot_left)::bigint FROM accounts", &[])
            .await?;
        let (balance, lots): (String, i64) = (row.get(0), row.get(1));
        let from_lots = lots_before - lots;
        let expected =
            i128::from(ACCOUNTS) * i128::from(BALANCE) - i128::from(rows - from_lots) * i128::from(PRICE);
        ensure!(
            rows == charged && odd == 0 && balance.parse() == Ok(expected) && from_lots >= 0,
            "PostgreSQL's sums are wrong: {rows} rows for {charged} charges, balance {balance}, expected {expected}"
        );
        latencies.sort_unstable();
        Ok(PostgresRun {
            connections,
            charges_per_s: latencies.len() as f64 / length.as_secs_f64(),
            p50_us: percentile_us(&latencies, 50),
            p99_us: percentile_us(&latencies, 99),
        })
    }

    /// Where a journal of its own can be kept: each shard is one.
    pub fn journal(&self, shard: u32) -> PostgresOptions {
        let database = format!("host={} user=bench dbname=postgres", self.dir.path().display());
        PostgresOptions { database, shard: shard.into() }
    }

    async fn connect(&self) -> Result<Client> {
        let mut config = tokio_postgres::Config::new();
        config.host_path(self.dir.path()).user("bench").dbname("postgres");
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(async move {
            // Its failure shows in the client's calls.
            let _ = connection.await;
        });
        Ok(client)
    }

    async fn connect_patiently(&mut self) -> Result<Client> {
        let patience = Instant::now() + Duration::from_secs(30);
        loop {
            match self.connect().await {
                Ok(client) => return Ok(client),
                Err(error) if Instant::now() > patience => return Err(error.context(self.log())),
                Err(_) => {}
            }
            if let Some(status) = self.server.try_wait()? {
                bail!("PostgreSQL ended ({status}): {}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let stopped = command(&self.bin.join("pg_ctl"), self.user.as_ref())
            .args(["stop", "--mode=fast", "--wait", "--silent", "--pgdata"])
            .arg(self.dir.path().join("data"))
            .status()
            .is_ok_and(|status| status.success());
        if !stopped {
            let _ = self.server.kill();
        }
        let _ = self.server.wait();
    }
}

/// One connection's charges: how many were acknowledged, and how long those between the instants took.
async fn call(
    client: Client,
    caller: u64,
    hot: bool,
    from: Instant,
    until: Instant,
) -> Result<(i64, Vec<u32>)> {
    let charge = client.prepare(CHARGE).await?;
    let (mut charged, mut timed) = (0, Vec::new());
    loop {
        let start = Instant::now();
        if start >= until {
            return Ok((charged, timed));
        }
        // Time-ordered ids, the kind that is easiest on the index; accounts in a scattered order.
        let id = Uuid::from_u64_pair(charged as u64, caller);
        let scattered =
            (charged as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ caller.wrapping_mul(0xd1b5_4a32_d192_ed03);
        let account = if hot { 1 } else { 1 + ((scattered >> 32) % ACCOUNTS as u64) as i64 };
        let written = client.execute(&charge, &[&account, &id, &PRICE]).await?;
        ensure!(written == 1, "a charge was refused though there is money");
        charged += 1;
        let end = Instant::now();
        if start >= from && end <= until {
            timed.push(u32::try_from((end - start).as_nanos()).unwrap_or(u32::MAX));
        }
    }
}

fn find_binaries() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let version = path.file_name()?.to_str()?.parse().ok()?;
            let bin = path.join("bin");
            bin.join("initdb").is_file().then_some((version, bin))
        })
        .collect();
    found.sort();
    found.pop().map(|(_, bin)| bin)
}

fn is_root() -> Result<bool> {
    let output = Command::new("id").arg("-u").output().context("asking for the user id")?;
    Ok(output.stdout.trim_ascii() == b"0")
}

/// The command, run by the unprivileged user if there is one. `setpriv` replaces itself, so that a
/// started server is our own child; and should we be killed, the server is told to stop.
fn command(program: &Path, user: Option<&Unprivileged>) -> Command {
    let mut command = Command::new("setpriv");
    if let Some(Unprivileged(name)) = user {
        command.args(["--reuid", name, "--regid", name, "--init-groups"]);
    }
    command.args(["--pdeathsig", "INT", "--"]).arg(program);
    // A directory that this user can enter.
    command.current_dir("/");
    command
}
