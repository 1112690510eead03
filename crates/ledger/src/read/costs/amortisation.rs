//! The price of a package spread over the days it is valid on.
//!
//! Every day bears the same whole number of 10⁻⁸ of the currency, and the last day what is left over; so any
//! months, weeks or days that cover the validity once bear the price together, to the last digit. The first and
//! the last day count as whole days. That a package is used up before its time changes nothing. The day on which one is
//! given back bears what is left of the price less the refund, and later days nothing: the days before keep their share.

use charging::{Day, Money};

/// A price and the days that bear it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::read) struct Amortised {
    price: Money,
    first: Day,
    last: Day,
    /// When it was given back, and what was refunded.
    refund: Option<(Day, Money)>,
}

impl Amortised {
    /// A validity that ends before it begins has the one day.
    pub(in crate::read) fn new(price: Money, first: Day, last: Day) -> Amortised {
        Amortised { price, first, last: last.max(first), refund: None }
    }

    /// The same of a package that was given back.
    pub(in crate::read) fn given_back(self, refund: Option<(Day, Money)>) -> Amortised {
        Amortised { refund, ..self }
    }

    /// What all days bear together.
    pub(in crate::read) fn total(&self) -> Money {
        self.price - self.refund.map_or(Money::ZERO, |(_, refunded)| refunded)
    }

    /// The first day that bears anything.
    pub(in crate::read) fn begins(&self) -> Day {
        self.refund.map_or(self.first, |(day, _)| day.min(self.first))
    }

    /// What the days from one to another (which is not one of them) bear.
    pub(in crate::read) fn share(&self, from: Day, to: Day) -> Money {
        self.up_to(to) - self.up_to(from)
    }

    /// What these days bear of something that is spread as the price is: what coupons paid of it. What is below the last
    /// digit falls to the day that makes it whole.
    pub(in crate::read) fn part(&self, whole: Money, from: Day, to: Day) -> Money {
        let up_to = |day| {
            let part = i128::from(whole.e8()) * i128::from(self.up_to(day).e8());
            let part = part.checked_div(i128::from(self.total().e8())).unwrap_or(0);
            Money::from_e8(i64::try_from(part).unwrap_or(0))
        };
        up_to(to) - up_to(from)
    }

    /// What all days before this one bear.
    fn up_to(&self, day: Day) -> Money {
        if self.refund.is_some_and(|(refunded_on, _)| day > refunded_on) {
            return self.total();
        }
        if day > self.last {
            return self.price;
        }
        let days = i64::from(self.last.number() - self.first.number()) + 1;
        let passed = i64::from(day.number() - self.first.number()).max(0);
        Money::from_e8(self.price.e8().div_euclid(days) * passed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn a_year_is_borne_by_its_days_to_the_last_digit() {
        let price: Money = "40".parse().unwrap();
        let year = Amortised::new(price, day("2026-11-23"), day("2027-11-23"));
        // 366 days: 0.10928961 each, and 0.10929235 the last.
        assert_eq!(year.share(day("2026-11-23"), day("2026-11-24")), "0.10928961".parse().unwrap());
        assert_eq!(year.share(day("2027-11-23"), day("2027-11-24")), "0.10929235".parse().unwrap());
        assert_eq!(year.share(day("2026-11-01"), day("2026-12-01")), "0.87431688".parse().unwrap());
        assert_eq!(year.share(day("2026-01-01"), day("2026-11-23")), Money::ZERO);
        assert_eq!(year.share(day("2027-11-24"), day("2030-01-01")), Money::ZERO);
        let months = (0..13).map(|month| {
            let month = charging::Month { year: 2026, month: 11 }.after(month);
            year.share(month.first_day(), month.next().first_day())
        });
        assert_eq!(months.sum::<Money>(), price);
        let paid: Money = "7.77777777".parse().unwrap();
        let days = std::iter::successors(Some(day("2026-11-01")), |day| Some(day.next())).take(400);
        assert_eq!(days.map(|day| year.part(paid, day, day.next())).sum::<Money>(), paid);
    }

    #[test]
    fn what_is_given_back_is_borne_no_longer() {
        let price: Money = "36.6".parse().unwrap();
        let year = Amortised::new(price, day("2026-11-23"), day("2027-11-23"));
        let refunded = year.given_back(Some((day("2026-12-03"), "30".parse().unwrap())));
        let month = |of: Amortised, from, to| of.share(day(from), day(to));
        assert_eq!(month(refunded, "2026-11-01", "2026-12-01"), month(year, "2026-11-01", "2026-12-01"));
        assert_eq!(month(refunded, "2026-12-01", "2028-01-01"), "5.8".parse().unwrap());
        assert_eq!(month(refunded, "2026-12-04", "2028-01-01"), Money::ZERO);
        // One that never began bears on that day what was withheld of it.
        let never = year.given_back(Some((day("2026-10-01"), "36".parse().unwrap())));
        assert_eq!((never.begins(), never.total()), (day("2026-10-01"), "0.6".parse().unwrap()));
        assert_eq!(month(never, "2026-10-01", "2026-10-02"), "0.6".parse().unwrap());
        assert_eq!(month(never, "2026-10-02", "2028-01-01"), Money::ZERO);
    }

    #[test]
    fn one_day_bears_all() {
        let price: Money = "0.00000007".parse().unwrap();
        let gift = Amortised::new(price, day("2026-11-23"), day("2026-11-22"));
        assert_eq!(gift.share(day("2026-11-23"), day("2026-11-24")), price);
    }
}
