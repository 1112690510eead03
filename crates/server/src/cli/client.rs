//! Talking to the running server of a data folder, as its operator.

use std::path::Path;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use crate::app::OpenError;
use crate::data_dir::DataDir;
use crate::say::in_shell;
use crate::sign;

/// How long a connection may take: the server is on this machine.
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// A connection to the server.
pub(super) struct Client {
    base: String,
    token: String,
    http: reqwest::Client,
    runtime: tokio::runtime::Runtime,
    timeout: Duration,
}

impl Client {
    /// Finds the server by its data folder. `timeout` is how long it may say nothing.
    pub fn open(data: &Path, timeout: Duration) -> Result<Client, OpenError> {
        let folder = DataDir(data.to_owned());
        let unread = |path: &Path, problem: std::io::Error| {
            format!("{}: {problem}; only the folder's owner may act as the operator", path.display())
        };
        let (address, token) = (folder.address(), folder.operator_token());
        let Some(base) = sign::read(&address).map_err(|problem| unread(&address, problem))? else {
            return Err(format!(
                "no server is running on {}; start one with: inkmeter serve --data {}",
                data.display(),
                in_shell(data)
            )
            .into());
        };
        let token = std::fs::read_to_string(&token).map_err(|problem| unread(&token, problem))?;
        Client::to(base, token.trim().to_owned(), timeout)
    }

    /// One more for another thread, with connections of its own: those of a runtime that stands still do.
    pub fn another(&self) -> Result<Client, OpenError> {
        Client::to(self.base.clone(), self.token.clone(), self.timeout)
    }

    fn to(base: String, token: String, timeout: Duration) -> Result<Client, OpenError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]);
        let http = http.connect_timeout(CONNECT_TIME.min(timeout)).read_timeout(timeout).build()?;
        Ok(Client { base, token, http, runtime, timeout })
    }

    /// Sends a request; gives the body of a success, or the server's own words as an error.
    pub fn text(&self, method: Method, path: &str, body: Option<&Value>) -> Result<String, OpenError> {
        let request = self.http.request(method, self.url(path)?).bearer_auth(&self.token);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        self.runtime.block_on(async {
            let response = request.send().await.map_err(|problem| self.silence(&problem))?;
            let succeeded = response.status().is_success();
            let text = response.text().await.map_err(|problem| self.silence(&problem))?;
            if succeeded { Ok(text) } else { Err(refusal(&text).into()) }
        })
    }

    /// Where a path is. One with nothing between two slashes would be another route's.
    fn url(&self, path: &str) -> Result<String, OpenError> {
        let route = path.split('?').next().unwrap_or(path);
        if route.contains("//") || route.ends_with('/') {
            let hint = "a name, number or month of the command is empty; is a variable of the shell not set?";
            return Err(hint.into());
        }
        Ok(format!("{}/v1/admin{path}", self.base))
    }

    /// Why there is no answer, and what that means.
    fn silence(&self, problem: &reqwest::Error) -> String {
        let base = &self.base;
        if problem.is_timeout() && !problem.is_connect() {
            let waited = self.timeout.as_secs_f32();
            return format!(
                "the server at {base} said nothing for {waited} seconds (--timeout); what was asked for may still \
                 happen: look before you ask again, or ask again with the same --key"
            );
        }
        format!("the server at {base} does not answer ({problem}); is it running?")
    }

    /// The same, as JSON.
    pub fn json(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, OpenError> {
        Ok(serde_json::from_str(&self.text(method, path, body)?)?)
    }

    /// A GET.
    pub fn get(&self, path: &str) -> Result<Value, OpenError> {
        self.json(Method::GET, path, None)
    }
}

/// Takes the pieces of a file, and how long it is in all, if that is known.
pub(super) type Sink<'a> = dyn FnMut(&[u8], Option<u64>) -> std::io::Result<()> + 'a;

/// A file that came.
pub(super) struct Downloaded {
    /// How long it is.
    pub bytes: u64,
    /// How many rows it has.
    pub rows: u64,
    /// What the server calls it.
    pub file_name: Option<String>,
}

impl Client {
    /// Downloads a file, piece by piece as it comes.
    pub fn download(&self, path: &str, take: &mut Sink<'_>) -> Result<Downloaded, OpenError> {
        let request = self.http.get(self.url(path)?).bearer_auth(&self.token);
        self.runtime.block_on(async {
            let mut response = request.send().await.map_err(|problem| self.silence(&problem))?;
            if !response.status().is_success() {
                return Err(refusal(&response.text().await?).into());
            }
            let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
            let file_name = header("content-disposition").and_then(|value| value.split('"').nth(1));
            let rows = header("x-inkmeter-rows").and_then(|rows| rows.parse().ok()).unwrap_or(0);
            let (file_name, total) = (file_name.map(str::to_owned), response.content_length());
            let mut bytes = 0;
            while let Some(piece) = response.chunk().await.map_err(|problem| self.silence(&problem))? {
                bytes += piece.len() as u64;
                take(&piece, total)?;
            }
            if total.is_some_and(|total| total != bytes) {
                return Err("the server ended in the middle of the file".into());
            }
            Ok(Downloaded { bytes, rows, file_name })
        })
    }
}

/// An error body in a line: what, and what to do about it.
fn refusal(body: &str) -> String {
    let Ok(value) = serde_json::from_str::<Value>(body) else { return body.to_owned() };
    let text = |field: &str| value.get(field).and_then(Value::as_str);
    let mut line = text("error_msg").unwrap_or(body).to_owned();
    if let Some(code) = text("error_code") {
        line = format!("{code}: {line}");
    }
    if let Some(cure) = text("cure") {
        line = format!("{line}\n  {cure}");
    }
    line
}
