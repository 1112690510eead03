//! How events change the state. Nothing is decided here: effects are taken over as the event states them, and
//! no policy or price is looked up, so that replaying an old journal gives the old state.

use smallvec::SmallVec;

use crate::account::{Service, Subscription};
use crate::cold::Arrears;
use crate::keys::KeyUse;
use crate::tick::KnownDues;
use crate::{
    Account, BillLine, Event, Lot, LotNo, Money, Name, OrderDetail, Recorded, ServiceNo, Standing,
    SubscriptionMode, Timestamp, TopUpRequest, postings,
};

impl Account {
    /// Applies one event. Events of another account's history, or out of order, are the caller's mistake and
    /// show up in [`Account::check`].
    pub fn apply(&mut self, recorded: &Recorded) {
        let Recorded { at, event } = recorded;
        let at = *at;
        self.latest = self.latest.max(at);
        if !matches!(event, Event::Charged { .. }) {
            self.known_dues = KnownDues::default();
        }
        for posting in postings(event) {
            self.books.post(posting);
        }
        match event {
            Event::Opened { .. } => {}
            Event::ServiceAdded { api, region, .. } => self.services.push(Service {
                api: api.clone(),
                region: region.clone(),
                subscription: None,
                draw_order: SmallVec::new(),
                pay_per_use_since: at,
                is_told_instead: false,
                carry_e10: 0,
                month_until_min: 0,
                month_units: 0,
                month_spent: Money::ZERO,
            }),
            Event::Subscribed { service, mode } => {
                self.apply_subscribed(at, *service, *mode);
                self.arm_instead_again(at);
            }
            Event::Unsubscribed { service } => {
                self.arm_instead_again(at);
                self.end_usage_periods(*service, at, |_| true);
                if let Some(service) = self.service_mut(*service) {
                    service.subscription = None;
                }
            }
            Event::LotGranted { .. } => self.apply_granted(at, event),
            Event::LotExpired { lot, .. } => {
                if let Some(lot) = self.lots.get_mut(lot.0 as usize) {
                    lot.has_expired = true;
                }
                self.end_lot(*lot, at);
            }
            Event::Charged { .. } => self.apply_charged(at, event),
            Event::HourSettled { hour, lines, coupons, paid, debt } => {
                self.open_hours.close(*hour);
                let mut by_coupons = Money::ZERO;
                for part in coupons {
                    by_coupons += part.amount;
                    self.apply_coupon_used(part.coupon, part.amount, at);
                }
                self.add_settled_hour(at, *hour, lines, (by_coupons + *paid, *debt));
                self.rearm_top_up();
            }
            Event::ToppedUp { amount, key } => {
                self.add_topped_up(at, *amount);
                if let Some(key) = key {
                    self.cold.keys.remember(*key, KeyUse::TopUp(*amount), at);
                }
                self.rearm_top_up();
            }
            Event::DebtPaid { amount } => self.add_debt_paid(at, *amount),
            Event::StandingChanged { standing } => self.apply_standing(at, *standing),
            Event::TierChanged { tier } => self.tier = *tier,
            Event::LotTookEffect { lot } => {
                self.take_effect(*lot, at);
                self.arm_instead();
            }
            Event::Noticed { notice } => {
                self.apply_noticed(at, notice);
                self.apply_cap_told(at, &notice.kind);
                self.apply_member_told(at, &notice.kind);
                self.apply_renewal_told(&notice.kind);
            }
            Event::AlertsSet { alerts } => self.apply_alerts(at, **alerts),
            Event::AlertRearmed { alert } => self.apply_rearmed(at, *alert),
            Event::BudgetSet { budget } => self.apply_budget_set(at, budget),
            Event::BudgetRemoved { budget } => self.apply_budget_removed(budget),
            Event::MonthClosed { totals } => self.apply_month_closed(totals.month),
            Event::Adjusted { amount, reason, key } => {
                if let Some(key) = key {
                    let (amount, reason) = (*amount, reason.as_str().into());
                    self.cold.keys.remember(*key, KeyUse::Adjustment { amount, reason }, at);
                }
                self.rearm_top_up();
            }
            Event::CouponGiven { coupon } => {
                self.apply_coupon_given(coupon, at);
                self.rearm_top_up();
            }
            Event::CouponTookEffect { coupon } => {
                self.apply_coupon_took_effect(*coupon);
                self.rearm_top_up();
            }
            Event::CouponExpired { coupon, .. } => self.apply_coupon_expired(*coupon, at),
            Event::SpendCapSet { api, monthly } => self.apply_cap_set(api.as_ref(), *monthly),
            Event::SpendCapRemoved { api } => self.apply_cap_removed(api.as_ref()),
            Event::MemberSet { member, quota } => self.apply_member_set(member, *quota, at),
            Event::MemberRemoved { member } => self.apply_member_removed(member, at),
            Event::RenewalSet { lot, plan, next_attempt_at, left_by } => {
                self.apply_renewal(*lot, |renewal| {
                    // What another one leaves to it was told of all the while, and of this instant still is.
                    if left_by.is_none() {
                        renewal.changed_at = at;
                    }
                    (renewal.plan, renewal.told_of) = (*plan, None);
                    renewal.next_attempt_at = *next_attempt_at;
                });
            }
            Event::RenewalAttempted { lot, next_attempt_at } => {
                self.apply_renewal(*lot, |renewal| {
                    (renewal.next_attempt_at, renewal.changed_at) = (*next_attempt_at, at);
                });
            }
            Event::RenewalEnded { lot } => self.apply_renewal(*lot, |renewal| renewal.has_ended = true),
            Event::AutoTopUpSet { rule } => self.apply_rule(Some(*rule)),
            Event::AutoTopUpRemoved => self.apply_rule(None),
            Event::TopUpRequested { no, amount, origin, key } => {
                let (no, amount, origin, key) = (*no, *amount, *origin, *key);
                self.apply_requested(at, TopUpRequest { no, amount, origin, requested_at: at, key });
            }
            Event::TopUpResolved { no, is_paid, retry_at, .. } => {
                self.apply_resolved(at, *no, *is_paid, *retry_at);
            }
            Event::TopUpPostponed { retry_at } => self.apply_postponed(at, *retry_at),
            Event::KeysForgotten { until } => self.cold.keys.forget_before(*until),
            Event::OrderPlaced { order } => self.apply_order_placed(order),
            Event::OrderCancelled { order, .. } => self.apply_order_ended(*order),
            Event::LotUnsubscribed { refund } => self.apply_unsubscribed_lot(at, refund),
        }
    }

