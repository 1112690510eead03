//! The rules of arrears as data: how long grace and retention last for whom.
//!
//! Sources disagree (the international site names 15 + 15 days for every customer, the Chinese site a table by
//! customer tier), so a policy is a table with a name, and an account carries the name. Durations are whole
//! days of 24 hours from the exact instant the arrears began.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Money, Name, Timestamp, Zone};

/// A customer's level, V0 to V5.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Tier {
    V0,
    V1,
    V2,
    V3,
    V4,
    V5,
}

/// How long an account in arrears goes on, and how long it is kept after that.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArrearsTerms {
    /// Days of grace: pay-per-use works and is charged. Zero freezes at once.
    pub grace_days: u16,
    /// Days of retention after grace: pay-per-use is frozen, nothing is deleted yet.
    pub retention_days: u16,
}

/// Which of several usable lots is drawn first, after the source class (free, promotion, package).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DrawOrder {
    /// Took effect first, then expires first, then created first ("What Is Fee Deduction Order for Multiple
    /// Packages?").
    #[default]
    EffectiveFirst,
    /// Expires first, then took effect first, then created first (Billing Center FAQ on packages with equal
    /// restrictions).
    ExpiresFirst,
}

/// How the total of a month is stated in two decimals. The books keep all eight: it changes what a bill says,
/// not what is paid.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillRounding {
    /// Rounded, half away from zero ("the total amount is rounded off to two decimal places in monthly bill",
    /// Billing Center FAQ on monthly settlement, international site).
    #[default]
    HalfUp,
    /// What is beyond two decimals is dropped, and the bill says how much ("抹零金额", Chinese site).
    TailDropped,
}

impl BillRounding {
    /// The total as the bill states it.
    pub fn stated(self, total: Money) -> Money {
        match self {
            BillRounding::HalfUp => total.rounded_to_cents(),
            BillRounding::TailDropped => total.tail_dropped(),
        }
    }
}

/// What is refunded for packages that are given back; see the essay of `unsubscription`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RefundTerms {
    /// True if packages in effect can be given back. What has not begun always can.
    pub in_effect: bool,
    /// For so many days of 24 hours from its purchase, a package in effect is given back for all that was paid, if no
    /// call was met by it ("5-day unconditional").
    pub free_days: u16,
    /// That many packages in a calendar year ("10 instances per account per calendar year").
    pub free_times_per_year: u16,
    /// The handling fee of any other package in effect, in percent of what is not used of it.
    pub fee_percent: u8,
}

impl Default for RefundTerms {
    fn default() -> RefundTerms {
        RefundTerms { in_effect: false, free_days: 5, free_times_per_year: 10, fee_percent: 0 }
    }
}

/// One named set of rules.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Terms by customer tier.
    pub terms: BTreeMap<Tier, ArrearsTerms>,
    /// How long after its end a package can still be renewed, by customer tier: its own grace and retention. 15 + 15
    /// days for a tier that is not named.
    #[serde(default)]
    pub package_terms: BTreeMap<Tier, ArrearsTerms>,
    /// The zone hours, days and months are counted in.
    #[serde(default)]
    pub zone: Zone,
    /// How long after the end of an hour its usage is settled, in minutes.
    #[serde(default)]
    pub settlement_delay_minutes: u16,
    /// Delays it had before, if it was changed: by them earlier hours were settled. Written by the program, not by
    /// operators.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub earlier_settlement_delays_minutes: BTreeSet<u16>,
    /// Which lot is drawn first.
    #[serde(default)]
    pub draw_order: DrawOrder,
    /// How the total of a month is stated.
    #[serde(default)]
    pub bill_rounding: BillRounding,
    /// How long a hold lasts that is neither committed nor voided, in seconds.
    #[serde(default = "default_hold_s")]
    pub hold_s: u32,
    /// How long an idempotency key is remembered, in days.
    #[serde(default = "default_key_days")]
    pub key_days: u16,
    /// The days it had before, if they were changed, each with the latest instant at which they may have been in force.
    /// Written by the program, not by operators.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub earlier_key_days: BTreeMap<u16, Timestamp>,
    /// How long an order can be paid after it was made, in hours.
    #[serde(default = "default_unpaid_order_hours")]
    pub unpaid_order_hours: u16,
    /// What is refunded for packages that are given back.
    #[serde(default)]
    pub refund: RefundTerms,
}

fn default_unpaid_order_hours() -> u16 {
    168
}

fn default_hold_s() -> u32 {
    600
}

/// A year and a month: whoever books bank statements by their numbers may go through last year's again.
fn default_key_days() -> u16 {
    400
}

