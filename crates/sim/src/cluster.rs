//! A PostgreSQL that is thrown away: a new cluster in a folder, on a socket there.
//!
//! It does not sync: what is simulated is that our process dies, that connections are cut, and that owners are replaced.
//! That the database itself keeps what it said is its own business.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{fs, io};

use postgres::{Client, NoTls};

/// As whom it runs where it must not run as root.
const OTHER: &str = "postgres";
const SETTINGS: [&str; 8] = [
    "listen_addresses=",
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=on",
    "shared_buffers=64MB",
    // Ends with the folder, however the server ends.
    "dynamic_shared_memory_type=mmap",
    "max_wal_size=256MB",
    "autovacuum_naptime=10s",
];

/// A running cluster.
pub struct Cluster {
    bin: PathBuf,
    root: tempfile::TempDir,
    server: Option<Child>,
}

/// True if PostgreSQL is installed.
pub fn is_installed() -> bool {
    binaries().is_some()
}

impl Cluster {
    /// Starts one.
    ///
    /// # Errors
    /// It is not installed, or does not start.
    pub fn start() -> Result<Cluster, String> {
        let bin = binaries().ok_or("PostgreSQL is not installed (apt install postgresql)")?;
        let failed = |doing: &'static str| move |error: io::Error| format!("{doing}: {error}");
        let root = crate::store::folder("sim-pg").map_err(failed("make a folder"))?;
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755))
            .map_err(failed("open the folder"))?;
        let mut cluster = Cluster { bin, root, server: None };
        let data = cluster.data();
        fs::create_dir(&data).map_err(failed("make a folder"))?;
        if is_root() {
            let mut chown = Command::new("chown");
            chown.arg(OTHER).arg(&data).arg(cluster.root.path());
            let status = chown.status().map_err(failed("hand the folder over"))?;
            if !status.success() {
                return Err(format!("the folder cannot be given to the user {OTHER}"));
            }
        }
        let options = [
            "--username=inkmeter",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale",
            "--no-sync",
            "--pgdata",
        ];
        let made = cluster.command("initdb").args(options).arg(&data).output().map_err(failed("initdb"))?;
        if !made.status.success() {
            return Err(format!("initdb: {}", String::from_utf8_lossy(&made.stderr)));
        }
        cluster.run().map_err(failed("start PostgreSQL"))?;
        Ok(cluster)
    }

    fn run(&mut self) -> io::Result<()> {
        let mut server = self.command("postgres");
        server.arg("-D").arg(self.data()).arg("-k").arg(self.root.path());
        for setting in SETTINGS {
            server.args(["-c", setting]);
        }
        let log = fs::File::create(self.root.path().join("log"))?;
        self.server = Some(server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn()?);
        for _ in 0..1_200 {
            if Client::connect(&self.database(), NoTls).is_ok() {
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(25));
        }
        Err(io::Error::other(fs::read_to_string(self.root.path().join("log"))?))
    }

    /// Where it is.
    pub fn database(&self) -> String {
        format!("host={} port=5432 user=inkmeter dbname=postgres", self.root.path().display())
    }

    fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    /// It ends with us, however we end.
    fn command(&self, program: &str) -> Command {
        let program = self.bin.join(program);
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "QUIT"]);
        if is_root() {
            command.args(["--reuid", OTHER, "--regid", OTHER, "--clear-groups"]);
        }
        command.arg("--").arg(program).current_dir("/");
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        let pid = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        // Its immediate shutdown: nothing is flushed.
        if let Some(pid) = pid.lines().next() {
            let _ = Command::new("kill").args(["-QUIT", pid]).status();
        } else {
            let _ = server.kill();
        }
        let _ = server.wait();
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|of| of.uid() == 0)
}

/// Where Debian puts the programs of a version; the newest counts.
fn binaries() -> Option<PathBuf> {
    let versions = fs::read_dir(Path::new("/usr/lib/postgresql")).ok()?;
    let of = |version: io::Result<fs::DirEntry>| Some(version.ok()?.path().join("bin"));
    let installed = versions.filter_map(of).filter(|bin| bin.join("initdb").exists());
    let number = |bin: &PathBuf| bin.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    installed.max_by_key(number)
}
