//! `serve --sandbox` on a fresh folder, which is `make run`: what it prints is enough to make the first call.

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use reqwest::Method;
use serde_json::{Value, json};

use crate::customer::token_of;
use crate::server::{BLANK, INKMETER, data_folder, picture};
use crate::wanted::wanted;

/// A sandboxed server on a folder of its own, and what it has said so far.
struct Sandbox {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    said: String,
}

impl Sandbox {
    fn start(data: &Path, models: Option<&Path>) -> Sandbox {
        let mut command = Command::new(INKMETER);
        command.arg("--data").arg(data).args(["serve", "--sandbox", "--listen", "127.0.0.1:0"]);
        if let Some(models) = models {
            command.env("INKMETER_MODELS", models);
        }
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Sandbox { child, lines, said: String::new() }
    }

    /// Reads on to a line with these words, and gives it.
    fn read_to(&mut self, words: &str) -> String {
        loop {
            let line = self.lines.next().unwrap_or_else(|| panic!("no {words:?} in {}", self.said)).unwrap();
            self.said += &format!("{line}\n");
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Ends it, and gives all it said.
    fn end(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let rest: String = self.lines.by_ref().map_while(Result::ok).map(|line| line + "\n").collect();
        self.said.clone() + &rest
    }

    /// What it said after the line with these words.
    fn said_after(&self, words: &str) -> &str {
        let (_, after) =
            self.said.split_once(words).unwrap_or_else(|| panic!("no {words:?} in {}", self.said));
        after.split_once('\n').unwrap().1
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs lines as somebody would who copies them into a terminal, in this folder, with `inkmeter` at hand.
fn in_a_terminal(folder: &Path, lines: &str) -> String {
    let programs = Path::new(INKMETER).parent().unwrap().display();
    let path = format!("{programs}:{}", std::env::var("PATH").unwrap());
    let mut command = Command::new("bash");
    command.args(["-euo", "pipefail", "-c", lines]).current_dir(folder).env("PATH", path).env("HOME", folder);
    let output = command.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{lines}\n{out}\n{err}");
    out.into_owned()
}

/// The two ways to the first call that are printed, as they are printed: with the account that is there, and with one of
/// one's own.
#[test]
fn the_first_call_is_made_by_what_is_printed() {
    let Some(models) = wanted("INKMETER_TEST_MODELS") else { return };
    let (data, home) = (data_folder(), tempfile::tempdir().unwrap());
    // With any picture: curl is told of one by this name.
    std::fs::copy(picture("receipt_en.jpg"), home.path().join("picture.jpg")).unwrap();
    let mut sandbox = Sandbox::start(data.path(), Some(Path::new(&models)));
    sandbox.read_to("-d @-");
    let answer = in_a_terminal(home.path(), sandbox.said_after("A first call of it, with any picture"));
    let read: Value = serde_json::from_str(&answer).unwrap_or_else(|problem| panic!("{problem}: {answer}"));
    let blocks = read["result"]["words_block_list"].as_array().unwrap();
    let words: Vec<&str> = blocks.iter().map(|block| block["words"].as_str().unwrap()).collect();
    assert!(words.iter().any(|words| words.contains("STATIONERS")), "{words:?}");

    let commands = sandbox.said_after("The first call, from another terminal");
    let (commands, _) = commands.split_once("(inkmeter is").unwrap();
    let said = in_a_terminal(home.path(), commands);
    assert!(said.contains("secret"), "the keys are printed: {said}");
    let data = data.path().display();
    let charges = in_a_terminal(home.path(), &format!("inkmeter --data {data} charges demo --json"));
    assert_eq!(charges.lines().count(), 1, "{charges}");
    let shown = in_a_terminal(home.path(), &format!("inkmeter --data {data} account show alice --json"));
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["subscriptions"][0]["region"], "cn-north-4");
}

/// `serve --sandbox` on a fresh folder makes an account and says how to sign in and call; the next start does not.
#[tokio::test]
async fn the_sandbox_introduces_its_demo_account() {
    server::install_tls();
    let data = data_folder();
    let config = server::config::DEFAULTS.replace(BLANK.0, BLANK.1);
    std::fs::write(data.path().join("config.toml"), config).unwrap();
    let mut sandbox = Sandbox::start(data.path(), None);
    let url = sandbox.read_to("Inkmeter serves at").rsplit(' ').next().unwrap().to_owned();
    let password = sandbox.read_to("  password ").rsplit(' ').next().unwrap().to_owned();
    sandbox.read_to("-d @-");
    let account = json!({ "name": "demo", "user": "demo", "password": password });
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let token = token_of(&http, &url, &account).await;
    let ask = |method: Method, path: &str, body: Value| {
        let request = http.request(method, format!("{url}{path}")).header("x-auth-token", &token);
        let request = if body.is_null() { request } else { request.json(&body) };
        async { request.send().await.unwrap().json::<Value>().await.unwrap() }
    };
    let packages = ask(Method::GET, "/v1/packages", Value::Null).await;
    assert_eq!((&packages[0]["source"], &packages[0]["remaining"]), (&json!("free"), &json!(20)));
    let paid = ask(Method::POST, "/v1/top-ups", json!({"amount": "3"})).await;
    assert_eq!((&paid["status"], paid["account"]["cash"].to_string().as_str()), (&json!("paid"), "3.00"));
    assert!(sandbox.end().contains("every top-up is said to be paid"));

    let mut again = Sandbox::start(data.path(), None);
    again.read_to("every top-up is said to be paid");
    let url = again.said.lines().next().unwrap().rsplit(' ').next().unwrap().to_owned();
    assert_eq!(http.get(format!("{url}/healthz")).send().await.unwrap().status(), 200);
    let said = again.end();
    assert!(!said.contains("password"), "{said}");
}
