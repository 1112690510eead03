//! The account: one state machine with its cash, lots, subscriptions, open hours and standing.
//!
//! The state is private and changes only in `apply`; commands live beside the noun they are about
//! (`charge`, `orders`, `topup`, `settlement`, `arrears`) and emit events.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::cold::Cold;
use crate::tick::KnownDues;
use crate::{
    AccountId, Book, Books, Event, Lot, LotNo, Money, Name, OpenHours, Policy, Recorded, ServiceNo, Standing,
    SubscriptionMode, Tier, Timestamp, Zone,
};

/// An enabled API in a region.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Subscription {
    /// What happens beyond the packages.
    pub mode: SubscriptionMode,
    /// Since when it is enabled.
    pub since: Timestamp,
}

/// One API in one region, as far as this account is concerned.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Service {
    /// The API.
    pub api: Name,
    /// The region.
    pub region: Name,
    /// Present while the API is enabled.
    pub subscription: Option<Subscription>,
    /// Lots with units left, in the order they are drawn.
    pub(crate) draw_order: SmallVec<[LotNo; 4]>,
    /// When pay-per-use was last enabled, or came back from being frozen.
    pub(crate) pay_per_use_since: Timestamp,
    /// True once it was told that packages elsewhere could have met its calls.
    pub(crate) is_told_instead: bool,
    /// What rounding has left so far, in 10⁻¹⁰ of the currency.
    pub(crate) carry_e10: u8,
    /// End of the month that is counted, in minutes since the epoch: months begin at whole minutes in every zone, and
    /// four bytes fit beside the carry.
    pub(crate) month_until_min: u32,
    /// Units charged at a price in that month.
    pub(crate) month_units: u64,
    /// What they cost.
    pub(crate) month_spent: Money,
}

impl Service {
    /// True if a package of the service has units left.
    pub fn has_quota(&self) -> bool {
        !self.draw_order.is_empty()
    }

    /// True if the month that is counted is over.
    pub(crate) fn month_is_over(&self, now: Timestamp) -> bool {
        now.ms() >= i64::from(self.month_until_min) * 60_000
    }

    /// What was charged at a price in the month that holds the instant.
    pub fn spent_in_month_of(&self, now: Timestamp) -> Money {
        if self.month_is_over(now) { Money::ZERO } else { self.month_spent }
    }
}

/// One account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Account {
    pub(crate) id: AccountId,
    pub(crate) opened_at: Timestamp,
    pub(crate) tier: Tier,
    pub(crate) policy: Name,
    pub(crate) zone: Zone,
    pub(crate) books: Books,
    pub(crate) standing: Standing,
    pub(crate) services: SmallVec<[Service; 1]>,
    pub(crate) lots: Vec<Lot>,
    /// Usage of hours not yet settled.
    pub(crate) open_hours: OpenHours,
    /// The credit below which a top-up is asked for; the least there is while none is to be.
    pub(crate) top_up_below: Money,
    /// True while charges are counted for spending caps or for quotas of members, also of those who may come back.
    pub(crate) counts_use: bool,
    /// True while a top-up that was asked for has no answer.
    pub(crate) awaits_payment: bool,
    pub(crate) charges: u64,
    /// The instant of the latest event.
    pub(crate) latest: Timestamp,
    /// The balance alert is due below this; [`Money::MIN`] if it was given, or is not wanted.
    pub(crate) balance_line: Money,
    /// What no call touches.
    pub(crate) cold: Box<Cold>,
    /// What the account waits for, if that is known; no part of the state.
    #[serde(skip)]
    pub(crate) known_dues: KnownDues,
}

impl Account {
    /// Opens an account. The policy's zone becomes the account's for life.
    pub fn open(id: AccountId, tier: Tier, policy: Name, zone: Zone, now: Timestamp) -> (Account, Recorded) {
        let opened = Recorded { at: now, event: Event::Opened { account: id, tier, policy, zone } };
        (Account::from_opened(&opened).expect("the event opens an account"), opened)
    }

