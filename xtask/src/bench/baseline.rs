//! PostgreSQL beside a benchmark: its best number of connections, and the ratios to it.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};

use super::postgres::{Postgres, PostgresRun};
use super::quiet::{Disturbance, Measured, undisturbed};
use super::turns::line;

/// The best number of connections is looked for among these.
const CONNECTIONS: [usize; 4] = [8, 16, 32, 64];
/// How often it is measured at most, if the machine is busy.
const ATTEMPTS: usize = 4;
/// How many times as fast as PostgreSQL, by callers.
const TARGETS: [(usize, f64); 2] = [(1024, 80.0), (64, 12.0)];
const LENGTH: Duration = Duration::from_secs(4);
/// What leaves it out.
pub const WITHOUT: &str = "--without-postgres";

/// PostgreSQL, as one asked for it.
pub enum Baseline {
    /// It was measured.
    Measured {
        /// Its version.
        version: String,
        /// Its best run.
        best: Measured<PostgresRun>,
    },
    /// It is not installed.
    Missing,
    /// It was not asked for.
    LeftOut,
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
        Ok(Baseline::Measured { version, best })
    }

    /// Its line of the table.
    pub fn print(&self) {
        if let Baseline::Measured { version, best } = self {
            let run = best.value;
            let name = format!("PostgreSQL {version}");
            line(run.connections, &name, run.charges_per_s, run.p50_us, run.p99_us);
        }
    }

    /// What no attempt escaped.
    pub fn spoiled(&self) -> Option<(&'static str, usize, Disturbance)> {
        match self {
            Baseline::Measured { best, .. } if best.disturbance.is_spoiled() => {
                Some(("PostgreSQL", best.value.connections, best.disturbance))
            }
            _ => None,
        }
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
                Baseline::Measured { best, .. } => format!("{:.1}", per_s / best.value.charges_per_s),
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
