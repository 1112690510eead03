//! Was the machine ours while we measured?
//!
//! On a machine with few cores somebody else's compiler turns a sync of 0.15 ms into a scheduler tick
//! of 4 ms, and the figure says nothing about us. So each run is watched: how much of the processor
//! time went to processes that are not ours, how much the hypervisor took away, and whether the median
//! latency sits on a multiple of the tick. A spoiled run is repeated, up to a bound, and if none was
//! quiet the least disturbed one is reported together with what disturbed it.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// Above this share of all processor time used by others, a run is spoiled.
const FOREIGN_LIMIT: f64 = 0.08;
/// Above this share taken by the hypervisor, a run is spoiled.
const STOLEN_LIMIT: f64 = 0.03;
/// The scheduler's tick at 250 Hz.
const TICK_US: f64 = 4000.0;

/// What disturbed a run, as shares of the processor time of all cores.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Disturbance {
    /// Used by processes other than this one and its descendants, and by the kernel for them.
    pub foreign: f64,
    /// Taken by the hypervisor.
    pub stolen: f64,
    /// The median latency that lies on a multiple of the scheduler's tick, if it does.
    pub on_tick_us: Option<f64>,
}

impl Disturbance {
    /// Whether a figure measured under it should not be used.
    pub fn is_spoiled(&self) -> bool {
        self.foreign > FOREIGN_LIMIT || self.stolen > STOLEN_LIMIT || self.on_tick_us.is_some()
    }

    fn weight(&self) -> f64 {
        self.foreign + self.stolen + if self.on_tick_us.is_some() { 1.0 } else { 0.0 }
    }
}

impl std::fmt::Display for Disturbance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "others used {:.0} % of the processors", self.foreign * 100.0)?;
        if self.stolen > 0.0 {
            write!(f, ", the hypervisor took {:.0} %", self.stolen * 100.0)?;
        }
        if let Some(median) = self.on_tick_us {
            write!(f, ", the median of {median:.0} us is a scheduler tick")?;
        }
        Ok(())
    }
}

/// A figure and how it was come by.
#[derive(Debug, Clone)]
pub struct Measured<T> {
    /// The figure of the quietest run.
    pub value: T,
    /// How often it was measured.
    pub runs: usize,
    /// What disturbed that run; [`Disturbance::is_spoiled`] if no run was quiet.
    pub disturbance: Disturbance,
}

/// Measures until a run was quiet, at most `most_runs` times, with a pause that grows between the runs.
/// `median_us` gives the median latency of a result, if it has one. Says on standard error when it
/// repeats, and when it gives up.
///
/// # Errors
///
/// Those of `run`, or if `/proc` cannot be read.
pub fn undisturbed<T>(
    name: &str,
    most_runs: usize,
    median_us: impl Fn(&T) -> Option<f64>,
    run: impl FnMut() -> Result<T>,
) -> Result<Measured<T>> {
    let pause = |runs: usize| std::thread::sleep(Duration::from_millis(500 * runs as u64));
    repeat(name, most_runs, median_us, run, pause)
}

fn repeat<T>(
    name: &str,
    most_runs: usize,
    median_us: impl Fn(&T) -> Option<f64>,
    mut run: impl FnMut() -> Result<T>,
    pause: impl Fn(usize),
) -> Result<Measured<T>> {
    let mut best: Option<Measured<T>> = None;
    let mut runs = 0;
    loop {
        let before = Usage::now()?;
        let value = run()?;
        runs += 1;
        let disturbance = before.until_now(median_us(&value))?;
        if best.as_ref().is_none_or(|best| disturbance.weight() < best.disturbance.weight()) {
            best = Some(Measured { value, runs, disturbance });
        }
        if !disturbance.is_spoiled() {
            break;
        }
        if runs >= most_runs {
            eprintln!("{name}: no quiet run in {runs}; the least disturbed counts");
            break;
        }
        eprintln!("{name}: run {runs} is spoiled ({disturbance}); again");
        pause(runs);
    }
    let mut best = best.context("nothing was measured")?;
    best.runs = runs;
    Ok(best)
}

/// Processor time used so far, in clock ticks.
struct Usage {
    /// Busy time of all cores, the hypervisor's not included.
    busy: u64,
    stolen: u64,
    total: u64,
    family: Family,
}

/// The processes that are ours, with the time each has used.
type Family = HashMap<u32, u64>;

impl Usage {
    fn now() -> Result<Self> {
        let stat = fs::read_to_string("/proc/stat").context("reading /proc/stat")?;
        let cpu = parse_cpu(&stat).context("/proc/stat has no line for all processors")?;
        Ok(Self { family: family()?, ..cpu })
    }

