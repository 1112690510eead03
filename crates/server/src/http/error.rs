//! How a "no" leaves the door: Huawei's error bodies, with our reason and cure beside them.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use charging::{Name, Reason, Refusal};
use serde_json::json;
use wire::error::{self, ErrorBody, ErrorCode, IamErrorBody};

use crate::throttle::OverLimit;

/// The reason of what a user is not allowed to do.
const NO_PERMISSION_REASON: &str = "no_permission";

/// What to do where something of ours fails.
const UNAVAILABLE: &str =
    "Try again in a moment. The operator finds at /readyz and in the log what is wrong.";

/// What a user who may only come by the console is told elsewhere ("Why Don't I Have Programming Access Permissions?").
const CONSOLE_ONLY: &str = "This user only supports console access, not programmatic access.";

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
        let failure =
            Failure { code, message: code.message.into(), reason: None, cure: None, retry_after_s: None };
        if code == error::BACKEND_UNAVAILABLE {
            failure.with_cure("unavailable", UNAVAILABLE)
        } else {
            failure
        }
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

    /// What the user who is calling is not allowed to do.
    pub fn no_permission(code: ErrorCode, cure: &str) -> Failure {
        Failure::of(code).with_cure(NO_PERMISSION_REASON, cure)
    }

    /// A user who may only come by the console.
    pub fn console_only() -> Failure {
        let cure = "An administrator of the account can give the user programmatic access.";
        Failure::of(error::NOT_AUTHORIZED).saying(CONSOLE_ONLY).with_cure("console_only", cure)
    }

    /// What is wrong, in words.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The code.
    pub fn code(&self) -> &'static str {
        self.code.code
    }

    /// One word for the reason, if there is one to be told.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.code.status
    }

    /// The body, for whoever answers many in one.
    pub fn body(self) -> ErrorBody {
        ErrorBody {
            error_code: self.code.code.into(),
            error_msg: self.message,
            request_id: super::request_id::current(),
            reason: self.reason,
            cure: self.cure,
        }
    }
}

/// Whom a refusal is told. The core's words name what an account has, and that is its master's to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The account in whose books the call would stand.
    Payer,
    /// A member of it.
    Member,
}

/// Which code tells a caller of a refusal. Frozen is "user account restricted"; an API whose resources were
/// released is not subscribed any more; a call beyond a spending cap or a member's quota, which the original does not have,
/// has a code of our own; a business refusal is never 429, whose body GET clients lose.
fn code_of(reason: &Reason) -> ErrorCode {
    match reason {
        Reason::Frozen { .. } | Reason::InArrears { .. } | Reason::InsufficientBalance { .. } => {
            error::ACCOUNT_RESTRICTED
        }
        Reason::NotSubscribed { .. } | Reason::PackageUsedUp { .. } | Reason::Released { .. } => {
            error::NOT_SUBSCRIBED
        }
        Reason::SpendCapReached { .. } => error::SPEND_CAP_REACHED,
        Reason::MemberQuotaReached { .. } => error::MEMBER_QUOTA_REACHED,
        Reason::UnknownApi { .. } | Reason::UnknownRegion { .. } => error::NO_SUCH_API,
        Reason::UnknownHold => error::BACKEND_TIMEOUT,
        _ => error::INVALID_PARAMETER,
    }
}

impl Failure {
    /// A refusal as it is told to whoever called.
    pub fn refused(refusal: &Refusal, to: Told) -> Failure {
        match to {
            Told::Payer => Failure::told_in_full(refusal),
            Told::Member => Failure::told_to_a_member(refusal),
        }
    }

    fn told_in_full(refusal: &Refusal) -> Failure {
        let code = code_of(&refusal.reason);
        let message = match &*refusal.reason {
            Reason::NotSubscribed { api, .. } => not_subscribed(api),
            Reason::PackageUsedUp { api, .. } => format!("{} ({refusal})", not_subscribed(api)),
            _ => format!("{} ({refusal})", code.message),
        };
        Failure::of(code).saying(message).with_cure(refusal.word(), refusal.cure())
    }

