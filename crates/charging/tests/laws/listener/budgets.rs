//! Spending: what each month costs, beside its budgets.

use std::collections::{BTreeMap, BTreeSet};

use charging::{Account, Budget, Event, HOUR_MS, Money, Month, Name, Place, Timestamp, Zone};

use super::alarm::Alarm;
use super::{DAY_MS, Told};

/// Something spent: where, for whom, how much, and whether it was a package.
struct Spent {
    service: usize,
    project: Option<Name>,
    e8: i64,
    is_package: bool,
}

pub struct Spending {
    zone: Zone,
    opened_at: Timestamp,
    /// The service of each lot, and the project it is for.
    lots: Vec<(usize, Option<Name>)>,
    months: BTreeMap<Month, Vec<Spent>>,
    billed: BTreeSet<Month>,
    /// Hours with calls at a price that are not settled.
    open_hours: BTreeSet<Timestamp>,
    budgets: BTreeMap<Name, Budget>,
    told_percent: BTreeMap<(Name, Month), u16>,
    told_forecast: BTreeSet<(Name, Month)>,
    /// Told when a budget was set.
    pub alarm: Alarm,
    /// When one was set, or its day came: whatever is told at that instant counts as told by it.
    set_at: Option<Timestamp>,
}

impl Spending {
    pub fn new(account: &Account) -> Spending {
        Spending {
            zone: account.zone(),
            opened_at: account.opened_at(),
            lots: Vec::new(),
            months: BTreeMap::new(),
            billed: BTreeSet::new(),
            open_hours: BTreeSet::new(),
            budgets: BTreeMap::new(),
            told_percent: BTreeMap::new(),
            told_forecast: BTreeSet::new(),
            alarm: Alarm::default(),
            set_at: None,
        }
    }

    pub fn of_month(&self, month: Month) -> i64 {
        self.months.get(&month).into_iter().flatten().map(|spent| spent.e8).sum()
    }

    /// Months with spending and without a bill.
    pub fn unbilled(&self) -> impl Iterator<Item = Month> {
        let months = self.months.keys().copied();
        months.filter(|month| self.of_month(*month) != 0 && !self.billed.contains(month))
    }

    pub fn hear(&mut self, at: Timestamp, event: &Event, services: &[Place], told: &mut Vec<Told>) {
        match event {
            Event::Charged { rated, .. } if !rated.is_empty() => {
                self.open_hours.insert(self.zone.hour_start(at));
            }
            Event::HourSettled { hour, lines, .. } => {
                self.open_hours.remove(hour);
                let of_month = self.months.entry(self.zone.month(*hour)).or_default();
                of_month.extend(lines.iter().map(|line| Spent {
                    service: usize::from(line.service.0),
                    project: line.enterprise_project.clone(),
                    e8: line.amount.e8(),
                    is_package: false,
                }));
                self.look(at, *hour, hour.plus_ms(HOUR_MS), services, told);
            }
            Event::LotGranted { service, enterprise_project, price, .. } => {
                self.lots.push((usize::from(service.0), enterprise_project.clone()));
                self.months.entry(self.zone.month(at)).or_default().push(Spent {
                    service: usize::from(service.0),
                    project: enterprise_project.clone(),
                    e8: price.e8(),
                    is_package: true,
                });
                self.look(at, at, self.settled_to(at), services, told);
            }
            Event::LotUnsubscribed { refund } => {
                let (service, project) = self.lots[refund.lot.0 as usize].clone();
                let e8 = -refund.amount().e8();
                self.months.entry(self.zone.month(at)).or_default().push(Spent {
                    service,
                    project,
                    e8,
                    is_package: true,
                });
            }
            Event::BudgetSet { budget } => {
                self.forget(&budget.name);
                self.budgets.insert(budget.name.clone(), (**budget).clone());
                self.set_at = Some(at);
                self.alarm.set(at);
                if !self.alarm.is_waiting() {
                    self.look(at, at, self.settled_to(at), services, told);
                }
            }
            Event::BudgetRemoved { budget } => self.forget(budget),
            Event::MonthClosed { totals } => {
                let month = totals.month;
                assert!(self.billed.insert(month), "{month} closes twice");
                let third = self.zone.month_range(month).1.plus_ms(2 * DAY_MS);
                assert_eq!(at, third, "{month} closes");
            }
            _ => {}
        }
    }

    /// A setting's day has come.
    pub fn rearm(&mut self, at: Timestamp, services: &[Place], told: &mut Vec<Told>) {
        self.set_at = Some(at);
        self.alarm.rearm(at);
        self.look(at, at, self.settled_to(at), services, told);
    }

    fn forget(&mut self, budget: &Name) {
        self.budgets.remove(budget);
        self.told_percent.retain(|(name, _), _| name != budget);
        self.told_forecast.retain(|(name, _)| name != budget);
    }

    fn settled_to(&self, now: Timestamp) -> Timestamp {
        self.open_hours.first().copied().unwrap_or(now).min(self.zone.hour_start(now))
    }

    /// Something was spent in the month of an instant: which budgets does it come to, and which will it come to?
    fn look(
        &mut self,
        at: Timestamp,
        spent_at: Timestamp,
        settled_to: Timestamp,
        services: &[Place],
        told: &mut Vec<Told>,
    ) {
        let before = told.len();
        let month = self.zone.month(spent_at);
        let (from, until) = self.zone.month_range(month);
        let nothing = Vec::new();
        let of_month = self.months.get(&month).unwrap_or(&nothing);
        for (name, budget) in &self.budgets {
            let is_of = |spent: &&Spent| {
                let Place { api, region } = &services[spent.service];
                budget.api.as_ref().is_none_or(|own| own == api)
                    && budget.region.as_ref().is_none_or(|own| own == region)
                    && budget
                        .enterprise_project
                        .as_ref()
                        .is_none_or(|own| Some(own) == spent.project.as_ref())
            };
            let sum = |is_package: &[bool]| -> i64 {
                let of = of_month.iter().filter(is_of).filter(|spent| is_package.contains(&spent.is_package));
                of.map(|spent| spent.e8).sum()
            };
            let (spent, usage, amount) = (sum(&[true, false]), sum(&[false]), budget.amount.e8());
            let key = (name.clone(), month);
            // From the highest percentage down: the first that is reached is the one that is told.
            let reached =
                |percent: &&u16| i128::from(spent) >= (i128::from(amount) * i128::from(**percent) + 99) / 100;
            let told_before = self.told_percent.get(&key).copied().unwrap_or(0);
            if let Some(percent) = budget.percents.iter().rev().find(reached).filter(|p| **p > told_before) {
                let spent = Money::from_e8(spent);
                told.push((at, format!("budget_exceeded {name} {month}: {percent} by {spent}")));
                self.told_percent.insert(key.clone(), *percent);
            }
            // The hours of the month so far, of which the account had a part only if it was opened within it.
            let began = from.max(self.zone.hour_start(self.opened_at));
            let settled = settled_to.min(until);
            let [past, ahead] = [settled.ms() - began.ms(), until.ms() - settled.ms()].map(i128::from);
            if !budget.forecast || past < i128::from(DAY_MS) || spent > amount {
                continue;
            }
            let forecast = spent + i64::try_from(i128::from(usage) * ahead / past).unwrap();
            if forecast > amount && self.told_forecast.insert(key) {
                let forecast = Money::from_e8(forecast);
                told.push((at, format!("budget_forecast {name} {month}: {forecast}")));
            }
        }
        if told.len() > before && self.set_at == Some(at) {
            self.alarm.tell(0);
        }
    }
}
