//! Segment files: names, headers, and the search for the end of the last one.
//!
//! A segment is written with zeros to its full size before its first record, so that appending
//! changes no metadata and a sync has only data to write. It is named by its first sequence.

use std::path::{Path, PathBuf};

use super::record::{ALIGNMENT_BYTES, Place, RecordHeader, SEGMENT_HEADER_BYTES, SegmentHeader};
use super::{Disk, DiskFile, OpenError, disk};

const SUFFIX: &str = ".segment";
/// Segments in the making; whatever carries this name at opening was never used.
pub(super) const UNFINISHED_SUFFIX: &str = ".unfinished";
/// The file that is locked while the journal is open.
pub(super) const LOCK_NAME: &str = "lock";

/// The file of the segment that begins with this sequence.
pub(super) fn path(dir: &Path, first_sequence: u64) -> PathBuf {
    dir.join(format!("{first_sequence:020}{SUFFIX}"))
}

/// First sequences of all segments, ascending.
pub(super) fn list(disk: &dyn Disk, dir: &Path) -> Result<Vec<u64>, OpenError> {
    let names = disk.list(dir).map_err(OpenError::disk("list the directory", dir))?;
    let mut firsts: Vec<u64> =
        names.iter().filter_map(|name| name.strip_suffix(SUFFIX)?.parse().ok()).collect();
    firsts.sort_unstable();
    Ok(firsts)
}

/// Checks that a segment is what its name says, and returns its shard.
pub(super) fn check_header(file: &dyn DiskFile, path: &Path, first_sequence: u64) -> Result<u32, OpenError> {
    let mut bytes = [0; SEGMENT_HEADER_BYTES];
    let read =
        disk::read_up_to(file, &mut bytes, 0).map_err(OpenError::disk("read the segment's header", path))?;
    let header = SegmentHeader::parse(&bytes[..read]).ok_or_else(|| OpenError::Corrupt {
        segment: path.into(),
        offset: 0,
        detail: "the segment's header is damaged, or of a format this version does not know".into(),
    })?;
    if header.first_sequence != first_sequence {
        return Err(OpenError::Corrupt {
            segment: path.into(),
            offset: 0,
            detail: format!("the file begins with record {}, its name says otherwise", header.first_sequence),
        });
    }
    Ok(header.shard)
}

/// What the whole content of the last segment amounts to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tail {
    /// The sequence after the last whole record.
    pub(super) next_sequence: u64,
    /// Where the next record goes.
    pub(super) end: u64,
    /// Where the last whole record begins, if there is one.
    pub(super) last: Option<u64>,
    /// Up to where the remains of a torn record reach; `end` if there are none.
    pub(super) torn_end: u64,
}

/// Finds the end of a segment whose content is given.
///
/// # Errors
///
/// With the offset of the damage, if something that was durable lies behind bytes that are no record.
pub(super) fn find_tail(content: &[u8], first_sequence: u64) -> Result<Tail, (u64, String)> {
    let mut sequence = first_sequence;
    let mut offset = SEGMENT_HEADER_BYTES;
    let mut last = None;
    while let Some(header) = intact(content, first_sequence, offset) {
        if header.sequence != sequence {
            return Err((offset as u64, format!("record {} where {sequence} belongs", header.sequence)));
        }
        last = Some(offset as u64);
        offset += usize::try_from(header.size_bytes()).expect("a record that lies in memory");
        sequence += 1;
    }
    let rest = content.get(offset..).unwrap_or_default();
    // Only the record that was being written when the power went can be torn, and nothing comes
    // after it. So a whole record further on means that the damage is not a torn tail.
    if let Some(found) = (offset..content.len())
        .step_by(ALIGNMENT_BYTES)
        .find_map(|at| intact(content, first_sequence, at).map(|header| (at, header)))
    {
        let (at, header) = found;
        return Err((
            offset as u64,
            format!("record {sequence} is damaged, but record {} follows at offset {at}", header.sequence),
        ));
    }
    let torn = rest.iter().rposition(|&byte| byte != 0).map_or(0, |at| at + 1);
    Ok(Tail { next_sequence: sequence, end: offset as u64, last, torn_end: (offset + torn) as u64 })
}

fn intact(content: &[u8], segment: u64, offset: usize) -> Option<RecordHeader> {
    let record = content.get(offset..)?;
    let header = RecordHeader::parse(record)?;
    header.is_intact(Place { segment, offset: offset as u64 }, record).then_some(header)
}
