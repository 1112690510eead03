//! The billable life of one call: authorise, then commit or void.
//!
//! "Only successful API calls are counted" (Billing Items): a call is authorised before the work, which keeps
//! its units back from everybody else, and committed after it. Packages come first, in the published order,
//! then pay-per-use. At balance zero and good standing a pay-per-use call is served ("Why Can I Still Call the
//! Service and Incur Arrears When My Account Balance Is Zero?"); the hour's settlement then makes the debt.

mod part;

use crate::holds::Hold;
use crate::{
    Account, ChargeId, Context, Draw, Draws, Event, Holds, Lot, Money, Name, PriceVersion, Rated, Reason,
    Recorded, Refusal, Service, ServiceNo, Standing, SubscriptionMode, Timestamp, rating,
};

pub use part::PartAuthorisation;

/// Where a charge comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pocket {
    /// Quota of packages.
    Lot,
    /// A price per call.
    PayPerUse,
}

/// What a call asks for.
#[derive(Clone, Copy, Debug)]
pub struct CallFor<'a> {
    /// The API.
    pub api: &'a Name,
    /// The region it is called in.
    pub region: &'a Name,
    /// The enterprise project it names, if any.
    pub enterprise_project: Option<&'a Name>,
    /// How many units it may use at most.
    pub units: u64,
}

/// Permission to do the work of one call. Only a commit makes it a charge.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Authorisation {
    /// The charge it will become.
    pub charge: ChargeId,
    /// Where the charge will come from.
    pub pocket: Pocket,
    /// When the permission runs out.
    pub expires_at: Timestamp,
}

/// What a call was charged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// The charge.
    pub charge: ChargeId,
    /// Where it came from (packages, if both had a part in it).
    pub pocket: Pocket,
    /// What lots gave.
    pub draws: Draws,
    /// What was charged at a price.
    pub rated: smallvec::SmallVec<[Rated; 1]>,
    /// Units left in the packages of this API and region.
    pub left_in_lots: u64,
    /// Balance available after it.
    pub available: Money,
}

impl Receipt {
    /// How many units.
    pub fn units(&self) -> u64 {
        let drawn: u64 = self.draws.iter().map(|d| d.units).sum();
        drawn + self.rated.iter().map(|r| r.units).sum::<u64>()
    }

    /// What it costs.
    pub fn amount(&self) -> Money {
        self.rated.iter().map(|r| r.amount).sum()
    }
}

impl Pocket {
    /// One word: `lot` or `pay_per_use`.
    pub fn word(&self) -> &'static str {
        match self {
            Pocket::Lot => "lot",
            Pocket::PayPerUse => "pay_per_use",
        }
    }

    /// The pocket of a charge with these draws.
    pub fn of(draws: &Draws) -> Pocket {
        if draws.is_empty() { Pocket::PayPerUse } else { Pocket::Lot }
    }
}

/// A call of a service the account knows.
#[derive(Clone, Copy, Debug)]
struct Call<'a> {
    service: ServiceNo,
    enterprise_project: Option<&'a Name>,
    units: u64,
}

impl Account {
    /// Balance available: cash − holds − usage not yet settled − debt. Before showing it, let
    /// [`Holds::void_expired`] forget calls that ran out.
    pub fn available(&self, holds: &Holds) -> Money {
        self.cash() - holds.amount() - self.unsettled() - self.debt()
    }

    /// Permits one call of an API in a region and keeps its units back. The charge's id is the caller's to make,
    /// and never to be used for two calls.
    ///
    /// # Errors
    /// A refusal with its reason; nothing is kept back then.
    pub fn authorise(
        &mut self,
        holds: &mut Holds,
        context: Context<'_>,
        charge: ChargeId,
        call: CallFor<'_>,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<Authorisation, Refusal> {
        let now = self.catch_up(context, now, out);
        let chosen = self.choose_pockets(holds, context, call, now);
        let (hold, _) = chosen.map_err(|refusal| self.tell_of_limit(call, refusal, now, out))?;
        let expires_at = now.plus_ms(i64::from(context.policies.of(&self.policy).hold_s) * 1000);
        if holds.contains(charge, expires_at) {
            return Err(Refusal::new(Reason::KeyConflict));
        }
        let pocket = Pocket::of(&hold.draws);
        holds.insert(charge, expires_at, hold);
        Ok(Authorisation { charge, pocket, expires_at })
    }

    /// Charges a call in one step: for work that is done already, or cannot fail.
    ///
    /// # Errors
    /// What [`Account::authorise`] refuses; nothing is charged then.
    pub fn charge(
        &mut self,
        holds: &mut Holds,
        context: Context<'_>,
        charge: ChargeId,
        call: CallFor<'_>,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<Receipt, Refusal> {
        let now = self.catch_up(context, now, out);
        let chosen = self.choose_pockets(holds, context, call, now);
        let (hold, price) = chosen.map_err(|refusal| self.tell_of_limit(call, refusal, now, out))?;
        Ok(self.charge_held(holds, charge, hold, price, now, out))
    }

