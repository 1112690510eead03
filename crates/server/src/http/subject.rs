//! Whose account a request is about.
//!
//! Most of what customers can do with their own account the operator can do with any: the same handlers serve
//! `/v1/…` and `/v1/admin/accounts/{name}/…`. For a customer the account is that of the caller, for the operator, who
//! has been proved before, the one the path names.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use charging::AccountId;
use ledger::directory::UserRow;
use wire::error;

use super::Known;
use super::admin::{BODY_LIMIT_BYTES, find};
use super::body::read_body;
use super::error::Failure;
use crate::app::App;
use crate::auth::payer::Payer;

/// The name of the account in the operator's paths.
pub(super) const NAME: &str = "name";

/// Marks a request whose sender was proved to be the operator.
#[derive(Debug, Clone, Copy)]
pub struct ByOperator;

/// The account, and what is to be done with it.
pub struct Subject {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// The body.
    pub body: Bytes,
    /// The user who is calling; `None` is the operator.
    pub caller: Option<Arc<UserRow>>,
    /// Who pays for the account's calls.
    pub payer: Payer,
    /// Where a customer's request came from; the operator's is nobody's address.
    pub address: Option<IpAddr>,
}

impl Subject {
    /// Whether it is a member that asks, and not the operator for it.
    pub fn is_a_member_itself(&self) -> bool {
        self.caller.is_some() && self.payer.member.is_some()
    }

    /// The user a request about a user's own things is about: who is calling, or the account's own user.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn user(&self, app: &App) -> Result<UserRow, Failure> {
        if let Some(caller) = &self.caller {
            return Ok(UserRow::clone(caller));
        }
        let owner = app.auth.directory.owner_of(&self.account.to_string())?;
        owner.ok_or_else(|| {
            Failure::of(error::INVALID_PARAMETER).because("the account has no user of its own")
        })
    }
}

impl FromRequest<Arc<App>> for Subject {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Subject, Failure> {
        if request.extensions().get::<ByOperator>().is_none() {
            let Known { caller, body, address, .. } = Known::read(app, request).await?;
            let payer = caller.payer()?;
            let (account, name) = (caller.account, caller.account_name);
            return Ok(Subject { account, name, body, caller: Some(caller.user), payer, address });
        }
        let (mut parts, body) = request.into_parts();
        let named = params(&mut parts, app).await?;
        let named = named.iter().find(|(param, _)| *param == NAME).map(|(_, name)| name.to_owned());
        let body = read_body(app, body, BODY_LIMIT_BYTES).await?;
        let (account, name) = find(app, &named.unwrap_or_default()).await?;
        let row = app.auth.directory.account_by_id(&account.to_string())?;
        let payer = Payer::of(account, row.as_ref().and_then(|row| row.master_id.as_deref()))?;
        Ok(Subject { account, name, body, caller: None, payer, address: None })
    }
}

/// What the path names beside the account, in its order.
pub struct InPath<const N: usize>(pub [String; N]);

impl<const N: usize> FromRequestParts<Arc<App>> for InPath<N> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<InPath<N>, Failure> {
        let params = params(parts, app).await?;
        let others = params.iter().filter(|(param, _)| *param != NAME).map(|(_, value)| value.to_owned());
        let others: Vec<String> = others.collect();
        others.try_into().map(InPath).map_err(|_| Failure::of(error::NO_SUCH_API))
    }
}

async fn params(parts: &mut Parts, app: &Arc<App>) -> Result<RawPathParams, Failure> {
    let params = RawPathParams::from_request_parts(parts, app).await;
    params.map_err(|problem| Failure::of(error::NO_SUCH_API).because(problem.body_text()))
}
