//! How the users of an account sign in ("Modifying the Login Authentication Policy").

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use ledger::directory::LoginPolicy as Row;
use wire::iam::{LoginPolicy, LoginPolicyBody, LoginPolicyChange};

use super::{own_domain, wrapped};
use crate::app::App;
use crate::http::Known;
use crate::http::error::{CodedFailure, IamFailure};
use crate::http::extract::Path;

type Answer = Result<Json<LoginPolicyBody>, CodedFailure>;

/// `GET /v3.0/OS-SECURITYPOLICY/domains/{domain_id}/login-policy`.
pub async fn show(State(app): State<Arc<App>>, Path(domain_id): Path<String>, request: Request) -> Answer {
    let known = Known::read(&app, request).await?;
    let account_id = own_domain(&known, Some(&domain_id))?;
    let policy = app.auth.directory.login_policy(&account_id).map_err(IamFailure::internal)?;
    Ok(view(policy))
}

/// `PUT /v3.0/OS-SECURITYPOLICY/domains/{domain_id}/login-policy`: in force from the next request on.
pub async fn change(State(app): State<Arc<App>>, Path(domain_id): Path<String>, request: Request) -> Answer {
    let known = Known::read(&app, request).await?;
    let account_id = own_domain(&known, Some(&domain_id))?;
    let change: LoginPolicyChange = wrapped(&known.body, "login_policy")?;
    let before = app.auth.directory.login_policy(&account_id).map_err(IamFailure::internal)?;
    let policy = Row {
        idle_days: change.account_validity_period.unwrap_or(before.idle_days),
        message: change.custom_info_for_login.unwrap_or(before.message),
        lock_minutes: change.lockout_duration.unwrap_or(before.lock_minutes),
        failures: change.login_failed_times.unwrap_or(before.failures),
        window_minutes: change.period_with_login_failures.unwrap_or(before.window_minutes),
        session_minutes: change.session_timeout.unwrap_or(before.session_minutes),
        shows_last: change.show_recent_login_info.unwrap_or(before.shows_last),
    };
    if let Some(field) = policy.fault() {
        return Err(IamFailure::field(field, "The value is out of its bounds.").into());
    }
    app.auth.directory.set_login_policy(&account_id, &policy).map_err(IamFailure::internal)?;
    Ok(view(policy))
}

fn view(policy: Row) -> Json<LoginPolicyBody> {
    Json(LoginPolicyBody {
        login_policy: LoginPolicy {
            account_validity_period: policy.idle_days,
            custom_info_for_login: policy.message,
            lockout_duration: policy.lock_minutes,
            login_failed_times: policy.failures,
            period_with_login_failures: policy.window_minutes,
            session_timeout: policy.session_minutes,
            show_recent_login_info: policy.shows_last,
        },
    })
}
