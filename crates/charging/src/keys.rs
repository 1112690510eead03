//! Idempotency keys: what each was used for, so that the same request again gets the same answer and moves nothing.
//!
//! A key is remembered as long as the account's policy says (`key_days`), to the millisecond; after that it is as good
//! as new. Whatever a caller repeats, it repeats soon; and what is remembered for ever grows for ever. Which keys are
//! too old is decided when the next one is used, and stands in an event like any other decision. A request that has no
//! answer yet is remembered however long that takes, and its key from the answer on.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::{
    Account, ChargeId, Context, CouponNo, Event, LotNo, Money, PendingOrder, Recorded, RequestOutcome,
    Timestamp, TopUpState,
};

/// A caller's idempotency key, hashed to 128 bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Key(pub ChargeId);

/// What a key was used for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum KeyUse {
    TopUp(Money),
    Lot(LotNo),
    Coupon(CouponNo),
    Adjustment { amount: Money, reason: Box<str> },
    Request { no: u64, amount: Money, state: TopUpState },
    Order(Box<PendingOrder>),
}

/// The keys an account remembers.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Keys {
    uses: BTreeMap<Key, Used>,
    /// In the order of use; a key that was used again later stands there twice.
    order: VecDeque<(Timestamp, Key)>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Used {
    at: Timestamp,
    was: KeyUse,
}

impl Keys {
    pub fn get(&self, key: Key) -> Option<&KeyUse> {
        self.uses.get(&key).map(|used| &used.was)
    }

    pub fn remember(&mut self, key: Key, was: KeyUse, at: Timestamp) {
        self.uses.insert(key, Used { at, was });
        self.order.push_back((at, key));
    }

    fn has_before(&self, until: Timestamp) -> bool {
        self.order.front().is_some_and(|(at, _)| *at < until)
    }

    /// Forgets what was used before an instant, and has its answer.
    pub fn forget_before(&mut self, until: Timestamp) {
        while let Some((at, key)) = self.order.front().copied().filter(|(at, _)| *at < until) {
            self.order.pop_front();
            let is_over = self.uses.get(&key).is_some_and(|used| {
                used.at == at && !matches!(used.was, KeyUse::Request { state: TopUpState::UnderWay, .. })
            });
            if is_over {
                self.uses.remove(&key);
            }
        }
    }

    #[cfg(test)]
    pub fn count(&self) -> usize {
        self.uses.len().max(self.order.len())
    }
}

impl Account {
    /// What a key was used for, if that is remembered at the instant. Keys that are too old are forgotten first.
    pub(crate) fn use_of(
        &mut self,
        context: Context<'_>,
        key: Option<Key>,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Option<&KeyUse> {
        let key = key?;
        let until = now.minus_days(context.policies.of(&self.policy).key_days);
        if self.cold.keys.has_before(until) {
            self.emit(now, Event::KeysForgotten { until }, out);
        }
        self.cold.keys.get(key)
    }

    /// How a request of the customer's stands, by the key it was made with.
    pub fn request_with_key(&self, key: Key) -> Option<RequestOutcome> {
        match *self.cold.keys.get(key)? {
            KeyUse::Request { no, state, .. } => Some(RequestOutcome { no, state, repeated: true }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Catalog, Name, PaymentAnswer, Policies, Tier, Zone};

    const DAY_MS: i64 = 86_400_000;

    fn key(number: u128) -> Key {
        Key(ChargeId(number))
    }

    /// An account, and what its commands emit.
    struct Told {
        account: Account,
        policies: Policies,
        catalog: Catalog,
        out: Vec<Recorded>,
        opened: Recorded,
    }

    impl Told {
        fn new() -> Told {
            let policies = Policies::presets();
            let catalog = Catalog {
                currency: "CNY".into(),
                regions: Vec::new(),
                apis: BTreeMap::new(),
                listings: Vec::new(),
                retired: BTreeMap::new(),
            };
            let intl = Name::new("intl").unwrap();
            let (account, opened) =
                Account::open(crate::AccountId(1), Tier::V0, intl, Zone::BEIJING, Timestamp::EPOCH);
            Told { account, policies, catalog, out: Vec::new(), opened }
        }

        /// A top-up of 1 under a key; whether it was done before.
        fn top_up(&mut self, number: u128, at_ms: i64) -> bool {
            let context = Context { catalog: &self.catalog, policies: &self.policies };
            let at = Timestamp::from_ms(at_ms);
            let one = "1".parse().unwrap();
            self.account.top_up(context, one, Some(key(number)), at, &mut self.out).unwrap().repeated
        }

        fn check_replay(&self) {
            let mut again = Account::from_opened(&self.opened).unwrap();
            for recorded in &self.out {
                again.apply(recorded);
            }
            assert_eq!(again, self.account);
        }
    }

    #[test]
    fn a_key_is_remembered_to_the_millisecond() {
        let days = i64::from(Policies::presets().get("intl").unwrap().key_days);
        let mut told = Told::new();
        assert!(!told.top_up(1, 0));
        assert!(told.top_up(1, days * DAY_MS), "the last instant");
        assert!(!told.top_up(1, days * DAY_MS + 1), "as good as new");
        assert!(told.top_up(1, days * DAY_MS + 2));
        assert_eq!(told.account.cash(), "2".parse().unwrap());
        told.check_replay();
    }

    #[test]
    fn what_is_remembered_is_bounded_by_the_days() {
        let days = i64::from(Policies::presets().get("intl").unwrap().key_days);
        let mut told = Told::new();
        for day in 0..3 * days {
            assert!(!told.top_up(u128::try_from(day).unwrap() + 1, day * DAY_MS));
        }
        assert_eq!(i64::try_from(told.account.cold.keys.count()).unwrap(), days + 1);
        told.check_replay();
    }

    #[test]
    fn a_request_is_remembered_until_it_is_answered_and_from_then_on() {
        let mut told = Told::new();
        let days = i64::from(told.policies.get("intl").unwrap().key_days);
        let ask = |told: &mut Told, at_ms: i64| {
            let context = Context { catalog: &told.catalog, policies: &told.policies };
            let (one, at) = ("1".parse().unwrap(), Timestamp::from_ms(at_ms));
            told.account.request_top_up(context, one, Some(key(7)), at, &mut told.out).unwrap()
        };
        let first = ask(&mut told, 0);
        let late = (days + 100) * DAY_MS;
        assert_eq!(ask(&mut told, late), RequestOutcome { repeated: true, ..first });
        let context = Context { catalog: &told.catalog, policies: &told.policies };
        let answered = Timestamp::from_ms(late);
        told.account.resolve_top_up(context, first.no, PaymentAnswer::Paid, answered, &mut told.out).unwrap();
        let again = ask(&mut told, late + days * DAY_MS);
        assert_eq!((again.no, again.state, again.repeated), (first.no, TopUpState::Paid, true));
        assert_ne!(ask(&mut told, late + days * DAY_MS + 1).no, first.no);
        told.check_replay();
    }
}
