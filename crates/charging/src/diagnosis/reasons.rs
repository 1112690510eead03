//! Reasons: why one settled hour left a debt, in short, for the notices of the arrears it began.
//!
//! The causes are found as a diagnosis finds them, but in this hour alone and without a look at what is owed, left or
//! on offer now. So nothing that is paid, called or bought later changes them, and a notice that is written again says
//! the same.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::correction::corrections;
use super::{Draft, SettledHour};
use crate::{Account, Cause, Lot, Money, Name, Place, ServiceNo, Timestamp, UsageRecords};

/// Why an hour left a debt.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ArrearsReasons {
    /// Why its calls cost something, the dearest first.
    pub causes: Vec<ArrearsCause>,
    /// What the operator had taken out of the cash and would have paid of the debt.
    pub corrected: Money,
}

/// Calls of the hour that were charged at a price for one and the same cause.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ArrearsCause {
    /// Why no package met them.
    pub cause: Cause,
    /// What was called.
    pub called: Place,
    /// How many units.
    pub units: u64,
    /// What they cost.
    pub amount: Money,
    /// What of the debt is for them.
    pub debt: Money,
    /// The lots it is about: what they are for.
    pub packages: Vec<Place>,
    /// The enterprise projects that these are reserved for.
    pub enterprise_projects: Vec<Name>,
    /// When the last of them ended, if the cause is that they ended.
    pub ended_at: Option<Timestamp>,
    /// When the first of them begins, if the cause is that they had not begun.
    pub effective_at: Option<Timestamp>,
}

impl Account {
    /// Why the hours of the records left a debt. Meant for the hour whose settlement began the arrears, with the
    /// corrections up to it.
    pub fn arrears_reasons(&self, records: &UsageRecords) -> ArrearsReasons {
        let mut drafts: BTreeMap<(ServiceNo, Cause), Draft> = BTreeMap::new();
        for SettledHour { hour, lines, debt } in &records.hours {
            let debts = super::split(*debt, lines.iter().map(|line| line.amount));
            for (line, debt) in lines.iter().zip(debts) {
                // Coupons that came too late are told in the diagnosis; they may come at any time.
                self.put_down(&mut drafts, records, *hour, line, debt, *hour);
            }
        }
        let mut causes: Vec<ArrearsCause> =
            drafts.into_values().filter_map(|draft| self.in_short(&draft)).collect();
        causes.sort_by(|a, b| {
            (Reverse(a.amount), &a.called, a.cause).cmp(&(Reverse(b.amount), &b.called, b.cause))
        });
        let debt = records.hours.iter().map(|hour| hour.debt).sum();
        let corrected = corrections(records, debt).iter().map(|found| found.debt).sum();
        ArrearsReasons { causes, corrected }
    }

    fn in_short(&self, draft: &Draft) -> Option<ArrearsCause> {
        let found = &draft.finding;
        let place = |no: ServiceNo| {
            self.service(no).map(|of| Place { api: of.api.clone(), region: of.region.clone() })
        };
        let lots: Vec<&Lot> = found.lots.iter().filter_map(|no| self.lot(*no)).collect();
        let mut packages: Vec<Place> = lots.iter().filter_map(|lot| place(lot.service)).collect();
        packages.sort();
        packages.dedup();
        let mut projects: Vec<Name> = lots.iter().filter_map(|lot| lot.enterprise_project.clone()).collect();
        projects.sort();
        projects.dedup();
        let has_ended =
            matches!(found.cause, Cause::PackageExpired | Cause::PackageUsedUp | Cause::PackageUnsubscribed);
        let begins = found.cause == Cause::PackageNotYetEffective;
        Some(ArrearsCause {
            cause: found.cause,
            called: place(found.service)?,
            units: found.units,
            amount: found.amount,
            debt: found.debt,
            packages,
            enterprise_projects: projects,
            ended_at: lots.iter().filter_map(|lot| lot.ended_at).max().filter(|_| has_ended),
            effective_at: lots.iter().map(|lot| lot.effective_at).min().filter(|_| begins),
        })
    }
}
