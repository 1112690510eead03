//! Messages of callers, and what is answered to them.

use charging::{
    CallFor, ChargeId, CouponChoice, CouponWorth, Key, Money, NewCoupon, NewLot, PaymentAnswer, Refusal,
    SubscriptionMode, Timestamp,
};
use ledger::Pending;
use ledger::meter::{Authorised, Charge, MeterError, Work};

use super::{Plant, Stage};
use crate::auditor::answers::{About, Asked, Said, hours, work_of};
use crate::auditor::{Finding, finding};
use crate::plan::{Request, Step, What};
use crate::world::{OFFERS, POLICIES, name, service};

/// Keys of movements, ids of calls, and keys of work do not meet.
const KEYS: u128 = 1 << 100;
const CALLS: u128 = 2 << 100;
const WORK: u128 = 4 << 100;

impl Stage<'_> {
    pub(super) fn send(&mut self, number: usize) -> Result<(), Finding> {
        let Some(request) = self.plan.requests.get(number).copied() else { return Ok(()) };
        let attempt = self.sent.entry(number).or_default();
        let attempt = (std::mem::replace(attempt, *attempt + 1)).min(0xffff);
        match request.what {
            What::Call { .. } => self.call(number, request, attempt),
            What::Work { .. } | What::Done { .. } => self.work(request, attempt),
            _ => self.request(request, attempt),
        }
    }

    /// What is planted into a key that is sent again: nothing.
    fn planted(&self, attempt: u128) -> u128 {
        if self.plant == Plant::FreshKeys { attempt << 80 } else { 0 }
    }

    /// Before the meter is asked: its time does not go back either.
    fn asks_meter(&mut self) {
        self.metered = self.metered.max(self.business).max(self.wall);
    }

    fn request(&mut self, request: Request, attempt: u128) -> Result<(), Finding> {
        let Some(life) = &self.life else { return Ok(()) };
        let engine = &life.engine;
        let customer = &self.world.customers[request.customer];
        let (id, now, what) = (customer.id, self.now(), request.what);
        let raw = KEYS | u128::from(request.key);
        let key = Some(Key(ChargeId(raw | self.planted(attempt))));
        let money = Money::from_e8;
        let said = match what {
            What::Open => {
                let zone = self.world.policy(request.customer).zone;
                let policy = name(POLICIES[customer.policy]);
                Ok(engine.open_account(id, customer.tier, &policy, zone, now).map(|()| Said::Done))
            }
            What::TopUp { e8 } => engine
                .top_up(id, money(e8), key, now)
                .map(|given| said(given, |done| Said::Moved { repeated: done.repeated })),
            What::Adjust { e8 } => engine
                .adjust(id, money(e8), "a correction", key, now)
                .map(|given| said(given, |done| Said::Moved { repeated: done.repeated })),
            What::Buy { service: of, offer } => {
                let (api, region) = service(of);
                let calls = OFFERS[offer].1;
                engine
                    .buy_package(id, (&api, &region), calls, CouponChoice::Automatic, key, now)
                    .map(|given| said(given, |done| Said::Lot { no: done.lot, repeated: done.repeated }))
            }
            What::Grant { service: of, source, units, from_h, to_h, project } => {
                let (api, region) = service(of);
                let (effective_at, expires_at) = (hours(from_h), hours(to_h));
                let enterprise_project = project.map(|number| name(crate::world::PROJECTS[number]));
                let price = Money::ZERO;
                let lot = NewLot {
                    api,
                    region,
                    source,
                    units,
                    effective_at,
                    expires_at,
                    enterprise_project,
                    price,
                };
                engine
                    .grant_lot(id, lot, key, now)
                    .map(|given| said(given, |done| Said::Lot { no: done.lot, repeated: done.repeated }))
            }
            What::Coupon { e8, to_h } => {
                let coupon = NewCoupon {
                    worth: CouponWorth::Cash { face: money(e8) },
                    apis: Vec::new(),
                    regions: Vec::new(),
                    valid_from: Timestamp::EPOCH,
                    valid_to: hours(to_h),
                };
                engine.give_coupon(id, coupon, key, now).map(|given| {
                    said(given, |done| Said::Coupon { no: done.coupon.0, repeated: done.repeated })
                })
            }
            What::Payment { e8 } => engine
                .request_top_up(id, money(e8), key, now)
                .map(|given| said(given, |done| Said::Requested { no: done.no, repeated: done.repeated })),
            What::Subscribe { service: of, package_only } => {
                let (api, region) = service(of);
                let mode =
                    if package_only { SubscriptionMode::PackageOnly } else { SubscriptionMode::PayPerUse };
                engine.subscribe(id, (&api, &region), mode, now).map(|given| said(given, |()| Said::Done))
            }
            What::Unsubscribe { service: of } => {
                let (api, region) = service(of);
                engine.unsubscribe(id, (&api, &region), now).map(|given| said(given, |()| Said::Done))
            }
            What::Tier(tier) => engine.change_tier(id, tier, now).map(|given| given.map(|()| Said::Done)),
            What::Call { .. } | What::Work { .. } | What::Done { .. } => return Ok(()),
        };
        match said {
            Ok(pending) => {
                let about = self.about(request.customer, Asked::Request { what, id: raw })?;
                self.submit(about, pending)
            }
            Err(_) => self.unknown_account(request.customer),
        }
    }

    /// A call of the door. One that is sent again is another call.
    fn call(&mut self, number: usize, request: Request, attempt: u128) -> Result<(), Finding> {
        let Some(life) = &self.life else { return Ok(()) };
        let Some((api, region, project, units)) = work_of(&request.what) else { return Ok(()) };
        let account = self.world.customers[request.customer].id;
        let id = CALLS | (number as u128) << 32 | attempt;
        let call = CallFor { api: &api, region: &region, enterprise_project: project.as_ref(), units };
        let decided = life.engine.authorise(account, ChargeId(id), call, self.now());
        let asked = Asked::Request { what: request.what, id };
        match decided {
            Err(_) => self.unknown_account(request.customer),
            Ok(Ok(authorisation)) => {
                let about = self.about(request.customer, asked)?;
                self.permissions.insert(number, (id, authorisation.clone()));
                self.wait_for_writer();
                self.arrived(self.step, about, Some(Said::Held { authorisation, repeated: false }))
            }
            Ok(Err(refused)) => {
                let about = self.about(request.customer, asked)?;
                self.submit(about, refused.map(|refusal| Said::Refused(refusal.word())))
            }
        }
    }

    /// Work of another service, by its key.
    fn work(&mut self, request: Request, attempt: u128) -> Result<(), Finding> {
        let id = work_id(request);
        if !self.await_key(id)? {
            return Ok(());
        }
        self.asks_meter();
        let Some((api, region, enterprise_project, units)) = work_of(&request.what) else { return Ok(()) };
        let account = self.world.customers[request.customer].id;
        let Some(meter) = self.life.as_ref().and_then(|life| life.meter.as_ref()) else { return Ok(()) };
        let work = Work { of: account, api, region, enterprise_project, units };
        let (now, key) = (self.now(), ChargeId(id | self.planted(attempt)));
        let decided = meter.sit(|sitting| match request.what {
            What::Done { .. } => sitting.charge(account, key, &work, now).map(|given| said(given, charged)),
            _ => sitting.authorise(account, key, &work, now).map(|given| {
                said(given, |authorised| match authorised {
                    Authorised::Held { authorisation, repeated } => Said::Held { authorisation, repeated },
                    Authorised::Charged(charge) => charged(charge),
                })
            }),
        });
        self.metered(request, Asked::Request { what: request.what, id }, decided)
    }

    pub(super) fn commit(&mut self, number: usize, units: u64) -> Result<(), Finding> {
        let Some(request) = self.plan.requests.get(number).copied() else { return Ok(()) };
        let what = request.what;
        if let What::Work { .. } = what {
            let id = work_id(request);
            if !self.await_key(id)? {
                return Ok(());
            }
            self.asks_meter();
            let Some(meter) = self.life.as_ref().and_then(|life| life.meter.as_ref()) else { return Ok(()) };
            let now = self.now();
            let decided = meter.sit(|sitting| {
                sitting.commit(ChargeId(id), Some(units), now).map(|given| said(given, charged))
            });
            return self.metered(request, Asked::CommitWork { what, id, units }, decided);
        }
        let Some((id, authorisation)) = self.permissions.get(&number).cloned() else { return Ok(()) };
        let Some(life) = &self.life else { return Ok(()) };
        let account = self.world.customers[request.customer].id;
        let Ok(pending) = life.engine.commit(account, &authorisation, units, self.now()) else {
            return self.unknown_account(request.customer);
        };
        let pending = said(pending, |receipt| Said::Charged {
            draws: receipt.draws.into_iter().collect(),
            rated: receipt.rated.into_iter().collect(),
            repeated: None,
        });
        let mut about = self.about(request.customer, Asked::Tick)?;
        let good = self.auditor.uses_call(id, about.at);
        about.asked = Asked::CommitCall { what, id, units, good };
        self.submit(about, pending)
    }

    pub(super) fn void(&mut self, number: usize) -> Result<(), Finding> {
        let Some(request) = self.plan.requests.get(number).copied() else { return Ok(()) };
        let account = self.world.customers[request.customer].id;
        if let What::Work { .. } = request.what {
            let id = work_id(request);
            if !self.await_key(id)? {
                return Ok(());
            }
            self.asks_meter();
            let Some(meter) = self.life.as_ref().and_then(|life| life.meter.as_ref()) else { return Ok(()) };
            let now = self.now();
            let voided = match meter.sit(|sitting| sitting.void(ChargeId(id), now)) {
                Ok(voided) => voided,
                Err(error) => Err(error.into()),
            };
            let is_charged = self.auditor.is_charged(id);
            let was_held = self.auditor.voids(id, self.metered);
            return match voided {
                Ok(was) if was == was_held && !is_charged => Ok(()),
                Err(MeterError::Charged) if is_charged => Ok(()),
                Err(MeterError::Read(error)) => self.cannot(&error.to_string()),
                wrong => {
                    Err(finding("2xx", format!("voided: {wrong:?}; held {was_held}, charged {is_charged}")))
                }
            };
        }
        let Some((id, authorisation)) = self.permissions.get(&number) else { return Ok(()) };
        self.auditor.voids(*id, self.business);
        if self.plant != Plant::LostVoids
            && let Some(life) = &self.life
        {
            life.engine.void(account, authorisation);
        }
        Ok(())
    }

    pub(super) fn provider(&mut self, number: usize, paid: bool) -> Result<(), Finding> {
        let Some(request) = self.plan.requests.get(number).copied() else { return Ok(()) };
        // It can answer only what it was asked.
        let Some(&no) = self.payments.get(&number) else { return Ok(()) };
        let Some(life) = &self.life else { return Ok(()) };
        let answer = if paid { PaymentAnswer::Paid } else { PaymentAnswer::Declined { detail: "no".into() } };
        let account = self.world.customers[request.customer].id;
        let Ok(pending) = life.engine.resolve_top_up(account, no, answer, self.now()) else {
            return self.unknown_account(request.customer);
        };
        let about = self.about(request.customer, Asked::Provider { no, paid })?;
        self.submit(about, said(pending, |_| Said::Resolved))
    }

    pub(super) fn tick(&mut self) -> Result<(), Finding> {
        self.tick_others();
        let Some(life) = &self.life else { return Ok(()) };
        let pending = life.engine.tick(self.now()).map(|_| Said::Ticked);
        let about = self.about(0, Asked::Tick)?;
        self.submit(about, pending)
    }

    /// A tick is one entry for each account, and the journal's thread may take some before the others are there. So that
    /// it makes no difference, all accounts but one are brought up to now one by one; unless that thread waits anyway.
    fn tick_others(&mut self) {
        let ids: Vec<_> = self.auditor.account_ids().map(|(id, _)| id).collect();
        let last = self.step % ids.len().max(1);
        for (number, id) in ids.into_iter().enumerate() {
            if self.writer_waits {
                return;
            }
            let Some(life) = self.life.as_ref().filter(|_| number != last) else { continue };
            let Ok(read) = life.engine.read(id, self.now(), |_, _| ()) else { continue };
            if self.is_held {
                self.wait_for_writer();
            } else {
                // If the journal has stopped, the tick is told.
                let _ = read.wait();
            }
        }
    }

    /// What the meter decided.
    fn metered(
        &mut self,
        request: Request,
        asked: Asked,
        decided: Result<Result<Pending<Said>, MeterError>, ledger::read::ReadError>,
    ) -> Result<(), Finding> {
        let word = match decided {
            Ok(Ok(pending)) => {
                let about = self.about(request.customer, asked)?;
                return self.submit(about, pending);
            }
            Ok(Err(MeterError::UnknownAccount(_))) => return self.unknown_account(request.customer),
            Ok(Err(MeterError::Read(error))) | Err(error) => return self.cannot(&error.to_string()),
            Ok(Err(MeterError::OtherWork)) => "other_work",
            Ok(Err(MeterError::UnderWay)) => "under_way",
            Ok(Err(MeterError::NotAuthorised)) => "not_authorised",
            Ok(Err(MeterError::NoUnits)) => "no_units",
            Ok(Err(MeterError::TooManyUnits { .. })) => "too_many_units",
            Ok(Err(MeterError::TooManyHeld)) => "too_many_held",
            Ok(Err(MeterError::Charged)) => "charged",
        };
        let about = self.about(request.customer, asked)?;
        self.arrived(self.step, about, Some(Said::Meter(word)))
    }

    /// A key on which something is under way is waited for: whoever decides on it waits too. False if the process is of no
    /// use any more after that.
    fn await_key(&mut self, id: u128) -> Result<bool, Finding> {
        let is_of = |about: &About| matches!(about.asked, Asked::Request { id: of, .. } | Asked::CommitWork { id: of, .. } if of == id);
        let under_way = self.flights.iter().map(|flight| &flight.about);
        if under_way.chain(self.unchecked.iter().map(|(_, about, _)| about)).any(is_of) {
            self.release()?;
        }
        Ok(!self.is_over)
    }

    /// What an answer is to, right after it was decided; business time must not have gone back.
    fn about(&mut self, customer: usize, asked: Asked) -> Result<About, Finding> {
        let at = self.life.as_ref().map_or(self.business, |life| life.engine.latest().ms());
        let is_right = match asked {
            Asked::Request { what: What::Work { .. } | What::Done { .. }, .. } | Asked::CommitWork { .. } => {
                at == self.business || at == self.metered
            }
            _ => at == self.business || at == self.business.max(self.wall),
        };
        if !is_right {
            let detail = format!("it is {at}, after {} and with a clock of {}", self.business, self.wall);
            return Err(finding("time", detail));
        }
        self.business = at;
        let account = self.world.customers[customer].id;
        Ok(About { account, asked, at, metered: self.metered, is_alone: !self.is_held })
    }

    fn unknown_account(&mut self, customer: usize) -> Result<(), Finding> {
        let id = self.world.customers[customer].id;
        if self.auditor.account_ids().any(|(known, _)| known == id) {
            return Err(finding("replay", format!("the engine does not know account {id}")));
        }
        self.note("       there is no such account".into());
        Ok(())
    }

    /// A step, with what it is about.
    pub(super) fn shown(&self, step: Step) -> String {
        let of = |number: usize| match self.plan.requests.get(number) {
            Some(Request { customer, key, what }) => {
                format!("{number} (customer {customer}, key {key}: {what:?})")
            }
            None => number.to_string(),
        };
        match step {
            Step::Send { request } if self.sent.contains_key(&request) => format!("again {}", of(request)),
            Step::Send { request } => format!("send {}", of(request)),
            Step::Commit { request, units } => format!("commit {units} units of {}", of(request)),
            Step::Void { request } => format!("void {}", of(request)),
            Step::Provider { request, paid } => format!("the provider answers {}: paid {paid}", of(request)),
            other => format!("{other:?}"),
        }
    }
}

