//! The door as clients see it: the real binary in a process of its own, its HTTP surface and its command line.

#![allow(clippy::unwrap_used, reason = "a story that cannot go on fails its test")]

mod advancing;
mod arrears_page;
mod backup;
mod bad_fields;
mod bad_input;
mod billing_center;
mod billing_renewals;
mod bills;
mod callers;
mod chance;
mod charging;
mod clients;
#[path = "../../../ledger/tests/common/cluster.rs"]
mod cluster;
mod codes;
mod command_line;
mod commerce;
mod conformance;
mod console;
mod customer;
mod databases;
mod delivery;
mod demo;
mod documented;
mod documents;
mod enterprise_projects;
mod first_call;
mod focus;
mod folder;
mod foresight;
mod full_disk;
mod fuzz;
mod gateway;
mod going_away;
mod held;
mod http2;
mod iam;
mod iam_admin;
mod iam_tokens;
mod iam_users;
mod idle_users;
mod inside;
mod isolation;
mod kill;
mod members;
mod metrics;
mod notices_story;
mod openapi;
mod orders;
mod pains;
mod papers;
mod peers;
mod plainly;
mod random_month;
#[path = "../read_back/mod.rs"]
mod read_back;
mod reading;
mod reasons;
mod receiver;
mod regions;
mod scene;
mod sdk;
mod sdk_driver;
mod server;
mod sessions;
mod sharing;
mod signing_in;
mod stopping;
mod story;
mod strangers;
mod turns;
mod waiting;
#[path = "../../../ocr/tests/wanted/mod.rs"]
mod wanted;
