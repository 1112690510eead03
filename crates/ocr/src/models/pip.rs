//! The ordinary package client, `python3 -m pip`, as a way to get one wheel.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use super::fetch::FetchError;
use super::manifest::Package;

/// How often the growing download is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How much of what pip says on failure is kept.
const SAID_BYTES: usize = 2000;

/// Something that brings the wheel of a package into a folder.
pub(super) trait Client {
    /// Downloads the wheel into the empty folder `into` and returns its path; tells how many bytes there
    /// are so far.
    fn download(
        &self,
        package: &Package,
        into: &Path,
        so_far: &mut dyn FnMut(u64),
    ) -> Result<PathBuf, FetchError>;
}

pub(super) struct Pip;

impl Client for Pip {
    fn download(
        &self,
        package: &Package,
        into: &Path,
        so_far: &mut dyn FnMut(u64),
    ) -> Result<PathBuf, FetchError> {
        let mut command = Command::new("python3");
        command
            .args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"])
            .args(["--no-deps", "--only-binary=:all:", "--dest"])
            .arg(into);
        if let Some(version) = &package.python_version {
            command.args(["--implementation", "cp", "--python-version", version]);
        }
        if let Some(platform) = &package.platform {
            command.args(["--platform", platform]);
        }
        command.arg(format!("{}=={}", package.name, package.version));
        // A pip that can go on with a file whose connection broke does; others do not know the word.
        command.env("PIP_RESUME_RETRIES", "5");
        // Where pip keeps what it has so far.
        command.env("TMPDIR", into).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => FetchError::NoPython,
            _ => FetchError::Io(error),
        })?;
        let said = child.stderr.take();
        let said = thread::spawn(move || {
            let mut text = Vec::new();
            // What cannot be read is not reported; the exit status still is.
            let _ = said.map(|mut pipe| pipe.read_to_end(&mut text));
            text
        });
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            so_far(bytes_below(into));
            thread::sleep(LOOK_EVERY);
        };
        let said = said.join().unwrap_or_default();
        if status.success() {
            return wheel_in(into);
        }
        let said = String::from_utf8_lossy(&said);
        if said.contains("No module named pip") {
            return Err(FetchError::NoPip);
        }
        let start = said.char_indices().rev().nth(SAID_BYTES).map_or(0, |(at, _)| at);
        Err(FetchError::Package {
            name: package.name.clone(),
            version: package.version.clone(),
            said: said[start..].trim().to_owned(),
        })
    }
}

/// The one wheel in a folder.
fn wheel_in(dir: &Path) -> Result<PathBuf, FetchError> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension() == Some(OsStr::new("whl")) {
            return Ok(path);
        }
    }
    Err(FetchError::Io(io::Error::other("pip left no wheel")))
}

/// Bytes of all files below a folder. Files that go away meanwhile do not count.
fn bytes_below(dir: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(dir) else { return 0 };
    let mut sum = 0;
    for entry in entries.flatten() {
        match entry.metadata() {
            Ok(found) if found.is_dir() => sum += bytes_below(&entry.path()),
            Ok(found) => sum += found.len(),
            Err(_) => {}
        }
    }
    sum
}
