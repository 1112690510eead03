//! PostgreSQL beside a benchmark: its best number of connections, and the ratios to it.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};

use super::drive::Driven;
use super::engine::{self, Scene, Steps};
use super::postgres::{Postgres, PostgresRun};
use super::quiet::{Disturbance, Measured, undisturbed};
use super::turns::line;

/// The best number of connections is looked for among these.
const CONNECTIONS: [usize; 4] = [8, 16, 32, 64];
/// How often it is measured at most, if the machine is busy.
const ATTEMPTS: usize = 4;
/// How many times as fast as PostgreSQL, by callers.
const TARGETS: [(usize, f64); 2] = [(1024, 80.0), (64, 12.0)];
/// The journal in PostgreSQL beside one transaction for each charge there, and the same with one hot account.
const JOURNAL_TARGET: f64 = 50.0;
const HOT_JOURNAL_TARGET: f64 = 300.0;
const JOURNAL_CALLERS: usize = 1024;
const TRANSACTIONS: &str = "PostgreSQL";
const HOT_TRANSACTIONS: &str = "PostgreSQL, one account";
const JOURNAL: &str = "journal in PostgreSQL";
const HOT_JOURNAL: &str = "journal in PostgreSQL, one account";
const LENGTH: Duration = Duration::from_secs(4);
/// What leaves it out.
pub const WITHOUT: &str = "--without-postgres";

/// PostgreSQL, as one asked for it.
pub enum Baseline {
    /// It was measured.
    Measured(Box<Figures>),
    /// It is not installed.
    Missing,
    /// It was not asked for.
    LeftOut,
}

/// What was measured of it.
pub struct Figures {
    /// Its version.
    version: String,
    /// Its best run.
    best: Measured<PostgresRun>,
    /// The same with one hot account.
    hot: Measured<PostgresRun>,
    /// The engine with its journal there, charges spread over accounts and all to one.
    journals: [Measured<Driven>; 2],
}

impl Baseline {
    /// Takes [`WITHOUT`] out of the arguments of a benchmark.
    pub fn is_left_out(args: &mut Vec<&str>) -> bool {
        let before = args.len();
        args.retain(|arg| *arg != WITHOUT);
        args.len() < before
    }

    /// Measures it, if it is installed and was not left out.
    ///
    /// # Errors
    ///
    /// If it is installed and fails, or its sums are wrong.
    pub fn measure(dir: &Path, is_left_out: bool) -> Result<Baseline> {
        if is_left_out {
            return Ok(Baseline::LeftOut);
        }
        let Some(mut server) = Postgres::start(dir)? else { return Ok(Baseline::Missing) };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut version = String::new();
        let mut best = |name: &str, is_hot| {
            undisturbed(
                name,
                ATTEMPTS,
                |run: &PostgresRun| Some(run.p50_us),
                || {
                    let result = runtime.block_on(server.measure(&CONNECTIONS, is_hot, LENGTH))?;
                    let Some(best) = result.best() else { bail!("PostgreSQL was not measured") };
                    version = result.version;
                    Ok(best)
                },
            )
        };
        let (best, hot) = (best(TRANSACTIONS, false)?, best(HOT_TRANSACTIONS, true)?);
        let mut shard = 0;
        let mut journal = |name: &str, accounts| {
            undisturbed(
                name,
                ATTEMPTS,
                |driven: &Driven| Some(driven.p50_us),
                || {
                    shard += 1;
                    let scene = Scene { accounts, steps: Steps::One, database: Some(server.journal(shard)) };
                    engine::charge(dir, scene, JOURNAL_CALLERS, LENGTH, true)
                },
            )
        };
        let journals = [journal(JOURNAL, 1000)?, journal(HOT_JOURNAL, 1)?];
        Ok(Baseline::Measured(Box::new(Figures { version, best, hot, journals })))
    }

    /// Its lines of the table.
    pub fn print(&self) {
        let Baseline::Measured(figures) = self else { return };
        let Figures { version, best, hot, journals } = &**figures;
        for (run, of) in [(best.value, TRANSACTIONS), (hot.value, HOT_TRANSACTIONS)] {
            let name = format!("{of} {version}");
            line(run.connections, &name, run.charges_per_s, run.p50_us, run.p99_us);
        }
        for (driven, of) in journals.iter().map(|measured| measured.value).zip([JOURNAL, HOT_JOURNAL]) {
            line(JOURNAL_CALLERS, of, driven.calls_per_s, driven.p50_us, driven.p99_us);
        }
    }

    /// What no attempt escaped.
    pub fn spoiled(&self) -> Vec<(&'static str, usize, Disturbance)> {
        let Baseline::Measured(figures) = self else { return Vec::new() };
        let Figures { best, hot, journals: [journal, hot_journal], .. } = &**figures;
        let all = [
            (TRANSACTIONS, best.value.connections, best.disturbance),
            (HOT_TRANSACTIONS, hot.value.connections, hot.disturbance),
            (JOURNAL, JOURNAL_CALLERS, journal.disturbance),
            (HOT_JOURNAL, JOURNAL_CALLERS, hot_journal.disturbance),
        ];
        all.into_iter().filter(|(.., disturbance)| disturbance.is_spoiled()).collect()
    }

    /// Prints how many times as fast as its transactions the journal in it is.
    pub fn print_journal_ratios(&self) {
        let Baseline::Measured(figures) = self else { return };
        let Figures { best, hot, journals, .. } = &**figures;
        let [journal, hot_journal] = journals.each_ref().map(|measured| measured.value.calls_per_s);
        let (best, hot) = (best.value.charges_per_s, hot.value.charges_per_s);
        println!("RATIO charge_postgres_journal_vs_transactions {:.1} {JOURNAL_TARGET:.0}", journal / best);
        println!(
            "RATIO charge_postgres_hot_journal_vs_transactions {:.1} {HOT_JOURNAL_TARGET:.0}",
            hot_journal / hot
        );
    }

    /// Prints the ratios to it. `per_s` gives our figure by callers, where there is one.
    ///
    /// # Errors
    ///
    /// If it is not installed: a ratio that is missing has not been reached.
    pub fn print_ratios(&self, name: &str, per_s: impl Fn(usize) -> Option<f64>) -> Result<()> {
        for (callers, target) in TARGETS {
            let Some(per_s) = per_s(callers) else { continue };
            let value = match self {
                Baseline::Measured(figures) => format!("{:.1}", per_s / figures.best.value.charges_per_s),
                Baseline::Missing => "missing".to_owned(),
                Baseline::LeftOut => continue,
            };
            println!("RATIO {name}_{callers}_vs_postgres {value} {target:.0}");
        }
        if let Baseline::Missing = self {
            bail!("PostgreSQL is not installed, so nothing was compared with it; {WITHOUT} leaves it out");
        }
        Ok(())
    }
}
