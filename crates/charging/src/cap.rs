//! Spending caps: a hard limit on what pay-per-use may cost in a month, for one API or for the whole account.
//!
//! A call is refused if the month's charges, what the calls under way may cost at most, and what this call may
//! cost at most would together exceed the cap. Its tier is the one it stands in by what the month has used, or a
//! later one if that is dearer. Holds count at once, so no number of concurrent callers can overshoot it, by not one
//! call. Packages are prepaid and work on. A cap is the account's own wish; the original has none, and its users ask
//! for one.

use serde::{Deserialize, Serialize};

use crate::arming::is_a_day_after;
use crate::wording::{amount, list, when};
use crate::{
    Account, Context, Event, Holds, Money, Name, NoticeKind, Reason, Recorded, Refusal, Service,
    SubscriptionMode, Timestamp, Zone,
};

/// A limit on the charges of a calendar month in the account's zone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SpendCap {
    /// The API, in all its regions; none for the whole account.
    pub api: Option<Name>,
    /// What the month's charges may come to.
    pub monthly: Money,
    /// End of the month in which it was last told that the cap is reached.
    pub(crate) told_until: Timestamp,
}

impl SpendCap {
    /// How the account's owner calls it: the API, or `all`.
    pub fn name(&self) -> &str {
        name_of(self.api.as_ref())
    }

    fn covers(&self, api: &Name) -> bool {
        self.api.as_ref().is_none_or(|own| own == api)
    }
}

/// A cap that refuses every further call at a price, for what the month has cost already.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReachedCap {
    /// The API it is for; none for the whole account.
    pub api: Option<Name>,
    /// The APIs enabled for pay-per-use whose calls it refuses.
    pub apis: Vec<Name>,
    /// What the month's charges may come to.
    pub monthly: Money,
    /// What they have come to.
    pub spent: Money,
    /// When the next month begins.
    pub renews_at: Timestamp,
}

impl ReachedCap {
    /// How the account's owner calls it: the API, or `all`.
    pub fn name(&self) -> &str {
        name_of(self.api.as_ref())
    }

    /// What it is, in one sentence.
    pub fn text(&self, currency: &str, zone: Zone) -> String {
        let of = self.api.as_ref().map_or("the whole account".to_owned(), Name::to_string);
        format!(
            "The spending cap of {of} is reached, {} of {} a month: until {} calls of {} beyond packages are refused.",
            amount(self.spent, currency),
            amount(self.monthly, currency),
            when(self.renews_at, zone),
            list(self.apis.iter().map(Name::to_string)),
        )
    }

    /// What to do about it, for an account by its name if that is given.
    pub fn cure(&self, account: Option<&str>, zone: Zone) -> String {
        let command = account.map_or(String::new(), |account| {
            let api = self.api.as_ref().map_or(String::new(), |api| format!(" --api {api}"));
            format!(": inkmeter cap set {account}{api} --monthly AMOUNT")
        });
        format!(
            "Raise the cap or take it away, buy a package, or wait until {}{command}.",
            when(self.renews_at, zone)
        )
    }
}

/// What the cap of the whole account is called. No API may have this name.
pub const ALL_APIS: &str = "all";

fn name_of(api: Option<&Name>) -> &str {
    api.map_or(ALL_APIS, Name::as_str)
}

impl Account {
    /// The spending caps, in the order they were first set.
    pub fn spend_caps(&self) -> &[SpendCap] {
        &self.cold.caps
    }

    /// What pay-per-use calls of an API, or of all, were charged in the month that holds the instant, in the account's
    /// zone. No event may be later than the instant.
    pub fn spent_this_month(&self, api: Option<&Name>, now: Timestamp) -> Money {
        let services = self.services.iter().filter(|s| api.is_none_or(|api| &s.api == api));
        services.map(|s| s.spent_in_month_of(now)).sum()
    }

    /// The caps that refuse every further call of some API enabled for pay-per-use, if nothing but the month's charges counts.
    pub fn reached_caps(&self, context: Context<'_>, now: Timestamp) -> Vec<ReachedCap> {
        let renews_at = self.zone.month_range(self.zone.month(now)).1;
        let cost_of_one = |service: &Service| {
            let is_priced = service.subscription.is_some_and(|s| s.mode == SubscriptionMode::PayPerUse);
            let price = context.catalog.price(&service.api, now).filter(|_| is_priced)?;
            Some(self.cost_at_most(context, service, (price, 1), now)).filter(|cost| cost.is_positive())
        };
        let of = |cap: &SpendCap| {
            let spent = self.spent_this_month(cap.api.as_ref(), now);
            let is_refused = |service: &&Service| {
                cap.covers(&service.api)
                    && cost_of_one(service).is_some_and(|cost| spent + cost > cap.monthly)
            };
            let mut apis: Vec<Name> =
                self.services.iter().filter(is_refused).map(|service| service.api.clone()).collect();
            apis.sort_unstable();
            apis.dedup();
            let (api, monthly) = (cap.api.clone(), cap.monthly);
            (!apis.is_empty()).then_some(ReachedCap { api, apis, monthly, spent, renews_at })
        };
        self.cold.caps.iter().filter_map(of).collect()
    }

    /// What the calls of an API under way, or all of them, may cost at most.
    pub fn held_for(&self, api: Option<&Name>, holds: &Holds) -> Money {
        match api {
            None => holds.amount(),
            Some(api) => {
                let of_api = |no: &crate::ServiceNo| self.service(*no).is_some_and(|s| &s.api == api);
                holds.amounts().filter(|(no, _)| of_api(no)).map(|(_, amount)| amount).sum()
            }
        }
    }

