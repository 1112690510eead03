//! What cash coupons paid: of settled hours, and of orders.

use charging::{AccountId, CouponNo, LotNo, Money, Timestamp};
use rusqlite::params;

use super::rows::account_no;
use super::{Cells, ReadError, ReadModel};

/// What one coupon paid of one hour or one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CouponPayment {
    /// The coupon.
    pub coupon: CouponNo,
    /// When.
    pub at: Timestamp,
    /// Of an hour: its first instant.
    pub hour: Option<Timestamp>,
    /// Of an hour: the number of its settlement among the account's transactions.
    pub transaction: Option<u64>,
    /// Of an order: the lot that was bought.
    pub lot: Option<LotNo>,
    /// How much; negative if it went back to the coupon, because the lot was given back.
    pub amount: Money,
}

impl ReadModel {
    /// What an account's cash coupons paid, oldest first; of an hour, all its lines together.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn coupon_payments(&self, account: AccountId) -> Result<Vec<CouponPayment>, ReadError> {
        self.query(|transaction| {
            let no = account_no(transaction, account)?;
            let mut select = transaction.prepare_cached(
                "SELECT u.coupon, u.at, u.kind, u.reference, sum(u.amount), max(t.number)
                 FROM coupon_uses u
                 LEFT JOIN transactions t ON u.kind = 0 AND t.account = u.account AND t.sequence = u.sequence
                      AND t.kind = 2 AND t.reference = u.reference
                 WHERE u.account = ?1 AND u.kind <> 2
                 GROUP BY u.at, u.kind, u.reference, u.coupon, u.sequence ORDER BY u.at, u.coupon",
            )?;
            let mut rows = select.query(params![no])?;
            let mut payments = Vec::new();
            while let Some(row) = rows.next()? {
                let cells = Cells(row);
                let (is_hour, is_refund) = (cells.number(2)? == 0, cells.number(2)? == 3);
                let amount = cells.money(4)?;
                payments.push(CouponPayment {
                    coupon: CouponNo(cells.small(0)?),
                    at: cells.instant(1)?,
                    hour: if is_hour { Some(cells.instant(3)?) } else { None },
                    transaction: row.get::<_, Option<i64>>(5)?.map(i64::cast_unsigned),
                    lot: if is_hour { None } else { Some(LotNo(cells.small(3)?)) },
                    amount: if is_refund { -amount } else { amount },
                });
            }
            Ok(payments)
        })
    }
}
