//! Random scripts: which commands come how often, and after what time.

use charging::{Alerts, CouponWorth, Money, Source, Tier, Unsubscribe};
use proptest::prelude::*;

use crate::commands::{Command, Script, Wait};
use crate::commerce::{Commerce, Ordered, commerce, plain_commerce};
use crate::world::{OFFERS, POLICIES, World};

pub fn wait() -> impl Strategy<Value = Wait> {
    let minute = 60_000_i64;
    prop_oneof![
        12 => Just(Wait::Ms(0)),
        20 => (1..3_000_i64).prop_map(Wait::Ms),
        8 => (0..40 * minute).prop_map(Wait::Ms),
        3 => (0..40 * 60 * minute).prop_map(Wait::Ms),
        1 => (0..20 * 24 * 60 * minute).prop_map(Wait::Ms),
        2 => Just(Wait::NextHour),
        4 => (-1..=1_i64).prop_map(Wait::Due),
    ]
}

fn command() -> impl Strategy<Value = Command> {
    let service = || prop_oneof![9 => Just(0_usize), 4 => Just(1), 1 => 2..6_usize];
    let key = |from: u8| proptest::option::weighted(0.4, from..from + 2);
    let project = || proptest::option::weighted(0.3, 0..2_u8);
    let e8 = || {
        prop_oneof![
            1 => -1..=0_i64,
            2 => 1..300_i64,
            6 => (1..8_i64).prop_map(|n| n * 5_000_000),
        ]
    };
    let source = prop_oneof![Just(Source::Free), Just(Source::Promotion), Just(Source::Package)];
    let hours = |from: i64, to: i64| (from..to).prop_map(|h| h * 3_600_000);
    let validity = (
        prop_oneof![3 => Just(0), 2 => hours(1, 60)],
        prop_oneof![1 => Just(0), 5 => hours(1, 30), 5 => hours(24, 700)],
    );
    let cost = prop_oneof![5 => Just(0), 1 => e8()];
    let grant =
        (service(), source, prop_oneof![1 => Just(0), 9 => 1..7_u64], validity, project(), cost, key(2))
            .prop_map(|(service, source, units, (from, to), project, e8, key)| Command::Grant {
                service,
                source,
                units,
                from,
                to,
                project,
                e8,
                key,
            });
    let alerts = (
        proptest::option::weighted(0.8, 0..40_000_000_i64),
        proptest::option::weighted(0.8, 3..200_u32),
        proptest::option::weighted(0.6, 1..=99_u8),
        proptest::option::weighted(0.4, 1..6_u64),
        0..=30_u8,
    )
        .prop_map(|(balance, empty_within_hours, package_percent, package_calls, expiry_days)| {
            let balance = balance.map(Money::from_e8);
            Command::Alerts(Alerts {
                balance,
                empty_within_hours,
                package_percent,
                package_calls,
                expiry_days,
            })
        });
    let of = || proptest::option::of(0..2_usize);
    let percents = proptest::sample::subsequence(vec![10_u16, 50, 80, 100, 150], 0..4);
    let set_budget =
        (of(), 1..60_000_000_i64, percents, any::<bool>()).prop_map(|(service, e8, percents, forecast)| {
            let forecast = forecast || percents.is_empty();
            Command::SetBudget { service, e8, percents, forecast }
        });
    let tier = (0..6_usize).prop_map(|tier| Command::Tier(Tier::ALL[tier]));
    prop_oneof![
        5 => (e8(), key(0), any::<bool>())
            .prop_map(|(e8, k, other)| Command::TopUp { e8, key: k.map(|k| if other { k } else { k + 2 }) }),
        5 => (service(), prop::bool::weighted(0.25))
            .prop_map(|(service, package_only)| Command::Subscribe { service, package_only }),
        1 => service().prop_map(|service| Command::Unsubscribe { service }),
        3 => (service(), 0..OFFERS.len(), key(0))
            .prop_map(|(service, offer, key)| Command::Buy { service, offer, key }),
        7 => grant,
        20 => (service(), project(), prop_oneof![2 => Just(1), 3 => 1..12_u64])
            .prop_map(|(service, project, units)| Command::Authorise { service, project, units }),
        18 => (prop_oneof![3 => Just(0), 1 => 1..6_usize], prop_oneof![3 => Just(12), 1 => 0..12_u64])
            .prop_map(|(back, units)| Command::Commit { back, units }),
        2 => (0..4_usize).prop_map(|back| Command::Void { back }),
        1 => tier,
        2 => alerts,
        4 => set_budget,
        1 => of().prop_map(|service| Command::RemoveBudget { service }),
        1 => Just(Command::Tick),
    ]
}