    fn service_mut(&mut self, no: ServiceNo) -> Option<&mut Service> {
        self.services.get_mut(usize::from(no.0))
    }

    fn apply_subscribed(&mut self, at: Timestamp, no: ServiceNo, mode: SubscriptionMode) {
        if mode == SubscriptionMode::PackageOnly {
            self.end_usage_periods(no, at, |_| true);
        }
        if let Some(service) = self.service_mut(no) {
            let since = service.subscription.map_or(at, |s| s.since);
            service.subscription = Some(Subscription { mode, since });
            if mode == SubscriptionMode::PayPerUse {
                service.pay_per_use_since = at;
            }
        }
    }

    fn apply_granted(&mut self, at: Timestamp, event: &Event) {
        let Event::LotGranted {
            lot,
            service,
            source,
            granted,
            effective_at,
            expires_at,
            enterprise_project,
            price,
            key,
            drawn_after,
            order,
        } = event
        else {
            return;
        };
        if let Some(OrderDetail { discount, coupon, renews, order, .. }) = order.as_deref() {
            for (coupon, amount) in discount.iter().chain(coupon) {
                self.apply_coupon_used(*coupon, *amount, at);
            }
            if let Some(paid) = coupon {
                self.cold.coupon_payments.insert(*lot, *paid);
            }
            if let Some(order) = order {
                self.apply_order_paid(*order, *lot);
            }
            if let Some(renewed) = renews {
                self.apply_renewed(*renewed, *lot);
            }
        }
        self.lots.push(Lot {
            no: *lot,
            service: *service,
            source: *source,
            granted: *granted,
            drawn: 0,
            created_at: at,
            effective_at: *effective_at,
            expires_at: *expires_at,
            has_taken_effect: false,
            has_expired: false,
            is_unsubscribed: false,
            ended_at: None,
            enterprise_project: enterprise_project.clone(),
            price: *price,
            refunded: Money::ZERO,
            first_charge: self.charges + 1,
            first_charge_after: None,
            key: *key,
            low_line: 0,
            is_low_told: false,
            expiry_told_days: u8::MAX,
        });
        self.arm_for_lot(*lot);
        self.add_purchase(at, *service, enterprise_project.as_ref(), *price);
        if *effective_at <= at {
            self.take_effect(*lot, at);
        }
        if let Some(key) = key {
            self.cold.keys.remember(*key, KeyUse::Lot(*lot), at);
        }
        if let Some(service) = self.service_mut(*service) {
            let place = service.draw_order.len().min(*drawn_after as usize);
            service.draw_order.insert(place, *lot);
        }
    }

