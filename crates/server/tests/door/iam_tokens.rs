//! Tokens of an account's users: they end with what proved them and with what they were given for.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::iam_admin::{Admin, body};

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
