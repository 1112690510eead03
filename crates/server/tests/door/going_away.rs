//! Calls that take long: a client that goes away in the middle pays nothing, and time stands still for them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use charging::{AccountId, Authorisation, Money, Name, SubscriptionMode, Tier};
use futures_util::FutureExt;
use ledger::directory::ScopeKind;
use ocr::{Page, ReadError, TextOptions};
use server::auth::secrets;
use server::clock::ClockMode;
use server::config::{Config, DEFAULTS};
use server::eye::Reader;
use server::serve::{Running, ServeOptions, start};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::customer::PIXEL;

/// An eye that begins to read and goes on when it is told to.
#[derive(Default)]
struct Held {
    began: Notify,
    may_go_on: Mutex<bool>,
    told: Condvar,
    /// How many pictures were no longer wanted when it went on.
    unwanted: AtomicUsize,
}

impl Reader for Held {
    fn general_text(
        &self,
        _: &Authorisation,
        _: &[u8],
        _: &TextOptions,
        wanted: &(dyn Fn() -> bool + Sync),
    ) -> Result<Page, ReadError> {
        self.began.notify_one();
        let mut may_go_on = self.may_go_on.lock().unwrap();
        while !*may_go_on {
            may_go_on = self.told.wait(may_go_on).unwrap();
        }
        if !wanted() {
            self.unwanted.fetch_add(1, Ordering::Relaxed);
            return Err(ReadError::Unwanted);
        }
        Ok(Page::blank(0, 0))
    }

    fn workers(&self) -> usize {
        1
    }
}

impl Held {
    fn go_on(&self) {
        *self.may_go_on.lock().unwrap() = true;
        self.told.notify_all();
    }
}

/// A server with a held eye, an account that can pay, and the bytes of its call.
struct Scene {
    running: Running,
    eye: Arc<Held>,
    account: AccountId,
    request: String,
    _data: tempfile::TempDir,
}

impl Scene {
    async fn set() -> Scene {
        let data = tempfile::tempdir().unwrap();
        let eye = Arc::new(Held::default());
        let mut config = Config::parse(DEFAULTS).unwrap();
        // One call at a time, so that a second one shows whether the first one's place is free again.
        config.ocr.queue = 0;
        let running = start(ServeOptions {
            data: data.path(),
            listen: "127.0.0.1:0",
            clock: ClockMode::Manual,
            config,
            eye: Some(Arc::clone(&eye) as Arc<dyn Reader>),
        })
        .await
        .unwrap();
        let app = Arc::clone(&running.app);
        let name = |text: &str| Name::new(text).unwrap();
        let (api, region, now) = (name("general-text"), name("cn-north-4"), app.clock.now());
        let created = app.create_account("alice", Tier::V0, &name("intl")).unwrap();
        let account: AccountId = created.account_id.parse().unwrap();
        app.engine.top_up(account, "1".parse().unwrap(), None, now).unwrap().await.unwrap().unwrap();
        let enabled = app.engine.subscribe(account, (&api, &region), SubscriptionMode::PayPerUse, now);
        enabled.unwrap().await.unwrap().unwrap();
        let user = app.auth.directory.user("alice", &created.user).unwrap().unwrap();
        let (token, project) = (secrets::new_token(), &created.projects["cn-north-4"]);
        let (hash, until) = (secrets::token_hash(&token), now.plus_days(1));
        let insert = app.auth.directory.insert_token(
            &hash,
            &user.user_id,
            ScopeKind::Project,
            Some(project),
            now.ms(),
            until.ms(),
        );
        insert.unwrap();
        let body = format!("{{\"image\":\"{PIXEL}\"}}");
        let request = format!(
            "POST /v2/{project}/ocr/general-text HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Content-Type: application/json\r\nX-Auth-Token: {token}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        drop(app);
        Scene { running, eye, account, request, _data: data }
    }

    /// Sends the call and does not wait for its answer.
    async fn begin(&self) -> TcpStream {
        let mut client = TcpStream::connect(self.running.address).await.unwrap();
        client.write_all(self.request.as_bytes()).await.unwrap();
        client
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_pays_nothing() {
    let scene = Scene::set().await;
    let Scene { running, eye, account, .. } = &scene;
    let (app, account, begin) = (Arc::clone(&running.app), *account, async || scene.begin().await);
    let now = app.clock.now();
    let available = async || {
        let read = app.engine.read(account, now, |live, _| {
            (live.account.available(&live.holds), live.holds.len(), live.account.charges())
        });
        read.unwrap().await.unwrap()
    };
    let money = |text: &str| text.parse::<Money>().unwrap();

    // While the eye works, the call's price is kept back.
    let client = begin().await;
    eye.began.notified().await;
    assert_eq!(available().await, (money("0.95"), 1, 0));

    // The client leaves: what was kept back is given back, though the eye still works.
    drop(client);
    let given_back = async {
        while available().await.1 > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), given_back).await.expect("the hold is given back");
    assert_eq!(available().await, (money("1"), 0, 0));

    // Its place is taken until the eye is done with it.
    let mut answer = String::new();
    begin().await.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 429 "), "{answer}");
    eye.go_on();
    let served = async {
        loop {
            answer.clear();
            begin().await.read_to_string(&mut answer).await.unwrap();
            if !answer.starts_with("HTTP/1.1 429 ") {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), served).await.expect("the place is free again");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");

    // The eye was told that nobody waits for the first one; only the call that was answered is charged.
    assert_eq!(eye.unwanted.load(Ordering::Relaxed), 1);
    assert_eq!(available().await, (money("0.95"), 0, 1));
    drop(app);
    scene.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_has_said_all_is_answered() {
    let scene = Scene::set().await;
    let app = Arc::clone(&scene.running.app);
    let mut client = scene.begin().await;
    client.shutdown().await.unwrap();
    scene.eye.began.notified().await;
    // What every answer begins with comes once the server has seen that nothing more is sent.
    let mut ahead = [0; 7];
    client.read_exact(&mut ahead).await.unwrap();
    assert_eq!(&ahead, b"HTTP/1.");
    scene.eye.go_on();
    let mut rest = String::new();
    client.read_to_string(&mut rest).await.unwrap();
    assert!(rest.starts_with("1 200 OK\r\n") && rest.ends_with('}'), "{rest}");
    let charges = app.engine.read(scene.account, app.clock.now(), |live, _| live.account.charges());
    assert_eq!(charges.unwrap().await.unwrap(), 1);
    drop(app);
    scene.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn time_is_not_moved_under_a_call() {
    let scene = Scene::set().await;
    let app = Arc::clone(&scene.running.app);
    let mut client = scene.begin().await;
    scene.eye.began.notified().await;
    let before = app.clock.now();

    // An hour is longer than any call's hold lasts.
    let token = std::fs::read_to_string(app.data.operator_token()).unwrap();
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let url = format!("http://{}/v1/admin/clock", scene.running.address);
    let advance = http.post(url).bearer_auth(token.trim()).json(&serde_json::json!({ "by_ms": 3_600_000 }));
    let advanced = tokio::spawn(advance.send());
    // Once somebody waits to move time, calls that begin wait for them.
    while app.clock.during_call().now_or_never().is_some() {
        tokio::task::yield_now().await;
    }
    assert_eq!(app.clock.now(), before);
    scene.eye.go_on();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(advanced.await.unwrap().unwrap().status().is_success());
    assert_eq!(app.clock.now(), before.plus_ms(3_600_000));
    drop(app);
    scene.running.stop().await;
}