    fn apply_charged(&mut self, at: Timestamp, event: &Event) {
        let Event::Charged { service, enterprise_project, draws, rated, carry_e10, .. } = event else {
            return;
        };
        self.charges += 1;
        for draw in draws {
            let Some(lot) = self.lots.get_mut(draw.lot.0 as usize) else { continue };
            lot.drawn += draw.units;
            if lot.left() == 0 {
                self.end_lot(draw.lot, at);
            }
        }
        if self.counts_use
            && let Some(member) = enterprise_project
        {
            let drawn: u64 = draws.iter().map(|draw| draw.units).sum();
            let priced: u64 = rated.iter().map(|rated| rated.units).sum();
            self.count_member(member, (drawn + priced, rated.iter().map(|rated| rated.amount).sum()), at);
        }
        if rated.is_empty() {
            return;
        }
        let zone = self.zone;
        let hour = zone.hour_start(at);
        let enterprise_project = enterprise_project.as_ref();
        let used_to = (!self.is_met_by_pay_per_use(*service, enterprise_project, at)).then_some(at);
        let Some(of_service) = self.services.get_mut(usize::from(service.0)) else { return };
        of_service.carry_e10 = *carry_e10;
        if of_service.month_is_over(at) {
            let until_ms = zone.month_range(zone.month(at)).1.ms();
            of_service.month_until_min = u32::try_from(until_ms.div_euclid(60_000)).unwrap_or(u32::MAX);
            (of_service.month_units, of_service.month_spent) = (0, Money::ZERO);
        }
        let (since, lots) = (of_service.pay_per_use_since, &self.lots);
        let (open_hour, is_new) = self.open_hours.open(hour);
        if is_new {
            self.known_dues = KnownDues::default();
        }
        for rated in rated {
            of_service.month_units += rated.units;
            of_service.month_spent += rated.amount;
            let same = |l: &&mut BillLine| {
                l.service == *service
                    && l.price_version == rated.price_version
                    && l.tier == rated.tier
                    && l.enterprise_project.as_ref() == enterprise_project
            };
            if let Some(line) = open_hour.lines.iter_mut().find(same) {
                line.units += rated.units;
                line.amount += rated.amount;
                // A period that had ended goes on if pay-per-use has taken over again within the hour.
                line.used_to = used_to;
                line.last_call_at = at;
                continue;
            }
            open_hour.lines.push(BillLine {
                service: *service,
                enterprise_project: enterprise_project.cloned(),
                price_version: rated.price_version,
                tier: rated.tier,
                units: rated.units,
                amount: rated.amount,
                used_from: usage_began(lots, *service, enterprise_project, since).max(hour),
                used_to,
                first_call_at: at,
                last_call_at: at,
            });
        }
    }

