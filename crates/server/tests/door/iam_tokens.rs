//! Tokens of an account's users: they end with what proved them and with what they were given for.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::customer::Customer;
use crate::documented::{Answer, check_documented};
use crate::iam_admin::{Admin, body};
use crate::server::{BLANK, Server};

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

    // With the one it was given for it ends, and so do those that were given for it.
    let (_, parent, _) = admin.token("ann", "pass word 1").await;
    let (_, child, _) = admin.ask_for_token(&by_token(&parent)).await;
    let (_, grandchild, _) = admin.ask_for_token(&by_token(&child)).await;
    assert_eq!(admin.called(&grandchild).await, (200, Value::Null));
    let tokens = format!("{}/v3/auth/tokens", admin.alice.server.url);
    let given_back = admin.alice.http.delete(&tokens).header("x-auth-token", &first);
    let given_back = given_back.header("x-subject-token", &parent).send().await.unwrap();
    assert_eq!(given_back.status(), StatusCode::NO_CONTENT);
    assert_eq!(admin.called(&parent).await, (401, json!("APIG.0301")));
    for ended in [&child, &grandchild] {
        assert_eq!(admin.called(ended).await, (401, json!("APIG.0307")));
        assert_eq!(admin.ask_for_token(&by_token(ended)).await.0, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(admin.called(&scoped).await, (200, Value::Null), "of another token");

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
    assert_eq!(response.status(), StatusCode::OK, "the password is her own choice");
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

#[tokio::test]
async fn what_is_wrong_with_a_body_is_told_by_its_field() {
    let alice = Customer::open("V0", "intl").await;
    let ask = async |method: Method, path: &str, body: &str| {
        let request = alice.http.request(method, format!("{}{path}", alice.server.url));
        let request = request.header("x-auth-token", &alice.token).header("content-type", "application/json");
        let response = request.body(body.to_owned()).send().await.unwrap();
        let status = response.status().as_u16();
        let body: Value = response.json().await.unwrap();
        // Under /v3 Keystone's form, under /v3.0 IAM's.
        let said = body["error"]["message"].as_str().or(body["error_msg"].as_str()).unwrap_or_default();
        (status, body["error_code"].as_str().unwrap_or_default().to_owned(), said.to_owned())
    };
    let (tokens, users, own) = ("/v3/auth/tokens", "/v3/users", "/v3.0/OS-USER/users");
    for (path, body, code, words) in [
        (tokens, "", "", "'auth' is a required property."),
        (tokens, r#"{"auth": {}}"#, "", "'auth.identity' is a required property."),
        (
            tokens,
            r#"{"auth": {"identity": {"methods": "password"}}}"#,
            "",
            "Invalid input for field 'auth.identity.methods'. It is a list.",
        ),
        (
            tokens,
            r#"{"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "alice",
            "password": 12345678, "domain": {}}}}}}"#,
            "",
            "Invalid input for field 'auth.identity.password.user.password'. It is a string.",
        ),
        (
            tokens,
            r#"{"auth": {"identity": {"methods": []}}, "auth": {}}"#,
            "",
            "Invalid input for field 'auth'. It is given twice.",
        ),
        (tokens, "[]", "", "Request body is invalid."),
        (
            users,
            r#"{"user": {"name": "ann", "enabled": "yes"}}"#,
            "",
            "Invalid input for field 'user.enabled'. It is true or false.",
        ),
        (
            users,
            r#"{"user": {"name": "ann"}, "user": {"name": "bert"}}"#,
            "",
            "Invalid input for field 'user'. It is given twice.",
        ),
        (
            users,
            r#"{"user": {"name": "ann", "name": "bert"}}"#,
            "",
            "Invalid input for field 'user.name'. It is given twice.",
        ),
        (users, "{", "", "Request body is invalid."),
        (
            own,
            r#"{"user": {"name": 7, "domain_id": "x"}}"#,
            "IAM.0073",
            "Invalid input for field 'user.name'. It is a string.",
        ),
        (own, "{}", "IAM.0072", "'user' is a required property."),
    ] {
        assert_eq!(
            ask(Method::POST, path, body).await,
            (400, code.to_owned(), words.to_owned()),
            "{path} {body}"
        );
    }
    let listed = ask(Method::GET, users, "").await;
    assert_eq!(listed.0, 200);
}

/// The catalog has the endpoints that the configuration lists, and nothing if it is not asked for.
#[tokio::test]
async fn a_token_says_where_the_services_are() {
    let hosts = (
        "iam = []\nbilling = []\n[hosts.regions]",
        "iam = [\"iam.test\"]\nbilling = [\"bss.test\"]\n\
        [hosts.regions]\ncn-north-4 = [\"ocr.north.test\"]\ncn-east-3 = [\"ocr.east.test\"]",
    );
    let alice = Customer::with(Server::configured(&[BLANK, hosts]), "V0", "intl").await;
    let tokens = format!("{}/v3/auth/tokens", alice.server.url);
    let shown = async |query: &str| {
        let request = alice.http.get(format!("{tokens}{query}")).header("x-auth-token", &alice.token);
        let response = request.header("x-subject-token", &alice.token).send().await.unwrap();
        let text = response.text().await.unwrap();
        check_documented(
            "GET",
            "/v3/auth/tokens",
            Answer { status: 200, kind: "application/json", text: &text },
        );
        serde_json::from_str::<Value>(&text).unwrap()["token"]["catalog"].clone()
    };
    let catalog = shown("").await;
    let urls: Vec<(String, String, String)> = catalog
        .as_array()
        .unwrap()
        .iter()
        .map(|service| {
            let endpoint = &service["endpoints"][0];
            let text = |value: &'static str, of: &Value| of[value].as_str().unwrap().to_owned();
            (text("type", service), text("region", endpoint), text("url", endpoint))
        })
        .collect();
    let ocr = format!("https://ocr.north.test/v2/{}", alice.project("cn-north-4"));
    let row = |kind: &str, region: &str, url: &str| (kind.to_owned(), region.to_owned(), url.to_owned());
    assert_eq!(
        urls,
        [
            row("iam", "*", "https://iam.test/v3"),
            row("bss", "*", "https://bss.test/v2"),
            row("ocr", "cn-north-4", &ocr)
        ]
    );
    assert_eq!(shown("?nocatalog=true").await, json!([]));
}
