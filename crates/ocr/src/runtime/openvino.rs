//! OpenVINO, through its C library.
//!
//! One core object and one compiled model with a stream for each worker; a session is a request of it.
//! Where the processor multiplies bfloat16 the models run in it, which is twice to three times as fast
//! and reads the same text.

use std::path::Path;

use openvino::{
    CompiledModel, Core, DeviceType, ElementType, InferRequest, RwPropertyKey, Shape, Tensor as OvTensor,
};

use super::{Runtime, RuntimeError, Session, Tensor, pays_bf16};

/// The C library, relative to the models folder.
const LIBRARY: &str = "openvino/libopenvino_c.so.2641";

pub(super) struct OpenVino {
    core: Core,
}

impl OpenVino {
    pub(super) fn start(models_dir: &Path, workers: usize) -> Result<Self, RuntimeError> {
        let library = models_dir.join(LIBRARY);
        let library =
            library.canonicalize().map_err(|e| failed(&format!("opening {}", library.display()), &e))?;
        openvino_sys::library::load_from(library).map_err(|e| failed("loading OpenVINO", &e))?;
        let mut core = Core::new().map_err(|e| failed("starting OpenVINO", &e))?;
        let precision = if pays_bf16() { "bf16" } else { "f32" };
        let workers = workers.to_string();
        let settings = [
            (RwPropertyKey::HintInferencePrecision, precision),
            (RwPropertyKey::NumStreams, workers.as_str()),
            (RwPropertyKey::InferenceNumThreads, workers.as_str()),
            // Two processes that pin their threads would pin them to the same cores.
            (RwPropertyKey::HintEnableCpuPinning, "NO"),
        ];
        for (key, value) in settings {
            core.set_property(&DeviceType::CPU, &key, value).map_err(|e| failed(key.as_ref(), &e))?;
        }
        tracing::debug!(precision, "OpenVINO started");
        Ok(Self { core })
    }
}

impl Runtime for OpenVino {
    fn name(&self) -> &'static str {
        "openvino"
    }

    fn sessions(&mut self, model: &[u8], count: usize) -> Result<Vec<Box<dyn Session>>, RuntimeError> {
        let model =
            self.core.read_model_from_buffer(model, None).map_err(|e| failed("reading a model", &e))?;
        let mut compiled: CompiledModel =
            self.core.compile_model(&model, DeviceType::CPU).map_err(|e| failed("compiling a model", &e))?;
        let mut sessions: Vec<Box<dyn Session>> = Vec::with_capacity(count);
        for _ in 0..count {
            let request = compiled.create_infer_request().map_err(|e| failed("creating a request", &e))?;
            sessions.push(Box::new(Request { request }));
        }
        Ok(sessions)
    }
}

struct Request {
    request: InferRequest,
}

impl Session for Request {
    fn run(&mut self, input: &Tensor, output: &mut dyn FnMut(&[usize], &[f32])) -> Result<(), RuntimeError> {
        let shape = Shape::new(&input.shape.map(|size| size as i64)).map_err(|e| failed("shape", &e))?;
        let mut tensor = OvTensor::new(ElementType::F32, &shape).map_err(|e| failed("input", &e))?;
        tensor.get_data_mut::<f32>().map_err(|e| failed("input", &e))?.copy_from_slice(&input.data);
        self.request.set_input_tensor(&tensor).map_err(|e| failed("input", &e))?;
        self.request.infer().map_err(|e| failed("running a model", &e))?;
        let result = self.request.get_output_tensor().map_err(|e| failed("output", &e))?;
        let shape = result.get_shape().map_err(|e| failed("output", &e))?;
        let shape: Vec<usize> =
            shape.get_dimensions().iter().map(|&size| usize::try_from(size).unwrap_or(0)).collect();
        output(&shape, result.get_data::<f32>().map_err(|e| failed("output", &e))?);
        Ok(())
    }
}

fn failed(what: &str, error: &dyn std::fmt::Display) -> RuntimeError {
    RuntimeError(format!("OpenVINO, {what}: {error}"))
}
