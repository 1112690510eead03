//! What each answer had to be, given what was answered before.
//!
//! A key that is remembered gives the answer it gave and moves nothing; a permission is good until it is used, voided or
//! runs out, and ends with its process. What calls under way keep back is not counted, so whether a package still meets
//! a call is left to the core's own laws.

use charging::{AccountId, Authorisation, Draw, LotNo, Name, Rated, Source, SubscriptionMode, Timestamp};

use super::account::Lot;
use super::{Auditor, Content, Finding, Mark, finding};
use crate::plan::What;
use crate::world::{OFFERS, PROJECTS, START_MS, service};

const HOUR_MS: i64 = super::rating::HOUR_MS;

/// What somebody was told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are what their names say")]
pub enum Said {
    Done,
    Moved {
        repeated: bool,
    },
    Lot {
        no: LotNo,
        repeated: bool,
    },
    Coupon {
        no: u32,
        repeated: bool,
    },
    Requested {
        no: u64,
        repeated: bool,
    },
    Resolved,
    Ticked,
    Held {
        authorisation: Authorisation,
        repeated: bool,
    },
    Charged {
        draws: Vec<Draw>,
        rated: Vec<Rated>,
        repeated: Option<Timestamp>,
    },
    /// The core's no.
    Refused(&'static str),
    /// The meter's.
    Meter(&'static str),
}

/// What an answer is to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Whose account.
    pub account: AccountId,
    /// What was asked for.
    pub asked: Asked,
    /// At which instant it was decided.
    pub at: i64,
    /// Which instant it was for the meter.
    pub metered: i64,
    /// True if nothing else was under way.
    pub is_alone: bool,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are what their names say")]
pub enum Asked {
    /// A request under a key, or a call under an id.
    Request {
        what: What,
        id: u128,
    },
    /// To charge the work of a door's call; `good` if its permission was.
    CommitCall {
        what: What,
        id: u128,
        units: u64,
        good: bool,
    },
    /// To charge authorised work by its key.
    CommitWork {
        what: What,
        id: u128,
        units: u64,
    },
    /// The provider's answer.
    Provider {
        no: u64,
        paid: bool,
    },
    Tick,
}

/// A permission.
#[derive(Debug, Clone)]
pub struct Held {
    what: What,
    expires: i64,
}

/// A charge that was acknowledged, or found in the journal.
#[derive(Debug, Clone)]
pub struct Charged {
    at: i64,
}

/// What a key was used for last.
#[derive(Debug, Clone)]
pub struct Used {
    /// For ever, while a request has no answer.
    at: i64,
    content: Content,
}

impl About {
    /// What may have been done if the answer never came.
    pub fn mark(&self) -> Option<Mark> {
        match &self.asked {
            Asked::Request { what, id } => match what {
                What::TopUp { .. }
                | What::Adjust { .. }
                | What::Buy { .. }
                | What::Grant { .. }
                | What::Coupon { .. }
                | What::Payment { .. } => Some(Mark::Key(self.account, *id)),
                What::Done { .. } => Some(Mark::Charge(*id)),
                _ => None,
            },
            Asked::CommitCall { id, .. } | Asked::CommitWork { id, .. } => Some(Mark::Charge(*id)),
            Asked::Provider { no, .. } => Some(Mark::Answered(self.account, *no)),
            Asked::Tick => None,
        }
    }
}

impl Auditor<'_> {
    /// A new process knows no permissions, and of keys what stands in the journal.
    pub(super) fn remember_what_is_there(&mut self) {
        self.held.clear();
        self.charged.clear();
        self.used.clear();
        for (mark, seen) in &self.seen {
            let Some(last) = seen.last() else { continue };
            match mark {
                Mark::Charge(id) => _ = self.charged.insert(*id, Charged { at: last.at }),
                Mark::Key(account, key) => {
                    let mut used = Used { at: last.at, content: last.content.clone() };
                    if let Content::Payment { no, .. } = last.content {
                        let answer = self.seen.get(&Mark::Answered(*account, no));
                        used.at = answer.and_then(|seen| seen.first()).map_or(i64::MAX, |seen| seen.at);
                    }
                    self.used.insert((*account, *key), used);
                }
                Mark::Answered(..) => {}
            }
        }
    }

    /// A permission is used: whether it was good.
    pub fn uses_call(&mut self, id: u128, at: i64) -> bool {
        self.held.remove(&id).is_some_and(|held| at < held.expires)
    }

    /// A permission is given back; whether there was one, by the time of whoever is told.
    pub fn voids(&mut self, id: u128, now: i64) -> bool {
        self.held.remove(&id).is_some_and(|held| now < held.expires)
    }

    /// True if a charge was acknowledged, or found.
    pub fn is_charged(&self, id: u128) -> bool {
        self.charged.contains_key(&id)
    }

    /// An answer came, and what it rests on was followed.
    ///
    /// # Errors
    /// It is not what it had to be.
    pub fn answered(&mut self, about: &About, said: &Said) -> Result<(), Finding> {
        let wrong = || finding("2xx", format!("{:?} was answered {said:?}", about.asked));
        match &about.asked {
            Asked::Request { what, id } => match what {
                What::Open => {
                    if *said == Said::Done {
                        Ok(())
                    } else {
                        Err(wrong())
                    }
                }
                What::Subscribe { .. } | What::Unsubscribe { .. } | What::Tier(_) => {
                    self.settings(about, what, said)
                }
                What::Call { .. } => self.call(about, what, *id, said),
                What::Work { .. } | What::Done { .. } => self.work(about, what, *id, said),
                _ => self.keyed(about, what, *id, said),
            },
            Asked::CommitCall { what, id, units, good } => match said {
                Said::Charged { repeated: None, .. } if *good => {
                    self.acknowledge_charge(about, what, (*id, *units), said)
                }
                Said::Refused("unknown_hold") if !good => Ok(()),
                _ => Err(wrong()),
            },
            Asked::CommitWork { what, id, units } => self.commit_work(about, what, (*id, *units), said),
            Asked::Provider { no, paid } => self.provider(about, *no, *paid, said),
            Asked::Tick => {
                if about.is_alone {
                    self.check_nothing_is_due(about.at)
                } else {
                    Ok(())
                }
            }
        }
    }

    fn settings(&self, about: &About, what: &What, said: &Said) -> Result<(), Finding> {
        let wrong = || finding("standing", format!("{:?} was answered {said:?}", about.asked));
        match (what, said) {
            (_, Said::Refused(word)) => {
                let may_be = match what {
                    What::Subscribe { .. } => *word == "in_arrears",
                    What::Unsubscribe { .. } => *word == "nothing_to_unsubscribe",
                    _ => false,
                };
                if may_be { Ok(()) } else { Err(wrong()) }
            }
            (What::Tier(tier), Said::Done) if about.is_alone => {
                let is_so = self.books(about.account).is_some_and(|books| books.tier == *tier);
                if is_so { Ok(()) } else { Err(wrong()) }
            }
            (What::Subscribe { service: of, .. } | What::Unsubscribe { service: of }, Said::Done)
                if about.is_alone =>
            {
                let wanted = match what {
                    What::Subscribe { package_only: true, .. } => Some(SubscriptionMode::PackageOnly),
                    What::Subscribe { .. } => Some(SubscriptionMode::PayPerUse),
                    _ => None,
                };
                let (api, region) = service(*of);
                let books = self.books(about.account).ok_or_else(wrong)?;
                let found = books.services.iter().find(|one| (&one.api, &one.region) == (&api, &region));
                if found.and_then(|found| found.mode) == wanted { Ok(()) } else { Err(wrong()) }
            }
            (_, Said::Done) => Ok(()),
            _ => Err(wrong()),
        }
    }

    /// A movement of money or a package, under a key.
    fn keyed(&mut self, about: &About, what: &What, id: u128, said: &Said) -> Result<(), Finding> {
        let wrong = |why: &str| finding("2xx", format!("{:?} was answered {said:?}: {why}", about.asked));
        let books = self.accounts.iter().find(|books| books.id == about.account);
        let Some(books) = books else { return Err(wrong("there is no such account")) };
        let key_days = self.world.rules.policies.of(&books.policy).key_days;
        let since = about.at - i64::from(key_days) * super::rating::DAY_MS;
        let place = (about.account, id);
        if let Some(used) = self.used.get(&place).filter(|used| used.at >= since) {
            let is_same = is_same(what, &used.content, books);
            let is_right = match (said, &used.content) {
                (Said::Refused("key_conflict"), _) => !is_same,
                (Said::Moved { repeated: true }, _) => is_same,
                (Said::Lot { no, repeated: true }, Content::Lot { no: known, .. }) => {
                    is_same && no.0 == *known
                }
                (Said::Coupon { no, repeated: true }, Content::Coupon { no: known, .. }) => {
                    is_same && no == known
                }
                (Said::Requested { no, repeated: true }, Content::Payment { no: known, .. }) => {
                    is_same && no == known
                }
                _ => false,
            };
            return if is_right { Ok(()) } else { Err(wrong("the key was used before")) };
        }
        let may_be_refused = |word: &str| match what {
            What::Adjust { e8 } => *e8 < 0 && word == "adjusted_beyond_cash",
            What::Buy { service: of, offer } => {
                let is_none = OFFERS[*offer].0 != service(*of).0.as_str();
                if is_none {
                    word == "unknown_package"
                } else {
                    matches!(word, "in_arrears" | "insufficient_balance")
                }
            }
            What::Grant { from_h, to_h, .. } => {
                let (from, to) = (hours(*from_h).ms(), hours(*to_h).ms());
                if to <= about.at {
                    word == "ends_in_past"
                } else {
                    to <= from && word == "ends_before_beginning"
                }
            }
            What::Coupon { to_h, .. } => hours(*to_h).ms() <= about.at && word == "ends_in_past",
            _ => false,
        };
        let is_right = match (what, said) {
            (_, Said::Refused(word)) => {
                return if may_be_refused(word) { Ok(()) } else { Err(wrong("there is no reason")) };
            }
            (What::TopUp { .. } | What::Adjust { .. }, Said::Moved { repeated: false })
            | (What::Buy { .. } | What::Grant { .. }, Said::Lot { repeated: false, .. })
            | (What::Coupon { .. }, Said::Coupon { repeated: false, .. })
            | (What::Payment { .. }, Said::Requested { repeated: false, .. }) => true,
            _ => false,
        };
        if !is_right {
            return Err(wrong("the key is new"));
        }
        let mark = Mark::Key(about.account, id);
        let count = self.acknowledged.entry(mark).or_default();
        *count += 1;
        let seen = self.seen.get(&mark).and_then(|seen| seen.get(*count - 1));
        let Some(seen) = seen else { return Err(wrong("it is not in the journal")) };
        if !is_same(what, &seen.content, books) || seen.at != about.at {
            return Err(wrong(&format!("in the journal stands {seen:?}")));
        }
        let at = if matches!(what, What::Payment { .. }) { i64::MAX } else { about.at };
        self.used.insert(place, Used { at, content: seen.content.clone() });
        Ok(())
    }

    fn provider(&mut self, about: &About, no: u64, paid: bool, said: &Said) -> Result<(), Finding> {
        let mark = Mark::Answered(about.account, no);
        if *said != Said::Resolved {
            return Err(finding("2xx", format!("{:?} was answered {said:?}", about.asked)));
        }
        if self.acknowledged.contains_key(&mark) {
            return Ok(());
        }
        self.acknowledged.insert(mark, 1);
        for used in self.used.iter_mut().filter(|(place, _)| place.0 == about.account).map(|(_, used)| used) {
            if matches!(used.content, Content::Payment { no: of, .. } if of == no) {
                used.at = about.at;
            }
        }
        match self.seen.get(&mark).and_then(|seen| seen.first()).map(|seen| &seen.content) {
            Some(Content::Answer { paid: found }) if *found == paid => Ok(()),
            found => Err(finding("2xx", format!("{:?} left {found:?} in the journal", about.asked))),
        }
    }

    /// A call of the door: permitted or not.
    fn call(&mut self, about: &About, what: &What, id: u128, said: &Said) -> Result<(), Finding> {
        self.check_permission(about, what, matches!(said, Said::Held { .. }))?;
        match said {
            Said::Held { authorisation, repeated: false } => self.holds(about, what, id, authorisation),
            Said::Refused(_) => Ok(()),
            _ => Err(finding("2xx", format!("{:?} was answered {said:?}", about.asked))),
        }
    }

    fn holds(&mut self, about: &About, what: &What, id: u128, given: &Authorisation) -> Result<(), Finding> {
        let hold_s =
            self.books(about.account).map_or(0, |books| self.world.rules.policies.of(&books.policy).hold_s);
        let expires = about.at + i64::from(hold_s) * 1000;
        if given.expires_at.ms() != expires || given.charge.0 != id {
            let detail = format!("{:?} at {} was permitted as {given:?}", about.asked, about.at);
            return Err(finding("2xx", detail));
        }
        self.held.insert(id, Held { what: *what, expires });
        Ok(())
    }

    fn check_permission(&self, about: &About, what: &What, is_given: bool) -> Result<(), Finding> {
        let Some((api, region, project, _)) = work_of(what).filter(|_| about.is_alone) else { return Ok(()) };
        let books = self.books(about.account);
        let wanted =
            books.map_or(Some(false), |books| books.permits(&api, &region, project.as_ref(), about.at));
        if wanted.is_none_or(|wanted| wanted == is_given) {
            return Ok(());
        }
        Err(finding(
            "standing",
            format!("{:?} at {}: permitted {is_given}, not {wanted:?}", about.asked, about.at),
        ))
    }

    /// Work by a key: charged, authorised, or neither.
    fn work(&mut self, about: &About, what: &What, id: u128, said: &Said) -> Result<(), Finding> {
        let wrong = |why: &str| finding("2xx", format!("{:?} was answered {said:?}: {why}", about.asked));
        let is_done = matches!(what, What::Done { .. });
        if let Some(held) = self.held.get(&id).filter(|held| about.metered < held.expires) {
            let is_right = match said {
                Said::Meter("under_way") => is_done,
                Said::Meter("other_work") => !is_done && work_of(&held.what) != work_of(what),
                Said::Held { repeated: true, authorisation } => {
                    !is_done && held.what == *what && authorisation.expires_at.ms() == held.expires
                }
                _ => false,
            };
            return if is_right { Ok(()) } else { Err(wrong("the work is authorised")) };
        }
        if let Some(charged) = self.charged.get(&id).cloned() {
            let units = self.charged_for(id, what);
            let asked = work_of(what).map_or(0, |work| work.3);
            let is_same = units.is_some_and(|units| if is_done { units == asked } else { units <= asked });
            let is_right = match said {
                Said::Meter("other_work") => !is_same,
                Said::Charged { repeated: Some(at), .. } => {
                    is_same && at.ms() == charged.at && self.is_as_charged(id, said)
                }
                _ => false,
            };
            return if is_right { Ok(()) } else { Err(wrong("the work is charged")) };
        }
        // Of what is charged already the account has seen to it that it could be.
        if !matches!(said, Said::Charged { .. }) {
            self.check_permission(about, what, !matches!(said, Said::Refused(_)))?;
        }
        match said {
            Said::Refused(_) => Ok(()),
            Said::Charged { repeated: None, .. } if is_done => {
                let units = work_of(what).map_or(0, |work| work.3);
                self.acknowledge_charge(about, what, (id, units), said)
            }
            Said::Held { authorisation, repeated: false } if !is_done => {
                self.holds(about, what, id, authorisation)
            }
            _ => Err(wrong("the key is new")),
        }
    }

    fn commit_work(
        &mut self,
        about: &About,
        what: &What,
        (id, units): (u128, u64),
        said: &Said,
    ) -> Result<(), Finding> {
        let wrong = |why: &str| finding("2xx", format!("{:?} was answered {said:?}: {why}", about.asked));
        if let Some(held) = self.held.get(&id).filter(|held| about.metered < held.expires).cloned() {
            let authorised = work_of(&held.what).map_or(0, |work| work.3);
            if units > authorised {
                return if *said == Said::Meter("too_many_units") {
                    Ok(())
                } else {
                    Err(wrong("too many units"))
                };
            }
            self.held.remove(&id);
            return match said {
                Said::Charged { repeated: None, .. } if about.at < held.expires => {
                    self.acknowledge_charge(about, &held.what, (id, units), said)
                }
                Said::Refused("unknown_hold") if about.at >= held.expires => Ok(()),
                _ => Err(wrong("the work is authorised")),
            };
        }
        let Some(charged) = self.charged.get(&id) else {
            return if *said == Said::Meter("not_authorised") {
                Ok(())
            } else {
                Err(wrong("nothing is authorised"))
            };
        };
        let found = self.charged_for(id, what).or_else(|| self.units_of(id));
        let is_right = match said {
            Said::Meter("other_work") => found != Some(units),
            Said::Charged { repeated: Some(at), .. } => {
                found == Some(units) && at.ms() == charged.at && self.is_as_charged(id, said)
            }
            _ => false,
        };
        if is_right { Ok(()) } else { Err(wrong("the work is charged")) }
    }

    /// A charge was acknowledged: it stands in the journal, once, and as it was told.
    fn acknowledge_charge(
        &mut self,
        about: &About,
        what: &What,
        (id, units): (u128, u64),
        said: &Said,
    ) -> Result<(), Finding> {
        let wrong = |why: &str| finding("2xx", format!("{:?} was answered {said:?}: {why}", about.asked));
        if self.charged.contains_key(&id) {
            return Err(wrong("it was charged before"));
        }
        let mark = Mark::Charge(id);
        *self.acknowledged.entry(mark).or_default() += 1;
        let at = self.seen.get(&mark).and_then(|seen| seen.first()).map(|seen| seen.at);
        if at != Some(about.at) {
            return Err(wrong(&format!("it is in the journal at {at:?}, and was decided at {}", about.at)));
        }
        if !self.is_as_charged(id, said) || self.charged_for(id, what) != Some(units) {
            return Err(wrong(&format!("in the journal stands {:?}", self.seen.get(&mark))));
        }
        let account = match self.seen.get(&mark).and_then(|seen| seen.first()).map(|seen| &seen.content) {
            Some(Content::Charge { account, .. }) => *account,
            _ => return Err(wrong("it is no charge")),
        };
        if account != about.account {
            return Err(finding("isolation", format!("{:?} was charged to {account}", about.asked)));
        }
        self.charged.insert(id, Charged { at: about.at });
        Ok(())
    }

    /// For how many units a charge is, if it is for this work.
    fn charged_for(&self, id: u128, what: &What) -> Option<u64> {
        let (wanted_api, wanted_region, wanted_project, _) = work_of(what)?;
        match &self.seen.get(&Mark::Charge(id))?.first()?.content {
            Content::Charge { api, region, project, .. }
                if (api, region, project) == (&wanted_api, &wanted_region, &wanted_project) =>
            {
                self.units_of(id)
            }
            _ => None,
        }
    }

    fn units_of(&self, id: u128) -> Option<u64> {
        match &self.seen.get(&Mark::Charge(id))?.first()?.content {
            Content::Charge { draws, rated, .. } => {
                let drawn: u64 = draws.iter().map(|draw| draw.1).sum();
                Some(drawn + rated.iter().map(|part| part.0).sum::<u64>())
            }
            _ => None,
        }
    }

    /// True if what was told of a charge is what stands in the journal.
    fn is_as_charged(&self, id: u128, said: &Said) -> bool {
        let Said::Charged { draws: told_draws, rated: told_rated, .. } = said else { return false };
        let seen = self.seen.get(&Mark::Charge(id)).and_then(|seen| seen.first());
        let Some(Content::Charge { draws, rated, .. }) = seen.map(|seen| &seen.content) else { return false };
        told_draws.iter().map(|draw| (draw.lot.0, draw.units)).eq(draws.iter().copied())
            && told_rated.iter().map(|part| (part.units, part.amount.e8())).eq(rated.iter().copied())
    }
}

/// An instant so many hours from the beginning.
pub fn hours(hours: i64) -> Timestamp {
    Timestamp::from_ms(START_MS + hours * HOUR_MS)
}

/// API, region, project and units of a call or of work.
pub fn work_of(what: &What) -> Option<(Name, Name, Option<Name>, u64)> {
    let (of, project, units) = match *what {
        What::Call { service, project, units }
        | What::Work { service, project, units }
        | What::Done { service, project, units } => (service, project, units),
        _ => return None,
    };
    let (api, region) = service(of);
    Some((api, region, project.map(|number| crate::world::name(PROJECTS[number])), units))
}

/// True if what was done under a key is what is asked for now.
fn is_same(what: &What, content: &Content, books: &super::account::Books) -> bool {
    let is_of = |lot: &Lot, of: usize| {
        let (api, region) = service(of);
        books.services.get(lot.service).is_some_and(|found| (&found.api, &found.region) == (&api, &region))
    };
    match (what, content) {
        (What::TopUp { e8 }, Content::TopUp(done)) | (What::Adjust { e8 }, Content::Adjust(done)) => {
            e8 == done
        }
        (What::Payment { e8 }, Content::Payment { e8: done, .. }) => e8 == done,
        (What::Coupon { e8, to_h }, Content::Coupon { e8: done, to, .. }) => {
            (*e8, hours(*to_h).ms()) == (*done, *to)
        }
        (What::Buy { service, offer }, Content::Lot { lot, .. }) => {
            is_of(lot, *service)
                && (lot.source, lot.granted, &lot.project) == (Source::Package, OFFERS[*offer].1, &None)
        }
        (What::Grant { service, source, units, from_h, to_h, project }, Content::Lot { lot, .. }) => {
            let project = project.map(|number| crate::world::name(PROJECTS[number]));
            is_of(lot, *service)
                && (lot.source, lot.granted, &lot.project) == (*source, *units, &project)
                && (lot.price, lot.expires) == (0, hours(*to_h).ms())
                && lot.effective == hours(*from_h).ms().max(lot.created)
        }
        _ => false,
    }
}
