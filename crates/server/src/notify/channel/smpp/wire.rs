//! The connection to the gateway: plain, or TLS from the first byte.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, DEFAULT_VERSIONS};
use rustls_platform_verifier::Verifier;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::notify::config::{Security, SmppConfig};

/// A stream of bytes to and from the gateway.
pub(super) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Wire for S {}

/// How to reach the gateway.
pub(super) struct Way {
    host: String,
    port: u16,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Way {
    /// Reads what is trusted; connects to nobody yet.
    ///
    /// # Errors
    /// A kind of security that the protocol does not have, certificates that cannot be read, a host that is no name of
    /// a server.
    pub(super) fn open(config: &SmppConfig) -> Result<Way, String> {
        let tls = match config.security {
            Security::None => None,
            Security::Tls => {
                let name = ServerName::try_from(config.host.clone())
                    .map_err(|problem| format!("notify.sms.smpp.host: {:?}: {problem}", config.host))?;
                Some((connector(&config.ca_file)?, name))
            }
            Security::StartTls => {
                return Err("notify.sms.smpp.security: \"tls\" or \"none\"; SMPP has no STARTTLS".into());
            }
        };
        Ok(Way { host: config.host.clone(), port: config.port, tls })
    }

    /// Connects.
    ///
    /// # Errors
    /// Nobody answers, or nobody who can prove to be the gateway.
    pub(super) async fn connect(&self) -> Result<Box<dyn Wire>, String> {
        let address = (self.host.as_str(), self.port);
        let stream = TcpStream::connect(address).await.map_err(|problem| problem.to_string())?;
        let _ = stream.set_nodelay(true);
        let Some((connector, name)) = &self.tls else { return Ok(Box::new(stream)) };
        let secret = connector.connect(name.clone(), stream).await;
        Ok(Box::new(secret.map_err(|problem| format!("no TLS with the gateway: {problem}"))?))
    }
}

fn connector(ca_file: &Path) -> Result<TlsConnector, String> {
    let wrong = |problem: &dyn std::fmt::Display| format!("notify.sms.smpp.ca_file: {problem}");
    let mut extra = Vec::new();
    if !ca_file.as_os_str().is_empty() {
        let certificates = CertificateDer::pem_file_iter(ca_file).map_err(|problem| wrong(&problem))?;
        for certificate in certificates {
            extra.push(certificate.map_err(|problem| wrong(&problem))?);
        }
        if extra.is_empty() {
            return Err(wrong(&"there is no certificate in it"));
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Verifier::new_with_extra_roots(extra, Arc::clone(&provider));
    let verifier = verifier.map_err(|problem| format!("the certificates to trust: {problem}"))?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(DEFAULT_VERSIONS)
        .map_err(|problem| problem.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, DEFAULTS};

    #[test]
    fn what_cannot_be_is_refused_at_the_start() {
        let dir = tempfile::tempdir().unwrap();
        let mut config = Config::parse(DEFAULTS).unwrap().notify.sms.smpp;
        config.host = "smpp.example.com".into();
        assert!(Way::open(&config).is_ok());
        config.security = Security::StartTls;
        assert!(Way::open(&config).is_err_and(|problem| problem.contains("no STARTTLS")));
        config.security = Security::Tls;
        assert!(Way::open(&config).is_ok());
        config.ca_file = dir.path().join("ca.pem");
        assert!(Way::open(&config).is_err_and(|problem| problem.contains("ca_file")), "no such file");
        std::fs::write(&config.ca_file, "nothing\n").unwrap();
        assert!(Way::open(&config).is_err_and(|problem| problem.contains("no certificate")));
        config.ca_file = std::path::PathBuf::new();
        config.host = "not a host".into();
        assert!(Way::open(&config).is_err_and(|problem| problem.contains("host")));
    }
}
