//! The core: what a call costs, who pays for it, and what becomes of an account that does not.
//!
//! Everything here is a pure function of its arguments. One [`Account`] is one state machine: a command meets
//! the state, a policy, a catalog and an instant, and yields [`Event`]s or a [`Refusal`]; applying the events
//! gives the state back. Every command first does what is due by its instant, so a refused one can yield events too. There is no I/O, no clock, no randomness, no async and no floating point in this
//! crate: `now` and ids arrive as arguments, money is integers.
//!
//! What this crate is not: it does not know HTTP, images, SQL, journals or threads. Those belong to other rooms.
#![forbid(unsafe_code)]
#![deny(clippy::float_arithmetic, clippy::float_cmp, missing_docs)]

mod account;
mod apply;
mod arrears;
mod calendar;
mod catalog;
mod charge;
mod event;
mod explain;
mod holds;
mod ids;
mod invariants;
mod lot;
mod money;
mod orders;
mod policy;
mod postings;
mod rating;
mod refusal;
mod settlement;
mod tick;
mod topup;

pub use account::{Account, Key, Service, Subscription};
pub use arrears::Standing;
pub use calendar::{HOUR_MS, Month, Timestamp, Zone};
pub use catalog::{ApiPrices, Catalog, CatalogError, Offer, PriceTier, PriceVersion};
pub use charge::{Authorisation, Pocket, Receipt};
pub use event::{BillLine, Draw, Draws, Event, Rated, Recorded, SubscriptionMode};
pub use explain::{Explanation, LotVerdict, Verdict};
pub use holds::Holds;
pub use ids::{AccountId, ChargeId, LotNo, Name, NameError, ServiceNo};
pub use invariants::Violation;
pub use lot::{Lot, Source};
pub use money::{Money, ParseMoneyError, UnitPrice};
pub use orders::{NewLot, OrderOutcome};
pub use policy::{ArrearsTerms, DrawOrder, Policies, Policy, PolicyError, Tier};
pub use postings::{Book, Books, Posting, postings};
pub use refusal::{Reason, Refusal};
pub use topup::TopUpOutcome;

/// What a command reads beside the account itself: the price list and the policies in force.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Prices, packages on offer, regions.
    pub catalog: &'a Catalog,
    /// Arrears policies by name.
    pub policies: &'a Policies,
}
