//! The packages bought in a month, and those given back in it.

use charging::{LotNo, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::payment::Payment;
use super::{BillView, BilledPackage, BilledRefund, ReadError, Renews};
use crate::read::Cells;
use crate::read::rows::service_of;
use crate::read::transactions::first_number_at;

impl BillView<'_> {
    /// The packages bought in the month, oldest first; then those given back in it, in this order.
    ///
    /// # Errors
    /// [`ReadError`], or the first of `visit`.
    pub fn packages<E: From<ReadError>>(
        &self,
        mut visit: impl FnMut(BilledPackage) -> Result<(), E>,
    ) -> Result<(), E> {
        self.walk_packages(|package| Ok(visit(package).err()))?.map_or(Ok(()), Err)
    }

    fn walk_packages<E>(
        &self,
        mut visit: impl FnMut(BilledPackage) -> Result<Option<E>, ReadError>,
    ) -> Result<Option<E>, ReadError> {
        // What was paid for counts, and packages that happened to cost nothing; gifts do not.
        let bought = "SELECT lot, at, service, enterprise_project, granted, effective_at, expires_at, price,
                    list_price, coupons, renews, is_automatic FROM lots
             WHERE account = ?1 AND at >= ?2 AND at < ?3 AND (price > 0 OR source = 2) ORDER BY lot";
        let given_back =
            "SELECT l.lot, r.at, l.service, l.enterprise_project, l.granted, l.effective_at, l.expires_at,
                    -r.cash - r.coupons, -r.cash - r.coupons, -r.coupons, l.renews, l.is_automatic,
                    l.at, r.used, r.fee, r.lost, r.to_pay_per_use, r.units
             FROM refunds r JOIN lots l USING (account, lot)
             WHERE r.account = ?1 AND r.at >= ?2 AND r.at < ?3 ORDER BY r.at, r.lot";
        for (sql, is_refund) in [(bought, false), (given_back, true)] {
            let mut select = self.transaction.prepare_cached(sql)?;
            let mut rows = select.query(params![self.no, self.from.ms(), self.to.ms()])?;
            while let Some(row) = rows.next()? {
                if let Some(end) = visit(self.package(&Cells(row), is_refund)?)? {
                    return Ok(Some(end));
                }
            }
        }
        Ok(None)
    }

    fn package(&self, cells: &Cells<'_, '_>, is_refund: bool) -> Result<BilledPackage, ReadError> {
        let (api, region) = service_of(&self.services, cells.service(2)?)?;
        let (lot, at, price) = (LotNo(cells.small(0)?), cells.instant(1)?, cells.money(7)?);
        let coupons = cells.money(9)?;
        let refund = || {
            Ok::<_, ReadError>(BilledRefund {
                bought_at: cells.instant(12)?,
                units: cells.number(17)?,
                used: cells.money(13)?,
                fee: cells.money(14)?,
                lost: cells.money(15)?,
                to_pay_per_use: cells.small::<i64>(16)? == 1,
            })
        };
        Ok(BilledPackage {
            lot,
            at,
            api,
            region,
            enterprise_project: cells.optional_name(3)?,
            units: cells.number(4)?,
            effective_at: cells.instant(5)?,
            expires_at: cells.instant(6)?,
            price,
            discount: cells.money(8)? - price,
            payment: Payment { coupons, cash: price - coupons, ..Payment::default() },
            transaction: self.transaction_of(if is_refund { 5 } else { 3 }, lot, at)?,
            renews: renews_of(cells, 10)?,
            refund: if is_refund { Some(refund()?) } else { None },
        })
    }

    /// The transaction of a kind that is about a lot.
    fn transaction_of(&self, kind: i64, lot: LotNo, at: Timestamp) -> Result<Option<u64>, ReadError> {
        let first = first_number_at(self.transaction, self.no, at)?;
        let mut select = self.transaction.prepare_cached(
            "SELECT number FROM transactions
             WHERE account = ?1 AND number >= ?2 AND at = ?3 AND kind = ?5 AND reference = ?4 LIMIT 1",
        )?;
        let key = params![self.no, first.cast_signed(), at.ms(), i64::from(lot.0), kind];
        Ok(select.query_row(key, |row| row.get::<_, i64>(0)).optional()?.map(i64::cast_unsigned))
    }
}

/// What a lot renews, by two columns.
pub(super) fn renews_of(cells: &Cells<'_, '_>, at: usize) -> Result<Option<Renews>, ReadError> {
    let Some(lot) = cells.optional_lot(at)? else { return Ok(None) };
    Ok(Some(Renews { lot, is_automatic: cells.small::<i64>(at + 1)? == 1 }))
}
