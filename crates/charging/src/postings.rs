//! The money side of every event, as balanced movements between books.
//!
//! A posting has one amount, taken from one book and put into another, so the books of an account sum to zero
//! after any history. Cash, debt and unsettled usage *are* books: there is no second record of them.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::{Event, Money};

/// One side of a posting.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Book {
    /// The outside world, where money comes from.
    External,
    /// The customer's cash with us.
    Cash,
    /// Usage of hours not yet settled; negative while something is owed.
    Unsettled,
    /// What settlements could not collect; negative while something is owed.
    Debt,
    /// Earned by pay-per-use calls.
    UsageRevenue,
    /// Earned by packages, less what was refunded.
    PackageRevenue,
    /// What is left in cash coupons.
    Coupons,
    /// What was given away in coupons and has not expired; negative.
    CouponsGiven,
    /// The operator's corrections of the cash; negative if more was given than taken.
    Adjustments,
}

/// One balanced movement of money.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Posting {
    /// The book it leaves.
    pub from: Book,
    /// The book it enters.
    pub to: Book,
    /// How much, never negative.
    pub amount: Money,
}

/// The balances of an account's books.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Books {
    external: Money,
    cash: Money,
    unsettled: Money,
    debt: Money,
    usage_revenue: Money,
    package_revenue: Money,
    coupons: Money,
    coupons_given: Money,
    adjustments: Money,
}

impl Books {
    fn all(&self) -> [Money; 9] {
        let [coupons, coupons_given, adjustments] = [self.coupons, self.coupons_given, self.adjustments];
        let usual = [self.external, self.cash, self.unsettled, self.debt];
        let [external, cash, unsettled, debt] = usual;
        let (usage, package) = (self.usage_revenue, self.package_revenue);
        [external, cash, unsettled, debt, usage, package, coupons, coupons_given, adjustments]
    }

    /// The balance of a book.
    pub fn balance(&self, book: Book) -> Money {
        match book {
            Book::External => self.external,
            Book::Cash => self.cash,
            Book::Unsettled => self.unsettled,
            Book::Debt => self.debt,
            Book::UsageRevenue => self.usage_revenue,
            Book::PackageRevenue => self.package_revenue,
            Book::Coupons => self.coupons,
            Book::CouponsGiven => self.coupons_given,
            Book::Adjustments => self.adjustments,
        }
    }

    fn book(&mut self, book: Book) -> &mut Money {
        match book {
            Book::External => &mut self.external,
            Book::Cash => &mut self.cash,
            Book::Unsettled => &mut self.unsettled,
            Book::Debt => &mut self.debt,
            Book::UsageRevenue => &mut self.usage_revenue,
            Book::PackageRevenue => &mut self.package_revenue,
            Book::Coupons => &mut self.coupons,
            Book::CouponsGiven => &mut self.coupons_given,
            Book::Adjustments => &mut self.adjustments,
        }
    }

    pub(crate) fn post(&mut self, posting: Posting) {
        *self.book(posting.from) -= posting.amount;
        *self.book(posting.to) += posting.amount;
    }

    /// The sum over all books; zero after any history.
    pub fn sum(&self) -> Money {
        self.all().into_iter().sum()
    }

    /// True if every book is within ±[`Money::LIMIT`].
    pub fn is_within_limit(&self) -> bool {
        self.all().iter().all(|book| book.is_within_limit())
    }

    /// True if paying in another `amount` can take no book beyond its limit.
    pub(crate) fn has_room_to_pay_in(&self, amount: Money) -> bool {
        let used = [-self.external, self.cash];
        amount.is_within_limit() && used.iter().all(|used| *used <= Money::LIMIT - amount)
    }

    /// True if giving a coupon of `amount` can take no book beyond its limit.
    pub(crate) fn has_room_to_give(&self, amount: Money) -> bool {
        amount.is_within_limit() && -self.coupons_given <= Money::LIMIT - amount
    }