    /// What is the member's own is told in full. Of the master's affairs it learns what to ask for, and no more: not
    /// where there are packages or how far they were used, and no sum.
    fn told_to_a_member(refusal: &Refusal) -> Failure {
        let failure = Failure::of(code_of(&refusal.reason));
        match &*refusal.reason {
            Reason::MemberQuotaReached { .. }
            | Reason::UnknownApi { .. }
            | Reason::UnknownRegion { .. }
            | Reason::UnknownHold => Failure::told_in_full(refusal),
            Reason::NotSubscribed { api, region, .. } | Reason::PackageUsedUp { api, region, .. } => {
                let cure = format!(
                    "Ask the master account to enable {api} in {region}, or to buy a package for it there."
                );
                failure.saying(not_subscribed(api)).with_cure("not_subscribed", cure)
            }
            Reason::Released { .. } => {
                failure.with_cure("not_subscribed", "Ask the master account to enable the API again.")
            }
            Reason::Frozen { .. } | Reason::InArrears { .. } | Reason::InsufficientBalance { .. } => failure
                .with_cure(refusal.word(), "Ask the master account to top up; service resumes at once."),
            Reason::SpendCapReached { renews_at, zone, .. } => {
                let month = renews_at.in_zone(*zone);
                let cure =
                    format!("Ask the master account to raise its spending cap, or wait until {month}.");
                failure.with_cure(refusal.word(), cure)
            }
            _ => failure
                .with_cure(refusal.word(), "Ask the master account, which pays for this account's calls."),
        }
    }
}

fn not_subscribed(api: &Name) -> String {
    format!("Request api error! The API {api} is not subscribed.")
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        Failure::refused(&refusal, Told::Payer)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after_s = self.retry_after_s;
        let mut response = (status, Json(self.body())).into_response();
        if let Some(seconds) = retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl From<OverLimit> for Failure {
    fn from(over: OverLimit) -> Failure {
        let wait_s = u32::try_from((over.next_ms + 999).div_euclid(1_000)).unwrap_or(u32::MAX);
        let cure = format!("Call less often, or try again in {wait_s} s; the operator sets the limit.");
        Failure::of(error::THROTTLED)
            .saying(over.to_string())
            .with_cure("throttled", cure)
            .to_be_retried_after(wait_s)
    }
}

/// IAM's own form of failure; what the gateway in front of it refuses has the gateway's.
#[derive(Debug, Clone)]
pub enum IamFailure {
    /// IAM's.
    Own(IamProblem),
    /// The gateway's: nobody is known to be calling.
    Gateway(Failure),
}

/// What IAM says no to, and why.
#[derive(Debug, Clone)]
pub struct IamProblem {
    status: StatusCode,
    code: &'static str,
    message: String,
    form: IamForm,
    retry_after_s: Option<u32>,
}

/// Calls under `/v3` have Keystone's form of failure, those under `/v3.0` IAM's codes, and one answer has neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IamForm {
    Keystone,
    Coded,
    Plain,
}

impl From<Failure> for IamFailure {
    fn from(failure: Failure) -> IamFailure {
        if failure.reason.as_deref() == Some(NO_PERMISSION_REASON) {
            return IamFailure::forbidden();
        }
        IamFailure::Gateway(failure)
    }
}

impl IamFailure {
    /// A failure with a message.
    pub fn new(status: StatusCode, message: impl Into<String>) -> IamFailure {
        let code = match status {
            StatusCode::BAD_REQUEST => "IAM.0011",
            StatusCode::UNAUTHORIZED => "IAM.0001",
            StatusCode::FORBIDDEN => "IAM.0002",
            StatusCode::NOT_FOUND => "IAM.0004",
            StatusCode::CONFLICT => "IAM.0005",
            _ => "IAM.0006",
        };
        let (message, form) = (message.into(), IamForm::Keystone);
        IamFailure::Own(IamProblem { status, code, message, form, retry_after_s: None })
    }