/// All policies by name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policies {
    by_name: BTreeMap<Name, Policy>,
    /// Not for new accounts any more; those that carry one keep it.
    retired: BTreeMap<Name, Policy>,
    /// What holds for an account whose policy is missing; see [`Policies::of`].
    fallback: Policy,
}

/// The longest hold: a call that takes a day is none.
pub const MAX_HOLD_S: u32 = 86_400;
/// The longest memory of idempotency keys: ten years.
const MAX_KEY_DAYS: u16 = 3_653;
/// The longest grace or retention: ten years.
const MAX_TERM_DAYS: u16 = 3_653;
/// The longest wait before an hour is settled: two days. Bills are closed on the 3rd and want it settled.
const MAX_SETTLEMENT_DELAY_MINUTES: u16 = 2_880;

/// The longest time an order waits for its payment: a year.
const MAX_UNPAID_ORDER_HOURS: u16 = 8_784;
/// The longest time in which a package in effect is given back for everything: a year.
const MAX_FREE_DAYS: u16 = 366;

/// Why a set of policies cannot be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyError(String);

impl Tier {
    /// All tiers, lowest first.
    pub const ALL: [Tier; 6] = [Tier::V0, Tier::V1, Tier::V2, Tier::V3, Tier::V4, Tier::V5];
}

/// Days of grace and of retention for V0 to V5.
type Days = [(u16, u16); 6];
const INTL: Days = [(15, 15); 6];
const CN: Days = [(0, 1), (0, 1), (0, 7), (1, 7), (1, 7), (7, 15)];
const CN_PACKAGES: Days = [(1, 1), (1, 1), (1, 7), (7, 7), (7, 7), (7, 15)];

impl Policy {
    fn of_days(days: Days, of_packages: Days) -> Policy {
        let terms = |(grace_days, retention_days)| ArrearsTerms { grace_days, retention_days };
        let by_tier = |days: Days| Tier::ALL.into_iter().zip(days.map(terms)).collect();
        Policy {
            terms: by_tier(days),
            package_terms: by_tier(of_packages),
            zone: Zone::BEIJING,
            settlement_delay_minutes: 0,
            earlier_settlement_delays_minutes: BTreeSet::new(),
            draw_order: DrawOrder::EffectiveFirst,
            bill_rounding: BillRounding::HalfUp,
            hold_s: default_hold_s(),
            key_days: default_key_days(),
            earlier_key_days: BTreeMap::new(),
            unpaid_order_hours: default_unpaid_order_hours(),
            refund: RefundTerms::default(),
        }
    }

    /// What holds for a tier.
    pub fn terms(&self, tier: Tier) -> ArrearsTerms {
        self.terms.get(&tier).copied().unwrap_or(ArrearsTerms { grace_days: 15, retention_days: 15 })
    }

    /// This policy, in the place of an earlier version of it, which was in force up to an instant.
    #[must_use]
    pub fn following(mut self, before: &Policy, until: Timestamp) -> Policy {
        let own = self.settlement_delay_minutes;
        self.earlier_settlement_delays_minutes.extend(before.settlement_delays_minutes());
        self.earlier_settlement_delays_minutes.remove(&own);
        self.earlier_key_days = before.earlier_key_days.clone();
        self.earlier_key_days.insert(before.key_days, until);
        self.earlier_key_days.remove(&self.key_days);
        self
    }

    /// For how many days an idempotency key may have been remembered at an instant of the past: as now, or as before a
    /// change that came later.
    pub fn key_days_at(&self, at: Timestamp) -> impl Iterator<Item = u16> {
        let earlier = self.earlier_key_days.iter().filter(move |(_, until)| at <= **until);
        std::iter::once(self.key_days).chain(earlier.map(|(days, _)| *days))
    }

    /// The delay hours are settled with, and those they ever were, in minutes.
    pub fn settlement_delays_minutes(&self) -> impl Iterator<Item = u16> {
        let earlier = self.earlier_settlement_delays_minutes.iter().copied();
        std::iter::once(self.settlement_delay_minutes).chain(earlier)
    }

    /// How long a package of a customer of the tier can still be renewed after its end.
    pub fn package_terms(&self, tier: Tier) -> ArrearsTerms {
        let terms = self.package_terms.get(&tier).copied();
        terms.unwrap_or(ArrearsTerms { grace_days: 15, retention_days: 15 })
    }

    pub(crate) fn settlement_delay_ms(&self) -> i64 {
        i64::from(self.settlement_delay_minutes) * 60_000
    }
}

