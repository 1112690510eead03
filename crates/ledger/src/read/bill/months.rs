//! The months for which there is a bill.

use charging::{AccountId, BillRounding, Money, Month};
use rusqlite::{Transaction, params};

use super::debts::Debts;
use super::zone_of;
use crate::entry::AccountNo;
use crate::read::rows::account_no;
use crate::read::{Cells, ReadError, ReadModel};

/// A month in the list of bills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthOfBill {
    /// Which.
    pub month: Month,
    /// Pay-per-use of the settled hours and packages, exact.
    pub total: Money,
    /// The total as the bill states it.
    pub stated: Money,
    /// What was paid at the settlements and for the packages.
    pub paid: Money,
    /// What the settlements could not collect.
    pub debt: Money,
    /// What has been paid of the debt since.
    pub repaid: Money,
}

impl ReadModel {
    /// The months of an account in which something was settled, bought or given back, newest first.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn months(&self, account: AccountId, rounding: BillRounding) -> Result<Vec<MonthOfBill>, ReadError> {
        self.query(|transaction| {
            let no = account_no(transaction, account)?;
            let zone = zone_of(transaction, no)?;
            let mut months = std::collections::BTreeMap::<Month, [Money; 4]>::new();
            let mut debts = Debts::of(transaction, no);
            visit(transaction, no, |kind, [hour, at, amount, debt], number| {
                let hour = if kind == 2 { hour } else { at };
                let month = months.entry(zone.month(charging::Timestamp::from_ms(hour))).or_default();
                let debt = Money::from_e8(debt);
                let begin = if debt.is_positive() { debts.begin(number)? } else { Money::ZERO };
                let repaid = debts.repaid(begin, debt)?.amount;
                let total = Money::from_e8(amount);
                for (sum, amount) in month.iter_mut().zip([total, total - debt, debt, repaid]) {
                    *sum += amount;
                }
                Ok(())
            })?;
            let list = months.into_iter().rev().map(|(month, [total, paid, debt, repaid])| MonthOfBill {
                month,
                total,
                stated: rounding.stated(total),
                paid,
                debt,
                repaid,
            });
            Ok(list.collect())
        })
    }
}

/// Each settlement, purchase and refund: its kind, [hour or lot, instant, amount, change of debt], its number.
fn visit(
    transaction: &Transaction<'_>,
    account: AccountNo,
    mut each: impl FnMut(i64, [i64; 4], u64) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let mut select = transaction.prepare_cached(
        "SELECT kind, reference, at, iif(kind = 5, -amount, amount), debt_change, number FROM transactions
         WHERE account = ?1 AND kind IN (2, 3, 5) ORDER BY number",
    )?;
    let mut rows = select.query(params![account])?;
    while let Some(row) = rows.next()? {
        let figures = [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?];
        each(row.get(0)?, figures, Cells(row).number(5)?)?;
    }
    Ok(())
}
