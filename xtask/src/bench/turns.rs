//! Contenders of one ratio take turns, several rounds of them, and the ratio is taken round by round: a disk or a
//! neighbour that changes over the minutes changes both.

use anyhow::Result;

use super::drive::{Cost, Driven};
use super::quiet::{Disturbance, Measured, undisturbed};

/// Rounds of each.
const ROUNDS: usize = 3;
/// How often something is measured at most, if the machine is busy.
const ATTEMPTS: usize = 4;

/// A name, and what is measured in a round.
pub type Contender<'a> = (&'static str, &'a dyn Fn(usize) -> Result<Driven>);

/// One contender's runs, one per round.
pub struct Row {
    /// How many called at once.
    pub callers: usize,
    /// Who was called.
    pub name: &'static str,
    runs: Vec<Measured<Driven>>,
}

/// Measures each contender in every round.
///
/// # Errors
///
/// Those of a contender.
pub fn take_turns(callers: usize, contenders: &[Contender<'_>]) -> Result<Vec<Row>> {
    let row = |(name, _): &Contender<'_>| Row { callers, name, runs: Vec::new() };
    let mut rows: Vec<Row> = contenders.iter().map(row).collect();
    for round in 0..ROUNDS {
        for (row, (name, measure)) in rows.iter_mut().zip(contenders) {
            let title = format!("{name}, {callers} callers");
            let median = |driven: &Driven| Some(driven.p50_us);
            row.runs.push(undisturbed(&title, ATTEMPTS, median, || measure(round))?);
        }
    }
    Ok(rows)
}

impl Row {
    /// The median over the rounds of one of the figures.
    pub fn median(&self, figure: impl Fn(&Driven) -> f64) -> f64 {
        median(self.runs.iter().map(|run| figure(&run.value)).collect())
    }

    /// What a charge cost the journal: bytes, and syncs.
    pub fn cost(&self) -> Option<(f64, f64)> {
        let of =
            |figure: fn(&Cost) -> f64| self.median(|driven| driven.cost.as_ref().map_or(f64::NAN, figure));
        let is_known = self.runs.iter().any(|run| run.value.cost.is_some());
        is_known.then(|| (of(|cost| cost.bytes), of(|cost| cost.syncs)))
    }

    /// How many a second.
    pub fn per_s(&self) -> f64 {
        self.median(|driven| driven.calls_per_s)
    }

    /// How many times as fast as another, round by round.
    pub fn times(&self, other: &Row) -> f64 {
        self.ratio(other, |driven| driven.calls_per_s)
    }

    /// A figure beside another's, round by round.
    pub fn ratio(&self, other: &Row, figure: impl Fn(&Driven) -> f64) -> f64 {
        let rounds = self.runs.iter().zip(&other.runs);
        median(rounds.map(|(own, other)| figure(&own.value) / figure(&other.value)).collect())
    }

    /// The worst that no attempt of some round escaped.
    pub fn spoiled(&self) -> Option<Disturbance> {
        self.runs.iter().map(|run| run.disturbance).find(Disturbance::is_spoiled)
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Prints the rows, and says which of them no attempt measured undisturbed.
pub fn print(rows: &[Row]) {
    print_heading();
    for row in rows {
        let (p50, p99) = (row.median(|driven| driven.p50_us), row.median(|driven| driven.p99_us));
        line(row.callers, row.name, row.per_s(), p50, p99);
    }
}

/// The table's heading.
pub fn print_heading() {
    println!("{:>7}  {:32}{:>12}  {:>9}  {:>9}", "callers", "", "per second", "p50 us", "p99 us");
}

/// One line of the table.
pub fn line(callers: usize, name: &str, per_s: f64, p50_us: f64, p99_us: f64) {
    println!("{callers:>7}  {name:32}{per_s:>12.0}  {p50_us:>9.0}  {p99_us:>9.0}");
}

/// Says whose figures suffer.
pub fn print_spoiled<'a>(spoiled: impl Iterator<Item = (&'a str, usize, Disturbance)>) {
    for (name, callers, disturbance) in spoiled {
        println!("{name}, {callers} callers: never undisturbed ({disturbance}); its figures suffer");
    }
}

/// Those of the rows.
pub fn spoiled(rows: &[Row]) -> impl Iterator<Item = (&'static str, usize, Disturbance)> {
    rows.iter().filter_map(|row| Some((row.name, row.callers, row.spoiled()?)))
}
