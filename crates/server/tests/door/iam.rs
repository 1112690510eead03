//! IAM as the stock SDK sees it.

use serde_json::{Value, json};

use crate::customer::Customer;
use crate::sdk_driver::Sdk;

/// A token as a body of the SDK asks for it.
pub fn token_request(account: &Value, scope: Value) -> Value {
    let domain = json!({"class": "PwdPasswordUserDomain", "name": account["name"]});
    let user = json!({"class": "PwdPasswordUser", "domain": domain, "name": account["user"],
        "password": account["password"]});
    let password = json!({"class": "PwdPassword", "user": user});
    let identity = json!({"class": "PwdIdentity", "methods": ["password"], "password": password});
    let auth = json!({"class": "PwdAuth", "identity": identity, "scope": scope});
    json!({"body": {"class": "KeystoneCreateUserTokenByPasswordRequestBody", "auth": auth}})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_iam_sdk_sees_its_own_account() {
    let alice = Customer::open("V0", "intl").await;
    let Some(mut sdk) = Sdk::start(&alice.server, &alice.account) else { return };
    let projects = sdk.ok("iam", "keystone_list_projects", json!({}));
    assert_eq!(projects["projects"].as_array().unwrap().len(), 6, "{projects:#}");
    let one = sdk.ok("iam", "keystone_list_projects", json!({"name": "cn-north-4"}));
    assert_eq!(one["projects"][0]["id"].as_str().unwrap(), alice.project("cn-north-4"));
    let domains = sdk.ok("iam", "keystone_list_auth_domains", json!({}));
    assert_eq!(
        (&domains["domains"][0]["id"], &domains["domains"][0]["name"]),
        (&alice.account["account_id"], &json!("alice"))
    );
    let mine = sdk.ok("iam", "keystone_list_auth_projects", json!({}));
    assert_eq!(mine["projects"].as_array().unwrap().len(), 6);

    let project = json!({"class": "AuthScopeProject", "name": "cn-north-4"});
    let scope = json!({"class": "AuthScope", "project": project});
    let made = sdk.ok("iam", "keystone_create_user_token_by_password", token_request(&alice.account, scope));
    let token = made["x_subject_token"].clone();
    assert_eq!(made["token"]["project"]["name"], "cn-north-4", "{made:#}");
    let seen = sdk.ok("iam", "keystone_validate_token", json!({"x_subject_token": token}));
    assert_eq!(seen["token"]["expires_at"], made["token"]["expires_at"]);
    let mut wrong = alice.account.clone();
    wrong["password"] = json!("not this one");
    let scope = json!({"class": "AuthScope", "domain": {"class": "AuthScopeDomain", "name": "alice"}});
    let refused = sdk.call("iam", "keystone_create_user_token_by_password", token_request(&wrong, scope));
    assert_eq!(
        (&refused["status"], &refused["message"]),
        (&json!(401), &json!("The username or password is wrong.")),
        "{refused:#}"
    );
}

/// Keys are made, switched off and on, described and deleted by the SDK; what is signed with one works only while it may.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_iam_sdk_manages_keys() {
    let mut alice = Customer::open("V0", "intl").await;
    let mallory = alice.server.json(&["account", "create", "mallory"]);
    let Some(mut sdk) = Sdk::start(&alice.server, &alice.account) else { return };
    let body = |class: &str, of: &str, fields: Value| {
        let mut credential = fields;
        credential["class"] = json!(of);
        json!({"class": class, "credential": credential})
    };
    let new = |fields| json!({"body": body("CreatePermanentAccessKeyRequestBody", "CreateCredentialOption", fields)});
    let first = sdk.ok("iam", "list_permanent_access_keys", json!({}))["credentials"][0].clone();
    assert_eq!((&first["access"], &first["status"]), (&alice.account["access_key"], &json!("active")));
    let user = &first["user_id"];
    let made = sdk.ok(
        "iam",
        "create_permanent_access_key",
        new(json!({"user_id": user, "description": "for tests"})),
    );
    let made = &made["credential"];
    let (access, secret) = (&made["access"], &made["secret"]);
    assert_eq!((&made["description"], secret.as_str().unwrap().len()), (&json!("for tests"), 40));
    let third = sdk.call("iam", "create_permanent_access_key", new(json!({"user_id": user})));
    assert_eq!(third["status"], 400, "{third:#}");
    let foreign = sdk.call("iam", "create_permanent_access_key", new(json!({"user_id": "somebody"})));
    assert_eq!(foreign["status"], 404, "{foreign:#}");

    let mut second = Sdk::start(&alice.server, &json!({"access_key": access, "secret_key": secret})).unwrap();
    second.ok("iam", "keystone_list_projects", json!({}));
    let change = |fields| {
        let body = body("UpdatePermanentAccessKeyRequestBody", "UpdateCredentialOption", fields);
        json!({"access_key": access, "body": body})
    };
    let off = sdk.ok("iam", "update_permanent_access_key", change(json!({"status": "inactive"})));
    assert_eq!(
        (&off["credential"]["status"], &off["credential"]["description"]),
        (&json!("inactive"), &json!("for tests"))
    );
    assert_eq!(second.call("iam", "keystone_list_projects", json!({}))["status"], 401);
    sdk.ok("iam", "update_permanent_access_key", change(json!({"status": "active", "description": "again"})));
    let shown = sdk.ok("iam", "show_permanent_access_key", json!({"access_key": access}));
    assert_eq!(
        (&shown["credential"]["description"], &shown["credential"]["secret"]),
        (&json!("again"), &Value::Null)
    );
    second.ok("iam", "keystone_list_projects", json!({}));

    let theirs = json!({"access_key": mallory["access_key"]});
    for method in ["show_permanent_access_key", "delete_permanent_access_key"] {
        assert_eq!(sdk.call("iam", method, theirs.clone())["status"], 404, "{method}");
    }
    sdk.ok("iam", "delete_permanent_access_key", json!({"access_key": access}));
    assert_eq!(second.call("iam", "keystone_list_projects", json!({}))["status"], 401);
    assert_eq!(sdk.call("iam", "show_permanent_access_key", json!({"access_key": access}))["status"], 404);

    // Whoever lost a key needs another token too.
    let request =
        alice.http.get(format!("{}/v1/account", alice.server.url)).header("x-auth-token", &alice.token);
    let ended: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(ended["error_code"], "APIG.0307", "{ended:#}");
    alice.renew_token().await;

    // A token that is given back opens nothing; another account's cannot be.
    let tokens = format!("{}/v3/auth/tokens", alice.server.url);
    let theirs = crate::customer::token_of(&alice.http, &alice.server.url, &mallory).await;
    for (subject, status) in [(&theirs, 404), (&alice.token, 204)] {
        let request = alice.http.delete(&tokens).header("x-auth-token", &alice.token);
        let response = request.header("x-subject-token", subject).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status);
    }
    let gone =
        alice.http.get(format!("{}/v1/account", alice.server.url)).header("x-auth-token", &alice.token);
    assert_eq!(gone.send().await.unwrap().status(), 401);
}
