//! A server of its own for a test: the real binary, a fresh data folder, a manual clock.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

pub const INKMETER: &str = env!("CARGO_BIN_EXE_inkmeter");

/// The line of the configuration with which every picture is an empty page.
pub const BLANK: (&str, &str) = ("engine = \"auto\"", "engine = \"blank\"");

/// The line of the configuration with which every top-up is said to be paid.
pub const SANDBOX: (&str, &str) = ("provider = \"none\"", "provider = \"sandbox\"");

/// A fresh folder for a server's data, its owner's alone: the server warns of others, and makes it so.
pub fn data_folder() -> tempfile::TempDir {
    let own = std::fs::Permissions::from_mode(0o700);
    tempfile::Builder::new().permissions(own).tempdir().unwrap()
}

/// Where the clock stands when a test names no instant: far from the ends of a month and of a day in every time zone
/// that a region may have, so that a story's bill does not depend on the day the tests run.
const BEGINNING: &str = "2026-10-13T05:47:23.418Z";

pub struct Server {
    pub data: tempfile::TempDir,
    pub url: String,
    /// Where its books are.
    books: Books,
    child: Option<Child>,
}

impl Server {
    /// Starts a server. With `blank`, every picture is an empty page and no models are needed.
    pub fn start(blank: bool) -> Server {
        Server::configured(if blank { &[BLANK] } else { &[] })
    }

    /// Starts a server with lines of its configuration replaced.
    pub fn configured(replace: &[(&str, &str)]) -> Server {
        Server::beginning(None, replace)
    }

    /// Starts a server whose clock stands at an instant, with lines of its configuration replaced.
    pub fn beginning(at: Option<&str>, replace: &[(&str, &str)]) -> Server {
        let mut config = server::config::DEFAULTS.to_owned();
        for (from, to) in replace {
            assert!(config.contains(from), "{from}");
            config = config.replace(from, to);
        }
        Server::made(at, &config)
    }

    /// Starts a server with a configuration of its own; what it does not say is the default.
    pub fn with_config(config: &str) -> Server {
        Server::made(None, config)
    }

    /// Starts a server with a configuration of its own whose clock stands at an instant.
    pub fn with_config_beginning(at: &str, config: &str) -> Server {
        Server::made(Some(at), config)
    }

    fn made(at: Option<&str>, config: &str) -> Server {
        Server::on(folder_of(at, config))
    }

    /// Starts a server on a data folder that is there.
    pub fn on(data: tempfile::TempDir) -> Server {
        Server::of(data, Books::Here)
    }

    /// Starts a server whose books are in a database; returns when it serves.
    pub fn in_database(data: tempfile::TempDir, database: &str) -> Server {
        Server::of(data, Books::InDatabase(database.to_owned()))
    }

    /// Starts a node of a database; returns when all books are served by one of its nodes.
    pub fn node(data: tempfile::TempDir, database: &str) -> Server {
        Server::of(data, Books::AmongNodes(database.to_owned()))
    }

    /// Starts a server that logs JSON, and gives what it tells on standard error, line by line.
    pub fn logging_json(data: tempfile::TempDir, levels: &str) -> (Server, Receiver<String>) {
        let mut command = serving(data.path(), "manual", &Books::Here);
        command.env("INKMETER_LOG", levels).stdout(Stdio::inherit()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (tell, told) = channel();
        std::thread::spawn(move || lines.map_while(Result::ok).all(|line| tell.send(line).is_ok()));
        let server = Server { data, url: String::new(), books: Books::Here, child: Some(child) };
        (server, told)
    }

    fn of(data: tempfile::TempDir, books: Books) -> Server {
        let (child, url) = spawn(data.path(), books.clock(), &books);
        Server { data, url, books, child: Some(child) }
    }

    /// Ends the process as a power cut would, as far as a process can be ended so.
    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Asks the process to end, and waits until it has.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal("TERM");
        self.child.take().unwrap().wait().unwrap()
    }

