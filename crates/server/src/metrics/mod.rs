//! What is told to those who watch the server (Prometheus, OpenMetrics): what is counted while it serves, and what is
//! looked up when they ask. Nothing of it names an account, and nothing decides by it.

mod counted;
mod journal;
mod looked_up;
mod merged;
mod process;
mod state;

use std::sync::Arc;

use prometheus_client::encoding::text::{encode, encode_registry};
use prometheus_client::registry::Registry;

pub use counted::Counted;
pub(crate) use counted::ShardChange;

use crate::app::{App, OpenError, Shared};
use crate::house::House;
use crate::shard::Shard;

/// What the text is.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PREFIX: &str = "inkmeter";

/// Everything there is to tell, as text; among it whether all that has to be written can be. Blocks for as long as all accounts are looked at.
///
/// # Errors
/// The outbox cannot be read, or a figure not be written.
pub fn text(app: &App, is_ready: bool) -> Result<String, OpenError> {
    let mut text = of_shared(&app.shared(), (1, 1))?;
    text += &of_books(app, is_ready)?;
    with_process(text)
}

/// The same of a node, which has some of the shards: their figures have the shard for a label.
///
/// # Errors
/// As [`text`].
pub(crate) fn of_shards(
    shared: &Shared,
    shards: usize,
    houses: &[(Shard, Arc<House>, bool)],
) -> Result<String, OpenError> {
    let mut text = of_shared(shared, (shards, houses.len()))?;
    let texts = houses.iter().map(|(shard, house, is_ready)| Ok((*shard, of_books(&house.app, *is_ready)?)));
    let texts: Result<Vec<(Shard, String)>, OpenError> = texts.collect();
    text += &merged::merged(&texts?);
    with_process(text)
}

fn of_shared(shared: &Shared, shards: (usize, usize)) -> Result<String, OpenError> {
    let mut registry = Registry::with_prefix(PREFIX);
    shared.counted.register(&mut registry);
    looked_up::register_shared(shared, shards, &mut registry);
    let mut text = String::new();
    encode_registry(&mut text, &registry)?;
    Ok(text)
}

fn of_books(app: &App, is_ready: bool) -> Result<String, OpenError> {
    let mut registry = Registry::with_prefix(PREFIX);
    looked_up::register(app, &mut registry)?;
    state::register(app, is_ready, &mut registry)?;
    journal::register(app, &mut registry);
    let mut text = String::new();
    encode_registry(&mut text, &registry)?;
    Ok(text)
}

/// The process has the names that every process has.
fn with_process(mut text: String) -> Result<String, OpenError> {
    let mut registry = Registry::default();
    process::register(&mut registry);
    encode(&mut text, &registry)?;
    Ok(text)
}
