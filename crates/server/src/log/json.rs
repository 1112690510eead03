//! A line of the log as a JSON object, for those who collect logs by machine.
//!
//! What is not in an event is not in its line, with one exception: the id of the call being served, by which a line is
//! found that a caller complains of.

use std::fmt;

use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Level};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};

use crate::http::request_id;

/// The field that says what an event is about.
const MESSAGE: &str = "message";
/// Fields of events of programs that have another log; where they come from is one of them.
const OTHERS: &str = "log.";
const OTHERS_TARGET: &str = "log.target";

/// An event; how often it was left out since it was said last is a field, if it was.
pub(super) fn line(event: &Event<'_>, times: u64) -> Value {
    let mut fields = Fields::default();
    event.record(&mut fields);
    let target = fields.target.as_deref().unwrap_or(event.metadata().target());
    let mut line = object(*event.metadata().level(), target, &fields.message, fields.others);
    if times > 0 {
        line["times_before"] = times.into();
    }
    line
}

/// What is told without being an event.
pub(super) fn told(level: Level, text: &str) -> Value {
    object(level, "inkmeter", text.trim(), Map::new())
}

fn object(level: Level, target: &str, message: &str, fields: Map<String, Value>) -> Value {
    let mut at = String::new();
    // Without the time a line is better than none.
    let _ = SystemTime.format_time(&mut Writer::new(&mut at));
    let mut line = json!({
        "timestamp": at, "level": level.as_str(), "target": target, "message": message, "fields": fields,
    });
    if let Some(id) = request_id::current() {
        line["request_id"] = id.into();
    }
    line
}

#[derive(Default)]
struct Fields {
    message: String,
    target: Option<String>,
    others: Map<String, Value>,
}

impl Fields {
    fn keep(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            (MESSAGE, Value::String(text)) => self.message = text,
            (OTHERS_TARGET, Value::String(text)) => self.target = Some(text),
            (name, _) if name.starts_with(OTHERS) => {}
            (name, value) => drop(self.others.insert(name.to_owned(), value)),
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.keep(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.keep(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.keep(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.keep(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.keep(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.keep(field, value.into());
    }
}
