//! `bench-raw [--without-postgres] [FOLDER]`: what the disk allows, what the journal makes of it, and PostgreSQL beside
//! them.
//!
//! Nothing is charged here. It shows how much room there is above the figures of a real charge: no charge
//! can be faster than the journal, and no journal faster than the raw limit.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::bench::baseline::Baseline;
use crate::bench::drive::Driven;
use crate::bench::folder;
use crate::bench::journal::group_commit;
use crate::bench::quiet::{Measured, undisturbed};
use crate::bench::raw::{RawResult, raw_limit};
use crate::bench::turns::{line, print_heading, print_spoiled};

const CALLERS: [usize; 3] = [1, 64, 1024];
const LENGTH: Duration = Duration::from_secs(4);
/// How often something is measured at most, if the machine is busy.
const ATTEMPTS: usize = 4;

/// The least share of the raw limit at 1,024 callers.
const OF_RAW_TARGET: f64 = 0.6;

const USAGE: &str = "bench-raw [--without-postgres] [FOLDER]";

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
/// If the folder cannot be written, the disk fails, sums are wrong, or PostgreSQL is missing and was not left out.
pub fn run(args: &[String]) -> Result<(), Box<dyn Error>> {
    let mut args: Vec<&str> = args.iter().map(String::as_str).collect();
    let without_postgres = Baseline::is_left_out(&mut args);
    let dir = folder(&args, USAGE)?;
    let rows = CALLERS.iter().map(|&callers| measure(&dir, callers)).collect::<Result<Vec<Row>>>()?;
    let postgres = Baseline::measure(&dir, without_postgres)?;
    Ok(report(&rows, &postgres)?)
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

fn report(rows: &[Row], postgres: &Baseline) -> Result<()> {
    print_heading();
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
    postgres.print();
    println!();
    let spoiled = rows
        .iter()
        .flat_map(|row| {
            [
                ("raw limit", row.callers, row.raw.disturbance),
                ("journal", row.callers, row.journal.disturbance),
            ]
        })
        .filter(|(_, _, disturbance)| disturbance.is_spoiled())
        .chain(postgres.spoiled());
    print_spoiled(spoiled);
    for row in rows {
        let share = row.journal.value.calls_per_s / row.raw.value.appends_per_s;
        println!("RATIO journal_{}_vs_raw {share:.2} {OF_RAW_TARGET}", row.callers);
    }
    postgres.print_ratios("journal", |callers| {
        rows.iter().find(|row| row.callers == callers).map(|row| row.journal.value.calls_per_s)
    })
}