    /// True if adding `amount` to the cash, or taking it, can take no book beyond its limit.
    pub(crate) fn has_room_to_adjust(&self, amount: Money) -> bool {
        let after = |book: Money| book.is_within_limit();
        amount.is_within_limit() && after(self.adjustments - amount) && after(self.cash + amount)
    }

    /// True if refunding `amount` to the cash can take no book beyond its limit.
    pub(crate) fn has_room_to_refund(&self, amount: Money) -> bool {
        amount.is_within_limit() && self.cash <= Money::LIMIT - amount
    }

    /// True if selling for another `amount` can take no book beyond its limit.
    pub(crate) fn has_room_to_sell(&self, amount: Money) -> bool {
        let used = [-(self.unsettled + self.debt), self.usage_revenue + self.package_revenue];
        amount.is_within_limit() && used.iter().all(|used| *used <= Money::LIMIT - amount)
    }
}

/// The movements of money an event means. Most events move none.
pub fn postings(event: &Event) -> SmallVec<[Posting; 2]> {
    let mut moved = SmallVec::new();
    let mut post = |from, to, amount: Money| {
        if !amount.is_zero() {
            moved.push(Posting { from, to, amount });
        }
    };
    match event {
        Event::Charged { .. } => {
            post(Book::Unsettled, Book::UsageRevenue, event.charged_amount().unwrap_or_default());
        }
        Event::HourSettled { coupons, paid, debt, .. } => {
            post(Book::Coupons, Book::Unsettled, coupons.iter().map(|part| part.amount).sum());
            post(Book::Cash, Book::Unsettled, *paid);
            post(Book::Debt, Book::Unsettled, *debt);
        }
        Event::LotGranted { price, order, .. } => {
            let by_coupon =
                order.as_ref().and_then(|order| order.coupon).map_or(Money::ZERO, |(_, paid)| paid);
            post(Book::Coupons, Book::PackageRevenue, by_coupon);
            post(Book::Cash, Book::PackageRevenue, *price - by_coupon);
        }
        Event::Adjusted { amount, .. } if *amount < Money::ZERO => {
            post(Book::Cash, Book::Adjustments, -*amount);
        }
        Event::Adjusted { amount, .. } => post(Book::Adjustments, Book::Cash, *amount),
        Event::CouponGiven { coupon } => post(Book::CouponsGiven, Book::Coupons, coupon.left),
        Event::CouponExpired { amount, .. } => post(Book::Coupons, Book::CouponsGiven, *amount),
        Event::ToppedUp { amount, .. } => post(Book::External, Book::Cash, *amount),
        Event::DebtPaid { amount } => post(Book::Cash, Book::Debt, *amount),
        Event::LotUnsubscribed { refund } => {
            post(Book::PackageRevenue, Book::Coupons, refund.to_coupon());
            post(Book::PackageRevenue, Book::Cash, refund.cash);
        }
        Event::Opened { .. }
        | Event::ServiceAdded { .. }
        | Event::Subscribed { .. }
        | Event::Unsubscribed { .. }
        | Event::LotExpired { .. }
        | Event::StandingChanged { .. }
        | Event::TierChanged { .. }
        | Event::LotTookEffect { .. }
        | Event::CouponTookEffect { .. }
        | Event::Noticed { .. }
        | Event::AlertsSet { .. }
        | Event::AlertRearmed { .. }
        | Event::BudgetSet { .. }
        | Event::BudgetRemoved { .. }
        | Event::MonthClosed { .. }
        | Event::SpendCapSet { .. }
        | Event::SpendCapRemoved { .. }
        | Event::MemberSet { .. }
        | Event::MemberRemoved { .. }
        | Event::RenewalSet { .. }
        | Event::RenewalAttempted { .. }
        | Event::RenewalEnded { .. }
        | Event::AutoTopUpSet { .. }
        | Event::AutoTopUpRemoved
        | Event::TopUpRequested { .. }
        | Event::TopUpResolved { .. }
        | Event::TopUpPostponed { .. }
        | Event::KeysForgotten { .. }
        | Event::OrderPlaced { .. }
        | Event::OrderCancelled { .. } => {}
    }
    moved
}
