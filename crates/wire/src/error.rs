//! Error codes and bodies ("Error Codes" of OCR and of API Gateway).
//!
//! AIS and APIG statuses are documented. The tables give no HTTP status for ModelArts codes; those here are
//! our choice: 401 for tokens, 403 for what is not allowed, 400 for input, 5xx for ourselves. What the original does not
//! have at all has a code of our own, under a prefix that is none of Huawei's: `Inkmeter`.

use schemars::JsonSchema;
use serde::Serialize;

/// A code with its message and HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorCode {
    /// As in `error_code`.
    pub code: &'static str,
    /// As in `error_msg`, unless something more exact is said.
    pub message: &'static str,
    /// HTTP status.
    pub status: u16,
}

macro_rules! codes {
    ($($name:ident = $code:literal, $status:literal, $message:literal;)*) => {
        $(#[doc = $message] pub const $name: ErrorCode =
            ErrorCode { code: $code, message: $message, status: $status };)*
        /// Every code of the table.
        pub const ALL: &[ErrorCode] = &[$($name),*];
    };
}

codes! {
    INVALID_PARAMETER = "AIS.0101", 400, "The input parameter is invalid.";
    IMAGE_FORMAT = "AIS.0102", 400, "The image format is not supported.";
    IMAGE_SIZE = "AIS.0103", 400, "The image size does not meet the requirements.";
    IMAGE_QUALITY = "AIS.0104", 400, "The image is not supported or the image quality is poor.";
    RECOGNITION_FAILED = "AIS.0105", 400, "Recognition failed.";
    TOKEN_WITHOUT_PROJECT = "ModelArts.0212", 401, "Invalid Token header. The Token not contain project item.";
    CONTENT_LENGTH = "ModelArts.4104", 400, "Invalid Request Content Length.";
    JSON_FORMAT = "ModelArts.4105", 400, "The JSON format of the input data is incorrect.";
    ACCOUNT_RESTRICTED = "ModelArts.4106", 403, "Invalid authorization request.";
    NO_PERMISSION = "ModelArts.4203", 403, "Access denied! You do not have permission.";
    NOT_SUBSCRIBED = "ModelArts.4204", 403, "Request api error! The API is not subscribed.";
    MAX_CONCURRENCY = "ModelArts.4401", 429, "Max concurrency error.";
    BACKEND_TIMEOUT = "ModelArts.4402", 504, "Backend service timeout error.";
    BACKEND_UNAVAILABLE = "ModelArts.4403", 503, "Backend service unavailable error.";
    URL_NOT_ALLOWED = "ModelArts.4601", 400, "The URL is not allowed.";
    URL_FAILED = "ModelArts.4603", 400, "Obtaining the file from the URL failed.";
    NO_SUCH_API = "APIG.0101", 404, "The API does not exist or has not been published in the environment.";
    BODY_TOO_LARGE = "APIG.0201", 413, "Request entity too large.";
    URI_TOO_LARGE = "APIG.0201", 414, "Request URI too large.";
    REQUEST_ERROR = "APIG.0201", 400, "API request error.";
    HEADERS_TOO_LARGE = "APIG.0201", 494, "Request headers too large.";
    AUTHENTICATION = "APIG.0301", 401, "Incorrect IAM authentication information.";
    NOT_AUTHORIZED = "APIG.0302", 403, "The IAM user is not authorized to access the API.";
    ACCESS_DENIED = "APIG.0306", 403, "API access denied.";
    TOKEN_UPDATE = "APIG.0307", 401, "The token must be updated.";
    THROTTLED = "APIG.0308", 429, "The throttling threshold has been reached: policy user over ratelimit,limit:XX,time:1 minute.";
    BILLING_PARAMETER = "CBC.0100", 400, "Parameter error.";
    BILLING_ACCESS = "CBC.0151", 403, "Access denied.";
    RESOURCE_ABSENT = "CBC.30050009", 400, "The resources do not exist or have been deleted.";
    NOT_RENEWABLE = "CBC.30050013", 400, "The product cannot be renewed.";
    IN_UNPAID_ORDER = "CBC.30050010", 400, "The resources are in an order that is not paid.";
    UNPAID_ORDER_HOLDS = "CBC.99003100", 400, "An unpaid order contains the resource.";
    NO_RENEWAL_PERIOD = "CBC.99003128", 400, "There is no renewal period to unsubscribe.";
    NO_SUCH_PRODUCT = "CBC.99006006", 400, "The product does not exist.";
    NO_SUCH_ORDER = "CBC.30000052", 400, "The order does not exist.";
    IN_ARREARS = "CBC.99007004", 400, "Business checks of the operation are not met.";
    BALANCE_TOO_LOW = "CBC.99005003", 400, "Insufficient balance.";
    NOT_AT_IAM = "APIGW.0101", 404, "The API does not exist or has not been published in the environment.";
    PROJECT_UNAVAILABLE = "APIG.0310", 403, "The project is unavailable.";
    SPEND_CAP_REACHED = "Inkmeter.0101", 403, "The spending cap of the month is reached.";
    MEMBER_QUOTA_REACHED = "Inkmeter.0102", 403, "The member's quota of the month is reached.";
    KEY_CONFLICT = "Inkmeter.0103", 409, "The key does not allow this.";
}

/// The body of an error, with our own `reason` and `cure` beside Huawei's fields where a refusal has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ErrorBody {
    /// The code.
    pub error_code: String,
    /// What is wrong.
    pub error_msg: String,
    /// The call's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// One word for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cure: Option<String>,
}

/// IAM's error body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct IamErrorBody {
    /// The error.
    pub error: IamError,
}

/// IAM's error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct IamError {
    /// HTTP status.
    pub code: u16,
    /// What is wrong.
    pub message: String,
    /// The status in words.
    pub title: &'static str,
}

impl IamErrorBody {
    /// A body of the given status.
    pub fn new(status: u16, message: impl Into<String>) -> IamErrorBody {
        let title = match status {
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            409 => "Conflict",
            429 => "Too Many Requests",
            _ => "Internal Server Error",
        };
        IamErrorBody { error: IamError { code: status, message: message.into(), title } }
    }
}
