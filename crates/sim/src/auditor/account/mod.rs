//! One account as the auditor keeps it: plain sums and lists, moved by nothing but the events in the journal.
//!
//! It shares no code with the core: what an event means is written down here a second time, and whatever the core must
//! not do is refused. What it is not: a forecast. What the core has to do it says only where that can be said simply.

mod outside;
mod usage;

use std::collections::BTreeMap;

use charging::{AccountId, Event, Money, Name, Recorded, Source, Standing, SubscriptionMode, Tier};

use super::rating::DAY_MS;
use super::{Content, Finding, Mark, finding};
use crate::world::World;

/// An API in a region.
#[derive(Debug, Clone)]
pub struct Service {
    pub api: Name,
    pub region: Name,
    pub mode: Option<SubscriptionMode>,
    /// The last instant at which calls beyond packages were served at a price.
    priced_until: i64,
    month: i64,
    month_units: u64,
    carry_e10: u8,
}

/// A package.
#[derive(Debug, Clone)]
pub struct Lot {
    pub service: usize,
    pub source: Source,
    pub granted: u64,
    pub drawn: u64,
    pub created: i64,
    pub effective: i64,
    pub expires: i64,
    pub project: Option<Name>,
    pub price: i64,
    expired: bool,
}

/// The usage of an hour at one price: hour, service, project, version, tier.
type Line = (i64, usize, Option<Name>, u16, u8);

/// One account.
#[derive(Debug)]
pub struct Books {
    pub id: AccountId,
    pub policy: Name,
    pub tier: Tier,
    pub latest: i64,
    pub cash: i128,
    pub debt: i128,
    pub unsettled: i128,
    pub services: Vec<Service>,
    pub lots: Vec<Lot>,
    pub charges: u64,
    pub standing: Standing,
    coupons: Vec<i128>,
    usage: BTreeMap<Line, (u64, i128)>,
    /// What the provider was asked for, and whether it has answered.
    requests: BTreeMap<u64, (i64, bool)>,
    /// Money that the provider has given and that was not taken in yet.
    promised: Option<i64>,
    offset_ms: i64,
    delay_ms: i64,
    hold_ms: i64,
}

impl Books {
    /// The account that an event opens.
    pub fn open(world: &World, recorded: &Recorded) -> Result<Books, Finding> {
        let Event::Opened { account, tier, policy, zone } = &recorded.event else {
            return Err(finding("journal", format!("an account begins with {:?}", recorded.event)));
        };
        let rules = world.rules.policies.of(policy);
        Ok(Books {
            id: *account,
            policy: policy.clone(),
            tier: *tier,
            latest: recorded.at.ms(),
            cash: 0,
            debt: 0,
            unsettled: 0,
            services: Vec::new(),
            lots: Vec::new(),
            charges: 0,
            standing: Standing::Good { since: recorded.at },
            coupons: Vec::new(),
            usage: BTreeMap::new(),
            requests: BTreeMap::new(),
            promised: None,
            offset_ms: i64::from(zone.offset_minutes()) * 60_000,
            delay_ms: i64::from(rules.settlement_delay_minutes) * 60_000,
            hold_ms: i64::from(rules.hold_s) * 1000,
        })
    }

    /// Takes in what one command did; `out` is told what was done under a mark.
    pub fn entry(
        &mut self,
        world: &World,
        events: &[Recorded],
        out: &mut dyn FnMut(Mark, Content),
    ) -> Result<(), Finding> {
        for recorded in events {
            let at = recorded.at.ms();
            if at < self.latest {
                return Err(finding("time", format!("an event of {at} follows one of {}", self.latest)));
            }
            self.latest = at;
            self.event(world, at, &recorded.event, out)?;
            if self.cash < 0 || self.debt < 0 || self.unsettled < 0 {
                let Books { cash, debt, unsettled, .. } = self;
                return Err(finding("money", format!("cash {cash}, debt {debt}, unsettled {unsettled}")));
            }
        }
        if self.promised.is_some() {
            return Err(finding("money", "the provider's money was not taken in"));
        }
        let owes = match self.standing {
            Standing::Good { .. } => Some(false),
            Standing::Grace { .. } | Standing::Frozen { .. } => Some(true),
            Standing::Released { .. } => None,
        };
        if owes.is_some_and(|owes| owes != (self.debt > 0)) {
            return Err(finding("standing", format!("{:?} with a debt of {}", self.standing, self.debt)));
        }
        if self.debt > 0 && self.cash > 0 {
            return Err(finding("money", format!("{} is owed beside {} in cash", self.debt, self.cash)));
        }
        Ok(())
    }

