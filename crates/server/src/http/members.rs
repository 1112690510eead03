//! Members: accounts whose calls another one, their master, pays for, and what each may use in a month.
//!
//! The operator makes them and takes them away; the master's administrators set their quotas. A member sees of its
//! master's books what it used itself, and nothing else.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use charging::{AccountId, MemberQuota, Money, Name};
use serde::Deserialize;
use serde_json::{Value, json};
use wire::error;

use super::Known;
use super::error::Failure;
use super::invalid::parse;
use super::subject::{InPath, Subject};
use crate::app::App;
use crate::usecase::membership::{self, id_of};
use crate::views;

type Answer = Result<Json<Value>, Failure>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    member: String,
    amount: Option<Money>,
    calls: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Quota {
    amount: Option<Money>,
    calls: Option<u64>,
}

/// `GET …/members`.
pub async fn list(State(app): State<Arc<App>>, subject: Subject) -> Answer {
    all_of(&app, subject.account).await
}

/// `PUT …/members/{member}`: the whole quota; what is left out has no limit.
pub async fn set(State(app): State<Arc<App>>, InPath([member]): InPath<1>, subject: Subject) -> Answer {
    let Quota { amount, calls } = parse(&subject.body)?;
    if !membership::set(&app, subject.account, &member, MemberQuota { amount, units: calls }).await? {
        return Err(unknown_member());
    }
    all_of(&app, subject.account).await
}

/// `POST /v1/admin/accounts/{name}/members`. Again, it changes the quota.
pub async fn add(State(app): State<Arc<App>>, subject: Subject) -> Answer {
    let New { member, amount, calls } = parse(&subject.body)?;
    let row = app.auth.directory.account_by_name(&member)?;
    let row = row.ok_or_else(|| {
        let failure = Failure::of(error::INVALID_PARAMETER).because("there is no such account");
        failure.with_cure("unknown_account", "Give the name of an account that is there, or open it first.")
    })?;
    membership::add(&app, subject.account, &row, MemberQuota { amount, units: calls }).await?;
    all_of(&app, subject.account).await
}

/// `DELETE /v1/admin/accounts/{name}/members/{member}`: from the next call on it pays for itself.
pub async fn remove(State(app): State<Arc<App>>, InPath([member]): InPath<1>, subject: Subject) -> Answer {
    if !membership::remove(&app, subject.account, &member).await? {
        return Err(unknown_member());
    }
    all_of(&app, subject.account).await
}

/// `GET /v1/membership`: who pays for the caller's account, and what it may use.
pub async fn own(State(app): State<Arc<App>>, request: Request) -> Answer {
    let caller = Known::read(&app, request).await?.caller;
    let payer = caller.payer()?;
    let row = app.auth.directory.account_by_id(&payer.account.to_string())?;
    let (Some(member), Some(master)) = (payer.member, row) else {
        return Ok(Json(json!({ "master": null, "membership": null })));
    };
    let own = seen(&app, payer.account, &[(caller.account_name, member)]).await?;
    Ok(Json(json!({ "master": master.name, "membership": own.into_iter().next() })))
}

async fn all_of(app: &App, master: AccountId) -> Answer {
    let rows = app.auth.directory.members_of(&master.to_string())?;
    let named: Result<Vec<(String, Name)>, Failure> =
        rows.into_iter().map(|row| Ok((row.name.clone(), id_of(&row)?))).collect();
    Ok(Json(json!({ "members": seen(app, master, &named?).await? })))
}

/// Members as they stand in their master's books.
async fn seen(app: &App, master: AccountId, members: &[(String, Name)]) -> Result<Vec<Value>, Failure> {
    let members = members.to_vec();
    let read = app.engine.read(master, app.clock.now(), move |live, now| {
        let month = live.account.zone().month(now);
        let view = |(name, id): &(String, Name)| {
            let member = live.account.members().iter().find(|member| member.id == *id);
            let quota = member.map(|member| member.quota).unwrap_or_default();
            let (amount, calls) = member.map(|member| member.used_in(month)).unwrap_or_default();
            json!({
                "member": name,
                "account_id": id,
                "month": month.to_string(),
                "quota": { "amount": quota.amount.map(views::raw), "calls": quota.units },
                "used": { "amount": views::raw(amount), "calls": calls },
            })
        };
        members.iter().map(view).collect()
    });
    Ok(read?.await?)
}

fn unknown_member() -> Failure {
    let failure = Failure::of(error::INVALID_PARAMETER).because("there is no such member");
    failure.with_cure("unknown_member", "Look at the list of members.")
}
