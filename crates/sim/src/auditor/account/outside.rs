//! An account looked at from outside: what is overdue, what it permits, and whether the engine has the same.

use charging::{Account, Coupon, Money, Name, Standing, SubscriptionMode};

use super::{Books, Lot, e8};
use crate::auditor::rating::HOUR_MS;
use crate::auditor::{Finding, finding};

impl Books {
    /// How many requests the provider has not answered.
    pub fn unanswered(&self) -> usize {
        self.requests.values().filter(|(_, is_over)| !is_over).count()
    }

    /// What ought to have happened by an instant and has not.
    pub fn overdue(&self, now: i64) -> Option<String> {
        let hour = self.usage.keys().map(|line| line.0).find(|hour| hour + HOUR_MS + self.delay_ms <= now);
        if let Some(hour) = hour {
            return Some(format!("hour {hour} is not settled"));
        }
        let ends = |lot: &&Lot| !lot.expired && lot.drawn < lot.granted && lot.expires < now;
        if let Some(lot) = self.lots.iter().find(ends) {
            return Some(format!("a package has not ended: {lot:?}"));
        }
        match self.standing {
            Standing::Grace { until, .. } if until.ms() <= now => Some("grace is over".into()),
            Standing::Frozen { release_at, .. } if release_at.ms() <= now => Some("retention is over".into()),
            _ => None,
        }
    }

    /// Whether a call must be permitted (`Some(true)`), must be refused, or may be either: what calls under way keep
    /// back is not looked at.
    pub fn permits(&self, api: &Name, region: &Name, project: Option<&Name>, now: i64) -> Option<bool> {
        let found = self.services.iter().position(|one| (&one.api, &one.region) == (api, region));
        let Some(no) = found else { return Some(false) };
        let is_frozen = matches!(self.standing, Standing::Frozen { .. } | Standing::Released { .. });
        if self.services[no].mode == Some(SubscriptionMode::PayPerUse) && !is_frozen {
            return Some(true);
        }
        let serves = |lot: &Lot| {
            lot.service == no
                && lot.drawn < lot.granted
                && (lot.effective..=lot.expires).contains(&now)
                && (lot.project.is_none() || lot.project.as_ref() == project)
        };
        if self.lots.iter().any(serves) { None } else { Some(false) }
    }

    /// Compares with the account that the engine has.
    pub fn compare(&self, account: &Account) -> Result<(), Finding> {
        let books = account.books();
        if books.sum() != Money::ZERO {
            return Err(finding("money", format!("the books sum to {}", books.sum())));
        }
        let theirs = [account.cash(), account.debt(), account.unsettled()].map(e8);
        if theirs != [self.cash, self.debt, self.unsettled] {
            let detail = format!(
                "cash, debt and unsettled are {theirs:?}, and not {:?}",
                [self.cash, self.debt, self.unsettled,]
            );
            return Err(finding("money", detail));
        }
        let left = |coupon: &Coupon| if coupon.has_expired { 0 } else { e8(coupon.left) };
        let coupons: Vec<i128> = account.coupons().iter().map(left).collect();
        if coupons != self.coupons {
            return Err(finding("money", format!("coupons are {coupons:?}, and not {:?}", self.coupons)));
        }
        if (account.standing(), account.charges(), account.tier()) != (self.standing, self.charges, self.tier)
        {
            let theirs = (account.standing(), account.charges());
            return Err(finding(
                "standing",
                format!("{theirs:?}, and not {:?}", (self.standing, self.charges)),
            ));
        }
        if account.lots().len() != self.lots.len() {
            return Err(finding(
                "lot",
                format!("{} packages, not {}", account.lots().len(), self.lots.len()),
            ));
        }
        for (theirs, ours) in account.lots().iter().zip(&self.lots) {
            let left = if ours.expired { 0 } else { ours.granted - ours.drawn };
            let expired = ours.granted - ours.drawn - left;
            if (theirs.granted, theirs.drawn, theirs.left(), theirs.expired())
                != (ours.granted, ours.drawn, left, expired)
            {
                return Err(finding("lot", format!("{theirs:?} is not {ours:?}")));
            }
        }
        let modes = account.services().iter().map(|service| service.subscription.map(|one| one.mode));
        if !modes.eq(self.services.iter().map(|service| service.mode)) {
            return Err(finding("standing", "other services are enabled than were"));
        }
        Ok(())
    }
}
