//! What can be seen of an account and done with it, by its owner under `/v1` and by the operator under
//! `/v1/admin/accounts/{name}`: the same routes, the same handlers (see [`super::subject`]).

use super::routes::Routes;
use super::{
    access_keys, alerts, bills, caps, costs, coupons, customer, deliveries, enterprise_projects, foresight,
    members, notices, orders, quotes, recipients, renewals, top_ups, users,
};
use crate::auth::rights::Need;

/// The routes, each beginning with `base` under `prefix`.
pub fn routes(prefix: &'static str, base: &'static str) -> Routes {
    Routes::at(prefix, base)
        .get(Need::Anybody, "/access-keys", access_keys::list)
        .post(Need::Anybody, "/access-keys", access_keys::create)
        .delete(Need::Anybody, "/access-keys/{access_key}", access_keys::delete)
        .get(Need::Administrator, "/alerts", alerts::show)
        .put(Need::Administrator, "/alerts", alerts::set)
        .get(Need::Administrator, "/auto-top-up", top_ups::get_rule)
        .put(Need::Payer, "/auto-top-up", top_ups::put_rule)
        .delete(Need::Administrator, "/auto-top-up", top_ups::delete_rule)
        .get(Need::Administrator, "/bills", bills::months)
        .get(Need::Administrator, "/bills/{month}", bills::show)
        .get(Need::Administrator, "/bills/{month}/export", bills::export)
        .get(Need::Administrator, "/budgets", alerts::budgets)
        .put(Need::Administrator, "/budgets/{budget}", alerts::set_budget)
        .delete(Need::Administrator, "/budgets/{budget}", alerts::remove_budget)
        .get(Need::Administrator, "/caps", caps::get)
        .put(Need::Administrator, "/caps/{api}", caps::put)
        .delete(Need::Administrator, "/caps/{api}", caps::delete)
        .get(Need::Administrator, "/charges", customer::charges)
        .get(Need::Administrator, "/costs", costs::costs)
        .get(Need::Administrator, "/coupons", coupons::get)
        .get(Need::Administrator, "/deliveries", deliveries::get)
        .get(Need::Administrator, "/diagnosis", foresight::diagnosis)
        .get(Need::Reader, "/enterprise-projects", enterprise_projects::list)
        .post(Need::Administrator, "/enterprise-projects", enterprise_projects::create)
        .patch(Need::Administrator, "/enterprise-projects/{id}", enterprise_projects::change)
        .get(Need::Administrator, "/forecast", foresight::forecast)
        .get(Need::Administrator, "/members", members::list)
        .put(Need::Administrator, "/members/{member}", members::set)
        .get(Need::Administrator, "/notices", notices::get)
        .get(Need::Administrator, "/orders", orders::list)
        .post(Need::Payer, "/orders", orders::place)
        .delete(Need::Administrator, "/orders/{order}", orders::cancel)
        .post(Need::Payer, "/orders/{order}/pay", orders::pay)
        .get(Need::Reader, "/packages", customer::packages)
        .post(Need::Payer, "/packages", customer::buy)
        .post(Need::Payer, "/packages/{lot}/renew", renewals::post)
        .put(Need::Administrator, "/packages/{lot}/renewal", renewals::put)
        .post(Need::Administrator, "/packages/{lot}/unsubscribe", orders::unsubscribe)
        .post(Need::Payer, "/quotes", quotes::post)
        .get(Need::Administrator, "/recipients", recipients::list)
        .post(Need::Administrator, "/recipients", recipients::add)
        .patch(Need::Administrator, "/recipients/{id}", recipients::change)
        .delete(Need::Administrator, "/recipients/{id}", recipients::remove)
        .post(Need::Administrator, "/recipients/{id}/code", recipients::code)
        .post(Need::Administrator, "/recipients/{id}/confirm", recipients::confirm)
        .post(Need::Administrator, "/recipients/{id}/test", recipients::test)
        .put(Need::Payer, "/subscriptions/{region}/{api}", customer::subscribe)
        .delete(Need::Administrator, "/subscriptions/{region}/{api}", customer::unsubscribe)
        .get(Need::Administrator, "/transactions", bills::transactions)
        .get(Need::Reader, "/usage", costs::usage)
        .get(Need::Administrator, "/users", users::list)
        .post(Need::Administrator, "/users", users::create)
        .patch(Need::Administrator, "/users/{user}", users::change)
        .delete(Need::Administrator, "/users/{user}", users::delete)
}
