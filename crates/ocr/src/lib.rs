//! The eye: bytes of a picture in, a page of text with its places out.
//!
//! It decodes what callers send (never trusting it), turns the page upright, finds the lines, reads
//! them and puts them in reading order. It knows nothing of HTTP, accounts or money, starts no async
//! runtime and keeps no picture after the call.
//!
//! Start with [`Engine`]; [`Eye`] is the same as a trait, for servers that are tested without models;
//! [`models`] brings the model and runtime files to a machine.

#![forbid(unsafe_code)]

mod engine;
mod error;
mod eye;
mod options;
mod page;

pub use engine::{Engine, EngineConfig, RuntimeChoice};
pub use error::{LoadError, ReadError};
pub use eye::Eye;
pub use options::{Language, TextOptions};
pub use page::{Block, Char, Page, Quad};
