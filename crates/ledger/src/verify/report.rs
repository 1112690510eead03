//! What a verification says: how far it is, what it has seen, or the first thing that is not as it must be.

use std::path::Path;

use charging::{AccountId, Violation};

use crate::snapshot;

/// How far a verification is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The record it is at.
    pub sequence: u64,
    /// The last it will come to.
    pub last: u64,
    /// Entries so far.
    pub entries: u64,
}

/// What was verified, when everything is right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Records, the last of which has this number.
    pub records: u64,
    /// Entries: commands that changed something.
    pub entries: u64,
    /// Events.
    pub events: u64,
    /// Accounts.
    pub accounts: u64,
    /// Charges.
    pub charges: u64,
    /// Units charged, from lots and at a price.
    pub units: u64,
    /// Hours settled.
    pub hours_settled: u64,
    /// Snapshots compared.
    pub snapshots: u64,
    /// Rows of the read model compared.
    pub rows_read: u64,
    /// Up to which record the read model was; `None` if it was not compared.
    pub read_progress: Option<u64>,
    /// Accounts of the directory that the journal does not know.
    pub directory_only: u64,
    /// Sums over all accounts.
    pub sums: Sums,
}

/// Sums in 10⁻⁸ of the currency (money) and in units (lots). Wider than one account's money can be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Charged by calls.
    pub charged_e8: i128,
    /// In settled bill lines.
    pub settled_e8: i128,
    /// In hours not settled yet.
    pub unsettled_e8: i128,
    /// Paid in.
    pub topped_up_e8: i128,
    /// Paid for lots.
    pub lots_e8: i128,
    /// Paid by the cash at settlements.
    pub paid_at_settlement_e8: i128,
    /// Left as debt at settlements.
    pub became_debt_e8: i128,
    /// Debt paid since.
    pub debt_paid_e8: i128,
    /// Cash held.
    pub cash_e8: i128,
    /// Debt owed.
    pub debt_e8: i128,
    /// Units granted in lots.
    pub lots_granted: u128,
    /// Units drawn from lots.
    pub lots_drawn: u128,
    /// Units left in lots.
    pub lots_left: u128,
    /// Units that ended with their lots.
    pub lots_expired: u128,
}

/// The first thing that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which law does not hold: `journal`, `2xx`, `money`, `lot`, `tick`, `standing`, `replay` or `isolation`; or
    /// `unproved`: nothing is known to be wrong, but here it cannot be told.
    pub law: &'static str,
    /// At which record.
    pub sequence: Option<u64>,
    /// Of which account.
    pub account: Option<AccountId>,
    /// What is wrong, with figures.
    pub detail: String,
    /// What to do about it, if what is wrong can be made anew from the journal.
    pub cure: Option<String>,
}

/// Stands for the law where nothing is known to be wrong.
const UNPROVED: &str = "unproved";

impl Difference {
    /// Whether nothing is known to be wrong, only that the proof could not be made.
    #[must_use]
    pub fn is_unproved(&self) -> bool {
        self.law == UNPROVED
    }

    pub(super) fn new(law: &'static str, detail: impl Into<String>) -> Difference {
        Difference { law, sequence: None, account: None, detail: detail.into(), cure: None }
    }

    pub(super) fn at(self, sequence: u64) -> Difference {
        Difference { sequence: Some(sequence), ..self }
    }

    pub(super) fn of(self, account: AccountId) -> Difference {
        Difference { account: Some(account), ..self }
    }

    /// A difference in the read model, whose file is at `path`.
    pub(super) fn in_read_model(self, path: &Path) -> Difference {
        let file = path.display();
        let cure = format!(
            "The journal is right, and the read model is made from it: stop the server, remove {file}, {file}-wal \
             and {file}-shm, and start it again."
        );
        Difference { cure: Some(cure), ..self }
    }

    /// A difference in the snapshot of a record.
    pub(super) fn in_snapshot(self, dir: &Path, sequence: u64) -> Difference {
        let file = snapshot::path(dir, sequence);
        let cure = format!(
            "The journal is right, and snapshots are made from it: stop the server, remove {}, and start it again; \
             the start takes longer once.",
            file.display()
        );
        Difference { cure: Some(cure), ..self }
    }

    /// Nothing is known to be wrong with the books: they cannot be proved here.
    pub(super) fn no_room(error: &std::io::Error) -> Difference {
        let detail =
            format!("whether a charge stands there twice cannot be told without temporary files: {error}");
        let cure = format!(
            "Nothing is known to be wrong. Name a folder with room in TMPDIR (here it is {}): 28 bytes for each charge.",
            std::env::temp_dir().display()
        );
        Difference { cure: Some(cure), ..Difference::new(UNPROVED, detail) }
    }
}

impl From<Violation> for Difference {
    fn from(violation: Violation) -> Difference {
        Difference::new(violation.law, violation.detail)
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_unproved() {
            write!(f, "the laws could not be proved")?;
        } else {
            write!(f, "the {} law does not hold", self.law)?;
        }
        if let Some(sequence) = self.sequence {
            write!(f, " at record {sequence}")?;
        }
        if let Some(account) = self.account {
            write!(f, " for account {account}")?;
        }
        write!(f, ": {}", self.detail)?;
        self.cure.as_ref().map_or(Ok(()), |cure| write!(f, "\n{cure}"))
    }
}

impl std::error::Error for Difference {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_room_no_law_is_said_to_be_broken() {
        let told = Difference::no_room(&std::io::Error::other("no space left on device")).at(7).to_string();
        assert!(told.starts_with("the laws could not be proved at record 7: "), "{told}");
        assert!(told.contains("no space left on device") && told.contains("TMPDIR"), "{told}");
        assert!(!told.contains("does not hold"), "{told}");
    }
}
