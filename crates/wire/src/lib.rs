//! Huawei's dialect: request and response shapes, error bodies, signatures.
//!
//! Shapes only: nothing here decides, reads a clock or does I/O. Sources are named by page title.
#![forbid(unsafe_code)]

pub mod bss;
pub mod error;
pub mod fault;
pub mod iam;
pub mod number;
pub mod object;
pub mod ocr;
pub mod signature;
