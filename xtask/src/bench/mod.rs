//! Benchmarks, and what they are measured against.
//!
//! Absolute figures depend on the disk and on the neighbours of the machine; ratios taken in one run
//! say something. So every figure of ours stands beside a limit or a baseline measured by the same
//! driver ([`drive`]) on the same machine in the same minute, and runs on a machine that was busy with
//! something else are repeated ([`quiet`]).

pub mod baseline;
pub mod batches;
pub mod drive;
pub mod engine;
pub mod history;
pub mod http;
pub mod journal;
pub mod operator;
pub mod postgres;
pub mod process;
pub mod quiet;
pub mod raw;
pub mod signed;
pub mod transactions;
pub mod turns;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// Where the build's files are.
pub fn target() -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// The server that was built in the release profile; if there is none, `make_it` says how it is made.
///
/// # Errors
///
/// If there is none.
pub fn server_binary(make_it: &str) -> Result<PathBuf> {
    let binary = target().join("release/inkmeter");
    binary.canonicalize().with_context(|| format!("build the server: {make_it}"))
}

/// The folder a benchmark works in, which is on the disk it measures: the one that is named, or one of the build's. It is
/// made if it is not there.
///
/// # Errors
///
/// If more than one is named, or it cannot be made.
pub fn folder(named: &[&str], usage: &str) -> Result<PathBuf> {
    let dir = match named {
        [] => target().join("bench"),
        [folder] => PathBuf::from(folder),
        _ => bail!("usage: {usage}"),
    };
    fs::create_dir_all(&dir).with_context(|| format!("creating {}", dir.display()))?;
    let dir = dir.canonicalize()?;
    println!("on the disk of {}\n", dir.display());
    Ok(dir)
}
