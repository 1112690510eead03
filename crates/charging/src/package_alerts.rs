//! Package alerts: a lot that runs low, is used up, or expires with units left; and calls paid per use while packages
//! elsewhere lie idle.
//!
//! "When remaining usage reaches the threshold" the account is told, and "when the total changes (new purchase,
//! renewal) the alert is re-armed" ("How Is Billing Handled When a Package Is Used Up? And How Can I Check the Remaining
//! Quota and Receive Alerts for My Package?"). Each lot has its own line, for "each one's remaining quota counts", and
//! is told of once. An end is told of from the 7th day before on (Packages), then 3 days and 1 day before; but not while
//! another period follows the lot, because it was renewed or will be by itself: then nothing ends for its owner. Once an
//! attempt at that has failed, its end is told of like any other.

use std::cmp::Ordering;

use crate::arming::is_a_day_after;
use crate::{
    Account, Context, Draws, HOUR_MS, Lot, LotNo, NoticeKind, QuotaLeft, Recorded, RenewalMode, ServiceNo,
    Source, Standing, SubscriptionMode, Timestamp, UsedUpThen,
};

const DAY_MS: i64 = 24 * HOUR_MS;

impl Lot {
    /// True if what is left has come to its alert, or to nothing.
    pub(crate) fn is_low(&self) -> bool {
        self.left() <= self.low_line
    }

    /// The next instant at which its end is told of, and how many days before the end that is. `from` is since when the
    /// account wants to be told that early.
    fn next_expiry_notice(&self, expiry_days: u8, from: Timestamp) -> Option<(Timestamp, u8)> {
        if self.expires_at >= Timestamp::MAX {
            return None;
        }
        let ends_at = self.expires_at.plus_ms(1);
        let from = from.max(self.created_at).max(self.effective_at);
        let due = |days: u8| (ends_at.plus_ms(-i64::from(days) * DAY_MS), days);
        let days = [expiry_days, 3, 1].into_iter().filter(|days| (1..=expiry_days).contains(days));
        days.filter(|days| *days < self.expiry_told_days).map(due).filter(|(at, _)| *at > from).min()
    }
}

impl Account {
    /// True if a call that was just charged may have crossed a line of an alert: looked at after every call, so it reads
    /// nothing that the call has not read.
    #[inline]
    pub(crate) fn may_be_told(&self, service: ServiceNo, draws: &Draws, is_priced: bool) -> bool {
        self.credit() < self.balance_line
            || draws.iter().any(|draw| self.lot(draw.lot).is_some_and(Lot::is_low))
            || is_priced && self.services.len() > 1 && self.may_have_quota_elsewhere(service)
    }

    /// What a charged call tells the account of.
    #[cold]
    #[inline(never)]
    pub(crate) fn watch_charge(
        &mut self,
        service: ServiceNo,
        draws: &Draws,
        is_priced: bool,
        at: Timestamp,
        out: &mut Vec<Recorded>,
    ) {
        for draw in draws {
            self.watch_lot(draw.lot, at, out);
        }
        if is_priced {
            self.watch_pay_per_use(service, at, out);
        }
        self.watch_balance(at, out);
    }

    /// After a change of settings: looks at every lot.
    pub(crate) fn watch_lots(&mut self, at: Timestamp, out: &mut Vec<Recorded>) {
        let low: Vec<LotNo> =
            self.usable_lots().filter(|lot| lot.has_taken_effect && lot.is_low()).map(|lot| lot.no).collect();
        for no in low {
            self.watch_lot(no, at, out);
        }
    }

    fn watch_lot(&mut self, no: LotNo, at: Timestamp, out: &mut Vec<Recorded>) {
        // A lot that expired has been told of; a call authorised before may still draw from it.
        let Some(lot) = self.lot(no).filter(|lot| lot.is_low() && !lot.has_expired && !lot.is_unsubscribed)
        else {
            return;
        };
        let (left, granted) = (lot.left(), lot.granted);
        let Some(service) = self.service(lot.service) else { return };
        let (api, region) = (service.api.clone(), service.region.clone());
        let kind = if left > 0 {
            let threshold = lot.low_line;
            NoticeKind::PackageLow { lot: no, api, region, left, granted, threshold }
        } else {
            let then = self.after_lot(lot, at);
            let pay_per_use_until = self.pay_per_use_until(lot, then);
            NoticeKind::PackageUsedUp { lot: no, api, region, then, pay_per_use_until }
        };
        self.notify(at, kind, out);
    }

