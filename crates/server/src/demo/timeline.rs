//! What happened, as typed rows: the one thing that the text, the JSON lines and the drawing are made from.
//! Figures in it are the server's answers; nothing is computed here but sums for the end.

use std::collections::BTreeMap;
use std::io;

use charging::{Money, Timestamp, Zone};
use serde::{Serialize, Serializer};

use crate::views;

/// A part of the story: about one account, with a title and a sentence on the rule it shows.
#[derive(Debug, Clone, Copy)]
pub struct Act {
    /// Whose.
    pub account: &'static str,
    /// Its title.
    pub title: &'static str,
    /// The rule.
    pub rule: &'static str,
}

/// One thing that happened to one account.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// When, in business time.
    #[serde(serialize_with = "in_beijing")]
    pub at: Timestamp,
    /// Number of the act, from 1.
    pub act: usize,
    /// To whom.
    pub account: &'static str,
    /// What.
    #[serde(flatten)]
    pub what: What,
    /// How the account stood afterwards.
    pub after: Books,
}

/// What happened.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// The account was opened.
    Opened {
        /// Customer tier.
        tier: String,
        /// Arrears policy.
        policy: String,
    },
    /// The API was enabled for pay-per-use.
    Enabled {
        /// Where.
        region: String,
    },
    /// Money came in.
    ToppedUp {
        /// How much.
        #[serde(serialize_with = "exact")]
        amount: Money,
        /// What of it went into the debt.
        #[serde(serialize_with = "exact")]
        debt_paid: Money,
    },
    /// A package was bought.
    Bought {
        /// Where it works.
        region: String,
        /// How many calls it holds.
        calls: u64,
        /// What it cost.
        #[serde(serialize_with = "exact")]
        price: Money,
        /// Its last instant.
        #[serde(serialize_with = "in_beijing")]
        expires_at: Timestamp,
    },
    /// A picture was read and charged.
    Read {
        /// Where.
        region: String,
        /// Which.
        picture: &'static str,
        /// The first line that was recognised.
        words: String,
        /// `lot` or `pay_per_use`.
        pocket: String,
        /// What it cost.
        #[serde(serialize_with = "exact")]
        amount: Money,
        /// Calls left in the packages of this region.
        package_left: u64,
    },
    /// Something was refused.
    Refused {
        /// What was asked for.
        asked: Asked,
        /// Where.
        region: String,
        /// The HTTP status.
        status: u16,
        /// The error code.
        code: String,
        /// The reason as a word for programs.
        reason: String,
        /// What to do about it.
        cure: String,
    },
    /// An hour was settled.
    Settled {
        /// Its first instant.
        #[serde(serialize_with = "in_beijing")]
        hour: Timestamp,
        /// How many calls.
        calls: u64,
        /// What they cost.
        #[serde(serialize_with = "exact")]
        amount: Money,
        /// What the cash paid of it.
        #[serde(serialize_with = "exact")]
        paid: Money,
        /// What became debt.
        #[serde(serialize_with = "exact")]
        owed: Money,
    },
    /// The standing changed.
    Stands {
        /// From what.
        from: String,
        /// To what.
        to: String,
        /// When grace ends unless the debt is paid.
        #[serde(serialize_with = "maybe_in_beijing")]
        grace_until: Option<Timestamp>,
        /// When resources are released unless the debt is paid.
        #[serde(serialize_with = "maybe_in_beijing")]
        release_at: Option<Timestamp>,
        /// Regions where the API is not enabled any more.
        lost: Vec<String>,
    },
}

/// What was asked for and refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// To read a picture.
    Read,
    /// To buy a package.
    Buy,
    /// To enable the API.
    Enable,
}

/// How an account stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Books {
    /// `good`, `grace`, `frozen` or `released`.
    pub standing: String,
    /// Cash.
    #[serde(serialize_with = "exact")]
    pub cash: Money,
    /// Charged and not settled yet.
    #[serde(serialize_with = "exact")]
    pub unsettled: Money,
    /// Owed.
    #[serde(serialize_with = "exact")]
    pub debt: Money,
    /// Cash less what is charged, kept back or owed.
    #[serde(serialize_with = "exact")]
    pub available: Money,
    /// Calls left in packages, by region.
    pub packages: BTreeMap<String, u64>,
    /// Regions where the API is enabled.
    pub enabled: Vec<String>,
    /// When grace ends.
    #[serde(skip)]
    pub grace_until: Option<Timestamp>,
    /// When resources are released.
    #[serde(skip)]
    pub release_at: Option<Timestamp>,
}

/// What an account's story came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    /// Calls that packages paid for.
    pub from_packages: usize,
    /// Calls charged at a price.
    pub pay_per_use: usize,
    /// Calls and orders that were refused.
    pub refused: usize,
    /// Paid in.
    pub paid_in: Money,
    /// Paid for packages.
    pub packages: Money,
    /// Charged for calls.
    pub calls: Money,
    /// Cash at the end.
    pub cash: Money,
    /// Not settled at the end.
    pub unsettled: Money,
    /// Owed at the end.
    pub debt: Money,
}

impl Sums {
    /// Sums up the rows of one account.
    pub fn of(rows: &[Row], account: &str) -> Sums {
        let mut sums = Sums::default();
        for row in rows.iter().filter(|row| row.account == account) {
            match &row.what {
                What::Read { pocket, amount, .. } => {
                    let is_lot = pocket == "lot";
                    *(if is_lot { &mut sums.from_packages } else { &mut sums.pay_per_use }) += 1;
                    sums.calls += *amount;
                }
                What::Refused { .. } => sums.refused += 1,
                What::ToppedUp { amount, .. } => sums.paid_in += *amount,
                What::Bought { price, .. } => sums.packages += *price,
                _ => {}
            }
            (sums.cash, sums.unsettled, sums.debt) = (row.after.cash, row.after.unsettled, row.after.debt);
        }
        sums
    }

    /// True if what came in, with what is still to pay, is what was spent, with what is left.
    pub fn balance(&self) -> bool {
        self.paid_in + self.debt + self.unsettled == self.packages + self.calls + self.cash
    }
}

/// Is told the story while it is played.
pub trait Teller {
    /// An act begins.
    ///
    /// # Errors
    /// It cannot be written.
    fn act(&mut self, number: usize, act: &Act, at: Timestamp) -> io::Result<()>;

    /// Something happened.
    ///
    /// # Errors
    /// It cannot be written.
    fn row(&mut self, row: &Row) -> io::Result<()>;
}

fn exact<S: Serializer>(amount: &Money, serializer: S) -> Result<S::Ok, S::Error> {
    views::money(*amount).serialize(serializer)
}

fn in_beijing<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&at.in_zone(Zone::BEIJING))
}

fn maybe_in_beijing<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => in_beijing(at, serializer),
        None => serializer.serialize_none(),
    }
}
