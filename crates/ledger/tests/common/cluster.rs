//! A PostgreSQL of a test's own: a new cluster in a folder, on a socket there, thrown away afterwards.
#![allow(dead_code)]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use postgres::{Client, NoTls};

/// As whom it runs where it must not run as root.
const OTHER: &str = "postgres";
const SETTINGS: [&str; 4] = ["listen_addresses=", "fsync=on", "synchronous_commit=on", "shared_buffers=32MB"];

/// A running cluster.
pub struct Cluster {
    bin: PathBuf,
    root: tempfile::TempDir,
    server: Option<Child>,
    /// Where it is reached with TLS, if it has that.
    port: Option<u16>,
}

impl Cluster {
    /// Starts one; `None` where PostgreSQL is not installed and not every test has to run.
    pub fn start() -> Option<Cluster> {
        Cluster::with(None)
    }

    /// Starts one that is reached with TLS too, by this certificate and its key.
    pub fn with_tls(certificate: &str, key: &str) -> Option<Cluster> {
        Cluster::with(Some((certificate, key)))
    }

    fn with(tls: Option<(&str, &str)>) -> Option<Cluster> {
        let Some(bin) = binaries() else {
            let missing = "tests of the journal in PostgreSQL were NOT run: it is not installed (apt install postgresql)";
            assert!(std::env::var_os("INKMETER_TEST_ALL").is_none(), "{missing}");
            let _ = writeln!(std::io::stderr(), "{missing}");
            return None;
        };
        let open = fs::Permissions::from_mode(0o755);
        let root = tempfile::Builder::new().prefix("pg").permissions(open).tempdir().unwrap();
        let mut cluster = Cluster { bin, root, server: None, port: None };
        let data = cluster.data();
        fs::create_dir(&data).unwrap();
        if is_root() {
            let mut chown = Command::new("chown");
            chown.arg(OTHER).arg(&data).arg(cluster.root.path());
            assert!(chown.status().unwrap().success());
        }
        let made = cluster
            .command("initdb")
            .args([
                "--username=inkmeter",
                "--auth=trust",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
                "--pgdata",
            ])
            .arg(&data)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        if let Some((certificate, key)) = tls {
            // Somebody else may take it before the server does, which would then not come up.
            let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            cluster.port = Some(free.local_addr().unwrap().port());
            for (name, text) in [("server.crt", certificate), ("server.key", key)] {
                let path = cluster.data().join(name);
                fs::write(&path, text).unwrap();
                fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
                if is_root() {
                    assert!(Command::new("chown").arg(OTHER).arg(&path).status().unwrap().success());
                }
            }
        }
        cluster.run();
        Some(cluster)
    }

    /// Starts the server again after [`Cluster::crash`].
    pub fn run(&mut self) {
        let mut server = self.command("postgres");
        server.arg("-D").arg(self.data()).arg("-k").arg(self.root.path());
        for setting in SETTINGS {
            server.args(["-c", setting]);
        }
        if let Some(port) = self.port {
            server.args(["-c", "ssl=on", "-c", "listen_addresses=127.0.0.1", "-c", &format!("port={port}")]);
        }
        let log =
            fs::OpenOptions::new().append(true).create(true).open(self.root.path().join("log")).unwrap();
        let server = server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        self.server = Some(server);
        for _ in 0..600 {
            if Client::connect(&self.database(), NoTls).is_ok() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("PostgreSQL does not come up: {}", fs::read_to_string(self.root.path().join("log")).unwrap());
    }

    /// Ends the server and all its processes as a crash does: nothing is written any more.
    pub fn crash(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        let pid = fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        let pid = pid.lines().next().unwrap();
        // Its immediate shutdown: the children are killed, and nothing is flushed.
        assert!(Command::new("kill").args(["-QUIT", pid]).status().unwrap().success());
        server.wait().unwrap();
    }

    /// Ends every other connection.
    pub fn cut_connections(&self) {
        let mut client = Client::connect(&self.database(), NoTls).unwrap();
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'";
        client.batch_execute(cut).unwrap();
    }

    /// Where it is.
    pub fn database(&self) -> String {
        let port = self.port.unwrap_or(5432);
        format!("host={} port={port} user=inkmeter dbname=postgres", self.root.path().display())
    }

    /// Where it is with TLS, by this name.
    pub fn over_tls(&self, host: &str) -> String {
        let port = self.port.unwrap();
        format!("host={host} port={port} user=inkmeter dbname=postgres sslmode=require")
    }

    fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    fn command(&self, program: &str) -> Command {
        let program = self.bin.join(program);
        if !is_root() {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid", OTHER, "--regid", OTHER, "--clear-groups", "--"]).arg(program);
        command.current_dir("/");
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.crash();
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Where Debian puts the programs of a version; the newest counts.
fn binaries() -> Option<PathBuf> {
    let versions = fs::read_dir(Path::new("/usr/lib/postgresql")).ok()?;
    let mut found: Vec<PathBuf> =
        versions.filter_map(|version| Some(version.ok()?.path().join("bin"))).collect();
    found.retain(|bin| bin.join("initdb").exists());
    let number = |bin: &Path| bin.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    found.sort_by_key(|bin| number(bin));
    found.pop()
}
