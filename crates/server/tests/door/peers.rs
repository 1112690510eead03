//! The other sides of email, SMS and webhooks, in a process of their own (`peers.py`).

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::{Value, json};

use crate::waiting::PATIENCE;
use crate::wanted::wanted;

pub struct Peers {
    child: Child,
    orders: Option<ChildStdin>,
    said: Receiver<Value>,
    /// Everything received so far.
    pub received: Vec<Value>,
    dir: tempfile::TempDir,
    pub smtp: u16,
    pub smpp: u16,
    pub secret_smpp: u16,
    pub http: u16,
    pub payment: u16,
}

/// A port nobody listens at, and none of those that connections are given: until somebody listens there, one of them
/// could be taken.
pub fn free_port() -> u16 {
    const PORTS: u32 = 12_000;
    static ASKED: AtomicU32 = AtomicU32::new(0);
    loop {
        let turn = std::process::id().wrapping_add(ASKED.fetch_add(1, Ordering::Relaxed));
        let port = 20_000 + (turn % PORTS) as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A certificate authority, and a certificate for `localhost` that it signed.
fn certificates(dir: &Path) {
    let mut authority = CertificateParams::new(vec![]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let names = vec!["localhost".to_owned()];
    let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &authority).unwrap();
    std::fs::write(dir.join("ca.pem"), authority.pem()).unwrap();
    std::fs::write(dir.join("peer.pem"), certificate.pem()).unwrap();
    std::fs::write(dir.join("peer.key"), key.serialize_pem()).unwrap();
}

impl Peers {
    /// Starts the peers; `None` where the tests' Python is not.
    pub fn start() -> Option<Peers> {
        let python = wanted("INKMETER_TEST_PYTHON")?;
        let dir = tempfile::tempdir().unwrap();
        certificates(dir.path());
        std::fs::write(dir.path().join("password"), "correct horse\n").unwrap();
        std::fs::write(dir.path().join("smpp"), "secret08").unwrap();
        std::fs::write(dir.path().join("payment"), "a secret of the provider").unwrap();
        let [smtp, smpp, secret_smpp, http, payment] = [(); 5].map(|()| free_port());
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut child = Command::new(python)
            .arg(here.join("tests/door/peers.py"))
            .arg(here.join("../../docs/notices.md"))
            .args([dir.path().join("peer.pem"), dir.path().join("peer.key")])
            .args([smtp, smpp, secret_smpp, http, payment].map(|port| port.to_string()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (say, said) = channel();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = say.send(serde_json::from_str(&line).unwrap());
            }
        });
        let orders = child.stdin.take();
        let received = Vec::new();
        let mut peers = Peers { child, orders, said, received, dir, smtp, smpp, secret_smpp, http, payment };
        peers.wait_for("ready");
        Some(peers)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The configuration that reaches these peers, the gateway without TLS.
    pub fn plain_config(&self) -> String {
        let (secret, plain) = (format!("port = {}\n", self.secret_smpp), format!("port = {}\n", self.smpp));
        self.config().replace("security = \"tls\"\n", "").replace(&secret, &plain)
    }

    /// The configuration that reaches these peers.
    pub fn config(&self) -> String {
        format!(
            "[ocr]\nengine = \"blank\"\n[notify]\nfirst_pause_s = 1\nlongest_pause_s = 2\n\
             [notify.email]\nhost = \"localhost\"\nport = {}\nuser = \"inkmeter\"\npassword_file = {:?}\n\
             from = \"Inkmeter <notices@inkmeter.example.com>\"\nca_file = {:?}\n\
             [notify.sms]\nby = \"smpp\"\n\
             [notify.sms.smpp]\nhost = \"localhost\"\nport = {}\nsecurity = \"tls\"\nca_file = {:?}\n\
             system_id = \"inkmeter\"\npassword_file = {:?}\nper_second = 1000\n\
             [notify.webhook]\nallow_private_hosts = true\n",
            self.smtp,
            self.file("password"),
            self.file("ca.pem"),
            self.secret_smpp,
            self.file("ca.pem"),
            self.file("smpp"),
        )
    }

    /// Where webhooks go.
    pub fn webhook(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.http)
    }

    /// Where the payment provider is that declines everything, but 3.00, to which it does not answer; and the file with
    /// its secret.
    pub fn payment(&self) -> String {
        format!("http://127.0.0.1:{}/", self.payment)
    }

    pub fn payment_secret(&self) -> PathBuf {
        self.file("payment")
    }

    pub fn order(&mut self, order: &Value) {
        writeln!(self.orders.as_mut().unwrap(), "{order}").unwrap();
        self.wait_for("order");
    }

    /// What webhooks are signed with from now on.
    pub fn expect_secret(&mut self, secret: &str) {
        self.order(&json!({ "secret": secret }));
    }

    /// Has every dialogue of these channels stand still at a place from now on: see `PLACES` of peers.py.
    pub fn hold(&mut self, places: &[(&str, &str)]) {
        let places: serde_json::Map<String, Value> =
            places.iter().map(|(channel, place)| ((*channel).to_owned(), json!(place))).collect();
        self.order(&json!({ "hold": places }));
    }

    /// Waits until dialogues of so many channels stand still.
    pub fn wait_for_held(&mut self, count: usize) {
        let mut held = BTreeSet::new();
        while held.len() < count {
            let said = self.wait_for("held");
            held.insert(said["channel"].to_string());
        }
    }

    /// Ends all connections with what stands still in them; then the peers are there again.
    pub fn hang_up(&mut self) {
        self.order(&json!({ "hang_up": true }));
    }

    /// Takes what was received since the last time; what was said before is here when this returns.
    pub fn received_since(&mut self) -> Vec<Value> {
        self.order(&json!({}));
        std::mem::take(&mut self.received)
    }

    /// Waits for the next thing of a kind that was not refused; everything is kept.
    pub fn wait_for(&mut self, via: &str) -> Value {
        loop {
            let said = self.said.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no {via} came"));
            if said["via"] == via && said["refused"].is_null() {
                if !matches!(via, "ready" | "order" | "held") {
                    self.received.push(said.clone());
                }
                return said;
            }
            self.received.push(said);
        }
    }

    /// Takes what has come meanwhile.
    pub fn take(&mut self) -> &[Value] {
        self.received.extend(self.said.try_iter());
        &self.received
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
