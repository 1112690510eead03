//! What packages met, hour by hour: usage that is no line of the bill, for it cost nothing more.

use charging::{Name, Timestamp};
use rusqlite::params;

use super::{BillView, ReadError};
use crate::read::Cells;
use crate::read::rows::service_of;

/// Calls of an hour that packages met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawnHour {
    /// Start of the hour.
    pub hour: Timestamp,
    /// The API.
    pub api: Name,
    /// The region.
    pub region: Name,
    /// How many calls.
    pub units: u64,
}

impl BillView<'_> {
    /// What packages met in the month, by hour and service.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn drawn_by_hour(&self) -> Result<Vec<DrawnHour>, ReadError> {
        let mut select = self.transaction.prepare_cached(
            "SELECT hour, service, units FROM usage_hours
             WHERE account = ?1 AND hour >= ?2 AND hour < ?3 AND pocket = 0 AND units > 0
             ORDER BY hour, service",
        )?;
        let mut rows = select.query(params![self.no, self.from.ms(), self.to.ms()])?;
        let mut drawn = Vec::new();
        while let Some(row) = rows.next()? {
            let cells = Cells(row);
            let (api, region) = service_of(&self.services, cells.service(1)?)?;
            drawn.push(DrawnHour { hour: cells.instant(0)?, api, region, units: cells.number(2)? });
        }
        Ok(drawn)
    }
}
