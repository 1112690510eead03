//! The packages bought in a month.

use charging::LotNo;
use rusqlite::{OptionalExtension, params};

use super::payment::Payment;
use super::{BillView, BoughtPackage, ReadError, Renews};
use crate::read::Cells;
use crate::read::rows::service_of;
use crate::read::transactions::first_number_at;

impl BillView<'_> {
    /// The packages bought in the month, oldest first.
    ///
    /// # Errors
    /// [`ReadError`], or the first of `visit`.
    pub fn packages<E: From<ReadError>>(
        &self,
        mut visit: impl FnMut(BoughtPackage) -> Result<(), E>,
    ) -> Result<(), E> {
        self.walk_packages(|package| Ok(visit(package).err()))?.map_or(Ok(()), Err)
    }

    fn walk_packages<E>(
        &self,
        mut visit: impl FnMut(BoughtPackage) -> Result<Option<E>, ReadError>,
    ) -> Result<Option<E>, ReadError> {
        // What was paid for counts, and packages that happened to cost nothing; gifts do not.
        let mut select = self.transaction.prepare_cached(
            "SELECT lot, at, service, enterprise_project, granted, effective_at, expires_at, price, list_price,
                    coupons, renews, is_automatic FROM lots
             WHERE account = ?1 AND at >= ?2 AND at < ?3 AND (price > 0 OR source = 2) ORDER BY lot",
        )?;
        let mut rows = select.query(params![self.no, self.from.ms(), self.to.ms()])?;
        while let Some(row) = rows.next()? {
            let cells = Cells(row);
            let (api, region) = service_of(&self.services, cells.service(2)?)?;
            let (lot, at, price) = (LotNo(cells.small(0)?), cells.instant(1)?, cells.money(7)?);
            let coupons = cells.money(9)?;
            let package = BoughtPackage {
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
                transaction: self.purchase_of(lot, at)?,
                renews: renews_of(&cells, 10)?,
            };
            if let Some(end) = visit(package)? {
                return Ok(Some(end));
            }
        }
        Ok(None)
    }

    /// The transaction with which a lot was bought.
    fn purchase_of(&self, lot: LotNo, at: charging::Timestamp) -> Result<Option<u64>, ReadError> {
        let first = first_number_at(self.transaction, self.no, at)?;
        let mut select = self.transaction.prepare_cached(
            "SELECT number FROM transactions
             WHERE account = ?1 AND number >= ?2 AND at = ?3 AND kind = 3 AND reference = ?4 LIMIT 1",
        )?;
        let key = params![self.no, first.cast_signed(), at.ms(), i64::from(lot.0)];
        Ok(select.query_row(key, |row| row.get::<_, i64>(0)).optional()?.map(i64::cast_unsigned))
    }
}

/// What a lot renews, by two columns.
pub(super) fn renews_of(cells: &Cells<'_, '_>, at: usize) -> Result<Option<Renews>, ReadError> {
    let Some(lot) = cells.optional_lot(at)? else { return Ok(None) };
    Ok(Some(Renews { lot, is_automatic: cells.small::<i64>(at + 1)? == 1 }))
}
