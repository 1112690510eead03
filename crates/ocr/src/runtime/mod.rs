//! What the engine needs of an inference runtime, and the choice between the two there are.
//!
//! A [`Runtime`] turns a model's bytes into sessions, a [`Session`] turns one tensor into another. The
//! rest of the engine knows nothing else of them, so tests give it sessions made of plain functions.

mod heap;
mod onnxruntime;
mod openvino;
mod processor;

use std::path::Path;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::LoadError;
pub use processor::pays_bf16;

/// Which inference runtime to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuntimeChoice {
    /// OpenVINO if it can be started, else ONNX Runtime.
    #[default]
    Auto,
    /// OpenVINO only.
    OpenVino,
    /// ONNX Runtime only.
    OnnxRuntime,
}

impl RuntimeChoice {
    /// The choice of that name: `auto`, `openvino` or `onnxruntime`.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "auto" => Some(Self::Auto),
            "openvino" => Some(Self::OpenVino),
            "onnxruntime" => Some(Self::OnnxRuntime),
            _ => None,
        }
    }
}

/// A runtime, or a model in it, failed.
#[derive(Debug, Clone, Error)]
#[error("{0}")]
pub struct RuntimeError(pub String);

/// The input of a model: numbers in rows, with their shape (batch, channel, height, width).
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Sizes of the four dimensions.
    pub shape: [usize; 4],
    /// The numbers, last dimension first to vary.
    pub data: Vec<f32>,
}

/// Makes sessions out of models.
pub trait Runtime {
    /// Its name, as in [`RuntimeChoice::parse`].
    fn name(&self) -> &'static str;

    /// `count` sessions of one model, given as the bytes of an ONNX file. Each is used by one thread at
    /// a time and uses one core.
    ///
    /// # Errors
    ///
    /// If the runtime does not accept the model.
    fn sessions(&mut self, model: &[u8], count: usize) -> Result<Vec<Box<dyn Session>>, RuntimeError>;
}

/// One loaded model.
pub trait Session: Send {
    /// Runs the model and shows its output, shape and numbers, to `output`.
    ///
    /// # Errors
    ///
    /// If the runtime fails; the session can be used again.
    fn run(&mut self, input: &Tensor, output: &mut dyn FnMut(&[usize], &[f32])) -> Result<(), RuntimeError>;
}

/// Starts the runtime chosen, for `workers` sessions at a time.
pub(crate) fn start(
    choice: RuntimeChoice,
    models_dir: &Path,
    workers: usize,
) -> Result<Box<dyn Runtime>, LoadError> {
    heap::give_back_large_blocks();
    let openvino = || -> Result<Box<dyn Runtime>, RuntimeError> {
        Ok(Box::new(openvino::OpenVino::start(models_dir, workers)?))
    };
    let onnxruntime = || -> Result<Box<dyn Runtime>, RuntimeError> {
        Ok(Box::new(onnxruntime::OnnxRuntime::start(models_dir)?))
    };
    let failed = |error: RuntimeError| LoadError::Runtime(error.0);
    match choice {
        RuntimeChoice::OpenVino => openvino().map_err(failed),
        RuntimeChoice::OnnxRuntime => onnxruntime().map_err(failed),
        RuntimeChoice::Auto => openvino().or_else(|error| {
            tracing::warn!(%error, "OpenVINO could not be started, using ONNX Runtime");
            onnxruntime().map_err(|second| LoadError::Runtime(format!("{error}; {second}")))
        }),
    }
}
