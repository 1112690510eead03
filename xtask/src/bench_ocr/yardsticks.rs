//! What our eye is held beside: RapidOCR as it comes, RapidOCR set up as well as it can be, and Tesseract.
//!
//! Each is a script that is a reader as ours is. RapidOCR and its runtimes live in a virtual environment in the build
//! folder, made on first use; Tesseract is the system's, and is left out where it is missing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::reader::Reader;
use crate::bench::target;

const PACKAGES: [&str; 3] = ["rapidocr==3.10.0", "onnxruntime==1.32.0", "openvino==2026.4.1"];
const WITH_RAPIDOCR: (&str, &str) = ("read_with_rapidocr.py", include_str!("read_with_rapidocr.py"));
const WITH_TESSERACT: (&str, &str) = ("read_with_tesseract.py", include_str!("read_with_tesseract.py"));
/// What Tesseract reads: the languages of the pictures.
const LANGUAGES: [&str; 2] = ["chi_sim", "eng"];

/// Where the yardsticks live: in the build folder.
///
/// # Errors
///
/// If the folder cannot be made.
pub(super) fn cache() -> Result<PathBuf> {
    let cache = target().join("bench-ocr");
    fs::create_dir_all(&cache)?;
    Ok(cache.canonicalize()?)
}

/// RapidOCR as it comes.
///
/// # Errors
///
/// If it cannot be installed or started.
pub(super) fn rapidocr(cache: &Path, files: &[String]) -> Result<Reader> {
    start("rapidocr", &python(cache)?, WITH_RAPIDOCR, cache, &["default"], files)
}

/// RapidOCR at its best.
///
/// # Errors
///
/// If it cannot be installed or started.
pub(super) fn rapidocr_at_its_best(cache: &Path, files: &[String]) -> Result<Reader> {
    start("rapidocr at its best", &python(cache)?, WITH_RAPIDOCR, cache, &["best"], files)
}

/// Tesseract, if the system has it with the languages of the pictures.
///
/// # Errors
///
/// If it is there and cannot be started.
pub(super) fn tesseract(cache: &Path, workers: usize, files: &[String]) -> Result<Option<Reader>> {
    let has = |said: String| LANGUAGES.iter().all(|language| said.lines().any(|line| line == *language));
    let listed = Command::new("tesseract").arg("--list-langs").output();
    if !listed.is_ok_and(|output| has(String::from_utf8_lossy(&output.stdout).into_owned())) {
        println!("Tesseract is left out (Debian: apt install tesseract-ocr tesseract-ocr-chi-sim)");
        return Ok(None);
    }
    let (workers, languages) = (workers.to_string(), LANGUAGES.join("+"));
    let args = [workers.as_str(), languages.as_str()];
    start("tesseract", Path::new("python3"), WITH_TESSERACT, cache, &args, files).map(Some)
}

fn start(
    name: &'static str,
    python: &Path,
    (file, script): (&str, &str),
    cache: &Path,
    args: &[&str],
    files: &[String],
) -> Result<Reader> {
    let path = cache.join(file);
    fs::write(&path, script)?;
    let mut all = vec![path.to_string_lossy().into_owned()];
    all.extend(args.iter().map(|arg| (*arg).to_owned()));
    all.extend(files.iter().cloned());
    Reader::start(name, python, &all, &cache.join(name.replace(' ', "-") + ".log"))
}

/// The Python of a virtual environment with RapidOCR, which is made if it is not there.
///
/// # Errors
///
/// If it cannot be made.
pub(super) fn python(cache: &Path) -> Result<PathBuf> {
    let environment = cache.join(format!("venv-{}", PACKAGES.join("-")));
    let python = environment.join("bin/python");
    let complete = environment.join("complete");
    if complete.exists() {
        return Ok(python);
    }
    println!("installing {} into {}", PACKAGES.join(", "), environment.display());
    let run = |program: &Path, args: &[&str]| -> Result<()> {
        let status = Command::new(program).args(args).status()?;
        if !status.success() {
            bail!("{} {} failed", program.display(), args.join(" "));
        }
        Ok(())
    };
    run(Path::new("python3"), &["-m", "venv", "--clear", &environment.to_string_lossy()])
        .context("making a virtual environment (Debian: install python3-venv)")?;
    run(&python, &[&["-m", "pip", "install", "--quiet"][..], &PACKAGES].concat())?;
    fs::write(complete, "")?;
    Ok(python)
}
