//! Months: what moved in each, to the last digit, and their closing.
//!
//! "Final monthly bill generated on the 3rd" of the next month (Bills): at the first instant of that day in the account's
//! zone the month's sums are closed, once all of its hours are settled. An hour belongs to the month in which it begins
//! ("the bill cycle follows the consumption time"), everything else to the month in which it happens.

use serde::{Deserialize, Serialize};

use crate::cold::Cold;
use crate::{Account, BillLine, Event, Money, Month, Name, NoticeKind, Recorded, ServiceNo, Timestamp, Zone};

/// After how many days of the next month a month is closed.
const CLOSING_DAYS: u16 = 2;

/// What moved in a month: exact sums.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MonthTotals {
    /// The month.
    pub month: Month,
    /// Pay-per-use of its hours.
    pub usage: Money,
    /// Packages bought, less what was given back for packages, whenever these were bought.
    pub packages: Money,
    /// What of usage and packages was paid when it was due, less what was given back.
    pub paid: Money,
    /// What of usage was left as debt then; it may have been paid since.
    pub debt: Money,
    /// Money that came in.
    pub topped_up: Money,
    /// Debt that was paid, of whichever month.
    pub debt_paid: Money,
}

/// The earliest instant at which a month is closed.
pub fn closing_of(zone: Zone, month: Month) -> Timestamp {
    zone.month_range(month).1.plus_days(CLOSING_DAYS)
}

impl MonthTotals {
    /// What the month comes to; negative if more was given back than used and bought.
    pub fn total(&self) -> Money {
        self.usage + self.packages
    }
}

/// What an API in a region cost in a month, for an enterprise project or none.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Spend {
    pub service: ServiceNo,
    pub enterprise_project: Option<Name>,
    pub usage: Money,
    pub packages: Money,
}

/// What was told of a budget in a month.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct BudgetTold {
    pub budget: Name,
    /// The highest percentage; 0 for none.
    pub percent: u16,
    pub is_forecast_told: bool,
}

/// A month that is not closed yet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct OpenMonth {
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
    /// When something of it was last settled.
    settled_at: Timestamp,
    pub totals: MonthTotals,
    pub spend: Vec<Spend>,
    pub told: Vec<BudgetTold>,
}

impl OpenMonth {
    fn new(zone: Zone, at: Timestamp) -> OpenMonth {
        let month = zone.month(at);
        let (from, until) = zone.month_range(month);
        let nothing = Money::ZERO;
        let totals = MonthTotals {
            month,
            usage: nothing,
            packages: nothing,
            paid: nothing,
            debt: nothing,
            topped_up: nothing,
            debt_paid: nothing,
        };
        OpenMonth { from, until, settled_at: from, totals, spend: Vec::new(), told: Vec::new() }
    }

    fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }

    fn spend_of(&mut self, service: ServiceNo, enterprise_project: Option<&Name>) -> &mut Spend {
        let same = |s: &Spend| s.service == service && s.enterprise_project.as_ref() == enterprise_project;
        let at = self.spend.iter().position(same).unwrap_or_else(|| {
            let enterprise_project = enterprise_project.cloned();
            self.spend.push(Spend { service, enterprise_project, usage: Money::ZERO, packages: Money::ZERO });
            self.spend.len() - 1
        });
        &mut self.spend[at]
    }

    /// What was told of a budget.
    pub fn told_of(&mut self, budget: &Name) -> &mut BudgetTold {
        let at = self.told.iter().position(|told| told.budget == *budget).unwrap_or_else(|| {
            self.told.push(BudgetTold { budget: budget.clone(), percent: 0, is_forecast_told: false });
            self.told.len() - 1
        });
        &mut self.told[at]
    }

    fn closes_at(&self) -> Timestamp {
        self.until.plus_days(CLOSING_DAYS).max(self.settled_at)
    }
}

impl Cold {
    /// The month that holds an instant.
    pub fn month_at(&self, at: Timestamp) -> Option<&OpenMonth> {
        self.months.iter().find(|month| month.holds(at))
    }

