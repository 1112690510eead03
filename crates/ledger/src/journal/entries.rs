//! Many entries in one payload: each is preceded by its length as a varint (LEB128).

/// Appends one entry to a payload.
pub(super) fn push(payload: &mut Vec<u8>, entry: &[u8]) {
    let mut length = entry.len();
    while length >= 0x80 {
        payload.push(length as u8 | 0x80);
        length >>= 7;
    }
    payload.push(length as u8);
    payload.extend_from_slice(entry);
}

/// The entries of one record's payload, in the order in which they were appended.
#[derive(Debug, Clone)]
pub struct Entries<'a> {
    rest: &'a [u8],
}

impl<'a> Entries<'a> {
    /// Reads the payload of a record that [`super::GroupCommit`] wrote.
    pub fn new(payload: &'a [u8]) -> Self {
        Self { rest: payload }
    }

    fn split(&mut self) -> Option<&'a [u8]> {
        let mut length = 0_usize;
        for (index, &byte) in self.rest.iter().enumerate().take(9) {
            length |= usize::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                let body = &self.rest[index + 1..];
                let entry = body.get(..length)?;
                self.rest = &body[length..];
                return Some(entry);
            }
        }
        None
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<&'a [u8], MalformedEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        Some(self.split().ok_or_else(|| {
            self.rest = &[];
            MalformedEntry
        }))
    }
}

/// The payload does not divide into entries. The record's checksum was right, so it was written so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the record does not divide into entries")]
pub struct MalformedEntry;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_back_in_order() {
        let given: Vec<Vec<u8>> =
            [0, 1, 127, 128, 300, 20_000].iter().map(|&n| (0..n).map(|i| i as u8).collect()).collect();
        let mut payload = Vec::new();
        for entry in &given {
            push(&mut payload, entry);
        }
        let read: Vec<Vec<u8>> = Entries::new(&payload).map(|entry| entry.unwrap().to_vec()).collect();
        assert_eq!(read, given);
    }

    #[test]
    fn a_cut_or_overlong_payload_is_refused_once() {
        let mut payload = Vec::new();
        push(&mut payload, b"whole");
        push(&mut payload, b"cut off");
        payload.pop();
        let read: Vec<_> = Entries::new(&payload).collect();
        assert_eq!(read, [Ok(&b"whole"[..]), Err(MalformedEntry)]);
        assert_eq!(Entries::new(&[0xff; 32]).collect::<Vec<_>>(), [Err(MalformedEntry)]);
        assert_eq!(Entries::new(&[0x80]).collect::<Vec<_>>(), [Err(MalformedEntry)]);
    }
}
