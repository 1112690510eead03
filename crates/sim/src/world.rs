//! The shop that is simulated: prices, packages, policies, and whose accounts there are.
//!
//! Ordinary rules and odd ones: a price that changes in the middle of an hour, prices of nothing but remainders, holds
//! that outlast the settlement of their hour, keys that are forgotten after two days.

use std::collections::BTreeMap;
use std::sync::Arc;

use charging::{
    AccountId, ApiPrices, ArrearsTerms, BillRounding, Catalog, DrawOrder, HOUR_MS, Listing, Money, Name,
    Offer, Policies, Policy, PriceTier, PriceVersion, RefundTerms, Tier, Timestamp, UnitPrice, Zone,
};
use ledger::Rules;

use crate::random::Random;

/// When every history begins: 2023-04-18 09:20:00 in Beijing.
pub const START_MS: i64 = 1_681_780_800_000;

/// The policies, by number.
pub const POLICIES: [&str; 5] = ["intl", "cn", "at-once", "delayed", "backlog"];

/// The services, as (API, region).
pub const SERVICES: [(&str, &str); 4] =
    [("general-text", "north"), ("odd-text", "north"), ("gratis-text", "north"), ("general-text", "south")];

/// What is on offer: API, calls, price in 10⁻⁸.
pub const OFFERS: [(&str, u64, i64); 3] =
    [("general-text", 3, 10_000_000), ("general-text", 10, 30_000_000), ("odd-text", 4, 7)];

/// The enterprise projects.
pub const PROJECTS: [&str; 2] = ["finance", "sales"];

/// One customer.
#[derive(Debug, Clone)]
pub struct Customer {
    /// The account.
    pub id: AccountId,
    /// Which policy.
    pub policy: usize,
    /// The tier it begins with.
    pub tier: Tier,
}

/// What a seed's history is played in.
pub struct World {
    /// By which everything is decided.
    pub rules: Arc<Rules>,
    /// Whose accounts there are.
    pub customers: Vec<Customer>,
    /// Size of a segment of the journal.
    pub segment_bytes: u64,
    /// True if the read model and the meter, which needs it, take part.
    pub reads: bool,
}

/// A name that is one.
pub fn name(text: &str) -> Name {
    Name::new(text).expect("the simulator's names are names")
}

/// The names of a service.
pub fn service(number: usize) -> (Name, Name) {
    let (api, region) = SERVICES[number];
    (name(api), name(region))
}

impl World {
    /// The world of a seed.
    pub fn of(seed: u64) -> World {
        let mut random = Random::new(seed, 1);
        let count = 1 + random.index(3);
        let customers = (1..=count as u128).map(|id| Customer {
            id: AccountId(id),
            policy: random.index(POLICIES.len()),
            tier: Tier::ALL[random.index(Tier::ALL.len())],
        });
        let customers = customers.collect();
        let segment_bytes = if random.percent(70) { 24 << 10 } else { 96 << 10 };
        World { rules: rules(), customers, segment_bytes, reads: random.percent(50) }
    }

    /// The policy of a customer.
    pub fn policy(&self, customer: usize) -> &Policy {
        self.rules.policies.of(&name(POLICIES[self.customers[customer].policy]))
    }
}

fn version(version: u16, from_ms: i64, tiers: &[(u64, i64)]) -> PriceVersion {
    let tier = |&(from_units, e10)| PriceTier { from_units, unit_price: UnitPrice::from_e10(e10) };
    let effective_from = Timestamp::from_ms(from_ms);
    PriceVersion { version, effective_from, tiers: tiers.iter().map(tier).collect() }
}

fn policy(days: [(u16, u16); 6], delay: u16, zone: i16, draw_order: DrawOrder, hold_s: u32) -> Policy {
    let terms = days.map(|(grace_days, retention_days)| ArrearsTerms { grace_days, retention_days });
    Policy {
        terms: Tier::ALL.into_iter().zip(terms).collect(),
        package_terms: BTreeMap::new(),
        zone: Zone::from_offset_minutes(zone).expect("an offset of less than a day"),
        settlement_delay_minutes: delay,
        earlier_settlement_delays_minutes: Default::default(),
        draw_order,
        bill_rounding: BillRounding::HalfUp,
        hold_s,
        key_days: 2,
        earlier_key_days: BTreeMap::new(),
        unpaid_order_hours: 72,
        refund: RefundTerms::default(),
    }
}

fn rules() -> Arc<Rules> {
    let changes = START_MS + 30 * HOUR_MS + 1234;
    let general = vec![version(1, 0, &[(0, 500_000_000)]), version(2, changes, &[(0, 400_000_000)])];
    let odd = vec![version(7, 0, &[(0, 33), (5, 1_717), (12, 101)])];
    let prices = |versions| ApiPrices { versions };
    let offer = |&(api, calls, e8): &(&str, u64, i64)| {
        Listing::from(Offer { api: name(api), calls, price: Money::from_e8(e8), validity_months: 1 })
    };
    let catalog = Catalog {
        currency: "CNY".into(),
        regions: vec![name("north"), name("south")],
        apis: BTreeMap::from([
            (name("general-text"), prices(general)),
            (name("odd-text"), prices(odd)),
            (name("gratis-text"), prices(vec![version(1, 0, &[(0, 0)])])),
        ]),
        listings: OFFERS.iter().map(offer).collect(),
        retired: BTreeMap::new(),
    };
    let terms = [(0, 1), (1, 0), (1, 1), (2, 1), (0, 2), (3, 3)];
    let odd = Policies::new(BTreeMap::from([
        (name("at-once"), policy([(0, 0); 6], 0, 480, DrawOrder::EffectiveFirst, 600)),
        (name("delayed"), policy(terms, 26, 330, DrawOrder::ExpiresFirst, 60)),
        (name("backlog"), policy([(1, 1); 6], 150, -210, DrawOrder::EffectiveFirst, 9_000)),
    ]));
    let policies = Policies::presets().with(odd.expect("the policies are well-formed"));
    Arc::new(Rules { catalog: catalog.checked().expect("the catalog is well-formed"), policies })
}
