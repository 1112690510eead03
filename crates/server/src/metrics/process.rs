//! What every process can tell of itself, under the names that Prometheus' own clients give it.

use std::sync::atomic::AtomicU64;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use rustix::param::{clock_ticks_per_second, page_size};

/// Where `utime` and `rss` stand behind the name in `/proc/self/stat` (proc_pid_stat(5)).
const UTIME: usize = 11;
const STIME: usize = 12;
const THREADS: usize = 17;
const STARTTIME: usize = 19;
const RSS: usize = 21;

#[allow(clippy::cast_precision_loss, reason = "figures to look at")]
pub(super) fn register(registry: &mut Registry) {
    // What cannot be read is not told.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> =
        stat.rsplit_once(')').map(|(_, rest)| rest.split_ascii_whitespace().collect()).unwrap_or_default();
    let field = |at: usize| fields.get(at)?.parse::<u64>().ok();
    let mut gauge = |name: &str, help: &str, unit: Option<Unit>, value: Option<f64>| {
        let Some(value) = value else { return };
        let gauge: Gauge<f64, AtomicU64> = Gauge::default();
        gauge.set(value);
        match unit {
            Some(unit) => registry.register_with_unit(name, help, unit, gauge),
            None => registry.register(name, help, gauge),
        }
    };
    let resident = field(RSS).map(|pages| pages as f64 * page_size() as f64);
    gauge("process_resident_memory", "Resident memory", Some(Unit::Bytes), resident);
    gauge("process_threads", "Threads", None, field(THREADS).map(|threads| threads as f64));
    let open = std::fs::read_dir("/proc/self/fd").ok().map(|files| files.count() as f64);
    gauge("process_open_fds", "Open file descriptors", None, open);
    let started = field(STARTTIME).zip(booted_at_s());
    let started = started.map(|(ticks, boot)| boot + ticks as f64 / clock_ticks_per_second() as f64);
    gauge(
        "process_start_time",
        "When the process was started, since the epoch",
        Some(Unit::Seconds),
        started,
    );
    let ticks = field(UTIME).zip(field(STIME)).map(|(user, system)| user + system);
    if let Some(ticks) = ticks {
        let cpu_s: Counter<f64, AtomicU64> = Counter::default();
        cpu_s.inc_by(ticks as f64 / clock_ticks_per_second() as f64);
        registry.register_with_unit("process_cpu", "Processor time", Unit::Seconds, cpu_s);
    }
}

/// When the machine was started (proc_stat(5)).
fn booted_at_s() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}
