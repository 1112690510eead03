//! A user who has not signed in for longer than the account's login policy allows, and how they are let in again.

use std::sync::Arc;

use ledger::directory::LoginPolicy;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use server::clock::system_now_ms;
use server::eye::Blank;

use crate::inside::{Inside, token_of};

const PASSWORD: &str = "Correct-horse-7";
const NEW_PASSWORD: &str = "Battery-staple-8";
const YEAR_MS: i64 = 365 * 86_400_000;

struct Idle {
    scene: Inside,
    /// Of the account's own user.
    token: String,
    user_id: String,
}

impl Idle {
    async fn start() -> Idle {
        let scene = Inside::start("", Arc::new(Blank)).await;
        let token = token_of(scene.app(), &scene.account, None);
        let body = json!({ "user": { "name": "ann", "password": PASSWORD, "pwd_status": false } });
        let made = scene.post("/v3/users").header("x-auth-token", &token).json(&body).send().await.unwrap();
        assert_eq!(made.status(), StatusCode::CREATED);
        let made: Value = made.json().await.unwrap();
        let user_id = made["user"]["id"].as_str().unwrap().to_owned();
        let policy = LoginPolicy { idle_days: 90, ..LoginPolicy::default() };
        scene.app().auth.directory.set_login_policy(&scene.account.account_id, &policy).unwrap();
        Idle { scene, token, user_id }
    }

    /// The user was not seen for a year.
    fn rests(&self) {
        let then_ms = system_now_ms() - YEAR_MS;
        self.scene.app().auth.directory.note_sign_in(&self.user_id, then_ms, then_ms).unwrap();
    }

    async fn signs_in(&self, password: &str) -> StatusCode {
        let domain = json!({ "name": self.scene.account.name });
        let user = json!({ "name": "ann", "password": password, "domain": domain });
        let identity = json!({ "methods": ["password"], "password": { "user": user } });
        let body = json!({ "auth": { "identity": identity, "scope": { "domain": domain } } });
        self.scene.post("/v3/auth/tokens").json(&body).send().await.unwrap().status()
    }

    async fn is_changed(&self, change: Value) {
        let url = format!("http://{}/v3/users/{}", self.scene.running.address, self.user_id);
        let sent = self.scene.http.patch(url).header("x-auth-token", &self.token);
        let changed: Response = sent.json(&json!({ "user": change })).send().await.unwrap();
        assert_eq!(changed.status(), StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_user_is_let_in_again_by_an_administrator_alone() {
    let idle = Idle::start().await;
    assert_eq!(idle.signs_in(PASSWORD).await, StatusCode::CREATED);
    idle.rests();
    assert_eq!(idle.signs_in(PASSWORD).await, StatusCode::UNAUTHORIZED);
    idle.is_changed(json!({ "description": "on leave" })).await;
    assert_eq!(idle.signs_in(PASSWORD).await, StatusCode::UNAUTHORIZED, "that lets nobody in");
    idle.is_changed(json!({ "enabled": true })).await;
    assert_eq!(idle.signs_in(PASSWORD).await, StatusCode::CREATED);
    idle.rests();
    idle.is_changed(json!({ "password": NEW_PASSWORD })).await;
    assert_eq!(idle.signs_in(NEW_PASSWORD).await, StatusCode::CREATED);
    idle.scene.running.stop().await;
}
