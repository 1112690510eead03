//! The door: the one binary `inkmeter`, its HTTP routes and its command line.
#![forbid(unsafe_code)]

pub mod app;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod eye;
pub mod http;
pub mod ids;
pub mod serve;
pub mod usecase;
pub mod views;
