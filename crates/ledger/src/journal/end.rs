//! Where a journal ends, found by looking only: for those who do not own it.

use std::path::Path;

use super::{Disk, OpenError, segment};

/// How often a place that looks damaged is looked at again: the owner may be writing there.
const LOOKS: usize = 5;

/// The last whole record, or 0 if there is none. Takes no lock and changes nothing; beside a running owner the
/// answer may be a record that is still on its way to the disk.
///
/// # Errors
///
/// [`OpenError::Corrupt`] if a record is damaged and others follow it.
pub fn last_record(disk: &dyn Disk, dir: &Path) -> Result<u64, OpenError> {
    let mut looks = 0;
    loop {
        looks += 1;
        match look(disk, dir) {
            // The owner fills the place between the reading of two parts of the file.
            Err(OpenError::Corrupt { .. }) if looks < LOOKS => {}
            found => return found,
        }
    }
}

fn look(disk: &dyn Disk, dir: &Path) -> Result<u64, OpenError> {
    let Some(&first) = segment::list(disk, dir)?.last() else { return Ok(0) };
    let path = segment::path(dir, first);
    let file = disk.open_read(&path).map_err(OpenError::disk("open the segment", &path))?;
    segment::check_header(&*file, &path, first)?;
    let tail = segment::find_tail(&*file, first).map_err(|problem| problem.of(&path))?;
    Ok(tail.next_sequence - 1)
}
