//! The shelf: lots and what is enabled, and what must be told of them.

use std::collections::{BTreeMap, BTreeSet};

use charging::{
    Account, Alerts, Event, LotNo, Money, Name, Place, RenewalMode, Source, Standing, SubscriptionMode,
    Timestamp,
};

use super::alarm::{Alarm, is_soon_after};
use super::{Told, days_before};
use crate::world::OFFERS;

struct HeardLot {
    service: usize,
    project: Option<Name>,
    granted: u64,
    left: u64,
    has_expired: bool,
    is_armed: bool,
    effective_at: Timestamp,
    expires_at: Timestamp,
    /// Its end is told of after this instant.
    listens_from: Timestamp,
    /// True while another period is to follow it, and no attempt at that has failed.
    is_followed: bool,
    /// True if pay-per-use is to end with it.
    is_to_be_last: bool,
    /// True if something was said about its end.
    has_wish: bool,
    /// Whether something was owed when a failure of its renewal was last told.
    failed_for: Option<&'static str>,
    told_days: BTreeSet<u8>,
}

impl HeardLot {
    fn is_drawn_at(&self, at: Timestamp) -> bool {
        self.left > 0 && self.effective_at <= at && at <= self.expires_at
    }
}

pub struct Shelf {
    alerts: Alerts,
    services: Vec<Place>,
    enabled: BTreeMap<usize, SubscriptionMode>,
    lots: Vec<HeardLot>,
    /// Services whose calls are known to be paid for beside idle packages.
    told_instead: BTreeSet<usize>,
    instead_last: Option<Timestamp>,
    pub alarm: Alarm,
}

/// At how many units left a lot is low; said another way than the core does.
fn line(alerts: &Alerts, granted: u64) -> u64 {
    let percent = alerts.package_percent.map_or(0, |percent| granted * u64::from(percent) / 100);
    percent.max(alerts.package_calls.unwrap_or(0)).min(granted - 1)
}

impl Shelf {
    pub fn new(account: &Account) -> Shelf {
        Shelf {
            alerts: *account.alerts(),
            services: Vec::new(),
            enabled: BTreeMap::new(),
            lots: Vec::new(),
            told_instead: BTreeSet::new(),
            instead_last: None,
            alarm: Alarm::default(),
        }
    }

    pub fn services(&self) -> &[Place] {
        &self.services
    }

    fn lot(&mut self, no: LotNo) -> &mut HeardLot {
        &mut self.lots[no.0 as usize]
    }

    /// Ends that come near between two instants.
    pub fn pass(&mut self, from: Timestamp, now: Timestamp, told: &mut Vec<Told>) {
        let early = self.alerts.expiry_days;
        for (no, lot) in self.lots.iter_mut().enumerate() {
            if lot.left == 0 || lot.is_followed {
                continue;
            }
            for days in
                BTreeSet::from([early, 3, 1]).into_iter().rev().filter(|days| (1..=early).contains(days))
            {
                let due = days_before(lot.expires_at.plus_ms(1), days);
                let is_new = lot.told_days.iter().all(|before| days < *before);
                if is_new && due > lot.listens_from && from < due && due <= now {
                    lot.told_days.insert(days);
                    told.push((due, format!("package_expires {no}: {} in {days}", lot.left)));
                }
            }
        }
    }

