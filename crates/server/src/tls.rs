//! TLS: the certificate, and a new one in its place while the server runs.
//!
//! Whoever renews certificates writes new files; they are looked at every few seconds, and at once on SIGHUP. A pair
//! that cannot be used changes nothing: the old one is kept, and the log and `/readyz` say why.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::Deserialize;
use tokio::signal::unix::{SignalKind, signal};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// HTTP/2, as ALPN names it.
pub const H2: &[u8] = b"h2";
/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// A file that is larger is no certificate.
const FILE_LIMIT_BYTES: u64 = 1 << 20;

/// Where to listen with TLS, and by which certificate.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// Where to listen; empty means nowhere.
    pub listen: String,
    /// The certificate and those that vouch for it, PEM.
    pub certificate_file: PathBuf,
    /// Its private key, PEM.
    pub key_file: PathBuf,
}

impl TlsConfig {
    /// Whether there is to be TLS at all.
    pub fn is_on(&self) -> bool {
        !self.listen.is_empty()
    }

    /// Whether it is whole.
    ///
    /// # Errors
    /// What is missing, by its name in the file.
    pub fn check(&self) -> Result<(), String> {
        for (name, file) in [("certificate_file", &self.certificate_file), ("key_file", &self.key_file)] {
            if self.is_on() && file.as_os_str().is_empty() {
                return Err(format!("server.tls.{name}: TLS needs the path of a PEM file"));
            }
        }
        Ok(())
    }
}

/// The bytes of both files.
type Files = [Vec<u8>; 2];

/// The files that were read last, and what is wrong with them.
struct Seen {
    files: Files,
    /// Why they are not in use.
    misfit: Option<String>,
    /// Why they could not be read again.
    unread: Option<String>,
}

/// The certificate in use.
pub struct Certificates {
    config: TlsConfig,
    current: RwLock<Arc<ServerConfig>>,
    seen: Mutex<Seen>,
}

impl Certificates {
    /// Reads the files.
    ///
    /// # Errors
    /// What is wrong with which of them.
    pub fn open(config: &TlsConfig) -> Result<Certificates, String> {
        let files = read(config)?;
        let current = RwLock::new(server_config(config, &files)?);
        Ok(Certificates {
            config: config.clone(),
            current,
            seen: Mutex::new(Seen { files, misfit: None, unread: None }),
        })
    }

    /// What greets a new connection.
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.current.read()))
    }

    /// Why the files that are there are not in use, if they are not.
    pub fn trouble(&self) -> Option<String> {
        let seen = self.seen.lock();
        seen.unread.clone().or_else(|| seen.misfit.clone())
    }

    /// Looks at the files, and takes a new pair if it can be used. Blocks.
    pub fn look(&self) {
        let mut seen = self.seen.lock();
        let files = match read(&self.config) {
            Ok(files) => files,
            Err(trouble) => {
                if seen.unread.as_ref() != Some(&trouble) {
                    tracing::warn!(%trouble, "the TLS certificate cannot be read; the old one is kept");
                }
                seen.unread = Some(trouble);
                return;
            }
        };
        seen.unread = None;
        if files == seen.files {
            return;
        }
        let misfit = match server_config(&self.config, &files) {
            Ok(config) => {
                *self.current.write() = config;
                tracing::info!("a new TLS certificate is in use");
                None
            }
            Err(trouble) => {
                tracing::warn!(%trouble, "the new TLS certificate cannot be used; the old one is kept");
                Some(trouble)
            }
        };
        *seen = Seen { files, misfit, unread: None };
    }

    /// Looks at the files again and again until the server stops.
    pub async fn watch(self: Arc<Self>, stopping: CancellationToken) {
        let heard = signal(SignalKind::hangup());
        let heard = heard.inspect_err(|problem| {
            tracing::warn!(%problem, "SIGHUP cannot be heard; new certificates are looked for all the same");
        });
        let mut hang_up = heard.ok();
        loop {
            let hung_up = async {
                match &mut hang_up {
                    Some(hang_up) => _ = hang_up.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = hung_up => {}
                () = stopping.cancelled() => return,
            }
            let looking = Arc::clone(&self);
            let _ = tokio::task::spawn_blocking(move || looking.look()).await;
        }
    }
}

fn read(config: &TlsConfig) -> Result<Files, String> {
    let file = |path: &PathBuf| {
        let wrong = |problem: std::io::Error| format!("{}: {problem}", path.display());
        if std::fs::metadata(path).map_err(wrong)?.len() > FILE_LIMIT_BYTES {
            return Err(format!("{}: it is too large for a certificate or key", path.display()));
        }
        std::fs::read(path).map_err(wrong)
    };
    Ok([file(&config.certificate_file)?, file(&config.key_file)?])
}

fn server_config(config: &TlsConfig, [certificates, key]: &Files) -> Result<Arc<ServerConfig>, String> {
    let TlsConfig { certificate_file, key_file, .. } = config;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificates).collect();
    let chain = chain.map_err(|problem| format!("{}: {problem}", certificate_file.display()))?;
    if chain.is_empty() {
        return Err(format!("{}: there is no certificate in it", certificate_file.display()));
    }
    let key =
        PrivateKeyDer::from_pem_slice(key).map_err(|problem| format!("{}: {problem}", key_file.display()))?;
    let made = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key);
    let mut made = made.map_err(|problem| {
        format!("{} with {}: {problem}", certificate_file.display(), key_file.display())
    })?;
    made.alpn_protocols = vec![H2.to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(made))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(config: &TlsConfig, names: &[&str]) -> Vec<u8> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        std::fs::write(&config.certificate_file, made.cert.pem()).unwrap();
        std::fs::write(&config.key_file, made.signing_key.serialize_pem()).unwrap();
        made.cert.der().to_vec()
    }

    #[test]
    fn a_pair_that_cannot_be_used_leaves_the_old_one() {
        crate::install_tls();
        let dir = tempfile::tempdir().unwrap();
        let config = TlsConfig {
            listen: "127.0.0.1:0".into(),
            certificate_file: dir.path().join("tls.crt"),
            key_file: dir.path().join("tls.key"),
        };
        assert!(Certificates::open(&config).err().unwrap().contains("tls.crt"), "there is none yet");
        write(&config, &["localhost"]);
        let certificates = Certificates::open(&config).unwrap();
        let current = || Arc::as_ptr(&certificates.current.read());
        let first = current();
        certificates.look();
        assert_eq!(current(), first, "nothing is new");

        let key = std::fs::read(&config.key_file).unwrap();
        write(&config, &["example.com"]);
        let right_key = std::fs::read(&config.key_file).unwrap();
        for (wrong, named) in [(&key[..], "tls.key"), (b"no key", "tls.key"), (b"", "tls.key")] {
            std::fs::write(&config.key_file, wrong).unwrap();
            certificates.look();
            assert_eq!(current(), first);
            assert!(certificates.trouble().unwrap().contains(named), "{:?}", certificates.trouble());
        }
        std::fs::remove_file(&config.key_file).unwrap();
        certificates.look();
        assert!(certificates.trouble().is_some());
        std::fs::write(&config.key_file, right_key).unwrap();
        certificates.look();
        let second = current();
        assert_ne!(second, first);
        assert_eq!(certificates.trouble(), None);

        // The very files in use are away for a moment.
        std::fs::rename(&config.key_file, dir.path().join("away")).unwrap();
        certificates.look();
        assert!(certificates.trouble().unwrap().contains("tls.key"));
        std::fs::rename(dir.path().join("away"), &config.key_file).unwrap();
        certificates.look();
        assert_eq!((current(), certificates.trouble()), (second, None));
    }
}
