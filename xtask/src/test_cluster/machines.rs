//! Processes as machines: started with their output in a file, killed, frozen, woken; and an etcd of three of them.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use parking_lot::Mutex;

/// As whom runs what must not run as root.
const OTHER: &str = "postgres";
pub const MEMBERS: usize = 3;

/// A process, ended when this is dropped.
pub struct Process(Child);

impl Process {
    /// Starts a command whose output goes into a file.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(mut command: Command, log: &Path) -> Result<Process> {
        let log = File::options().create(true).append(true).open(log)?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let name = command.get_program().to_string_lossy().into_owned();
        Ok(Process(command.spawn().with_context(|| format!("start {name}"))?))
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: &str) {
        send(signal, self.0.id());
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.0.try_wait(), Ok(None))
    }

    /// Ends it as a power cut would.
    pub fn kill(mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    /// Asks it to end, and waits.
    pub fn stop(mut self) {
        self.signal("TERM");
        let _ = self.0.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Sends a signal to a process by its number.
pub fn send(signal: &str, pid: u32) {
    let mut kill = Command::new("kill");
    let _ = kill.args([&format!("-{signal}"), &pid.to_string()]).stderr(Stdio::null()).status();
}

/// An address of this machine at which nobody listens at the moment.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// A command that does not run as root.
pub fn as_other(program: &str) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args([&format!("--reuid={OTHER}"), &format!("--regid={OTHER}"), "--clear-groups", program]);
    command
}

/// Gives a folder to whoever runs what does not run as root.
pub fn give(path: &Path) -> Result<()> {
    if !is_root() {
        return Ok(());
    }
    let id = |what: &str| -> Result<u32> {
        let output = Command::new("id").args([what, OTHER]).output()?;
        ensure!(output.status.success(), "there is no user {OTHER}: apt install postgresql");
        Ok(String::from_utf8(output.stdout)?.trim().parse()?)
    };
    Ok(chown(path, Some(id("-u")?), Some(id("-g")?))?)
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

/// The machines of etcd.
pub struct Machines {
    folder: PathBuf,
    clients: Vec<SocketAddr>,
    peers: Vec<SocketAddr>,
    members: Mutex<Vec<Option<Process>>>,
}

impl Machines {
    /// Starts etcd, and waits until it answers.
    ///
    /// # Errors
    /// It is not installed, or does not come up.
    pub async fn start(folder: &Path) -> Result<Machines> {
        let addresses = || (0..MEMBERS).map(|_| free_address()).collect::<Result<Vec<_>>>();
        let machines = Machines {
            folder: folder.to_owned(),
            clients: addresses()?,
            peers: addresses()?,
            members: Mutex::new((0..MEMBERS).map(|_| None).collect()),
        };
        for member in 0..MEMBERS {
            machines.run(member)?;
        }
        let begun = Instant::now();
        while !machines.is_healthy().await {
            if begun.elapsed() > Duration::from_secs(60) {
                bail!("etcd does not come up; see {}/etcd-0.log", folder.display());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Ok(machines)
    }

    /// Where clients reach its members.
    pub fn clients(&self) -> &[SocketAddr] {
        &self.clients
    }

    /// Starts a member, for the first time or again.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn run(&self, member: usize) -> Result<()> {
        let url = |address: &SocketAddr| format!("http://{address}");
        let cluster: Vec<String> = self
            .peers
            .iter()
            .enumerate()
            .map(|(number, peer)| format!("etcd-{number}=http://{peer}"))
            .collect();
        let mut command = Command::new("etcd");
        command
            .arg("--name")
            .arg(format!("etcd-{member}"))
            .arg("--data-dir")
            .arg(self.folder.join(format!("etcd-{member}")))
            .args(["--listen-peer-urls", &url(&self.peers[member])])
            .args(["--initial-advertise-peer-urls", &url(&self.peers[member])])
            .args(["--listen-client-urls", &url(&self.clients[member])])
            .args(["--advertise-client-urls", &url(&self.clients[member])])
            .args(["--initial-cluster", &cluster.join(",")])
            .args(["--initial-cluster-state", "new", "--log-level", "warn"]);
        let log = self.folder.join(format!("etcd-{member}.log"));
        self.members.lock()[member] = Some(Process::start(command, &log)?);
        Ok(())
    }

    /// Ends a member as a power cut would.
    pub fn kill(&self, member: usize) {
        if let Some(process) = self.members.lock()[member].take() {
            process.kill();
        }
    }

    async fn is_healthy(&self) -> bool {
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build();
        let Ok(http) = http else { return false };
        for client in &self.clients {
            let answer =
                http.get(format!("http://{client}/health")).timeout(Duration::from_secs(2)).send().await;
            let Ok(answer) = answer else { return false };
            if !answer.text().await.is_ok_and(|text| text.contains("true")) {
                return false;
            }
        }
        true
    }
}