    fn event(
        &mut self,
        world: &World,
        at: i64,
        event: &Event,
        out: &mut dyn FnMut(Mark, Content),
    ) -> Result<(), Finding> {
        match event {
            Event::Opened { .. } => return Err(finding("journal", "an account is opened twice")),
            Event::ServiceAdded { service, api, region } => {
                if usize::from(service.0) != self.services.len() {
                    return Err(finding("journal", format!("service {} is out of place", service.0)));
                }
                self.services.push(Service {
                    api: api.clone(),
                    region: region.clone(),
                    mode: None,
                    priced_until: i64::MIN,
                    month: i64::MIN,
                    month_units: 0,
                    carry_e10: 0,
                });
            }
            Event::Subscribed { service, mode } => {
                let found = self.service(usize::from(service.0))?;
                found.end_pricing(at);
                let was = found.mode.replace(*mode);
                if self.debt > 0 && !(was.is_some() && *mode == SubscriptionMode::PackageOnly) {
                    return Err(finding("standing", format!("enabled while {} is owed", self.debt)));
                }
            }
            Event::Unsubscribed { service } => {
                let found = self.service(usize::from(service.0))?;
                found.end_pricing(at);
                if found.mode.take().is_none() {
                    return Err(finding("standing", "disabled what is not enabled"));
                }
            }
            Event::Charged { .. } => self.charged(world, at, event, out)?,
            Event::HourSettled { hour, lines, coupons, paid, debt } => {
                for part in coupons {
                    self.use_coupon(part.coupon.0, part.amount)?;
                }
                let by_coupons = coupons.iter().map(|part| part.amount).sum();
                self.settled(at, hour.ms(), lines, [by_coupons, *paid, *debt])?;
            }
            Event::TierChanged { tier } => self.tier = *tier,
            Event::ToppedUp { amount, key } => {
                self.cash += e8(*amount);
                match self.promised.take() {
                    Some(promised) if promised == amount.e8() => {}
                    Some(promised) => {
                        let detail = format!("{amount} was taken in where the provider gave {promised}");
                        return Err(finding("money", detail));
                    }
                    None => self.keyed(*key, Content::TopUp(amount.e8()), out)?,
                }
            }
            Event::Adjusted { amount, key, .. } => {
                self.cash += e8(*amount);
                self.keyed(*key, Content::Adjust(amount.e8()), out)?;
            }
            Event::DebtPaid { amount } => {
                self.cash -= e8(*amount);
                self.debt -= e8(*amount);
            }
            Event::StandingChanged { standing } => self.moves(world, at, *standing)?,
            Event::LotGranted { .. } => self.granted(at, event, out)?,
            Event::LotExpired { lot, units } => {
                let lot = self.lot(lot.0)?;
                if lot.expired || lot.granted - lot.drawn != *units || at <= lot.expires {
                    return Err(finding("lot", format!("{units} units end at {at} of {lot:?}")));
                }
                lot.expired = true;
            }
            Event::LotTookEffect { lot } => {
                let lot = self.lot(lot.0)?;
                if at < lot.effective {
                    return Err(finding("lot", format!("takes effect at {at}: {lot:?}")));
                }
            }
            Event::CouponGiven { coupon } => {
                if coupon.no.0 as usize != self.coupons.len() {
                    return Err(finding("money", format!("coupon {} is out of place", coupon.no.0)));
                }
                self.coupons.push(e8(coupon.left));
                let (no, e8, to) = (coupon.no.0, coupon.left.e8(), coupon.valid_to.ms());
                let content = Content::Coupon { no, e8, to };
                self.keyed(coupon.key, content, out)?;
            }
            Event::CouponExpired { coupon, amount } => {
                let left = self.coupons.get_mut(coupon.0 as usize);
                if left.as_deref() != Some(&e8(*amount)) {
                    return Err(finding(
                        "money",
                        format!("coupon {} ends with {amount}: {left:?}", coupon.0),
                    ));
                }
                if let Some(left) = left {
                    *left = 0;
                }
            }
            Event::TopUpRequested { no, amount, key, .. } => {
                if self.requests.insert(*no, (amount.e8(), false)).is_some() {
                    return Err(finding("money", format!("request {no} was made twice")));
                }
                self.keyed(*key, Content::Payment { no: *no, e8: amount.e8() }, out)?;
            }
            Event::TopUpResolved { no, is_paid, .. } => {
                let Some((amount, is_over @ false)) = self.requests.get_mut(no) else {
                    return Err(finding("money", format!("request {no} is answered twice, or never was")));
                };
                *is_over = true;
                self.promised = is_paid.then_some(*amount);
                out(Mark::Answered(self.id, *no), Content::Answer { paid: *is_paid });
            }
            // What was told, and settings: they move nothing.
            _ => {}
        }
        Ok(())
    }

