//! Callers: tasks on one thread, each with one call under way at any time.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// How a number of callers fared.
#[derive(Debug, Clone, Copy)]
pub struct Driven {
    /// Calls answered per second.
    pub calls_per_s: f64,
    /// Calls answered while measuring.
    pub calls: u64,
    /// Calls answered in all, warming up and running out included.
    pub calls_total: u64,
    /// Median time from call to answer, in microseconds.
    pub p50_us: f64,
    /// 99th percentile, in microseconds.
    pub p99_us: f64,
    /// What the journal wrote for them, if there was one.
    pub cost: Option<Cost>,
}

/// What a charge costs the journal, opening of accounts included.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// Bytes of its entry, and its share of what every batch has besides.
    pub bytes: f64,
    /// Its share of a sync.
    pub syncs: f64,
}

const WARMING: u8 = 0;
const MEASURING: u8 = 1;
const OVER: u8 = 2;
/// One call of so many is timed: reading the clock costs as much as a call's share of a batch.
const TIMED_ONE_IN: u64 = 8;

/// Lets `callers` tasks on one tokio thread (this one) call again and again for `length`, after a fifth
/// of that to warm up. `call` is given the caller's number and the number of the call.
///
/// # Errors
///
/// The first error of a call, or if the runtime cannot be built.
pub fn drive<F, Fut>(callers: usize, length: Duration, call: F) -> Result<Driven>
where
    F: Fn(usize, u64) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<()>> + Send,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("building the callers' runtime")?;
    let call = Arc::new(call);
    let phase = Arc::new(AtomicU8::new(WARMING));
    let total = Arc::new(AtomicU64::new(0));
    runtime.block_on(async {
        let tasks: Vec<_> = (0..callers)
            .map(|caller| {
                let (call, phase, total) = (Arc::clone(&call), Arc::clone(&phase), Arc::clone(&total));
                tokio::spawn(async move { one_caller(caller, &*call, &phase, &total).await })
            })
            .collect();
        tokio::time::sleep(length / 5).await;
        phase.store(MEASURING, Ordering::Relaxed);
        let start = Instant::now();
        tokio::time::sleep(length).await;
        phase.store(OVER, Ordering::Relaxed);
        let elapsed = start.elapsed();
        let mut calls = 0;
        let mut latencies = Vec::new();
        for task in tasks {
            let (measured, timed) = task.await.context("a caller panicked")??;
            calls += measured;
            latencies.extend(timed);
        }
        latencies.sort_unstable();
        Ok(Driven {
            calls_per_s: calls as f64 / elapsed.as_secs_f64(),
            calls,
            calls_total: total.load(Ordering::Relaxed),
            p50_us: percentile_us(&latencies, 50),
            p99_us: percentile_us(&latencies, 99),
            cost: None,
        })
    })
}

async fn one_caller<F, Fut>(
    caller: usize,
    call: &F,
    phase: &AtomicU8,
    total: &AtomicU64,
) -> Result<(u64, Vec<u32>)>
where
    F: Fn(usize, u64) -> Fut,
    Fut: Future<Output = Result<()>>,
{
    let (mut made, mut measured, mut timed) = (0_u64, 0_u64, Vec::new());
    loop {
        // Spread over the callers, so that at each moment some call is timed.
        let start = (made + caller as u64).is_multiple_of(TIMED_ONE_IN).then(Instant::now);
        call(caller, made).await?;
        made += 1;
        match phase.load(Ordering::Relaxed) {
            WARMING => {}
            MEASURING => {
                measured += 1;
                if let Some(start) = start {
                    timed.push(u32::try_from(start.elapsed().as_nanos()).unwrap_or(u32::MAX));
                }
            }
            _ => {
                total.fetch_add(made, Ordering::Relaxed);
                return Ok((measured, timed));
            }
        }
    }
}

/// A percentile of sorted nanoseconds, in microseconds.
pub fn percentile_us(sorted_ns: &[u32], percent: usize) -> f64 {
    let at = (sorted_ns.len() * percent / 100).min(sorted_ns.len().saturating_sub(1));
    sorted_ns.get(at).map_or(f64::NAN, |&ns| f64::from(ns) / 1000.0)
}
