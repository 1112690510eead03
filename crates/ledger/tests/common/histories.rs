//! Random histories of two accounts, for whoever must add them up: calls of two APIs in two regions for several
//! enterprise projects, packages that end and are renewed, coupons of both kinds, orders paid later, refunds,
//! corrections, debts and their payment. Prices have decimals that do not divide, and a month's end lies among the
//! steps.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::sync::Arc;

use charging::*;
use ledger::{CallFor, Engine, Rules};
use proptest::prelude::*;

/// The accounts of a history, and where and on which terms they are.
#[derive(Debug, Clone)]
pub struct History {
    pub accounts: [Terms; 2],
    pub steps: Vec<Step>,
}

/// The terms of one account.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    pub zone: Zone,
    policy: &'static str,
    tier: Tier,
}

/// What happens to which account, at which distance from what happened before.
#[derive(Debug, Clone)]
pub struct Step {
    account: usize,
    after_ms: i64,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Call { api: usize, region: usize, project: Option<usize>, units: u64 },
    TopUp { amount: i64 },
    Buy { region: usize, calls: u64 },
    Grant { region: usize, project: Option<usize>, price: i64 },
    Subscribe { api: usize, region: usize },
    GiveCash { face: i64, days: u16, api: Option<usize> },
    GiveDiscount { percent_off: u8, days: u16 },
    Renew { lot: u32 },
    SetRenewal { lot: u32, mode: RenewalMode },
    Adjust { amount: i64 },
    Order { region: usize, calls: u64 },
    OrderRenewal { lot: u32 },
    Pay { order: u32 },
    CancelOrder { order: u32 },
    GiveBack { lot: u32, what: Unsubscribe },
}

pub const APIS: [&str; 2] = ["general-text", "id-card"];
pub const REGIONS: [&str; 2] = ["cn-north-4", "cn-east-3"];
/// One of them would be a formula, if a spreadsheet were let.
pub const PROJECTS: [&str; 3] = ["0", "web", "-1"];
/// Why corrections are made.
pub const REASON: &str = "=paid \"twice\", by 招商银行";

const DAY_MS: i64 = 24 * HOUR_MS;

/// 2026-11-23T09:00:00+08:00.
pub fn beginning() -> Timestamp {
    Timestamp::parse("2026-11-23T09:00:00+08:00").unwrap()
}

/// 2026-11-25T00:00:00+08:00, when the second version of the prices comes into force.
pub fn new_price_from() -> Timestamp {
    Timestamp::parse("2026-11-25T00:00:00+08:00").unwrap()
}

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn what() -> impl Strategy<Value = What> {
    let project = || proptest::option::of(0..3_usize);
    let call = (0..2_usize, 0..2_usize, project(), 1..40_u64)
        .prop_map(|(api, region, project, units)| What::Call { api, region, project, units });
    let buy = (0..2_usize, prop_oneof![3 => Just(25_u64), 1 => Just(60)])
        .prop_map(|(region, calls)| What::Buy { region, calls });
    let grant = (0..2_usize, project(), 0..20_000_000_i64).prop_map(|(region, project, price)| What::Grant {
        region,
        project,
        price,
    });
    let subscribe = (0..2_usize, 0..2_usize).prop_map(|(api, region)| What::Subscribe { api, region });
    let cash = (1..30_000_000_i64, 0..40_u16, proptest::option::of(0..2_usize))
        .prop_map(|(face, days, api)| What::GiveCash { face, days, api });
    let discount =
        (1..=100_u8, 0..40_u16).prop_map(|(percent_off, days)| What::GiveDiscount { percent_off, days });
    let modes = vec![RenewalMode::Auto, RenewalMode::Auto, RenewalMode::Manual, RenewalMode::None];
    let set =
        (0..3_u32, proptest::sample::select(modes)).prop_map(|(lot, mode)| What::SetRenewal { lot, mode });
    let back = vec![Unsubscribe::Package, Unsubscribe::Renewals, Unsubscribe::ToPayPerUse];
    let give_back =
        (0..5_u32, proptest::sample::select(back)).prop_map(|(lot, what)| What::GiveBack { lot, what });
    let order = (0..2_usize, prop_oneof![3 => Just(25_u64), 1 => Just(60)])
        .prop_map(|(region, calls)| What::Order { region, calls });
    prop_oneof![
        2 => order,
        1 => (0..3_u32).prop_map(|lot| What::OrderRenewal { lot }),
        2 => (0..4_u32).prop_map(|order| What::Pay { order }),
        1 => (0..4_u32).prop_map(|order| What::CancelOrder { order }),
        3 => give_back,
        16 => call,
        4 => (1..60_000_000_i64).prop_map(|amount| What::TopUp { amount }),
        3 => (1..600_000_i64).prop_map(|amount| What::TopUp { amount }),
        2 => (60_000_000..400_000_000_i64).prop_map(|amount| What::TopUp { amount }),
        4 => buy,
        1 => grant,
        1 => subscribe,
        2 => cash,
        1 => discount,
        2 => (0..4_u32).prop_map(|lot| What::Renew { lot }),
        4 => set,
        2 => (-9_000_000..9_000_000_i64).prop_map(|amount| What::Adjust { amount }),
    ]
}

