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
    /// Earned by packages.
    PackageRevenue,
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
}

impl Books {
    /// The balance of a book.
    pub fn balance(&self, book: Book) -> Money {
        match book {
            Book::External => self.external,
            Book::Cash => self.cash,
            Book::Unsettled => self.unsettled,
            Book::Debt => self.debt,
            Book::UsageRevenue => self.usage_revenue,
            Book::PackageRevenue => self.package_revenue,
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
        }
    }

    pub(crate) fn post(&mut self, posting: Posting) {
        *self.book(posting.from) -= posting.amount;
        *self.book(posting.to) += posting.amount;
    }

    /// The sum over all books; zero after any history.
    pub fn sum(&self) -> Money {
        self.external + self.cash + self.unsettled + self.debt + self.usage_revenue + self.package_revenue
    }

    /// True if every book is within ±[`Money::LIMIT`].
    pub fn is_within_limit(&self) -> bool {
        let books =
            [self.external, self.cash, self.unsettled, self.debt, self.usage_revenue, self.package_revenue];
        books.iter().all(|b| b.is_within_limit())
    }

    /// True if paying in another `amount` can take no book beyond its limit.
    pub(crate) fn has_room_to_pay_in(&self, amount: Money) -> bool {
        amount.is_within_limit() && -self.external <= Money::LIMIT - amount
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
        Event::HourSettled { paid, debt, .. } => {
            post(Book::Cash, Book::Unsettled, *paid);
            post(Book::Debt, Book::Unsettled, *debt);
        }
        Event::LotGranted { price, .. } => post(Book::Cash, Book::PackageRevenue, *price),
        Event::ToppedUp { amount, .. } => post(Book::External, Book::Cash, *amount),
        Event::DebtPaid { amount } => post(Book::Cash, Book::Debt, *amount),
        Event::Opened { .. }
        | Event::ServiceAdded { .. }
        | Event::Subscribed { .. }
        | Event::Unsubscribed { .. }
        | Event::LotExpired { .. }
        | Event::StandingChanged { .. }
        | Event::TierChanged { .. }
        | Event::LotTookEffect { .. }
        | Event::Noticed { .. }
        | Event::AlertsSet { .. }
        | Event::AlertRearmed { .. }
        | Event::BudgetSet { .. }
        | Event::BudgetRemoved { .. }
        | Event::MonthClosed { .. } => {}
    }
    moved
}
