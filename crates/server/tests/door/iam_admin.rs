//! What an account's administrators grant its users through the stock SDK, and what comes of it at the door.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::customer::{Customer, PIXEL};
use crate::sdk_driver::Sdk;

/// A body of the SDK: what is in it under its one name, with the classes of both.
pub fn body(class: &str, name: &str, of: &str, mut fields: Value) -> Value {
    fields["class"] = json!(of);
    json!({ "class": class, name: fields })
}

pub struct Admin {
    pub alice: Customer,
    pub sdk: Sdk,
}

impl Admin {
    pub async fn open() -> Option<Admin> {
        let alice = Customer::open("V0", "intl").await;
        let sdk = Sdk::start(&alice.server, &alice.account)?;
        Some(Admin { alice, sdk })
    }

    pub fn account_id(&self) -> Value {
        self.alice.account["account_id"].clone()
    }

    /// Makes a user in IAM's own words; the call's answer.
    pub fn create(&mut self, fields: Value) -> Value {
        let body = body("CreateUserRequestBody", "user", "CreateUserOption", fields);
        self.sdk.call("iam", "create_user", json!({ "body": body }))
    }

    /// A user with a key; the user's id and what the SDK signs with.
    pub fn user_with_key(&mut self, name: &str) -> (String, Value) {
        let domain_id = self.account_id();
        let made = self.create(json!({ "name": name, "domain_id": domain_id, "password": "pass word 1" }));
        let user_id = made["user"]["id"].as_str().unwrap_or_else(|| panic!("{made:#}")).to_owned();
        let new = body(
            "CreatePermanentAccessKeyRequestBody",
            "credential",
            "CreateCredentialOption",
            json!({ "user_id": user_id }),
        );
        let key = self.sdk.ok("iam", "create_permanent_access_key", json!({ "body": new }));
        let key = &key["credential"];
        assert_eq!(key["user_id"], user_id.as_str());
        (user_id, json!({ "access_key": key["access"], "secret_key": key["secret"] }))
    }

    pub fn group(&mut self, name: &str) -> Value {
        let new = json!({ "name": name, "description": "for tests" });
        let body = body("KeystoneCreateGroupRequestBody", "group", "KeystoneCreateGroupOption", new);
        self.sdk.ok("iam", "keystone_create_group", json!({ "body": body }))["group"].clone()
    }

    pub fn role(&mut self, display_name: &str) -> Value {
        let roles = self.sdk.ok("iam", "keystone_list_permissions", json!({ "display_name": display_name }));
        assert_eq!(roles["total_number"], 1, "{roles:#}");
        roles["roles"][0].clone()
    }

    /// Gets a token for a user of the account; status, token and body.
    pub async fn token(&self, name: &str, password: &str) -> (StatusCode, String, Value) {
        let body = json!({"auth": {"identity": {"methods": ["password"], "password": {"user": {
            "name": name, "password": password, "domain": {"name": "alice"}}}},
            "scope": {"project": {"name": "cn-north-4"}}}});
        self.ask_for_token(&body).await
    }

    pub async fn ask_for_token(&self, body: &Value) -> (StatusCode, String, Value) {
        let url = format!("{}/v3/auth/tokens", self.alice.server.url);
        let response = self.alice.http.post(url).json(body).send().await.unwrap();
        let token = response.headers().get("x-subject-token").map(|token| token.to_str().unwrap().to_owned());
        (response.status(), token.unwrap_or_default(), response.json().await.unwrap())
    }

