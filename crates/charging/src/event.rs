//! What has happened to an account, as data. Events are the journal's content: they carry effects (resulting
//! amounts, lots, price versions, instants), so that replay never prices or decides anything again.
//!
//! The order of variants and fields is the storage format: new variants are added at the end, and a variant
//! whose meaning must change gets a successor beside it.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::keys::Key;
use crate::{
    AccountId, Alert, Alerts, AutoTopUp, Budget, ChargeId, Coupon, CouponNo, CouponPart, LotNo, MemberQuota,
    Money, MonthTotals, Name, Notice, OrderNo, PendingOrder, Refund, RenewalPlan, ServiceNo, Source,
    Standing, Tier, Timestamp, TopUpOrigin, Zone,
};

/// An event and the instant at which it holds. Instants of due things are the due instants, however late the
/// tick that found them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Recorded {
    /// When it holds.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
}

/// Units taken from one lot.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Draw {
    /// The lot.
    pub lot: LotNo,
    /// How many units.
    pub units: u64,
}

/// Units taken from lots; nearly always from one.
pub type Draws = SmallVec<[Draw; 1]>;

/// Units charged at a price.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rated {
    /// How many units.
    pub units: u64,
    /// Version of the price.
    pub price_version: u16,
    /// Tier of the price, from zero.
    pub tier: u8,
    /// What they cost together.
    pub amount: Money,
}

/// How calls beyond the packages are met.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionMode {
    /// They are charged per call.
    PayPerUse,
    /// They are refused.
    PackageOnly,
}

/// The usage of one hour at one price: a row of the detailed bill.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BillLine {
    /// The API and region.
    pub service: ServiceNo,
    /// The enterprise project the calls named, if any.
    pub enterprise_project: Option<Name>,
    /// Version of the price.
    pub price_version: u16,
    /// Tier of the price, from zero.
    pub tier: u8,
    /// Number of calls.
    pub units: u64,
    /// What they cost together: the sum over their charges, to the last digit.
    pub amount: Money,
    /// Start of the charged usage period within the hour.
    pub used_from: Timestamp,
    /// End of the charged usage period, if it ended before the hour did.
    pub used_to: Option<Timestamp>,
    /// When the first of its calls was charged.
    pub first_call_at: Timestamp,
    /// When the last of them was.
    pub last_call_at: Timestamp,
}

/// What is special about an order: coupons, the package it renews, or that it was made before it was paid.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OrderDetail {
    /// The price before any discount.
    pub list_price: Money,
    /// The discount coupon, and what it took off.
    pub discount: Option<(CouponNo, Money)>,
    /// The cash coupon, and what it paid of the rest.
    pub coupon: Option<(CouponNo, Money)>,
    /// The package it renews.
    pub renews: Option<LotNo>,
    /// True if it was renewed by itself.
    pub is_automatic: bool,
    /// The order that was made before it was paid.
    pub order: Option<OrderNo>,
}

