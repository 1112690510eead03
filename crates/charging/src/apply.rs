//! How events change the state. Nothing is decided here: effects are taken over as the event states them, and
//! no policy or price is looked up, so that replaying an old journal gives the old state.

use crate::account::{KeyUse, Service, Subscription};
use crate::{
    Account, BillLine, Event, Lot, LotNo, Name, Rated, Recorded, ServiceNo, Standing, SubscriptionMode,
    Timestamp, postings,
};

impl Account {
    /// Applies one event. Events of another account's history, or out of order, are the caller's mistake and
    /// show up in [`Account::check`].
    pub fn apply(&mut self, recorded: &Recorded) {
        let Recorded { at, event } = recorded;
        let at = *at;
        self.latest = self.latest.max(at);
        for posting in postings(event) {
            self.books.post(posting);
        }
        match event {
            Event::Opened { .. } => {}
            Event::ServiceAdded { api, region, .. } => self.services.push(Service {
                api: api.clone(),
                region: region.clone(),
                subscription: None,
                draw_order: Vec::new(),
                pay_per_use_since: at,
                carry_e10: 0,
                month_until: Timestamp::EPOCH,
                month_units: 0,
            }),
            Event::Subscribed { service, mode } => self.apply_subscribed(at, *service, *mode),
            Event::Unsubscribed { service } => {
                self.end_usage_period(*service, at);
                if let Some(service) = self.service_mut(*service) {
                    service.subscription = None;
                }
            }
            Event::LotGranted { .. } => self.apply_granted(at, event),
            Event::LotExpired { lot, .. } => {
                if let Some(lot) = self.lots.get_mut(lot.0 as usize) {
                    lot.has_expired = true;
                }
                self.forget_empty_lot(*lot, at);
            }
            Event::Charged { .. } => self.apply_charged(at, event),
            Event::HourSettled { hour, .. } => {
                self.open_hours.remove(hour);
            }
            Event::ToppedUp { amount, key } => {
                if let Some(key) = key {
                    self.keys.insert(*key, KeyUse::TopUp(*amount));
                }
            }
            Event::DebtPaid { .. } => {}
            Event::StandingChanged { standing } => {
                self.standing = *standing;
                if let Standing::Released { .. } = standing {
                    self.apply_released(at);
                }
            }
            Event::TierChanged { tier } => self.tier = *tier,
        }
    }

    fn service_mut(&mut self, no: ServiceNo) -> Option<&mut Service> {
        self.services.get_mut(usize::from(no.0))
    }

    fn apply_subscribed(&mut self, at: Timestamp, no: ServiceNo, mode: SubscriptionMode) {
        if mode == SubscriptionMode::PackageOnly {
            self.end_usage_period(no, at);
        }
        if let Some(service) = self.service_mut(no) {
            let since = service.subscription.map_or(at, |s| s.since);
            service.subscription = Some(Subscription { mode, since });
            if service.draw_order.is_empty() && mode == SubscriptionMode::PayPerUse {
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
            draw_order,
        } = event
        else {
            return;
        };
        if *effective_at <= at {
            self.end_usage_period(*service, at);
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
            has_expired: false,
            enterprise_project: enterprise_project.clone(),
            price: *price,
            key: *key,
        });
        if let Some(key) = key {
            self.keys.insert(*key, KeyUse::Lot(*lot));
        }
        if let Some(service) = self.service_mut(*service) {
            service.draw_order = draw_order.clone();
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
                self.forget_empty_lot(draw.lot, at);
            }
        }
        if rated.is_empty() {
            return;
        }
        let zone = self.zone;
        let hour = zone.hour_start(at);
        let Some(of_service) = self.services.get_mut(usize::from(service.0)) else { return };
        of_service.carry_e10 = *carry_e10;
        if at >= of_service.month_until {
            of_service.month_until = zone.month_range(zone.month(at)).1;
            of_service.month_units = 0;
        }
        let used_from = of_service.pay_per_use_since.max(hour);
        let lines = self.open_hours.entry(hour).or_default();
        for rated in rated {
            of_service.month_units += rated.units;
            add_to_line(lines, *service, enterprise_project.as_ref(), rated, used_from);
        }
    }

    /// A lot with nothing left leaves the draw order; after the last one calls are met by pay-per-use.
    fn forget_empty_lot(&mut self, no: LotNo, at: Timestamp) {
        let Some(service) = self.lots.get(no.0 as usize).map(|lot| lot.service) else { return };
        if let Some(service) = self.service_mut(service) {
            service.draw_order.retain(|l| *l != no);
            if service.draw_order.is_empty() {
                service.pay_per_use_since = at;
            }
        }
    }

    /// From here on the service is met otherwise: the open hour's usage period ends.
    fn end_usage_period(&mut self, no: ServiceNo, at: Timestamp) {
        for lines in self.open_hours.values_mut() {
            for line in lines.iter_mut().filter(|l| l.service == no && l.used_to.is_none()) {
                line.used_to = Some(at);
            }
        }
    }

    /// Release deletes every pay-per-use resource; packages with quota left stay.
    fn apply_released(&mut self, at: Timestamp) {
        for no in 0..self.services.len() {
            let no = ServiceNo(u16::try_from(no).unwrap_or(u16::MAX));
            self.end_usage_period(no, at);
            if let Some(service) = self.service_mut(no) {
                service.subscription = None;
            }
        }
    }
}

fn add_to_line(
    lines: &mut Vec<BillLine>,
    service: ServiceNo,
    enterprise_project: Option<&Name>,
    rated: &Rated,
    used_from: Timestamp,
) {
    let same = |l: &&mut BillLine| {
        l.service == service
            && l.price_version == rated.price_version
            && l.tier == rated.tier
            && l.enterprise_project.as_ref() == enterprise_project
    };
    match lines.iter_mut().find(same) {
        Some(line) => {
            line.units += rated.units;
            line.amount += rated.amount;
            // Pay-per-use took over again within the hour.
            line.used_to = None;
        }
        None => lines.push(BillLine {
            service,
            enterprise_project: enterprise_project.cloned(),
            price_version: rated.price_version,
            tier: rated.tier,
            units: rated.units,
            amount: rated.amount,
            used_from,
            used_to: None,
        }),
    }
}
