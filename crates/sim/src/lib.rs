//! The simulator: a whole ledger under callers who repeat themselves, clocks that jump, disks that fail and owners that
//! are replaced, all from one seed; and an auditor beside it that believes nothing.
//!
//! A seed makes a [`world`] and a [`plan`]: requests, and steps in which messages, time and faults come. The [`stage`]
//! plays the steps on the real ledger, with either of its journals. The [`auditor`] follows the records as anybody could
//! and keeps a small model of its own; after every answer, every opening and at the end it compares. A history that ends
//! badly is made shorter ([`shrink`]) and printed with the command that repeats it ([`run`]).
//!
//! What is real: the engine, the journals, the meter, the read model, snapshots and `verify`, with their threads, SQLite
//! and PostgreSQL. What is simulated: callers, time, the disk of the embedded journal, and the ends of processes. What
//! is not looked at: the directory, the outbox, and whether PostgreSQL keeps what it said.
#![forbid(unsafe_code)]

pub mod auditor;
pub mod cluster;
pub mod gate;
pub mod plan;
pub mod random;
pub mod run;
pub mod shrink;
pub mod stage;
pub mod store;
pub mod world;
