//! The login policy ("Modifying the Login Authentication Policy").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A body with the login policy.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LoginPolicyBody {
    /// The policy.
    pub login_policy: LoginPolicy,
}

/// How the users of an account sign in.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LoginPolicy {
    /// After how many days without signing in users are disabled; 0 for never.
    pub account_validity_period: u32,
    /// What is shown after signing in.
    pub custom_info_for_login: String,
    /// For how many minutes failures lock a user.
    pub lockout_duration: u32,
    /// How many failures do.
    pub login_failed_times: u32,
    /// Within how many minutes they count together.
    pub period_with_login_failures: u32,
    /// After how many minutes of rest a session is over.
    pub session_timeout: u32,
    /// Whether the last time is shown after signing in.
    pub show_recent_login_info: bool,
}

/// What is to change of it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct LoginPolicyChange {
    /// See [`LoginPolicy::account_validity_period`].
    pub account_validity_period: Option<u32>,
    /// See [`LoginPolicy::custom_info_for_login`].
    pub custom_info_for_login: Option<String>,
    /// See [`LoginPolicy::lockout_duration`].
    pub lockout_duration: Option<u32>,
    /// See [`LoginPolicy::login_failed_times`].
    pub login_failed_times: Option<u32>,
    /// See [`LoginPolicy::period_with_login_failures`].
    pub period_with_login_failures: Option<u32>,
    /// See [`LoginPolicy::session_timeout`].
    pub session_timeout: Option<u32>,
    /// See [`LoginPolicy::show_recent_login_info`].
    pub show_recent_login_info: Option<bool>,
}
