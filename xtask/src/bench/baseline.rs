//! PostgreSQL beside a benchmark: its best number of connections, and the ratios to it.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};

use super::drive::Driven;
use super::engine::{self, Scene, Steps};
use super::postgres::Postgres;
use super::quiet::{Disturbance, Measured, undisturbed};
use super::transactions::{Form, PostgresRun, Spread};
use super::turns::line;

/// The best number of connections is looked for among these.
const CONNECTIONS: [usize; 4] = [8, 16, 32, 64];
/// How often it is measured at most, if the machine is busy.
const ATTEMPTS: usize = 4;
/// How many times as fast as PostgreSQL's best, by callers.
const TARGETS: [(usize, f64); 2] = [(1024, 80.0), (64, 12.0)];
/// The journal in PostgreSQL beside a transaction for each charge there, and the same with one hot account.
const JOURNAL_TARGETS: [(&str, f64); 2] = [("journal", 50.0), ("hot_journal", 300.0)];
/// The journal on three servers of which two must have it, beside the one on a single server.
const QUORUM_TARGET: f64 = 0.5;
const JOURNAL_CALLERS: usize = 1024;
const LENGTH: Duration = Duration::from_secs(4);
/// How a charge is written, and whom charges are for.
const FORMS: [(&str, Form, Spread); 4] = [
    ("PostgreSQL, a transaction", Form::Steps, Spread::All),
    ("the same, one account", Form::Steps, Spread::One),
    ("PostgreSQL, a statement", Form::Statement, Spread::All),
    ("the same, one account", Form::Statement, Spread::One),
];
const JOURNAL: &str = "journal in PostgreSQL";
const HOT_JOURNAL: &str = "the same, one account";
const QUORUM: &str = "the same, on two of three";
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
    /// The best run of each of [`FORMS`].
    best: Vec<Measured<PostgresRun>>,
    /// The engine with its journal there: charges spread over accounts, all to one, and spread again with standbys.
    journals: [Measured<Driven>; 3],
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
        let (mut version, mut best) = (String::new(), Vec::new());
        for (name, form, spread) in FORMS {
            let median = |run: &PostgresRun| Some(run.p50_us);
            best.push(undisturbed(name, ATTEMPTS, median, || {
                let result = runtime.block_on(server.measure(&CONNECTIONS, (form, spread), LENGTH))?;
                let Some(best) = result.best() else { bail!("PostgreSQL was not measured") };
                version = result.version;
                Ok(best)
            })?);
        }
        let (single, hot) = (journal(dir, &server, JOURNAL, 1000)?, journal(dir, &server, HOT_JOURNAL, 1)?);
        drop(server);
        let Some(mut quorum) = Postgres::start_quorum(dir)? else { return Ok(Baseline::Missing) };
        quorum.wait_for_standbys(&runtime)?;
        let journals = [single, hot, journal(dir, &quorum, QUORUM, 1000)?];
        Ok(Baseline::Measured(Box::new(Figures { version, best, journals })))
    }

    /// Its lines of the table.
    pub fn print(&self) {
        let Baseline::Measured(figures) = self else { return };
        for ((name, ..), run) in FORMS.iter().zip(&figures.best) {
            let run = run.value;
            line(run.connections, name, run.charges_per_s, run.p50_us, run.p99_us);
        }
        for (driven, name) in figures.journals.iter().zip([JOURNAL, HOT_JOURNAL, QUORUM]) {
            let driven = driven.value;
            line(JOURNAL_CALLERS, name, driven.calls_per_s, driven.p50_us, driven.p99_us);
        }
        println!("PostgreSQL {}", figures.version);
    }

    /// What no attempt escaped.
    pub fn spoiled(&self) -> Vec<(&'static str, usize, Disturbance)> {
        let Baseline::Measured(figures) = self else { return Vec::new() };
        let forms = FORMS.iter().zip(&figures.best);
        let forms = forms.map(|((name, ..), run)| (*name, run.value.connections, run.disturbance));
        let journals = figures.journals.iter().zip([JOURNAL, HOT_JOURNAL, QUORUM]);
        let journals = journals.map(|(driven, name)| (name, JOURNAL_CALLERS, driven.disturbance));
        forms.chain(journals).filter(|(.., disturbance)| disturbance.is_spoiled()).collect()
    }

    /// Prints how many times as fast as its transactions the journal in it is.
    pub fn print_journal_ratios(&self) {
        let Baseline::Measured(figures) = self else { return };
        let [journal, hot, quorum] = figures.journals.each_ref().map(|measured| measured.value.calls_per_s);
        let best: Vec<f64> = figures.best.iter().map(|measured| measured.value.charges_per_s).collect();
        let [steps, hot_steps, statement, hot_statement] = best[..] else { return };
        for ((name, target), times) in JOURNAL_TARGETS.into_iter().zip([journal / steps, hot / hot_steps]) {
            println!("RATIO charge_postgres_{name}_vs_transactions {times:.1} {target:.0}");
        }
        println!("RATIO charge_postgres_quorum_vs_single {:.2} {QUORUM_TARGET}", quorum / journal);
        println!(
            "(beside a single statement for each charge: {:.1} times as fast, and {:.1} with one account)",
            journal / statement,
            hot / hot_statement
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
                Baseline::Measured(figures) => format!("{:.1}", per_s / figures.fastest()),
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

impl Figures {
    /// The most charges a second that it made in any form.
    fn fastest(&self) -> f64 {
        self.best.iter().map(|run| run.value.charges_per_s).fold(0.0, f64::max)
    }
}

/// The engine, with a journal of its own there.
fn journal(dir: &Path, server: &Postgres, name: &str, accounts: u64) -> Result<Measured<Driven>> {
    let median = |driven: &Driven| Some(driven.p50_us);
    undisturbed(name, ATTEMPTS, median, || {
        let scene = Scene { accounts, steps: Steps::One, database: Some(server.next_journal()) };
        engine::charge(dir, scene, JOURNAL_CALLERS, LENGTH, true)
    })
}
