//! Users, groups and permissions as the stock SDK manages them, and what comes of it at the door.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::customer::{Customer, PIXEL, token_of};
use crate::sdk_driver::Sdk;

/// A body of the SDK: what is in it under its one name, with the classes of both.
fn body(class: &str, name: &str, of: &str, mut fields: Value) -> Value {
    fields["class"] = json!(of);
    json!({ "class": class, name: fields })
}

struct Admin {
    alice: Customer,
    sdk: Sdk,
}

impl Admin {
    async fn open() -> Option<Admin> {
        let alice = Customer::open("V0", "intl").await;
        let sdk = Sdk::start(&alice.server, &alice.account)?;
        Some(Admin { alice, sdk })
    }

    fn account_id(&self) -> Value {
        self.alice.account["account_id"].clone()
    }

    /// Makes a user in IAM's own words; the call's answer.
    fn create(&mut self, fields: Value) -> Value {
        let body = body("CreateUserRequestBody", "user", "CreateUserOption", fields);
        self.sdk.call("iam", "create_user", json!({ "body": body }))
    }

    /// A user with a key; the user's id and what the SDK signs with.
    fn user_with_key(&mut self, name: &str) -> (String, Value) {
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

    fn group(&mut self, name: &str) -> Value {
        let new = json!({ "name": name, "description": "for tests" });
        let body = body("KeystoneCreateGroupRequestBody", "group", "KeystoneCreateGroupOption", new);
        self.sdk.ok("iam", "keystone_create_group", json!({ "body": body }))["group"].clone()
    }

    fn role(&mut self, display_name: &str) -> Value {
        let roles = self.sdk.ok("iam", "keystone_list_permissions", json!({ "display_name": display_name }));
        assert_eq!(roles["total_number"], 1, "{roles:#}");
        roles["roles"][0].clone()
    }

    /// Gets a token for a user of the account; status, token and body.
    async fn token(&self, name: &str, password: &str) -> (StatusCode, String, Value) {
        let body = json!({"auth": {"identity": {"methods": ["password"], "password": {"user": {
            "name": name, "password": password, "domain": {"name": "alice"}}}},
            "scope": {"project": {"name": "cn-north-4"}}}});
        self.ask_for_token(&body).await
    }

    async fn ask_for_token(&self, body: &Value) -> (StatusCode, String, Value) {
        let url = format!("{}/v3/auth/tokens", self.alice.server.url);
        let response = self.alice.http.post(url).json(body).send().await.unwrap();
        let token = response.headers().get("x-subject-token").map(|token| token.to_str().unwrap().to_owned());
        (response.status(), token.unwrap_or_default(), response.json().await.unwrap())
    }

    /// Asks for something with a token; status and body.
    async fn with_token(&self, token: &str, (method, path): (Method, &str), body: Value) -> (u16, Value) {
        let request = self.alice.http.request(method, format!("{}{path}", self.alice.server.url));
        let request = request.header("x-auth-token", token);
        let request = if body.is_null() { request } else { request.json(&body) };
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap_or_default())
    }

