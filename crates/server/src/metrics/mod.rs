//! What is told to those who watch the server (Prometheus, OpenMetrics): what is counted while it serves, and what is
//! looked up when they ask. Nothing of it names an account, and nothing decides by it.

mod counted;
mod journal;
mod looked_up;
mod process;
mod state;

use prometheus_client::encoding::text::{encode, encode_registry};
use prometheus_client::registry::Registry;

pub use counted::Counted;

use crate::app::App;

/// What the text is.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything there is to tell, as text; among it whether all that has to be written can be. Blocks for as long as all accounts are looked at.
///
/// # Errors
/// The outbox cannot be read, or a figure not be written.
pub fn text(app: &App, is_ready: bool) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let mut registry = Registry::with_prefix("inkmeter");
    app.counted.register(&mut registry);
    looked_up::register(app, &mut registry)?;
    state::register(app, is_ready, &mut registry)?;
    journal::register(app, &mut registry);
    let mut text = String::new();
    encode_registry(&mut text, &registry)?;
    // The process has the names that every process has.
    let mut registry = Registry::default();
    process::register(&mut registry);
    encode(&mut text, &registry)?;
    Ok(text)
}
