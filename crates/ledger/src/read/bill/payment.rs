//! How an amount was paid, and how what an hour's settlement collected is split over the hour's lines.
//!
//! The pockets are emptied in the order of payment (coupons, cash, credit; what is left is the debt), and the
//! lines are served in the order of the hour. So every line is whole units of 10⁻⁸, the lines sum to the
//! settlement in each pocket, and there is no remainder to give to anybody.

use charging::{Money, Timestamp};

/// How an amount was paid, pocket by pocket; what no pocket paid is the debt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Payment {
    /// Out of coupons.
    pub coupons: Money,
    /// Out of the cash.
    pub cash: Money,
    /// Out of credit.
    pub credit: Money,
    /// What could not be collected, and was owed from then on.
    pub debt: Money,
}

/// What has been paid of a debt since. Debts are paid in the order in which they arose.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Repaid {
    /// How much.
    pub amount: Money,
    /// When the latest part of it was paid.
    pub at: Option<Timestamp>,
}

impl Payment {
    /// All of it.
    pub fn total(self) -> Money {
        self.paid() + self.debt
    }

    /// What was paid.
    pub fn paid(self) -> Money {
        self.coupons + self.cash + self.credit
    }

    /// Takes the next amount out of it, pocket by pocket. What is not there is not taken.
    pub(super) fn take(&mut self, amount: Money) -> Payment {
        let mut left = amount;
        let mut from = |pocket: &mut Money| {
            let taken = left.min(*pocket);
            *pocket -= taken;
            left -= taken;
            taken
        };
        Payment {
            coupons: from(&mut self.coupons),
            cash: from(&mut self.cash),
            credit: from(&mut self.credit),
            debt: from(&mut self.debt),
        }
    }
}

impl std::ops::AddAssign for Payment {
    fn add_assign(&mut self, other: Payment) {
        self.coupons += other.coupons;
        self.cash += other.cash;
        self.credit += other.credit;
        self.debt += other.debt;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payment(coupons: i64, cash: i64, credit: i64, debt: i64) -> Payment {
        let [coupons, cash, credit, debt] = [coupons, cash, credit, debt].map(Money::from_e8);
        Payment { coupons, cash, credit, debt }
    }

    #[test]
    fn lines_empty_the_pockets_in_the_order_of_payment() {
        let mut hour = payment(5, 3, 2, 7);
        let lines = [4, 1, 6, 0, 6].map(|amount| hour.take(Money::from_e8(amount)));
        let expected = [
            payment(4, 0, 0, 0),
            payment(1, 0, 0, 0),
            payment(0, 3, 2, 1),
            payment(0, 0, 0, 0),
            payment(0, 0, 0, 6),
        ];
        assert_eq!(lines, expected);
        assert_eq!(hour, Payment::default());
    }

    #[test]
    fn what_is_not_there_is_not_taken() {
        let mut hour = payment(0, 1, 0, 0);
        assert_eq!(hour.take(Money::from_e8(5)).total(), Money::from_e8(1));
    }
}