    /// Sets a cap, or changes it. Zero refuses every call that costs anything. Lower than what is spent already,
    /// it refuses all further ones; nothing is taken back.
    ///
    /// # Errors
    /// An API that is not in the catalog, a negative amount, or one too large.
    pub fn set_spend_cap(
        &mut self,
        context: Context<'_>,
        api: Option<&Name>,
        monthly: Money,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<(), Refusal> {
        let now = self.catch_up(context, now, out);
        if let Some(api) = api.filter(|api| !context.catalog.apis.contains_key(*api)) {
            return Err(Refusal::new(Reason::UnknownApi { api: api.clone() }));
        }
        if monthly < Money::ZERO || !monthly.is_within_limit() {
            return Err(Refusal::new(Reason::AmountOutOfRange));
        }
        let is_set = |cap: &SpendCap| cap.api.as_ref() == api && cap.monthly == monthly;
        if !self.cold.caps.iter().any(is_set) {
            self.emit(now, Event::SpendCapSet { api: api.cloned(), monthly }, out);
        }
        Ok(())
    }

    /// Takes a cap away.
    ///
    /// # Errors
    /// There is none.
    pub fn remove_spend_cap(
        &mut self,
        context: Context<'_>,
        api: Option<&Name>,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<(), Refusal> {
        let now = self.catch_up(context, now, out);
        if !self.cold.caps.iter().any(|cap| cap.api.as_ref() == api) {
            return Err(Refusal::new(Reason::NothingToRemove));
        }
        self.emit(now, Event::SpendCapRemoved { api: api.cloned() }, out);
        Ok(())
    }

    /// Refuses a call that could take the month beyond a cap.
    pub(crate) fn check_spend_caps(
        &self,
        holds: &Holds,
        api: &Name,
        at_most: Money,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        for cap in self.cold.caps.iter().filter(|cap| cap.covers(api)) {
            let spent = self.spent_this_month(cap.api.as_ref(), now);
            let held = self.held_for(cap.api.as_ref(), holds);
            if spent + held + at_most > cap.monthly {
                let month = self.zone.month(now);
                let (cap_of, cap) = (cap.api.clone(), cap.monthly);
                let (renews_at, zone) = (self.zone.month_range(month).1, self.zone);
                return Err(Refusal::new(Reason::SpendCapReached {
                    cap_of,
                    month,
                    cap,
                    spent,
                    held,
                    at_most,
                    renews_at,
                    zone,
                }));
            }
        }
        Ok(())
    }

    /// The first refusal of a month is told; under another cap again, but not within a day. Not told is one that only calls
    /// under way are the cause of: it says nothing of the month. Hands the refusal on.
    pub(crate) fn tell_of_cap(
        &mut self,
        refusal: Refusal,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Refusal {
        let Reason::SpendCapReached { cap_of, month, cap, spent, at_most, .. } = &*refusal.reason else {
            return refusal;
        };
        if *spent + *at_most <= *cap {
            return refusal;
        }
        let is_told = |c: &&SpendCap| c.api == *cap_of && c.told_until > now;
        if self.cold.caps.iter().find(is_told).is_none()
            && !self.was_cap_told_lately(cap_of.as_ref(), now)
            && let Ok(api) = Name::new(name_of(cap_of.as_ref()))
        {
            self.notify(
                now,
                NoticeKind::SpendCapReached { api, month: *month, cap: *cap, spent: *spent },
                out,
            );
        }
        refusal
    }

    /// True if it was told of a cap within a day, and in the same month: changing a cap costs nothing.
    pub(crate) fn was_cap_told_lately(&self, api: Option<&Name>, now: Timestamp) -> bool {
        let told_at = self.cold.caps_told.get(&api.cloned()).copied();
        let is_month = told_at.is_some_and(|told_at| self.zone.month(told_at) == self.zone.month(now));
        is_month && !is_a_day_after(told_at, now)
    }

    pub(crate) fn apply_cap_set(&mut self, api: Option<&Name>, monthly: Money) {
        let caps = &mut self.cold.caps;
        match caps.iter_mut().find(|cap| cap.api.as_ref() == api) {
            // Another amount is another cap: reaching it is news.
            Some(cap) => (cap.monthly, cap.told_until) = (monthly, Timestamp::EPOCH),
            None => {
                let told_until = Timestamp::EPOCH;
                caps.push(SpendCap { api: api.cloned(), monthly, told_until });
            }
        }
        self.counts_use = true;
    }

    pub(crate) fn apply_cap_removed(&mut self, api: Option<&Name>) {
        self.cold.caps.retain(|cap| cap.api.as_ref() != api);
        self.counts_use = self.counts_caps_or_members();
    }

    /// A notice that a cap was reached is not given again in its month.
    pub(crate) fn apply_cap_told(&mut self, at: Timestamp, notice: &NoticeKind) {
        let NoticeKind::SpendCapReached { api, month, .. } = notice else { return };
        let until = self.zone.month_range(*month).1;
        if let Some(cap) = self.cold.caps.iter_mut().find(|cap| cap.name() == api.as_str()) {
            cap.told_until = until;
            self.cold.caps_told.insert(cap.api.clone(), at);
        }
    }
}
