//! The embedded journal: an append-only log in segments on a local disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::fill::Filler;
use super::record::{self, Place, SEGMENT_HEADER_BYTES, SegmentHeader};
use super::segment::{self, LOCK_NAME, UNFINISHED_SUFFIX};
use super::{AppendError, Disk, DiskFile, DiskLock, Journal, OpenError, disk};

/// How the embedded journal is laid out.
#[derive(Debug, Clone, Copy)]
pub struct EmbeddedOptions {
    /// The shard this journal belongs to; opening the journal of another one fails.
    pub shard: u32,
    /// The fencing number of the owner, noted in every record.
    pub epoch: u64,
    /// Size of the first segment. Every record must fit into it.
    pub first_segment_bytes: u64,
    /// Each segment is twice as large as the one before, up to this.
    pub segment_bytes: u64,
    /// When segments are filled with zeros.
    pub fill: Fill,
}

impl Default for EmbeddedOptions {
    fn default() -> Self {
        Self {
            shard: 0,
            epoch: 0,
            first_segment_bytes: 8 << 20,
            segment_bytes: 64 << 20,
            fill: Fill::Background,
        }
    }
}

/// When the next segment is filled with zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// By a thread of its own, ahead of need.
    Background,
    /// By the append that needs it. Slower, but the order of all writes is then the same each time.
    Inline,
}

/// A journal in a directory of a local disk. One process at a time can have it open.
pub struct EmbeddedJournal {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    options: EmbeddedOptions,
    current: Segment,
    next_sequence: u64,
    buffer: Vec<u8>,
    poisoned: bool,
    cut_bytes: u64,
    filler: Filler,
    _lock: DiskLock,
}

struct Segment {
    file: Box<dyn DiskFile>,
    first_sequence: u64,
    size_bytes: u64,
    /// Where the next record goes.
    end: u64,
}

impl EmbeddedJournal {
    /// Opens the journal in `dir`, creating it if there is none, and returns it with the sequence of
    /// the record to append next (1 if it is new). All records before that are durable.
    ///
    /// A torn record at the very end, left by a crash in the middle of an append that was never
    /// acknowledged, is cut off; see [`Self::cut_bytes`].
    ///
    /// # Errors
    ///
    /// [`OpenError`]: in use, not readable, damaged, or another shard's.
    pub fn open(disk: Arc<dyn Disk>, dir: &Path, options: EmbeddedOptions) -> Result<(Self, u64), OpenError> {
        Self::open_known(disk, dir, options, 0)
    }

    /// As [`Self::open`], if the record `known` to have been durable is there. Else what looks like a torn record
    /// may be a damaged one that was acknowledged, and it is left as it is.
    ///
    /// # Errors
    ///
    /// [`OpenError::Short`], and those of [`Self::open`].
    pub fn open_known(
        disk: Arc<dyn Disk>,
        dir: &Path,
        options: EmbeddedOptions,
        known: u64,
    ) -> Result<(Self, u64), OpenError> {
        if options.first_segment_bytes < 4096 || options.segment_bytes < options.first_segment_bytes {
            return Err(OpenError::Options(
                "a segment has at least 4096 bytes, and the first one is the smallest".into(),
            ));
        }
        disk.create_dir(dir).map_err(OpenError::disk("create the directory", dir))?;
        let lock = lock(&*disk, dir)?;

        for name in disk.list(dir).map_err(OpenError::disk("list the directory", dir))? {
            if name.ends_with(UNFINISHED_SUFFIX) {
                let path = dir.join(name);
                disk.remove(&path).map_err(OpenError::disk("remove the unfinished segment", &path))?;
            }
        }

        let firsts = segment::list(&*disk, dir)?;
        let begin_filling = |next_bytes| {
            Filler::start(Arc::clone(&disk), dir, options.fill, next_bytes)
                .map_err(OpenError::disk("start the filling thread", dir))
        };
        let (current, next_sequence, cut_bytes, mut filler);
        if let Some(&first) = firsts.last() {
            let path = segment::path(dir, first);
            (current, next_sequence, cut_bytes) = recover(&*disk, &path, first, (options, known))?;
            if next_sequence == first && firsts.len() > 1 {
                segment::check_last_but_one(&*disk, dir)?;
            }
            filler = begin_filling(options.size_after(current.size_bytes))?;
        } else {
            check_known(dir, 0, known)?;
            let size = options.first_segment_bytes;
            filler = begin_filling(size)?;
            current =
                begin_segment(&*disk, dir, &mut filler, options.shard, 1, (size, options.size_after(size)))
                    .map_err(OpenError::disk("create the first segment", dir))?;
            (next_sequence, cut_bytes) = (1, 0);
        }
        let journal = Self {
            disk,
            dir: dir.into(),
            options,
            current,
            next_sequence,
            buffer: Vec::new(),
            poisoned: false,
            cut_bytes,
            filler,
            _lock: lock,
        };
        Ok((journal, next_sequence))
    }

    /// How many bytes of a torn record opening cut off: 0 after a clean end. Worth a line in the log.
    pub fn cut_bytes(&self) -> u64 {
        self.cut_bytes
    }

    /// The first record of the segment that is written.
    pub(super) fn current_segment(&self) -> u64 {
        self.current.first_sequence
    }

    /// The largest payload a record can have.
    pub fn payload_limit_bytes(&self) -> usize {
        let room = self.options.first_segment_bytes - SEGMENT_HEADER_BYTES as u64;
        let limit = room - room % record::ALIGNMENT_BYTES as u64 - record::RECORD_HEADER_BYTES as u64;
        usize::try_from(limit.min(u64::from(u32::MAX / 2))).unwrap_or(usize::MAX)
    }

