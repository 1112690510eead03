//! The one place where the wall clock is read.
//!
//! There are two times. *System time* is the machine's: signatures and lock-outs go by it, because the
//! clients at the other end do. *Business time* is what money, standing, validity and tokens go by; it is the
//! system's time too, unless the server runs on a manual clock, which stands still until it is advanced.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use charging::Timestamp;
use clap::ValueEnum;
use rustix::time::{ClockId, clock_gettime};
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

use crate::data_dir::DataDir;

/// The longest length of time that is read, and the furthest that a clock is moved at once.
pub const LONGEST_MS: u64 = 400 * 366 * 86_400_000;

/// Which clock business goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ClockMode {
    /// The machine's clock.
    System,
    /// A clock that starts at the machine's time and moves only by `inkmeter clock advance`.
    Manual,
}

/// Both times.
#[derive(Debug)]
pub struct Clock {
    manual: Option<Manual>,
}

#[derive(Debug)]
struct Manual {
    now_ms: AtomicI64,
    /// The instant it is kept at, which it is on its way to: where the last advance ends.
    kept_ms: AtomicI64,
    /// Calls under way, which time stands still for.
    calls: Arc<RwLock<()>>,
    /// Where the time is kept over a restart.
    path: PathBuf,
}

/// The machine's time in milliseconds since the epoch, as of the kernel's last timer tick: up to 4 ms old, and
/// read eight times as fast as the exact one.
#[allow(clippy::disallowed_methods)]
pub fn system_now_ms() -> i64 {
    let now = clock_gettime(ClockId::RealtimeCoarse);
    now.tv_sec * 1000 + now.tv_nsec / 1_000_000
}

/// The clock was told to move where it cannot.
#[derive(Debug, thiserror::Error)]
pub enum ClockError {
    /// The server runs on the machine's clock.
    #[error("this server runs on the system clock; start it with --clock manual to move time")]
    NotManual,
    /// The new time could not be kept.
    #[error("the clock could not be kept in {}: {source}", path.display())]
    NotKept {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file that keeps the time holds none, or cannot be read.
    #[error(
        "{} says what time it is by the manual clock, and it cannot be read ({detail}). Restore it from a backup; or \
         write into it what time it is, in milliseconds since 1970; or remove it, and a manual clock goes on from the \
         latest entry of the books or the machine's time, whichever is later",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
}

impl Clock {
    /// Starts the clock. A manual one goes on from where the data folder's last one stood, and never before
    /// `latest`, the latest event of the books. The first one stands at the machine's time, and is kept there at once:
    /// a restart does not move it. One that was on its way somewhere stands where the way began, or where the books
    /// are, and has the rest before it: [`Clock::unfinished`].
    ///
    /// # Errors
    /// Where the last one stood cannot be read, or where this one stands cannot be kept.
    pub fn start(mode: ClockMode, data: &Path, latest: Timestamp) -> Result<Clock, ClockError> {
        if mode == ClockMode::System {
            return Ok(Clock { manual: None });
        }
        let path = kept_in(data);
        let kept = kept(&path)?;
        let (from_ms, until_ms) = kept.unwrap_or_else(|| {
            let now_ms = system_now_ms();
            (now_ms, now_ms)
        });
        let now_ms = from_ms.max(latest.ms());
        let until_ms = until_ms.max(now_ms);
        if now_ms == until_ms && kept != Some((now_ms, now_ms)) {
            write(&path, Timestamp::from_ms(now_ms))?;
        }
        let (now_ms, kept_ms) = (AtomicI64::new(now_ms), AtomicI64::new(until_ms));
        Ok(Clock { manual: Some(Manual { now_ms, kept_ms, calls: Arc::default(), path }) })
    }

