//! What is looked up when somebody asks: how accounts stand, what waits, what is behind.

use std::sync::atomic::AtomicU64;

use ledger::outbox::{OutboxError, State};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::app::{App, Shared};

type Numbers = Gauge<f64, AtomicU64>;
type Label = [(&'static str, &'static str); 1];

/// What is an integer in the books is a float to whoever watches them.
#[allow(clippy::cast_precision_loss, reason = "a figure to look at")]
fn number(value: i128) -> f64 {
    value as f64
}

/// What a process has once, however many shards it serves.
pub(super) fn register_shared(shared: &Shared, (shards, here): (usize, usize), registry: &mut Registry) {
    registry.register("build", "This build", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
    let mut gauge = |name: &str, help: &str, value: usize| {
        let gauge: Gauge = Gauge::default();
        gauge.set(value.cast_signed() as i64);
        registry.register(name, help, gauge);
    };
    gauge("queue_places", "Calls that may be read, or wait to be, at once", shared.places.count());
    gauge("queue_places_taken", "Calls that are read, or wait to be", shared.places.taken());
    gauge("shards", "Shards that the accounts are in", shards);
    gauge("shards_here", "Shards that this server serves", here);
    gauge("eye_workers", "Pictures that are read at once", shared.eye.workers());
}

pub(super) fn register(app: &App, registry: &mut Registry) -> Result<(), OutboxError> {
    let survey = app.engine.survey();
    let accounts: Family<Label, Gauge> = Family::default();
    for (standing, count) in [
        ("good", survey.good),
        ("grace", survey.grace),
        ("frozen", survey.frozen),
        ("released", survey.released),
    ] {
        accounts.get_or_create(&[("standing", standing)]).set(count.cast_signed());
    }
    registry.register("accounts", "Accounts by standing", accounts);
    let money: Family<[(&'static str, String); 2], Numbers> = Family::default();
    let currency = &app.engine.rules().catalog.currency;
    for (book, e8) in [("cash", survey.cash_e8), ("debt", survey.debt_e8), ("unsettled", survey.unsettled_e8)]
    {
        let labels = [("book", book.to_owned()), ("currency", currency.clone())];
        money.get_or_create(&labels).set(number(e8) / 1e8);
    }
    registry.register(
        "money",
        "Sums over all accounts: what they have, what they owe, what is charged and not settled yet",
        money,
    );
    let mut gauge = |name: &str, help: &str, value: u64| {
        let gauge: Gauge = Gauge::default();
        gauge.set(value.cast_signed());
        registry.register(name, help, gauge);
    };
    gauge(
        "authorised_calls",
        "Calls that are authorised, and neither committed nor given back",
        survey.holds,
    );
    let (durable, applied) = (app.engine.durable_sequence(), app.read.progress());
    gauge("journal_durable_record", "The last durable record of the journal", durable);
    gauge(
        "read_model_lag_records",
        "How many records the read model is behind the journal",
        durable.saturating_sub(applied),
    );
    gauge(
        "journal_stopped",
        "1 if the journal failed, and the process ends",
        u64::from(app.stop_reason().is_some()),
    );
    let now = app.clock.now();
    let overdue_ms = app.engine.next_due().map_or(0, |due| (now.ms() - due.ms()).max(0));
    gauge(
        "overdue_milliseconds",
        "For how long the first of the things that are due has been due",
        overdue_ms.cast_unsigned(),
    );
    let outbox: Family<Label, Gauge> = Family::default();
    // Where there are none it is 0, so that the first one is seen to come.
    for state in State::ALL {
        outbox.get_or_create(&[("state", state.word())]).set(0);
    }
    for (state, count) in app.notifier.outbox.counts()? {
        outbox.get_or_create(&[("state", state.word())]).set(count.cast_signed());
    }
    registry.register("outbox_messages", "Messages to recipients by what became of them", outbox);
    Ok(())
}