    /// The same, opened if need be.
    pub fn open_month(&mut self, zone: Zone, at: Timestamp) -> &mut OpenMonth {
        let found = self.months.iter().position(|month| month.holds(at));
        let place = found.unwrap_or_else(|| {
            let place = self.months.partition_point(|month| month.from < at);
            self.months.insert(place, OpenMonth::new(zone, at));
            place
        });
        &mut self.months[place]
    }
}

impl Account {
    /// The sums of months that are not closed yet, oldest first.
    pub fn open_months(&self) -> impl Iterator<Item = &MonthTotals> {
        self.cold.months.iter().map(|month| &month.totals)
    }

    pub(crate) fn add_settled_hour(
        &mut self,
        at: Timestamp,
        hour: Timestamp,
        lines: &[BillLine],
        (paid, debt): (Money, Money),
    ) {
        let total = paid + debt;
        if total.is_zero() {
            return;
        }
        self.cold.burn.add(self.zone.day_number(hour), total);
        let month = self.cold.open_month(self.zone, hour);
        month.settled_at = month.settled_at.max(at);
        month.totals.usage += total;
        month.totals.paid += paid;
        month.totals.debt += debt;
        for line in lines {
            month.spend_of(line.service, line.enterprise_project.as_ref()).usage += line.amount;
        }
    }

    pub(crate) fn add_purchase(
        &mut self,
        at: Timestamp,
        service: ServiceNo,
        enterprise_project: Option<&Name>,
        price: Money,
    ) {
        if price.is_zero() {
            return;
        }
        let month = self.cold.open_month(self.zone, at);
        month.totals.packages += price;
        month.totals.paid += price;
        month.spend_of(service, enterprise_project).packages += price;
    }

    pub(crate) fn add_refund(
        &mut self,
        at: Timestamp,
        service: ServiceNo,
        enterprise_project: Option<&Name>,
        amount: Money,
    ) {
        if amount.is_zero() {
            return;
        }
        let month = self.cold.open_month(self.zone, at);
        month.totals.packages -= amount;
        month.totals.paid -= amount;
        month.spend_of(service, enterprise_project).packages -= amount;
    }

    pub(crate) fn add_topped_up(&mut self, at: Timestamp, amount: Money) {
        self.cold.open_month(self.zone, at).totals.topped_up += amount;
    }

    pub(crate) fn add_debt_paid(&mut self, at: Timestamp, amount: Money) {
        self.cold.open_month(self.zone, at).totals.debt_paid += amount;
    }

    /// When the oldest open month is closed; not before its hours are settled.
    pub(crate) fn next_closing(&self) -> Option<Timestamp> {
        let month = self.cold.months.first()?;
        let is_settled = self.open_hours.first().is_none_or(|hour| hour.start >= month.until);
        is_settled.then(|| month.closes_at())
    }

    /// Closes the months that are due, and tells that their bill is there. A month in which nothing was billed has none.
    pub(crate) fn close_months(&mut self, at: Timestamp, out: &mut Vec<Recorded>) {
        while self.next_closing().is_some_and(|due| due <= at) {
            let Some(totals) = self.cold.months.first().map(|month| month.totals) else { return };
            self.emit(at, Event::MonthClosed { totals: Box::new(totals) }, out);
            if !totals.total().is_zero() {
                let MonthTotals { month, paid, debt, .. } = totals;
                let (total, outstanding) = (totals.total(), self.outstanding(&totals));
                self.notify(at, NoticeKind::BillReady { month, total, paid, debt, outstanding }, out);
            }
        }
    }

    /// What is still owed of a month's debt: payments go into the oldest debt first, so that of later months is what is
    /// left last.
    pub(crate) fn outstanding(&self, of: &MonthTotals) -> Money {
        let later = self.open_months().filter(|other| other.month > of.month);
        let owed = self.debt() - later.map(|other| other.debt).sum::<Money>();
        owed.max(Money::ZERO).min(of.debt)
    }

    pub(crate) fn apply_month_closed(&mut self, month: Month) {
        self.cold.months.retain(|open| open.totals.month != month);
    }
}
