//! The core: what a call costs, who pays for it, and what becomes of an account that does not.
//!
//! Everything here is a pure function of its arguments. One [`Account`] is one state machine: a command meets the
//! state, a policy, a catalog and an instant, and yields [`Event`]s or a [`Refusal`]; applying the events gives the
//! state back. Every command first does what is due by its instant, so a refused one can yield events too. There is no
//! I/O, no clock, no randomness, no async and no floating point in this crate: `now` and ids arrive as arguments, money
//! is integers.
//!
//! ```
//! use std::collections::BTreeMap;
//! use charging::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (api, region) = (Name::new("general-text")?, Name::new("cn-north-4")?);
//! let tier = PriceTier { from_units: 0, unit_price: "0.05".parse()? };
//! let price = PriceVersion { version: 1, effective_from: Timestamp::EPOCH, tiers: vec![tier] };
//! let catalog = Catalog {
//!     currency: "CNY".into(),
//!     regions: vec![region.clone()],
//!     apis: BTreeMap::from([(api.clone(), ApiPrices { versions: vec![price] })]),
//!     listings: vec![],
//!     retired: BTreeMap::new(),
//! };
//! let policies = Policies::presets();
//! let context = Context { catalog: &catalog.checked()?, policies: &policies };
//!
//! let nine = Timestamp::parse("2023-04-18T09:00:00+08:00")?;
//! let (mut account, opened) = Account::open(AccountId(1), Tier::V0, Name::new("intl")?, Zone::BEIJING, nine);
//! let (mut holds, mut journal) = (Holds::default(), vec![opened]);
//! account.subscribe(context, (&api, &region), SubscriptionMode::PayPerUse, nine, &mut journal)?;
//!
//! // One call: permitted, done elsewhere, charged.
//! let id = ChargeId(7);
//! let call = CallFor { api: &api, region: &region, enterprise_project: None, units: 1 };
//! let given = account.authorise(&mut holds, context, id, call, nine, &mut journal)?;
//! let receipt = account.commit(&mut holds, context, &given, 1, nine.plus_ms(300), &mut journal)?;
//! assert_eq!(receipt.amount(), "0.05".parse()?);
//!
//! // The hour is settled, the cash does not reach, and grace begins.
//! account.tick(context, nine.plus_ms(HOUR_MS), &mut journal);
//! assert_eq!((account.standing().word(), account.debt()), ("grace", "0.05".parse()?));
//!
//! // The events alone give the state back.
//! let mut replayed = Account::from_opened(&journal[0]).ok_or("no account")?;
//! journal[1..].iter().for_each(|recorded| replayed.apply(recorded));
//! assert_eq!(replayed, account);
//! # Ok(())
//! # }
//! ```
//!
//! What this crate is not: it does not know HTTP, images, SQL, journals or threads. Those belong to other rooms.
#![forbid(unsafe_code)]
#![deny(clippy::float_arithmetic, clippy::float_cmp, missing_docs)]

mod account;
mod adjustment;
mod alerts;
mod apply;
mod arming;
mod arrears;
mod budgets;
mod burn;
mod calendar;
mod cap;
mod catalog;
mod charge;
mod cold;
mod coupon;
mod day;
mod diagnosis;
mod dunning;
mod event;
mod explain;
mod forecast;
mod holds;
mod ids;
mod invariants;
mod keys;
mod lot;
mod member;
mod member_notice;
mod money;
mod months;
mod notice;
mod notice_law;
mod open_hours;
mod orders;
mod package_alerts;
mod payment_request;
mod pending_order;
mod policy;
mod postings;
mod quote;
mod rating;
mod refusal;
mod renewal;
mod settlement;
mod tick;
mod topup;
mod unsubscription;
mod wording;

pub use account::{Account, Service, Subscription};
pub use adjustment::REASON_LIMIT_BYTES;
pub use alerts::{Alert, Alerts};
pub use arrears::Standing;
pub use budgets::{Budget, BudgetState};
pub use calendar::{HOUR_MS, Month, Timestamp, Zone};
pub use cap::{ALL_APIS, ReachedCap, SpendCap};
pub use catalog::{ApiPrices, Catalog, CatalogError, Listing, Offer, PriceTier, PriceVersion};
pub use charge::{Authorisation, CallFor, PartAuthorisation, Pocket, Receipt};
pub use coupon::{
    COUPONS_LIMIT, Coupon, CouponChoice, CouponNo, CouponOutcome, CouponPart, CouponWorth, CouponsLeft,
    NewCoupon,
};
pub use day::Day;
pub use diagnosis::{
    ArrearsCause, ArrearsReasons, CashRecord, Cause, Correction, Cure, Diagnosis, Finding, RunReader, Runs,
    SettledHour, Suggestion, UsageRecords, Warning,
};
pub use event::{BillLine, Draw, Draws, Event, OrderDetail, Rated, Recorded, SubscriptionMode};
pub use explain::{Explanation, LotVerdict, Verdict};
pub use forecast::{Assumptions, Forecast, Step};
pub use holds::Holds;
pub use ids::{AccountId, ChargeId, LotNo, Name, NameError, ServiceNo};
pub use invariants::Violation;
pub use keys::Key;
pub use lot::{Lot, Source};
pub use member::{Member, MemberQuota};
pub use member_notice::NEAR_PERCENT;
pub use money::{Money, ParseMoneyError, UnitPrice};
pub use months::{MonthTotals, closing_of};
pub use notice::{Notice, NoticeCategory, NoticeKind, PaceRule, Place, QuotaLeft, ReleaseRule, UsedUpThen};
pub use open_hours::{OpenHour, OpenHours};
pub use orders::{LOTS_LIMIT, NewLot, OrderOutcome};
pub use payment_request::{
    AUTO_TOP_UPS_A_MONTH, AutoTopUp, PaymentAnswer, RequestOutcome, TopUpFailure, TopUpOrigin, TopUpRequest,
    TopUpState, UNANSWERED_AFTER_MS,
};
pub use pending_order::{ORDERS_LIMIT, OrderFor, OrderNo, OrderPlaced, PaidOrder, PendingOrder};
pub use policy::{
    ArrearsTerms, BillRounding, DrawOrder, MAX_HOLD_S, Policies, Policy, PolicyError, RefundTerms, Tier,
};
pub use postings::{Book, Books, Posting, postings};
pub use quote::Quote;
pub use refusal::{NotRefundable, Reason, Refusal};
pub use renewal::{Obstacle, RENEWAL_DAYS, Renewal, RenewalMode, RenewalPlan};
pub use topup::TopUpOutcome;
pub use unsubscription::{Refund, Unsubscribe};

/// What a command reads beside the account itself: the price list and the policies in force.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Prices, packages on offer, regions.
    pub catalog: &'a Catalog,
    /// Arrears policies by name.
    pub policies: &'a Policies,
}
