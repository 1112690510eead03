//! ONNX Runtime, loaded from its shared library: for processors or machines OpenVINO does not serve.

use std::path::Path;

use ort::environment::Environment;
use ort::session::Session as OrtSession;
use ort::value::TensorRef;

use super::{Runtime, RuntimeError, Session, Tensor};

/// The library, relative to the models folder.
const LIBRARY: &str = "onnxruntime/libonnxruntime.so.1.32.0";

pub(super) struct OnnxRuntime {
    environment: Environment,
}

impl OnnxRuntime {
    pub(super) fn start(models_dir: &Path) -> Result<Self, RuntimeError> {
        let library = models_dir.join(LIBRARY);
        let builder = ort::init_from(&library).map_err(|e| failed("loading", &e))?;
        let environment = builder.with_name("ocr").build().map_err(|e| failed("starting", &e))?;
        Ok(Self { environment })
    }
}

impl Runtime for OnnxRuntime {
    fn name(&self) -> &'static str {
        "onnxruntime"
    }

    fn sessions(&mut self, model: &[u8], count: usize) -> Result<Vec<Box<dyn Session>>, RuntimeError> {
        let mut sessions: Vec<Box<dyn Session>> = Vec::with_capacity(count);
        for _ in 0..count {
            let builder = OrtSession::builder(&self.environment).map_err(|e| failed("options", &e))?;
            let builder = builder.with_intra_threads(1).map_err(|e| failed("threads", &e))?;
            let builder = builder.with_inter_threads(1).map_err(|e| failed("threads", &e))?;
            let builder = builder.with_flush_to_zero().map_err(|e| failed("options", &e))?;
            // Sizes change from run to run, so patterns of one run do not help the next.
            let mut builder = builder.with_memory_pattern(false).map_err(|e| failed("options", &e))?;
            let session = builder.commit_from_memory(model).map_err(|e| failed("reading a model", &e))?;
            sessions.push(Box::new(Loaded { session }));
        }
        Ok(sessions)
    }
}

struct Loaded {
    session: OrtSession,
}

impl Session for Loaded {
    fn run(&mut self, input: &Tensor, output: &mut dyn FnMut(&[usize], &[f32])) -> Result<(), RuntimeError> {
        let tensor =
            TensorRef::from_array_view((input.shape, &input.data[..])).map_err(|e| failed("input", &e))?;
        let outputs = self.session.run(ort::inputs![tensor]).map_err(|e| failed("running a model", &e))?;
        let (shape, data) = outputs[0].try_extract_tensor::<f32>().map_err(|e| failed("output", &e))?;
        let shape: Vec<usize> = shape.iter().map(|&size| usize::try_from(size).unwrap_or(0)).collect();
        output(&shape, data);
        Ok(())
    }
}

fn failed(what: &str, error: &dyn std::fmt::Display) -> RuntimeError {
    RuntimeError(format!("ONNX Runtime, {what}: {error}"))
}
