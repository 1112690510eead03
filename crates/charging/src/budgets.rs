//! Budgets: what a month may cost, and who says so when it costs more.
//!
//! A budget is an amount for each calendar month, of the whole account or of an API, a region or an enterprise project.
//! It stops nothing. It is looked at when an hour is settled or a package bought: actual spending is told of once for
//! each percentage and month, the highest one reached if several are at once; and once a month that spending will come
//! to more, if it goes on as it did. The forecast extends pay-per-use linearly from the hours settled so far, packages
//! count once, and the first day of a month says nothing yet. A budget that lies below the spending when it is set is
//! told at once, the second time within a day when that day is over (`arming`), or with the next hour that is settled.

use serde::{Deserialize, Serialize};

use crate::months::{OpenMonth, Spend};
use crate::{
    Account, Context, Event, HOUR_MS, Money, Name, NoticeKind, Reason, Recorded, Refusal, Timestamp,
};

/// The most budgets an account has.
const BUDGETS_LIMIT: usize = 50;
/// The most percentages a budget has, and the highest.
const PERCENTS_LIMIT: usize = 10;
const PERCENT_LIMIT: u16 = 1_000;
/// What of a month must be over before it is extended.
const FORECAST_AFTER_MS: i64 = 24 * HOUR_MS;

/// What a month may cost.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Budget {
    /// Its name, the account's own choice.
    pub name: Name,
    /// How much, each month.
    pub amount: Money,
    /// Only this API.
    pub api: Option<Name>,
    /// Only this region.
    pub region: Option<Name>,
    /// Only this enterprise project.
    pub enterprise_project: Option<Name>,
    /// At which percentages of the amount to tell, rising.
    pub percents: Vec<u16>,
    /// Whether to tell of a forecast above the amount.
    pub forecast: bool,
}

/// A budget beside the month so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BudgetState {
    /// What was spent: settled hours and packages.
    pub spent: Money,
    /// What the month will come to, once a day of it is over.
    pub forecast: Option<Money>,
}

impl Budget {
    fn check(&self) -> Result<(), Refusal> {
        let wrong = |detail: String| Err(Refusal::new(Reason::InvalidSetting { detail }));
        if !self.amount.is_positive() || !self.amount.is_within_limit() {
            return Err(Refusal::new(Reason::AmountOutOfRange));
        }
        let are_rising = self.percents.windows(2).all(|pair| pair[0] < pair[1]);
        let are_in_range = self.percents.iter().all(|percent| (1..=PERCENT_LIMIT).contains(percent));
        if !are_rising || !are_in_range || self.percents.len() > PERCENTS_LIMIT {
            return wrong(format!(
                "a budget has up to {PERCENTS_LIMIT} percentages, rising, between 1 and {PERCENT_LIMIT}"
            ));
        }
        if self.percents.is_empty() && !self.forecast {
            return wrong("a budget tells at a percentage, of a forecast, or both".into());
        }
        Ok(())
    }
}

impl Account {
    /// The budgets, in order of name.
    pub fn budgets(&self) -> &[Budget] {
        &self.cold.budgets
    }

    /// A budget beside the month of an instant.
    pub fn budget_state(&self, budget: &Budget, at: Timestamp) -> BudgetState {
        let Some(month) = self.cold.month_at(at) else {
            return BudgetState { spent: Money::ZERO, forecast: None };
        };
        self.state_in(budget, month, self.settled_to(at))
    }

