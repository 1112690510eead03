//! The engine: loads the models once and reads pictures on behalf of many callers.

use std::path::PathBuf;

use crate::{LoadError, Page, ReadError, TextOptions};

/// Which inference runtime to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuntimeChoice {
    /// OpenVINO if it can be loaded, else ONNX Runtime.
    #[default]
    Auto,
    /// OpenVINO only.
    OpenVino,
    /// ONNX Runtime only.
    OnnxRuntime,
}

/// How to load the engine.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Folder with the files of the manifest, as [`crate::models::fetch`] leaves it.
    pub models_dir: PathBuf,
    /// Which runtime.
    pub runtime: RuntimeChoice,
    /// How many pictures are read at once, at least 1. Each worker uses one core.
    pub workers: usize,
}

/// Reads pictures. One is shared by all callers; a call blocks until a worker is free and the picture
/// is read, so callers bring their own threads.
pub struct Engine {
    runtime: &'static str,
}

impl Engine {
    /// Loads the models and starts the runtime; takes about a second.
    ///
    /// # Errors
    ///
    /// If files are missing or not what the manifest says, or no runtime starts.
    pub fn load(config: &EngineConfig) -> Result<Self, LoadError> {
        Err(LoadError::Runtime(format!("no runtime is built in ({:?})", config.runtime)))
    }

    /// The runtime in use: `openvino` or `onnxruntime`.
    pub fn runtime(&self) -> &'static str {
        self.runtime
    }

    /// Reads the text of one picture.
    ///
    /// # Errors
    ///
    /// See [`ReadError`]; none of them harms later calls.
    pub fn general_text(&self, bytes: &[u8], _options: &TextOptions) -> Result<Page, ReadError> {
        Err(ReadError::Engine(format!("{} cannot read {} bytes", self.runtime, bytes.len())))
    }
}