    /// Business time.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_ms(match &self.manual {
            Some(manual) => manual.now_ms.load(Ordering::SeqCst),
            None => system_now_ms(),
        })
    }

    /// Which clock this is.
    pub fn mode(&self) -> ClockMode {
        if self.manual.is_some() { ClockMode::Manual } else { ClockMode::System }
    }

    /// Keeps a manual clock from being moved while a call is under way: it would run out of its hold, having done
    /// nothing wrong. A system clock waits for nobody.
    pub async fn during_call(&self) -> Option<OwnedRwLockReadGuard<()>> {
        let manual = self.manual.as_ref()?;
        Some(Arc::clone(&manual.calls).read_owned().await)
    }

    /// Waits until no call is under way, and keeps new ones waiting, until what it answers is dropped.
    pub async fn between_calls(&self) -> Option<OwnedRwLockWriteGuard<()>> {
        let manual = self.manual.as_ref()?;
        Some(Arc::clone(&manual.calls).write_owned().await)
    }

    /// Begins to move a manual clock on, between calls, step by step, to an instant so much later; if an advance before
    /// was cut off, no less far than that was to go. Both ends of the way are on the disk before the first step, once
    /// for all of them: wherever the process ends, the way is gone on with at the next start.
    ///
    /// # Errors
    /// A system clock cannot be moved; the new time must be kept on disk first.
    pub fn begin_advance(
        &self,
        between_calls: Option<OwnedRwLockWriteGuard<()>>,
        by_ms: u64,
    ) -> Result<Advance, ClockError> {
        let (Some(manual), Some(alone)) = (&self.manual, between_calls) else {
            return Err(ClockError::NotManual);
        };
        let by_ms = i64::try_from(by_ms).unwrap_or(i64::MAX);
        let (now, kept) = (self.now(), Timestamp::from_ms(manual.kept_ms.load(Ordering::SeqCst)));
        let until = now.plus_ms(by_ms).max(kept);
        write_way(&manual.path, now, until)?;
        manual.kept_ms.store(until.ms(), Ordering::SeqCst);
        Ok(Advance { until, _alone: alone })
    }

    /// The rest of an advance that was cut off, if one was.
    pub fn unfinished(&self, between_calls: Option<OwnedRwLockWriteGuard<()>>) -> Option<Advance> {
        let (manual, alone) = (self.manual.as_ref()?, between_calls?);
        let until = Timestamp::from_ms(manual.kept_ms.load(Ordering::SeqCst));
        (self.now() < until).then_some(Advance { until, _alone: alone })
    }

    /// Keeps that an advance has come to its end, if it has.
    ///
    /// # Errors
    /// It cannot be kept: after a restart the advance is gone through once more, which changes nothing.
    pub fn end_advance(&self, advance: &Advance) -> Result<(), ClockError> {
        match &self.manual {
            Some(manual) if self.now() >= advance.until => write(&manual.path, advance.until),
            _ => Ok(()),
        }
    }

    /// Moves the clock on to an instant of an advance that has begun; never back, and never beyond its end.
    pub fn step(&self, advance: &Advance, at: Timestamp) {
        if let Some(manual) = &self.manual {
            manual.now_ms.fetch_max(at.min(advance.until).ms(), Ordering::SeqCst);
        }
    }
}

/// A manual clock on its way to an instant. Nobody else moves it meanwhile, and no call begins.
#[derive(Debug)]
pub struct Advance {
    until: Timestamp,
    _alone: OwnedRwLockWriteGuard<()>,
}

impl Advance {
    /// Where the way ends.
    pub fn until(&self) -> Timestamp {
        self.until
    }
}

/// Sets where the manual clock of a data folder will stand when it is started.
///
/// # Errors
/// It cannot be kept.
pub fn keep(data: &Path, at: Timestamp) -> Result<(), ClockError> {
    write(&kept_in(data), at)
}

fn kept_in(data: &Path) -> PathBuf {
    DataDir(data.to_owned()).clock()
}

/// What a file keeps: where the clock stands, or from where to where it is on its way; nothing if it is not there.
fn kept(path: &Path) -> Result<Option<(i64, i64)>, ClockError> {
    let damaged = |detail: String| ClockError::Damaged { path: path.into(), detail };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(problem) if problem.kind() == ErrorKind::NotFound => return Ok(None),
        Err(problem) => return Err(damaged(problem.to_string())),
    };
    let text = text.trim();
    if text.is_empty() {
        return Err(damaged("it is empty".into()));
    }
    let (from, until) = text.split_once(' ').unwrap_or((text, text));
    match (from.parse(), until.parse()) {
        (Ok(from_ms), Ok(until_ms)) if from_ms <= until_ms => Ok(Some((from_ms, until_ms))),
        _ => Err(damaged(format!("it says {text:.40?}"))),
    }
}

fn write(path: &Path, at: Timestamp) -> Result<(), ClockError> {
    write_text(path, &at.ms().to_string())
}

fn write_way(path: &Path, from: Timestamp, until: Timestamp) -> Result<(), ClockError> {
    write_text(path, &format!("{} {}", from.ms(), until.ms()))
}

/// The new time is on the disk before it takes the old one's place: after a power cut there is one or the other.
fn write_text(path: &Path, text: &str) -> Result<(), ClockError> {
    let unfinished = path.with_extension("unfinished");
    let replace = || {
        let mut file = File::create(&unfinished)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&unfinished, path)?;
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    };
    replace().map_err(|source| ClockError::NotKept { path: path.into(), source })
}