fn terms() -> impl Strategy<Value = Terms> {
    let zones = [480, 0, -300, 345].map(|minutes| Zone::from_offset_minutes(minutes).unwrap());
    let tiers = vec![Tier::V0, Tier::V3, Tier::V5];
    let of = (proptest::sample::select(zones.to_vec()), any::<bool>(), proptest::sample::select(tiers));
    of.prop_map(|(zone, is_cn, tier)| Terms { zone, policy: if is_cn { "cn" } else { "intl" }, tier })
}

/// Histories of so many steps.
pub fn histories(steps: std::ops::Range<usize>) -> impl Strategy<Value = History> {
    // Minutes apart, or days.
    let after_ms = prop_oneof![8 => 0..2_400_000_i64, 1 => HOUR_MS..3 * DAY_MS, 1 => 3 * DAY_MS..20 * DAY_MS];
    let step =
        (0..2_usize, after_ms, what()).prop_map(|(account, after_ms, what)| Step { account, after_ms, what });
    ([terms(), terms()], proptest::collection::vec(step, steps))
        .prop_map(|(accounts, steps)| History { accounts, steps })
}

/// Prices whose last decimals do not divide, in tiers and in two versions, and a package of a month and one of a year.
pub fn odd_rules() -> Arc<Rules> {
    let tier = |from_units, price: &str| PriceTier { from_units, unit_price: price.parse().unwrap() };
    let version = |version, effective_from, tiers| PriceVersion { version, effective_from, tiers };
    let prices = vec![
        version(1, Timestamp::EPOCH, vec![tier(0, "0.0123456789"), tier(100, "0.0000000033")]),
        version(2, new_price_from(), vec![tier(0, "0.0333333333"), tier(70, "0.0071428571")]),
    ];
    let api = |text: &str| (name(text), ApiPrices { versions: prices.clone() });
    let offer = |calls, price: &str, validity_months| {
        let price = price.parse().unwrap();
        Listing::from(Offer { api: name(APIS[0]), calls, price, validity_months })
    };
    let catalog = Catalog {
        currency: "CNY".into(),
        regions: REGIONS.map(name).to_vec(),
        apis: BTreeMap::from(APIS.map(api)),
        listings: vec![offer(25, "0.13333333", 1), offer(60, "0.33333331", 12)],
        retired: BTreeMap::new(),
    };
    // On the international terms packages in effect are given back, less what was used and a fee.
    let presets = Policies::presets();
    let refund = RefundTerms { in_effect: true, free_days: 3, free_times_per_year: 2, fee_percent: 7 };
    let intl = Policy { refund, unpaid_order_hours: 60, ..presets.get("intl").unwrap().clone() };
    let policies = presets.with(Policies::new(BTreeMap::from([(name("intl"), intl)])).unwrap());
    Arc::new(Rules { catalog: catalog.checked().unwrap(), policies })
}

/// The id of an account of a history.
pub fn account_of(at: usize) -> AccountId {
    AccountId(7 + at as u128)
}

/// Plays a history and gives the instant it ends at: every month in which it did anything is closed by then.
pub fn play(engine: &Engine, history: &History) -> Timestamp {
    let mut now = beginning();
    for (at, Terms { zone, policy, tier }) in history.accounts.iter().enumerate() {
        let id = account_of(at);
        engine.open_account(id, *tier, &name(policy), *zone, now).wait().unwrap();
        for (api, region) in APIS.iter().zip(REGIONS) {
            let service = (&name(api), &name(region));
            let subscribed = engine.subscribe(id, service, SubscriptionMode::PayPerUse, now).unwrap();
            subscribed.wait().unwrap().unwrap();
        }
    }
    for (id, step) in (1..).zip(&history.steps) {
        now = now.plus_ms(step.after_ms);
        act(engine, account_of(step.account), id, &step.what, now);
    }
    let closed = history.accounts.map(|terms| closing_of(terms.zone, terms.zone.month(now.plus_ms(HOUR_MS))));
    let end = closed[0].max(closed[1]).plus_ms(DAY_MS);
    engine.tick(end).wait().unwrap();
    end
}

