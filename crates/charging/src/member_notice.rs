//! What a master is told of its members' quotas: that most of one is used, and that one is used up.
//!
//! That most is used is told at the charge that brings it about. That it is used up is told at the charge that uses the
//! last of it, or at the first call that is refused, unless only calls under way are the cause: what is left of an amount
//! is seldom nothing, and still too little for a call. Each is told once a month; under another quota again, but not
//! within a day, for a setting costs nothing.

use serde::{Deserialize, Serialize};

use crate::arming::is_a_day_after;
use crate::{Account, Member, MemberQuota, Month, Name, NoticeKind, Reason, Recorded, Refusal, Timestamp};

/// What part of a quota is most of it, in percent.
pub const NEAR_PERCENT: u8 = 80;

/// When a master was last told of a member, and of which quota.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub(crate) struct MemberTold {
    near: Option<(Timestamp, MemberQuota)>,
    reached: Option<(Timestamp, MemberQuota)>,
}

impl Member {
    /// Whether a month's use comes to a percentage of the quota. A quota of nothing is never used.
    pub(crate) fn is_used_to(&self, percent: u8, month: Month) -> bool {
        let (spent, used) = self.used_in(month);
        let is_at = |is: i128, most: i128| most > 0 && is * 100 >= most * i128::from(percent);
        self.quota.amount.is_some_and(|most| is_at(spent.e8().into(), most.e8().into()))
            || self.quota.units.is_some_and(|most| is_at(used.into(), most.into()))
    }

    fn near(&self, month: Month) -> NoticeKind {
        let (spent, used) = self.used_in(month);
        NoticeKind::MemberQuotaNear { member: self.id.clone(), month, quota: self.quota, spent, used }
    }

    fn reached(&self, month: Month) -> NoticeKind {
        let (spent, used) = self.used_in(month);
        NoticeKind::MemberQuotaReached { member: self.id.clone(), month, quota: self.quota, spent, used }
    }
}

impl Account {
    fn member(&self, id: &Name) -> Option<&Member> {
        self.members().iter().find(|member| member.id == *id)
    }

    /// Looks at a member's quota after a charge that names it.
    pub(crate) fn watch_member(&mut self, id: &Name, now: Timestamp, out: &mut Vec<Recorded>) {
        let month = self.zone.month(now);
        let Some(member) = self.member(id) else { return };
        let kind = match () {
            () if member.is_used_to(100, month) => member.reached(month),
            () if member.is_used_to(NEAR_PERCENT, month) => member.near(month),
            () => return,
        };
        if self.may_tell_of_member(&kind, now) {
            self.notify(now, kind, out);
        }
    }

    /// Tells of a quota that refused a call which names this enterprise project. Hands the refusal on.
    pub(crate) fn tell_of_quota(
        &mut self,
        project: Option<&Name>,
        refusal: Refusal,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Refusal {
        let Reason::MemberQuotaReached { month, quota, spent, used, at_most, wanted, .. } = &*refusal.reason
        else {
            return refusal;
        };
        let is_too_dear = quota.amount.is_some_and(|most| at_most.is_positive() && *spent + *at_most > most);
        let is_too_many = quota.units.is_some_and(|most| used.saturating_add(*wanted) > most);
        let member = project.and_then(|id| self.member(id)).filter(|_| is_too_dear || is_too_many);
        if let Some(kind) = member.map(|member| member.reached(*month))
            && self.may_tell_of_member(&kind, now)
        {
            self.notify(now, kind, out);
        }
        refusal
    }

    /// True if a notice of a member was not given in its month, or a day ago of another quota.
    pub(crate) fn may_tell_of_member(&self, kind: &NoticeKind, now: Timestamp) -> bool {
        let (NoticeKind::MemberQuotaNear { member, month, quota, .. }
        | NoticeKind::MemberQuotaReached { member, month, quota, .. }) = kind
        else {
            return false;
        };
        let told = self.cold.members_told.get(member);
        let told = match kind {
            NoticeKind::MemberQuotaNear { .. } => told.and_then(|told| told.near),
            _ => told.and_then(|told| told.reached),
        };
        told.is_none_or(|(at, of)| {
            self.zone.month(at) != *month || of != *quota && is_a_day_after(Some(at), now)
        })
    }

    /// A notice of a member is not given again in its month.
    pub(crate) fn apply_member_told(&mut self, at: Timestamp, kind: &NoticeKind) {
        match kind {
            NoticeKind::MemberQuotaNear { member, quota, .. } => {
                self.cold.members_told.entry(member.clone()).or_default().near = Some((at, *quota));
            }
            NoticeKind::MemberQuotaReached { member, quota, .. } => {
                self.cold.members_told.entry(member.clone()).or_default().reached = Some((at, *quota));
            }
            _ => {}
        }
    }

    /// True if what a notice says of a member is so, and it was not given before.
    pub(crate) fn is_true_of_member(&self, at: Timestamp, kind: &NoticeKind) -> bool {
        let month = self.zone.month(at);
        kind.member().and_then(|id| self.member(id)).is_some_and(|member| {
            let is_so = match kind {
                NoticeKind::MemberQuotaNear { .. } => {
                    *kind == member.near(month)
                        && member.is_used_to(NEAR_PERCENT, month)
                        && !member.is_used_to(100, month)
                }
                _ => *kind == member.reached(month),
            };
            is_so && self.may_tell_of_member(kind, at)
        })
    }
}
