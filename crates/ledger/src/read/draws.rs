//! What packages gave, hour by hour and lot by lot.

use charging::{AccountId, LotNo, Name, Timestamp};
use rusqlite::params;

use super::rows::{account_no, service_of, services};
use super::{Cells, ReadError, ReadModel};

/// What one hour drew from one lot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawRow {
    /// Start of the hour, in the account's zone.
    pub hour: Timestamp,
    /// The lot.
    pub lot: LotNo,
    /// The API.
    pub api: Name,
    /// The region.
    pub region: Name,
    /// How many units the lot came with.
    pub granted: u64,
    /// How many it gave before the hour.
    pub drawn_before: u64,
    /// How many it gave in the hour.
    pub units: u64,
    /// First instant it can be drawn at.
    pub effective_at: Timestamp,
    /// Last instant it can be drawn at.
    pub expires_at: Timestamp,
}

impl ReadModel {
    /// What an account's packages gave in the hours that begin at `from` or later and before `to`, oldest first.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn draws(
        &self,
        account: AccountId,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Vec<DrawRow>, ReadError> {
        self.query(|transaction| {
            let no = account_no(transaction, account)?;
            let services = services(transaction, no)?;
            let mut select = transaction.prepare_cached(
                "SELECT d.hour, d.lot, l.service, l.granted, sum(d.units), l.effective_at, l.expires_at,
                        (SELECT coalesce(sum(e.units), 0) FROM lot_hours e
                         WHERE e.account = d.account AND e.lot = d.lot AND e.hour < d.hour)
                 FROM lot_hours d JOIN lots l USING (account, lot)
                 WHERE d.account = ?1 AND d.hour >= ?2 AND d.hour < ?3
                 GROUP BY d.hour, d.lot ORDER BY d.hour, d.lot",
            )?;
            let mut rows = select.query(params![no, from.ms(), to.ms()])?;
            let mut draws = Vec::new();
            while let Some(row) = rows.next()? {
                let cells = Cells(row);
                let (api, region) = service_of(&services, cells.service(2)?)?;
                draws.push(DrawRow {
                    hour: cells.instant(0)?,
                    lot: LotNo(cells.small(1)?),
                    api,
                    region,
                    granted: cells.number(3)?,
                    drawn_before: cells.number(7)?,
                    units: cells.number(4)?,
                    effective_at: cells.instant(5)?,
                    expires_at: cells.instant(6)?,
                });
            }
            Ok(draws)
        })
    }
}
