//! Billing Center: what a customer asks of their own account, in Huawei's words.
//!
//! Every answer is made from the books that the console shows too: rows of the read model after what is due was
//! settled, and the living account. Nothing is kept for it, and nothing is rounded but the total of a month, by the
//! account's policy.

mod accounts;
mod bills;
mod breakdown;
mod costs;
mod coupons;
mod filter;
mod members;
mod names;
mod nothing;
mod orders;
mod packages;
mod payments;
mod products;
mod ratings;
mod records;
mod resources;
mod unsubscription;

use std::str::FromStr;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, Request};
use axum::http::Uri;
use charging::{AccountId, BillRounding, Month, Name, Reason, Refusal, Timestamp, Zone};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wire::error::{
    BALANCE_TOO_LOW, BILLING_ACCESS, BILLING_PARAMETER, IN_ARREARS, IN_UNPAID_ORDER, NO_RENEWAL_PERIOD,
    NO_SUCH_ORDER, NO_SUCH_PRODUCT, NOT_RENEWABLE, RESOURCE_ABSENT,
};
use wire::fault;

use super::Known;
use super::blocking;
use super::enterprise_projects::DEFAULT;
use super::error::Failure;
use super::invalid;
use super::routes::Routes;
use crate::app::App;
use crate::auth::rights::Need;
use crate::project_names::ProjectNames;
use names::{Ids, Language};

type Answer<T> = Result<Json<T>, Failure>;

/// All routes. Each handler finds out who is calling before anything else.
pub fn routes() -> Routes {
    Routes::under("")
        .get(Need::Administrator, "/v2/accounts/customer-accounts/balances", accounts::balances)
        .get(Need::Administrator, "/v2/accounts/customer-accounts/account-change-records", accounts::changes)
        .get(Need::Administrator, "/v2/accounts/customer-accounts/expenditure-quota", accounts::quota)
        .get(Need::Administrator, "/v1.0/{domain_id}/payments/intl-invoices", nothing::invoices)
        .get(Need::Administrator, "/v2/promotions/benefits/coupons", coupons::coupons)
        .get(Need::Administrator, "/v2/promotions/benefits/account-change-records", coupons::changes)
        .get(Need::Administrator, "/v2/promotions/benefits/stored-value-cards", coupons::cards)
        .post(Need::Administrator, "/v3/payments/free-resources/query", packages::packages)
        .post(Need::Administrator, "/v2/payments/free-resources/usages/details/query", packages::usages)
        .get(Need::Administrator, "/v2/bills/customer-bills/free-resources-usage-records", packages::draws)
        .get(Need::Administrator, "/v2/bills/customer-bills/monthly-sum", bills::monthly_sum)
        .get(Need::Administrator, "/v2/bills/customer-bills/fee-records", bills::fee_records)
        .get(Need::Administrator, "/v2/bills/customer-bills/res-fee-records", records::resource_fees)
        .post(Need::Administrator, "/v2/bills/customer-bills/res-records/query", records::resource_records)
        .get(Need::Administrator, "/v2/bills/customer-bills/resources/usage/details", nothing::usage)
        .get(Need::Administrator, "/v2/bills/customer-bills/resources/usage/summary", nothing::usage_summary)
        .get(Need::Administrator, "/v2/costs/cost-analysed-bills/monthly-breakdown", breakdown::breakdown)
        .post(Need::Administrator, "/v4/costs/cost-analysed-bills/query", costs::costs)
        .get(Need::Administrator, "/v2/orders/customer-orders", orders::orders)
        .get(Need::Administrator, "/v2/orders/customer-orders/details/{order_id}", orders::details)
        .post(Need::Payer, "/v3/orders/customer-orders/pay", payments::pay)
        .put(Need::Administrator, "/v2/orders/customer-orders/cancel", payments::cancel)
        .get(Need::Administrator, "/v2/orders/customer-orders/order-coupons", payments::order_coupons)
        .get(Need::Administrator, "/v2/orders/customer-orders/order-discounts", payments::order_discounts)
        .get(Need::Administrator, "/v2/orders/customer-orders/refund-orders", payments::refunds)
        .post(Need::Administrator, "/v2/orders/suscriptions/resources/query", resources::resources)
        .post(Need::Payer, "/v2/orders/subscriptions/resources/renew", resources::renew)
        .post(
            Need::Payer,
            "/v2/orders/subscriptions/resources/autorenew/{resource_id}",
            resources::auto_renew,
        )
        .delete(
            Need::Administrator,
            "/v2/orders/subscriptions/resources/autorenew/{resource_id}",
            resources::cancel_auto_renew,
        )
        .post(Need::Payer, "/v2/orders/subscriptions/resources/renew/config", resources::config)
        .post(Need::Payer, "/v2/orders/subscriptions/resources/to-on-demand", resources::to_on_demand)
        .post(
            Need::Payer,
            "/v2/orders/subscriptions/resources/to-on-demand/instantly",
            unsubscription::to_on_demand,
        )
        .post(
            Need::Administrator,
            "/v2/orders/subscriptions/resources/unsubscribe",
            unsubscription::unsubscribe,
        )
        .post(Need::Administrator, "/v2/bills/ratings/on-demand-resources", ratings::on_demand)
        .post(Need::Administrator, "/v2/bills/ratings/period-resources/subscribe-rate", ratings::period)
        .post(Need::Administrator, "/v2/bills/ratings/period-resources/renew-rate", ratings::renew)
        .post(Need::Administrator, "/v2/products/resource-specs-query", ratings::specs)
        .get(Need::Administrator, "/v2/products/service-types", products::service_types)
        .get(Need::Administrator, "/v2/products/resource-types", products::resource_types)
        .get(Need::Administrator, "/v2/products/service-resources", products::service_resources)
        .get(Need::Administrator, "/v2/products/usage-types", products::usage_types)
        .get(Need::Administrator, "/v2/bases/measurements", products::measurements)
        .get(Need::Administrator, "/v2/bases/conversions", products::conversions)
        .get(Need::Administrator, "/v2/enterprises/multi-accounts/sub-customers", members::members)
        .get(Need::Administrator, "/v2/enterprises/multi-accounts/retrieve-amount", members::retrievable)
        .get(Need::Administrator, "/v2/customers/realname-auths/result", members::review)
}

