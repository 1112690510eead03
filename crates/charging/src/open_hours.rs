//! Open hours: the usage of billing hours that are not settled yet.
//!
//! Nearly always that is one hour with one line, so both lie inside the account: a call that is charged touches
//! no memory elsewhere.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::{BillLine, Timestamp};

/// One hour and its usage so far.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OpenHour {
    /// Its first instant.
    pub start: Timestamp,
    /// Its usage, by API, region, enterprise project and price.
    pub lines: SmallVec<[BillLine; 1]>,
}

/// The hours of an account that are not settled yet, oldest first.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct OpenHours(SmallVec<[OpenHour; 1]>);

impl OpenHours {
    /// The hours, oldest first.
    pub fn iter(&self) -> std::slice::Iter<'_, OpenHour> {
        self.0.iter()
    }

    /// The oldest hour.
    pub fn first(&self) -> Option<&OpenHour> {
        self.0.first()
    }

    /// All lines of all hours.
    pub fn lines(&self) -> impl Iterator<Item = &BillLine> {
        self.iter().flat_map(|hour| &hour.lines)
    }

    /// The lines of the hour that begins then.
    pub fn lines_of(&self, start: Timestamp) -> Option<&[BillLine]> {
        let at = self.position(start).ok()?;
        Some(&self.0[at].lines)
    }

    pub(crate) fn lines_of_mut(&mut self, start: Timestamp) -> &mut [BillLine] {
        match self.position(start) {
            Ok(at) => &mut self.0[at].lines,
            Err(_) => &mut [],
        }
    }

    /// The hour that begins then, and whether it was opened just now.
    pub(crate) fn open(&mut self, start: Timestamp) -> (&mut OpenHour, bool) {
        let found = self.position(start);
        let at = found.unwrap_or_else(|at| {
            self.0.insert(at, OpenHour { start, lines: SmallVec::new() });
            at
        });
        (&mut self.0[at], found.is_err())
    }

    pub(crate) fn close(&mut self, start: Timestamp) {
        if let Ok(at) = self.position(start) {
            self.0.remove(at);
        }
    }

    fn position(&self, start: Timestamp) -> Result<usize, usize> {
        self.0.binary_search_by_key(&start, |hour| hour.start)
    }
}
