//! Commands about caps, members, adjustments, coupons, orders, renewals, refunds and requested top-ups, for the random
//! scripts.

use std::num::NonZeroU8;

use charging::{
    Account, AutoTopUp, Context, CouponChoice, CouponNo, CouponWorth, Holds, LotNo, MemberQuota, Money, Name,
    NewCoupon, OrderFor, OrderNo, PaymentAnswer, Recorded, Refusal, RenewalMode, RenewalPlan, Timestamp,
    Unsubscribe,
};
use proptest::prelude::*;

use crate::commands::{Answer, key, project};
use crate::world::{OFFERS, name, service_names};

#[derive(Clone, PartialEq, Debug)]
pub enum Commerce {
    Cap {
        api: Option<usize>,
        e8: i64,
    },
    Uncap {
        api: Option<usize>,
    },
    /// Of the member that calls name as this project.
    Member {
        project: u8,
        e8: Option<i64>,
        units: Option<u64>,
    },
    NoMember {
        project: u8,
    },
    Adjust {
        e8: i64,
        key: Option<u8>,
    },
    Coupon {
        worth: CouponWorth,
        api: Option<usize>,
        region: Option<usize>,
        from: i64,
        to: i64,
        key: Option<u8>,
    },
    BuyWith {
        offer: usize,
        discount: Option<u32>,
        cash: Option<u32>,
    },
    Renew {
        lot: u32,
        key: Option<u8>,
    },
    Renewal {
        lot: u32,
        plan: RenewalPlan,
    },
    AutoTopUp {
        below: i64,
        amount: i64,
        limit: Option<i64>,
    },
    NoAutoTopUp,
    Ask {
        e8: i64,
        key: Option<u8>,
    },
    Answer {
        no: u64,
        is_paid: bool,
    },
    /// Of a package, or of another period of a lot.
    Order {
        what: Ordered,
        key: Option<u8>,
    },
    Pay {
        no: u32,
        coupons: Option<(Option<u32>, Option<u32>)>,
    },
    CancelOrder {
        no: u32,
    },
    GiveBack {
        lot: u32,
        what: Unsubscribe,
    },
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Ordered {
    Package { service: usize, offer: usize },
    Renewal { lot: u32 },
}

/// The APIs of caps and coupons, by number.
pub const APIS: [&str; 2] = ["general-text", "odd-text"];
pub const REGIONS: [&str; 2] = ["north", "south"];

fn api(number: Option<usize>) -> Option<Name> {
    number.map(|number| name(APIS[number]))
}

impl Commerce {
    /// Validities are made relative to the instant, and rounded so that repetitions are likely.
    pub fn at_instant(self, now: Timestamp) -> Commerce {
        const STEP_MS: i64 = 6 * 3_600_000;
        let rounded = |ms: i64| (now.ms() + ms).div_euclid(STEP_MS) * STEP_MS + STEP_MS;
        match self {
            Commerce::Coupon { worth, api, region, from, to, key } => {
                let from = if from == 0 { 0 } else { rounded(from) };
                let to = if to == 0 { now.ms() } else { rounded(to).max(from) };
                Commerce::Coupon { worth, api, region, from, to, key }
            }
            other => other,
        }
    }

