//! One journal entry: everything one command did to one account, in order.
//!
//! An entry is the account's number followed by its events. A command's events stand in one entry, so they
//! become durable together or not at all.

mod charged;

use charging::Recorded;
use serde::Serialize;

/// The number of an account in its shard, in order of opening.
pub type AccountNo = u32;

/// An entry that cannot be read: written by a later version, or not an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a journal entry cannot be read: {0}")]
pub struct EntryError(postcard::Error);

/// Appends the entry's bytes to a buffer.
pub fn encode(account: AccountNo, events: &[Recorded], buffer: &mut Vec<u8>) {
    append_number(account, buffer);
    for event in events {
        if !charged::append(event, buffer) {
            append(event, buffer);
        }
    }
}

/// As postcard writes it: seven bits a byte, the lowest first.
fn append_number(mut number: u32, buffer: &mut Vec<u8>) {
    while number >= 0x80 {
        buffer.push(number as u8 | 0x80);
        number >>= 7;
    }
    buffer.push(number as u8);
}

fn append(value: &impl Serialize, buffer: &mut Vec<u8>) {
    // Writing to memory cannot fail, and every event type can be written.
    let written = postcard::to_io(value, buffer);
    debug_assert!(written.is_ok(), "{written:?}");
}

/// The account an entry is about, and the rest of its bytes.
///
/// # Errors
/// [`EntryError`] if there is no number.
pub fn account_of(entry: &[u8]) -> Result<(AccountNo, &[u8]), EntryError> {
    postcard::take_from_bytes(entry).map_err(EntryError)
}

/// Reads an entry.
///
/// # Errors
/// [`EntryError`] if it cannot be read to its end.
pub fn decode(entry: &[u8]) -> Result<(AccountNo, Vec<Recorded>), EntryError> {
    let (account, mut rest) = account_of(entry)?;
    let mut events = Vec::with_capacity(1);
    while !rest.is_empty() {
        let (event, after): (Recorded, &[u8]) = postcard::take_from_bytes(rest).map_err(EntryError)?;
        events.push(event);
        rest = after;
    }
    Ok((account, events))
}
