//! Runs: calls of one bill line, one after another, between which no package came, began or ended.
//!
//! A bill line is the usage of an hour at one price, and within that hour a package may be bought and used up: its calls
//! have more than one cause then. Such a line is taken apart by the charges it is the sum of. Any other line is one run
//! by itself, and its charges need not be read.

use std::collections::BTreeMap;

use super::cause::Call;
use crate::{Account, BillLine, Name, Rated, ServiceNo, Timestamp, UsageRecords};

/// A bill line: its hour, and what makes it one of the hour's lines.
type LineKey = (Timestamp, ServiceNo, Option<Name>, u16, u8);

fn key_of(hour: Timestamp, line: &BillLine) -> LineKey {
    (hour, line.service, line.enterprise_project.clone(), line.price_version, line.tier)
}

/// One run.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Run {
    /// Its first charge.
    first: u64,
    /// How much had happened to the lots before it.
    turns: (usize, usize),
    /// Its part of the line.
    line: BillLine,
}

/// The runs of the lines that have more than one cause, perhaps.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Runs(BTreeMap<LineKey, Vec<Run>>);

impl Runs {
    /// A line as its runs, each with its first call; the line itself if its charges were not read.
    pub(super) fn of<'a>(&'a self, hour: Timestamp, line: &'a BillLine) -> Vec<(&'a BillLine, Call)> {
        let whole = || vec![(line, Call { at: line.first_call_at, number: None })];
        let Some(runs) = self.0.get(&key_of(hour, line)) else { return whole() };
        let units = runs.iter().map(|run| run.line.units).fold(0, u64::saturating_add);
        let amount = runs.iter().map(|run| run.line.amount).sum();
        if (line.units, line.amount) != (units, amount) {
            return whole();
        }
        let call = |run: &Run| Call { at: run.line.first_call_at, number: Some(run.first) };
        runs.iter().map(|run| (&run.line, call(run))).collect()
    }
}

/// Takes an account's lines apart: says which charges are to be read, and is given them.
#[derive(Debug)]
pub struct RunReader<'a> {
    account: &'a Account,
    /// Instants at which a lot began or ended, or one of an API was drawn first; in order.
    instants: Vec<Timestamp>,
    /// Charges that found a lot come or gone; in order.
    charges: Vec<u64>,
    spans: Vec<(Timestamp, Timestamp)>,
    runs: Runs,
}

impl Account {
    /// What is needed to take the lines of the records, and of the open hours, apart.
    pub fn run_reader(&self, records: &UsageRecords) -> RunReader<'_> {
        let lots = || self.lots.iter();
        let mut charges: Vec<u64> =
            lots().flat_map(|lot| [Some(lot.first_charge), lot.first_charge_after]).flatten().collect();
        let began = lots().map(|lot| lot.effective_at).chain(records.first_drawn.values().copied());
        let mut instants: Vec<Timestamp> = began.collect();
        instants.sort_unstable();
        charges.sort_unstable();
        let mut turned: Vec<Timestamp> =
            lots().flat_map(|lot| [Some(lot.created_at), lot.ended_at]).flatten().collect();
        turned.extend(&instants);
        turned.sort_unstable();
        let has_turn = |line: &&BillLine| {
            let next = turned.partition_point(|turn| *turn < line.first_call_at);
            line.amount.is_positive() && turned.get(next).is_some_and(|turn| *turn <= line.last_call_at)
        };
        let settled = records.hours.iter().map(|hour| hour.lines.as_slice());
        let open = self.open_hours.iter().map(|hour| hour.lines.as_slice());
        let span = |lines: &[BillLine]| {
            let mixed = || lines.iter().filter(has_turn);
            let first = mixed().map(|line| line.first_call_at).min()?;
            Some((first, mixed().map(|line| line.last_call_at).max()?))
        };
        let mut spans: Vec<_> = settled.chain(open).filter_map(span).collect();
        spans.sort_unstable();
        // An hour that was settled meanwhile is an open one too.
        spans.dedup();
        RunReader { account: self, instants, charges, spans, runs: Runs::default() }
    }
}

impl RunReader<'_> {
    /// From when to when charges are to be read, both included; in order, and nearly always none.
    pub fn spans(&self) -> &[(Timestamp, Timestamp)] {
        &self.spans
    }

    /// Takes a charge that cost something, in the order of their numbers.
    pub fn add(
        &mut self,
        number: u64,
        at: Timestamp,
        service: ServiceNo,
        enterprise_project: Option<&Name>,
        rated: &[Rated],
    ) {
        // It was made after the account was looked at.
        if number > self.account.charges {
            return;
        }
        let turns = (
            self.instants.partition_point(|turn| *turn <= at),
            self.charges.partition_point(|turn| *turn <= number),
        );
        let hour = self.account.zone.hour_start(at);
        for part in rated {
            let line = BillLine {
                service,
                enterprise_project: enterprise_project.cloned(),
                price_version: part.price_version,
                tier: part.tier,
                units: part.units,
                amount: part.amount,
                used_from: hour,
                used_to: None,
                first_call_at: at,
                last_call_at: at,
            };
            let runs = self.runs.0.entry(key_of(hour, &line)).or_default();
            match runs.last_mut().filter(|run| run.turns == turns) {
                Some(run) => {
                    run.line.units = run.line.units.saturating_add(part.units);
                    run.line.amount += part.amount;
                    run.line.last_call_at = at;
                }
                None => runs.push(Run { first: number, turns, line }),
            }
        }
    }

    /// The runs of what was read.
    pub fn finish(self) -> Runs {
        self.runs
    }
}
