//! What one charge costs the core: authorise + commit + encode of its events, without journal or network.
//!
//! `cargo run --release -p charging --example hot_path` prints nanoseconds per charge for an account charged per call,
//! one drawing from a package, one with 200 lots used up behind it, and one with a thousand calls under way.

// It measures: its clock is not the core's.
#![allow(clippy::disallowed_methods)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use charging::{
    Account, AccountId, ApiPrices, CallFor, Catalog, ChargeId, Context, Holds, Money, Name, NewLot, Policies,
    PriceTier, PriceVersion, Recorded, Source, SubscriptionMode, Tier, Timestamp, UnitPrice, Zone,
};

const CHARGES: u64 = 1_000_000;

/// The figures are lots unused, lots used up before, and calls left under way.
struct Case {
    title: &'static str,
    lots: u32,
    used_up: u32,
    under_way: u32,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cases = [
        Case { title: "pay-per-use", lots: 0, used_up: 0, under_way: 0 },
        Case { title: "one package", lots: 1, used_up: 0, under_way: 0 },
        Case { title: "pay-per-use, 200 packages used up", lots: 0, used_up: 200, under_way: 0 },
        Case { title: "20 packages", lots: 20, used_up: 0, under_way: 0 },
        Case { title: "one package, 1,000 calls under way", lots: 1, used_up: 0, under_way: 1_000 },
        Case { title: "pay-per-use, 1,000 calls under way", lots: 0, used_up: 0, under_way: 1_000 },
    ];
    for case in cases {
        let best = (0..5).map(|_| measure(&case)).collect::<Result<Vec<_>, _>>()?.into_iter().min();
        println!("{:5} ns  {}", best.unwrap_or(0), case.title);
    }
    Ok(())
}

fn measure(case: &Case) -> Result<u128, Box<dyn std::error::Error>> {
    let (api, region) = (Name::new("general-text")?, Name::new("cn-north-4")?);
    let tier = PriceTier { from_units: 0, unit_price: UnitPrice::from_e10(500_000_000) };
    let version = PriceVersion { version: 1, effective_from: Timestamp::EPOCH, tiers: vec![tier] };
    let catalog = Catalog {
        currency: "CNY".into(),
        regions: vec![region.clone()],
        apis: [(api.clone(), ApiPrices { versions: vec![version] })].into(),
        listings: Vec::new(),
        retired: BTreeMap::new(),
    };
    let policies = Policies::presets();
    let context = Context { catalog: &catalog, policies: &policies };
    let start = Timestamp::from_ms(1_700_000_000_000);
    let (mut account, _) = Account::open(AccountId(1), Tier::V0, Name::new("intl")?, Zone::BEIJING, start);
    let (mut holds, mut out) = (Holds::default(), Vec::<Recorded>::new());
    account.top_up(context, Money::from_e8(100_000_000_000_000), None, start, &mut out)?;
    account.subscribe(context, (&api, &region), SubscriptionMode::PayPerUse, start, &mut out)?;
    let call = CallFor { api: &api, region: &region, enterprise_project: None, units: 1 };
    let mut id = 0x1234_5678_9abc_def0_u128;
    let mut next_id = || {
        id = id.wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645).wrapping_add(12_345);
        ChargeId(id)
    };
    for no in 0..case.used_up + case.lots {
        let units = if no < case.used_up { 1 } else { 1_000_000_000 };
        let new = NewLot {
            api: api.clone(),
            region: region.clone(),
            source: Source::Package,
            units,
            effective_at: start,
            expires_at: start.plus_days(365),
            enterprise_project: None,
            price: Money::ZERO,
        };
        account.grant_lot(context, new, None, start, &mut out)?;
        if no < case.used_up {
            let given = account.authorise(&mut holds, context, next_id(), call, start, &mut out)?;
            account.commit(&mut holds, context, &given, 1, start, &mut out)?;
        }
    }
    for _ in 0..case.under_way {
        account.authorise(&mut holds, context, next_id(), call, start, &mut out)?;
    }
    let mut blob = Vec::with_capacity(256);
    let began = Instant::now();
    for n in 0..CHARGES {
        // A million charges within a minute, so within the life of the holds.
        let now = start.plus_ms(i64::try_from(n / 18)? + 1);
        out.clear();
        let given = account.authorise(&mut holds, context, next_id(), call, now, &mut out)?;
        let receipt = account.commit(&mut holds, context, &given, 1, now, &mut out)?;
        blob.clear();
        for recorded in &out {
            blob = postcard::to_extend(recorded, blob)?;
        }
        black_box((&receipt, &blob));
    }
    Ok(began.elapsed().as_nanos() / u128::from(CHARGES))
}
