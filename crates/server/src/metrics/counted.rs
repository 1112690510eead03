//! What is counted while calls are served.

use std::borrow::Cow;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::http::error::Failure;

type One = [(&'static str, &'static str); 1];
type Three = [(&'static str, Cow<'static, str>); 3];

/// From half a millisecond to half a minute.
const CALL_S: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

/// Counters of one server.
#[derive(Debug)]
pub struct Counted {
    calls: Family<Three, Counter>,
    call_s: Family<One, Histogram, fn() -> Histogram>,
    work: Family<Three, Counter>,
    responses: Family<[(&'static str, u64); 1], Counter>,
    operator_refusals: Counter,
    shard_changes: Family<One, Counter>,
}

impl Default for Counted {
    fn default() -> Counted {
        let new: fn() -> Histogram = || Histogram::new(CALL_S);
        Counted {
            calls: Family::default(),
            call_s: Family::new_with_constructor(new),
            work: Family::default(),
            responses: Family::default(),
            operator_refusals: Counter::default(),
            shard_changes: Family::default(),
        }
    }
}

impl Counted {
    /// A call of OCR was answered.
    pub fn call(&self, api: &'static str, failure: Option<&Failure>, took: Duration) {
        self.calls.get_or_create(&labels(("api", api), failure)).inc();
        if failure.is_none() {
            self.call_s.get_or_create(&[("api", api)]).observe(took.as_secs_f64());
        }
    }

    /// A gateway's request was answered.
    pub fn work(&self, what: &'static str, failure: Option<&Failure>) {
        self.work.get_or_create(&labels(("do", what), failure)).inc();
    }

    /// A request was answered.
    pub fn response(&self, status: u16) {
        self.responses.get_or_create(&[("status", status.into())]).inc();
    }

    /// Somebody wanted to be the operator, and did not prove it.
    pub fn operator_refused(&self) {
        self.operator_refusals.inc();
    }

    /// This node has taken a shard, given it to another one, lost it, or could not open it.
    pub(crate) fn shard(&self, change: ShardChange) {
        self.shard_changes.get_or_create(&[("change", change.word())]).inc();
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "calls",
            "Answered calls of OCR by API, and by error code and reason; those without a code were charged",
            self.calls.clone(),
        );
        registry.register_with_unit(
            "call_duration",
            "How long a charged call took from its head to its answer",
            Unit::Seconds,
            self.call_s.clone(),
        );
        registry.register(
            "gateway_requests",
            "Requests of gateways by what was asked, and by error code and reason",
            self.work.clone(),
        );
        registry.register("http_responses", "Answers by HTTP status", self.responses.clone());
        registry.register(
            "operator_refusals",
            "Requests for the operator whose sender did not prove to be it",
            self.operator_refusals.clone(),
        );
        // Where there were none it is 0, so that the first one is seen to come.
        for change in ShardChange::ALL {
            drop(self.shard_changes.get_or_create(&[("change", change.word())]));
        }
        registry.register(
            "shard_changes",
            "Shards of the accounts that this node has taken, given, lost, or could not open",
            self.shard_changes.clone(),
        );
    }
}

/// What becomes of a shard at a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShardChange {
    Taken,
    Given,
    Lost,
    NotOpened,
}

impl ShardChange {
    const ALL: [ShardChange; 4] =
        [ShardChange::Taken, ShardChange::Given, ShardChange::Lost, ShardChange::NotOpened];

    fn word(self) -> &'static str {
        match self {
            ShardChange::Taken => "taken",
            ShardChange::Given => "given",
            ShardChange::Lost => "lost",
            ShardChange::NotOpened => "not_opened",
        }
    }
}

/// What there was, and why it failed, if it did: both empty for a success.
fn labels((name, value): (&'static str, &'static str), failure: Option<&Failure>) -> Three {
    let reason =
        failure.and_then(Failure::reason).map_or(Cow::Borrowed(""), |reason| Cow::Owned(reason.to_owned()));
    [(name, value.into()), ("code", failure.map_or("", Failure::code).into()), ("reason", reason)]
}
