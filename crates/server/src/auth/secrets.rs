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

use crate::say::in_shell;

const NONCE_BYTES: usize = 24;
/// Shorter texts could be guessed; ours have 43 bytes.
const TOKEN_LEAST_BYTES: usize = 32;

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
    #[error("{path} can be read by others; run: chmod 600 {quoted}", path = .0.display(), quoted = in_shell(.0))]
    Exposed(PathBuf),
    /// The key file is gone, and there is something sealed with it.
    #[error(
        "{path} is missing, and the access keys in the directory are sealed with it. Restore it from a backup. \
         To go on without it, make a new one (`inkmeter --data DIR master-key new`): the old access keys are lost \
         then",
        path = .0.display()
    )]
    Missing(PathBuf),
    /// The token file does not hold a token.
    #[error("{path} holds no token; remove it, and the next start makes a new one", path = .0.display())]
    NotAToken(PathBuf),
}

/// Seals and opens secret keys.
pub struct Secrets {
    cipher: XChaCha20Poly1305,
    fingerprint: String,
}

impl Secrets {
    /// Reads the key file. If there is none it makes one, unless something is sealed already: that could never
    /// be opened again.
    ///
    /// # Errors
    /// [`SecretsError`].
    pub fn open(path: &Path, has_sealed: bool) -> Result<Secrets, SecretsError> {
        if !path.exists() {
            if has_sealed {
                return Err(SecretsError::Missing(path.into()));
            }
            Secrets::make_key(path)?;
        }
        let bytes = read_private(path)?;
        let key: [u8; 32] = bytes.try_into().map_err(|_| SecretsError::NotAKey(path.into()))?;
        let hash = Sha256::digest([b"inkmeter master key\n".as_slice(), &key].concat());
        let fingerprint = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Ok(Secrets { cipher: XChaCha20Poly1305::new(&Key::from(key)), fingerprint })
    }

    /// Tells this key from others, and nothing of it.
    pub fn fingerprint(&self) -> String {
        self.fingerprint.clone()
    }

    /// Makes a new key file.
    ///
    /// # Errors
    /// There is one, or it cannot be written.
    pub fn make_key(path: &Path) -> Result<(), SecretsError> {
        let key: [u8; 32] = rand::rng().random();
        write_private(path, &key).map_err(|source| SecretsError::File { path: path.into(), source })
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

/// Writes a file only its owner can read. Under its name it is whole: on a full disk there is none.
///
/// # Errors
/// If it exists or cannot be written.
pub fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let unfinished = path.with_added_extension("unfinished");
    // One that was interrupted may have left its own, whoever may read that.
    match std::fs::remove_file(&unfinished) {
        Err(problem) if problem.kind() != std::io::ErrorKind::NotFound => return Err(problem),
        _ => {}
    }
    let mut open = std::fs::OpenOptions::new();
    let mut file = open.write(true).create_new(true).mode(0o600).open(&unfinished)?;
    file.write_all(content)?;
    file.sync_all()?;
    // A link, unlike a rename, fails if there is a file of that name.
    let named = std::fs::hard_link(&unfinished, path);
    std::fs::remove_file(&unfinished)?;
    named
}

/// Reads a file that only its owner may be able to read.
fn read_private(path: &Path) -> Result<Vec<u8>, SecretsError> {
    let file = |source| SecretsError::File { path: path.into(), source };
    if std::fs::metadata(path).map_err(file)?.permissions().mode() & 0o077 != 0 {
        return Err(SecretsError::Exposed(path.into()));
    }
    std::fs::read(path).map_err(file)
}

/// SHA-256 of the token in a file, which is made if there is none.
///
/// # Errors
/// The file is exposed, holds no token, or cannot be read or written.
pub fn token_of_file(path: &Path) -> Result<[u8; 32], SecretsError> {
    if !path.exists() {
        write_private(path, new_token().as_bytes())
            .map_err(|source| SecretsError::File { path: path.into(), source })?;
    }
    let token = String::from_utf8(read_private(path)?).unwrap_or_default();
    let token = token.trim();
    if token.len() < TOKEN_LEAST_BYTES {
        return Err(SecretsError::NotAToken(path.into()));
    }
    Ok(token_hash(token))
}

fn random_text(length: usize, alphabet: &[u8]) -> String {
    let mut rng = rand::rng();
    (0..length).map(|_| char::from(alphabet[rng.random_range(0..alphabet.len())])).collect()
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
        let secrets = Secrets::open(&path, false).unwrap();
        let sealed = secrets.seal("AK1", "the secret");
        assert!(!sealed.windows(6).any(|w| w == b"secret"));
        assert_eq!(Secrets::open(&path, true).unwrap().unseal("AK1", &sealed).unwrap(), b"the secret");
        assert_eq!(secrets.unseal("AK2", &sealed), None);
        assert_eq!(secrets.unseal("AK1", &sealed[..10]), None);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(Secrets::open(&path, true), Err(SecretsError::Exposed(_))));
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(Secrets::open(&path, true), Err(SecretsError::Missing(_))));
        assert!(!path.exists(), "a lost key is not replaced by another one");
    }

    #[test]
    fn a_token_file_without_a_token_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("operator.token");
        let made = token_of_file(&path).unwrap();
        assert_eq!(token_of_file(&path).unwrap(), made);
        assert!(write_private(&path, b"another").is_err(), "a file that is there is left alone");
        for content in ["", "\n", "short"] {
            std::fs::write(&path, content).unwrap();
            assert!(matches!(token_of_file(&path), Err(SecretsError::NotAToken(_))), "{content:?}");
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(token_of_file(&path), Err(SecretsError::Exposed(_))));
    }

    #[test]
    fn passwords() {
        let hash = hash_password("correct horse").unwrap();
        assert!(verify_password("correct horse", Some(&hash)));
        assert!(!verify_password("wrong", Some(&hash)));
        assert!(!verify_password("correct horse", None));
    }
}
