//! Whether the id of a charge stands in the journal twice. Ids are parted by their hash; a part that has many goes to a
//! temporary file, and in the end each part is sorted by itself. So no more of them are in memory than 32 MiB and one
//! part in 256, however long the history.

use std::fs::File;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::io::{self, Read, Seek, SeekFrom, Write};

use charging::ChargeId;

use crate::entry::AccountNo;

const PARTS: usize = 256;
/// In memory each part has fewer.
const PART_LENGTH: usize = 4096;
/// In a file: the id, the record and the account.
const ROW_BYTES: usize = 16 + 8 + 4;

/// A charge, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) charge: ChargeId,
    pub(super) sequence: u64,
    pub(super) account: AccountNo,
}

/// All ids so far.
#[derive(Debug)]
pub(super) struct ChargeIds {
    parts: Vec<Part>,
    part_length: usize,
}

#[derive(Debug, Default)]
struct Part {
    places: Vec<Place>,
    file: Option<File>,
}

impl Default for ChargeIds {
    fn default() -> ChargeIds {
        ChargeIds::of(PART_LENGTH)
    }
}

impl ChargeIds {
    fn of(part_length: usize) -> ChargeIds {
        ChargeIds { parts: (0..PARTS).map(|_| Part::default()).collect(), part_length }
    }

    /// Notes a charge.
    ///
    /// # Errors
    /// A temporary file cannot be written.
    pub(super) fn insert(&mut self, place: Place) -> io::Result<()> {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(place.charge.0);
        let part = &mut self.parts[hash as usize % PARTS];
        part.places.push(place);
        if part.places.len() >= self.part_length { part.write() } else { Ok(()) }
    }

    /// The first charge in the journal whose id is that of an earlier one, by where it stands the second time.
    ///
    /// # Errors
    /// A temporary file cannot be read.
    pub(super) fn first_twice(self) -> io::Result<Option<Place>> {
        let mut first: Option<Place> = None;
        for part in self.parts {
            let mut places = part.read()?;
            places.sort_unstable();
            let twice = places.windows(2).filter(|pair| pair[0].charge == pair[1].charge).map(|pair| pair[1]);
            first = first.into_iter().chain(twice).min_by_key(|place| place.sequence);
        }
        Ok(first)
    }
}

impl Part {
    fn write(&mut self) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(self.places.len() * ROW_BYTES);
        for Place { charge, sequence, account } in self.places.drain(..) {
            bytes.extend(charge.0.to_be_bytes());
            bytes.extend(sequence.to_be_bytes());
            bytes.extend(account.to_be_bytes());
        }
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(tempfile::tempfile()?),
        };
        file.write_all(&bytes)
    }

    fn read(self) -> io::Result<Vec<Place>> {
        let Part { mut places, file } = self;
        let Some(mut file) = file else { return Ok(places) };
        file.seek(SeekFrom::Start(0))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let (rows, _) = bytes.as_chunks::<ROW_BYTES>();
        places.extend(rows.iter().map(|row| {
            let number = |from: usize, to: usize| {
                row[from..to].iter().fold(0, |number: u128, byte| number << 8 | u128::from(*byte))
            };
            Place {
                charge: ChargeId(number(0, 16)),
                sequence: number(16, 24) as u64,
                account: number(24, ROW_BYTES) as AccountNo,
            }
        }));
        Ok(places)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place(charge: u128, sequence: u64) -> Place {
        Place { charge: ChargeId(charge), sequence, account: u32::MAX - sequence as u32 }
    }

    proptest! {
        /// With parts so small that most are in files, or so large that none is.
        #[test]
        fn the_first_that_is_there_twice_is_found(
            charges in prop::collection::vec(0..3_000_u128, 0..120),
            shift in prop::sample::select(vec![0, 40, 100]),
            part_length in 1..4_usize,
        ) {
            for part_length in [part_length, PART_LENGTH] {
                let mut ids = ChargeIds::of(part_length);
                let mut seen = std::collections::HashSet::new();
                let mut expected = None;
                for (charge, sequence) in charges.iter().zip(1..) {
                    let place = place(charge << shift, sequence);
                    ids.insert(place).unwrap();
                    if !seen.insert(*charge) && expected.is_none() {
                        expected = Some(place);
                    }
                }
                prop_assert_eq!(ids.first_twice().unwrap(), expected);
            }
        }
    }
}