    /// Charges an authorised call: exactly what was kept back, or less if fewer units were used.
    ///
    /// # Errors
    /// [`Reason::UnknownHold`] if the authorisation has run out or was used before, or if the price it promised is
    /// no longer in the catalog; nothing is charged then.
    pub fn commit(
        &mut self,
        holds: &mut Holds,
        context: Context<'_>,
        authorisation: &Authorisation,
        units: u64,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<Receipt, Refusal> {
        let now = self.catch_up(context, now, out);
        holds.void_expired(now);
        let Some(mut hold) = holds.remove(authorisation.charge, authorisation.expires_at) else {
            return Err(Refusal::new(Reason::UnknownHold));
        };
        shrink(&mut hold, units);
        let api = &self.services[usize::from(hold.service.0)].api;
        let price = match hold.rest {
            0 => None,
            _ => match context.catalog.price_version(api, hold.price_version) {
                None => return Err(Refusal::new(Reason::UnknownHold)),
                price => price,
            },
        };
        Ok(self.charge_held(holds, authorisation.charge, hold, price, now, out))
    }

    /// Charges what a call kept back, or would have: it is no longer among the holds. The price is that of the
    /// units beyond the packages, if there are any.
    fn charge_held(
        &mut self,
        holds: &Holds,
        charge: ChargeId,
        hold: Hold,
        price: Option<&PriceVersion>,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Receipt {
        let Hold { service, enterprise_project, draws, rest, .. } = hold;
        let (rated, carry_e10) = self.rate_rest(service, rest, price, now);
        let member = if self.counts_use { enterprise_project.clone() } else { None };
        let event = Event::Charged {
            charge,
            service,
            enterprise_project,
            draws: draws.clone(),
            rated: rated.clone(),
            carry_e10,
        };
        self.emit(now, event, out);
        if self.may_be_told(service, &draws, rest > 0) {
            self.watch_charge(service, &draws, rest > 0, now, out);
        }
        if let Some(member) = member {
            self.watch_member(&member, now, out);
        }
        self.watch_top_up(now, out);
        Receipt {
            charge,
            pocket: Pocket::of(&draws),
            draws,
            rated,
            left_in_lots: self.left_in_lots(service),
            available: self.available(holds),
        }
    }

    /// Tells of a limit that refused a call. Hands the refusal on.
    fn tell_of_limit(
        &mut self,
        call: CallFor<'_>,
        refusal: Refusal,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Refusal {
        let refusal = self.tell_of_cap(refusal, now, out);
        self.tell_of_quota(call.enterprise_project, refusal, now, out)
    }

    /// Gives back what an authorised call kept back: it failed, or its caller is gone.
    pub fn void(&mut self, holds: &mut Holds, authorisation: &Authorisation) {
        holds.remove(authorisation.charge, authorisation.expires_at);
    }

    /// Lots of a service in the order this call would draw them: those of its own enterprise project first.
    pub(crate) fn lots_in_order<'a>(
        &'a self,
        service: ServiceNo,
        enterprise_project: Option<&'a Name>,
    ) -> impl Iterator<Item = &'a Lot> {
        let lots = move || {
            self.service(service).into_iter().flat_map(|s| &s.draw_order).filter_map(|no| self.lot(*no))
        };
        let own = lots().filter(move |lot| {
            enterprise_project.is_some() && lot.enterprise_project.as_ref() == enterprise_project
        });
        own.chain(lots().filter(|lot| lot.enterprise_project.is_none()))
    }

    /// Where the units of a call come from, and the price of those beyond the packages; or why it is refused.
    fn choose_pockets<'c>(
        &self,
        holds: &mut Holds,
        context: Context<'c>,
        call: CallFor<'_>,
        now: Timestamp,
    ) -> Result<(Hold, Option<&'c PriceVersion>), Refusal> {
        holds.void_expired(now);
        let CallFor { api, region, enterprise_project, units } = call;
        // What is not in the catalog any more serves nothing; its packages stay for when it comes back.
        let service = self.find_service(api, region).filter(|_| context.catalog.serves(api, region));
        let Some(service) = service else { return Err(self.not_subscribed(context, api, region)) };
        if units == 0 || units > 1_000_000 {
            return Err(Refusal::new(Reason::AmountOutOfRange));
        }
        let call = Call { service, enterprise_project, units };
        let draws = self.choose_draws(holds, call, now);
        let rest = units - draws.iter().map(|d| d.units).sum::<u64>();
        let (price, at_most) = match rest {
            0 => (None, Money::ZERO),
            _ => {
                let (price, at_most) = self.price_of_rest(holds, context, call, rest, now)?;
                (Some(price), at_most)
            }
        };
        if self.counts_use
            && let Some(member) = enterprise_project
        {
            self.check_member(holds, member, (units, at_most), now)?;
        }
        let price_version = price.map_or(0, |price| price.version);
        let enterprise_project = enterprise_project.cloned();
        Ok((Hold { service, enterprise_project, draws, rest, price_version, at_most }, price))
    }

