//! Going through the journal's entries in order.

use std::path::Path;
use std::sync::Arc;

use charging::Recorded;

use crate::engine::EngineError;
use crate::entry::{self, AccountNo};
use crate::journal::{Disk, Entries, Reader};

/// Calls `each` with every entry of the records `from..=last`; says how many entries there were.
///
/// # Errors
/// Damage in the journal, an entry that cannot be read, or whatever `each` answers.
pub fn entries(
    disk: Arc<dyn Disk>,
    dir: &Path,
    from: u64,
    last: u64,
    mut each: impl FnMut(u64, AccountNo, &[Recorded]) -> Result<(), EngineError>,
) -> Result<u64, EngineError> {
    if from > last {
        return Ok(0);
    }
    let mut reader = Reader::open(disk, dir, from)?;
    let mut count = 0;
    while let Some(record) = reader.next(last)? {
        let sequence = record.sequence;
        for bytes in Entries::new(record.payload) {
            let bytes = bytes
                .map_err(|malformed| EngineError::History { sequence, detail: malformed.to_string() })?;
            let (no, events) =
                entry::decode(bytes).map_err(|source| EngineError::Entry { sequence, source })?;
            each(sequence, no, &events)?;
            count += 1;
        }
    }
    Ok(count)
}