    /// Asks for something with a token; status and body.
    pub async fn with_token(&self, token: &str, (method, path): (Method, &str), body: Value) -> (u16, Value) {
        let request = self.alice.http.request(method, format!("{}{path}", self.alice.server.url));
        let request = request.header("x-auth-token", token);
        let request = if body.is_null() { request } else { request.json(&body) };
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap_or_default())
    }

    pub async fn called(&self, token: &str) -> (u16, Value) {
        let path = format!("/v2/{}/ocr/general-text", self.alice.project("cn-north-4"));
        let (status, body) = self.with_token(token, (Method::POST, &path), json!({ "image": PIXEL })).await;
        (status, body["error_code"].clone())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_may_do_what_was_granted_and_nothing_else() {
    let Some(mut admin) = Admin::open().await else { return };
    admin.alice.order(&["subscribe", "alice"]);
    let (user_id, keys) = admin.user_with_key("ann");
    let mut ann = Sdk::start(&admin.alice.server, &keys).unwrap();
    let picture = json!({ "body": { "class": "GeneralTextRequestBody", "image": PIXEL } });
    let mut call = || ann.call("ocr", "recognize_general_text", picture.clone());
    let refused = |answer: Value| {
        assert_eq!(
            (&answer["status"], &answer["code"]),
            (&json!(403), &json!("ModelArts.4203")),
            "{answer:#}"
        );
    };
    refused(call());

    // In a project, by a group; what is granted holds for the next call, and so does what is taken back.
    let group = admin.group("callers");
    let (full, read) = (admin.role("OCR FullAccess"), admin.role("OCR ReadOnlyAccess"));
    let role = admin.sdk.ok("iam", "keystone_show_permission", json!({ "role_id": full["id"] }));
    assert_eq!(role["role"]["policy"]["statement"][0]["action"], json!(["ocr:*:*"]), "{role:#}");
    let member = json!({ "group_id": group["id"], "user_id": user_id });
    assert_eq!(admin.sdk.call("iam", "keystone_check_user_in_group", member.clone())["status"], 404);
    admin.sdk.ok("iam", "keystone_add_user_to_group", member.clone());
    admin.sdk.ok("iam", "keystone_check_user_in_group", member.clone());
    refused(call());
    let project = admin.alice.project("cn-north-4").to_owned();
    let granted = json!({ "project_id": project, "group_id": group["id"], "role_id": full["id"] });
    admin.sdk.ok("iam", "keystone_associate_group_with_project_permission", granted.clone());
    admin.sdk.ok("iam", "keystone_check_project_permission_for_group", granted.clone());
    assert_eq!(call()["status"], 200);
    let of_group = json!({ "project_id": project, "group_id": group["id"] });
    let listed = admin.sdk.ok("iam", "keystone_list_project_permissions_for_group", of_group);
    assert_eq!(listed["roles"][0]["display_name"], "OCR FullAccess", "{listed:#}");
    admin.sdk.ok("iam", "keystone_remove_project_permission_from_group", granted.clone());
    let gone = admin.sdk.call("iam", "keystone_check_project_permission_for_group", granted);
    assert_eq!(gone["status"], 404);
    refused(call());

    // In all projects; the domain alone is for global services, and OCR is none.
    let domain_id = admin.account_id();
    let granted = json!({ "domain_id": domain_id, "group_id": group["id"], "role_id": full["id"] });
    admin.sdk.ok("iam", "keystone_associate_group_with_domain_permission", granted.clone());
    admin.sdk.ok("iam", "keystone_check_domain_permission_for_group", granted.clone());
    let of_group = json!({ "domain_id": domain_id, "group_id": group["id"] });
    let listed = admin.sdk.ok("iam", "keystone_list_domain_permissions_for_group", of_group.clone());
    assert_eq!(listed["roles"].as_array().unwrap().len(), 1);
    refused(call());
    admin.sdk.ok("iam", "keystone_remove_domain_permission_from_group", granted.clone());
    admin.sdk.ok("iam", "update_domain_group_inherit_role", granted.clone());
    admin.sdk.ok("iam", "keystone_checkrole_for_group", granted.clone());
    let listed = admin.sdk.ok("iam", "keystone_list_all_project_permissions_for_group", of_group);
    assert_eq!(listed["roles"].as_array().unwrap().len(), 1);
    assert_eq!(call()["status"], 200);
    let asked = json!({ "domain_id": domain_id, "is_inherited": true });
    let assigned = admin.sdk.ok("iam", "show_domain_role_assignments", asked);
    assert_eq!(
        (&assigned["total_num"], &assigned["role_assignments"][0]["group"]["id"]),
        (&json!(1), &group["id"])
    );
    admin.sdk.ok("iam", "delete_domain_group_inherited_role", granted);
    refused(call());

    // To the user alone, in the enterprise project of calls that name none.
    let granted = json!({ "enterprise_project_id": "0", "user_id": user_id, "role_id": full["id"] });
    admin.sdk.ok("iam", "associate_role_to_user_on_enterprise_project", granted.clone());
    assert_eq!(call()["status"], 200);
    let listed = admin.sdk.ok("iam", "list_enterprise_projects_for_user", json!({ "user_id": user_id }));
    assert_eq!(listed["enterprise_projects"][0]["project_id"], "0", "{listed:#}");
    let listed =
        admin.sdk.ok("iam", "list_users_for_enterprise_project", json!({ "enterprise_project_id": "0" }));
    assert_eq!((&listed["users"][0]["id"], &listed["users"][0]["policy_num"]), (&json!(user_id), &json!(1)));
    let of_user = json!({ "enterprise_project_id": "0", "user_id": user_id });
    let listed = admin.sdk.ok("iam", "list_roles_for_user_on_enterprise_project", of_user);
    assert_eq!(listed["roles"][0]["id"], full["id"]);
    admin.sdk.ok("iam", "revoke_role_from_user_on_enterprise_project", granted);
    refused(call());
    let granted = json!({ "enterprise_project_id": "0", "group_id": group["id"], "role_id": full["id"] });
    admin.sdk.ok("iam", "associate_role_to_group_on_enterprise_project", granted.clone());
    assert_eq!(call()["status"], 200);
    let listed =
        admin.sdk.ok("iam", "list_groups_for_enterprise_project", json!({ "enterprise_project_id": "0" }));
    assert_eq!(listed["groups"][0]["id"], group["id"]);
    let listed =
        admin.sdk.ok("iam", "list_enterprise_projects_for_group", json!({ "group_id": group["id"] }));
    assert_eq!(listed["enterprise_projects"][0]["project_id"], "0");
    let of_group = json!({ "enterprise_project_id": "0", "group_id": group["id"] });
    let listed = admin.sdk.ok("iam", "list_roles_for_group_on_enterprise_project", of_group);
    assert_eq!(listed["roles"][0]["id"], full["id"]);
    admin.sdk.ok("iam", "revoke_role_from_group_on_enterprise_project", granted);
    refused(call());

    // One that is not there has no grants, and gets none.
    let somewhere =
        json!({ "enterprise_project_id": "somewhere", "group_id": group["id"], "role_id": full["id"] });
    let granted = admin.sdk.call("iam", "associate_role_to_group_on_enterprise_project", somewhere);
    assert_eq!(
        (&granted["status"], &granted["code"], &granted["message"]),
        (&json!(404), &json!("IAM.0004"), &json!("Could not find enterprise_project: somewhere.")),
        "{granted:#}"
    );
    for method in ["list_users_for_enterprise_project", "list_groups_for_enterprise_project"] {
        let listed = admin.sdk.call("iam", method, json!({ "enterprise_project_id": "somewhere" }));
        assert_eq!(listed["status"], 404, "{method}: {listed:#}");
    }

    // Looking is not calling.
    let granted = json!({ "project_id": project, "group_id": group["id"], "role_id": read["id"] });
    let (_, token, _) = admin.token("ann", "pass word 1").await;
    assert_eq!(admin.with_token(&token, (Method::GET, "/v1/usage"), Value::Null).await.0, 403);
    admin.sdk.ok("iam", "keystone_associate_group_with_project_permission", granted);
    for path in ["/v1/usage", "/v1/packages", "/v1/subscriptions", "/v1/access-keys", "/v1/catalog"] {
        assert_eq!(admin.with_token(&token, (Method::GET, path), Value::Null).await.0, 200, "{path}");
    }
    refused(call());

    // Money and users are the administrators'.
    for path in ["/v1/bills", "/v1/account", "/v1/charges", "/v1/recipients"] {
        let (status, body) = admin.with_token(&token, (Method::GET, path), Value::Null).await;
        assert_eq!((status, &body["reason"]), (403, &json!("no_permission")), "{path}");
    }
    let (status, _) = admin.with_token(&token, (Method::POST, "/v1/packages"), json!({})).await;
    assert_eq!(status, 403);
    let balances = ann.call("bss", "show_customer_account_balances", json!({}));
    assert_eq!((&balances["status"], &balances["code"]), (&json!(403), &json!("CBC.0151")), "{balances:#}");
    for method in ["keystone_list_users", "keystone_list_groups", "keystone_list_permissions"] {
        assert_eq!(ann.call("iam", method, json!({}))["status"], 403, "{method}");
    }
    let own = ann.ok("iam", "keystone_show_user", json!({ "user_id": user_id }));
    assert_eq!(own["user"]["name"], "ann");
    let groups = ann.ok("iam", "keystone_list_groups_for_user", json!({ "user_id": user_id }));
    assert_eq!(groups["groups"][0]["name"], "callers");
    let projects = ann.ok("iam", "keystone_list_auth_projects", json!({}));
    assert_eq!(
        (projects["projects"].as_array().unwrap().len(), &projects["projects"][0]["id"]),
        (1, &json!(project))
    );
    let projects = ann.ok("iam", "keystone_list_projects_for_user", json!({ "user_id": user_id }));
    assert_eq!(projects["projects"].as_array().unwrap().len(), 1);
    let shown = ann.ok("iam", "keystone_show_project", json!({ "project_id": project }));
    assert_eq!(shown["project"]["name"], "cn-north-4");
    let others = listed_users(&mut admin)[0]["id"].clone();
    assert_eq!(ann.call("iam", "keystone_show_user", json!({ "user_id": others }))["status"], 403);

    // Whoever is in the group of administrators may.
    let groups = admin.sdk.ok("iam", "keystone_list_groups", json!({ "name": "admin" }));
    let admins = json!({ "group_id": groups["groups"][0]["id"], "user_id": user_id });
    admin.sdk.ok("iam", "keystone_add_user_to_group", admins.clone());
    ann.ok("bss", "show_customer_account_balances", json!({}));
    admin.sdk.ok("iam", "keystone_remove_user_from_group", admins);
    assert_eq!(ann.call("bss", "show_customer_account_balances", json!({}))["status"], 403);
    assert_eq!(admin.alice.server.charges("alice").len(), 4, "what was refused is not charged");
}

fn listed_users(admin: &mut Admin) -> Vec<Value> {
    let listed = admin.sdk.ok("iam", "keystone_list_users", json!({}));
    listed["users"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_takes_an_account_from_its_owner() {
    let Some(mut admin) = Admin::open().await else { return };
    let (user_id, _) = admin.user_with_key("ann");
    let groups = admin.sdk.ok("iam", "keystone_list_groups", json!({ "name": "admin" }));
    let group_id = groups["groups"][0]["id"].clone();
    admin.sdk.ok("iam", "keystone_add_user_to_group", json!({ "group_id": group_id, "user_id": user_id }));
    let (_, ann, _) = admin.token("ann", "pass word 1").await;
    let users = admin.with_token(&ann, (Method::GET, "/v3/users"), Value::Null).await.1;
    let owner = users["users"].as_array().unwrap().iter().find(|user| user["name"] == "alice").unwrap();
    let owner = owner["id"].as_str().unwrap();
    let own_key =
        format!("/v3.0/OS-CREDENTIAL/credentials/{}", admin.alice.account["access_key"].as_str().unwrap());
    let password = json!({ "user": { "password": "Taken over 1" } });
    for (method, path, body) in [
        (Method::PATCH, format!("/v3/users/{owner}"), password.clone()),
        (Method::PUT, format!("/v3.0/OS-USER/users/{owner}"), password.clone()),
        (
            Method::POST,
            "/v3.0/OS-CREDENTIAL/credentials".into(),
            json!({ "credential": { "user_id": owner } }),
        ),
        (Method::PUT, own_key.clone(), json!({ "credential": { "status": "inactive" } })),
        (Method::DELETE, own_key, Value::Null),
        // Nor does whoever found her token or session get hers.
        (Method::PATCH, format!("/v3/users/{user_id}"), password),
    ] {
        let (status, answer) = admin.with_token(&ann, (method.clone(), &path), body).await;
        assert_eq!(status, 403, "{method} {path}: {answer}");
    }
    // All of it is as it was: her password and her key open, and ann's password is ann's.
    assert_eq!(admin.alice.ask_for_token().await.status(), StatusCode::CREATED);
    assert_eq!(admin.token("alice", "Taken over 1").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(admin.token("ann", "pass word 1").await.0, StatusCode::CREATED);
    let keys = admin.sdk.ok("iam", "list_permanent_access_keys", json!({ "user_id": owner }));
    let keys: Vec<(&Value, &Value)> =
        keys["credentials"].as_array().unwrap().iter().map(|key| (&key["access"], &key["status"])).collect();
    assert_eq!(keys, [(&admin.alice.account["access_key"], &json!("active"))]);
}
