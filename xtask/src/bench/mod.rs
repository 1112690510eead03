//! Benchmarks, and what they are measured against.
//!
//! Absolute figures depend on the disk and on the neighbours of the machine; ratios taken in one run
//! say something. So every figure of ours stands beside a limit or a baseline measured by the same
//! driver ([`drive`]) on the same machine in the same minute, and runs on a machine that was busy with
//! something else are repeated ([`quiet`]).

pub mod drive;
pub mod engine;
pub mod http;
pub mod journal;
pub mod postgres;
pub mod quiet;
pub mod raw;
pub mod signed;
pub mod turns;
