//! The same line is not said again and again: what goes wrong once a second is said once, then again when it has gone on
//! for a while, with how often it did.

use std::collections::HashMap;
use std::fmt::{self, Write};

use parking_lot::Mutex;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::{Format, json};

/// How long a warning or an error is not said again, in the same words.
const QUIET_MS: i64 = 600_000;
/// How many of them are remembered.
const REMEMBERED: usize = 256;

/// A format of lines that leaves out warnings and errors which were just said.
pub struct Sparing<F> {
    text: F,
    format: fn() -> Format,
    now_ms: fn() -> i64,
    said: Mutex<HashMap<String, Said>>,
}

struct Said {
    at_ms: i64,
    times_since: u64,
}

impl<F> Sparing<F> {
    /// Lines of text as this writes them, or of JSON, by this clock.
    pub fn new(text: F, format: fn() -> Format, now_ms: fn() -> i64) -> Sparing<F> {
        Sparing { text, format, now_ms, said: Mutex::default() }
    }

    /// How often this was left out since it was said, or `None` if it is to be left out now.
    fn left_out(&self, event: &Event<'_>) -> Option<u64> {
        if *event.metadata().level() > Level::WARN {
            return Some(0);
        }
        let mut words = Words(event.metadata().target().to_owned());
        event.record(&mut words);
        let (Words(words), now_ms) = (words, (self.now_ms)());
        let mut said = self.said.lock();
        if let Some(before) = said.get_mut(&words)
            && (0..QUIET_MS).contains(&(now_ms - before.at_ms))
        {
            before.times_since += 1;
            return None;
        }
        if said.len() >= REMEMBERED {
            said.retain(|_, said| now_ms - said.at_ms < QUIET_MS);
        }
        if said.len() >= REMEMBERED {
            // So many different ones at once: to say one twice is better than to remember all.
            said.clear();
        }
        Some(
            said.insert(words, Said { at_ms: now_ms, times_since: 0 }).map_or(0, |before| before.times_since),
        )
    }
}

impl<S, N, F> FormatEvent<S, N> for Sparing<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some(times) = self.left_out(event) else { return Ok(()) };
        if (self.format)() == Format::Json {
            return writeln!(writer, "{}", json::line(event, times));
        }
        if times == 0 {
            return self.text.format_event(context, writer, event);
        }
        let mut line = String::new();
        self.text.format_event(context, Writer::new(&mut line), event)?;
        writeln!(writer, "{} (and {times} times more since this was said last)", line.trim_end())
    }
}

/// What an event says, as a key.
struct Words(String);

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, "\n{field}={value:?}");
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use tracing_subscriber::fmt::format;

    use super::*;

    static NOW_MS: AtomicI64 = AtomicI64::new(0);

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Lines {
        fn taken(&self) -> Vec<String> {
            let bytes = std::mem::take(&mut *self.0.lock());
            String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
        }
    }

    #[test]
    fn what_goes_on_is_said_once_and_then_counted() {
        let lines = Lines::default();
        let writer = lines.clone();
        let format = format().without_time().with_target(false);
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .event_format(Sparing::new(format, || Format::Text, || NOW_MS.load(Ordering::Relaxed)))
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            let fail = |problem: &str| tracing::error!(%problem, "it cannot be written");
            for second in 0..300 {
                NOW_MS.store(second * 1_000, Ordering::Relaxed);
                fail("the disk is full");
            }
            assert_eq!(lines.taken(), ["ERROR it cannot be written problem=the disk is full"]);
            fail("it is read-only");
            assert_eq!(lines.taken(), ["ERROR it cannot be written problem=it is read-only"]);
            NOW_MS.store(QUIET_MS, Ordering::Relaxed);
            fail("the disk is full");
            let again = "ERROR it cannot be written problem=the disk is full (and 299 times more since this was said last)";
            assert_eq!(lines.taken(), [again]);
            // What happens is told each time it happens.
            for _ in 0..3 {
                tracing::info!("a call");
            }
            assert_eq!(lines.taken().len(), 3);
            for other in 0..2 * REMEMBERED {
                fail(&other.to_string());
            }
            assert_eq!(lines.taken().len(), 2 * REMEMBERED);
        });
    }

    #[test]
    fn in_json_it_is_a_field() {
        static LATER_MS: AtomicI64 = AtomicI64::new(0);
        let lines = Lines::default();
        let writer = lines.clone();
        let format = Sparing::new(format(), || Format::Json, || LATER_MS.load(Ordering::Relaxed));
        let subscriber =
            tracing_subscriber::fmt().event_format(format).with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(subscriber, || {
            let fail = || tracing::warn!(problem = "a \"quoted\"\nproblem", tries = 3_u64, at = ?Some(1.5), "not written");
            fail();
            fail();
            LATER_MS.store(QUIET_MS, Ordering::Relaxed);
            fail();
        });
        let lines: Vec<serde_json::Value> =
            lines.taken().iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        let fields = serde_json::json!({
            "problem": "a \"quoted\"\nproblem", "tries": 3, "at": "Some(1.5)",
        });
        for line in &lines {
            assert_eq!((&line["level"], &line["message"]), (&"WARN".into(), &"not written".into()));
            assert_eq!(line["target"], module_path!());
            assert_eq!(line["fields"], fields);
            assert!(charging::Timestamp::parse(line["timestamp"].as_str().unwrap()).is_ok(), "{line}");
        }
        assert_eq!(
            (&lines[0]["times_before"], &lines[1]["times_before"]),
            (&serde_json::Value::Null, &1.into())
        );
    }
}
