//! Why a charge came from the pocket it came from, for any charge at any time.
//!
//! The account's state just before the charge is brought back from the journal: the latest snapshot before it,
//! then the entries of that account alone (entries of others are passed over by their first bytes). The core
//! explains the rest.

use std::path::Path;
use std::sync::Arc;

use charging::{Account, ChargeId, DrawOrder, Event, Explanation, Recorded};

use crate::engine::EngineError;
use crate::entry::{self, AccountNo};
use crate::journal::{Disk, Entries, Reader};
use crate::read::{ChargeRow, ReadError, ReadModel};
use crate::{Engine, snapshot};

/// A charge, explained.
#[derive(Debug, Clone)]
pub struct Explained {
    /// The charge as it is read.
    pub charge: ChargeRow,
    /// What was looked at for it.
    pub explanation: Explanation,
    /// In which order the lots were looked at.
    pub draw_order: DrawOrder,
    /// The account just before it: its lots and services give names to the numbers of the explanation.
    pub before: Account,
}

/// Why a charge could not be explained.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The charge could not be looked up.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The account's state could not be brought back.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Explains a charge; `None` if there is no such charge.
///
/// # Errors
/// [`ExplainError`].
pub fn explain(
    engine: &Engine,
    read: &ReadModel,
    charge: ChargeId,
) -> Result<Option<Explained>, ExplainError> {
    let Some((account, row)) = read.locate(charge)? else { return Ok(None) };
    let (before, charged) = replay_to(engine.disk(), engine.dir(), account, row.sequence, charge)?;
    let draw_order = engine.rules().policies.of(before.policy()).draw_order;
    let explanation = before.explain(&charged, draw_order).ok_or_else(|| EngineError::History {
        sequence: row.sequence,
        detail: format!("charge {charge} is for a service that account {account} does not have"),
    })?;
    Ok(Some(Explained { charge: row, explanation, draw_order, before }))
}

/// An account's state just before one of its charges, and the charge.
fn replay_to(
    disk: Arc<dyn Disk>,
    dir: &Path,
    no: AccountNo,
    sequence: u64,
    charge: ChargeId,
) -> Result<(Account, Recorded), EngineError> {
    let missing = |detail: String| EngineError::History { sequence, detail };
    let snapshot = snapshot::latest_accounts(&*disk, dir, sequence - 1);
    let (from, mut account) = match snapshot {
        // An account that came after the snapshot begins with its opening.
        Some((at, accounts)) => (at + 1, accounts.into_iter().nth(no as usize)),
        None => (1, None),
    };
    let mut reader = Reader::open(disk, dir, from)?;
    while let Some(record) = reader.next(sequence)? {
        let sequence = record.sequence;
        for entry in Entries::new(record.payload) {
            let entry = entry
                .map_err(|malformed| EngineError::History { sequence, detail: malformed.to_string() })?;
            let unreadable = |source| EngineError::Entry { sequence, source };
            if entry::account_of(entry).map_err(unreadable)?.0 != no {
                continue;
            }
            for recorded in entry::decode(entry).map_err(unreadable)?.1 {
                match &mut account {
                    None => account = Account::from_opened(&recorded),
                    Some(before) if is_charge(&recorded, charge) => return Ok((before.clone(), recorded)),
                    Some(account) => account.apply(&recorded),
                }
            }
        }
    }
    Err(missing(format!("charge {charge} of account {no} is not there")))
}

fn is_charge(recorded: &Recorded, id: ChargeId) -> bool {
    matches!(&recorded.event, Event::Charged { charge, .. } if *charge == id)
}
