//! `bench-charge [--only 1024|http] [FOLDER]`: durable charges per second, beside what limits them and what one would use instead.
//!
//! Charges are the real ones: decided under the default price list, half of the accounts beginning with a package,
//! and answered when the journal has them. In process they are made in one step, as PostgreSQL's are; the door's
//! two steps stand beside it, and are what is measured over HTTP. Each contender is called by the same driver, and
//! the sums of what it charged are asserted after each run. Contenders of one ratio take turns.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::bench::drive::Driven;
use crate::bench::engine::{Scene, Steps};
use crate::bench::postgres::{Postgres, PostgresRun};
use crate::bench::quiet::{Measured, undisturbed};
use crate::bench::raw::raw_limit;
use crate::bench::turns::{self, Row, line, take_turns};
use crate::bench::{engine, http};

const CALLERS: [usize; 3] = [1, 64, 1024];
/// Over so many accounts charges are spread.
const ACCOUNTS: u64 = 1000;
/// PostgreSQL's best number of connections is looked for among these.
const CONNECTIONS: [usize; 4] = [8, 16, 32, 64];
/// Connections over which the HTTP servers are called.
const HTTP_CONNECTIONS: usize = 64;
const LENGTH: Duration = Duration::from_secs(2);
const POSTGRES_LENGTH: Duration = Duration::from_secs(4);
/// How often something is measured at most, if the machine is busy.
const ATTEMPTS: usize = 4;

/// Over 1,024 callers: the least share of the raw limit.
const OF_RAW_TARGET: f64 = 0.6;
/// How many times as fast as PostgreSQL, by callers.
const OF_POSTGRES_TARGETS: [(usize, f64); 2] = [(1024, 80.0), (64, 12.0)];
/// One hot account beside a thousand.
const HOT_TARGET: f64 = 0.9;
/// The door beside the bare server.
const OF_BARE_TARGET: f64 = 0.5;

const USAGE: &str = "usage: bench-charge [--only 1024|http] [FOLDER]";

/// Runs the benchmark.
///
/// # Errors
///
/// If the folder cannot be written, a contender fails, or sums are wrong.
pub fn run(args: &[String]) -> Result<(), Box<dyn Error>> {
    let mut args: Vec<&str> = args.iter().map(String::as_str).collect();
    let only = match args.iter().position(|arg| *arg == "--only") {
        Some(at) => args.drain(at..(at + 2).min(args.len())).nth(1),
        None => Some("all"),
    };
    let (callers, with_http, with_postgres): (&[usize], _, _) = match only {
        Some("all") => (&CALLERS, true, true),
        Some("1024") => (&[1024], false, false),
        Some("http") => (&[], true, false),
        _ => return Err(USAGE.into()),
    };
    let dir = match args[..] {
        [] => PathBuf::from(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
            .join("bench"),
        [folder] => PathBuf::from(folder),
        _ => return Err(USAGE.into()),
    };
    fs::create_dir_all(&dir).with_context(|| format!("creating {}", dir.display()))?;
    let dir = dir.canonicalize()?;
    println!("on the disk of {}\n", dir.display());
    let mut rows = Vec::new();
    for callers in callers {
        rows.extend(in_process(&dir, *callers)?);
    }
    let postgres = if with_postgres { postgres(&dir)? } else { None };
    if with_http {
        rows.extend(over_http(&dir)?);
    }
    report(&rows, postgres.as_ref());
    Ok(())
}

const RAW: &str = "raw limit";
const SPREAD: &str = "engine, 1,000 accounts";
const HOT: &str = "engine, one account";
const TWO_STEPS: &str = "engine, authorise, then commit";
const BARE: &str = "bare HTTP server";
const DOOR: &str = "HTTP, one charge a request";

fn in_process(dir: &Path, callers: usize) -> Result<Vec<Row>> {
    let raw = |_: usize| {
        let raw = raw_limit(dir, callers, LENGTH)?;
        let (calls_per_s, p50_us, p99_us) = (raw.appends_per_s, raw.p50_us, raw.p99_us);
        Ok(Driven { calls_per_s, calls: 0, calls_total: 0, p50_us, p99_us })
    };
    // Once each, the journal is opened again and the sums are taken from what comes back.
    let engine = |accounts, steps| {
        move |round| engine::charge(dir, Scene { accounts, steps }, callers, LENGTH, round == 0)
    };
    let (spread, hot) = (engine(ACCOUNTS, Steps::One), engine(1, Steps::One));
    let two_steps = engine(ACCOUNTS, Steps::Two);
    take_turns(callers, &[(RAW, &raw), (SPREAD, &spread), (HOT, &hot), (TWO_STEPS, &two_steps)])
}

fn over_http(dir: &Path) -> Result<Vec<Row>> {
    let bare = |_: usize| http::bare_server(HTTP_CONNECTIONS, LENGTH);
    let door = |_: usize| http::charging_door(dir, HTTP_CONNECTIONS, LENGTH);
    take_turns(HTTP_CONNECTIONS, &[(BARE, &bare), (DOOR, &door)])
}

/// PostgreSQL's best run and its version, if it is installed.
fn postgres(dir: &Path) -> Result<Option<(String, Measured<PostgresRun>)>> {
    let Some(mut server) = Postgres::start(dir)? else { return Ok(None) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut version = String::new();
    let best = undisturbed(
        "PostgreSQL",
        ATTEMPTS,
        |run: &PostgresRun| Some(run.p50_us),
        || {
            let result = runtime.block_on(server.measure(&CONNECTIONS, false, POSTGRES_LENGTH))?;
            let Some(best) = result.best() else { bail!("PostgreSQL was not measured") };
            version = result.version;
            Ok(best)
        },
    )?;
    Ok(Some((version, best)))
}

fn report(rows: &[Row], postgres: Option<&(String, Measured<PostgresRun>)>) {
    turns::print(rows);
    if let Some((version, best)) = postgres {
        let run = best.value;
        line(run.connections, &format!("PostgreSQL {version}"), run.charges_per_s, run.p50_us, run.p99_us);
    }
    println!();
    let postgres_spoiled = postgres
        .filter(|(_, best)| best.disturbance.is_spoiled())
        .map(|(_, best)| ("PostgreSQL", best.value.connections, best.disturbance));
    turns::print_spoiled(turns::spoiled(rows).chain(postgres_spoiled));
    let of = |name, callers| rows.iter().find(|row| row.name == name && row.callers == callers);
    if let (Some(raw), Some(spread), Some(hot)) = (of(RAW, 1024), of(SPREAD, 1024), of(HOT, 1024)) {
        println!("RATIO charge_1024_vs_raw {:.2} {OF_RAW_TARGET}", spread.times(raw));
        println!("RATIO charge_hot_vs_spread {:.2} {HOT_TARGET}", hot.times(spread));
    }
    if let Some((_, best)) = postgres {
        for (callers, target) in OF_POSTGRES_TARGETS {
            let Some(spread) = of(SPREAD, callers) else { continue };
            let times = spread.per_s() / best.value.charges_per_s;
            println!("RATIO charge_{callers}_vs_postgres {times:.1} {target:.0}");
        }
    }
    if let (Some(bare), Some(door)) = (of(BARE, HTTP_CONNECTIONS), of(DOOR, HTTP_CONNECTIONS)) {
        println!("RATIO charge_http_vs_bare {:.2} {OF_BARE_TARGET}", door.times(bare));
    }
}
