//! Members: other accounts whose calls this account, their master, pays for ("How Does a Member Account Use a Package
//! Purchased by an Enterprise Master Account?").
//!
//! A member's calls are charged here like all others, from the master's packages and balance, and name the member as
//! their enterprise project: so lots, settlements, bills and explanations know it without a word of their own. Standing
//! is the master's. What a member has of its own is a quota: how much its calls may cost in a calendar month beyond
//! packages, or how many units they may use, those of packages among them. Holds count at once, as with spending caps,
//! so no number of callers can overshoot it.

use serde::{Deserialize, Serialize};

use crate::{Account, Context, Event, Holds, Money, Month, Name, Reason, Recorded, Refusal, Timestamp};

/// What a member may use in a calendar month in the master's zone.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct MemberQuota {
    /// What its calls may cost beyond packages; none for no limit.
    pub amount: Option<Money>,
    /// How many units they may use; none for no limit.
    pub units: Option<u64>,
}

/// A member, and what it used in the month of its last call.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Member {
    /// What its calls name as their enterprise project.
    pub id: Name,
    /// What it may use.
    pub quota: MemberQuota,
    month: Month,
    amount: Money,
    units: u64,
}

impl Member {
    /// What it used in a month: cost beyond packages, and units. No call may be later than the month.
    pub fn used_in(&self, month: Month) -> (Money, u64) {
        if self.month == month { (self.amount, self.units) } else { (Money::ZERO, 0) }
    }
}

impl Account {
    /// The members, in the order they came.
    pub fn members(&self) -> &[Member] {
        &self.cold.members
    }

    /// Makes somebody a member, or changes a member's quota. What is used already counts; nothing is taken back.
    ///
    /// # Errors
    /// A negative amount, or one too large.
    pub fn set_member(
        &mut self,
        context: Context<'_>,
        id: &Name,
        quota: MemberQuota,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<(), Refusal> {
        let now = self.catch_up(context, now, out);
        if quota.amount.is_some_and(|amount| amount < Money::ZERO || !amount.is_within_limit()) {
            return Err(Refusal::new(Reason::AmountOutOfRange));
        }
        let is_set = |member: &Member| member.id == *id && member.quota == quota;
        if !self.cold.members.iter().any(is_set) {
            self.emit(now, Event::MemberSet { member: id.clone(), quota }, out);
        }
        Ok(())
    }

    /// Takes a member away. What its calls were charged stays charged, and counts again if it comes back this month.
    ///
    /// # Errors
    /// There is none of this id.
    pub fn remove_member(
        &mut self,
        context: Context<'_>,
        id: &Name,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<(), Refusal> {
        let now = self.catch_up(context, now, out);
        if !self.cold.members.iter().any(|member| member.id == *id) {
            return Err(Refusal::new(Reason::NothingToRemove));
        }
        self.emit(now, Event::MemberRemoved { member: id.clone() }, out);
        Ok(())
    }

    /// Refuses a call that could take a member beyond its quota.
    pub(crate) fn check_member(
        &self,
        holds: &Holds,
        enterprise_project: &Name,
        (units, at_most): (u64, Money),
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let Some(member) = self.cold.members.iter().find(|member| member.id == *enterprise_project) else {
            return Ok(());
        };
        let MemberQuota { amount, units: most } = member.quota;
        if amount.is_none() && most.is_none() {
            return Ok(());
        }
        let month = self.zone.month(now);
        let (spent, used) = member.used_in(month);
        let (held, under_way) = holds.of_project(enterprise_project);
        let is_too_dear = amount.is_some_and(|most| at_most.is_positive() && spent + held + at_most > most);
        let is_too_many =
            most.is_some_and(|most| used.saturating_add(under_way).saturating_add(units) > most);
        if !is_too_dear && !is_too_many {
            return Ok(());
        }
        Err(Refusal::new(Reason::MemberQuotaReached {
            month,
            quota: member.quota,
            spent,
            used,
            at_most,
            wanted: units,
            renews_at: self.zone.month_range(month).1,
            zone: self.zone,
        }))
    }

    pub(crate) fn apply_member_set(&mut self, id: &Name, quota: MemberQuota, at: Timestamp) {
        let month = self.zone.month(at);
        match self.cold.members.iter_mut().find(|member| member.id == *id) {
            Some(member) => member.quota = quota,
            None => {
                let former = self.cold.former_members.iter().position(|member| member.id == *id);
                let member = match former.map(|index| self.cold.former_members.remove(index)) {
                    Some(former) => Member { quota, ..former },
                    None => Member { id: id.clone(), quota, month, amount: Money::ZERO, units: 0 },
                };
                self.cold.members.push(member);
            }
        }
        self.counts_use = true;
    }

    pub(crate) fn apply_member_removed(&mut self, id: &Name, at: Timestamp) {
        let month = self.zone.month(at);
        self.cold.former_members.retain(|member| member.month >= month);
        if let Some(index) = self.cold.members.iter().position(|member| member.id == *id) {
            let former = self.cold.members.remove(index);
            self.cold.former_members.push(former);
        }
        self.counts_use = self.counts_caps_or_members();
    }

    pub(crate) fn counts_caps_or_members(&self) -> bool {
        let cold = &self.cold;
        !(cold.caps.is_empty() && cold.members.is_empty() && cold.former_members.is_empty())
    }

    /// Counts a charge that names a member, or one whose call was under way when it ceased to be one.
    pub(crate) fn count_member(&mut self, project: &Name, (units, amount): (u64, Money), at: Timestamp) {
        let month = self.zone.month(at);
        let cold = &mut self.cold;
        let mut all = cold.members.iter_mut().chain(&mut cold.former_members);
        if let Some(member) = all.find(|member| member.id == *project) {
            let (spent, used) = member.used_in(month);
            (member.month, member.amount, member.units) = (month, spent + amount, used + units);
        }
    }
}
