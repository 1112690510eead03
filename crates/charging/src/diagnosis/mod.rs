//! Diagnosis: why an account is in arrears, or would be; and where its money goes when it is not.
//!
//! "Arrears" names five reasons, each of which means that a call was charged at a price although the customer may
//! have thought it was paid for: the package is in another region, the free trial is in another region, the package
//! is for another API, the package has expired (or is used up) and pay-per-use took over, or there is no package
//! while pay-per-use is enabled. "Expiration and Overdue Payment" of a sibling service adds a package that was not
//! yet effective, and packages reserved for an enterprise project that the calls did not name work the same way.
//!
//! The account's own records say which of them it was: every line of the settled hours, and of the hours that are
//! still open, is put down to the one cause that was in force at its first call (see [`Cause`]): what came later, a
//! package given an hour too late, explains nothing, and that the hour is settled changes nothing. Where a package came
//! or ended between the calls of a line, the line is taken apart there (see [`Runs`]). The debt is what
//! the newest hours left unpaid, for payments go into the oldest ones first; so it can be said of every call how
//! much is still owed for it. What the operator took out of the cash, and what of the debt that would have paid, is told
//! beside it (see [`Correction`]).
//!
//! Nothing is decided or changed here, and nothing of it is stored.

mod cause;
mod correction;
mod cure;
mod late_coupon;
mod reasons;
mod runs;
mod warning;
mod words;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::{
    Account, BillLine, Context, CouponNo, HOUR_MS, LotNo, Money, Month, Name, ServiceNo, Timestamp, UnitPrice,
};

pub use cause::Cause;
pub use correction::{CashRecord, Correction};
use cure::Usage;
pub use cure::{Cure, Suggestion};
pub use reasons::{ArrearsCause, ArrearsReasons};
pub use runs::{RunReader, Runs};
pub use warning::Warning;

/// A settled hour, as the books have it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SettledHour {
    /// Its first instant.
    pub hour: Timestamp,
    /// Its usage at a price.
    pub lines: Vec<BillLine>,
    /// What of it could not be collected when it was settled.
    pub debt: Money,
}

/// What an account's books say about its usage.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UsageRecords {
    /// From when on hours are given.
    pub from: Timestamp,
    /// Every settled hour that began at `from` or later, oldest first.
    pub hours: Vec<SettledHour>,
    /// The hour in which a call of a service was first met by a package, for every service where that happened.
    pub first_drawn: BTreeMap<ServiceNo, Timestamp>,
    /// While something is owed: corrections of the cash and hours that it did not cover, oldest first, up to now.
    pub cash: Vec<CashRecord>,
    /// The lines in whose time a package came or ended, taken apart (see [`Account::run_reader`]).
    pub runs: Runs,
}

/// Calls of one API in one region that were charged at a price for one and the same cause.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Why no package met them.
    pub cause: Cause,
    /// The API and region that was called.
    pub service: ServiceNo,
    /// How many units.
    pub units: u64,
    /// What they cost.
    pub amount: Money,
    /// Price of a unit, if all had the same.
    pub unit_price: Option<UnitPrice>,
    /// When the first of them was charged.
    pub first_at: Timestamp,
    /// When the last of them was.
    pub last_at: Timestamp,
    /// What of the debt is for these calls.
    pub debt: Money,
    /// Enterprise projects and members that calls of it named, with their units and what these cost.
    pub projects: BTreeMap<Name, (u64, Money)>,
    /// The lots it is about: those that could not be drawn, or the one that ended.
    pub lots: Vec<LotNo>,
    /// Cash coupons that can be used and did not pay for these calls, because their hours had begun before.
    pub late_coupons: Vec<CouponNo>,
    /// What to do about it.
    pub cure: Cure,
}

/// Why an account is in arrears, and where its money goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnosis {
    /// From when on usage was looked at.
    pub from: Timestamp,
    /// Up to when.
    pub to: Timestamp,
    /// What is owed.
    pub debt: Money,
    /// What of the debt is for calls that the findings explain. What else is owed came about in another way.
    pub debt_explained: Money,
    /// Units charged at a price.
    pub units: u64,
    /// What they cost.
    pub amount: Money,
    /// What was paid for packages, without what was refunded of it since.
    pub packages_bought: Money,
    /// What the money went to, in order of the amount.
    pub findings: Vec<Finding>,
    /// What the operator took and would have paid of the debt, oldest first. It is owed for calls of the findings.
    pub corrections: Vec<Correction>,
    /// What has cost nothing yet, but may.
    pub warnings: Vec<Warning>,
}

/// What is known of a finding while lines are added to it.
struct Draft {
    finding: Finding,
    /// Version and tier of the price, until a line has another.
    price: Option<(u16, u8)>,
    usage: Usage,
}

