//! What can be seen of an account and done with it, by its owner under `/v1` and by the operator under
//! `/v1/admin/accounts/{name}`: the same routes, the same handlers (see [`super::subject`]).

use super::routes::Routes;
use super::{
    access_keys, alerts, bills, caps, costs, coupons, customer, deliveries, enterprise_projects, foresight,
    members, notices, orders, recipients, renewals, top_ups,
};

/// The routes, each beginning with `base` under `prefix`.
pub fn routes(prefix: &'static str, base: &'static str) -> Routes {
    Routes::at(prefix, base)
        .get("/access-keys", access_keys::list)
        .post("/access-keys", access_keys::create)
        .delete("/access-keys/{access_key}", access_keys::delete)
        .get("/alerts", alerts::show)
        .put("/alerts", alerts::set)
        .get("/auto-top-up", top_ups::get_rule)
        .put("/auto-top-up", top_ups::put_rule)
        .delete("/auto-top-up", top_ups::delete_rule)
        .get("/bills", bills::months)
        .get("/bills/{month}", bills::show)
        .get("/bills/{month}/export", bills::export)
        .get("/budgets", alerts::budgets)
        .put("/budgets/{budget}", alerts::set_budget)
        .delete("/budgets/{budget}", alerts::remove_budget)
        .get("/caps", caps::get)
        .put("/caps/{api}", caps::put)
        .delete("/caps/{api}", caps::delete)
        .get("/charges", customer::charges)
        .get("/costs", costs::costs)
        .get("/coupons", coupons::get)
        .get("/deliveries", deliveries::get)
        .get("/diagnosis", foresight::diagnosis)
        .get("/enterprise-projects", enterprise_projects::list)
        .post("/enterprise-projects", enterprise_projects::create)
        .patch("/enterprise-projects/{id}", enterprise_projects::change)
        .get("/forecast", foresight::forecast)
        .get("/members", members::list)
        .put("/members/{member}", members::set)
        .get("/notices", notices::get)
        .get("/orders", orders::list)
        .post("/orders", orders::place)
        .delete("/orders/{order}", orders::cancel)
        .post("/orders/{order}/pay", orders::pay)
        .get("/packages", customer::packages)
        .post("/packages", customer::buy)
        .post("/packages/{lot}/renew", renewals::post)
        .put("/packages/{lot}/renewal", renewals::put)
        .post("/packages/{lot}/unsubscribe", orders::unsubscribe)
        .get("/recipients", recipients::list)
        .post("/recipients", recipients::add)
        .patch("/recipients/{id}", recipients::change)
        .delete("/recipients/{id}", recipients::remove)
        .post("/recipients/{id}/code", recipients::code)
        .post("/recipients/{id}/confirm", recipients::confirm)
        .post("/recipients/{id}/test", recipients::test)
        .put("/subscriptions/{region}/{api}", customer::subscribe)
        .delete("/subscriptions/{region}/{api}", customer::unsubscribe)
        .get("/transactions", bills::transactions)
        .get("/usage", costs::usage)
}
