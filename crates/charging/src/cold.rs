//! What a call that is charged does not touch: state that settlements, orders and settings go by. It lies behind
//! one pointer, so that it takes no room beside what every call reads.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::arming::Arming;
use crate::burn::Burn;
use crate::keys::Keys;
use crate::member_notice::MemberTold;
use crate::months::OpenMonth;
use crate::payment_request::Requests;
use crate::{
    Alerts, Budget, Coupon, CouponNo, LotNo, Member, Money, Name, OrderNo, PaidOrder, PendingOrder, Renewal,
    SpendCap, Tier, Timestamp,
};

/// The cold part of an account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Cold {
    /// How many notices were given.
    pub notices: u64,
    /// The arrears that began last.
    pub arrears: Option<Arrears>,
    /// So many days before the end of this standing that end was told of last.
    pub dunned_days: u8,
    /// What the account wants to be told of.
    pub alerts: Alerts,
    /// Whether the balance alert was given, at which threshold.
    pub balance_arming: Arming<Money>,
    /// What settings did to the alerts of lots.
    pub lots_arming: Arming<bool>,
    /// The same of budgets: given while one was set.
    pub budgets_arming: Arming<bool>,
    /// When a budget was last set.
    pub budget_set_at: Option<Timestamp>,
    /// When subscriptions last made calls beside idle packages worth telling again.
    pub instead_armed_at: Option<Timestamp>,
    /// Lots are told of before their end if that instant lies after this one.
    pub expiry_told_from: Timestamp,
    /// What the last days cost.
    pub burn: Burn,
    /// Months that are not closed yet, oldest first.
    pub months: Vec<OpenMonth>,
    /// In order of name.
    pub budgets: Vec<Budget>,
    /// What idempotency keys were used for.
    pub keys: Keys,
    /// Spending caps, in the order they were first set.
    pub caps: Vec<SpendCap>,
    /// When it was last told that a cap is reached, by its API; kept when the cap is taken away.
    pub caps_told: BTreeMap<Option<Name>, Timestamp>,
    /// Members, in the order they came.
    pub members: Vec<Member>,
    /// Those who are none any more, for as long as what they used may count again.
    pub former_members: Vec<Member>,
    /// What was last told of them; kept when one is taken away.
    pub members_told: BTreeMap<Name, MemberTold>,
    /// Coupons, in the order they were given.
    pub coupons: Vec<Coupon>,
    /// What is to happen at the end of lots, where anything was said about it.
    pub renewals: BTreeMap<LotNo, Renewal>,
    /// Which lots were renewed by which.
    pub renewed: BTreeMap<LotNo, LotNo>,
    /// The day of the month at which the periods of renewed lots end, where a month may lack it.
    pub anchor_days: BTreeMap<LotNo, i8>,
    /// Top-ups through the payment provider.
    pub requests: Requests,
    /// Orders that wait for their payment.
    pub orders: BTreeMap<OrderNo, PendingOrder>,
    /// The number of the next order.
    pub next_order: u32,
    /// Orders that were paid, by the lots they brought.
    pub paid_orders: BTreeMap<LotNo, PaidOrder>,
    /// What cash coupons paid of lots.
    pub coupon_payments: BTreeMap<LotNo, (CouponNo, Money)>,
    /// How many packages in effect were given back for everything in the latest year in which any was.
    pub free_refunds: (i16, u16),
}

impl Default for Cold {
    fn default() -> Cold {
        Cold {
            notices: 0,
            arrears: None,
            dunned_days: u8::MAX,
            alerts: Alerts::DEFAULT,
            balance_arming: Arming::default(),
            lots_arming: Arming::default(),
            budgets_arming: Arming::default(),
            budget_set_at: None,
            instead_armed_at: None,
            expiry_told_from: Timestamp::EPOCH,
            burn: Burn::default(),
            months: Vec::new(),
            budgets: Vec::new(),
            keys: Keys::default(),
            caps: Vec::new(),
            caps_told: BTreeMap::new(),
            members: Vec::new(),
            former_members: Vec::new(),
            members_told: BTreeMap::new(),
            coupons: Vec::new(),
            renewals: BTreeMap::new(),
            renewed: BTreeMap::new(),
            anchor_days: BTreeMap::new(),
            requests: Requests::default(),
            orders: BTreeMap::new(),
            next_order: 0,
            paid_orders: BTreeMap::new(),
            coupon_payments: BTreeMap::new(),
            free_refunds: (0, 0),
        }
    }
}

/// Arrears as they began: what the certificate of a release goes back to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Arrears {
    /// The tier whose terms they follow.
    pub tier: Tier,
    /// When they began.
    pub since: Timestamp,
    /// When their grace ends.
    pub until: Timestamp,
    /// When they end in release.
    pub release_at: Timestamp,
}
