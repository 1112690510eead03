//! Records and segment headers as bytes.
//!
//! A record is 32 bytes of header and the payload, padded with zeros to a multiple of 8:
//!
//! | bytes | content |
//! |---|---|
//! | 0..4 | magic `INKr` |
//! | 4..8 | CRC-32C of the salt, bytes 8..32 and the payload |
//! | 8..16 | sequence |
//! | 16..24 | epoch of the owner that wrote it |
//! | 24..28 | size of the payload in bytes |
//! | 28 | kind (1: a batch), 29..32 zero |
//!
//! The salt is the segment's first sequence and the record's offset, so bytes that look like a
//! record but stand elsewhere (a record copied inside a payload, say) never pass for one.
//! Numbers are little-endian.

pub(super) const SEGMENT_HEADER_BYTES: usize = 64;
pub(super) const RECORD_HEADER_BYTES: usize = 32;
/// Records begin at multiples of this.
pub(super) const ALIGNMENT_BYTES: usize = 8;

const RECORD_MAGIC: [u8; 4] = *b"INKr";
const SEGMENT_MAGIC: [u8; 8] = *b"INKsegm9";
const KIND_BATCH: u8 = 1;

/// Where a record stands: part of its checksum.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) segment: u64,
    pub(super) offset: u64,
}

impl Place {
    fn salt(self) -> u32 {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.segment.to_le_bytes());
        bytes[8..].copy_from_slice(&self.offset.to_le_bytes());
        crc32c::crc32c(&bytes)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RecordHeader {
    pub(super) sequence: u64,
    pub(super) epoch: u64,
    pub(super) payload_bytes: u32,
    checksum: u32,
}

impl RecordHeader {
    /// What the header says, if it looks like one; the checksum is not looked at.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; RECORD_HEADER_BYTES] = bytes.get(..RECORD_HEADER_BYTES)?.try_into().ok()?;
        if bytes[..4] != RECORD_MAGIC || bytes[28..] != [KIND_BATCH, 0, 0, 0] {
            return None;
        }
        Some(Self {
            checksum: u32_at(bytes, 4),
            sequence: u64_at(bytes, 8),
            epoch: u64_at(bytes, 16),
            payload_bytes: u32_at(bytes, 24),
        })
    }

    /// Whether header and payload are what was once written at this place. `record` begins with the
    /// header and is at least as long as the payload needs.
    pub(super) fn is_intact(&self, place: Place, record: &[u8]) -> bool {
        let end = RECORD_HEADER_BYTES + self.payload_bytes as usize;
        record
            .get(8..end)
            .is_some_and(|covered| crc32c::crc32c_append(place.salt(), covered) == self.checksum)
    }

    /// Bytes the record takes in the segment, padding included.
    pub(super) fn size_bytes(&self) -> u64 {
        record_size(self.payload_bytes as usize)
    }
}

/// Bytes a record with this payload takes in the segment, padding included.
pub(super) fn record_size(payload_bytes: usize) -> u64 {
    (RECORD_HEADER_BYTES + payload_bytes).next_multiple_of(ALIGNMENT_BYTES) as u64
}

/// Writes the record into `buffer`, replacing its content.
pub(super) fn encode(
    buffer: &mut Vec<u8>,
    place: Place,
    epoch: u64,
    sequence: u64,
    payload: &[u8],
    payload_bytes: u32,
) {
    buffer.clear();
    buffer.extend_from_slice(&RECORD_MAGIC);
    buffer.extend_from_slice(&[0; 4]);
    buffer.extend_from_slice(&sequence.to_le_bytes());
    buffer.extend_from_slice(&epoch.to_le_bytes());
    buffer.extend_from_slice(&payload_bytes.to_le_bytes());
    buffer.extend_from_slice(&[KIND_BATCH, 0, 0, 0]);
    buffer.extend_from_slice(payload);
    let checksum = crc32c::crc32c_append(place.salt(), &buffer[8..]);
    buffer[4..8].copy_from_slice(&checksum.to_le_bytes());
    buffer.resize(buffer.len().next_multiple_of(ALIGNMENT_BYTES), 0);
}

/// What a segment says of itself in its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SegmentHeader {
    pub(super) shard: u32,
    pub(super) first_sequence: u64,
}

impl SegmentHeader {
    pub(super) fn encode(self) -> [u8; SEGMENT_HEADER_BYTES] {
        let mut bytes = [0; SEGMENT_HEADER_BYTES];
        bytes[..8].copy_from_slice(&SEGMENT_MAGIC);
        bytes[8..12].copy_from_slice(&self.shard.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.first_sequence.to_le_bytes());
        let checksum = crc32c::crc32c(&bytes[..60]);
        bytes[60..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; SEGMENT_HEADER_BYTES] = bytes.get(..SEGMENT_HEADER_BYTES)?.try_into().ok()?;
        if bytes[..8] != SEGMENT_MAGIC || u32_at(bytes, 60) != crc32c::crc32c(&bytes[..60]) {
            return None;
        }
        Some(Self { shard: u32_at(bytes, 8), first_sequence: u64_at(bytes, 16) })
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut number = [0; 4];
    number.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(number)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place { segment: 7, offset: 64 };

    fn record(payload: &[u8]) -> Vec<u8> {
        let mut buffer = Vec::new();
        encode(&mut buffer, PLACE, 3, 9, payload, payload.len() as u32);
        buffer
    }

    #[test]
    fn a_record_reads_back_and_every_flipped_bit_is_seen() {
        let bytes = record(b"payload of 21 bytes..");
        let header = RecordHeader::parse(&bytes).unwrap();
        assert_eq!((header.sequence, header.epoch, header.payload_bytes), (9, 3, 21));
        assert_eq!(header.size_bytes(), bytes.len() as u64);
        assert!(header.is_intact(PLACE, &bytes));
        for bit in 0..(RECORD_HEADER_BYTES + 21) * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let intact =
                RecordHeader::parse(&damaged).is_some_and(|header| header.is_intact(PLACE, &damaged));
            assert!(!intact, "bit {bit}");
        }
    }

    #[test]
    fn a_record_counts_only_in_its_place() {
        let bytes = record(b"x");
        let header = RecordHeader::parse(&bytes).unwrap();
        assert!(!header.is_intact(Place { offset: 72, ..PLACE }, &bytes));
        assert!(!header.is_intact(Place { segment: 8, ..PLACE }, &bytes));
        assert!(!header.is_intact(PLACE, &bytes[..RECORD_HEADER_BYTES]));
    }

    #[test]
    fn a_segment_header_reads_back_and_damage_is_seen() {
        let header = SegmentHeader { shard: 5, first_sequence: 77 };
        let bytes = header.encode();
        assert_eq!(SegmentHeader::parse(&bytes), Some(header));
        for bit in 0..SEGMENT_HEADER_BYTES * 8 {
            let mut damaged = bytes;
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(SegmentHeader::parse(&damaged), None, "bit {bit}");
        }
    }
}