    /// What meets the calls of a lot that is used up.
    pub(crate) fn after_lot(&self, lot: &Lot, at: Timestamp) -> UsedUpThen {
        let project = lot.enterprise_project.as_ref();
        let mut lots = self.lots_in_order(lot.service, project);
        if let Some(next) = lots.find(|next| next.serves(project, at)) {
            return UsedUpThen::NextLot { lot: next.no };
        }
        let mode = self.service(lot.service).and_then(|service| service.subscription).map(|s| s.mode);
        let is_frozen = matches!(self.standing, Standing::Frozen { .. });
        match mode {
            Some(SubscriptionMode::PayPerUse) if !is_frozen => UsedUpThen::PayPerUse,
            _ => UsedUpThen::Refused,
        }
    }

    /// When pay-per-use ends, where it meets the calls of a lot that is used up.
    pub(crate) fn pay_per_use_until(&self, lot: &Lot, then: UsedUpThen) -> Option<Timestamp> {
        self.pay_per_use_ends_at(lot.service).filter(|_| then == UsedUpThen::PayPerUse)
    }

    /// What meets the calls of a lot once its validity is over, as things stand.
    pub(crate) fn after_end(&self, lot: &Lot) -> UsedUpThen {
        match self.after_lot(lot, lot.expires_at.plus_ms(1)) {
            UsedUpThen::PayPerUse if self.ends_pay_per_use(lot) => UsedUpThen::Refused,
            then => then,
        }
    }

    /// True if pay-per-use ends with a lot: none is left beyond it, and one is to be the last that ends then, or before it
    /// and leaves that to one that does.
    fn ends_pay_per_use(&self, lot: &Lot) -> bool {
        let last = self.last_lot(lot.service);
        if last.is_some_and(|last| last.expires_at > lot.expires_at) {
            return false;
        }
        let is_left_to_it =
            last.is_some_and(|last| last.expires_at == lot.expires_at && self.takes_wish(last));
        let is_last = |no: LotNo| {
            let other = self.lot(no).filter(|other| other.service == lot.service);
            other.is_some_and(|other| match other.expires_at.cmp(&lot.expires_at) {
                Ordering::Equal => true,
                Ordering::Less => is_left_to_it,
                Ordering::Greater => false,
            })
        };
        let mut to_be_last = self.cold.renewals.values().filter(|r| r.plan.mode == RenewalMode::None);
        to_be_last.any(|renewal| !renewal.has_ended && is_last(renewal.lot))
    }

    fn may_have_quota_elsewhere(&self, no: ServiceNo) -> bool {
        let Some(called) = self.service(no).filter(|called| !called.is_told_instead) else { return false };
        let mut others = self.services.iter().filter(|other| !other.draw_order.is_empty());
        others.any(|other| is_beside((&called.api, &called.region), (&other.api, &other.region)))
    }

    /// A call was charged at a price. "The region where the user purchased the service package is different from the
    /// actual calling region", "the purchased service is different from the actual service used" (Arrears): said on the
    /// first such call, and then not before packages or subscriptions change, of which the latter count once a day.
    fn watch_pay_per_use(&mut self, no: ServiceNo, at: Timestamp, out: &mut Vec<Recorded>) {
        let Some(called) = self.service(no).filter(|called| !called.is_told_instead) else { return };
        let mut elsewhere = Vec::new();
        for other in &self.services {
            if !is_beside((&called.api, &called.region), (&other.api, &other.region)) {
                continue;
            }
            let lots = other.draw_order.iter().filter_map(|lot| self.lot(*lot));
            let usable = lots.filter(|lot| lot.serves(lot.enterprise_project.as_ref(), at));
            let left = usable.map(Lot::left).fold(0, u64::saturating_add);
            if left > 0 {
                elsewhere.push(QuotaLeft { api: other.api.clone(), region: other.region.clone(), left });
            }
        }
        if elsewhere.is_empty() {
            return;
        }
        elsewhere.sort();
        let (api, region) = (called.api.clone(), called.region.clone());
        self.notify(at, NoticeKind::PayPerUseInstead { api, region, elsewhere }, out);
    }

