//! Corrections of the cash that left a debt: money the operator took would have paid what is owed now.
//!
//! A correction never makes a debt itself, for it takes no more than there is. But the hour that is settled next finds
//! less. What is owed for that hour is owed for its calls *and* because of the correction: the findings say why the
//! calls cost something, this says why it was not paid.

use crate::wording::{amount, when};
use crate::{Account, Money, Timestamp, UsageRecords};

/// What the books say about the cash, in order: what the operator corrected, and what settlements lacked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CashRecord {
    /// A correction.
    Adjusted {
        /// When.
        at: Timestamp,
        /// What it added; negative if it took.
        amount: Money,
        /// Why, in the operator's words.
        reason: String,
    },
    /// An hour was settled, and the cash did not cover it.
    Short {
        /// What of it was left as debt.
        debt: Money,
    },
}

/// A correction without which less would be owed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Correction {
    /// When.
    pub at: Timestamp,
    /// What the operator took.
    pub taken: Money,
    /// Why, in the operator's words.
    pub reason: String,
    /// What of the debt would have been paid with it.
    pub debt: Money,
    /// What has to be paid to owe nothing.
    pub top_up: Money,
}

/// A correction while the records are gone through.
struct Draft {
    found: Correction,
    /// What of it is still missing.
    missing: Money,
}

/// The corrections that what is owed goes back to. Each hour lacked what was taken last; what was given back since is
/// not missing any more.
pub(super) fn corrections(records: &UsageRecords, debt: Money) -> Vec<Correction> {
    let lacked = |record: &CashRecord| match record {
        CashRecord::Short { debt } => *debt,
        CashRecord::Adjusted { .. } => Money::ZERO,
    };
    // Payments go into the oldest debt first, so what is left of it is the newest.
    let mut paid = records.cash.iter().map(lacked).sum::<Money>() - debt;
    let mut drafts: Vec<Draft> = Vec::new();
    for record in &records.cash {
        match record {
            CashRecord::Adjusted { at, amount, reason } if *amount < Money::ZERO => {
                let (at, taken, reason) = (*at, -*amount, reason.clone());
                let found = Correction { at, taken, reason, debt: Money::ZERO, top_up: debt };
                drafts.push(Draft { found, missing: taken });
            }
            CashRecord::Adjusted { amount, .. } => {
                take(&mut drafts, *amount, |_, _| {});
            }
            CashRecord::Short { debt } => {
                let settled = if paid.is_positive() { paid.min(*debt) } else { Money::ZERO };
                paid -= settled;
                let mut owed = *debt - settled;
                take(&mut drafts, *debt, |found, part| {
                    let of_owed = part.min(owed);
                    owed -= of_owed;
                    found.debt += of_owed;
                });
            }
        }
    }
    drafts.into_iter().map(|draft| draft.found).filter(|found| found.debt.is_positive()).collect()
}

/// Goes through what is missing, the newest first, until `amount` is found.
fn take(drafts: &mut [Draft], amount: Money, mut each: impl FnMut(&mut Correction, Money)) {
    let mut left = amount;
    for draft in drafts.iter_mut().rev() {
        let part = draft.missing.min(left);
        draft.missing -= part;
        left -= part;
        if part.is_positive() {
            each(&mut draft.found, part);
        }
    }
}

impl Correction {
    /// One word for programs.
    pub fn word(&self) -> &'static str {
        "balance_corrected"
    }

    /// What it is, in one sentence.
    pub fn headline(&self, account: &Account, currency: &str) -> String {
        let taken = amount(self.taken, currency);
        format!(
            "The operator took {taken} out of the balance at {}, and the hours settled since found less.",
            when(self.at, account.zone())
        )
    }

    /// The figures it rests on, a sentence each: the operator's reason, the debt.
    pub fn evidence(&self, debt: Money, currency: &str) -> Vec<String> {
        let (all, part) = (amount(debt, currency), amount(self.debt, currency));
        let of_debt = match self.debt == debt {
            true => format!("Without it, nothing of the {all} owed would be owed."),
            false => format!("Without it, {part} of the {all} owed would have been paid."),
        };
        vec![format!("The operator's reason: \"{}\".", self.reason), of_debt]
    }

    /// What to do about it, a sentence each.
    pub fn cure(&self, currency: &str) -> Vec<String> {
        vec![
            format!("Top up at least {}: it pays the debt at once.", amount(self.top_up, currency)),
            "If the correction is wrong, ask the operator to give the amount back: that pays the debt too."
                .into(),
        ]
    }
}
