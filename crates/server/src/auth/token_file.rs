//! A token in a file of the data folder (the operator's, that of the metrics). When the file is replaced, the new token
//! counts from the next request on and the old one is worth nothing; no restart is needed.
//!
//! Whether it was replaced is looked up whenever somebody shows a token: these are people and programs of the operator's,
//! not customers. A file that is gone or cannot be used leaves the token as it was.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use subtle::ConstantTimeEq as _;

use super::secrets::{SecretsError, new_token, token_hash, token_of_file, write_private};

/// What a file's replacement is called until it is whole.
const NEXT: &str = "next";

/// A file with a token.
pub struct TokenFile {
    path: PathBuf,
    known: Mutex<Known>,
}

struct Known {
    hash: [u8; 32],
    seen: Option<Seen>,
}

/// Tells a file from the one that was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    inode: u64,
    bytes: u64,
    changed: (i64, i64),
}

impl Seen {
    fn at(path: &Path) -> Option<Seen> {
        let file = fs::metadata(path).ok()?;
        Some(Seen { inode: file.ino(), bytes: file.len(), changed: (file.ctime(), file.ctime_nsec()) })
    }
}

impl TokenFile {
    /// Reads the file, which is made if there is none.
    ///
    /// # Errors
    /// The file is exposed, holds no token, or cannot be read or written.
    pub fn open(path: &Path) -> Result<TokenFile, SecretsError> {
        let seen = Seen::at(path);
        let hash = token_of_file(path)?;
        Ok(TokenFile { path: path.into(), known: Mutex::new(Known { hash, seen }) })
    }

    /// SHA-256 of the token as it is now.
    pub fn hash(&self) -> [u8; 32] {
        let mut known = self.known.lock();
        let seen = Seen::at(&self.path);
        // One that is gone is not made anew: whoever took it away may be about to put another one there.
        if seen.is_some() && seen != known.seen {
            match token_of_file(&self.path) {
                Ok(hash) => {
                    (known.hash, known.seen) = (hash, seen);
                    tracing::info!(file = %self.path.display(), "a new token counts from now on");
                }
                // It may be readable in a moment.
                Err(problem @ SecretsError::File { .. }) => {
                    tracing::warn!(%problem, "the token stays as it was for now");
                }
                // Remembered though it cannot be used: it is read again when it changes.
                Err(problem) => {
                    known.seen = seen;
                    tracing::warn!(%problem, "the token stays as it was");
                }
            }
        }
        known.hash
    }

    /// Whether a token is this one.
    pub fn is(&self, token: &str) -> bool {
        self.matching(token).is_some()
    }

    /// The hash of a token, if it is this one at the moment.
    pub fn matching(&self, token: &str) -> Option<[u8; 32]> {
        let hash = self.hash();
        bool::from(token_hash(token).ct_eq(&hash)).then_some(hash)
    }
}

/// Puts a new token into a file, in the place of the one there is.
///
/// # Errors
/// It cannot be written; the old one is there then.
pub fn replace(path: &Path) -> Result<(), SecretsError> {
    let failed = |source| SecretsError::File { path: path.into(), source };
    if fs::symlink_metadata(path).is_ok_and(|file| file.is_symlink()) {
        return Err(failed(std::io::Error::other("it is a link; name the folder that it leads to")));
    }
    let next = path.with_added_extension(NEXT);
    // One that was interrupted may have left its own.
    match fs::remove_file(&next) {
        Err(problem) if problem.kind() != std::io::ErrorKind::NotFound => return Err(failed(problem)),
        _ => {}
    }
    write_private(&next, new_token().as_bytes()).map_err(failed)?;
    fs::rename(&next, path).map_err(failed)?;
    sync_folder_of(path).map_err(failed)
}

/// Makes the names of a file's folder durable.
pub(crate) fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_that_was_replaced_counts_and_one_that_is_gone_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("operator.token");
        let read = || fs::read_to_string(&path).unwrap();
        let file = TokenFile::open(&path).unwrap();
        let first = read();
        assert!(file.is(&first) && !file.is(""));
        replace(&path).unwrap();
        let second = read();
        assert_ne!(first, second);
        assert!(file.is(&second) && !file.is(&first));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        // What cannot be used changes nothing, whatever is wrong with it.
        for broken in ["", "short"] {
            fs::write(&path, broken).unwrap();
            assert!(file.is(&second) && !file.is(broken), "{broken:?}");
        }
        fs::remove_file(&path).unwrap();
        assert!(file.is(&second));
        assert!(!path.exists(), "a running server makes none");
        fs::write(&path, format!("{first}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(file.is(&second), "others can read it");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(file.is(&first));
    }

    #[test]
    fn one_that_was_interrupted_is_done_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("metrics.token");
        fs::write(path.with_added_extension(NEXT), "half").unwrap();
        replace(&path).unwrap();
        assert!(TokenFile::open(&path).is_ok());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
