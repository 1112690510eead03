//! Pages that a script beside the test pictures draws, with what stands on them; and the eye that reads such pages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use ocr::{Engine, EngineConfig, RuntimeChoice};
use serde::de::DeserializeOwned;

/// The pages of a folder. Without one, so many of each kind are drawn into `cache` first, the same every time.
///
/// # Errors
///
/// If they cannot be drawn or read.
pub(super) fn drawn<T: DeserializeOwned>(
    folder: Option<&Path>,
    python: impl FnOnce() -> Result<PathBuf>,
    (script, pages): (&str, usize),
    cache: &Path,
) -> Result<(PathBuf, Vec<T>)> {
    if folder.is_none() {
        let status = Command::new(python()?).arg(script).arg(cache).arg(pages.to_string()).status()?;
        if !status.success() {
            bail!("{script} failed (Debian: install fonts-dejavu fonts-liberation fonts-noto-cjk)");
        }
    }
    let folder = folder.unwrap_or(cache);
    let list = folder.join("truth.json");
    let truth = fs::read(&list).with_context(|| format!("reading {}", list.display()))?;
    Ok((folder.to_owned(), serde_json::from_slice(&truth).context("truth.json")?))
}

/// The eye as the server opens it by default, with so many workers.
///
/// # Errors
///
/// If models are missing.
pub(super) fn eye(workers: usize) -> Result<Engine> {
    let models = std::env::var("INKMETER_MODELS").unwrap_or_else(|_| "data/models".to_owned());
    Ok(Engine::load(&EngineConfig {
        models_dir: models.into(),
        runtime: RuntimeChoice::Auto,
        workers,
        memory_bytes: EngineConfig::MEMORY_BYTES,
        tiny: true,
        renderer: None,
    })?)
}
