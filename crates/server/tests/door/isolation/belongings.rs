//! What an account has, so that there is something to reach: something of everything.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Ids, answer, filled};
use crate::customer::{Customer, PIXEL, token_in};

/// Gives an account something of everything; what is named.
pub async fn populate(with: &Customer, account: &Value, tag: &str) -> Ids {
    let (http, server) = (&with.http, &with.server);
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned();
    let token = token_in(http, &server.url, account, "cn-north-4").await;
    let ask = async |method: Method, path: &str, body: Value| {
        let request = http.request(method, format!("{}{path}", server.url)).header("x-auth-token", &token);
        answer(if body.is_null() { request } else { request.json(&body) }).await.1
    };
    let (get, post, put) = (Method::GET, Method::POST, Method::PUT);
    let account_id = text(&account["account_id"]);
    let project_id = text(&account["projects"]["cn-north-4"]);
    server.json(&["top-up", tag, "1000"]);
    ask(put.clone(), "/v1/subscriptions/cn-north-4/general-text", json!({})).await;
    ask(post.clone(), &format!("/v2/{project_id}/ocr/general-text"), json!({ "image": PIXEL })).await;
    let charges = ask(get.clone(), "/v1/charges", Value::Null).await;
    let package = json!({ "api": "general-text", "region": "cn-north-4", "calls": 1000 });
    ask(post.clone(), "/v1/packages", package).await;
    let recipient = json!({ "channel": "email", "address": format!("{tag}@example.com") });
    let recipient = ask(post.clone(), "/v1/recipients", recipient).await;
    ask(put.clone(), "/v1/budgets/main", json!({ "amount": "5" })).await;
    ask(put.clone(), "/v1/caps/general-text", json!({ "monthly": "500" })).await;
    let group = ask(post.clone(), "/v3/groups", json!({ "group": { "name": format!("{tag} group") } })).await;
    let group_id = text(&group["group"]["id"]);
    let clerk = format!("{tag}-clerk");
    ask(post.clone(), "/v1/users", json!({ "user": &clerk })).await;
    let mut user_id = String::new();
    for name in ["bare", "full"] {
        let new = json!({ "user": { "name": name, "password": "pass word 1", "description": format!("{tag} user") } });
        user_id = text(&ask(post.clone(), "/v3/users", new).await["user"]["id"]);
    }
    let role = filled("{role_id}", &Ids::new());
    ask(put.clone(), &format!("/v3/groups/{group_id}/users/{user_id}"), Value::Null).await;
    let inherited =
        format!("/v3/OS-INHERIT/domains/{account_id}/groups/{group_id}/roles/{role}/inherited_to_projects");
    ask(put.clone(), &inherited, Value::Null).await;
    let new = json!({ "name": format!("{tag} project") });
    let enterprise_project = ask(post.clone(), "/v1/enterprise-projects", new).await;
    let enterprise_project_id = text(&enterprise_project["id"]);
    let enterprise = format!(
        "/v3.0/OS-PERMISSION/enterprise-projects/{enterprise_project_id}/users/{user_id}/roles/{role}"
    );
    ask(put, &enterprise, Value::Null).await;
    let key = json!({ "credential": { "user_id": user_id, "description": format!("{tag} key") } });
    ask(post.clone(), "/v3.0/OS-CREDENTIAL/credentials", key).await;
    let orders = ask(get, "/v2/orders/customer-orders", Value::Null).await;
    let resources = ask(post.clone(), "/v2/orders/suscriptions/resources/query", json!({})).await;
    let quotas = ask(post, "/v3/payments/free-resources/query", json!({})).await;
    let charge = match &charges {
        Value::String(lines) => serde_json::from_str(lines.lines().next().unwrap()).unwrap(),
        charge => charge.clone(),
    };
    Ids::from([
        ("access_key", text(&account["access_key"])),
        ("account", tag.to_owned()),
        ("enterprise_project_id", enterprise_project_id),
        ("own_account", tag.to_owned()),
        ("charge_id", text(&charge["request_id"])),
        ("domain_id", account_id),
        (
            "free_resource_id",
            text(&quotas["free_resource_packages"][0]["free_resources"][0]["free_resource_id"]),
        ),
        ("group_id", group_id),
        ("id", text(&recipient["id"])),
        ("member", format!("{tag}-member")),
        ("order_id", text(&orders["order_infos"][0]["order_id"])),
        ("own_domain_id", text(&account["account_id"])),
        ("own_password", text(&account["password"])),
        ("project_id", project_id),
        ("resource_id", text(&resources["data"][0]["resource_id"])),
        ("token", token),
        ("user", clerk),
        ("user_id", user_id),
    ])
}
