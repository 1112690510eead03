//! Which idempotency keys an account may not use again: kept beside the core's own list, by the rule of
//! `charging::keys`; and that none is forgotten sooner or later than its account's policy said. A key counts from its
//! last use; a request's counts from its answer on, and does not age before.

use std::collections::VecDeque;

use charging::{Event, Key, Policy, Recorded, Timestamp};
use hashbrown::HashMap;

use super::Difference;

/// The keys of one account that are not forgotten yet.
#[derive(Debug, Default)]
pub(super) struct UsedKeys {
    /// When each was used last.
    used_at: HashMap<Key, Timestamp>,
    /// In the order of use; a key whose request was answered stands there twice.
    order: VecDeque<(Timestamp, Key)>,
    /// Those of requests that have no answer yet, by the request's number.
    awaiting: HashMap<u64, Key>,
}

impl UsedKeys {
    /// Checks that the event uses no key again, and that each is remembered for as long as the account's policy says.
    pub(super) fn event(&mut self, policy: &Policy, recorded: &Recorded) -> Result<(), Difference> {
        let at = recorded.at;
        match &recorded.event {
            Event::ToppedUp { key: Some(key), .. }
            | Event::LotGranted { key: Some(key), .. }
            | Event::Adjusted { key: Some(key), .. } => self.first_use(*key, at)?,
            Event::CouponGiven { coupon } => {
                coupon.key.map_or(Ok(()), |key| self.first_use(key, at))?;
            }
            Event::TopUpRequested { no, key: Some(key), .. } => {
                self.first_use(*key, at)?;
                self.awaiting.insert(*no, *key);
            }
            Event::TopUpResolved { no, .. } => {
                if let Some(key) = self.awaiting.remove(no) {
                    self.remember(key, at);
                }
            }
            Event::KeysForgotten { until } => {
                if !policy.key_days_at(at).any(|days| at.minus_days(days) == *until) {
                    let days: Vec<String> = policy.key_days_at(at).map(|days| days.to_string()).collect();
                    let days = days.join(" or ");
                    let detail = format!(
                        "keys used before {until:?} were forgotten at {at:?}, and the policy remembers them for \
                         {days} days"
                    );
                    return Err(Difference::new("2xx", detail));
                }
                self.forget_before(*until);
            }
            _ => {}
        }
        Ok(())
    }

    fn first_use(&mut self, key: Key, at: Timestamp) -> Result<(), Difference> {
        if self.used_at.contains_key(&key) {
            return Err(Difference::new("2xx", format!("key {} was used for two orders", key.0)));
        }
        self.remember(key, at);
        Ok(())
    }

    fn remember(&mut self, key: Key, at: Timestamp) {
        self.used_at.insert(key, at);
        self.order.push_back((at, key));
    }

    fn forget_before(&mut self, until: Timestamp) {
        while let Some((at, key)) = self.order.front().copied().filter(|(at, _)| *at < until) {
            self.order.pop_front();
            let is_last_use = self.used_at.get(&key) == Some(&at);
            if is_last_use && !self.awaiting.values().any(|awaiting| *awaiting == key) {
                self.used_at.remove(&key);
            }
        }
    }
}