    /// The next instant at which a lot's end is told of, and how many days before the end that is. What would have been
    /// told while another period was to follow it is not made up for.
    pub(crate) fn next_expiry_notice(&self, lot: &Lot) -> Option<(Timestamp, u8)> {
        if self.is_renewal_in_hand(lot.no) {
            return None;
        }
        let from = self.cold.expiry_told_from.max(self.renewal(lot.no).changed_at);
        lot.next_expiry_notice(self.cold.alerts.expiry_days, from)
    }

    /// Tells of lots that expire soon.
    pub(crate) fn notify_expiring(&mut self, context: Context<'_>, at: Timestamp, out: &mut Vec<Recorded>) {
        let due: Vec<(LotNo, u8)> = self
            .usable_lots()
            .filter_map(|lot| Some((lot.no, self.next_expiry_notice(lot)?)))
            .filter(|(_, (due, _))| *due <= at)
            .map(|(no, (_, days))| (no, days))
            .collect();
        for (no, days) in due {
            let Some(lot) = self.lot(no) else { continue };
            let Some(service) = self.service(lot.service) else { continue };
            let (api, region) = (service.api.clone(), service.region.clone());
            let kind = NoticeKind::PackageExpires {
                days,
                lot: no,
                api,
                region,
                left: lot.left(),
                expires_at: lot.expires_at,
                then: self.after_end(lot),
                next_attempt_at: self.renewal(no).next_attempt_at,
                is_renewable: self.renewal_price(context, no, at).is_some(),
            };
            self.notify(at, kind, out);
        }
    }

    /// Arms the alerts of the lots that are asked for.
    pub(crate) fn arm_lots(&mut self, of: impl Fn(&Lot) -> bool) {
        let alerts = self.cold.alerts;
        for lot in self.lots.iter_mut().filter(|lot| lot.left() > 0 && of(lot)) {
            (lot.low_line, lot.is_low_told) = (alerts.lot_line(lot.granted), false);
        }
    }

    /// Another setting: lots not told of yet go by it now, the others as soon as it arms them.
    pub(crate) fn change_lot_lines(&mut self, at: Timestamp) {
        let is_any_told = self.lots.iter().any(|lot| lot.is_low_told && lot.left() > 0);
        self.cold.lots_arming.told = is_any_told.then_some(true);
        self.cold.lots_arming.change(at);
        let arms = self.cold.lots_arming.told.is_none();
        self.arm_lots(|lot| arms || !lot.is_low_told);
    }

    /// A lot was granted: its own alert is armed, and with a purchase those of the other lots for its service.
    pub(crate) fn arm_for_lot(&mut self, granted: LotNo) {
        let Some(lot) = self.lot(granted) else { return };
        let (service, is_bought) = (lot.service, lot.source == Source::Package);
        self.arm_lots(|lot| lot.no == granted || is_bought && lot.service == service);
        self.arm_instead();
    }

    /// Packages changed: calls paid per use beside idle packages are told of again.
    pub(crate) fn arm_instead(&mut self) {
        self.services.iter_mut().for_each(|service| service.is_told_instead = false);
    }

    /// Subscriptions changed: the same, once a day at most, for changing them costs nothing.
    pub(crate) fn arm_instead_again(&mut self, at: Timestamp) {
        let is_any_told = self.services.iter().any(|service| service.is_told_instead);
        if is_any_told && is_a_day_after(self.cold.instead_armed_at, at) {
            self.cold.instead_armed_at = Some(at);
            self.arm_instead();
        }
    }

    /// Lots with units left, service by service.
    pub(crate) fn usable_lots(&self) -> impl Iterator<Item = &Lot> {
        self.services.iter().flat_map(|s| &s.draw_order).filter_map(|no| self.lot(*no))
    }
}

/// True for the same API in another region and for another API in the same region: where a package for a call may lie by
/// mistake.
fn is_beside(called: (&crate::Name, &crate::Name), other: (&crate::Name, &crate::Name)) -> bool {
    (called.0 == other.0) != (called.1 == other.1)
}
