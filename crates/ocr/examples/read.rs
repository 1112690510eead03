//! Reads pictures and prints one JSON line each, with the time taken on standard error.
//!
//! usage: read MODELS_DIR auto|openvino|onnxruntime FILE…

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use ocr::{Engine, EngineConfig, RuntimeChoice, TextOptions};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let models_dir = PathBuf::from(args.next().ok_or("no models folder")?);
    let runtime = args.next().and_then(|name| RuntimeChoice::parse(&name)).ok_or("no runtime")?;
    let start = Instant::now();
    let engine = Engine::load(&EngineConfig {
        models_dir,
        runtime,
        workers: 1,
        memory_bytes: EngineConfig::MEMORY_BYTES,
        tiny: true,
        renderer: None,
    })?;
    eprintln!("{} loaded in {:.0?}", engine.runtime(), start.elapsed());
    let options = TextOptions { detect_direction: true, character_mode: true, ..TextOptions::default() };
    for file in args {
        let bytes = std::fs::read(&file)?;
        let start = Instant::now();
        let page = engine.general_text(&bytes, &options);
        eprintln!("{file}: {:.0?}", start.elapsed());
        match page {
            Ok(page) => println!("{}", serde_json::json!({ "file": file, "page": page })),
            Err(error) => println!("{}", serde_json::json!({ "file": file, "error": error.to_string() })),
        }
    }
    Ok(())
}
