//! Members: accounts whose calls the caller pays for. Each has a balance of its own that nobody else moves.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use charging::Money;
use wire::bss::CURRENCY_UNIT;
use wire::bss::members::{
    Member, Members, MembersQuery, Retrievable, RetrievableAmount, RetrievableQuery, Review, ReviewQuery,
};
use wire::error::BILLING_ACCESS;

use super::{Answer, Asked, Failure, Slice, only_own, page, wrong};
use crate::app::App;
use crate::views::money;

/// `status` of a member that can call.
const NORMAL: u8 = 1;

/// `GET /v2/enterprises/multi-accounts/sub-customers`.
pub async fn members(State(app): State<Arc<App>>, request: Request) -> Answer<Members> {
    let asked = Asked::read(&app, request).await?;
    let query: MembersQuery = asked.query()?;
    let mut slice = Slice::new(page(query.offset, query.limit, 100)?);
    let is_fuzzy = match query.fuzzy_query {
        None | Some(0) => false,
        Some(1) => true,
        Some(other) => return Err(wrong(format!("fuzzy_query={other}: 0 or 1"))),
    };
    let rows = app.auth.directory.members_of(&asked.owner.account.to_string())?;
    for row in rows {
        let is = |wanted: &Option<String>| {
            wanted
                .as_ref()
                .is_none_or(|text| if is_fuzzy { row.name.contains(text) } else { row.name == *text })
        };
        // There are no units of an organisation.
        if is(&query.sub_customer_account_name)
            && is(&query.sub_customer_display_name)
            && query.org_id.is_none()
        {
            slice.add(|| Member {
                id: row.account_id.clone(),
                name: row.name.clone(),
                display_name: row.name.clone(),
                status: NORMAL,
            });
        }
    }
    Ok(Json(Members { total_count: slice.count, sub_customer_infos: slice.rows }))
}

/// `GET /v2/enterprises/multi-accounts/retrieve-amount`: nothing, for what a member has is its own.
pub async fn retrievable(State(app): State<Arc<App>>, request: Request) -> Answer<Retrievable> {
    let asked = Asked::read(&app, request).await?;
    let query: RetrievableQuery = asked.query()?;
    page(query.offset, query.limit, 100)?;
    let owner = asked.owner;
    let members = app.auth.directory.members_of(&owner.account.to_string())?;
    if !members.iter().any(|member| member.account_id == query.sub_customer_id) {
        return Err(Failure::of(BILLING_ACCESS));
    }
    let nothing = RetrievableAmount {
        avail_retrieve_amount: money(Money::ZERO),
        measure_id: CURRENCY_UNIT,
        currency: owner.currency,
    };
    let amount_infos = match query.balance_type.as_deref() {
        None | Some("BALANCE_TYPE_DEBIT") => vec![nothing],
        Some("BALANCE_TYPE_CREDIT") => Vec::new(),
        Some(other) => return Err(wrong(format!("balance_type={other}: BALANCE_TYPE_DEBIT or _CREDIT"))),
    };
    Ok(Json(Retrievable { total_count: amount_infos.len(), amount_infos }))
}

/// `GET /v2/customers/realname-auths/result`: nobody is asked to prove who they are, so there is no result.
pub async fn review(State(app): State<Arc<App>>, request: Request) -> Answer<Review> {
    let asked = Asked::read(&app, request).await?;
    let query: ReviewQuery = asked.query()?;
    only_own(&asked.owner, Some(&query.customer_id))?;
    Ok(Json(Review { review_result: None }))
}
