//! `specimens [--out DIR [--each N] [--seed S] [--only CALL]]`: draws documents of invented people, with the tests' Python.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::bench::target;

/// The package that draws.
const PACKAGE: &str = "crates/ocr/tests/pictures/specimens";

/// Draws them.
///
/// # Errors
///
/// If there is no Python with Pillow and numpy, or the arguments are not its.
pub fn run(args: &[String]) -> Result<(), Box<dyn Error>> {
    Ok(draw(args)?)
}

/// So many clean and noisy ones of every kind, or of one call, into a folder.
///
/// # Errors
///
/// As of [`run`].
pub fn fresh(folder: &Path, each: usize, seed: u64, only: Option<&str>) -> Result<()> {
    let mut args = vec!["--out".to_owned(), folder.to_string_lossy().into_owned()];
    args.extend(["--each".to_owned(), each.to_string(), "--seed".to_owned(), seed.to_string()]);
    args.extend(only.into_iter().flat_map(|call| ["--only".to_owned(), call.to_owned()]));
    draw(&args)
}

fn draw(args: &[String]) -> Result<()> {
    let python = python();
    let status = Command::new(&python).arg(PACKAGE).args(args).status();
    let status =
        status.with_context(|| format!("starting {} (`make test-python` installs it)", python.display()))?;
    if !status.success() {
        bail!("{PACKAGE} failed");
    }
    Ok(())
}

/// The one the tests use, if it was named; else that of `make test-python`.
fn python() -> PathBuf {
    std::env::var_os("INKMETER_TEST_PYTHON").map_or_else(|| target().join("venv/bin/python"), PathBuf::from)
}
