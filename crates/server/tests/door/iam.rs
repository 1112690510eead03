//! IAM as the stock SDK sees it.

use serde_json::{Value, json};

use crate::customer::Customer;
use crate::sdk_driver::Sdk;

/// A token as a body of the SDK asks for it.
fn token_request(account: &Value, scope: Value) -> Value {
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
