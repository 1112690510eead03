//! The engine: loads the models once and reads pictures on behalf of many callers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::crop::LINE_HEIGHT;
use crate::memory::Memory;
use crate::read::{self, Models};
use crate::recognise::{Alphabet, WIDTH_STEP};
use crate::runtime::{self, Runtime, RuntimeChoice, RuntimeError, Session, Tensor};
use crate::tiny::Tiny;
use crate::{LoadError, Page, ReadError, TextOptions, models, onnx};

/// Line widths that are run once at start, since a runtime prepares itself for each width it meets.
const WARM_WIDTHS: usize = 1024;

/// How to load the engine.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Folder with the files of the manifest, as [`crate::models::fetch`] leaves it.
    pub models_dir: PathBuf,
    /// Which runtime.
    pub runtime: RuntimeChoice,
    /// How many pictures are read at once, at least 1. Each worker uses one core.
    pub workers: usize,
    /// How much memory decoded pictures may take together, in bytes; a call waits until there is enough. See
    /// [`EngineConfig::MEMORY_BYTES`].
    pub memory_bytes: u64,
    /// Whether the tiny model reads the lines it is sure of. Without it reading takes a tenth longer.
    pub tiny: bool,
}

impl EngineConfig {
    /// Enough for one picture of any kind and size within the limits.
    pub const MEMORY_BYTES: u64 = 2 << 30;
}

/// The bytes of a model and its sessions.
type Loaded = (Vec<u8>, Vec<Box<dyn Session>>);

/// Reads pictures. One is shared by all callers; a call blocks until a worker is free and the picture
/// is read, so callers bring their own threads.
pub struct Engine {
    runtime: &'static str,
    alphabet: Alphabet,
    idle: Mutex<Vec<Models>>,
    returned: Condvar,
    workers: usize,
    memory: Arc<Memory>,
}

impl Engine {
    /// Loads the models and starts the runtime; takes a second or two.
    ///
    /// # Errors
    ///
    /// If files are missing or not what the manifest says, or no runtime starts.
    pub fn load(config: &EngineConfig) -> Result<Self, LoadError> {
        models::require(&config.models_dir)?;
        let mut runtime = runtime::start(config.runtime, &config.models_dir, config.workers.max(1))?;
        let engine = Self::with_runtime(runtime.as_mut(), config)?;
        engine.warm_up()?;
        tracing::info!(runtime = engine.runtime, workers = engine.workers, "the eye is open");
        Ok(engine)
    }

    fn with_runtime(runtime: &mut dyn Runtime, config: &EngineConfig) -> Result<Self, LoadError> {
        let (dir, workers) = (&config.models_dir, config.workers.max(1));
        let mut load = |name: &str| -> Result<Loaded, LoadError> {
            let unusable = |reason: String| LoadError::Model { file: name.to_owned(), reason };
            let mut model = std::fs::read(dir.join(name)).map_err(|error| unusable(error.to_string()))?;
            onnx::flush_tiny_weights(&mut model).ok_or_else(|| unusable("not an ONNX file".to_owned()))?;
            let sessions = runtime.sessions(&model, workers).map_err(|error| unusable(error.to_string()))?;
            Ok((model, sessions))
        };
        let (_, orientation) = load(models::ORIENTATION)?;
        let (_, detection) = load(models::DETECTION)?;
        let (model, recognition) = load(models::RECOGNITION)?;
        let alphabet = onnx::metadata(&model, "character").ok_or_else(|| LoadError::Model {
            file: models::RECOGNITION.to_owned(),
            reason: "it has no list of characters".to_owned(),
        })?;
        let mut tiny: Vec<Option<Tiny>> = (0..workers).map(|_| None).collect();
        if config.tiny {
            let (_, sessions) = load(models::RECOGNITION_TINY)?;
            let list = std::fs::read_to_string(dir.join(models::CHARACTERS_TINY)).map_err(|error| {
                LoadError::Model { file: models::CHARACTERS_TINY.to_owned(), reason: error.to_string() }
            })?;
            let alphabet = Arc::new(Alphabet::parse(&list));
            let with_characters = |session| Some(Tiny { session, alphabet: Arc::clone(&alphabet) });
            tiny = sessions.into_iter().map(with_characters).collect();
        }
        let idle = (orientation.into_iter().zip(detection))
            .zip(recognition.into_iter().zip(tiny))
            .map(|((orientation, detection), (recognition, tiny))| Models {
                orientation,
                detection,
                tiny,
                recognition,
            })
            .collect();
        Ok(Self::new(runtime.name(), Alphabet::parse(&alphabet), idle, config.memory_bytes))
    }

    fn new(runtime: &'static str, alphabet: Alphabet, idle: Vec<Models>, memory_bytes: u64) -> Self {
        let (workers, memory) = (idle.len(), Memory::new(memory_bytes));
        Self { runtime, alphabet, idle: Mutex::new(idle), returned: Condvar::new(), workers, memory }
    }

    /// The runtime in use: `openvino` or `onnxruntime`.
    pub fn runtime(&self) -> &'static str {
        self.runtime
    }

    /// How many pictures are read at once.
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// Reads the text of one picture.
    ///
    /// # Errors
    ///
    /// See [`ReadError`]; none of them harms later calls.
    pub fn general_text(&self, bytes: &[u8], options: &TextOptions) -> Result<Page, ReadError> {
        let mut worker = self.worker();
        let models = worker.models.as_mut().ok_or_else(|| ReadError::Engine("no worker".to_owned()))?;
        // A worker's models hold nothing from call to call but scratch memory.
        let mut share = self.memory.share();
        catch_unwind(AssertUnwindSafe(|| read::page(bytes, options, &mut share, models, &self.alphabet)))
            .unwrap_or_else(|_| Err(ReadError::Engine("a fault inside the engine".to_owned())))
    }

    fn worker(&self) -> Worker<'_> {
        let mut idle = self.idle();
        loop {
            if let Some(models) = idle.pop() {
                return Worker { engine: self, models: Some(models) };
            }
            idle = self.returned.wait(idle).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Models>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs every worker once through the usual sizes.
    fn warm_up(&self) -> Result<(), LoadError> {
        let failed = |error: RuntimeError| LoadError::Runtime(error.0);
        let mut idle = self.idle();
        std::thread::scope(|scope| {
            let warming: Vec<_> = idle.iter_mut().map(|models| scope.spawn(|| warm(models))).collect();
            for worker in warming {
                let outcome = worker.join().unwrap_or_else(|_| Err(RuntimeError("it panicked".to_owned())));
                outcome.map_err(failed)?;
            }
            Ok(())
        })
    }
}

fn warm(models: &mut Models) -> Result<(), RuntimeError> {
    let blank = |height: usize, width: usize| Tensor {
        shape: [1, 3, height, width],
        data: vec![0.0; 3 * height * width],
    };
    models.orientation.run(&blank(224, 224), &mut |_, _| {})?;
    models.detection.run(&blank(640, 640), &mut |_, _| {})?;
    for width in (WIDTH_STEP..=WARM_WIDTHS).step_by(WIDTH_STEP) {
        models.recognition.run(&blank(LINE_HEIGHT, width), &mut |_, _| {})?;
        if let Some(tiny) = &mut models.tiny {
            tiny.session.run(&blank(LINE_HEIGHT, width), &mut |_, _| {})?;
        }
    }
    Ok(())
}

/// A worker's models, given back when dropped.
struct Worker<'a> {
    engine: &'a Engine,
    models: Option<Models>,
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        self.engine.idle().extend(self.models.take());
        self.engine.returned.notify_one();
    }
}
