//! What is asked of each route. Routes and what their paths name come from the server itself; here is what cannot be
//! guessed: bodies, headers, and questions that name something in another place than the path.
//!
//! `{user_id}` and its like stand for somebody's; see `Ids`.

use reqwest::Method;

/// What a path names beside the things of one account: the same for everybody.
pub const COMMON: [(&str, &str); 9] = [
    ("api", "general-text"),
    ("budget", "main"),
    ("gateway", "front"),
    ("lot", "0"),
    ("month", "2026-01"),
    ("name", "zebra"),
    ("order", "1"),
    ("region", "cn-north-4"),
    ("role_id", "5c1f0a6e2d9b4b0f8f2a7c3e91d46b58"),
];

/// Names under which a query may name what is somebody's; every `GET` is asked with each.
pub const QUERIES: [(&str, &str); 14] = [
    ("after", "charge_id"),
    ("customer_id", "domain_id"),
    ("cursor", "charge_id"),
    ("domain_id", "domain_id"),
    ("free_resource_id", "free_resource_id"),
    ("order_id", "order_id"),
    ("parent_id", "domain_id"),
    ("project_id", "project_id"),
    ("recipient", "id"),
    ("resource_id", "resource_id"),
    ("scope.project_id", "project_id"),
    ("subject.group_id", "group_id"),
    ("subject.user_id", "user_id"),
    ("user_id", "user_id"),
];

/// A question whose header, query or body names something, beside those that are made of the routes alone.
pub struct More {
    pub call: (&'static str, &'static str),
    pub header: Option<(&'static str, &'static str)>,
    pub body: &'static str,
}

pub const MORE: [More; 11] = [
    More { call: ("GET", "/v3/auth/tokens"), header: Some(("x-subject-token", "{token}")), body: "" },
    More { call: ("DELETE", "/v3/auth/tokens"), header: Some(("x-subject-token", "{token}")), body: "" },
    // One's own password, and somebody else's project or account.
    More {
        call: ("POST", "/v3/auth/tokens"),
        header: None,
        body: r#"{"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "{own_account}",
            "password": "{own_password}", "domain": {"name": "{own_account}"}}}},
            "scope": {"project": {"id": "{project_id}"}}}}"#,
    },
    More {
        call: ("POST", "/v3/auth/tokens"),
        header: None,
        body: r#"{"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "{own_account}",
            "password": "wrong", "domain": {"id": "{domain_id}"}}}}}}"#,
    },
    More {
        call: (
            "GET",
            "/v3.0/OS-PERMISSION/role-assignments?domain_id={own_domain_id}&subject.user_id={user_id}",
        ),
        header: None,
        body: "",
    },
    More { call: ("GET", "/v2/orders/customer-orders?order_id={order_id}&limit=10"), header: None, body: "" },
    More {
        call: ("GET", "/v2/bills/customer-bills/res-fee-records?cycle=2026-01&trade_id={order_id}"),
        header: None,
        body: "",
    },
    More {
        call: ("POST", "/v3/payments/free-resources/query"),
        header: None,
        body: r#"{"order_id": "{order_id}"}"#,
    },
    More {
        call: ("POST", "/v2/orders/suscriptions/resources/query"),
        header: None,
        body: r#"{"order_id": "{order_id}"}"#,
    },
    More { call: ("GET", "/v1/charges?after={charge_id}&newest=true"), header: None, body: "" },
    More {
        call: ("POST", "/v2/{project_id}/ocr/general-text"),
        header: Some(("enterprise-project-id", "{enterprise_project_id}")),
        body: r#"{"image": "iVBORw0KGgo="}"#,
    },
];

/// The body of a route that takes one: enough of what it wants that it comes to the ids it is about. `None`: there is no
/// such row yet.
pub fn body(method: &Method, route: &str) -> Option<&'static str> {
    if matches!(*method, Method::GET | Method::HEAD | Method::DELETE) {
        return Some("");
    }
    // The operator's are shut to all of these, whatever they send.
    if route.starts_with("/v1/admin/") {
        return Some("{}");
    }
    // So are the gateways'.
    if route.starts_with("/v1/charges/") {
        return Some(r#"{"account": "{own_account}", "key": "1"}"#);
    }
    if route.starts_with("/v2/{project_id}/ocr/") {
        return Some(PICTURE);
    }
    let row = BODIES.iter().find(|(m, r, _)| *m == method.as_str() && *r == route);
    row.map(|(_, _, body)| *body)
}

