//! The vault: where what was decided is kept, and where it is read back.
//!
//! The [`Engine`] decides commands under one lock and appends their events to the [`journal`]; an answer is
//! given when the journal has it. Everything else is derived: [`snapshot`]s bound the replay at opening, the
//! [`read`] model holds what people query, [`explain`] goes back to any charge, [`verify`] proves that all of
//! it agrees, and a [`backup`] brings it back. What this crate is not: it prices nothing, knows no HTTP and no pictures.
#![forbid(unsafe_code)]

pub mod backup;
pub mod directory;
pub mod engine;
pub mod entry;
pub mod explain;
pub mod jobs;
pub mod journal;
pub mod loss;
pub mod meter;
pub mod migrate;
pub mod outbox;
pub mod read;
pub mod replay;
pub mod replica;
pub mod rulebook;
pub mod snapshot;
mod tables;
pub mod verify;

pub use charging::CallFor;
pub use engine::{
    AwaitedPayment, Durable, Engine, EngineError, EngineOptions, Live, Pending, Recovery, Replayed, Retired,
    Rules, Survey, UnknownAccount,
};
pub use journal::Stopped;
