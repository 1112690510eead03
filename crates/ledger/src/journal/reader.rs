//! Reading durable records back, also while the journal is being written.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::record::{Place, RECORD_HEADER_BYTES, RecordHeader, SEGMENT_HEADER_BYTES};
use super::{Disk, DiskFile, OpenError, Watermark, disk, segment};

const READ_AHEAD_BYTES: usize = 256 << 10;

/// Reads the records of an embedded journal in order, each checked against its checksum.
///
/// It takes no lock and never disturbs the writer. How far it may read it must be told: by the
/// sequence that opening the journal returned (less one), or by the watermark of the running journal.
/// Below that every record must be there; if one is not, the journal is damaged.
pub struct Reader {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    /// The sequence of the record to return next.
    next: u64,
    current: Option<Cursor>,
}

/// One durable record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its number.
    pub sequence: u64,
    /// The epoch of the owner that wrote it.
    pub epoch: u64,
    /// What was appended.
    pub payload: &'a [u8],
}

struct Cursor {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    first: u64,
    /// The record at `offset` has this sequence.
    sequence: u64,
    offset: u64,
    window: Vec<u8>,
    window_offset: u64,
    /// How far the journal was durable when the window was read. Later records in it may be half written.
    window_durable: u64,
}

impl Reader {
    /// A reader whose first record is `sequence`.
    ///
    /// # Errors
    ///
    /// If the directory cannot be read, or the journal begins after `sequence`.
    pub fn open(disk: Arc<dyn Disk>, dir: &Path, sequence: u64) -> Result<Self, OpenError> {
        let firsts = segment::list(&*disk, dir)?;
        let first = firsts.iter().rev().find(|&&first| first <= sequence);
        let current = match (first, firsts.first()) {
            (Some(&first), _) => Some(Cursor::open(&*disk, dir, first)?),
            (None, Some(&first)) => {
                return Err(OpenError::Corrupt {
                    segment: segment::path(dir, first),
                    offset: 0,
                    detail: format!("the journal begins with record {first}; record {sequence} is missing"),
                });
            }
            (None, None) => None,
        };
        Ok(Self { disk, dir: dir.into(), next: sequence, current })
    }

    /// The sequence of the record that comes next.
    pub fn next_sequence(&self) -> u64 {
        self.next
    }

    /// The next record, or `None` if it is not among those up to `durable`.
    ///
    /// # Errors
    ///
    /// [`OpenError::Corrupt`] if a record up to `durable` is missing or damaged.
    pub fn next(&mut self, durable: u64) -> Result<Option<Record<'_>>, OpenError> {
        if self.next > durable {
            return Ok(None);
        }
        let header = loop {
            let cursor = match &mut self.current {
                Some(cursor) => cursor,
                empty => empty.insert(Cursor::open(&*self.disk, &self.dir, self.next)?),
            };
            match cursor.step(durable)? {
                Some(header) if header.sequence == self.next => break header,
                Some(_) => {} // before the place we were asked to begin at
                None => {
                    let sequence = cursor.sequence;
                    let firsts = segment::list(&*self.disk, &self.dir)?;
                    if sequence == cursor.first || firsts.binary_search(&sequence).is_err() {
                        return Err(cursor.damaged(sequence));
                    }
                    self.current = Some(Cursor::open(&*self.disk, &self.dir, sequence)?);
                }
            }
        };
        self.next += 1;
        let payload = self.current.as_ref().map_or(&[][..], |cursor| cursor.payload_before(header));
        Ok(Some(Record { sequence: header.sequence, epoch: header.epoch, payload }))
    }

    /// The next record, waiting for it to become durable; `None` when the journal was closed or has
    /// stopped (or the watermark was shut) and all that is durable has been read.
    ///
    /// # Errors
    ///
    /// As [`Reader::next`].
    pub fn follow(&mut self, watermark: &Watermark) -> Result<Option<Record<'_>>, OpenError> {
        let durable = watermark.durable();
        let durable = if durable >= self.next {
            Some(durable)
        } else {
            watermark.wait_past(self.next.saturating_sub(1))
        };
        match durable {
            Some(durable) => self.next(durable),
            None => Ok(None),
        }
    }
}

impl Cursor {
    fn open(disk: &dyn Disk, dir: &Path, first: u64) -> Result<Self, OpenError> {
        let path = segment::path(dir, first);
        let file = disk.open_read(&path).map_err(OpenError::disk("open the segment", &path))?;
        segment::check_header(&*file, &path, first)?;
        let offset = SEGMENT_HEADER_BYTES as u64;
        let window = Vec::new();
        Ok(Self {
            file,
            path,
            first,
            sequence: first,
            offset,
            window,
            window_offset: offset,
            window_durable: 0,
        })
    }

    /// Steps over the next record and leaves it in the window; `None` if there is none here.
    fn step(&mut self, durable: u64) -> Result<Option<RecordHeader>, OpenError> {
        if self.sequence > self.window_durable || self.rest().len() < RECORD_HEADER_BYTES {
            self.read(RECORD_HEADER_BYTES, durable)?;
        }
        let Some(header) = RecordHeader::parse(self.rest()) else { return Ok(None) };
        let size = usize::try_from(header.size_bytes()).unwrap_or(usize::MAX);
        if self.rest().len() < size {
            let left =
                self.file.len().map_err(OpenError::disk("measure the segment", &self.path))? - self.offset;
            if header.size_bytes() > left {
                return Err(self.damaged(self.sequence));
            }
            self.read(size, durable)?;
        }
        let place = Place { segment: self.first, offset: self.offset };
        if header.sequence != self.sequence || !header.is_intact(place, self.rest()) {
            return Err(self.damaged(self.sequence));
        }
        self.offset += header.size_bytes();
        self.sequence += 1;
        Ok(Some(header))
    }

    fn rest(&self) -> &[u8] {
        let at = usize::try_from(self.offset - self.window_offset).unwrap_or(usize::MAX);
        self.window.get(at..).unwrap_or_default()
    }

    fn payload_before(&self, header: RecordHeader) -> &[u8] {
        let start = self.offset - header.size_bytes() - self.window_offset;
        let start = usize::try_from(start).unwrap_or(usize::MAX).saturating_add(RECORD_HEADER_BYTES);
        self.window.get(start..start + header.payload_bytes as usize).unwrap_or_default()
    }

    /// Fills the window from the current offset on.
    fn read(&mut self, at_least: usize, durable: u64) -> Result<(), OpenError> {
        self.window.resize(at_least.max(READ_AHEAD_BYTES), 0);
        self.window_offset = self.offset;
        self.window_durable = durable;
        let read = disk::read_up_to(&*self.file, &mut self.window, self.offset)
            .map_err(OpenError::disk("read the segment", &self.path))?;
        self.window.truncate(read);
        Ok(())
    }

    fn damaged(&self, sequence: u64) -> OpenError {
        OpenError::Corrupt {
            segment: self.path.clone(),
            offset: self.offset,
            detail: format!("record {sequence} is missing or damaged"),
        }
    }
}