/// Whatever is asked for, the core may refuse it: an account that is frozen, a package that cannot be renewed, more
/// than there is.
fn act(engine: &Engine, account: AccountId, id: u128, what: &What, now: Timestamp) {
    let project = |at: &Option<usize>| at.map(|at| name(PROJECTS[at]));
    match what {
        What::Call { api, region, project: of, units } => {
            let (api, region, of) = (name(APIS[*api]), name(REGIONS[*region]), project(of));
            let call = CallFor { api: &api, region: &region, enterprise_project: of.as_ref(), units: *units };
            let _ = engine.charge(account, ChargeId(id), call, now).unwrap().wait().unwrap();
        }
        What::TopUp { amount } => {
            let _ = engine.top_up(account, Money::from_e8(*amount), None, now).unwrap().wait().unwrap();
        }
        What::Buy { region, calls } => {
            let service = (&name(APIS[0]), &name(REGIONS[*region]));
            let coupons = CouponChoice::Automatic;
            let _ = engine.buy_package(account, service, *calls, coupons, None, now).unwrap().wait().unwrap();
        }
        What::Grant { region, project: of, price } => {
            let lot = NewLot {
                api: name(APIS[1]),
                region: name(REGIONS[*region]),
                source: Source::Package,
                units: 30,
                effective_at: now.plus_ms(HOUR_MS),
                expires_at: now.plus_days(45),
                enterprise_project: project(of),
                price: Money::from_e8(*price),
            };
            let _ = engine.grant_lot(account, lot, None, now).unwrap().wait().unwrap();
        }
        What::Subscribe { api, region } => {
            let service = (&name(APIS[*api]), &name(REGIONS[*region]));
            let mode = SubscriptionMode::PayPerUse;
            let _ = engine.subscribe(account, service, mode, now).unwrap().wait().unwrap();
        }
        What::GiveCash { face, days, api } => {
            let worth = CouponWorth::Cash { face: Money::from_e8(*face) };
            let apis = api.map(|api| name(APIS[api])).into_iter().collect();
            give(engine, account, worth, apis, *days, now);
        }
        What::GiveDiscount { percent_off, days } => {
            let worth = CouponWorth::Discount { percent_off: *percent_off };
            give(engine, account, worth, Vec::new(), *days, now);
        }
        What::Renew { lot } => {
            let renewed = engine.renew(account, LotNo(*lot), CouponChoice::Automatic, None, now).unwrap();
            let _ = renewed.wait().unwrap();
        }
        What::SetRenewal { lot, mode } => {
            let _ = engine
                .set_renewal(account, LotNo(*lot), RenewalPlan::new(*mode, 3), now)
                .unwrap()
                .wait()
                .unwrap();
        }
        What::Order { region, calls } => {
            let (api, region) = (name(APIS[0]), name(REGIONS[*region]));
            let what = OrderFor::Package { api: &api, region: &region, calls: *calls };
            let _ = engine.place_pending_order(account, what, None, now).unwrap().wait().unwrap();
        }
        What::OrderRenewal { lot } => {
            let what = OrderFor::Renewal(LotNo(*lot));
            let _ = engine.place_pending_order(account, what, None, now).unwrap().wait().unwrap();
        }
        What::Pay { order } => {
            let paid = engine.pay_order(account, OrderNo(*order), CouponChoice::Automatic, now).unwrap();
            let _ = paid.wait().unwrap();
        }
        What::CancelOrder { order } => {
            let _ = engine.cancel_order(account, OrderNo(*order), now).unwrap().wait().unwrap();
        }
        What::GiveBack { lot, what } => {
            let given = engine.unsubscribe_package(account, LotNo(*lot), *what, now).unwrap();
            let _ = given.wait().unwrap();
        }
        What::Adjust { amount } => {
            let amount = Money::from_e8(*amount);
            let _ = engine.adjust(account, amount, REASON, None, now).unwrap().wait().unwrap();
        }
    }
}

fn give(engine: &Engine, account: AccountId, worth: CouponWorth, apis: Vec<Name>, days: u16, now: Timestamp) {
    let valid_to = now.plus_ms(HOUR_MS).plus_days(days);
    let coupon = NewCoupon { worth, apis, regions: Vec::new(), valid_from: now, valid_to };
    let _ = engine.give_coupon(account, coupon, None, now).unwrap().wait().unwrap();
}
