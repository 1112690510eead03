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
    /// The enterprise project that the calls named, if any.
    pub enterprise_project: Option<Name>,
    /// How many calls.
    pub units: u64,
}

impl BillView<'_> {
    /// What packages met in the month, by hour, service and enterprise project.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn drawn_by_hour(&self) -> Result<Vec<DrawnHour>, ReadError> {
        let mut select = self.transaction.prepare_cached(
            "SELECT d.hour, l.service, nullif(d.enterprise_project, ''), sum(d.units)
             FROM lot_hours d JOIN lots l USING (account, lot)
             WHERE d.account = ?1 AND d.hour >= ?2 AND d.hour < ?3
             GROUP BY d.hour, l.service, d.enterprise_project
             ORDER BY d.hour, l.service, d.enterprise_project",
        )?;
        let mut rows = select.query(params![self.no, self.from.ms(), self.to.ms()])?;
        let mut drawn = Vec::new();
        while let Some(row) = rows.next()? {
            let cells = Cells(row);
            let (api, region) = service_of(&self.services, cells.service(1)?)?;
            let (enterprise_project, units) = (cells.optional_name(2)?, cells.number(3)?);
            drawn.push(DrawnHour { hour: cells.instant(0)?, api, region, enterprise_project, units });
        }
        Ok(drawn)
    }
}