impl Policies {
    /// Checks a set of policies: each must say what holds for every tier.
    ///
    /// # Errors
    /// The first policy that leaves a tier out.
    pub fn new(policies: BTreeMap<Name, Policy>) -> Result<Policies, PolicyError> {
        for (name, policy) in &policies {
            if let Some(tier) = Tier::ALL.iter().find(|t| !policy.terms.contains_key(t)) {
                return Err(PolicyError(format!("policy {name} does not say what holds for tier {tier:?}")));
            }
            if !(1..=MAX_HOLD_S).contains(&policy.hold_s) {
                return Err(PolicyError(format!("policy {name}: hold_s is 1 to {MAX_HOLD_S}")));
            }
            if !(1..=MAX_KEY_DAYS).contains(&policy.key_days) {
                return Err(PolicyError(format!("policy {name}: key_days is 1 to {MAX_KEY_DAYS}")));
            }
            if !(1..=MAX_UNPAID_ORDER_HOURS).contains(&policy.unpaid_order_hours) {
                let most = MAX_UNPAID_ORDER_HOURS;
                return Err(PolicyError(format!("policy {name}: unpaid_order_hours is 1 to {most}")));
            }
            if policy.refund.free_days > MAX_FREE_DAYS || policy.refund.fee_percent > 100 {
                let most = MAX_FREE_DAYS;
                return Err(PolicyError(format!(
                    "policy {name}: refund.free_days is 0 to {most}, refund.fee_percent 0 to 100"
                )));
            }
            let terms = policy.terms.values().chain(policy.package_terms.values());
            if terms.into_iter().any(|t| t.grace_days.max(t.retention_days) > MAX_TERM_DAYS) {
                return Err(PolicyError(format!("policy {name}: terms are 0 to {MAX_TERM_DAYS} days")));
            }
            if policy.settlement_delay_minutes > MAX_SETTLEMENT_DELAY_MINUTES {
                let most = MAX_SETTLEMENT_DELAY_MINUTES;
                return Err(PolicyError(format!("policy {name}: settlement_delay_minutes is 0 to {most}")));
            }
        }
        Ok(Policies { by_name: policies, retired: BTreeMap::new(), fallback: Policy::of_days(INTL, INTL) })
    }

    /// The two published rule sets: `intl` (15 + 15 days for every tier; FAQ "What are Grace Period and
    /// Retention Period?") and `cn` (by tier; "宽限期保留期", reading V4 like V3 and V1 like V0).
    pub fn presets() -> Policies {
        let named = |name: &str, days, of_packages, bill_rounding| {
            let policy = Policy { bill_rounding, ..Policy::of_days(days, of_packages) };
            (Name::new(name).expect("a preset's name is a name"), policy)
        };
        let intl = named("intl", INTL, INTL, BillRounding::HalfUp);
        let cn = named("cn", CN, CN_PACKAGES, BillRounding::TailDropped);
        let by_name = BTreeMap::from([intl, cn]);
        Policies { by_name, retired: BTreeMap::new(), fallback: Policy::of_days(INTL, INTL) }
    }

    /// A policy by name, a retired one too.
    pub fn get(&self, name: &str) -> Option<&Policy> {
        self.by_name.get(name).or_else(|| self.retired.get(name))
    }

    /// True if new accounts can be given the policy.
    pub fn is_offered(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// The policy an account carries. Names are checked when an account is opened and policies are only ever
    /// added, so a missing one means a damaged configuration; the mildest published rule then holds.
    pub fn of(&self, name: &Name) -> &Policy {
        self.get(name.as_str()).unwrap_or(&self.fallback)
    }

    /// Names of the retired ones, in order.
    pub fn retired(&self) -> impl Iterator<Item = &Name> {
        self.retired.keys()
    }

    /// Names that new accounts can be given, in order.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.by_name.keys()
    }

    /// These policies, and what they once were: those of the same names are put in their place, and the others are
    /// retired.
    pub fn with_past(mut self, past: Policies) -> Policies {
        for (name, policy) in past.by_name {
            let is_offered = self.by_name.contains_key(&name);
            let among = if is_offered { &mut self.by_name } else { &mut self.retired };
            among.insert(name, policy);
        }
        self
    }

    /// These policies with others of the same names put in their place and new ones added.
    pub fn with(mut self, others: Policies) -> Policies {
        self.by_name.extend(others.by_name);
        self
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl std::str::FromStr for Tier {
    type Err = String;
    fn from_str(text: &str) -> Result<Tier, String> {
        Tier::ALL
            .into_iter()
            .find(|t| t.to_string() == text)
            .ok_or_else(|| format!("{text:?} is no customer tier; use V0 to V5"))
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PolicyError {}
