//! `bench-charge [--only 1024|http] [--without-postgres] [FOLDER]`: durable charges per second, beside what limits them and
//! what one would use instead.
//!
//! Charges are the real ones: decided under the default price list, half of the accounts beginning with a package,
//! and answered when the journal has them. In process they are made in one step, as PostgreSQL's are; the door's
//! two steps stand beside it, and are what is measured over HTTP. Batches are what gateways send. On PostgreSQL's server one
//! transaction for each charge is measured, and the journal in it. Each contender is called by the same driver, and
//! the sums of what it charged are asserted after each run. Contenders of one ratio take turns.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::bench::baseline::Baseline;
use crate::bench::engine::{Scene, Steps};
use crate::bench::raw::raw_limit;
use crate::bench::turns::{self, Row, take_turns};
use crate::bench::{batches, engine, folder, http};

const CALLERS: [usize; 3] = [1, 64, 1024];
/// Over so many accounts charges are spread.
const ACCOUNTS: u64 = 1000;
/// Connections over which the HTTP servers are called.
const HTTP_CONNECTIONS: usize = 64;
const LENGTH: Duration = Duration::from_secs(2);

/// Over 1,024 callers: the least share of the raw limit.
const OF_RAW_TARGET: f64 = 0.6;
/// One hot account beside a thousand.
const HOT_TARGET: f64 = 0.9;
/// The door beside the bare server.
const OF_BARE_TARGET: f64 = 0.5;
/// Batches of 100 over HTTP beside the raw limit of so many callers.
const OF_RAW_IN_BATCHES_TARGET: f64 = 0.7;
const RAW_CALLERS: usize = 1024;

const USAGE: &str = "bench-charge [--only 1024|http] [--without-postgres] [FOLDER]";

/// Runs the benchmark.
///
/// # Errors
///
/// If the folder cannot be written, a contender fails, sums are wrong, or PostgreSQL is missing and was not left out.
pub fn run(args: &[String]) -> Result<(), Box<dyn Error>> {
    let mut args: Vec<&str> = args.iter().map(String::as_str).collect();
    let without_postgres = Baseline::is_left_out(&mut args);
    let only = match args.iter().position(|arg| *arg == "--only") {
        Some(at) => args.drain(at..(at + 2).min(args.len())).nth(1),
        None => Some("all"),
    };
    let (callers, with_http, with_postgres): (&[usize], _, _) = match only {
        Some("all") => (&CALLERS, true, true),
        Some("1024") => (&[1024], false, false),
        Some("http") => (&[], true, false),
        _ => return Err(format!("usage: {USAGE}").into()),
    };
    let dir = folder(&args, USAGE)?;
    let mut rows = Vec::new();
    for callers in callers {
        rows.extend(in_process(&dir, *callers)?);
    }
    let postgres = Baseline::measure(&dir, without_postgres || !with_postgres)?;
    if with_http {
        rows.extend(over_http(&dir)?);
    }
    Ok(report(&rows, &postgres)?)
}

const RAW: &str = "raw limit";
const SPREAD: &str = "engine, 1,000 accounts";
const HOT: &str = "engine, one account";
const TWO_STEPS: &str = "engine, authorise, then commit";
const BARE: &str = "bare HTTP server";
const DOOR: &str = "HTTP, one charge a request";
const RAW_1024: &str = "raw limit of 1,024 callers";
const BATCHES: &str = "HTTP, 100 charges a request";

fn in_process(dir: &Path, callers: usize) -> Result<Vec<Row>> {
    let raw = |_: usize| Ok(raw_limit(dir, callers, LENGTH)?.driven());
    // Once each, the journal is opened again and the sums are taken from what comes back.
    let engine = |accounts, steps| {
        let scene = Scene { accounts, steps, database: None };
        move |round| engine::charge(dir, scene.clone(), callers, LENGTH, round == 0)
    };
    let (spread, hot) = (engine(ACCOUNTS, Steps::One), engine(1, Steps::One));
    let two_steps = engine(ACCOUNTS, Steps::Two);
    take_turns(callers, &[(RAW, &raw), (SPREAD, &spread), (HOT, &hot), (TWO_STEPS, &two_steps)])
}

fn over_http(dir: &Path) -> Result<Vec<Row>> {
    let bare = |_: usize| http::bare_server(HTTP_CONNECTIONS, LENGTH);
    let door = |_: usize| http::charging_door(dir, HTTP_CONNECTIONS, LENGTH);
    let mut rows = take_turns(HTTP_CONNECTIONS, &[(BARE, &bare), (DOOR, &door)])?;
    let raw = |_: usize| Ok(raw_limit(dir, RAW_CALLERS, LENGTH)?.driven());
    let batches = |_: usize| batches::charging_door(dir, HTTP_CONNECTIONS, LENGTH);
    rows.extend(take_turns(HTTP_CONNECTIONS, &[(RAW_1024, &raw), (BATCHES, &batches)])?);
    Ok(rows)
}

fn report(rows: &[Row], postgres: &Baseline) -> Result<()> {
    turns::print(rows);
    postgres.print();
    println!();
    for row in rows {
        let Some((bytes, syncs)) = row.cost() else { continue };
        println!(
            "{:>7}  {:32}{bytes:>6.1} bytes of the journal and {syncs:.4} syncs a charge",
            row.callers, row.name
        );
    }
    println!();
    turns::print_spoiled(turns::spoiled(rows).chain(postgres.spoiled()));
    let of = |name, callers| rows.iter().find(|row| row.name == name && row.callers == callers);
    if let (Some(raw), Some(spread), Some(hot)) = (of(RAW, 1024), of(SPREAD, 1024), of(HOT, 1024)) {
        println!("RATIO charge_1024_vs_raw {:.2} {OF_RAW_TARGET}", spread.times(raw));
        println!("RATIO charge_hot_vs_spread {:.2} {HOT_TARGET}", hot.times(spread));
    }
    if let (Some(bare), Some(door)) = (of(BARE, HTTP_CONNECTIONS), of(DOOR, HTTP_CONNECTIONS)) {
        println!("RATIO charge_http_vs_bare {:.2} {OF_BARE_TARGET}", door.times(bare));
    }
    if let (Some(raw), Some(batches)) = (of(RAW_1024, HTTP_CONNECTIONS), of(BATCHES, HTTP_CONNECTIONS)) {
        println!("RATIO charge_batches_vs_raw {:.2} {OF_RAW_IN_BATCHES_TARGET}", batches.times(raw));
    }
    postgres.print_journal_ratios();
    postgres.print_ratios("charge", |callers| of(SPREAD, callers).map(Row::per_s))
}
