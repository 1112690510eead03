#![forbid(unsafe_code)]

pub mod engine;
pub mod entry;
pub mod explain;
pub mod jobs;
pub mod journal;
pub mod read;
pub mod replay;
pub mod snapshot;
pub mod verify;

pub use engine::commands::CallFor;
pub use engine::{Engine, EngineError, EngineOptions, Live, Pending, Recovery, Rules, UnknownAccount};
pub use journal::Stopped;
