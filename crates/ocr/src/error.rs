//! Why a picture could not be read, or the engine not be loaded.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a picture could not be read. Each kind is one code of the API's error table.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReadError {
    /// A parameter is wrong, such as a page number a PDF does not have. `AIS.0101`.
    #[error("the input parameter is invalid: {0}")]
    Parameter(String),
    /// Not a picture of a known format, or broken or cut off. `AIS.0102`.
    #[error("the image format is not supported: {0}")]
    Format(String),
    /// Too small, too large, or too many bytes. `AIS.0103`.
    #[error("the image size does not meet the requirements: {0}")]
    Size(String),
    /// A picture of the wrong kind or of too poor a quality. `AIS.0104`.
    #[error("the image is not supported or the image quality is poor: {0}")]
    Quality(String),
    /// The engine failed; not the caller's fault. `AIS.0105`.
    #[error("recognition failed: {0}")]
    Engine(String),
    /// Nobody waits for the page any more, so it was not read to the end. `AIS.0105`.
    #[error("recognition failed: nobody waited for it")]
    Unwanted,
}

impl ReadError {
    /// The code of the API's error table ("Error Codes").
    pub fn code(&self) -> &'static str {
        match self {
            Self::Parameter(_) => "AIS.0101",
            Self::Format(_) => "AIS.0102",
            Self::Size(_) => "AIS.0103",
            Self::Quality(_) => "AIS.0104",
            Self::Engine(_) | Self::Unwanted => "AIS.0105",
        }
    }

    /// Our detail: what is not in the API's error table.
    pub fn detail(&self) -> String {
        let text = self.to_string();
        text.split_once(": ").map_or(text.as_str(), |(_, detail)| detail).to_owned()
    }

    /// The error of that code.
    pub(crate) fn of(code: &str, detail: &str) -> ReadError {
        let detail = detail.to_owned();
        match code {
            "AIS.0101" => Self::Parameter(detail),
            "AIS.0102" => Self::Format(detail),
            "AIS.0103" => Self::Size(detail),
            "AIS.0104" => Self::Quality(detail),
            _ => Self::Engine(detail),
        }
    }

    /// The message that goes with the code in the API's error table, without our detail.
    pub fn message(&self) -> &'static str {
        match self {
            Self::Parameter(_) => "The input parameter is invalid.",
            Self::Format(_) => "The image format is not supported.",
            Self::Size(_) => "The image size does not meet the requirements.",
            Self::Quality(_) => "The image is not supported or the image quality is poor.",
            Self::Engine(_) | Self::Unwanted => "Recognition failed.",
        }
    }
}

/// Why the engine could not be loaded. The text says what to do about it.
#[derive(Debug, Error)]
pub enum LoadError {
    /// Files of the manifest are missing in the folder, or are not what it says.
    #[error("models in {shown} cannot be used: {faults}; run `{cure}`", shown = .dir.display(), cure = fetching(.dir))]
    Faults {
        /// The folder looked at.
        dir: PathBuf,
        /// The names of the files, each with what is wrong, comma separated.
        faults: String,
    },
    /// The folder cannot be read.
    #[error("models in {dir} cannot be read: {source}", dir = .dir.display())]
    Folder {
        /// The folder looked at.
        dir: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A model file is not what it should be.
    #[error("the model {file} cannot be used: {reason}; run `{cure}`", cure = fetching(.dir))]
    Model {
        /// The folder it is in.
        dir: PathBuf,
        /// Its name.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// No runtime could be started.
    #[error("no runtime could be started: {0}")]
    Runtime(String),
}

/// The command that brings models to a folder, as one types it.
fn fetching(dir: &Path) -> String {
    let shown = dir.to_string_lossy().into_owned();
    let quoted = shlex::try_quote(&shown).map(Into::into).unwrap_or(shown);
    format!("inkmeter models fetch --dir {quoted}")
}
