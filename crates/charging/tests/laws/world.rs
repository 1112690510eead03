//! Prices, packages, regions and policies of the random histories: ordinary ones and odd ones.

use std::collections::BTreeMap;

use charging::{
    ApiPrices, ArrearsTerms, BillRounding, Catalog, Context, DrawOrder, Listing, Money, Name, Offer,
    Policies, Policy, PriceTier, PriceVersion, RefundTerms, Tier, Timestamp, UnitPrice, Zone,
};

/// When every account is opened: 2023-04-18 09:20:00 in Beijing.
pub const START_MS: i64 = 1_681_780_800_000;

/// The names of the policies, so that a generator can pick one by number.
pub const POLICIES: [&str; 5] = ["intl", "cn", "at-once", "delayed", "backlog"];

/// The services, as (API, region).
pub const SERVICES: [(&str, &str); 6] = [
    ("general-text", "north"),
    ("odd-text", "north"),
    ("gratis-text", "north"),
    ("general-text", "south"),
    ("odd-text", "south"),
    ("gratis-text", "south"),
];

/// What is on offer: API, calls, price in 10⁻⁸.
pub const OFFERS: [(&str, u64, i64); 3] =
    [("general-text", 3, 10_000_000), ("general-text", 10, 30_000_000), ("odd-text", 4, 7)];

/// Prices and policies together.
pub struct World {
    pub catalog: Catalog,
    pub policies: Policies,
}

pub fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub fn service_names(service: usize) -> (Name, Name) {
    let (api, region) = SERVICES[service];
    (name(api), name(region))
}

fn version(version: u16, from_ms: i64, tiers: &[(u64, i64)]) -> PriceVersion {
    let tier = |&(from_units, e10)| PriceTier { from_units, unit_price: UnitPrice::from_e10(e10) };
    PriceVersion {
        version,
        effective_from: Timestamp::from_ms(from_ms),
        tiers: tiers.iter().map(tier).collect(),
    }
}

fn policy(
    days: [(u16, u16); 6],
    delay: u16,
    zone_minutes: i16,
    draw_order: DrawOrder,
    hold_s: u32,
) -> Policy {
    let terms = days.map(|(grace_days, retention_days)| ArrearsTerms { grace_days, retention_days });
    Policy {
        terms: Tier::ALL.into_iter().zip(terms).collect(),
        package_terms: BTreeMap::new(),
        zone: Zone::from_offset_minutes(zone_minutes).unwrap(),
        settlement_delay_minutes: delay,
        earlier_settlement_delays_minutes: Default::default(),
        draw_order,
        bill_rounding: BillRounding::HalfUp,
        hold_s,
        // So few that histories last longer.
        key_days: 2,
        earlier_key_days: BTreeMap::new(),
        unpaid_order_hours: 72,
        refund: RefundTerms::default(),
    }
}

impl World {
    pub fn new() -> World {
        let hour = 3_600_000;
        let apis = BTreeMap::from([
            // A plain price that changes in the middle of an hour of the history.
            (
                name("general-text"),
                vec![
                    version(1, 0, &[(0, 500_000_000)]),
                    version(2, START_MS + 30 * hour + 1234, &[(0, 400_000_000)]),
                ],
            ),
            // A price far below the last decimal of an amount, in tiers: nothing but remainders.
            (name("odd-text"), vec![version(7, 0, &[(0, 33), (5, 1_717), (12, 101)])]),
            (name("gratis-text"), vec![version(1, 0, &[(0, 0)])]),
        ]);
        let catalog = Catalog {
            currency: "CNY".into(),
            regions: vec![name("north"), name("south")],
            apis: apis.into_iter().map(|(api, versions)| (api, ApiPrices { versions })).collect(),
            listings: OFFERS
                .iter()
                .map(|&(api, calls, e8)| Offer {
                    api: name(api),
                    calls,
                    price: Money::from_e8(e8),
                    validity_months: 1,
                })
                .map(Listing::from)
                .collect(),
            retired: BTreeMap::new(),
        };
        // Packages in effect are given back: once a year for everything, else less what was used and a fee; or never for
        // everything, and without a fee.
        let refund = RefundTerms { in_effect: true, free_days: 2, free_times_per_year: 1, fee_percent: 15 };
        let at_once = policy([(0, 0); 6], 0, 480, DrawOrder::EffectiveFirst, 600);
        let terms = [(0, 1), (1, 0), (1, 1), (2, 1), (0, 2), (3, 3)];
        let delayed = policy(terms, 26, 330, DrawOrder::ExpiresFirst, 60);
        let odd = Policies::new(BTreeMap::from([
            (name("at-once"), Policy { refund, unpaid_order_hours: 5, ..at_once }),
            (
                name("delayed"),
                Policy { refund: RefundTerms { free_days: 0, fee_percent: 0, ..refund }, ..delayed },
            ),
            // Several hours wait for their settlement at the same time, and holds last across them.
            (name("backlog"), policy([(1, 1); 6], 150, -210, DrawOrder::EffectiveFirst, 9_000)),
        ]));
        World { catalog: catalog.checked().unwrap(), policies: Policies::presets().with(odd.unwrap()) }
    }

    pub fn context(&self) -> Context<'_> {
        Context { catalog: &self.catalog, policies: &self.policies }
    }

    pub fn policy(&self, number: usize) -> &Policy {
        self.policies.get(POLICIES[number]).unwrap()
    }
}