    fn until_now(&self, median_us: Option<f64>) -> Result<Disturbance> {
        let now = Self::now()?;
        let total = now.total.saturating_sub(self.total).max(1) as f64;
        // Of a process that ended in between, what it used is in the account of the
        // parent that waited for it.
        let ours: u64 = now
            .family
            .iter()
            .map(|(process, used)| used.saturating_sub(self.family.get(process).copied().unwrap_or(0)))
            .sum();
        let busy = now.busy.saturating_sub(self.busy);
        Ok(Disturbance {
            foreign: busy.saturating_sub(ours) as f64 / total,
            stolen: now.stolen.saturating_sub(self.stolen) as f64 / total,
            on_tick_us: median_us.filter(|&median| is_on_tick(median)),
        })
    }
}

fn is_on_tick(median_us: f64) -> bool {
    (1..=4).any(|ticks| (median_us / (f64::from(ticks) * TICK_US) - 1.0).abs() < 0.03)
}

/// The first line: user nice system idle iowait irq softirq steal guest guest_nice.
fn parse_cpu(stat: &str) -> Option<Usage> {
    let line = stat.lines().find(|line| line.starts_with("cpu "))?;
    let ticks: Vec<u64> = line.split_whitespace().skip(1).map_while(|word| word.parse().ok()).collect();
    let at = |index: usize| ticks.get(index).copied().unwrap_or(0);
    // Guest time is part of user time.
    let total = ticks.iter().take(8).sum();
    let idle = at(3) + at(4);
    Some(Usage { busy: total - idle - at(7), stolen: at(7), total, family: Family::new() })
}

/// This process and its descendants, with what they and their ended children used.
fn family() -> Result<Family> {
    let mut parents = HashMap::new();
    let mut used = HashMap::new();
    for entry in fs::read_dir("/proc").context("listing /proc")? {
        let name = entry?.file_name();
        let Some(process) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        // A process may end while we look.
        let Ok(stat) = fs::read_to_string(format!("/proc/{process}/stat")) else { continue };
        if let Some((parent, ticks)) = parse_process(&stat) {
            parents.insert(process, parent);
            used.insert(process, ticks);
        }
    }
    let us = std::process::id();
    let is_ours = |&process: &u32| {
        let mut ancestor = process;
        for _ in 0..64 {
            if ancestor == us {
                return true;
            }
            match parents.get(&ancestor) {
                Some(&parent) => ancestor = parent,
                None => return false,
            }
        }
        false
    };
    Ok(used.into_iter().filter(|(process, _)| is_ours(process)).collect())
}

/// Parent and time used (user, system, and those of ended children) from `/proc/<pid>/stat`.
fn parse_process(stat: &str) -> Option<(u32, u64)> {
    // The name, in parentheses, may hold anything.
    let fields: Vec<&str> = stat[stat.rfind(')')? + 1..].split_whitespace().collect();
    let parent = fields.get(1)?.parse().ok()?;
    let mut ticks = 0;
    for index in 11..15 {
        ticks += fields.get(index)?.parse::<u64>().ok()?;
    }
    Some((parent, ticks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accounts_of_the_kernel_are_read() {
        let usage = parse_cpu("cpu  100 5 50 800 40 3 2 10 7 0\ncpu0 1 2 3\n").unwrap();
        assert_eq!((usage.busy, usage.stolen, usage.total), (160, 10, 1010));
        let stat = "12 (a) name) S 7 12 12 0 -1 0 1 2 3 4 30 10 5 1 20 0 1";
        assert_eq!(parse_process(stat), Some((7, 46)));
        assert!(family().unwrap().contains_key(&std::process::id()));
    }

    #[test]
    fn ticks_are_recognised() {
        assert!([3990.0, 4010.0, 8000.0, 12_100.0].into_iter().all(is_on_tick));
        assert!(![150.0, 3700.0, 5000.0, 9000.0, f64::NAN].into_iter().any(is_on_tick));
    }

    #[test]
    fn a_spoiled_run_is_repeated_and_the_quietest_counts() {
        let mut medians = [8000.0, 4000.0, 4000.0].into_iter();
        let mut given = Vec::new();
        let run = || {
            let median = medians.next().unwrap();
            given.push(median);
            Ok(median)
        };
        let measured = repeat("test", 3, |median| Some(*median), run, |_| ());
        let measured = measured.unwrap();
        assert_eq!((measured.runs, given.len()), (3, 3));
        assert!(measured.disturbance.is_spoiled());
        assert_eq!(measured.disturbance.on_tick_us, Some(measured.value));
    }
}
