//! The log, on standard error: how its lines look, and that the same one is not said again and again.
//!
//! The environment says how they look (`INKMETER_LOG_FORMAT`), or else the configuration, which a server has read only
//! after it began to log; so this can be changed while the process runs.

mod json;
mod sparing;

use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicU8, Ordering};

use serde::Deserialize;
use tracing::Level;
use tracing_subscriber::EnvFilter;

use crate::clock::system_now_ms;
use sparing::Sparing;

/// Which events are told, like `info` or `server=debug`.
const LEVELS: &str = "INKMETER_LOG";
/// How lines look, whatever the configuration says.
const FORMAT: &str = "INKMETER_LOG_FORMAT";

/// How lines of the log look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Format {
    /// Text, for people.
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// What the configuration says of the log.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    /// How its lines look.
    pub format: Format,
}

static IN_USE: AtomicU8 = AtomicU8::new(Format::Text as u8);

/// How lines look.
pub fn format() -> Format {
    if IN_USE.load(Ordering::Relaxed) == Format::Json as u8 { Format::Json } else { Format::Text }
}

/// Begins the log of this process, which tells events from `level` on unless the environment says otherwise.
///
/// # Errors
/// The environment names a format that there is not.
pub fn begin(level: &str) -> Result<(), String> {
    if let Some(format) = of_environment()? {
        IN_USE.store(format as u8, Ordering::Relaxed);
    }
    tracing_subscriber::fmt()
        // Said with `eprintln!`, they would panic where standard error cannot be written: on a full disk, for one.
        .log_internal_errors(false)
        .with_ansi(std::io::stderr().is_terminal())
        .event_format(Sparing::new(tracing_subscriber::fmt::format(), format, system_now_ms))
        .with_env_filter(levels(level))
        .with_writer(std::io::stderr)
        .init();
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| match format() {
        Format::Text => usual(panic),
        Format::Json => tracing::error!(%panic, "a thread ended in the middle of its work"),
    }));
    Ok(())
}

/// What is told. What operators did is told whatever else is: whoever keeps logs keeps that.
fn levels(usual: &str) -> EnvFilter {
    let levels = EnvFilter::try_from_env(LEVELS).unwrap_or_else(|_| usual.into());
    match "audit=info".parse() {
        Ok(audit) => levels.add_directive(audit),
        Err(_) => levels,
    }
}

/// From here on lines look as the configuration says, unless the environment says how.
pub fn configured(config: &LogConfig) {
    if matches!(of_environment(), Ok(None)) {
        IN_USE.store(config.format as u8, Ordering::Relaxed);
    }
}

fn of_environment() -> Result<Option<Format>, String> {
    match std::env::var(FORMAT).unwrap_or_default().as_str() {
        "" => Ok(None),
        "text" => Ok(Some(Format::Text)),
        "json" => Ok(Some(Format::Json)),
        other => Err(format!("{FORMAT} is {other:?}: it is \"text\" or \"json\"")),
    }
}

/// Tells what is no event, for whoever looks at the process, if standard error can be written.
pub(crate) fn tell(text: &str) {
    let _ = match format() {
        Format::Text => writeln!(std::io::stderr().lock(), "{text}"),
        Format::Json => writeln!(std::io::stderr().lock(), "{}", json::told(level_of(text), text)),
    };
}

/// By how such a text begins: a program's own name says that it failed.
fn level_of(text: &str) -> Level {
    let text = text.trim_start();
    if text.starts_with("inkmeter:") {
        Level::ERROR
    } else if text.starts_with("warning:") {
        Level::WARN
    } else {
        Level::INFO
    }
}