    fn keyed(
        &self,
        key: Option<charging::Key>,
        content: Content,
        out: &mut dyn FnMut(Mark, Content),
    ) -> Result<(), Finding> {
        let Some(key) = key else { return Err(finding("journal", "something was done without a key")) };
        out(Mark::Key(self.id, key.0.0), content);
        Ok(())
    }

    fn granted(&mut self, at: i64, event: &Event, out: &mut dyn FnMut(Mark, Content)) -> Result<(), Finding> {
        let Event::LotGranted {
            lot: no,
            service,
            source,
            granted,
            effective_at,
            expires_at,
            enterprise_project,
            price,
            key,
            order,
            ..
        } = event
        else {
            return Ok(());
        };
        if no.0 as usize != self.lots.len() {
            return Err(finding("lot", format!("lot {} is out of place", no.0)));
        }
        if *price > Money::ZERO && self.debt > 0 {
            return Err(finding("standing", format!("bought while {} is owed", self.debt)));
        }
        let mut to_pay = *price;
        if let Some((coupon, amount)) = order.as_ref().and_then(|order| order.coupon) {
            self.use_coupon(coupon.0, amount)?;
            to_pay -= amount;
        }
        self.cash -= e8(to_pay);
        let lot = Lot {
            service: usize::from(service.0),
            source: *source,
            granted: *granted,
            drawn: 0,
            created: at,
            effective: effective_at.ms(),
            expires: expires_at.ms(),
            project: enterprise_project.clone(),
            price: price.e8(),
            expired: false,
        };
        let content = Content::Lot { no: no.0, lot: lot.clone() };
        self.lots.push(lot);
        self.keyed(*key, content, out)
    }

    fn use_coupon(&mut self, no: u32, amount: Money) -> Result<(), Finding> {
        let left = self.coupons.get_mut(no as usize);
        match left {
            Some(left) if *left >= e8(amount) && amount > Money::ZERO => {
                *left -= e8(amount);
                Ok(())
            }
            left => Err(finding("money", format!("coupon {no} pays {amount} of {left:?}"))),
        }
    }

    fn moves(&mut self, world: &World, at: i64, next: Standing) -> Result<(), Finding> {
        let terms = world.rules.policies.of(&self.policy).terms.get(&self.tier).copied();
        let terms = terms.ok_or_else(|| finding("standing", "the tier has no terms"))?;
        let owes = self.debt > 0;
        let is_right = match (self.standing, next) {
            (Standing::Good { .. }, Standing::Grace { since, until, release_at }) => {
                let grace = at + i64::from(terms.grace_days) * DAY_MS;
                let release = grace + i64::from(terms.retention_days) * DAY_MS;
                owes && (since.ms(), until.ms(), release_at.ms()) == (at, grace, release)
            }
            (Standing::Grace { until, release_at, .. }, Standing::Frozen { since, release_at: same }) => {
                owes && (since, same) == (until, release_at) && at >= until.ms()
            }
            (Standing::Frozen { release_at, .. }, Standing::Released { since }) => {
                owes && since == release_at && at >= since.ms()
            }
            (Standing::Good { .. }, Standing::Good { .. }) => false,
            (_, Standing::Good { since }) => !owes && since.ms() == at,
            _ => false,
        };
        if !is_right {
            let detail = format!("from {:?} to {next:?} at {at} with a debt of {}", self.standing, self.debt);
            return Err(finding("standing", detail));
        }
        if let Standing::Released { .. } = next {
            for service in &mut self.services {
                service.end_pricing(at);
                service.mode = None;
            }
        }
        self.standing = next;
        Ok(())
    }

    fn service(&mut self, no: usize) -> Result<&mut Service, Finding> {
        self.services.get_mut(no).ok_or_else(|| finding("journal", format!("there is no service {no}")))
    }

    fn lot(&mut self, no: u32) -> Result<&mut Lot, Finding> {
        self.lots.get_mut(no as usize).ok_or_else(|| finding("lot", format!("there is no lot {no}")))
    }
}

impl Service {
    fn end_pricing(&mut self, at: i64) {
        if self.mode == Some(SubscriptionMode::PayPerUse) {
            self.priced_until = at;
        }
    }
}

fn e8(money: Money) -> i128 {
    i128::from(money.e8())
}