    /// With a `Retry-After`, in seconds.
    pub fn to_be_retried_after(self, seconds: u32) -> IamFailure {
        match self {
            IamFailure::Own(problem) => {
                IamFailure::Own(IamProblem { retry_after_s: Some(seconds), ..problem })
            }
            IamFailure::Gateway(failure) => IamFailure::Gateway(failure.to_be_retried_after(seconds)),
        }
    }

    /// A body that makes no sense.
    pub fn body() -> IamFailure {
        IamFailure::new(StatusCode::BAD_REQUEST, "Request body is invalid.")
    }

    /// A field that must be there.
    pub fn required(field: &str) -> IamFailure {
        IamFailure::new(StatusCode::BAD_REQUEST, format!("'{field}' is a required property."))
            .coded_as("IAM.0072")
    }

    /// A field with a value it cannot have; the value of a secret one is not repeated.
    pub fn field(field: &str, detail: impl std::fmt::Display) -> IamFailure {
        let message = format!("Invalid input for field '{field}'. {detail}");
        IamFailure::new(StatusCode::BAD_REQUEST, message).coded_as("IAM.0073")
    }

    /// Something the caller may not do, or an account that is not the caller's.
    pub fn forbidden() -> IamFailure {
        IamFailure::new(StatusCode::FORBIDDEN, "You are not authorized to perform the requested action.")
    }

    /// Something that is not there, or is another account's.
    pub fn absent(kind: &str, id: &str) -> IamFailure {
        IamFailure::new(StatusCode::NOT_FOUND, format!("Could not find {kind}: {id}."))
    }

    /// Something that is there already.
    pub fn conflict(kind: &str) -> IamFailure {
        let message = format!("Conflict occurred attempting to store {kind} - Duplicate Entry.");
        IamFailure::new(StatusCode::CONFLICT, message)
    }

    /// A user who may only come by the console.
    pub fn console_only() -> IamFailure {
        IamFailure::Own(IamProblem {
            status: StatusCode::FORBIDDEN,
            code: "IAM.0002",
            message: CONSOLE_ONLY.into(),
            form: IamForm::Plain,
            retry_after_s: None,
        })
    }

    /// Our own fault; the log has the details.
    pub fn internal(problem: impl std::fmt::Display) -> IamFailure {
        tracing::error!(%problem, "IAM");
        IamFailure::new(StatusCode::INTERNAL_SERVER_ERROR, "An unexpected error occurred.")
    }

    fn coded_as(mut self, code: &'static str) -> IamFailure {
        if let IamFailure::Own(problem) = &mut self {
            problem.code = code;
        }
        self
    }
}

/// The same of a call under `/v3.0`.
#[derive(Debug, Clone)]
pub struct CodedFailure(IamFailure);

impl From<IamFailure> for CodedFailure {
    fn from(mut failure: IamFailure) -> CodedFailure {
        if let IamFailure::Own(problem) = &mut failure {
            problem.form = IamForm::Coded;
        }
        CodedFailure(failure)
    }
}

impl From<Failure> for CodedFailure {
    fn from(failure: Failure) -> CodedFailure {
        IamFailure::from(failure).into()
    }
}

impl IntoResponse for CodedFailure {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl IntoResponse for IamFailure {
    fn into_response(self) -> Response {
        let IamProblem { status, code, message, form, retry_after_s } = match self {
            IamFailure::Own(problem) => problem,
            IamFailure::Gateway(failure) => return failure.into_response(),
        };
        let mut response = match form {
            IamForm::Keystone => (status, Json(IamErrorBody::new(status.as_u16(), message))).into_response(),
            IamForm::Coded => {
                (status, Json(json!({ "error_code": code, "error_msg": message }))).into_response()
            }
            IamForm::Plain => {
                (status, Json(json!({ "code": status.as_u16(), "message": message }))).into_response()
            }
        };
        if let Some(id) = super::request_id::current().and_then(|id| HeaderValue::from_str(&id).ok()) {
            response.headers_mut().insert("x-iam-trace-id", id);
        }
        if let Some(seconds) = retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
