//! What the outbox takes and gives.

use charging::{AccountId, Notice, Timestamp};
use rusqlite::Row;
use serde::{Deserialize, Serialize};

use super::OutboxError;

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits for its first attempt.
    Pending,
    /// Waits for the end of the recipient's quiet hours, for the day of a summary, or for a paused recipient.
    Held,
    /// Kept back by the recipient's daily cap; the next day's summary tells of it.
    Capped,
    /// An attempt is under way.
    Sending,
    /// The other side took it.
    Sent,
    /// The last attempt failed; there will be another.
    Failed,
    /// It will not be tried again, unless an operator says so.
    GivenUp,
}

impl State {
    /// All states.
    pub const ALL: [State; 7] = [
        State::Pending,
        State::Held,
        State::Capped,
        State::Sending,
        State::Sent,
        State::Failed,
        State::GivenUp,
    ];

    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Held => "held",
            State::Capped => "capped",
            State::Sending => "sending",
            State::Sent => "sent",
            State::Failed => "failed",
            State::GivenUp => "given_up",
        }
    }

    /// The state of a word.
    pub fn of_word(word: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// What a delivery tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Matter {
    /// A notice to an account.
    Notice(Box<Notice>),
    /// What the daily cap kept back on a day of the recipient's calendar (`2026-11-24`).
    Summary {
        /// That day.
        day: String,
    },
    /// A message that proves that messages arrive.
    Canary,
    /// A message somebody asked for, to see whether it arrives.
    Probe,
    /// The code by which a recipient says that it wants to be told.
    Code {
        /// The code.
        code: String,
    },
}

impl Matter {
    /// One word: that of the notice, or `summary`, `canary`, `probe`, `code`.
    pub fn word(&self) -> &'static str {
        match self {
            Matter::Notice(notice) => notice.kind.word(),
            Matter::Summary { .. } => "summary",
            Matter::Canary => "canary",
            Matter::Probe => "probe",
            Matter::Code { .. } => "code",
        }
    }
}

/// Whether a delivery may go out now, by the rules of its recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// It waits until then, in business time.
    pub held_until: Option<Timestamp>,
    /// Why it waits; empty where that goes without saying.
    pub held_for: &'static str,
    /// The recipient's day it would count on, like `2026-11-24`.
    pub day: String,
    /// When that day ends, in business time.
    pub day_ends: Timestamp,
    /// How many may go out on that day; any number, if none is given.
    pub daily_cap: Option<u32>,
}

/// A delivery on its way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// What it is known by, for ever: the same key is never taken in twice.
    pub key: String,
    /// Whose notice it is; none for a canary.
    pub account: Option<AccountId>,
    /// To whom: the id of a recipient, or a name of the configuration.
    pub recipient: String,
    /// By which channel: `email`, `sms`, `webhook`.
    pub channel: String,
    /// Where to.
    pub address: String,
    /// In which language.
    pub language: String,
    /// What it tells.
    pub matter: Matter,
    /// The instant of the notice, in business time.
    pub at: Timestamp,
    /// Whether it may go out now.
    pub admission: Admission,
}

/// One delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Which one it is, in order of arrival.
    pub number: u64,
    /// What it is known by.
    pub key: String,
    /// Whose notice it is.
    pub account: Option<AccountId>,
    /// To whom.
    pub recipient: String,
    /// By which channel.
    pub channel: String,
    /// Where to.
    pub address: String,
    /// In which language.
    pub language: String,
    /// What it tells.
    pub matter: Matter,
    /// The instant of the notice, in business time.
    pub at: Timestamp,
    /// Where it stands.
    pub state: State,
    /// Until when it is held, in business time.
    pub held_until: Option<Timestamp>,
    /// How many attempts began.
    pub attempts: u32,
    /// How many of them the end of the process cut off, so that nobody knows whether the message was taken; it was
    /// sent again with the same id.
    pub cut_off: u32,
    /// When the next attempt is due, in milliseconds of the system's clock.
    pub next_attempt_at_ms: Option<i64>,
    /// When the last attempt began, in milliseconds of the system's clock.
    pub attempted_at_ms: Option<i64>,
    /// When it was done with, in milliseconds of the system's clock.
    pub done_at_ms: Option<i64>,
    /// What the other side said last, or why it failed.
    pub detail: String,
    /// The other side's name for it, if it gave one.
    pub peer_id: Option<String>,
    /// What became of it after it was sent, if the other side told.
    pub receipt: Option<String>,
}

/// The columns that [`delivery`] reads.
pub(super) const COLUMNS: &str = "number, key, account, recipient, channel, address, language, matter, at, state, \
     held_until, attempts, next_attempt_at, attempted_at, done_at, detail, peer_id, receipt, cut_off";

pub(super) fn delivery(row: &Row<'_>) -> Result<Delivery, OutboxError> {
    let matter = row.get_ref(7)?.as_blob().map_err(rusqlite::Error::from)?;
    let account: Option<[u8; 16]> = row.get(2)?;
    Ok(Delivery {
        number: row.get::<_, i64>(0)?.cast_unsigned(),
        key: row.get(1)?,
        account: account.map(|id| AccountId(u128::from_be_bytes(id))),
        recipient: row.get(3)?,
        channel: row.get(4)?,
        address: row.get(5)?,
        language: row.get(6)?,
        matter: postcard::from_bytes(matter).map_err(|error| OutboxError::Damaged(error.to_string()))?,
        at: Timestamp::from_ms(row.get(8)?),
        state: state(&row.get::<_, String>(9)?)?,
        held_until: row.get::<_, Option<i64>>(10)?.map(Timestamp::from_ms),
        attempts: row.get(11)?,
        next_attempt_at_ms: row.get(12)?,
        attempted_at_ms: row.get(13)?,
        done_at_ms: row.get(14)?,
        detail: row.get(15)?,
        peer_id: row.get(16)?,
        receipt: row.get(17)?,
        cut_off: row.get(18)?,
    })
}

pub(super) fn state(word: &str) -> Result<State, OutboxError> {
    State::of_word(word).ok_or_else(|| OutboxError::Damaged(format!("there is no state {word}")))
}