    async fn called(&self, token: &str) -> (u16, Value) {
        let path = format!("/v2/{}/ocr/general-text", self.alice.project("cn-north-4"));
        let (status, body) = self.with_token(token, (Method::POST, &path), json!({ "image": PIXEL })).await;
        (status, body["error_code"].clone())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_iam_sdk_manages_users() {
    let Some(mut admin) = Admin::open().await else { return };
    let domain_id = admin.account_id();
    let made = admin.create(json!({
        "name": "ann", "domain_id": domain_id, "password": "pass word 1", "access_mode": "programmatic",
        "description": "a user", "email": "ann@example.com", "areacode": "0086", "phone": "123456",
    }));
    let ann = &made["user"];
    assert_eq!(made["status"], 201, "{made:#}");
    for (field, wanted) in [
        ("name", json!("ann")),
        ("access_mode", json!("programmatic")),
        ("enabled", json!(true)),
        ("pwd_status", json!(true)),
        ("is_domain_owner", json!(false)),
        ("domain_id", domain_id.clone()),
        ("email", json!("ann@example.com")),
    ] {
        assert_eq!(ann[field], wanted, "{field}");
    }
    let twice = admin.create(json!({ "name": "ANN", "domain_id": domain_id }));
    assert_eq!((&twice["status"], &twice["code"]), (&json!(409), &json!("IAM.0005")), "{twice:#}");
    for (field, value) in
        [("name", "no name"), ("password", "short"), ("access_mode", "moon"), ("email", "nowhere")]
    {
        let mut new = json!({ "name": "bert", "domain_id": domain_id });
        new[field] = json!(value);
        let refused = admin.create(new);
        assert_eq!(refused["status"], 400, "{field}: {refused:#}");
    }

    let new =
        body("KeystoneCreateUserRequestBody", "user", "KeystoneCreateUserOption", json!({ "name": "bert" }));
    let bert = admin.sdk.ok("iam", "keystone_create_user", json!({ "body": new }))["user"].clone();
    assert_eq!((&bert["name"], &bert["pwd_status"]), (&json!("bert"), &json!(false)));
    let listed = admin.sdk.ok("iam", "keystone_list_users", json!({}));
    let names: Vec<&str> =
        listed["users"].as_array().unwrap().iter().map(|u| u["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["alice", "ann", "bert"]);
    let one = admin.sdk.ok("iam", "keystone_list_users", json!({ "name": "ann" }));
    assert_eq!((one["users"].as_array().unwrap().len(), &one["users"][0]["id"]), (1, &ann["id"]));

    let change = json!({ "description": "changed", "enabled": false });
    let change = body("KeystoneUpdateUserByAdminRequestBody", "user", "KeystoneUpdateUserOption", change);
    let asked = json!({ "user_id": ann["id"], "body": change });
    admin.sdk.ok("iam", "keystone_update_user_by_admin", asked);
    let change =
        body("UpdateUserRequestBody", "user", "UpdateUserOption", json!({ "access_mode": "console" }));
    admin.sdk.ok("iam", "update_user", json!({ "user_id": ann["id"], "body": change }));
    let shown = admin.sdk.ok("iam", "keystone_show_user", json!({ "user_id": ann["id"] }));
    assert_eq!(
        (&shown["user"]["description"], &shown["user"]["enabled"], &shown["user"]["access_mode"]),
        (&json!("changed"), &json!(false), &json!("console"))
    );
    let shown = admin.sdk.ok("iam", "show_user", json!({ "user_id": ann["id"] }));
    assert_eq!((&shown["user"]["email"], &shown["user"]["phone"]), (&ann["email"], &json!("123456")));

    let owner = &listed["users"][0]["id"];
    let kept = admin.sdk.call("iam", "keystone_delete_user", json!({ "user_id": owner }));
    assert_eq!(kept["status"], 403, "{kept:#}");
    admin.sdk.ok("iam", "keystone_delete_user", json!({ "user_id": ann["id"] }));
    for method in ["keystone_show_user", "show_user", "keystone_delete_user"] {
        let gone = admin.sdk.call("iam", method, json!({ "user_id": ann["id"] }));
        assert_eq!(gone["status"], 404, "{method}: {gone:#}");
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
async fn the_iam_sdk_manages_groups() {
    let Some(mut admin) = Admin::open().await else { return };
    let group = admin.group("callers");
    assert_eq!((&group["name"], &group["description"]), (&json!("callers"), &json!("for tests")));
    let again = body(
        "KeystoneCreateGroupRequestBody",
        "group",
        "KeystoneCreateGroupOption",
        json!({ "name": "callers" }),
    );
    let again = admin.sdk.call("iam", "keystone_create_group", json!({ "body": again }));
    assert_eq!(again["status"], 409, "{again:#}");
    let change = body(
        "KeystoneUpdateGroupRequestBody",
        "group",
        "KeystoneUpdateGroupOption",
        json!({ "name": "readers" }),
    );
    let changed =
        admin.sdk.ok("iam", "keystone_update_group", json!({ "group_id": group["id"], "body": change }));
    assert_eq!(
        (&changed["group"]["name"], &changed["group"]["description"]),
        (&json!("readers"), &json!("for tests"))
    );
    let shown = admin.sdk.ok("iam", "keystone_show_group", json!({ "group_id": group["id"] }));
    assert_eq!(shown["group"]["create_time"], group["create_time"]);
    let listed = admin.sdk.ok("iam", "keystone_list_groups", json!({}));
    let names: Vec<&Value> =
        listed["groups"].as_array().unwrap().iter().map(|group| &group["name"]).collect();
    assert_eq!(names, ["admin", "readers"]);

    let (user_id, _) = admin.user_with_key("ann");
    let member = json!({ "group_id": group["id"], "user_id": user_id });
    admin.sdk.ok("iam", "keystone_add_user_to_group", member.clone());
    let users =
        admin.sdk.ok("iam", "keystone_list_users_for_group_by_admin", json!({ "group_id": group["id"] }));
    assert_eq!(users["users"][0]["name"], "ann");
    admin.sdk.ok("iam", "keystone_remove_user_from_group", member.clone());
    assert_eq!(admin.sdk.call("iam", "keystone_remove_user_from_group", member)["status"], 404);

    let admins = json!({ "group_id": listed["groups"][0]["id"] });
    assert_eq!(admin.sdk.call("iam", "keystone_delete_group", admins)["status"], 403);
    admin.sdk.ok("iam", "keystone_delete_group", json!({ "group_id": group["id"] }));
    assert_eq!(
        admin.sdk.call("iam", "keystone_show_group", json!({ "group_id": group["id"] }))["status"],
        404
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_ends_with_what_it_was_given_for() {
    let Some(mut admin) = Admin::open().await else { return };
    admin.alice.order(&["subscribe", "alice"]);
    let (user_id, _) = admin.user_with_key("ann");
    let (group, full) = (admin.group("callers"), admin.role("OCR FullAccess"));
    admin.sdk.ok("iam", "keystone_add_user_to_group", json!({ "group_id": group["id"], "user_id": user_id }));
    let granted = json!({ "domain_id": admin.account_id(), "group_id": group["id"], "role_id": full["id"] });
    admin.sdk.ok("iam", "update_domain_group_inherit_role", granted);

    let (_, first, content) = admin.token("ann", "pass word 1").await;
    assert_eq!(content["token"]["roles"][0]["name"], "ocr_full_access", "{content:#}");
    assert_eq!(admin.called(&first).await, (200, Value::Null));

    // For another token, valid as long as that.
    let scope = json!({ "project": { "name": "cn-north-4" } });
    let by_token = |token: &str| json!({"auth": {"identity": {"methods": ["token"], "token": {"id": token}}, "scope": scope}});
    admin.alice.server.json(&["clock", "advance", "1h"]);
    let (status, scoped, given) = admin.ask_for_token(&by_token(&first)).await;
    assert_eq!(status, StatusCode::CREATED, "{given:#}");
    assert_eq!(given["token"]["expires_at"], content["token"]["expires_at"]);
    assert_eq!(given["token"]["methods"], json!(["token"]));
    assert_eq!(admin.called(&scoped).await, (200, Value::Null));
    assert_eq!(admin.ask_for_token(&by_token("no token")).await.0, StatusCode::UNAUTHORIZED);

    // Users change their own password, with the one so far.
    let path = format!("/v3/users/{user_id}/password");
    let change =
        |new: &str, original: &str| json!({ "user": { "password": new, "original_password": original } });
    for (new, original, status) in
        [("another word 2", "wrong", 401), ("short", "pass word 1", 400), ("pass word 1", "pass word 1", 400)]
    {
        let answer = admin.with_token(&first, (Method::POST, &path), change(new, original)).await;
        assert_eq!(answer.0, status, "{new}: {}", answer.1);
    }
    let changed =
        admin.with_token(&first, (Method::POST, &path), change("another word 2", "pass word 1")).await;
    assert_eq!(changed.0, 204, "{}", changed.1);
    for token in [&first, &scoped] {
        assert_eq!(admin.called(token).await, (401, json!("APIG.0307")));
    }
    assert_eq!(admin.token("ann", "pass word 1").await.0, StatusCode::UNAUTHORIZED);
    let (_, second, _) = admin.token("ann", "another word 2").await;
    assert_eq!(admin.called(&second).await.0, 200);
    let contact = json!({ "user": { "email": "ann@example.com", "mobile": "0086-123" } });
    let info = format!("/v3.0/OS-USER/users/{user_id}/info");
    assert_eq!(admin.with_token(&second, (Method::PUT, &info), contact).await.0, 204);
    let shown = admin.sdk.ok("iam", "show_user", json!({ "user_id": user_id }));
    assert_eq!((&shown["user"]["areacode"], &shown["user"]["phone"]), (&json!("0086"), &json!("123")));

    // From the console only.
    let mode = |mode: &str| {
        body("UpdateUserRequestBody", "user", "UpdateUserOption", json!({ "access_mode": mode }))
    };
    admin.sdk.ok("iam", "update_user", json!({ "user_id": user_id, "body": mode("console") }));
    assert_eq!(admin.called(&second).await, (403, json!("APIG.0302")));
    let (status, _, refused) = admin.token("ann", "another word 2").await;
    let words = "This user only supports console access, not programmatic access.";
    assert_eq!((status, &refused), (StatusCode::FORBIDDEN, &json!({ "code": 403, "message": words })));
    let sign_in = json!({ "account": "alice", "user": "ann", "password": "another word 2" });
    let url = format!("{}/v1/session", admin.alice.server.url);
    let response = admin.alice.http.post(&url).json(&sign_in).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    admin.sdk.ok("iam", "update_user", json!({ "user_id": user_id, "body": mode("programmatic") }));
    let response = admin.alice.http.post(&url).json(&sign_in).send().await.unwrap();
    let refused: Value = response.json().await.unwrap();
    assert_eq!(refused["reason"], "programmatic_only", "{refused:#}");

    // Disabled, and deleted.
    assert_eq!(admin.called(&second).await.0, 200);
    let enabled = |enabled: bool| {
        body("UpdateUserRequestBody", "user", "UpdateUserOption", json!({ "enabled": enabled }))
    };
    admin.sdk.ok("iam", "update_user", json!({ "user_id": user_id, "body": enabled(false) }));
    assert_eq!(admin.called(&second).await, (401, json!("APIG.0307")));
    assert_eq!(admin.token("ann", "another word 2").await.0, StatusCode::UNAUTHORIZED);
    admin.sdk.ok("iam", "update_user", json!({ "user_id": user_id, "body": enabled(true) }));
    let (_, third, _) = admin.token("ann", "another word 2").await;
    assert_eq!(admin.called(&third).await.0, 200);
    admin.sdk.ok("iam", "keystone_delete_user", json!({ "user_id": user_id }));
    assert_eq!(admin.called(&third).await, (401, json!("APIG.0307")));
}

/// Whatever was being proved with the old password when it was changed is over when the change is answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_token_outlives_the_password_it_was_given_for() {
    let Some(mut admin) = Admin::open().await else { return };
    let (user_id, _) = admin.user_with_key("ann");
    let path = format!("/v3.0/OS-USER/users/{user_id}");
    let owner = admin.alice.token.clone();
    for round in 0..6 {
        let (old, new) = (format!("pass word {}", round + 1), format!("pass word {}", round + 2));
        let change = async {
            let body = json!({ "user": { "password": new } });
            admin.with_token(&owner, (Method::PUT, &path), body).await
        };
        let sign_ins = futures_util::future::join_all((0..4).map(|_| admin.token("ann", &old)));
        let (changed, tokens) = tokio::join!(change, sign_ins);
        assert_eq!(changed.0, 200, "{}", changed.1);
        for (status, token, _) in tokens.iter().filter(|(status, ..)| *status == StatusCode::CREATED) {
            let answer = admin.called(token).await;
            assert_eq!(answer, (401, json!("APIG.0307")), "{status} in round {round}");
        }
        // Those that came too late count as failures.
        assert_eq!(admin.token("ann", &new).await.0, StatusCode::CREATED);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_takes_an_account_from_its_owner() {
    let Some(mut admin) = Admin::open().await else { return };
    let (user_id, key) = admin.user_with_key("ann");
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
    assert_eq!(admin.alice.call().await.status().as_u16(), 403, "the API is not enabled, the key opens");
    assert_eq!(key["access_key"].as_str().unwrap().len(), 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_login_policy_is_in_force() {
    let Some(mut admin) = Admin::open().await else { return };
    let domain_id = admin.account_id();
    let shown = admin.sdk.ok("iam", "show_domain_login_policy", json!({ "domain_id": domain_id }));
    let policy = &shown["login_policy"];
    assert_eq!(
        (&policy["login_failed_times"], &policy["session_timeout"]),
        (&json!(5), &json!(60)),
        "{shown:#}"
    );
    let mut change = |fields: Value| {
        let body = body("UpdateDomainLoginPolicyRequestBody", "login_policy", "LoginPolicyOption", fields);
        admin.sdk.call("iam", "update_domain_login_policy", json!({ "domain_id": domain_id, "body": body }))
    };
    for (field, value) in [
        ("account_validity_period", 241),
        ("lockout_duration", 14),
        ("lockout_duration", 31),
        ("login_failed_times", 2),
        ("login_failed_times", 11),
        ("period_with_login_failures", 61),
        ("session_timeout", 14),
        ("session_timeout", 1_441),
    ] {
        let refused = change(json!({ field: value }));
        assert_eq!(
            (&refused["status"], &refused["code"]),
            (&json!(400), &json!("IAM.0073")),
            "{field} {value}: {refused:#}"
        );
    }
    let changed =
        change(json!({ "login_failed_times": 3, "session_timeout": 45, "custom_info_for_login": "hello" }));
    let policy = &changed["login_policy"];
    assert_eq!(
        (&policy["login_failed_times"], &policy["lockout_duration"]),
        (&json!(3), &json!(15)),
        "{changed:#}"
    );

    let sign_in = json!({ "account": "alice", "password": admin.alice.account["password"] });
    let url = format!("{}/v1/session", admin.alice.server.url);
    let session: Value =
        admin.alice.http.post(&url).json(&sign_in).send().await.unwrap().json().await.unwrap();
    assert_eq!(session["session"]["idle_minutes"], 45, "{session:#}");

    admin.user_with_key("ann");
    for name in ["ann", "nobody"] {
        for _ in 0..3 {
            let (_, _, refused) = admin.token(name, "wrong").await;
            assert_eq!(refused["error"]["message"], "The username or password is wrong.");
        }
        let (status, _, locked) = admin.token(name, "pass word 1").await;
        assert_eq!(
            (status, &locked["error"]["message"]),
            (StatusCode::UNAUTHORIZED, &json!("The account is locked."))
        );
    }
}

/// The operator makes users too, and gives a password to whoever lost theirs.
#[tokio::test]
async fn the_operator_manages_users() {
    let mut alice = Customer::open("V0", "intl").await;
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    let server = &alice.server;
    let made =
        server.json(&["user", "create", "alice", "scanner", "--access", "programmatic", "--ocr", "full"]);
    let scanner = json!({ "name": "alice", "user": "scanner", "password": made["password"] });
    let token = token_of(&alice.http, &server.url, &scanner).await;
    let call = async |token: &str| {
        let request = alice.http.post(alice.path("cn-north-4")).header("x-auth-token", token);
        request.json(&json!({ "image": PIXEL })).send().await.unwrap().status().as_u16()
    };
    assert_eq!(call(&token).await, 200);
    server.json(&["user", "set", "alice", "scanner", "--ocr", "read-only"]);
    assert_eq!(call(&token).await, 403, "the next call");
    server.json(&["user", "set", "alice", "scanner", "--administrator", "true"]);
    assert_eq!(call(&token).await, 200);
    server.json(&["user", "set", "alice", "scanner", "--enabled", "false"]);
    assert_eq!(call(&token).await, 401);

    let listed = server.json(&["user", "list", "alice"]);
    let users: Vec<(&Value, &Value)> =
        listed["users"].as_array().unwrap().iter().map(|u| (&u["user"], &u["owner"])).collect();
    assert_eq!(users, [(&json!("alice"), &json!(true)), (&json!("scanner"), &json!(false))]);
    assert!(
        !server.run(&["user", "delete", "alice", "alice"]).status.success(),
        "the account's own user stays"
    );
    server.json(&["user", "delete", "alice", "scanner"]);

    // Whoever lost the password gets another one; the old one and its tokens open nothing.
    let given = server.json(&["user", "password", "alice"]);
    assert_eq!(alice.call().await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(alice.ask_for_token().await.status(), StatusCode::UNAUTHORIZED);
    alice.account["password"] = given["password"].clone();
    alice.renew_token().await;
    assert_eq!(alice.call().await.status(), StatusCode::OK);
}
