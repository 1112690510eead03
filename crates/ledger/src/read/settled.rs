//! One settled hour: who paid it.

use charging::{AccountId, CouponNo, Money, Name, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

use super::rows::{account_no, service_of, services};
use super::{Cells, ReadError, ReadModel};

/// A settled hour and what paid it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettledHour {
    /// Its first instant.
    pub hour: Timestamp,
    /// When it was settled.
    pub settled_at: Timestamp,
    /// What cash coupons paid of it.
    pub coupons: Money,
    /// What the cash paid.
    pub paid: Money,
    /// What was left as debt.
    pub debt: Money,
    /// Coupon by coupon, in the order of the lines they paid.
    pub parts: Vec<CouponPaid>,
}

/// What a cash coupon paid of one bill line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CouponPaid {
    /// The coupon.
    pub coupon: CouponNo,
    /// The API of the line.
    pub api: Name,
    /// Its region.
    pub region: Name,
    /// How much.
    pub amount: Money,
}

impl ReadModel {
    /// The settlement of the hour that begins then; `None` while the hour is not settled, or has no usage at a price.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn settled_hour(
        &self,
        account: AccountId,
        hour: Timestamp,
    ) -> Result<Option<SettledHour>, ReadError> {
        self.query(|transaction| {
            let no = account_no(transaction, account)?;
            let mut select = transaction.prepare_cached(
                "SELECT settled_at, coupons, paid, debt FROM settled_hours WHERE account = ?1 AND hour = ?2",
            )?;
            let settled = |row: &Row<'_>| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]);
            let found: Option<[i64; 4]> = select.query_row(params![no, hour.ms()], settled).optional()?;
            let Some([settled_at, coupons, paid, debt]) = found else { return Ok(None) };
            let services = services(transaction, no)?;
            let mut select = transaction.prepare_cached(
                "SELECT u.coupon, l.service, u.amount FROM coupon_uses u
                 JOIN bill_lines l ON l.account = u.account AND l.hour = u.reference AND l.line = u.line
                 WHERE u.account = ?1 AND u.reference = ?2 AND u.kind = 0 ORDER BY u.line, u.coupon",
            )?;
            let mut rows = select.query(params![no, hour.ms()])?;
            let mut parts = Vec::new();
            while let Some(row) = rows.next()? {
                let cells = Cells(row);
                let (api, region) = service_of(&services, cells.service(1)?)?;
                let coupon = CouponNo(cells.small(0)?);
                parts.push(CouponPaid { coupon, api, region, amount: cells.money(2)? });
            }
            let [coupons, paid, debt] = [coupons, paid, debt].map(Money::from_e8);
            let settled_at = Timestamp::from_ms(settled_at);
            Ok(Some(SettledHour { hour, settled_at, coupons, paid, debt, parts }))
        })
    }
}
