//! The engine: loads the models once and reads pictures on behalf of many callers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use crate::crop::LINE_HEIGHT;
use crate::memory::{Memory, Share};
use crate::picture::{self, Picture};
use crate::pool::{Lent, Pool};
use crate::read::{self, Models};
use crate::recognise::{Alphabet, WIDTH_STEP};
use crate::runtime::{self, Runtime, RuntimeChoice, RuntimeError, Session, Tensor};
use crate::tiny::Tiny;
use crate::{Jpeg, Kind, LoadError, Page, ReadError, Renderer, TextOptions, models, onnx};

/// Line widths that are run once at start, since a runtime prepares itself for each width it meets.
const WARM_WIDTHS: usize = 1024;

/// How many pictures may be decoded, or on their way to it, and wait for a worker, for each worker. More would be memory
/// that nobody uses: a picture is decoded in less time than it is read in.
const AHEAD_OF_WORKER: usize = 4;

/// How many pages of PDFs are rendered at once at least: of fewer two customers would take all.
const LEAST_RENDERERS: usize = 4;

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
    /// Where pages of PDFs are rendered; without it in this process, which suits documents that can be trusted: they
    /// may take any time.
    pub renderer: Option<Renderer>,
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
    /// The models of each worker. They hold nothing from call to call but scratch memory.
    models: Pool<Models>,
    /// Leave to go ahead of the workers, of which a customer leaves as many as it has. It is given back with a worker.
    ahead: Pool<()>,
    /// Leave to decode: twice as many as there are workers, of which a customer leaves as many as it has. It is lent when
    /// there is memory for the picture: large pictures that wait for memory keep no small one waiting.
    decoders: Pool<()>,
    /// The same for pages of PDFs, so that slow ones keep nobody waiting but each other.
    renderers: Pool<()>,
    renderer: Option<Renderer>,
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
        let mut load = |name: &str, last: Option<&str>| -> Result<Loaded, LoadError> {
            let unusable =
                |reason: String| LoadError::Model { dir: dir.clone(), file: name.to_owned(), reason };
            let mut model = std::fs::read(dir.join(name)).map_err(|error| unusable(error.to_string()))?;
            onnx::flush_tiny_weights(&mut model).ok_or_else(|| unusable("not an ONNX file".to_owned()))?;
            if let Some(last) = last {
                let without = onnx::without_last(&model, last);
                model = without.ok_or_else(|| unusable(format!("it does not end in a {last}")))?;
            }
            let sessions = runtime.sessions(&model, workers).map_err(|error| unusable(error.to_string()))?;
            Ok((model, sessions))
        };
        let (_, orientation) = load(models::ORIENTATION, None)?;
        let (_, detection) = load(models::DETECTION, Some("Sigmoid"))?;
        let (model, recognition) = load(models::RECOGNITION, Some("Softmax"))?;
        let alphabet = onnx::metadata(&model, "character").ok_or_else(|| LoadError::Model {
            dir: dir.clone(),
            file: models::RECOGNITION.to_owned(),
            reason: "it has no list of characters".to_owned(),
        })?;
        let mut tiny: Vec<Option<Tiny>> = (0..workers).map(|_| None).collect();
        if config.tiny {
            let (_, sessions) = load(models::RECOGNITION_TINY, Some("Softmax"))?;
            let list = std::fs::read_to_string(dir.join(models::CHARACTERS_TINY)).map_err(|error| {
                LoadError::Model {
                    dir: dir.clone(),
                    file: models::CHARACTERS_TINY.to_owned(),
                    reason: error.to_string(),
                }
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
        let engine = Self::new(runtime.name(), Alphabet::parse(&alphabet), idle, config.memory_bytes);
        Ok(Self { renderer: config.renderer.clone(), ..engine })
    }

    fn new(runtime: &'static str, alphabet: Alphabet, idle: Vec<Models>, memory_bytes: u64) -> Self {
        let workers = idle.len();
        Self {
            runtime,
            alphabet,
            models: Pool::new(idle),
            ahead: Pool::sparing(vec![(); AHEAD_OF_WORKER * workers]),
            decoders: Pool::sparing(vec![(); 2 * workers]),
            renderers: Pool::sparing(vec![(); (2 * workers).max(LEAST_RENDERERS)]),
            renderer: None,
            workers,
            memory: Memory::new(memory_bytes),
        }
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
        self.general_text_while(bytes, options, 0, &|| true)
    }

    /// Reads the text of one picture as long as somebody waits for it, which is asked between the steps: who left the
    /// queue costs no work. Calls with the same key are read in the order they came, and those with different keys by
    /// turns: whoever sends many waits for them itself.
    ///
    /// # Errors
    ///
    /// See [`ReadError`]; [`ReadError::Unwanted`] if nobody waited any more.
    pub fn general_text_while(
        &self,
        bytes: &[u8],
        options: &TextOptions,
        key: u128,
        wanted: &(dyn Fn() -> bool + Sync),
    ) -> Result<Page, ReadError> {
        let mut share = self.memory.share_while(wanted);
        let read = || {
            let (picture, mut worker) = self.decoded(bytes, options, key, &mut share)?;
            let models = worker.thing().ok_or_else(|| ReadError::Engine("no worker".to_owned()))?;
            let page = read::page(&picture, options, &share, models, &self.alphabet)?;
            drop(worker);
            let jpeg = options.jpeg.then(|| Jpeg::of(bytes, &picture)).transpose()?;
            Ok(Page { jpeg, ..page })
        };
        catch_unwind(AssertUnwindSafe(read))
            .unwrap_or_else(|_| Err(ReadError::Engine("a fault inside the engine".to_owned())))
    }

    /// Finds what a document of some kind says.
    ///
    /// # Errors
    ///
    /// See [`ReadError`]; [`ReadError::Quality`] if the picture shows nothing of that kind.
    pub fn find<K: Kind>(&self, bytes: &[u8], asked: &K::Asked) -> Result<K::Found, ReadError> {
        K::find(self.general_text(bytes, &K::options(asked))?, asked)
    }

    /// The picture, and a worker to read it. It is found last: none waits for a picture to be decoded.
    fn decoded<'a>(
        &'a self,
        bytes: &[u8],
        options: &TextOptions,
        key: u128,
        share: &mut Share<'a>,
    ) -> Result<(Picture, Lent<'a, Models>), ReadError> {
        // What a page takes is known only when it is rendered, so leave comes first; of a picture its head says it.
        let is_pdf = picture::is_pdf(bytes);
        let _ahead = if is_pdf { self.renderers.lend(key) } else { self.ahead.lend(key) };
        share.check_wanted()?;
        if !is_pdf {
            share.lend_then(&self.decoders, key);
        }
        let picture =
            picture::decode(bytes, options.pdf_page_number, &options.limits, self.renderer.as_ref(), share)?;
        Ok((picture, self.models.lend(key)))
    }

    /// Runs every worker once through the usual sizes.
    fn warm_up(&self) -> Result<(), LoadError> {
        let failed = |error: RuntimeError| LoadError::Runtime(error.0);
        self.models.with_idle(|idle| {
            std::thread::scope(|scope| {
                let warming: Vec<_> = idle.iter_mut().map(|models| scope.spawn(|| warm(models))).collect();
                for worker in warming {
                    let outcome =
                        worker.join().unwrap_or_else(|_| Err(RuntimeError("it panicked".to_owned())));
                    outcome.map_err(failed)?;
                }
                Ok(())
            })
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::fake::FnSession;

    /// How often the models of orientation, detection and recognition were asked.
    #[derive(Clone, Default)]
    struct Asked([Arc<AtomicUsize>; 3]);

    impl Asked {
        fn session(&self, which: usize, output: fn(&Tensor) -> (Vec<usize>, Vec<f32>)) -> Box<dyn Session> {
            let asked = Arc::clone(&self.0[which]);
            Box::new(FnSession::new(move |input: &Tensor| {
                asked.fetch_add(1, Ordering::Relaxed);
                output(input)
            }))
        }

        fn times(&self) -> [usize; 3] {
            self.0.each_ref().map(|times| times.load(Ordering::Relaxed))
        }
    }

    /// An engine of one worker that finds the dark lines of a picture and reads the same character all along each.
    fn engine(asked: &Asked) -> Engine {
        let dark = |input: &Tensor| {
            let [_, _, height, width] = input.shape;
            let values = input.data[..width * height].iter().map(|&v| if v < 0.0 { 9.0 } else { -9.0 });
            (vec![1, 1, height, width], values.collect())
        };
        let models = Models {
            orientation: asked.session(0, |_| (vec![1, 4], vec![1.0, 0.0, 0.0, 0.0])),
            detection: asked.session(1, dark),
            tiny: None,
            recognition: asked.session(2, |input| {
                let columns = input.shape[3] / 8;
                // None, an `a`, a space.
                (vec![1, columns, 3], [0.0, 9.0, -9.0].repeat(columns))
            }),
        };
        Engine::new("none", Alphabet::parse("a"), vec![models], EngineConfig::MEMORY_BYTES)
    }

    /// A picture with so many lines.
    fn lines(count: u32) -> Vec<u8> {
        let is_line = |y: u32| (40..60).contains(&(y % 100));
        let level = |x: u32, y: u32| if is_line(y) && (40..360).contains(&x) { 0 } else { 255 };
        let picture = image::GrayImage::from_fn(400, 100 * count, |x, y| image::Luma([level(x, y)]));
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn nothing_more_is_done_once_nobody_waits() {
        let bytes = lines(4);
        let options = TextOptions { single_orientation_mode: true, ..TextOptions::default() };
        let asked = Asked::default();
        assert_eq!(engine(&asked).general_text(&bytes, &options).unwrap().blocks.len(), 4);
        assert_eq!(asked.times(), [1, 1, 4]);
        // Somebody waits until this was asked so many times.
        let mut done = Vec::new();
        for steps in 0..8 {
            let (asked, questions) = (Asked::default(), AtomicUsize::new(0));
            let wanted = || questions.fetch_add(1, Ordering::Relaxed) < steps;
            let read = engine(&asked).general_text_while(&bytes, &options, 0, &wanted);
            assert_eq!(read, Err(ReadError::Unwanted), "{steps}");
            done.push(asked.times());
        }
        let before_a_model = [[0, 0, 0]; 3];
        let between = [[1, 0, 0], [1, 1, 0], [1, 1, 1], [1, 1, 2], [1, 1, 3]];
        assert_eq!(done, [&before_a_model[..], &between].concat());
    }

    #[test]
    fn what_nobody_waits_for_is_not_decoded() {
        let read = engine(&Asked::default()).general_text_while(b"?", &TextOptions::default(), 0, &|| false);
        assert_eq!(read, Err(ReadError::Unwanted));
    }

    #[test]
    fn who_waits_for_memory_keeps_nobody_from_decoding() {
        let engine = engine(&Asked::default());
        let mut all = engine.memory.share();
        all.take(engine.memory.most_bytes()).unwrap();
        let mut png = std::io::Cursor::new(Vec::new());
        image::RgbImage::new(40, 30).write_to(&mut png, image::ImageFormat::Png).unwrap();
        std::thread::scope(|scope| {
            let reading = scope.spawn(|| engine.general_text(png.get_ref(), &TextOptions::default()));
            while engine.memory.waiting() == 0 {
                std::thread::yield_now();
            }
            assert_eq!(engine.decoders.with_idle(|idle| idle.len()), 2 * engine.workers);
            all.keep(0);
            reading.join().unwrap().unwrap();
        });
        assert_eq!(engine.decoders.with_idle(|idle| idle.len()), 2 * engine.workers);
    }

    /// While the workers are busy, pictures that wait lie there as they came: only some are decoded already.
    #[test]
    fn few_pictures_wait_decoded() {
        const CALLS: usize = 9;
        let engine = engine(&Asked::default());
        let mut png = std::io::Cursor::new(Vec::new());
        image::RgbImage::new(40, 30).write_to(&mut png, image::ImageFormat::Png).unwrap();
        let busy = engine.models.lend(0);
        std::thread::scope(|scope| {
            let read = || engine.general_text_while(png.get_ref(), &TextOptions::default(), 1, &|| true);
            let reading: Vec<_> = (0..CALLS).map(|_| scope.spawn(read)).collect();
            // Alone a customer may be half of those ahead.
            let decoded = AHEAD_OF_WORKER / 2;
            while (engine.models.waiting(), engine.ahead.waiting()) != (decoded, CALLS - decoded) {
                std::thread::yield_now();
            }
            let bytes = 3 * 40 * 30 * decoded as u64;
            assert!(!engine.memory.has_room_for(engine.memory.most_bytes() - bytes + 1));
            assert!(engine.memory.has_room_for(engine.memory.most_bytes() - bytes));
            drop(busy);
            reading.into_iter().for_each(|reading| drop(reading.join().unwrap().unwrap()));
        });
        assert_eq!(engine.ahead.with_idle(|idle| idle.len()), AHEAD_OF_WORKER);
    }

    /// All workers may be busy: what cannot be decoded is told without one.
    #[test]
    fn what_cannot_be_decoded_takes_no_worker() {
        let engine = engine(&Asked::default());
        let busy = engine.models.lend(0);
        assert_eq!(engine.general_text(b"?", &TextOptions::default()).unwrap_err().code(), "AIS.0102");
        drop(busy);
        assert_eq!(engine.models.with_idle(|idle| idle.len()), 1);
    }
}
