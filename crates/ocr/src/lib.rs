//! The eye: bytes of a picture in, a page of text with its places out.
//!
//! It decodes what callers send (never trusting it), turns the page upright, finds the lines, reads
//! them and puts them in reading order. It knows nothing of HTTP, accounts or money, starts no async
//! runtime and keeps no picture after the call.
//!
//! What else stands in a picture, such as the fields of a card, is found in what was read, by rules for each
//! [`kind`] of document.
//!
//! Start with [`Engine`]; [`Eye`] is the same as a trait, for servers that are tested without models;
//! [`models`] brings the model and runtime files to a machine.

// The one exception is a setting of the C library's heap, in `runtime`.
#![deny(unsafe_code)]

mod components;
mod crop;
mod detect;
mod engine;
mod error;
mod eye;
#[cfg(test)]
mod fake;
mod geometry;
mod ink;
pub mod kind;
mod logits;
mod lying;
mod memory;
pub mod models;
mod onnx;
mod options;
mod order;
mod orient;
mod page;
mod picture;
mod pool;
mod read;
mod recognise;
mod rulings;
mod runtime;
mod scale;
mod seals;
mod sheet;
mod tiny;

pub use engine::{Engine, EngineConfig};
pub use error::{LoadError, ReadError};
pub use eye::Eye;
pub use kind::Kind;
pub use options::{Language, SealOptions, TextOptions};
pub use page::{Block, Char, Page, Quad, Ruling, Seal, SealShape, SealWords};
pub use picture::{
    Format, Jpeg, Limits, MAX_BYTES, MAX_PIXELS, Renderer, decoded_size, pdf_page_count, render_page,
};
pub use runtime::{RuntimeChoice, pays_bf16};
