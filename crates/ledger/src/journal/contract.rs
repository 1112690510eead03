//! What every journal must do, whatever it is kept in. For tests.

use super::{AppendError, Journal};

/// A journal under test, together with its store.
pub trait Subject {
    /// Opens the journal as its owner would after a restart; an earlier one has been dropped. Returns
    /// it with the sequence to append next.
    fn open(&mut self) -> (Box<dyn Journal>, u64);
    /// All durable records from a sequence on, as a fresh reader finds them.
    fn read(&mut self, from: u64) -> Vec<(u64, Vec<u8>)>;
}

/// Plays the contract on an empty journal.
///
/// # Panics
///
/// Where the journal breaks it.
pub fn contract(subject: &mut dyn Subject) {
    let payloads: Vec<Vec<u8>> = [0, 1, 7, 8, 511, 512, 513, 4000, 100_000, 1_000_000, 3]
        .iter()
        .map(|&size: &usize| (0..size).map(|at| (at * 31 + size) as u8).collect())
        .collect();
    let numbered: Vec<(u64, Vec<u8>)> = (1..).zip(payloads).collect();

    let (mut journal, next) = subject.open();
    assert_eq!(next, 1, "a new journal begins with record 1");
    for (sequence, payload) in &numbered[..6] {
        journal.append(*sequence, payload).expect("a journal in order takes a record");
        assert_eq!(subject.read(*sequence), numbered[*sequence as usize - 1..*sequence as usize]);
    }
    drop(journal);

    let (mut journal, next) = subject.open();
    assert_eq!(next, 7, "an opened journal goes on where it was");
    for (sequence, payload) in &numbered[6..] {
        journal.append(*sequence, payload).expect("a journal in order takes a record");
    }
    for from in 1..=numbered.len() {
        assert_eq!(subject.read(from as u64), numbered[from - 1..], "reading from record {from}");
    }
    assert_eq!(subject.read(numbered.len() as u64 + 1), []);
    drop(journal);

    let after = numbered.len() as u64 + 1;
    for wrong in [0, after - 1, after + 1, u64::MAX] {
        let (mut journal, next) = subject.open();
        assert_eq!(next, after);
        let refused = journal.append(wrong, b"out of order");
        assert!(matches!(refused, Err(AppendError::OutOfSequence { .. })), "record {wrong}: {refused:?}");
        let refused = journal.append(next, b"in order, but too late");
        assert!(matches!(refused, Err(AppendError::Poisoned)), "after a failure: {refused:?}");
        assert_eq!(subject.read(1), numbered, "a refused record leaves nothing behind");
    }
}