    fn write(&mut self, sequence: u64, payload: &[u8]) -> Result<(), AppendError> {
        if sequence != self.next_sequence {
            return Err(AppendError::OutOfSequence { expected: self.next_sequence, given: sequence });
        }
        let limit_bytes = self.payload_limit_bytes();
        let payload_bytes = match u32::try_from(payload.len()) {
            Ok(size) if payload.len() <= limit_bytes => size,
            _ => return Err(AppendError::TooLarge { size_bytes: payload.len(), limit_bytes }),
        };
        if self.current.end + record::record_size(payload.len()) > self.current.size_bytes {
            self.rotate().map_err(failed("begin a segment"))?;
        }
        let segment = &mut self.current;
        let place = Place { segment: segment.first_sequence, offset: segment.end };
        record::encode(&mut self.buffer, place, self.options.epoch, sequence, payload, payload_bytes);
        disk::write_all_at(&*segment.file, &self.buffer, segment.end).map_err(failed("write a record"))?;
        segment.file.sync_data().map_err(failed("sync a record"))?;
        segment.end += self.buffer.len() as u64;
        self.next_sequence += 1;
        self.filler.keep_ahead(segment.end, segment.size_bytes);
        Ok(())
    }

    fn rotate(&mut self) -> std::io::Result<()> {
        let size = self.options.size_after(self.current.size_bytes);
        let sizes = (size, self.options.size_after(size));
        self.current = begin_segment(
            &*self.disk,
            &self.dir,
            &mut self.filler,
            self.options.shard,
            self.next_sequence,
            sizes,
        )?;
        Ok(())
    }
}

impl Journal for EmbeddedJournal {
    fn append(&mut self, sequence: u64, payload: &[u8]) -> Result<(), AppendError> {
        if self.poisoned {
            return Err(AppendError::Poisoned);
        }
        // Set until success, so that a panic in between poisons too.
        self.poisoned = true;
        self.write(sequence, payload)?;
        self.poisoned = false;
        Ok(())
    }
}

impl EmbeddedOptions {
    fn size_after(&self, segment_bytes: u64) -> u64 {
        segment_bytes.saturating_mul(2).clamp(self.first_segment_bytes, self.segment_bytes)
    }
}

/// Takes the lock that whoever has the journal open holds.
///
/// # Errors
/// [`OpenError::InUse`] if somebody has it open, or the disk's.
pub fn lock(disk: &dyn Disk, dir: &Path) -> Result<DiskLock, OpenError> {
    let path = dir.join(LOCK_NAME);
    let lock = disk.lock(&path).map_err(OpenError::disk("lock the journal", &path))?;
    lock.ok_or_else(|| OpenError::InUse { dir: dir.into() })
}

fn check_known(dir: &Path, last: u64, known: u64) -> Result<(), OpenError> {
    if last < known { Err(OpenError::Short { dir: dir.into(), last, known }) } else { Ok(()) }
}

fn failed(during: &'static str) -> impl FnOnce(std::io::Error) -> AppendError {
    move |source| AppendError::Disk { during, source }
}

/// Turns a blank into the segment that begins with `first_sequence`. Under its name it is whole.
fn begin_segment(
    disk: &dyn Disk,
    dir: &Path,
    filler: &mut Filler,
    shard: u32,
    first_sequence: u64,
    (size_bytes, next_bytes): (u64, u64),
) -> std::io::Result<Segment> {
    let blank = filler.take(size_bytes, next_bytes)?;
    let header = SegmentHeader { shard, first_sequence }.encode();
    disk::write_all_at(&*blank.file, &header, 0)?;
    blank.file.sync_data()?;
    disk.rename(&blank.path, &segment::path(dir, first_sequence))?;
    disk.sync_dir(dir)?;
    Ok(Segment {
        file: blank.file,
        first_sequence,
        size_bytes: blank.size_bytes,
        end: SEGMENT_HEADER_BYTES as u64,
    })
}

/// Reads the last segment, cuts a torn record off, and makes sure of what is left.
fn recover(
    disk: &dyn Disk,
    path: &Path,
    first: u64,
    (options, known): (EmbeddedOptions, u64),
) -> Result<(Segment, u64, u64), OpenError> {
    let file = disk.open(path).map_err(OpenError::disk("open the segment", path))?;
    let shard = segment::check_header(&*file, path, first)?;
    if shard != options.shard {
        return Err(OpenError::Mismatch {
            segment: path.into(),
            detail: format!("it belongs to shard {shard}, not {}", options.shard),
        });
    }
    let tail = segment::find_tail(&*file, first).map_err(|problem| problem.of(path))?;
    let size_bytes = file.len().map_err(OpenError::disk("measure the segment", path))?;
    check_known(path.parent().unwrap_or(path), tail.next_sequence - 1, known)?;
    let cut = tail.torn_end - tail.end;
    if cut > 0 {
        let zeros = vec![0; usize::try_from(cut).expect("no more than a record")];
        disk::write_all_at(&*file, &zeros, tail.end).map_err(OpenError::disk("cut the torn record", path))?;
    }
    if let Some(last) = tail.last {
        // The last record may have been written but never synced; and if its sync failed, the system
        // may hold it in memory, think it clean, and lose it. Written again, it is dirty again, and
        // the sync below means it.
        let mut record = vec![0; usize::try_from(tail.end - last).expect("a record fits into memory")];
        disk::read_up_to(&*file, &mut record, last).map_err(OpenError::disk("read the last record", path))?;
        disk::write_all_at(&*file, &record, last)
            .map_err(OpenError::disk("rewrite the last record", path))?;
    }
    file.sync_data().map_err(OpenError::disk("sync the segment", path))?;
    let segment = Segment { file, first_sequence: first, size_bytes, end: tail.end };
    Ok((segment, tail.next_sequence, cut))
}
