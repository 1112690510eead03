//! Segment files: names, headers, and the search for the end of the last one.
//!
//! A segment is written with zeros to its full size before its first record, so that appending
//! changes no metadata and a sync has only data to write. It is named by its first sequence.

use std::io;
use std::path::{Path, PathBuf};

use super::record::{
    ALIGNMENT_BYTES, Place, RECORD_HEADER_BYTES, RecordHeader, SEGMENT_HEADER_BYTES, SegmentHeader,
};
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

/// Checks that the segment before the last one is whole, and ends where that one begins.
pub(super) fn check_last_but_one(disk: &dyn Disk, dir: &Path) -> Result<(), OpenError> {
    let firsts = list(disk, dir)?;
    let [.., first, next] = firsts[..] else { return Ok(()) };
    let path = path(dir, first);
    let file = disk.open_read(&path).map_err(OpenError::disk("open the segment", &path))?;
    check_header(&*file, &path, first)?;
    let tail = find_tail(&*file, first).map_err(|problem| problem.of(&path))?;
    // What is left of a torn record is cut off before anything comes after it.
    let detail = if tail.next_sequence != next {
        format!("record {} is missing; the next segment begins with {next}", tail.next_sequence)
    } else if tail.torn_end > tail.end {
        format!("something lies behind its last record, {}", next - 1)
    } else {
        return Ok(());
    };
    Err(OpenError::Corrupt { segment: path, offset: tail.end, detail })
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

/// Why the end of a segment was not found.
#[derive(Debug)]
pub(super) enum NoTail {
    /// It could not be read.
    Unreadable(io::Error),
    /// Something that was durable lies behind bytes that are no record: where these begin, and what they are.
    Damaged(u64, String),
}

impl From<io::Error> for NoTail {
    fn from(error: io::Error) -> NoTail {
        NoTail::Unreadable(error)
    }
}

impl NoTail {
    /// With the segment's name.
    pub(super) fn of(self, path: &Path) -> OpenError {
        match self {
            NoTail::Unreadable(error) => OpenError::disk("read the segment", path)(error),
            NoTail::Damaged(offset, detail) => OpenError::Corrupt { segment: path.into(), offset, detail },
        }
    }
}

/// Finds the end of a segment. The file is read piece by piece: opening takes as little memory for a long segment as
/// for a short one.
///
/// # Errors
///
/// [`NoTail`].
pub(super) fn find_tail(file: &dyn DiskFile, first_sequence: u64) -> Result<Tail, NoTail> {
    let mut content = Window::of(file)?;
    let mut sequence = first_sequence;
    let mut offset = SEGMENT_HEADER_BYTES as u64;
    let mut last = None;
    while let Some(header) = content.intact(first_sequence, offset)? {
        if header.sequence != sequence {
            return Err(NoTail::Damaged(
                offset,
                format!("record {} where {sequence} belongs", header.sequence),
            ));
        }
        last = Some(offset);
        offset += header.size_bytes();
        sequence += 1;
    }
    // Only the record that was being written when the power went can be torn, and nothing comes
    // after it. So a whole record further on means that the damage is not a torn tail.
    let mut at = offset;
    while at < content.size {
        if let Some(header) = content.intact(first_sequence, at)? {
            let detail = format!(
                "record {sequence} is damaged, but record {} follows at offset {at}",
                header.sequence
            );
            return Err(NoTail::Damaged(offset, detail));
        }
        at += ALIGNMENT_BYTES as u64;
    }
    let torn_end = content.last_written(offset)?.map_or(offset, |at| at + 1);
    Ok(Tail { next_sequence: sequence, end: offset, last, torn_end })
}

/// A part of a file, in memory.
struct Window<'a> {
    file: &'a dyn DiskFile,
    /// Of the file.
    size: u64,
    /// Where the part begins.
    offset: u64,
    bytes: Vec<u8>,
}

/// How much is read at once.
const WINDOW_BYTES: usize = 1 << 20;

impl<'a> Window<'a> {
    fn of(file: &'a dyn DiskFile) -> io::Result<Window<'a>> {
        Ok(Window { file, size: file.len()?, offset: 0, bytes: Vec::new() })
    }

    /// At least so many bytes from an offset on, fewer only at the end of the file.
    fn at(&mut self, offset: u64, at_least: usize) -> io::Result<&[u8]> {
        let left = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = at_least.min(left);
        let known = offset.checked_sub(self.offset).and_then(|from| usize::try_from(from).ok());
        let is_there = known.is_some_and(|from| from + wanted <= self.bytes.len());
        if !is_there {
            self.bytes.resize(wanted.max(WINDOW_BYTES).min(left), 0);
            let read = disk::read_up_to(self.file, &mut self.bytes, offset)?;
            self.bytes.truncate(read);
            self.offset = offset;
        }
        let from = if is_there { known.unwrap_or(0) } else { 0 };
        Ok(self.bytes.get(from..).unwrap_or_default())
    }

    /// The record at an offset, if one is there as it was written.
    fn intact(&mut self, segment: u64, offset: u64) -> io::Result<Option<RecordHeader>> {
        let Some(header) = RecordHeader::parse(self.at(offset, RECORD_HEADER_BYTES)?) else {
            return Ok(None);
        };
        let whole_bytes = RECORD_HEADER_BYTES + header.payload_bytes as usize;
        if whole_bytes as u64 > self.size.saturating_sub(offset) {
            return Ok(None);
        }
        let record = self.at(offset, whole_bytes)?;
        Ok(header.is_intact(Place { segment, offset }, record).then_some(header))
    }

    /// Where the last byte is that is not zero, from an offset on.
    fn last_written(&mut self, from: u64) -> io::Result<Option<u64>> {
        let (mut at, mut last) = (from, None);
        while at < self.size {
            let piece = self.at(at, 1)?;
            if let Some(found) = piece.iter().rposition(|&byte| byte != 0) {
                last = Some(at + found as u64);
            }
            if piece.is_empty() {
                break;
            }
            at += piece.len() as u64;
        }
        Ok(last)
    }
}
