//! One account as the auditor keeps it: plain sums and lists, moved by nothing but the events in the journal.
//!
//! It shares no code with the core: what an event means is written down here a second time, and whatever the core must
//! not do is refused. What it is not: a forecast. What the core has to do it says only where that can be said simply.

use std::collections::BTreeMap;

use charging::{
    Account, AccountId, BillLine, Coupon, Event, Money, Name, Recorded, Source, Standing, SubscriptionMode,
    Tier,
};

use super::rating::{self, DAY_MS, HOUR_MS};
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

    fn charged(
        &mut self,
        world: &World,
        at: i64,
        event: &Event,
        out: &mut dyn FnMut(Mark, Content),
    ) -> Result<(), Finding> {
        let Event::Charged { charge, service: no, enterprise_project, draws, rated, carry_e10 } = event
        else {
            return Ok(());
        };
        let (service_no, hold_ms, offset_ms) = (usize::from(no.0), self.hold_ms, self.offset_ms);
        for draw in draws {
            let lot = self.lot(draw.lot.0)?;
            let is_for =
                lot.service == service_no && (lot.project.is_none() || lot.project == *enterprise_project);
            let is_valid = lot.effective <= at && at <= lot.expires.saturating_add(hold_ms);
            lot.drawn += draw.units;
            if !is_for || !is_valid || draw.units == 0 || lot.drawn > lot.granted {
                return Err(finding("lot", format!("{} units at {at} from {lot:?}", draw.units)));
            }
        }
        if draws.is_empty() && rated.is_empty() {
            return Err(finding("2xx", format!("charge {charge} is for nothing")));
        }
        if !rated.is_empty() {
            if let Standing::Frozen { since, .. } | Standing::Released { since } = self.standing
                && since.ms() + hold_ms < at
            {
                return Err(finding("standing", format!("priced at {at}, frozen since {}", since.ms())));
            }
            let service = self.service(service_no)?;
            if service.mode != Some(SubscriptionMode::PayPerUse) && service.priced_until + hold_ms < at {
                return Err(finding("standing", format!("priced at {at}, not enabled: {service:?}")));
            }
            let month = rating::month(at + offset_ms);
            if month != service.month {
                (service.month, service.month_units) = (month, 0);
            }
            let version = rated[0].price_version;
            rating::check_in_force(world, &service.api, version, (at - hold_ms, at))?;
            let units = rated.iter().map(|part| part.units).sum();
            let priced =
                rating::rate(world, &service.api, version, (service.month_units, units, service.carry_e10))?;
            let found: Vec<_> = rated.iter().map(|part| (part.tier, part.units, part.amount.e8())).collect();
            if (&found, *carry_e10) != (&priced.parts, priced.carry_e10) {
                let detail = format!("{units} units cost {found:?} and carry {carry_e10}, not {priced:?}");
                return Err(finding("money", detail));
            }
            service.month_units += units;
            service.carry_e10 = *carry_e10;
        }
        let hour = rating::hour(at, offset_ms);
        for part in rated {
            let line = (hour, service_no, enterprise_project.clone(), part.price_version, part.tier);
            let (units, amount) = self.usage.entry(line).or_default();
            *units += part.units;
            *amount += e8(part.amount);
            self.unsettled += e8(part.amount);
        }
        self.charges += 1;
        self.service(service_no)?;
        let content = Content::Charge {
            account: self.id,
            api: self.services[service_no].api.clone(),
            region: self.services[service_no].region.clone(),
            project: enterprise_project.clone(),
            draws: draws.iter().map(|draw| (draw.lot.0, draw.units)).collect(),
            rated: rated.iter().map(|part| (part.units, part.amount.e8())).collect(),
        };
        out(Mark::Charge(charge.0), content);
        Ok(())
    }

    fn settled(
        &mut self,
        at: i64,
        hour: i64,
        lines: &[BillLine],
        [by_coupons, paid, debt]: [Money; 3],
    ) -> Result<(), Finding> {
        if at < hour + HOUR_MS + self.delay_ms {
            return Err(finding("tick", format!("hour {hour} is settled at {at}")));
        }
        let of_hour: Vec<Line> = self.usage.keys().filter(|line| line.0 == hour).cloned().collect();
        let used: BTreeMap<Line, (u64, i128)> =
            of_hour.into_iter().filter_map(|line| self.usage.remove_entry(&line)).collect();
        let billed: BTreeMap<Line, (u64, i128)> = lines
            .iter()
            .map(|line| {
                let service = usize::from(line.service.0);
                let key = (hour, service, line.enterprise_project.clone(), line.price_version, line.tier);
                (key, (line.units, e8(line.amount)))
            })
            .collect();
        if used.is_empty() || used != billed || billed.len() != lines.len() {
            return Err(finding("money", format!("used in hour {hour}: {used:?}, billed: {billed:?}")));
        }
        let total: i128 = used.values().map(|(_, amount)| amount).sum();
        if total != e8(by_coupons) + e8(paid) + e8(debt) || paid < Money::ZERO || debt < Money::ZERO {
            return Err(finding("money", format!("{total} is paid by {by_coupons} + {paid} + {debt}")));
        }
        self.unsettled -= total;
        self.cash -= e8(paid);
        self.debt += e8(debt);
        if debt > Money::ZERO && self.cash != 0 {
            return Err(finding("money", format!("a debt of {debt} beside {} in cash", self.cash)));
        }
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