/// What has happened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Event {
    /// The account exists.
    Opened {
        /// Its id.
        account: AccountId,
        /// Customer tier.
        tier: Tier,
        /// Arrears policy by name.
        policy: Name,
        /// Zone of its hours and months, fixed for its life.
        zone: Zone,
    },
    /// An API in a region was mentioned for the first time and has a number from now on.
    ServiceAdded {
        /// The number.
        service: ServiceNo,
        /// The API.
        api: Name,
        /// The region.
        region: Name,
    },
    /// An API was enabled in a region, or its mode changed.
    Subscribed {
        /// The service.
        service: ServiceNo,
        /// What happens beyond the packages.
        mode: SubscriptionMode,
    },
    /// An API was disabled in a region by the customer.
    Unsubscribed {
        /// The service.
        service: ServiceNo,
    },
    /// A package was bought, or quota given.
    LotGranted {
        /// Number of the lot.
        lot: LotNo,
        /// What it is for.
        service: ServiceNo,
        /// Where it came from.
        source: Source,
        /// How many units it holds.
        granted: u64,
        /// First instant it can be drawn at.
        effective_at: Timestamp,
        /// Last instant it can be drawn at.
        expires_at: Timestamp,
        /// The enterprise project it is reserved for, if any.
        enterprise_project: Option<Name>,
        /// What was paid for it: by a coupon what [`OrderDetail::coupon`] says, the rest by the cash.
        price: Money,
        /// The caller's idempotency key.
        key: Option<Key>,
        /// How many lots of the service are drawn before it.
        drawn_after: u32,
        /// Coupons and renewal, if the order had any.
        order: Option<Box<OrderDetail>>,
    },
    /// What was left of a lot ended with it.
    LotExpired {
        /// The lot.
        lot: LotNo,
        /// How many units were left, those kept back for calls under way among them: such a call was authorised
        /// in time and still draws its units.
        units: u64,
    },
    /// One call was charged.
    Charged {
        /// Its id.
        charge: ChargeId,
        /// The API and region.
        service: ServiceNo,
        /// The enterprise project the call named, if any.
        enterprise_project: Option<Name>,
        /// What lots gave.
        draws: Draws,
        /// What was charged at a price.
        rated: SmallVec<[Rated; 1]>,
        /// What rounding left of the price, in 10⁻¹⁰ of the currency: added to the service's next charge.
        carry_e10: u8,
    },
    /// A billing hour was closed.
    HourSettled {
        /// Its first instant.
        hour: Timestamp,
        /// Its usage.
        lines: Vec<BillLine>,
        /// What cash coupons paid of the lines.
        coupons: Vec<CouponPart>,
        /// What the cash paid.
        paid: Money,
        /// What could not be collected and is owed from now on.
        debt: Money,
    },
    /// Money came in.
    ToppedUp {
        /// How much.
        amount: Money,
        /// The caller's idempotency key.
        key: Option<Key>,
    },
    /// Debt was paid out of the cash.
    DebtPaid {
        /// How much.
        amount: Money,
    },
    /// The account moved along an arrow of the arrears ladder.
    StandingChanged {
        /// Where it stands now.
        standing: Standing,
    },
    /// The customer's tier changed; arrears already running keep their dates.
    TierChanged {
        /// The new tier.
        tier: Tier,
    },
    /// The first instant of a lot bought or given with a later start has come.
    LotTookEffect {
        /// The lot.
        lot: LotNo,
    },
    /// The account was told something.
    Noticed {
        /// What, under which number.
        notice: Box<Notice>,
    },
    /// The account said what it wants to be told of.
    AlertsSet {
        /// All of it.
        alerts: Box<Alerts>,
    },
    /// An alert that was given may be given again.
    AlertRearmed {
        /// Which one.
        alert: Alert,
    },
    /// A budget was set, in place of one of the same name.
    BudgetSet {
        /// The budget.
        budget: Box<Budget>,
    },
    /// A budget was removed.
    BudgetRemoved {
        /// Its name.
        budget: Name,
    },
    /// A month was closed: its bill is final.
    MonthClosed {
        /// Its sums.
        totals: Box<MonthTotals>,
    },
    /// A spending cap was set, or changed.
    SpendCapSet {
        /// The API; none for the whole account.
        api: Option<Name>,
        /// What the charges of a month may come to.
        monthly: Money,
    },
    /// A spending cap was taken away.
    SpendCapRemoved {
        /// The API; none for the whole account.
        api: Option<Name>,
    },
    /// The operator corrected the cash.
    Adjusted {
        /// What was added; negative if it was taken.
        amount: Money,
        /// Why.
        reason: String,
        /// The caller's idempotency key.
        key: Option<Key>,
    },
    /// A coupon was given.
    CouponGiven {
        /// The coupon.
        coupon: Box<Coupon>,
    },
    /// A coupon ended by time.
    CouponExpired {
        /// Which one.
        coupon: CouponNo,
        /// What was left of it.
        amount: Money,
    },
    /// The customer said what is to happen when a package ends, or the mode went over to a renewed one or to the last one
    /// that is left.
    RenewalSet {
        /// The lot.
        lot: LotNo,
        /// What is to happen.
        plan: RenewalPlan,
        /// When it is renewed by itself, if it is.
        next_attempt_at: Option<Timestamp>,
        /// The lot that ended just now and left this to the last one there is, if one did.
        left_by: Option<LotNo>,
    },
    /// Auto-renewal was tried and did not work.
    RenewalAttempted {
        /// The lot.
        lot: LotNo,
        /// When it is tried again, if it is.
        next_attempt_at: Option<Timestamp>,
    },
    /// A package that was to be the last has ended.
    RenewalEnded {
        /// The lot.
        lot: LotNo,
    },
    /// The rule for automatic top-ups was set, or changed.
    AutoTopUpSet {
        /// The rule.
        rule: AutoTopUp,
    },
    /// The rule for automatic top-ups was taken away.
    AutoTopUpRemoved,
    /// Money was asked for through the payment provider.
    TopUpRequested {
        /// Which one of the account's requests it is, from 1.
        no: u64,
        /// How much.
        amount: Money,
        /// Who asked.
        origin: TopUpOrigin,
        /// The caller's idempotency key.
        key: Option<Key>,
    },
    /// The provider has answered a request. The money itself is a top-up beside it.
    TopUpResolved {
        /// The request.
        no: u64,
        /// True if the money is there.
        is_paid: bool,
        /// When the rule asks again.
        retry_at: Option<Timestamp>,
        /// The provider's words, if it declined.
        detail: String,
    },
    /// The rule for automatic top-ups could not ask.
    TopUpPostponed {
        /// When it asks again; if never, it waits until the credit has been above its level.
        retry_at: Option<Timestamp>,
    },
    /// The first instant of a coupon given for later has come.
    CouponTookEffect {
        /// The coupon.
        coupon: CouponNo,
    },
    /// Idempotency keys that are too old are forgotten.
    KeysForgotten {
        /// Those used before this instant.
        until: Timestamp,
    },
    /// Somebody became a member, or a member's quota changed.
    MemberSet {
        /// What the member's calls name as their enterprise project.
        member: Name,
        /// What it may use in a month.
        quota: MemberQuota,
    },
    /// A member is one no more.
    MemberRemoved {
        /// What its calls named.
        member: Name,
    },
    /// An order was made that is to be paid later.
    OrderPlaced {
        /// The order.
        order: Box<PendingOrder>,
    },
    /// An order ended that was not paid: its owner took it back, or its time was over.
    OrderCancelled {
        /// Which one.
        order: OrderNo,
        /// True if its time was over.
        is_expired: bool,
    },
    /// A package was given back.
    LotUnsubscribed {
        /// What became of its price.
        refund: Box<Refund>,
    },
}

impl Event {
    /// The amount of a charge, if this is one.
    pub fn charged_amount(&self) -> Option<Money> {
        match self {
            Event::Charged { rated, .. } => Some(rated.iter().map(|r| r.amount).sum()),
            _ => None,
        }
    }
}
