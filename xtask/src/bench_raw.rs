//! `bench-raw [FOLDER]`: what the disk allows, what the journal makes of it, and PostgreSQL beside them.
//!
//! Nothing is charged here. It shows how much room there is above the figures of a real charge: no charge
//! can be faster than the journal, and no journal faster than the raw limit.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::bench::drive::Driven;
use crate::bench::journal::group_commit;
use crate::bench::postgres::{Postgres, PostgresRun};
use crate::bench::quiet::{Measured, undisturbed};
use crate::bench::raw::{RawResult, raw_limit};

const CALLERS: [usize; 3] = [1, 64, 1024];
/// PostgreSQL's best number of connections is looked for among these.
const CONNECTIONS: [usize; 4] = [8, 16, 32, 64];
const LENGTH: Duration = Duration::from_secs(4);
/// How often something is measured at most, if the machine is busy.
const ATTEMPTS: usize = 4;

/// The least share of the raw limit at 1,024 callers.
const OF_RAW_TARGET: f64 = 0.6;
/// How many times as fast as PostgreSQL, at 64 and at 1,024 callers.
const OF_POSTGRES_TARGETS: [(usize, f64); 2] = [(64, 12.0), (1024, 80.0)];

/// One number of callers.
struct Row {
    callers: usize,
    raw: Measured<RawResult>,
    journal: Measured<Driven>,
}

/// Runs the benchmark.
///
/// # Errors
///
/// If the folder cannot be written, the disk fails, or sums are wrong.
pub fn run(args: &[String]) -> Result<(), Box<dyn Error>> {
    let dir = match args {
        [] => PathBuf::from(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
            .join("bench"),
        [folder] => PathBuf::from(folder),
        _ => return Err("usage: bench-raw [FOLDER]".into()),
    };
    fs::create_dir_all(&dir).with_context(|| format!("creating {}", dir.display()))?;
    let dir = dir.canonicalize()?;
    println!("on the disk of {}\n", dir.display());
    let rows = CALLERS.iter().map(|&callers| measure(&dir, callers)).collect::<Result<Vec<Row>>>()?;
    let postgres = postgres(&dir)?;
    report(&rows, postgres.as_ref());
    Ok(())
}

fn measure(dir: &Path, callers: usize) -> Result<Row> {
    let raw = undisturbed(
        &format!("raw limit, {callers} callers"),
        ATTEMPTS,
        |result: &RawResult| Some(result.p50_us),
        || raw_limit(dir, callers, LENGTH),
    )?;
    let journal = undisturbed(
        &format!("journal, {callers} callers"),
        ATTEMPTS,
        |driven: &Driven| Some(driven.p50_us),
        || group_commit(dir, callers, LENGTH),
    )?;
    Ok(Row { callers, raw, journal })
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
            let result = runtime.block_on(server.measure(&CONNECTIONS, false, LENGTH))?;
            let Some(best) = result.best() else { bail!("PostgreSQL was not measured") };
            version = result.version;
            Ok(best)
        },
    )?;
    Ok(Some((version, best)))
}

fn report(rows: &[Row], postgres: Option<&(String, Measured<PostgresRun>)>) {
    println!("{:>7}  {:32}{:>12}  {:>9}  {:>9}", "callers", "", "per second", "p50 us", "p99 us");
    for row in rows {
        let writer =
            if row.raw.value.waited_for_all { "waits for every caller" } else { "takes what is there" };
        let raw = row.raw.value;
        line(row.callers, &format!("raw limit ({writer})"), raw.appends_per_s, raw.p50_us, raw.p99_us);
        let journal = row.journal.value;
        line(
            row.callers,
            &format!("journal ({} calls)", journal.calls),
            journal.calls_per_s,
            journal.p50_us,
            journal.p99_us,
        );
    }
    if let Some((version, best)) = postgres {
        let run = best.value;
        line(run.connections, &format!("PostgreSQL {version}"), run.charges_per_s, run.p50_us, run.p99_us);
    }
    println!();
    let spoiled = rows
        .iter()
        .flat_map(|row| {
            [
                ("raw limit", row.callers, row.raw.disturbance),
                ("journal", row.callers, row.journal.disturbance),
            ]
        })
        .chain(postgres.map(|(_, best)| ("PostgreSQL", best.value.connections, best.disturbance)))
        .filter(|(_, _, disturbance)| disturbance.is_spoiled());
    for (name, callers, disturbance) in spoiled {
        println!("{name}, {callers} callers: never undisturbed ({disturbance}); its figures suffer");
    }
    for row in rows {
        let share = row.journal.value.calls_per_s / row.raw.value.appends_per_s;
        println!("RATIO journal_{}_vs_raw {share:.2} {OF_RAW_TARGET}", row.callers);
    }
    let Some((_, best)) = postgres else { return };
    for (callers, target) in OF_POSTGRES_TARGETS {
        for row in rows.iter().filter(|row| row.callers == callers) {
            let times = row.journal.value.calls_per_s / best.value.charges_per_s;
            println!("RATIO journal_{callers}_vs_postgres {times:.1} {target:.0}");
        }
    }
}

fn line(callers: usize, name: &str, per_s: f64, p50_us: f64, p99_us: f64) {
    println!("{callers:>7}  {name:32}{per_s:>12.0}  {p50_us:>9.0}  {p99_us:>9.0}");
}