const PICTURE: &str = r#"{"image": "iVBORw0KGgo="}"#;

const BODIES: &[(&str, &str, &str)] = &[
    // IAM.
    (
        "POST",
        "/v3/auth/tokens",
        r#"{"auth": {"identity": {"methods": ["token"], "token": {"id": "no such token"}},
            "scope": {"project": {"id": "{project_id}"}}}}"#,
    ),
    ("POST", "/v3.0/OS-CREDENTIAL/credentials", r#"{"credential": {"user_id": "{user_id}"}}"#),
    ("PUT", "/v3.0/OS-CREDENTIAL/credentials/{access_key}", r#"{"credential": {"status": "inactive"}}"#),
    ("POST", "/v3/users", r#"{"user": {"name": "new", "domain_id": "{domain_id}"}}"#),
    ("PATCH", "/v3/users/{user_id}", r#"{"user": {"description": "attacked"}}"#),
    (
        "POST",
        "/v3/users/{user_id}/password",
        r#"{"user": {"password": "attacked 1", "original_password": "pass word 1"}}"#,
    ),
    ("POST", "/v3.0/OS-USER/users", r#"{"user": {"name": "new", "domain_id": "{domain_id}"}}"#),
    ("PUT", "/v3.0/OS-USER/users/{user_id}", r#"{"user": {"description": "attacked"}}"#),
    ("PUT", "/v3.0/OS-USER/users/{user_id}/info", r#"{"user": {"email": "attacker@example.com"}}"#),
    ("POST", "/v3/groups", r#"{"group": {"name": "new", "domain_id": "{domain_id}"}}"#),
    ("PATCH", "/v3/groups/{group_id}", r#"{"group": {"description": "attacked"}}"#),
    ("PUT", "/v3/groups/{group_id}/users/{user_id}", ""),
    ("PUT", "/v3/domains/{domain_id}/groups/{group_id}/roles/{role_id}", ""),
    ("PUT", "/v3/projects/{project_id}/groups/{group_id}/roles/{role_id}", ""),
    ("PUT", "/v3/OS-INHERIT/domains/{domain_id}/groups/{group_id}/roles/{role_id}/inherited_to_projects", ""),
    (
        "PUT",
        "/v3.0/OS-PERMISSION/enterprise-projects/{enterprise_project_id}/groups/{group_id}/roles/{role_id}",
        "",
    ),
    (
        "PUT",
        "/v3.0/OS-PERMISSION/enterprise-projects/{enterprise_project_id}/users/{user_id}/roles/{role_id}",
        "",
    ),
    (
        "PUT",
        "/v3.0/OS-SECURITYPOLICY/domains/{domain_id}/login-policy",
        r#"{"login_policy": {"login_failed_times": 3}}"#,
    ),
    // Billing Center.
    ("POST", "/v3/payments/free-resources/query", "{}"),
    (
        "POST",
        "/v2/payments/free-resources/usages/details/query",
        r#"{"free_resource_ids": ["{free_resource_id}"]}"#,
    ),
    ("POST", "/v2/bills/customer-bills/res-records/query", r#"{"cycle": "2026-01"}"#),
    (
        "POST",
        "/v4/costs/cost-analysed-bills/query",
        r#"{"time_condition": {"time_measure_id": 2, "begin_time": "2026-01", "end_time": "2026-01"},
            "groupby": [{"type": "dimension", "key": "RESOURCE_TYPE"}], "cost_type": "ORIGINAL_COST",
            "amount_type": "PAYMENT_AMOUNT", "filters": []}"#,
    ),
    ("POST", "/v2/orders/suscriptions/resources/query", r#"{"resource_ids": ["{resource_id}"]}"#),
    (
        "POST",
        "/v2/orders/subscriptions/resources/renew",
        r#"{"resource_ids": ["{resource_id}"], "period_type": 3, "period_num": 1, "expire_policy": 0,
            "is_auto_pay": 1}"#,
    ),
    ("POST", "/v2/orders/subscriptions/resources/autorenew/{resource_id}", ""),
    (
        "POST",
        "/v2/orders/subscriptions/resources/renew/config",
        r#"{"config_name": "x", "config_value": "1"}"#,
    ),
    (
        "POST",
        "/v2/orders/subscriptions/resources/to-on-demand",
        r#"{"operation": "SET_UP", "resource_ids": ["{resource_id}"]}"#,
    ),
    (
        "POST",
        "/v2/orders/subscriptions/resources/to-on-demand/instantly",
        r#"{"resource_ids": ["{resource_id}"]}"#,
    ),
    (
        "POST",
        "/v2/orders/subscriptions/resources/unsubscribe",
        r#"{"resource_ids": ["{resource_id}"], "unsubscribe_type": 1}"#,
    ),
    (
        "POST",
        "/v3/orders/customer-orders/pay",
        r#"{"order_id": "{order_id}", "use_coupon": "NO", "use_discount": "NO"}"#,
    ),
    ("PUT", "/v2/orders/customer-orders/cancel", r#"{"order_id": "{order_id}"}"#),
    (
        "POST",
        "/v2/bills/ratings/on-demand-resources",
        r#"{"project_id": "{project_id}", "product_infos": []}"#,
    ),
    (
        "POST",
        "/v2/bills/ratings/period-resources/subscribe-rate",
        r#"{"project_id": "{project_id}", "product_infos": []}"#,
    ),
    (
        "POST",
        "/v2/bills/ratings/period-resources/renew-rate",
        r#"{"resource_ids": ["{resource_id}"], "period_type": 3, "period_num": 1}"#,
    ),
    ("POST", "/v2/products/resource-specs-query", "{}"),
    // Our own: they are about the caller's account, which nothing in them can change.
    ("POST", "/v1/access-keys", ""),
    ("PUT", "/v1/alerts", r#"{"balance": {"threshold": "1"}}"#),
    ("PUT", "/v1/auto-top-up", r#"{"below": "1", "amount": "2"}"#),
    ("PUT", "/v1/budgets/{budget}", r#"{"amount": "7"}"#),
    ("PUT", "/v1/caps/{api}", r#"{"monthly": "1000"}"#),
    ("PUT", "/v1/members/{member}", r#"{"calls": 1}"#),
    ("POST", "/v1/enterprise-projects", r#"{"name": "alices"}"#),
    ("PATCH", "/v1/enterprise-projects/{id}", r#"{"description": "attacked"}"#),
    ("POST", "/v1/orders", r#"{"api": "general-text", "region": "cn-north-4", "calls": 1000}"#),
    ("POST", "/v1/orders/{order}/pay", "{}"),
    ("POST", "/v1/packages/{lot}/unsubscribe", "{}"),
    ("POST", "/v1/packages", r#"{"api": "general-text", "region": "cn-north-4", "calls": 1000}"#),
    ("POST", "/v1/packages/{lot}/renew", "{}"),
    ("PUT", "/v1/packages/{lot}/renewal", r#"{"mode": "by_hand"}"#),
    ("POST", "/v1/quotes", r#"{"renews": 0}"#),
    ("POST", "/v1/recipients", r#"{"channel": "webhook", "address": "https://example.com/alice"}"#),
    ("PATCH", "/v1/recipients/{id}", r#"{"enabled": false}"#),
    ("POST", "/v1/recipients/{id}/code", ""),
    ("POST", "/v1/recipients/{id}/confirm", r#"{"code": "123456"}"#),
    ("POST", "/v1/recipients/{id}/test", ""),
    ("PUT", "/v1/subscriptions/{region}/{api}", "{}"),
    ("POST", "/v1/top-ups", r#"{"amount": "1"}"#),
    ("POST", "/v1/users", r#"{"user": "attacker"}"#),
    ("PATCH", "/v1/users/{user}", r#"{"new_password": true, "administrator": true}"#),
    ("POST", "/v1/session", r#"{"account": "{account}", "password": "wrong"}"#),
    ("POST", "/v1/sign-up", r#"{"account": "new", "password": "long enough 1"}"#),
];
