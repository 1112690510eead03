//! What is asked of the meter, as it comes.

use charging::Name;
use serde::{Deserialize, Serialize};

/// The longest key, in bytes.
pub const KEY_LIMIT_BYTES: usize = 255;

/// The most units of one request.
const UNITS_LIMIT: u64 = 1_000_000;

/// What is asked of the meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Do {
    /// Charge work that is done.
    Charge,
    /// Keep its units back until it is done.
    Authorise,
    /// Charge what was authorised.
    Commit,
    /// Give back what was authorised.
    Void,
}

impl Do {
    pub(super) fn word(self) -> &'static str {
        match self {
            Do::Charge => "charge",
            Do::Authorise => "authorise",
            Do::Commit => "commit",
            Do::Void => "void",
        }
    }
}

/// One request as it comes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// What is asked; said by the path, of a request alone.
    #[serde(rename = "do")]
    pub what: Option<Do>,
    /// The account's name.
    pub account: String,
    /// The gateway's name for the work: the same again is charged once.
    pub key: String,
    /// The API, of what is charged or authorised.
    pub api: Option<Name>,
    /// The region, likewise.
    pub region: Option<Name>,
    /// How many units; 1 of what is charged or authorised, all of what is committed.
    pub units: Option<u64>,
    /// The enterprise project it is put down to.
    pub enterprise_project: Option<Name>,
}

impl Item {
    /// What is asked, if it has the form of a request. What the account may do is another question.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<Do, String> {
        let what = self.what.ok_or("do is missing: charge, authorise, commit or void")?;
        if self.key.is_empty() || self.key.len() > KEY_LIMIT_BYTES {
            return Err(format!("key: it has 1 to {KEY_LIMIT_BYTES} bytes"));
        }
        if self.units.is_some_and(|units| !(1..=UNITS_LIMIT).contains(&units)) {
            return Err(format!("units: 1 to {UNITS_LIMIT}"));
        }
        Ok(what)
    }
}