/// What leads to packages that coupons paid, that are renewed, and that are given back.
fn trade() -> impl Strategy<Value = Command> {
    let money = (4..20_i64).prop_map(|n| Command::TopUp { e8: n * 5_000_000, key: None });
    let hours = (24..700_i64).prop_map(|hours| hours * 3_600_000);
    let coupon = ((1..6_i64).prop_map(|n| Money::from_e8(n * 2_500_000)), hours).prop_map(|(face, to)| {
        let worth = CouponWorth::Cash { face };
        Commerce::Coupon { worth, api: None, region: None, from: 0, to, key: None }
    });
    let buy = (0..2_usize).prop_map(|offer| Command::Buy { service: 0, offer, key: None });
    let back =
        vec![Unsubscribe::Package, Unsubscribe::Package, Unsubscribe::Renewals, Unsubscribe::ToPayPerUse];
    let give_back =
        (0..6_u32, proptest::sample::select(back)).prop_map(|(lot, what)| Commerce::GiveBack { lot, what });
    let renewal = (0..5_u32).prop_map(|lot| Commerce::Order { what: Ordered::Renewal { lot }, key: None });
    let renew = (0..5_u32).prop_map(|lot| Commerce::Renew { lot, key: None });
    prop_oneof![
        3 => money,
        3 => coupon.prop_map(Command::Commerce),
        4 => buy,
        2 => renew.prop_map(Command::Commerce),
        2 => renewal.prop_map(Command::Commerce),
        6 => give_back.prop_map(Command::Commerce),
    ]
}

/// How many histories each law is shown on: 600, or PROPTEST_CASES if that is more.
pub fn cases() -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig { cases: default.cases.max(600), ..default }
}

/// Random scripts for any policy and tier. Most begin with two services enabled and a little cash, some with a member.
/// Caps, adjustments, coupons, renewals and requested top-ups among the commands.
pub fn scripts() -> impl Strategy<Value = Script> {
    scripts_of(prop_oneof![6 => command(), 2 => commerce().prop_map(Command::Commerce), 1 => trade()])
}

/// Scripts of commands that leave nothing to be done for ever: no renewals.
pub fn plain_scripts() -> impl Strategy<Value = Script> {
    scripts_of(prop_oneof![9 => command(), 1 => plain_commerce().prop_map(Command::Commerce)])
}

fn scripts_of(command: impl Strategy<Value = Command>) -> impl Strategy<Value = Script> {
    let steps = proptest::collection::vec((wait(), command), 0..120);
    let kinds = (prop::bool::weighted(0.8), prop::bool::weighted(0.2));
    (0..POLICIES.len(), 0..6_usize, kinds, steps).prop_map(
        |(policy, tier, (is_enabled, has_member), mut steps)| {
            let start = |command| (Wait::Ms(1), command);
            if has_member {
                // One call at a price is most of it.
                let member = Commerce::Member { project: 0, e8: Some(6_000_000), units: None };
                steps.insert(0, start(Command::Commerce(member)));
            }
            if is_enabled {
                steps.insert(0, start(Command::TopUp { e8: 12_000_000, key: None }));
                steps.insert(0, start(Command::Subscribe { service: 1, package_only: false }));
                steps.insert(0, start(Command::Subscribe { service: 0, package_only: false }));
            }
            Script::resolve(&World::new(), policy, Tier::ALL[tier], steps)
        },
    )
}
