//! Movements under a key: done once for as long as the key is remembered, and refused only where there is a reason.

use charging::Source;

use super::{About, Said, Used, hours};
use crate::auditor::account::{Books, Lot};
use crate::auditor::{Auditor, Content, Finding, Mark, finding, rating};
use crate::plan::What;
use crate::world::{OFFERS, PROJECTS, service};

/// So many requests may be without an answer.
const UNANSWERED: usize = 8;

impl Auditor<'_> {
    /// A movement of money or a package, under a key.
    pub(super) fn keyed(&mut self, about: &About, what: &What, id: u128, said: &Said) -> Result<(), Finding> {
        let wrong = |why: &str| finding("2xx", format!("{:?} was answered {said:?}: {why}", about.asked));
        let books = self.accounts.iter().find(|books| books.id == about.account);
        let Some(books) = books else { return Err(wrong("there is no such account")) };
        let key_days = self.world.rules.policies.of(&books.policy).key_days;
        let since = about.at - i64::from(key_days) * rating::DAY_MS;
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
            // What is asked for and not answered is bounded.
            What::Payment { .. } => {
                word == "too_many" && (!about.is_alone || books.unanswered() >= UNANSWERED)
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

    pub(super) fn provider(
        &mut self,
        about: &About,
        no: u64,
        paid: bool,
        said: &Said,
    ) -> Result<(), Finding> {
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
}

/// True if what was done under a key is what is asked for now.
fn is_same(what: &What, content: &Content, books: &Books) -> bool {
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
