//! A PostgreSQL of the benchmark's own: private, thrown away afterwards, and tuned; alone, or with standbys of which one
//! must have what is acknowledged.
//!
//! `fsync` and `synchronous_commit` are on, for that is what is compared.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use ledger::journal::postgres::PostgresOptions;
use tokio_postgres::{Client, NoTls};

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

/// What a server with standbys needs besides.
const REPLICATES: &[(&str, &str)] = &[
    ("wal_level", "replica"),
    ("max_wal_senders", "8"),
    ("synchronous_standby_names", "ANY 1 (standby1, standby2)"),
];
const STANDBYS: usize = 2;
/// How long a server may take to come up.
const PATIENCE: Duration = Duration::from_secs(30);

/// A private cluster; stopped and removed when dropped.
pub struct Postgres {
    primary: Server,
    standbys: Vec<Server>,
    bin: PathBuf,
    user: Option<Unprivileged>,
    journals: AtomicI64,
    /// Dropped last: the cluster's files.
    dir: tempfile::TempDir,
}

/// One server, its data and its socket in a place of its own.
struct Server {
    process: Child,
    place: PathBuf,
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
        Self::start_with(dir, &[])
    }

    /// The same with two standbys on the same machine: what is acknowledged is on the disk of one of them too.
    ///
    /// # Errors
    ///
    /// If it is installed and does not start.
    pub fn start_quorum(dir: &Path) -> Result<Option<Self>> {
        let Some(mut primary) = Self::start_with(dir, REPLICATES)? else { return Ok(None) };
        primary.database_when_up()?;
        for number in 1..=STANDBYS {
            let place = primary.place(&format!("standby{number}"))?;
            let output = primary
                .command("pg_basebackup")
                .args(["--checkpoint=fast", "--write-recovery-conf", "--username=bench", "--pgdata"])
                .arg(place.join("data"))
                .arg("--dbname")
                .arg(format!("host={} application_name=standby{number}", primary.primary.place.display()))
                .output()
                .context("running pg_basebackup")?;
            ensure!(output.status.success(), "no standby: {}", String::from_utf8_lossy(&output.stderr));
            let standby = Server::start(&primary.bin, primary.user.as_ref(), place, REPLICATES)?;
            primary.standbys.push(standby);
        }
        Ok(Some(primary))
    }

    fn start_with(dir: &Path, settings: &[(&str, &str)]) -> Result<Option<Self>> {
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
        let place = new_place(dir.path(), "primary", user.as_ref())?;
        let output = command(&bin.join("initdb"), user.as_ref())
            .args(["--username=bench", "--auth=trust", "--encoding=UTF8", "--no-locale", "--pgdata"])
            .arg(place.join("data"))
            .output()
            .context("running initdb")?;
        ensure!(output.status.success(), "initdb failed: {}", String::from_utf8_lossy(&output.stderr));
        let primary = Server::start(&bin, user.as_ref(), place, settings)?;
        Ok(Some(Self { primary, standbys: Vec::new(), bin, user, journals: AtomicI64::new(0), dir }))
    }

    fn place(&self, name: &str) -> Result<PathBuf> {
        new_place(self.dir.path(), name, self.user.as_ref())
    }

    fn command(&self, program: &str) -> Command {
        command(&self.bin.join(program), self.user.as_ref())
    }

    /// Where a journal of its own can be kept: each shard is one.
    pub fn next_journal(&self) -> PostgresOptions {
        let shard = self.journals.fetch_add(1, Ordering::Relaxed) + 1;
        PostgresOptions { database: self.database(), shard }
    }

    /// Waits until every standby has what the primary has.
    ///
    /// # Errors
    ///
    /// If one does not come up.
    pub fn wait_for_standbys(&mut self, runtime: &tokio::runtime::Runtime) -> Result<()> {
        const UP: &str = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'";
        let patience = Instant::now() + PATIENCE;
        runtime.block_on(async {
            let admin = self.connect_patiently().await?;
            while admin.query_one(UP, &[]).await?.get::<_, i64>(0) < i64::try_from(self.standbys.len())? {
                ensure!(Instant::now() < patience, "the standbys do not follow");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok(())
        })
    }

    /// The database, once it can be connected to.
    ///
    /// # Errors
    ///
    /// If it does not come up.
    pub fn database_when_up(&mut self) -> Result<String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(self.connect_patiently())?;
        Ok(self.database())
    }

    fn database(&self) -> String {
        format!("host={} user=bench dbname=postgres", self.primary.place.display())
    }

    /// A connection.
    ///
    /// # Errors
    ///
    /// The server's.
    pub async fn connect(&self) -> Result<Client> {
        let mut config = tokio_postgres::Config::new();
        config.host_path(&self.primary.place).user("bench").dbname("postgres");
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(async move {
            // Its failure shows in the client's calls.
            let _ = connection.await;
        });
        Ok(client)
    }

    /// A connection, once the server is there.
    ///
    /// # Errors
    ///
    /// If it does not come up.
    pub async fn connect_patiently(&mut self) -> Result<Client> {
        let patience = Instant::now() + PATIENCE;
        loop {
            match self.connect().await {
                Ok(client) => return Ok(client),
                Err(error) if Instant::now() > patience => return Err(error.context(self.log())),
                Err(_) => {}
            }
            if let Some(status) = self.primary.process.try_wait()? {
                bail!("PostgreSQL ended ({status}): {}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.primary.place.join("log")).unwrap_or_default()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // The primary first: one that waits for its standbys does not stop.
        for server in std::iter::once(&mut self.primary).chain(&mut self.standbys) {
            let stopped = command(&self.bin.join("pg_ctl"), self.user.as_ref())
                .args(["stop", "--mode=immediate", "--wait", "--silent", "--pgdata"])
                .arg(server.place.join("data"))
                .status()
                .is_ok_and(|status| status.success());
            if !stopped {
                let _ = server.process.kill();
            }
            let _ = server.process.wait();
        }
    }
}

impl Server {
    fn start(
        bin: &Path,
        user: Option<&Unprivileged>,
        place: PathBuf,
        settings: &[(&str, &str)],
    ) -> Result<Server> {
        let mut start = command(&bin.join("postgres"), user);
        start.arg("-D").arg(place.join("data")).arg("-k").arg(&place);
        for (name, value) in SETTINGS.iter().chain(settings) {
            start.arg("-c").arg(format!("{name}={value}"));
        }
        let log = fs::File::create(place.join("log"))?;
        let started = start.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        Ok(Server { process: started.context("starting PostgreSQL")?, place })
    }
}

/// A folder for a server, and in it one for its data that only its user sees.
fn new_place(dir: &Path, name: &str, user: Option<&Unprivileged>) -> Result<PathBuf> {
    let place = dir.join(name);
    let data = place.join("data");
    fs::create_dir_all(&data)?;
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700))?;
    if let Some(Unprivileged(name)) = user {
        let status = Command::new("chown").arg(name).arg(&data).arg(&place).status()?;
        ensure!(status.success(), "the cluster's directory cannot be given to the user {name}");
    }
    Ok(place)
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
