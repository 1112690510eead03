//! Connections with TLS, where the address asks for it (`sslmode=require`). The certificate is checked as a browser would:
//! against those the system trusts, or those of the file that `SSL_CERT_FILE` names, and the host's name must be in it.
//!
//! Without `sslmode=require` there is no TLS at all: one that is used if it happens to be there protects from nobody, and
//! a database that shows a certificate of its own making could not be reached.

use std::sync::Arc;

use postgres::config::{Host, SslMode};
use postgres::{Client, Config, NoTls};
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::journal::OpenError;

pub(super) fn connect(config: &Config) -> Result<Client, OpenError> {
    let failed = |source: postgres::Error| {
        let problem = format!("{}: {}", place(config), super::told(&source));
        OpenError::Store { doing: "connect", problem }
    };
    if config.get_ssl_mode() != SslMode::Require {
        return config.connect(NoTls).map_err(failed);
    }
    let checked =
        checked().map_err(|problem| OpenError::Store { doing: "prepare TLS", problem: problem.to_string() });
    config.connect(MakeRustlsConnect::new(checked?)).map_err(failed)
}

/// Where it should be; never with a password.
fn place(config: &Config) -> String {
    let hosts = config.get_hosts().iter().map(|host| match host {
        Host::Tcp(host) => host.clone(),
        Host::Unix(path) => path.display().to_string(),
    });
    let hosts: Vec<String> = hosts.collect();
    let ports: Vec<String> = config.get_ports().iter().map(u16::to_string).collect();
    let ports = if ports.is_empty() { "5432".to_owned() } else { ports.join(",") };
    format!(
        "{} (port {ports}, database {})",
        hosts.join(","),
        config.get_dbname().unwrap_or("of the user's name")
    )
}

fn checked() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()
        .map(|builder| builder.with_no_client_auth())
}