    /// Sets a budget, in place of one of the same name. What lies above it already is told at once, where that did not
    /// happen within a day before.
    ///
    /// # Errors
    /// An amount or percentages out of range; too many budgets.
    pub fn set_budget(
        &mut self,
        context: Context<'_>,
        budget: Budget,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<(), Refusal> {
        let now = self.catch_up(context, now, out);
        budget.check()?;
        let same_name = self.cold.budgets.iter().find(|other| other.name == budget.name);
        if same_name == Some(&budget) {
            return Ok(());
        }
        if same_name.is_none() && self.cold.budgets.len() >= BUDGETS_LIMIT {
            let detail = format!("an account has at most {BUDGETS_LIMIT} budgets");
            return Err(Refusal::new(Reason::InvalidSetting { detail }));
        }
        self.emit(now, Event::BudgetSet { budget: Box::new(budget) }, out);
        if self.cold.budgets_arming.due().is_none() {
            self.watch_budgets(now, self.settled_to(now), now, out);
        }
        Ok(())
    }

    /// Removes a budget.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn remove_budget(
        &mut self,
        context: Context<'_>,
        name: &Name,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<(), Refusal> {
        let now = self.catch_up(context, now, out);
        if !self.cold.budgets.iter().any(|budget| budget.name == *name) {
            return Err(Refusal::new(Reason::UnknownBudget { budget: name.clone() }));
        }
        self.emit(now, Event::BudgetRemoved { budget: name.clone() }, out);
        Ok(())
    }

    /// Looks at the budgets after something was spent in the month of `spent_at`; hours are settled up to `settled_to`.
    pub(crate) fn watch_budgets(
        &mut self,
        spent_at: Timestamp,
        settled_to: Timestamp,
        at: Timestamp,
        out: &mut Vec<Recorded>,
    ) {
        if self.cold.budgets.is_empty() {
            return;
        }
        let Some(month) = self.cold.month_at(spent_at) else { return };
        let mut told = Vec::new();
        for budget in &self.cold.budgets {
            let BudgetState { spent, forecast } = self.state_in(budget, month, settled_to);
            let before = month.told.iter().find(|told| told.budget == budget.name);
            let (percent_before, is_forecast_told) =
                before.map_or((0, false), |told| (told.percent, told.is_forecast_told));
            let reached = |percent: u16| {
                i128::from(spent.e8()) * 100 >= i128::from(budget.amount.e8()) * i128::from(percent)
            };
            let (name, month, amount) = (&budget.name, month.totals.month, budget.amount);
            let highest = budget.percents.iter().copied().filter(|percent| reached(*percent)).max();
            if let Some(percent) = highest.filter(|percent| *percent > percent_before) {
                let budget = name.clone();
                told.push(NoticeKind::BudgetExceeded { budget, month, percent, spent, amount });
            }
            if let Some(forecast) = forecast.filter(|forecast| *forecast > amount)
                && budget.forecast
                && !is_forecast_told
                && spent <= amount
            {
                told.push(NoticeKind::BudgetForecast { budget: name.clone(), month, forecast, amount });
            }
        }
        for kind in told {
            self.notify(at, kind, out);
        }
    }

    /// A budget was told of: at the instant at which one was set, that counts as told by the setting, and its day begins.
    pub(crate) fn note_told_when_set(&mut self, at: Timestamp) {
        if self.cold.budget_set_at == Some(at) {
            self.cold.budgets_arming.told = Some(true);
        }
    }

    /// Up to when hours are settled.
    pub(crate) fn settled_to(&self, now: Timestamp) -> Timestamp {
        let hour = self.zone.hour_start(now);
        self.open_hours.first().map_or(hour, |open| open.start.min(hour))
    }

    fn state_in(&self, budget: &Budget, month: &OpenMonth, settled_to: Timestamp) -> BudgetState {
        let counts = |spend: &&Spend| {
            let Some(service) = self.service(spend.service) else { return false };
            budget.api.as_ref().is_none_or(|api| *api == service.api)
                && budget.region.as_ref().is_none_or(|region| *region == service.region)
                && (budget.enterprise_project.is_none()
                    || budget.enterprise_project == spend.enterprise_project)
        };
        let spends = || month.spend.iter().filter(counts);
        let usage: Money = spends().map(|spend| spend.usage).sum();
        let packages: Money = spends().map(|spend| spend.packages).sum();
        let spent = usage + packages;
        // An account opened within the month spends from then on.
        let from = month.from.max(self.zone.hour_start(self.opened_at));
        let elapsed_ms = settled_to.min(month.until).ms() - from.ms();
        let rest_ms = month.until.ms() - settled_to.min(month.until).ms();
        let forecast = (elapsed_ms >= FORECAST_AFTER_MS).then(|| {
            let more = (i128::from(usage.e8()) * i128::from(rest_ms)).div_euclid(i128::from(elapsed_ms));
            // Beyond what can be said, it is a great deal.
            let more = i64::try_from(more).unwrap_or(i64::MAX).min(Money::LIMIT.e8());
            spent + Money::from_e8(more)
        });
        BudgetState { spent, forecast }
    }

    pub(crate) fn apply_budget_set(&mut self, at: Timestamp, budget: &Budget) {
        self.cold.budget_set_at = Some(at);
        self.cold.budgets_arming.change(at);
        self.apply_budget_removed(&budget.name);
        let place = self.cold.budgets.partition_point(|other| other.name < budget.name);
        self.cold.budgets.insert(place, budget.clone());
    }

    pub(crate) fn apply_budget_removed(&mut self, name: &Name) {
        self.cold.budgets.retain(|budget| budget.name != *name);
        for month in &mut self.cold.months {
            month.told.retain(|told| told.budget != *name);
        }
    }
}
