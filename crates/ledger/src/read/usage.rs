//! Usage by hour: how many calls of which service came from which pocket.

use charging::{AccountId, Money, Name, Pocket, Timestamp};
use rusqlite::params;

use super::rows::{account_no, service_of, services};
use super::{Cells, ROWS_LIMIT, ReadError, ReadModel};

/// One service's usage in one hour from one pocket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageRow {
    /// Start of the hour, in the account's zone.
    pub hour: Timestamp,
    /// The API.
    pub api: Name,
    /// The region.
    pub region: Name,
    /// Where the units came from.
    pub pocket: Pocket,
    /// How many charges came from this pocket (from packages, if both had a part in one).
    pub calls: u64,
    /// How many units this pocket met.
    pub units: u64,
    /// What they cost.
    pub amount: Money,
}

impl ReadModel {
    /// An account's usage of the hours that begin at `from` or later and before `to`, oldest first, at most
    /// [`ROWS_LIMIT`] rows.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn usage(
        &self,
        account: AccountId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<UsageRow>, ReadError> {
        self.query(|transaction| {
            let no = account_no(transaction, account)?;
            let services = services(transaction, no)?;
            let mut select = transaction.prepare_cached(
                "SELECT hour, service, pocket, calls, units, amount FROM usage_hours
                 WHERE account = ?1 AND hour >= ?2 AND hour < ?3 ORDER BY hour, service, pocket LIMIT ?4",
            )?;
            let mut rows = select.query(params![no, from.ms(), to.ms(), ROWS_LIMIT as i64])?;
            let mut usage = Vec::new();
            while let Some(row) = rows.next()? {
                let cells = Cells(row);
                let (api, region) = service_of(&services, cells.service(1)?)?;
                usage.push(UsageRow {
                    hour: cells.instant(0)?,
                    api,
                    region,
                    pocket: cells.pocket(2)?,
                    calls: cells.number(3)?,
                    units: cells.number(4)?,
                    amount: cells.money(5)?,
                });
            }
            Ok(usage)
        })
    }
}