/// Whose books are asked for, and in which words.
#[derive(Debug, Clone)]
pub struct Owner {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Its ids for others.
    pub ids: Ids,
    /// The language of names.
    pub language: Language,
    /// ISO 4217.
    pub currency: String,
    /// Now; what is due by now is settled.
    pub now: Timestamp,
    /// The zone of its hours and months.
    pub zone: Zone,
    /// How its totals are stated.
    pub rounding: BillRounding,
    /// What its enterprise projects are called, by their ids.
    projects: Arc<ProjectNames>,
}

impl Owner {
    /// What an enterprise project is called; one that has no name goes by its id.
    pub fn project_name(&self, project: Option<&Name>) -> String {
        let Some(id) = project else { return DEFAULT.1.to_owned() };
        self.projects.get(id).unwrap_or(id.as_str()).to_owned()
    }
}

/// A request of the Billing Center with its caller known.
pub struct Asked {
    /// Whose books.
    pub owner: Owner,
    uri: Uri,
    body: Bytes,
}

impl Asked {
    /// Finds out who is calling, and settles what is due.
    ///
    /// # Errors
    /// What authentication says.
    pub async fn read(app: &Arc<App>, request: Request) -> Result<Asked, Failure> {
        let uri = request.uri().clone();
        let known = Known::read(app, request).await?;
        let read = app.engine.read(known.caller.account, app.clock.now(), |live, now| {
            let ordered = live.account.paid_orders().collect();
            (live.account.zone(), live.account.policy().clone(), ordered, now)
        })?;
        let (zone, policy, ordered, now) = read.await?;
        let rules = app.engine.rules();
        let rounding = rules.policies.get(policy.as_str()).map(|policy| policy.bill_rounding);
        let account = known.caller.account;
        let theirs = Arc::clone(app);
        let projects = blocking(move || ProjectNames::of(&theirs, account)).await?;
        let owner = Owner {
            account,
            name: known.caller.account_name,
            ids: Ids::new(account, ordered),
            language: Language::of(&known.headers),
            currency: rules.catalog.currency.clone(),
            now,
            zone,
            rounding: rounding.unwrap_or_default(),
            projects: Arc::new(projects),
        };
        Ok(Asked { owner, uri, body: known.body })
    }

