//! What an operator asks a server over HTTP.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};
use reqwest::{Client, Method};
use serde_json::Value;

/// Asks the server at `base` (`http://…`) with the token in its data folder; nothing is sent if the body is null.
///
/// # Errors
///
/// If it does not answer, or refuses.
pub async fn ask(
    client: &Client,
    (base, home): (&str, &Path),
    method: Method,
    path: &str,
    body: &Value,
) -> Result<Value> {
    let token = fs::read_to_string(home.join("operator.token"))?;
    let mut request = client.request(method, format!("{base}/v1/admin/{path}")).bearer_auth(token.trim());
    if !body.is_null() {
        request = request.json(body);
    }
    let response = request.send().await?;
    let status = response.status();
    let text = response.text().await?;
    ensure!(status.is_success(), "{path}: {status} {text}");
    Ok(serde_json::from_str(&text)?)
}
