//! What may come instead of an answer.

use reqwest::StatusCode;
use serde::Deserialize;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The Inkmeter says no.
    #[error("{0}")]
    Refused(Refusal),
    /// Nobody answered.
    #[error(transparent)]
    Unanswered(#[from] reqwest::Error),
    /// What came is no answer of an Inkmeter's.
    #[error("not an answer of an Inkmeter's: {0}")]
    Unreadable(#[from] serde_json::Error),
}

/// A "no", with its reason and its cure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// The code, such as `ModelArts.4106` for an account that is frozen.
    pub code: String,
    /// What is wrong, in words.
    pub message: String,
    /// One word for programs, such as `frozen`, `package_used_up`, `key_conflict`.
    pub reason: Option<String>,
    /// What to do about it.
    pub cure: Option<String>,
}

#[derive(Deserialize)]
struct Body {
    error_code: String,
    error_msg: String,
    reason: Option<String>,
    cure: Option<String>,
}

impl Refusal {
    pub(crate) fn read(status: StatusCode, text: String) -> Refusal {
        let status = status.as_u16();
        match serde_json::from_str::<Body>(&text) {
            Ok(Body { error_code: code, error_msg: message, reason, cure }) => {
                Refusal { status, code, message, reason, cure }
            }
            // A proxy between, perhaps.
            Err(_) => Refusal { status, code: String::new(), message: text, reason: None, cure: None },
        }
    }

    /// Whether this is the reason.
    pub fn is(&self, reason: &str) -> bool {
        self.reason.as_deref() == Some(reason)
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.status, self.code, self.message)?;
        self.cure.as_ref().map_or(Ok(()), |cure| write!(f, " {cure}"))
    }
}