    /// What units at a price may cost at most, if they are called at the instant.
    pub(crate) fn cost_at_most(
        &self,
        context: Context<'_>,
        service: &Service,
        (price, units): (&PriceVersion, u64),
        now: Timestamp,
    ) -> Money {
        // A hold that lasts into the next month may be charged among its first units.
        let hold_ends = now.plus_ms(i64::from(context.policies.of(&self.policy).hold_s) * 1000);
        let month_units = if service.month_is_over(hold_ends) { 0 } else { service.month_units };
        rating::at_most(price, month_units, units)
    }

    fn choose_draws(&self, holds: &Holds, call: Call<'_>, now: Timestamp) -> Draws {
        let mut draws = Draws::new();
        let mut wanted = call.units;
        for lot in self.lots_in_order(call.service, call.enterprise_project) {
            if wanted == 0 {
                break;
            }
            if !lot.serves(call.enterprise_project, now) {
                continue;
            }
            let units = wanted.min(lot.left().saturating_sub(holds.of_lot(lot.no)));
            if units > 0 {
                draws.push(Draw { lot: lot.no, units });
                wanted -= units;
            }
        }
        draws
    }

    /// What units beyond the packages may cost, or why they are refused.
    fn price_of_rest<'c>(
        &self,
        holds: &Holds,
        context: Context<'c>,
        call: Call<'_>,
        rest: u64,
        now: Timestamp,
    ) -> Result<(&'c PriceVersion, Money), Refusal> {
        let service = &self.services[usize::from(call.service.0)];
        match (service.subscription.map(|s| s.mode), self.standing) {
            (None, _) => return Err(self.not_subscribed(context, &service.api, &service.region)),
            (Some(SubscriptionMode::PackageOnly), _) => {
                let (api, region) = (service.api.clone(), service.region.clone());
                return Err(Refusal::new(Reason::PackageUsedUp { api, region, debt: self.debt() }));
            }
            (Some(SubscriptionMode::PayPerUse), Standing::Frozen { since, release_at }) => {
                return Err(Refusal::new(Reason::Frozen {
                    since,
                    release_at,
                    debt: self.debt(),
                    zone: self.zone,
                }));
            }
            (Some(SubscriptionMode::PayPerUse), _) => {}
        }
        let Some(price) = context.catalog.price(&service.api, now) else {
            return Err(Refusal::new(Reason::UnknownApi { api: service.api.clone() }));
        };
        let at_most = self.cost_at_most(context, service, (price, rest), now);
        if !at_most.is_within_limit() || !self.books.has_room_to_sell(at_most + holds.amount()) {
            return Err(Refusal::new(Reason::AmountOutOfRange));
        }
        if self.counts_use && at_most.is_positive() {
            self.check_spend_caps(holds, &service.api, at_most, now)?;
        }
        Ok((price, at_most))
    }

    /// What the units beyond the packages cost, and what rounding leaves of it.
    fn rate_rest(
        &self,
        no: ServiceNo,
        rest: u64,
        price: Option<&PriceVersion>,
        now: Timestamp,
    ) -> (smallvec::SmallVec<[Rated; 1]>, u8) {
        let service = &self.services[usize::from(no.0)];
        let Some(price) = price else { return (smallvec::SmallVec::new(), service.carry_e10) };
        let month_units = if service.month_is_over(now) { 0 } else { service.month_units };
        rating::rate(price, month_units, rest, service.carry_e10)
    }

    /// Why a call is refused that is neither enabled nor met by a package.
    fn not_subscribed(&self, context: Context<'_>, api: &Name, region: &Name) -> Refusal {
        let catalog = context.catalog;
        if !catalog.apis.contains_key(api) {
            return Refusal::new(Reason::UnknownApi { api: api.clone() });
        }
        if !catalog.regions.contains(region) {
            return Refusal::new(Reason::UnknownRegion { region: region.clone() });
        }
        if let Standing::Released { since } = self.standing {
            return Refusal::new(Reason::Released { since, debt: self.debt(), zone: self.zone });
        }
        let with_quota = || self.services.iter().filter(|s| !s.draw_order.is_empty());
        let elsewhere = with_quota().filter(|s| &s.api == api && &s.region != region);
        let others = with_quota().filter(|s| &s.region == region && &s.api != api);
        Refusal::new(Reason::NotSubscribed {
            api: api.clone(),
            region: region.clone(),
            packages_in: elsewhere.map(|s| s.region.clone()).collect(),
            packages_for: others.map(|s| s.api.clone()).collect(),
            debt: self.debt(),
        })
    }
}

/// Lowers a hold to the units really used: the priced part first, then the lots drawn last.
fn shrink(hold: &mut Hold, units: u64) {
    let held = hold.draws.iter().map(|d| d.units).sum::<u64>() + hold.rest;
    let mut surplus = held.saturating_sub(units);
    let from_rest = surplus.min(hold.rest);
    hold.rest -= from_rest;
    surplus -= from_rest;
    while surplus > 0
        && let Some(last) = hold.draws.last_mut()
    {
        let part = surplus.min(last.units);
        last.units -= part;
        surplus -= part;
        if last.units == 0 {
            hold.draws.pop();
        }
    }
}
