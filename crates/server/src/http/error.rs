//! How a "no" leaves the door: Huawei's error bodies, with our reason and cure beside them.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use charging::{Reason, Refusal};
use wire::error::{self, ErrorBody, ErrorCode, IamErrorBody};

/// A refusal or failure on its way out.
#[derive(Debug, Clone)]
pub struct Failure {
    code: ErrorCode,
    message: String,
    reason: Option<String>,
    cure: Option<String>,
    retry_after_s: Option<u32>,
}

impl Failure {
    /// A failure in the code's own words.
    pub fn of(code: ErrorCode) -> Failure {
        Failure { code, message: code.message.into(), reason: None, cure: None, retry_after_s: None }
    }

    /// In more exact words.
    pub fn saying(self, message: impl Into<String>) -> Failure {
        Failure { message: message.into(), ..self }
    }

    /// The code's words, then what exactly is wrong.
    pub fn because(self, detail: impl std::fmt::Display) -> Failure {
        let message = format!("{} ({detail})", self.message);
        Failure { message, ..self }
    }

    /// With a reason in one word, for programs, and what to do about it.
    pub fn with_cure(self, reason: &str, cure: impl Into<String>) -> Failure {
        Failure { reason: Some(reason.into()), cure: Some(cure.into()), ..self }
    }

    /// With a `Retry-After`, in seconds.
    pub fn to_be_retried_after(self, seconds: u32) -> Failure {
        Failure { retry_after_s: Some(seconds), ..self }
    }

    /// What is wrong, in words.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The code.
    pub fn code(&self) -> &'static str {
        self.code.code
    }
}

/// Which code tells a caller of a refusal. Frozen is "user account restricted"; an API whose resources were
/// released is not subscribed any more; a call beyond a spending cap is denied; a business refusal is never 429,
/// whose body GET clients lose.
impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        let code = match &*refusal.reason {
            Reason::Frozen { .. } | Reason::InArrears { .. } | Reason::InsufficientBalance { .. } => {
                error::ACCOUNT_RESTRICTED
            }
            Reason::NotSubscribed { .. } | Reason::PackageUsedUp { .. } | Reason::Released { .. } => {
                error::NOT_SUBSCRIBED
            }
            Reason::SpendCapReached { .. } => error::NO_PERMISSION,
            Reason::UnknownApi { .. } | Reason::UnknownRegion { .. } => error::NO_SUCH_API,
            Reason::UnknownHold => error::BACKEND_TIMEOUT,
            _ => error::INVALID_PARAMETER,
        };
        let message = match &*refusal.reason {
            Reason::NotSubscribed { api, .. } => {
                format!("Request api error! The API {api} is not subscribed.")
            }
            _ => format!("{} ({refusal})", code.message),
        };
        Failure::of(code).saying(message).with_cure(refusal.word(), refusal.cure())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = ErrorBody {
            error_code: self.code.code.into(),
            error_msg: self.message,
            request_id: super::request_id::current(),
            reason: self.reason,
            cure: self.cure,
        };
        let mut response = (status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// IAM's own form of failure; what the gateway in front of it refuses has the gateway's.
#[derive(Debug, Clone)]
pub enum IamFailure {
    /// IAM's.
    Own(StatusCode, String),
    /// The gateway's: nobody is known to be calling.
    Gateway(Failure),
}

impl From<Failure> for IamFailure {
    fn from(failure: Failure) -> IamFailure {
        IamFailure::Gateway(failure)
    }
}

impl IamFailure {
    /// A failure with a message.
    pub fn new(status: StatusCode, message: impl Into<String>) -> IamFailure {
        IamFailure::Own(status, message.into())
    }

    /// Our own fault; the log has the details.
    pub fn internal(problem: impl std::fmt::Display) -> IamFailure {
        tracing::error!(%problem, "IAM");
        IamFailure::new(StatusCode::INTERNAL_SERVER_ERROR, "An unexpected error occurred.")
    }
}

impl IntoResponse for IamFailure {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            IamFailure::Own(status, message) => (status, message),
            IamFailure::Gateway(failure) => return failure.into_response(),
        };
        let mut response = (status, Json(IamErrorBody::new(status.as_u16(), message))).into_response();
        if let Some(id) = super::request_id::current().and_then(|id| HeaderValue::from_str(&id).ok()) {
            response.headers_mut().insert("x-iam-trace-id", id);
        }
        response
    }
}