    /// The query. A parameter without a value is as if it were not there.
    ///
    /// # Errors
    /// CBC.0100.
    pub fn query<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        let given = self.uri.query().unwrap_or_default().split('&');
        let given: Vec<&str> = given.filter(|pair| !pair.ends_with('=') && pair.contains('=')).collect();
        let uri = Uri::from_str(&format!("/?{}", given.join("&"))).map_err(|_| wrong("the query"))?;
        Query::try_from_uri(&uri)
            .map(|Query(query)| query)
            .map_err(|problem| wrong(fault::query(&problem.body_text())))
    }

    /// The body.
    ///
    /// # Errors
    /// CBC.0100.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        invalid::read(&self.body).map_err(|problem| wrong(problem.detail))
    }
}

/// CBC.0100: what was asked makes no sense.
fn wrong(detail: impl std::fmt::Display) -> Failure {
    Failure::of(BILLING_PARAMETER).because(detail)
}

/// A refusal of the core, by the Billing Center's codes.
fn refused(refusal: Refusal) -> Failure {
    let code = match &*refusal.reason {
        Reason::InsufficientBalance { .. } => BALANCE_TOO_LOW,
        Reason::InArrears { .. } => IN_ARREARS,
        Reason::UnknownLot { .. } => RESOURCE_ABSENT,
        Reason::NotRenewable { .. } | Reason::AlreadyRenewed { .. } => NOT_RENEWABLE,
        Reason::UnknownPackage { .. } => NO_SUCH_PRODUCT,
        Reason::UnknownOrder { .. } => NO_SUCH_ORDER,
        Reason::InUnpaidOrder { .. } => IN_UNPAID_ORDER,
        Reason::NothingToTakeBack { .. } => NO_RENEWAL_PERIOD,
        _ => BILLING_PARAMETER,
    };
    Failure::of(code).because(&refusal).with_cure(refusal.word(), refusal.cure())
}

/// An instant of a query, RFC 3339.
fn instant(field: &str, text: &Option<String>) -> Result<Option<Timestamp>, Failure> {
    let Some(text) = text.as_deref().filter(|text| !text.is_empty()) else { return Ok(None) };
    Timestamp::parse(text).map(Some).map_err(|problem| wrong(format!("{field}: {problem}")))
}

fn month(field: &str, text: &str) -> Result<Month, Failure> {
    text.parse().map_err(|problem| wrong(format!("{field}: {problem}")))
}

fn page(offset: Option<i64>, limit: Option<i64>, most: i64) -> Result<(usize, usize), Failure> {
    wire::bss::page(offset, limit, most).map_err(wrong)
}

/// Rows of a list between an offset and a limit, counted all.
struct Slice<T> {
    offset: usize,
    limit: usize,
    count: usize,
    rows: Vec<T>,
}

impl<T: Serialize> Slice<T> {
    fn new((offset, limit): (usize, usize)) -> Slice<T> {
        Slice { offset, limit, count: 0, rows: Vec::new() }
    }

    /// Counts a row, which is made only if it is wanted.
    fn add(&mut self, make: impl FnOnce() -> T) {
        if self.count >= self.offset && self.rows.len() < self.limit {
            self.rows.push(make());
        }
        self.count += 1;
    }
}

/// True if a caller who asks for other customers' rows has any: enterprises with member accounts have them under
/// their own account here.
fn asks_for_others(method: Option<&str>) -> Result<bool, Failure> {
    match method {
        None | Some("oneself" | "all") => Ok(false),
        Some("sub_customer") => Ok(true),
        Some(other) => Err(wrong(format!("method={other}: choose one of oneself, sub_customer, all"))),
    }
}

/// Refuses what names another account. Whether there is such an account is not told.
fn only_own(owner: &Owner, customer: Option<&str>) -> Result<(), Failure> {
    match customer {
        Some(id) if id != owner.account.to_string() => Err(Failure::of(BILLING_ACCESS)),
        _ => Ok(()),
    }
}
