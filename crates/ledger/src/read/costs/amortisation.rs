//! The price of a package spread over the days it is valid on.
//!
//! Every day bears the same whole number of 10⁻⁸ of the currency, and the last day what is left over; so any
//! months, weeks or days that cover the validity once bear the price together, to the last digit. The first and
//! the last day count as whole days. That a package is used up before its time changes nothing.

use charging::{Day, Money};

/// A price and the days that bear it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::read) struct Amortised {
    price: Money,
    first: Day,
    last: Day,
}

impl Amortised {
    /// A validity that ends before it begins has the one day.
    pub(in crate::read) fn new(price: Money, first: Day, last: Day) -> Amortised {
        Amortised { price, first, last: last.max(first) }
    }

    /// What the days from one to another (which is not one of them) bear.
    pub(in crate::read) fn share(&self, from: Day, to: Day) -> Money {
        self.up_to(to) - self.up_to(from)
    }

    /// What all days before this one bear.
    fn up_to(&self, day: Day) -> Money {
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
    }

    #[test]
    fn one_day_bears_all() {
        let price: Money = "0.00000007".parse().unwrap();
        let gift = Amortised::new(price, day("2026-11-23"), day("2026-11-22"));
        assert_eq!(gift.share(day("2026-11-23"), day("2026-11-24")), price);
    }
}