    /// Sends the process a signal.
    pub fn signal(&self, signal: &str) {
        let pid = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([&format!("-{signal}"), &pid]).status().unwrap().success());
    }

    /// Stops the process where it is, and waits until it stands: the signal alone leaves its threads going until one of
    /// them takes it.
    pub fn freeze(&self) {
        self.signal("STOP");
        let threads = format!("/proc/{}/task", self.child.as_ref().unwrap().id());
        let stands = |thread: std::io::Result<std::fs::DirEntry>| {
            let stat = std::fs::read_to_string(thread.unwrap().path().join("stat"));
            // A thread that is gone is no hindrance. The state comes after the name, which is in brackets.
            stat.map_or(true, |stat| stat.rsplit(')').next().unwrap().trim_start().starts_with('T'))
        };
        for _ in 0..6_000 {
            if std::fs::read_dir(&threads).unwrap().all(stands) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("the server does not stand still");
    }

    /// Waits until the process ends by itself.
    pub fn ended(&mut self) -> ExitStatus {
        self.child.take().unwrap().wait().unwrap()
    }

    /// Limits how long files may be that the process writes, as `prlimit` takes it: `1:` lets it write nothing,
    /// `unlimited:` everything again.
    pub fn limit_files(&self, limit: &str) {
        let pid = self.child.as_ref().unwrap().id().to_string();
        let arguments = ["--pid", &pid, &format!("--fsize={limit}")];
        assert!(Command::new("prlimit").args(arguments).status().unwrap().success());
    }

    /// Starts the server again on the same data.
    pub fn restart(&mut self) {
        self.restart_on(self.books.clock());
    }

    /// The same, on this clock.
    pub fn restart_on(&mut self, clock: &str) {
        let (child, url) = spawn(self.data.path(), clock, &self.books);
        self.child = Some(child);
        self.url = url;
    }

    /// What opens the operator's API.
    pub fn operator_token(&self) -> String {
        std::fs::read_to_string(self.data.path().join("operator.token")).unwrap().trim().to_owned()
    }

    /// Runs a command against this server's data folder.
    pub fn run(&self, arguments: &[&str]) -> Output {
        Command::new(INKMETER).arg("--data").arg(self.data.path()).args(arguments).output().unwrap()
    }

    /// Runs a command that must succeed and print JSON.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--json"]].concat());
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{arguments:?}: {out}{err}");
        serde_json::from_str(&out).unwrap_or_else(|e| panic!("{arguments:?}: {e}: {out}"))
    }

    /// An account's charges.
    pub fn charges(&self, name: &str) -> Vec<Value> {
        let output = self.run(&["charges", name, "--json"]);
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A data folder with this configuration, whose clock stands at an instant.
pub fn folder_of(at: Option<&str>, config: &str) -> tempfile::TempDir {
    server::install_tls();
    let data = data_folder();
    std::fs::write(data.path().join("config.toml"), config).unwrap();
    // Where a manual clock keeps its time.
    let at = charging::Timestamp::parse(at.unwrap_or(BEGINNING)).unwrap();
    std::fs::write(data.path().join("clock"), at.ms().to_string()).unwrap();
    data
}

/// Where a server's books are.
enum Books {
    Here,
    InDatabase(String),
    AmongNodes(String),
}

impl Books {
    /// Time is played on one server, and nodes are several.
    fn clock(&self) -> &'static str {
        if matches!(self, Books::AmongNodes(_)) { "system" } else { "manual" }
    }
}

fn serving(data: &Path, clock: &str, books: &Books) -> Command {
    // A write beyond a limit of files is to fail as on a full disk; by itself it would end the process.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", INKMETER]);
    command.arg("--data").arg(data).args(["serve", "--listen", "127.0.0.1:0", "--clock", clock]);
    if let Some(models) = models() {
        command.env("INKMETER_MODELS", models);
    }
    if let Books::InDatabase(database) | Books::AmongNodes(database) = books {
        command.env("INKMETER_DATABASE", database);
    }
    if matches!(books, Books::AmongNodes(_)) {
        command.env("INKMETER_CLUSTER_LISTEN", "127.0.0.1:0");
    }
    command
}

fn spawn(data: &Path, clock: &str, books: &Books) -> (Child, String) {
    let mut command = serving(data, clock, books);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next().expect("the server says where it serves").unwrap();
    let url = first.rsplit(' ').next().unwrap().to_owned();
    // Read on, so that the server never waits for us.
    std::thread::spawn(move || lines.for_each(drop));
    (child, url)
}

/// Where the models are, if the environment says so.
fn models() -> Option<PathBuf> {
    std::env::var_os("INKMETER_TEST_MODELS").map(PathBuf::from)
}

/// A picture of the eye's own tests.
pub fn picture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../ocr/tests/pictures").join(name)
}

/// What is in it.
pub fn picture_bytes(name: &str) -> Vec<u8> {
    std::fs::read(picture(name)).unwrap()
}
