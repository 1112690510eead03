//! Secrets: how they are made, sealed and compared.
//!
//! A signature can only be checked with the secret key itself, so secret keys are kept sealed with a key file
//! (XChaCha20-Poly1305, bound to their access key). Everything else is kept as a hash: passwords with
//! argon2id, tokens (which are random) with SHA-256.

use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};
use rand::RngExt;
use sha2::{Digest, Sha256};

const NONCE_BYTES: usize = 24;

/// Why secrets cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// The key file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The key file is not 32 bytes.
    #[error("{} is not a key: it must have 32 bytes", .0.display())]
    NotAKey(PathBuf),
    /// Others may read the key file.
    #[error("{path} can be read by others; run: chmod 600 {path}", path = .0.display())]
    Exposed(PathBuf),
}

/// Seals and opens secret keys.
pub struct Secrets {
    cipher: XChaCha20Poly1305,
}

impl Secrets {
    /// Reads the key file, making one if there is none.
    ///
    /// # Errors
    /// [`SecretsError`].
    pub fn open(path: &Path) -> Result<Secrets, SecretsError> {
        let file = |source| SecretsError::File { path: path.into(), source };
        if !path.exists() {
            write_private(path, &rand::rng().random::<[u8; 32]>()).map_err(file)?;
        }
        if std::fs::metadata(path).map_err(file)?.permissions().mode() & 0o077 != 0 {
            return Err(SecretsError::Exposed(path.into()));
        }
        let bytes = std::fs::read(path).map_err(file)?;
        let key: [u8; 32] = bytes.try_into().map_err(|_| SecretsError::NotAKey(path.into()))?;
        Ok(Secrets { cipher: XChaCha20Poly1305::new(&Key::from(key)) })
    }

    /// Seals a secret key for its access key.
    pub fn seal(&self, access_key: &str, secret: &str) -> Vec<u8> {
        let nonce: [u8; NONCE_BYTES] = rand::rng().random();
        let payload = Payload { msg: secret.as_bytes(), aad: access_key.as_bytes() };
        let sealed =
            self.cipher.encrypt(&XNonce::from(nonce), payload).expect("a short secret can be sealed");
        [&nonce[..], &sealed].concat()
    }

    /// Opens a sealed secret key; `None` if it was sealed with another key or for another access key.
    pub fn unseal(&self, access_key: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload { msg: sealed, aad: access_key.as_bytes() };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).ok()
    }
}

/// Writes a file only its owner can read.
///
/// # Errors
/// If it exists or cannot be written.
pub fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

fn random_text(length: usize, alphabet: &[u8]) -> String {
    let mut rng = rand::rng();
    (0..length).map(|_| char::from(alphabet[rng.random_range(0..alphabet.len())])).collect()
}

/// A new access key.
pub fn new_access_key() -> String {
    random_text(20, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
}

/// A new secret key.
pub fn new_secret_key() -> String {
    random_text(40, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
}

/// A new password, without letters that look alike.
pub fn new_password() -> String {
    random_text(24, b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789")
}

/// A new token.
pub fn new_token() -> String {
    URL_SAFE_NO_PAD.encode(rand::rng().random::<[u8; 32]>())
}

/// What is kept of a token.
pub fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// What is kept of a password. Slow by design: not for async threads.
///
/// # Errors
/// A password argon2 does not take.
pub fn hash_password(password: &str) -> Result<String, String> {
    let hash = Argon2::default().hash_password(password.as_bytes()).map_err(|error| error.to_string())?;
    Ok(hash.to_string())
}

/// Checks a password. Takes as long for a user that does not exist (`None`) as for a wrong password.
/// Slow by design: not for async threads.
pub fn verify_password(password: &str, hash: Option<&str>) -> bool {
    static NOBODY: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let nobody = || NOBODY.get_or_init(|| hash_password(&new_password()).unwrap_or_default()).as_str();
    let parsed = PasswordHash::new(hash.unwrap_or_else(nobody));
    let matches =
        parsed.is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok());
    matches && hash.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_secrets_open_only_for_their_key() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("master.key");
        let secrets = Secrets::open(&path).unwrap();
        let sealed = secrets.seal("AK1", "the secret");
        assert!(!sealed.windows(6).any(|w| w == b"secret"));
        assert_eq!(Secrets::open(&path).unwrap().unseal("AK1", &sealed).unwrap(), b"the secret");
        assert_eq!(secrets.unseal("AK2", &sealed), None);
        assert_eq!(secrets.unseal("AK1", &sealed[..10]), None);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(Secrets::open(&path), Err(SecretsError::Exposed(_))));
    }

    #[test]
    fn passwords() {
        let hash = hash_password("correct horse").unwrap();
        assert!(verify_password("correct horse", Some(&hash)));
        assert!(!verify_password("wrong", Some(&hash)));
        assert!(!verify_password("correct horse", None));
    }
}
