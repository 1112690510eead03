//! What each answer had to be, given what was answered before.
//!
//! A key that is remembered gives the answer it gave and moves nothing; a permission is good until it is used, voided or
//! runs out, and ends with its process. What calls under way keep back is not counted, so whether a package still meets
//! a call is left to the core's own laws.

mod keyed;
mod work;

use charging::{AccountId, Authorisation, Draw, LotNo, Name, Rated, SubscriptionMode, Timestamp};

use super::{Auditor, Content, Finding, Mark, finding};
use crate::plan::What;
use crate::world::{PROJECTS, START_MS, service};

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