    /// A lot's first instant: the usage periods of the calls it is for end.
    fn take_effect(&mut self, no: LotNo, at: Timestamp) {
        let Some(lot) = self.lots.get_mut(no.0 as usize) else { return };
        lot.has_taken_effect = true;
        let (service, reserved_for) = (lot.service, lot.enterprise_project.clone());
        self.end_usage_periods(service, at, |line| {
            reserved_for.is_none() || line.enterprise_project == reserved_for
        });
    }

    /// A lot with nothing left leaves the draw order. One that expired may be drawn once more, by a call
    /// authorised before; it has ended all the same.
    pub(crate) fn end_lot(&mut self, no: LotNo, at: Timestamp) {
        let Some(lot) = self.lots.get_mut(no.0 as usize).filter(|lot| lot.ended_at.is_none()) else { return };
        lot.ended_at = Some(at);
        let is_used_up = !lot.has_expired && !lot.is_unsubscribed;
        lot.first_charge_after = Some(if is_used_up { self.charges } else { self.charges + 1 });
        self.known_dues = KnownDues::default();
        let service = lot.service;
        if let Some(service) = self.service_mut(service) {
            service.draw_order.retain(|l| *l != no);
        }
    }

    /// True while calls go to pay-per-use: it is enabled, not frozen, and no lot is there for them. Otherwise a call
    /// charged at a price was authorised before that ended, or all units of the lots were kept back for other calls.
    fn is_met_by_pay_per_use(&self, no: ServiceNo, enterprise_project: Option<&Name>, at: Timestamp) -> bool {
        let Some(service) = self.service(no) else { return false };
        !matches!(self.standing, Standing::Frozen { .. })
            && service.subscription.is_some_and(|s| s.mode == SubscriptionMode::PayPerUse)
            && !service
                .draw_order
                .iter()
                .filter_map(|no| self.lot(*no))
                .any(|lot| lot.serves(enterprise_project, at))
    }

    /// From here on calls are met otherwise: the usage periods of the running hour end. Hours that are over and
    /// only wait for their settlement keep theirs.
    fn end_usage_periods(&mut self, no: ServiceNo, at: Timestamp, of: impl Fn(&BillLine) -> bool) {
        let hour = self.zone.hour_start(at);
        for line in self.open_hours.lines_of_mut(hour) {
            if line.service == no && line.used_to.is_none() && of(line) {
                line.used_to = Some(at);
            }
        }
    }

    /// Freezing stops pay-per-use, release deletes its resources for good; packages with quota left stay.
    fn apply_standing(&mut self, at: Timestamp, next: Standing) {
        let was_frozen = matches!(self.standing, Standing::Frozen { .. });
        self.standing = next;
        self.cold.dunned_days = u8::MAX;
        if let Standing::Grace { since, until, release_at } = next {
            self.cold.arrears = Some(Arrears { tier: self.tier, since, until, release_at });
        }
        let is_released = matches!(next, Standing::Released { .. });
        let stops = is_released || matches!(next, Standing::Frozen { .. });
        if !stops && !was_frozen {
            return;
        }
        for no in 0..self.services.len() {
            let no = ServiceNo(u16::try_from(no).unwrap_or(u16::MAX));
            if stops {
                self.end_usage_periods(no, at, |_| true);
            }
            let Some(service) = self.service_mut(no) else { continue };
            if is_released {
                service.subscription = None;
            } else if !stops {
                service.pay_per_use_since = at;
            }
        }
    }
}

/// Since when calls are met by pay-per-use: since it was enabled, or since the last lot that met them ended.
fn usage_began(
    lots: &[Lot],
    service: ServiceNo,
    enterprise_project: Option<&Name>,
    enabled_at: Timestamp,
) -> Timestamp {
    let of_calls = lots.iter().filter(|lot| lot.service == service && lot.is_for(enterprise_project));
    of_calls
        .filter(|lot| lot.has_taken_effect)
        .filter_map(|lot| lot.ended_at)
        .fold(enabled_at, Timestamp::max)
}