/// Parses a length of time such as `90s`, `15m`, `1h`, `30d`, or several in a row (`1d12h`), in milliseconds.
///
/// # Errors
/// Anything else.
pub fn parse_duration_ms(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is no length of time; write it like 90s, 15m, 1h, 30d or 1d12h");
    let too_long = || format!("{text:?} is too long: at most 400 years, which are 146400d");
    let mut total: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|end| *end > 0).ok_or_else(wrong)?;
        // They are digits, so there are too many of them.
        let count: u64 = rest[..digits].parse().unwrap_or(u64::MAX);
        let unit_length = rest[digits..].find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len() - digits);
        let unit_ms: u64 = match &rest[digits..digits + unit_length] {
            "ms" => 1,
            "s" => 1_000,
            "m" | "min" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 7 * 86_400_000,
            _ => return Err(wrong()),
        };
        total = total.saturating_add(count.saturating_mul(unit_ms));
        rest = &rest[digits + unit_length..];
    }
    if text.is_empty() {
        return Err(wrong());
    }
    if total > LONGEST_MS { Err(too_long()) } else { Ok(total) }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn begin(clock: &Clock, by_ms: u64) -> Advance {
        clock.begin_advance(clock.between_calls().await, by_ms).unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn many_may_move_time_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(Clock::start(ClockMode::Manual, dir.path(), Timestamp::EPOCH).unwrap());
        let start = clock.now();
        let movers: Vec<_> = (0..8)
            .map(|_| {
                let clock = Arc::clone(&clock);
                tokio::spawn(async move {
                    for _ in 0..10 {
                        let advance = begin(&clock, 1_000).await;
                        clock.step(&advance, advance.until());
                        clock.end_advance(&advance).unwrap();
                    }
                })
            })
            .collect();
        for mover in movers {
            mover.await.unwrap();
        }
        assert_eq!(clock.now(), start.plus_ms(80_000));
        assert_eq!(Clock::start(ClockMode::Manual, dir.path(), Timestamp::EPOCH).unwrap().now(), clock.now());
    }

    #[tokio::test]
    async fn an_advance_is_kept_before_its_first_step() {
        let dir = tempfile::tempdir().unwrap();
        let again = || Clock::start(ClockMode::Manual, dir.path(), Timestamp::EPOCH).unwrap();
        let clock = again();
        let start = clock.now();
        let advance = begin(&clock, 10_000).await;
        let reopened = again();
        let rest = reopened.unfinished(reopened.between_calls().await).unwrap();
        assert_eq!((clock.now(), reopened.now(), rest.until()), (start, start, start.plus_ms(10_000)));
        // A step writes nothing, goes no further than the advance, and never back.
        let kept = std::fs::metadata(kept_in(dir.path())).unwrap().modified().unwrap();
        for (at_ms, then_ms) in [(1_000, 1_000), (500, 1_000), (20_000, 10_000)] {
            clock.step(&advance, start.plus_ms(at_ms));
            assert_eq!(clock.now(), start.plus_ms(then_ms));
        }
        assert_eq!(std::fs::metadata(kept_in(dir.path())).unwrap().modified().unwrap(), kept);
        clock.end_advance(&advance).unwrap();
        assert_eq!(again().now(), start.plus_ms(10_000));
    }

    #[tokio::test]
    async fn an_advance_that_was_cut_off_is_gone_on_with_and_never_taken_back() {
        let dir = tempfile::tempdir().unwrap();
        let start = |latest| Clock::start(ClockMode::Manual, dir.path(), latest).unwrap();
        let clock = start(Timestamp::EPOCH);
        let began = clock.now();
        let advance = begin(&clock, 10_000).await;
        clock.step(&advance, began.plus_ms(3_000));
        clock.end_advance(&advance).unwrap();
        drop(advance);
        // A shorter one after it goes as far as the first was to go.
        let shorter = begin(&clock, 1_000).await;
        assert_eq!(shorter.until(), began.plus_ms(10_000));
        drop(shorter);
        // After a restart it stands where the books are, with the rest before it; there is none if they are beyond.
        let again = start(began.plus_ms(5_000));
        assert_eq!(again.now(), began.plus_ms(5_000));
        let rest = again.unfinished(again.between_calls().await).unwrap();
        assert_eq!(rest.until(), began.plus_ms(10_000));
        let beyond = start(began.plus_ms(11_000));
        assert_eq!(beyond.now(), began.plus_ms(11_000));
        assert!(beyond.unfinished(beyond.between_calls().await).is_none());
    }

    #[test]
    fn a_clock_that_was_never_advanced_stands_still_over_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let start = |latest| Clock::start(ClockMode::Manual, dir.path(), latest).unwrap().now();
        let before = start(Timestamp::EPOCH);
        let kept = std::fs::read_to_string(dir.path().join("clock")).unwrap();
        assert_eq!(kept, before.ms().to_string());
        // Whatever the machine's clock says by now.
        keep(dir.path(), before.plus_ms(-86_400_000)).unwrap();
        assert_eq!(start(Timestamp::EPOCH), before.plus_ms(-86_400_000));
        // The books are never ahead of it.
        assert_eq!((start(before), start(Timestamp::EPOCH)), (before, before));
    }

    #[test]
    fn lengths_of_time() {
        assert_eq!(parse_duration_ms("1h"), Ok(3_600_000));
        assert_eq!(parse_duration_ms("1d12h"), Ok(36 * 3_600_000));
        assert_eq!(parse_duration_ms("1500ms"), Ok(1_500));
        assert_eq!(parse_duration_ms("0s"), Ok(0), "scripts count how far to go");
        for wrong in ["", "h", "1", "1y", "-1h", "1 h", "99999999999999999999d"] {
            assert!(parse_duration_ms(wrong).is_err(), "{wrong:?}");
        }
        for long in ["146401d", "99999999999d", "99999999999999999999d", "1h99999999999999999999ms"] {
            assert!(parse_duration_ms(long).unwrap_err().contains("at most 400 years"), "{long}");
        }
    }
}