    pub fn hear(
        &mut self,
        at: Timestamp,
        event: &Event,
        standing: &Standing,
        (cash, has_debt): (i64, bool),
        told: &mut Vec<Told>,
    ) {
        let mut tell = |what: String| told.push((at, what));
        match event {
            Event::ServiceAdded { api, region, .. } => {
                self.services.push(Place { api: api.clone(), region: region.clone() });
            }
            Event::Subscribed { service, mode } => {
                self.enabled.insert(usize::from(service.0), *mode);
                self.forget_instead(at);
            }
            Event::Unsubscribed { service } => {
                self.enabled.remove(&usize::from(service.0));
                self.forget_instead(at);
            }
            Event::StandingChanged { standing: Standing::Released { .. } } => self.enabled.clear(),
            Event::LotTookEffect { .. } => self.told_instead.clear(),
            Event::LotGranted { .. } => {
                if let Some(what) = self.grant(at, event) {
                    tell(what);
                }
            }
            Event::LotExpired { lot, .. } => {
                let lot = self.lot(*lot);
                (lot.left, lot.has_expired) = (0, true);
            }
            Event::LotUnsubscribed { refund } => {
                let lot = self.lot(refund.lot);
                (lot.left, lot.has_expired) = (0, true);
                // What was said of its end goes with it.
                (lot.is_to_be_last, lot.has_wish) = (false, false);
                self.told_instead.clear();
            }
            Event::Charged { service, draws, rated, .. } => {
                for draw in draws {
                    let lot = self.lot(draw.lot);
                    lot.left -= if lot.has_expired { 0 } else { draw.units };
                }
                draws.iter().filter_map(|draw| self.look(draw.lot, at, standing)).for_each(&mut tell);
                if !rated.is_empty() {
                    self.look_elsewhere(usize::from(service.0), at).into_iter().for_each(&mut tell);
                }
            }
            Event::AlertsSet { alerts } => {
                let before = std::mem::replace(&mut self.alerts, **alerts);
                let of_lots = |alerts: &Alerts| (alerts.package_percent, alerts.package_calls);
                if of_lots(&before) != of_lots(alerts) {
                    if self.lots.iter().any(|lot| lot.left > 0 && !lot.is_armed) {
                        self.alarm.tell(0);
                    }
                    self.alarm.set(at);
                    if !self.alarm.is_waiting() {
                        self.lots.iter_mut().for_each(|lot| lot.is_armed = true);
                    }
                }
                if before.expiry_days != alerts.expiry_days {
                    self.lots.iter_mut().for_each(|lot| lot.listens_from = lot.listens_from.max(at));
                }
                self.look_at_all(at, standing).into_iter().for_each(&mut tell);
            }
            Event::RenewalSet { lot, plan, next_attempt_at, .. } => {
                let lot = self.lot(*lot);
                lot.failed_for = None;
                (lot.is_to_be_last, lot.has_wish) = (plan.mode == RenewalMode::None, true);
                lot.is_followed = next_attempt_at.is_some();
                lot.listens_from = lot.listens_from.max(at);
            }
            Event::RenewalEnded { lot } => self.lot(*lot).is_to_be_last = false,
            Event::RenewalAttempted { lot, next_attempt_at } => {
                let of_lot = self.lot(*lot);
                of_lot.is_followed = false;
                of_lot.listens_from = of_lot.listens_from.max(at);
                let lot_no = lot.0;
                let (service, granted) = (self.lot(*lot).service, self.lot(*lot).granted);
                let api = self.services[service].api.as_str();
                let offer = OFFERS.iter().find(|offer| (offer.0, offer.1) == (api, granted));
                let price = offer.map_or("no offer".into(), |offer| Money::from_e8(offer.2).to_string());
                let cash = Money::from_e8(cash);
                let why = match (offer, has_debt) {
                    (None, _) => "no offer",
                    (Some(_), true) => "debt",
                    (Some(_), false) => "price",
                };
                let before = self.lot(*lot).failed_for.replace(why);
                if before != Some(why) || next_attempt_at.is_none() {
                    tell(format!("renewal_failed {lot_no}: {price} of {cash}, then {next_attempt_at:?}"));
                }
            }
            _ => {}
        }
    }

    fn look_at_all(&mut self, at: Timestamp, standing: &Standing) -> Vec<String> {
        let lots = (0..self.lots.len()).map(|no| LotNo(u32::try_from(no).unwrap()));
        let left: Vec<LotNo> = lots.filter(|no| self.lots[no.0 as usize].left > 0).collect();
        left.into_iter().filter_map(|no| self.look(no, at, standing)).collect()
    }

    /// A setting's day has come.
    pub fn rearm(&mut self, at: Timestamp, standing: &Standing, told: &mut Vec<Told>) {
        self.alarm.rearm(at);
        self.lots.iter_mut().for_each(|lot| lot.is_armed = true);
        told.extend(self.look_at_all(at, standing).into_iter().map(|what| (at, what)));
    }

    /// Subscriptions changed, which counts once a day.
    fn forget_instead(&mut self, at: Timestamp) {
        if !self.told_instead.is_empty() && !is_soon_after(self.instead_last, at) {
            self.instead_last = Some(at);
            self.told_instead.clear();
        }
    }

