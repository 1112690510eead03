//! The door: the one binary `inkmeter`, its HTTP routes and its command line.
#![forbid(unsafe_code)]

pub mod advance;
pub mod app;
pub mod auth;
pub mod bill;
pub mod calls;
pub mod cli;
pub mod clock;
pub mod cluster;
pub mod config;
pub mod connection;
pub mod data_dir;
mod database;
pub mod demo;
pub mod export;
pub mod eye;
pub mod folder;
pub mod guests;
pub mod hashing;
pub mod health;
pub mod hosts;
mod house;
pub mod http;
pub mod ids;
pub mod line;
pub mod log;
pub mod metrics;
pub mod notify;
pub mod outside;
pub mod payments;
pub mod places;
pub mod project_names;
pub mod reading;
mod say;
pub mod serve;
pub mod shard;
pub mod sign;
pub mod telemetry;
pub mod throttle;
pub mod tls;
pub mod usecase;
pub mod views;

/// Chooses the cryptography of outgoing TLS, once for the process; every program that makes an HTTP client
/// calls it first.
pub fn install_tls() {
    // An error means that it was chosen before, which is as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
