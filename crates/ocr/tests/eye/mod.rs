//! The eye with its real models, and the pictures it is tried on.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use ocr::{Engine, EngineConfig, RuntimeChoice};

use crate::wanted::wanted;

/// Where the models are, if they are anywhere.
pub fn models() -> Option<PathBuf> {
    wanted("INKMETER_TEST_MODELS").map(PathBuf::from)
}

/// One engine for all tests.
pub fn engine() -> Option<&'static Engine> {
    static ENGINE: LazyLock<Option<Engine>> = LazyLock::new(|| {
        let models_dir = models()?;
        Some(
            Engine::load(&EngineConfig {
                models_dir,
                runtime: RuntimeChoice::Auto,
                workers: 2,
                memory_bytes: EngineConfig::MEMORY_BYTES,
                tiny: true,
                renderer: None,
            })
            .unwrap(),
        )
    });
    ENGINE.as_ref()
}

/// A picture of the folder.
pub fn picture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures").join(name)).unwrap()
}