    /// Another lot on the shelf; gives what is told if it renews one.
    fn grant(&mut self, at: Timestamp, event: &Event) -> Option<String> {
        let Event::LotGranted {
            lot,
            service,
            source,
            granted,
            effective_at,
            expires_at,
            enterprise_project,
            price,
            order,
            ..
        } = event
        else {
            return None;
        };
        assert_eq!(lot.0 as usize, self.lots.len());
        let service = usize::from(service.0);
        self.told_instead.clear();
        if *source == Source::Package {
            let others = self.lots.iter_mut().filter(|lot| lot.service == service && lot.left > 0);
            others.for_each(|lot| lot.is_armed = true);
        }
        self.lots.push(HeardLot {
            service,
            project: enterprise_project.clone(),
            granted: *granted,
            failed_for: None,
            left: *granted,
            has_expired: false,
            is_armed: true,
            effective_at: *effective_at,
            expires_at: *expires_at,
            listens_from: at.max(*effective_at),
            is_followed: false,
            is_to_be_last: false,
            has_wish: false,
            told_days: BTreeSet::new(),
        });
        let renewed = order.as_ref().and_then(|order| order.renews)?;
        let renewed_lot = self.lot(renewed);
        (renewed_lot.is_followed, renewed_lot.is_to_be_last) = (true, false);
        Some(format!("renewed {} by {}: {price}", renewed.0, lot.0))
    }

    /// A lot that runs low or is empty.
    fn look(&mut self, no: LotNo, at: Timestamp, standing: &Standing) -> Option<String> {
        let alerts = self.alerts;
        let lot = self.lot(no);
        let (left, granted) = (lot.left, lot.granted);
        if lot.has_expired || left > line(&alerts, granted) || left > 0 && !lot.is_armed {
            return None;
        }
        lot.is_armed = false;
        if left > 0 {
            return Some(format!("package_low {}: {left} of {granted}", no.0));
        }
        let then = self.after(no, at, standing);
        Some(format!("package_used_up {}, then {then}", no.0))
    }

    /// What meets the calls of a lot at an instant, if that cannot.
    fn after(&self, no: LotNo, at: Timestamp, standing: &Standing) -> &'static str {
        let HeardLot { service, project, .. } = &self.lots[no.0 as usize];
        let follows = |lot: &HeardLot| {
            let is_for = lot.project.is_none() || lot.project == *project;
            lot.service == *service && is_for && lot.is_drawn_at(at)
        };
        let is_priced = self.enabled.get(service) == Some(&SubscriptionMode::PayPerUse);
        if self.lots.iter().any(follows) {
            "next lot"
        } else if is_priced && standing.word() != "frozen" {
            "pay per use"
        } else {
            "refused"
        }
    }

    /// How a lot ends: with what left, when, and what meets its calls then.
    pub fn end_of(&self, no: LotNo, standing: &Standing) -> (u64, Timestamp, &'static str) {
        let HeardLot { service, left, expires_at, .. } = self.lots[no.0 as usize];
        let beside = || self.lots.iter().filter(move |lot| lot.service == service);
        let outlives = |lot: &HeardLot| lot.left > 0 && lot.expires_at > expires_at;
        // Who is to be the last and is not leaves it to the last of those left.
        let heir = beside().filter(|lot| lot.left > 0).max_by_key(|lot| lot.expires_at);
        let is_left_to_it = heir.is_some_and(|heir| !heir.has_wish && heir.expires_at == expires_at);
        let is_to_end = |lot: &HeardLot| {
            lot.is_to_be_last
                && (lot.expires_at == expires_at || lot.expires_at < expires_at && is_left_to_it)
        };
        let is_end_of_all = beside().any(is_to_end) && !beside().any(outlives);
        let then = match self.after(no, expires_at.plus_ms(1), standing) {
            "pay per use" if is_end_of_all => "refused",
            then => then,
        };
        (left, expires_at, then)
    }

    /// A call was paid for by itself: are there packages for the same API elsewhere, or for another one here?
    fn look_elsewhere(&mut self, called: usize, at: Timestamp) -> Option<String> {
        let Place { api, region } = &self.services[called];
        let left_in = |service: usize| -> u64 {
            let lots = self.lots.iter().filter(|lot| lot.service == service && lot.is_drawn_at(at));
            lots.map(|lot| lot.left).sum()
        };
        let beside = self.services.iter().enumerate().filter(|(_, other)| {
            let same = [other.api == *api, other.region == *region];
            same.contains(&true) && same.contains(&false)
        });
        let quota: BTreeMap<&Place, u64> =
            beside.map(|(no, place)| (place, left_in(no))).filter(|(_, left)| *left > 0).collect();
        if quota.is_empty() || self.told_instead.contains(&called) {
            return None;
        }
        let quota: String = quota
            .iter()
            .map(|(place, left)| format!(", {left} of {} in {}", place.api, place.region))
            .collect();
        let what = format!("pay_per_use_instead {api} in {region}{quota}");
        self.told_instead.insert(called);
        Some(what)
    }
}