impl Account {
    /// Explains where the money went, from the records of the account's usage.
    pub fn diagnose(&self, context: Context<'_>, records: &UsageRecords, now: Timestamp) -> Diagnosis {
        let mut drafts: BTreeMap<(ServiceNo, Cause), Draft> = BTreeMap::new();
        // An hour that was settled since the account was looked at counts once.
        let is_open = |hour: &SettledHour| self.open_hours.lines_of(hour.hour).is_some();
        let settled: Vec<&SettledHour> = records.hours.iter().filter(|hour| !is_open(hour)).collect();
        for (hour, debt) in settled.iter().zip(unpaid(&settled, self.debt())) {
            let debts = split(debt, hour.lines.iter().map(|line| line.amount));
            for (line, debt) in hour.lines.iter().zip(debts) {
                self.put_down(&mut drafts, records, hour.hour, line, debt, now);
            }
        }
        for open in self.open_hours.iter() {
            for line in &open.lines {
                self.put_down(&mut drafts, records, open.start, line, Money::ZERO, now);
            }
        }
        let mut findings: Vec<Finding> =
            drafts.into_values().map(|draft| self.finish(context, draft, now)).collect();
        findings.sort_by_key(|f| (std::cmp::Reverse((f.amount, f.debt)), f.service, f.cause));
        let is_in_period = |at: Timestamp| records.from <= at && at <= now;
        Diagnosis {
            from: records.from,
            to: now,
            debt: self.debt(),
            debt_explained: findings.iter().map(|f| f.debt).sum(),
            units: findings.iter().map(|f| f.units).fold(0, u64::saturating_add),
            amount: findings.iter().map(|f| f.amount).sum(),
            packages_bought: self
                .lots
                .iter()
                .filter(|lot| is_in_period(lot.created_at))
                .map(|lot| lot.price - lot.refunded)
                .sum(),
            findings,
            corrections: correction::corrections(records, self.debt()),
            warnings: self.warnings(now),
        }
    }

    fn put_down(
        &self,
        drafts: &mut BTreeMap<(ServiceNo, Cause), Draft>,
        records: &UsageRecords,
        hour: Timestamp,
        line: &BillLine,
        debt: Money,
        now: Timestamp,
    ) {
        if line.amount.is_zero() {
            return;
        }
        let period_end = line.used_to.unwrap_or(hour.plus_ms(HOUR_MS));
        let late: Vec<CouponNo> =
            self.came_too_late(line, period_end, debt, now).map(|coupon| coupon.no).collect();
        let runs = records.runs.of(hour, line);
        let debts = split(debt, runs.iter().map(|(run, _)| run.amount));
        // What a small price left to the carried remainder cost nothing.
        let charged = runs.into_iter().zip(debts).filter(|((run, _), _)| !run.amount.is_zero());
        for ((run, call), debt) in charged {
            let (cause, lots) = self.cause_of(run, call, &records.first_drawn);
            let month = self.zone.month(run.first_call_at);
            add(drafts.entry((run.service, cause)), cause, (month, run), debt, &lots, &late);
        }
    }

    fn finish(&self, context: Context<'_>, draft: Draft, now: Timestamp) -> Finding {
        let Draft { mut finding, price, usage } = draft;
        finding.lots.sort_unstable();
        finding.late_coupons.sort_unstable();
        finding.unit_price = price.and_then(|(version, tier)| {
            let version = context.catalog.price_version(&self.service(finding.service)?.api, version)?;
            Some(version.tiers.get(usize::from(tier))?.unit_price)
        });
        finding.cure = self.cure_of(context, &finding, &usage, now);
        finding
    }
}

/// What is still owed for each hour: payments go into the oldest debt first, so it is the newest that is left.
fn unpaid(hours: &[&SettledHour], debt: Money) -> Vec<Money> {
    let mut left = debt;
    let mut owed: Vec<Money> = hours
        .iter()
        .rev()
        .map(|hour| {
            let of_hour = hour.debt.min(left);
            left -= of_hour;
            of_hour
        })
        .collect();
    owed.reverse();
    owed
}

/// Adds a run of calls to the finding of its cause.
fn add(
    entry: Entry<'_, (ServiceNo, Cause), Draft>,
    cause: Cause,
    (month, run): (Month, &BillLine),
    debt: Money,
    lots: &[LotNo],
    late: &[CouponNo],
) {
    let price = Some((run.price_version, run.tier));
    let draft = entry.or_insert_with(|| Draft {
        finding: Finding {
            cause,
            service: run.service,
            units: 0,
            amount: Money::ZERO,
            unit_price: None,
            first_at: run.first_call_at,
            last_at: run.last_call_at,
            debt: Money::ZERO,
            projects: BTreeMap::new(),
            lots: Vec::new(),
            late_coupons: Vec::new(),
            cure: Cure::default(),
        },
        price,
        usage: Usage::default(),
    });
    draft.usage.add(month, run);
    if draft.price != price {
        draft.price = None;
    }
    let finding = &mut draft.finding;
    finding.units = finding.units.saturating_add(run.units);
    finding.amount += run.amount;
    finding.debt += debt;
    if let Some(project) = &run.enterprise_project {
        let part = finding.projects.entry(project.clone()).or_default();
        part.0 = part.0.saturating_add(run.units);
        part.1 += run.amount;
    }
    finding.first_at = finding.first_at.min(run.first_call_at);
    finding.last_at = finding.last_at.max(run.last_call_at);
    for coupon in late {
        if !finding.late_coupons.contains(coupon) {
            finding.late_coupons.push(*coupon);
        }
    }
    for lot in lots {
        if !finding.lots.contains(lot) {
            finding.lots.push(*lot);
        }
    }
}

/// A part of a total, split over the amounts it is the sum of in proportion; what rounding leaves goes to the last of
/// them.
fn split(part: Money, amounts: impl Iterator<Item = Money> + Clone) -> Vec<Money> {
    let total: Money = amounts.clone().sum();
    if total.is_zero() || part.is_zero() {
        return amounts.map(|_| Money::ZERO).collect();
    }
    let mut shares: Vec<Money> =
        amounts.clone().map(|amount| cure::scaled(part, amount.e8(), total.e8())).collect();
    let rest = part - shares.iter().copied().sum();
    if let Some((_, last)) = amounts.zip(&mut shares).filter(|(amount, _)| amount.is_positive()).last() {
        *last += rest;
    }
    shares
}