    /// The account an [`Event::Opened`] begins; `None` for any other event.
    pub fn from_opened(recorded: &Recorded) -> Option<Account> {
        let Event::Opened { account, tier, policy, zone } = &recorded.event else { return None };
        Some(Account {
            id: *account,
            opened_at: recorded.at,
            tier: *tier,
            policy: policy.clone(),
            zone: *zone,
            books: Books::default(),
            standing: Standing::Good { since: recorded.at },
            services: SmallVec::new(),
            lots: Vec::new(),
            open_hours: OpenHours::default(),
            top_up_below: Money::from_e8(i64::MIN),
            counts_use: false,
            awaits_payment: false,
            charges: 0,
            latest: recorded.at,
            balance_line: Money::MIN,
            cold: Box::default(),
            known_dues: KnownDues::default(),
        })
    }

    /// Applies an event and hands it out: the one way a command changes the state.
    pub(crate) fn emit(&mut self, at: Timestamp, event: Event, out: &mut Vec<Recorded>) {
        out.push(Recorded { at, event });
        if let Some(recorded) = out.last() {
            self.apply(recorded);
        }
    }

    /// The id.
    pub fn id(&self) -> AccountId {
        self.id
    }

    /// When it was opened.
    pub fn opened_at(&self) -> Timestamp {
        self.opened_at
    }

    /// The customer tier.
    pub fn tier(&self) -> Tier {
        self.tier
    }

    /// The arrears policy's name.
    pub fn policy(&self) -> &Name {
        &self.policy
    }

    /// The zone of its hours and months.
    pub fn zone(&self) -> Zone {
        self.zone
    }

    /// The books.
    pub fn books(&self) -> &Books {
        &self.books
    }

    /// Cash with us.
    pub fn cash(&self) -> Money {
        self.books.balance(Book::Cash)
    }

    /// What settlements could not collect.
    pub fn debt(&self) -> Money {
        -self.books.balance(Book::Debt)
    }

    /// Usage of hours not yet settled.
    pub fn unsettled(&self) -> Money {
        -self.books.balance(Book::Unsettled)
    }

    /// Cash less what is used and owed. Calls under way do not count.
    pub fn credit(&self) -> Money {
        self.cash() - self.unsettled() - self.debt()
    }

    /// Where the account stands in the arrears ladder.
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// True while something is owed: "available credit < bill to be settled".
    pub fn is_in_arrears(&self) -> bool {
        self.debt().is_positive()
    }

    /// All lots, in order of purchase.
    pub fn lots(&self) -> &[Lot] {
        &self.lots
    }

    /// All services ever mentioned, in order of mention.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// A service by its number.
    pub fn service(&self, no: ServiceNo) -> Option<&Service> {
        self.services.get(usize::from(no.0))
    }

    /// A lot by its number.
    pub fn lot(&self, no: LotNo) -> Option<&Lot> {
        self.lots.get(no.0 as usize)
    }

    /// Usage of hours not yet settled.
    pub fn open_hours(&self) -> &OpenHours {
        &self.open_hours
    }

    /// How many charges were made.
    pub fn charges(&self) -> u64 {
        self.charges
    }

    /// The instant of the latest event.
    pub fn latest(&self) -> Timestamp {
        self.latest
    }

    pub(crate) fn find_service(&self, api: &Name, region: &Name) -> Option<ServiceNo> {
        let found = self.services.iter().position(|s| &s.api == api && &s.region == region)?;
        u16::try_from(found).ok().map(ServiceNo)
    }

    /// Units left in the lots of a service.
    pub fn left_in_lots(&self, no: ServiceNo) -> u64 {
        let lots = self.service(no).into_iter().flat_map(|s| &s.draw_order).filter_map(|l| self.lot(*l));
        lots.map(Lot::left).fold(0, u64::saturating_add)
    }

    pub(crate) fn hour_due(&self, hour: Timestamp, policy: &Policy) -> Timestamp {
        hour.plus_ms(crate::HOUR_MS + policy.settlement_delay_ms())
    }
}