    pub fn play(
        self,
        (account, holds): (&mut Account, &mut Holds),
        context: Context<'_>,
        now: Timestamp,
        out: &mut Vec<Recorded>,
    ) -> Result<Answer, Refusal> {
        let repeated = |repeated| if repeated { Answer::Repeated } else { Answer::Done };
        let lot = |o: charging::OrderOutcome| if o.repeated { Answer::Repeated } else { Answer::Lot(o.lot) };
        match self {
            Commerce::Cap { api: of, e8 } => account
                .set_spend_cap(context, api(of).as_ref(), Money::from_e8(e8), now, out)
                .map(|()| Answer::Done),
            Commerce::Uncap { api: of } => {
                account.remove_spend_cap(context, api(of).as_ref(), now, out).map(|()| Answer::Done)
            }
            Commerce::Member { project: p, e8, units } => {
                let quota = MemberQuota { amount: e8.map(Money::from_e8), units };
                account.set_member(context, &project(p), quota, now, out).map(|()| Answer::Done)
            }
            Commerce::NoMember { project: p } => {
                account.remove_member(context, &project(p), now, out).map(|()| Answer::Done)
            }
            Commerce::Adjust { e8, key: k } => account
                .adjust(context, Money::from_e8(e8), "a correction", k.map(key), now, out)
                .map(|o| repeated(o.repeated)),
            Commerce::Coupon { worth, api: of, region, from, to, key: k } => {
                let new = NewCoupon {
                    worth,
                    apis: api(of).into_iter().collect(),
                    regions: region.map(|region| name(REGIONS[region])).into_iter().collect(),
                    valid_from: Timestamp::from_ms(from),
                    valid_to: Timestamp::from_ms(to),
                };
                account.give_coupon(context, new, k.map(key), now, out).map(|o| repeated(o.repeated))
            }
            Commerce::BuyWith { offer, discount, cash } => {
                let (api, calls, _) = OFFERS[offer];
                let coupons =
                    CouponChoice::These { discount: discount.map(CouponNo), cash: cash.map(CouponNo) };
                let service = (&name(api), &name(REGIONS[0]));
                account.buy_package(context, (service.0, service.1, calls), coupons, None, now, out).map(lot)
            }
            Commerce::Renew { lot: no, key: k } => {
                account.renew(context, LotNo(no), CouponChoice::Automatic, k.map(key), now, out).map(lot)
            }
            Commerce::Renewal { lot, plan } => {
                account.set_renewal(context, LotNo(lot), plan, now, out).map(|()| Answer::Done)
            }
            Commerce::AutoTopUp { below, amount, limit } => {
                let rule = AutoTopUp {
                    below: Money::from_e8(below),
                    amount: Money::from_e8(amount),
                    monthly_limit: limit.map(Money::from_e8),
                };
                account.set_auto_top_up(context, rule, now, out).map(|()| Answer::Done)
            }
            Commerce::NoAutoTopUp => account.remove_auto_top_up(context, now, out).map(|()| Answer::Done),
            Commerce::Ask { e8, key: k } => account
                .request_top_up(context, Money::from_e8(e8), k.map(key), now, out)
                .map(|o| repeated(o.repeated)),
            Commerce::Answer { no, is_paid } => {
                let answer = if is_paid {
                    PaymentAnswer::Paid
                } else {
                    PaymentAnswer::Declined { detail: "no money there".into() }
                };
                account.resolve_top_up(context, no, answer, now, out).map(|_| Answer::Done)
            }
            Commerce::Order { what, key: k } => {
                let (api, region) = match what {
                    Ordered::Package { service, .. } => service_names(service),
                    Ordered::Renewal { .. } => service_names(0),
                };
                let what = match what {
                    Ordered::Package { offer, .. } => {
                        OrderFor::Package { api: &api, region: &region, calls: OFFERS[offer].1 }
                    }
                    Ordered::Renewal { lot } => OrderFor::Renewal(LotNo(lot)),
                };
                account
                    .place_pending_order(context, what, k.map(key), now, out)
                    .map(|placed| repeated(placed.repeated))
            }
            Commerce::Pay { no, coupons } => {
                let choice = coupons.map_or(CouponChoice::Automatic, |(discount, cash)| {
                    CouponChoice::These { discount: discount.map(CouponNo), cash: cash.map(CouponNo) }
                });
                account.pay_order(context, OrderNo(no), choice, now, out).map(lot)
            }
            Commerce::CancelOrder { no } => {
                account.cancel_order(context, OrderNo(no), now, out).map(|()| Answer::Done)
            }
            Commerce::GiveBack { lot, what } => account
                .unsubscribe_package((context, holds), LotNo(lot), what, now, out)
                .map(|_| Answer::Done),
        }
    }
}

/// Those that leave nothing to be done for ever: caps, members and corrections.
pub fn plain_commerce() -> impl Strategy<Value = Commerce> {
    let api = || prop_oneof![2 => Just(None), 3 => Just(Some(0_usize)), 1 => Just(Some(1))];
    let coins = |from: i64, to: i64| (from..to).prop_map(|n| n * 5_000_000);
    let key = proptest::option::weighted(0.4, 22..24_u8);
    // Most so that they are nearly used before they are used up.
    let quota_amount = prop_oneof![1 => coins(-1, 5), 4 => (1..4_i64).prop_map(|n| n * 6_000_000)];
    let quota_units = prop_oneof![1 => 0..5_u64, 3 => 5..12_u64];
    prop_oneof![
        4 => (api(), coins(0, 8)).prop_map(|(api, e8)| Commerce::Cap { api, e8 }),
        1 => api().prop_map(|api| Commerce::Uncap { api }),
        3 => (0..2_u8, proptest::option::weighted(0.7, quota_amount), proptest::option::of(quota_units))
            .prop_map(|(project, e8, units)| Commerce::Member { project, e8, units }),
        1 => (0..2_u8).prop_map(|project| Commerce::NoMember { project }),
        2 => (coins(-3, 4), key).prop_map(|(e8, key)| Commerce::Adjust { e8, key }),
    ]
}

pub fn commerce() -> impl Strategy<Value = Commerce> {
    let api = || prop_oneof![2 => Just(None), 3 => Just(Some(0_usize)), 1 => Just(Some(1))];
    let coins = |from: i64, to: i64| (from..to).prop_map(|n| n * 5_000_000);
    let key = |from: u8| proptest::option::weighted(0.4, from..from + 2);
    let hours = |from: i64, to: i64| (from..to).prop_map(|h| h * 3_600_000);
    let worth = prop_oneof![
        3 => coins(1, 8).prop_map(|e8| CouponWorth::Cash { face: Money::from_e8(e8) }),
        1 => (1..=100_u8).prop_map(|percent_off| CouponWorth::Discount { percent_off }),
    ];
    let region = proptest::option::weighted(0.3, 0..2_usize);
    let from = prop_oneof![3 => Just(0), 1 => hours(1, 60)];
    let to = prop_oneof![1 => Just(0), 4 => hours(1, 30), 4 => hours(24, 700)];
    let coupon = (worth, api(), region, from, to, key(20)).prop_map(|(worth, api, region, from, to, key)| {
        Commerce::Coupon { worth, api, region, from, to, key }
    });
    let modes = [RenewalMode::Manual, RenewalMode::Auto, RenewalMode::PayPerUse, RenewalMode::None];
    let mode =
        prop_oneof![1 => Just(modes[0]), 4 => Just(modes[1]), 1 => Just(modes[2]), 4 => Just(modes[3])];
    let no = || proptest::option::weighted(0.4, 0..4_u32);
    let ordered = prop_oneof![
        2 => (prop_oneof![4 => Just(0_usize), 1 => Just(1)], 0..3_usize)
            .prop_map(|(service, offer)| Ordered::Package { service, offer }),
        3 => (0..3_u32).prop_map(|lot| Ordered::Renewal { lot }),
    ];
    let coupons = proptest::option::weighted(0.3, (no(), no()));
    let back = prop_oneof![3 => Just(Unsubscribe::Package), 2 => Just(Unsubscribe::Renewals), 1 => Just(Unsubscribe::ToPayPerUse)];
    prop_oneof![
        7 => plain_commerce(),
        6 => coupon,
        2 => (0..3_usize, no(), no())
            .prop_map(|(offer, discount, cash)| Commerce::BuyWith { offer, discount, cash }),
        5 => (0..4_u32, key(24)).prop_map(|(lot, key)| Commerce::Renew { lot, key }),
        5 => (0..6_u32, mode, 1..=7_u8, 0..=3_u8).prop_map(|(lot, mode, days_before, times)| {
            let plan = RenewalPlan { mode, days_before, times: NonZeroU8::new(times) };
            Commerce::Renewal { lot, plan }
        }),
        4 => (coins(0, 4), coins(1, 4), proptest::option::weighted(0.7, coins(0, 2))).prop_map(
            |(below, amount, more)| {
                Commerce::AutoTopUp { below, amount, limit: more.map(|more| amount + more) }
            },
        ),
        1 => Just(Commerce::NoAutoTopUp),
        2 => (coins(1, 4), key(26)).prop_map(|(e8, key)| Commerce::Ask { e8, key }),
        6 => (1..4_u64, prop::bool::weighted(0.7)).prop_map(|(no, is_paid)| Commerce::Answer { no, is_paid }),
        7 => (ordered, key(28)).prop_map(|(what, key)| Commerce::Order { what, key }),
        3 => (0..3_u32, coupons).prop_map(|(no, coupons)| Commerce::Pay { no, coupons }),
        1 => (0..3_u32).prop_map(|no| Commerce::CancelOrder { no }),
        9 => (0..4_u32, back).prop_map(|(lot, what)| Commerce::GiveBack { lot, what }),
    ]
}
