//! How the journal's commits were.

use std::collections::HashMap;
use std::fmt::Error;
use std::sync::Arc;

use ledger::journal::{Distribution, Figures};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::exemplar::Exemplar;
use prometheus_client::registry::{Registry, Unit};

use crate::app::App;

#[derive(Debug)]
struct Commits(Arc<Figures>);

pub(super) fn register(app: &App, registry: &mut Registry) {
    registry.register_collector(Box::new(Commits(app.engine.figures())));
}

impl Collector for Commits {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let figures = &*self.0;
        let help = "Entries in a batch that was made durable at once";
        histogram(&mut encoder, ("journal_batch_entries", help, None), &figures.entries, 1.0)?;
        let help = "How long a batch took to be durable";
        let name = ("journal_append", help, Some(Unit::Seconds));
        histogram(&mut encoder, name, &figures.append_us, 1e6)?;
        let bytes = ConstCounter::new(figures.bytes());
        let help = "Bytes of all batches";
        let kind = bytes.metric_type();
        bytes.encode(encoder.encode_descriptor("journal", help, Some(&Unit::Bytes), kind)?)
    }
}

#[allow(clippy::cast_precision_loss, reason = "figures to look at")]
fn histogram(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help, unit): (&str, &str, Option<Unit>),
    figures: &Distribution,
    per_unit: f64,
) -> Result<(), Error> {
    let buckets: Vec<(f64, u64)> = figures
        .counts()
        .map(|(bound, count)| (bound.map_or(f64::INFINITY, |bound| bound as f64 / per_unit), count))
        .collect();
    let count = buckets.iter().map(|(_, count)| count).sum();
    let none: Option<&HashMap<usize, Exemplar<NoLabelSet, f64>>> = None;
    encoder.encode_descriptor(name, help, unit.as_ref(), MetricType::Histogram)?.encode_histogram(
        figures.sum() as f64 / per_unit,
        count,
        &buckets,
        none,
    )
}
