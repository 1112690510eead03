//! Users, groups and the login policy as the stock SDK manages them, and users as the operator does.

use ledger::directory::{Directory, Grantee, MAX_GRANTS, MAX_GROUPS_OF_USER, Scope};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::customer::{Customer, PIXEL, token_of};
use crate::documented::{Answer, check_documented};
use crate::iam_admin::{Admin, body};

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

/// A user who can be granted nothing more is told so by both doors, and what was asked for beside is not done either.
#[tokio::test]
async fn a_user_with_all_there_can_be_is_left_as_it_was() {
    let alice = Customer::open("V0", "intl").await;
    let server = &alice.server;
    let ann = server.json(&["user", "create", "alice", "ann"]);
    let account = alice.account["account_id"].as_str().unwrap();
    let user_id = ann["user_id"].as_str().unwrap();
    let directory = Directory::open(&server.data.path().join("directory.db")).unwrap();
    for number in 0..MAX_GRANTS {
        let (to, scope) = (Grantee::User(user_id.into()), Scope::Domain(account.into()));
        directory.grant(account, &to, &format!("r{number}"), &scope, 1).unwrap();
    }
    let ask = async |method: Method, path: String, body: Value| {
        let request = alice.http.request(method, format!("{}{path}", server.url));
        let response = request.header("x-auth-token", &alice.token).json(&body).send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json::<Value>().await.unwrap())
    };
    let wanted = json!({ "access": "console", "enabled": false, "administrator": true, "ocr": "full" });
    let (status, told) = ask(Method::PATCH, "/v1/users/ann".into(), wanted).await;
    assert_eq!((status, &told["reason"]), (400, &json!("too_many_grants")), "{told:#}");
    let listed = server.json(&["user", "list", "alice"]);
    let found = &listed["users"][1];
    for field in ["user", "access", "enabled", "administrator", "ocr"] {
        assert_eq!(found[field], ann[field], "{field} stays");
    }

    for number in 0..MAX_GROUPS_OF_USER {
        let name = format!("g{number}");
        let (_, made) = ask(Method::POST, "/v3/groups".into(), json!({ "group": { "name": name } })).await;
        let group = made["group"]["id"].as_str().unwrap();
        directory.set_group_user(account, group, user_id, true).unwrap();
    }
    let (status, told) = ask(Method::PUT, format!("/v3/groups/{account}/users/{user_id}"), json!({})).await;
    let message = "A user is in at most 10 groups.";
    assert_eq!((status, &told["error"]["message"]), (403, &json!(message)), "{told:#}");
}

/// Who was given a password by somebody else signs in at the console with one of their own; programs go on with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_given_password_is_changed_at_the_first_sign_in() {
    let Some(mut admin) = Admin::open().await else { return };
    let (user_id, _) = admin.user_with_key("ann");
    let shown = |admin: &mut Admin| {
        let shown = admin.sdk.ok("iam", "show_user", json!({ "user_id": user_id }));
        (shown["user"]["pwd_status"].clone(), shown["user"]["last_login_time"].clone())
    };
    assert_eq!(shown(&mut admin), (json!(true), Value::Null));
    let url = format!("{}/v1/session", admin.alice.server.url);
    let http = admin.alice.http.clone();
    let sign_in = async |password: &str, new: Option<&str>| {
        let mut body = json!({ "account": "alice", "user": "ann", "password": password });
        if let Some(new) = new {
            body["new_password"] = json!(new);
        }
        let response = http.post(&url).json(&body).send().await.unwrap();
        let (status, kind) = (response.status().as_u16(), response.headers()["content-type"].clone());
        let text = response.text().await.unwrap();
        let answer = Answer { status, kind: kind.to_str().unwrap(), text: &text };
        check_documented("POST", "/v1/session", answer);
        let body: Value = serde_json::from_str(&text).unwrap();
        (status, body["reason"].as_str().unwrap_or_default().to_owned())
    };
    let refused = |status: u16, reason: &str| (status, reason.to_owned());
    assert_eq!(sign_in("pass word 1", None).await, refused(403, "password_to_change"));
    assert_eq!(sign_in("wrong", Some("another word 2")).await, refused(401, "wrong_password"));
    for wrong in ["pass word 1", "short", "ann"] {
        assert_eq!(
            sign_in("pass word 1", Some(wrong)).await,
            refused(400, "password_not_allowed"),
            "{wrong}"
        );
    }
    let (status, token, _) = admin.token("ann", "pass word 1").await;
    assert_eq!(status, StatusCode::CREATED, "programs are not asked");
    assert_eq!(sign_in("pass word 1", Some("another word 2")).await, refused(200, ""));
    assert_eq!(admin.called(&token).await.0, 401, "what the old one opened is over");
    assert_eq!(sign_in("pass word 1", None).await, refused(401, "wrong_password"));
    assert_eq!(sign_in("another word 2", None).await, refused(200, ""));

    // When a user was made and last gave the password is told in business time.
    let now = admin.alice.show()["now"].as_str().unwrap().to_owned();
    let now = charging::Timestamp::parse(&now).unwrap().to_string().replace('Z', "");
    let (status, last) = shown(&mut admin);
    assert_eq!(status, json!(false));
    assert!(last.as_str().unwrap().starts_with(&now), "{last} at {now}");
    admin.alice.server.json(&["user", "password", "alice", "ann"]);
    assert_eq!(shown(&mut admin).0, json!(true), "the operator's choice now");
}