/// The id of work by its key, which is its account's own.
fn work_id(request: Request) -> u128 {
    WORK | (request.customer as u128) << 64 | u128::from(request.key)
}

fn said<T>(pending: Pending<Result<T, Refusal>>, tell: impl FnOnce(T) -> Said) -> Pending<Said> {
    pending.map(|decided| decided.map_or_else(|refusal| Said::Refused(refusal.word()), tell))
}

fn charged(charge: Charge) -> Said {
    Said::Charged { draws: charge.draws, rated: charge.rated, repeated: charge.repeated }
}

/// An answer in a few words.
pub(super) fn told(said: &Said) -> String {
    match said {
        Said::Refused(word) | Said::Meter(word) => (*word).to_owned(),
        Said::Held { authorisation, repeated } => {
            let until = authorisation.expires_at.ms();
            format!("permitted until {until} from {}, repeated {repeated}", authorisation.pocket.word())
        }
        Said::Charged { draws, rated, repeated } => {
            let draws: Vec<_> = draws.iter().map(|draw| (draw.lot.0, draw.units)).collect();
            let rated: Vec<_> = rated.iter().map(|part| (part.units, part.amount.e8())).collect();
            format!("charged, lots {draws:?}, prices {rated:?}, repeated {}", repeated.is_some())
        }
        other => format!("{other:?}"),
    }
}
