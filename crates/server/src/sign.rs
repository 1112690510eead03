//! The sign at the door: a file of the data folder that says where its server listens, for the commands of whoever owns
//! the folder.
//!
//! A server that was killed leaves its sign behind, and somebody else may listen there by now, who must not be sent the
//! operator's token. So a server holds a lock on its sign, which ends with the process.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

/// How long a sign may be blank while a server writes it.
const MOMENT: Duration = Duration::from_millis(5);
const MOMENTS: u32 = 200;

/// A sign that is out.
#[derive(Debug)]
pub struct Sign {
    _lock: File,
}

impl Sign {
    /// Puts the sign out.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn put_out(path: &Path, address: SocketAddr) -> io::Result<Sign> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        // A command that looks holds it for a moment.
        file.lock()?;
        file.set_len(0)?;
        file.write_all(format!("http://{address}\n").as_bytes())?;
        Ok(Sign { _lock: file })
    }
}

/// Where the server of a data folder listens; nothing if none runs.
///
/// # Errors
/// The sign cannot be read.
pub fn read(path: &Path) -> io::Result<Option<String>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(problem) if problem.kind() == ErrorKind::NotFound => return Ok(None),
        Err(problem) => return Err(problem),
    };
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => {}
        Ok(()) => return Ok(None),
        Err(TryLockError::Error(problem)) => return Err(problem),
    }
    let mut text = String::new();
    // A server that has just taken the lock writes it in a moment.
    for _ in 0..MOMENTS {
        text.clear();
        file.rewind()?;
        file.read_to_string(&mut text)?;
        if text.ends_with('\n') {
            return Ok(Some(text.trim().to_owned()));
        }
        std::thread::sleep(MOMENT);
    }
    Err(io::Error::new(
        ErrorKind::UnexpectedEof,
        format!("{} does not say where the server listens", path.display()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_counts_while_its_server_runs() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("server.address");
        assert_eq!(read(&path).unwrap(), None);
        std::fs::write(&path, "http://127.0.0.1:65535/of-one-that-was-killed\n").unwrap();
        assert_eq!(read(&path).unwrap(), None);
        let sign = Sign::put_out(&path, "127.0.0.1:80".parse().unwrap()).unwrap();
        assert_eq!(read(&path).unwrap().as_deref(), Some("http://127.0.0.1:80"));
        drop(sign);
        assert_eq!(read(&path).unwrap(), None);
    }
}
