//! A client that goes away in the middle of its call: nothing is charged, and nothing stays kept back.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use charging::{Authorisation, Money, Name, SubscriptionMode, Tier};
use ledger::directory::ScopeKind;
use ocr::{Page, ReadError, TextOptions};
use server::auth::secrets;
use server::clock::ClockMode;
use server::config::{Config, DEFAULTS};
use server::eye::Reader;
use server::serve::{ServeOptions, start};
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
}

impl Reader for Held {
    fn general_text(&self, _: &Authorisation, _: &[u8], _: &TextOptions) -> Result<Page, ReadError> {
        self.began.notify_one();
        let mut may_go_on = self.may_go_on.lock().unwrap();
        while !*may_go_on {
            may_go_on = self.told.wait(may_go_on).unwrap();
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

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_pays_nothing() {
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
    let account = created.account_id.parse().unwrap();
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
    let begin = async || {
        let mut client = TcpStream::connect(running.address).await.unwrap();
        client.write_all(request.as_bytes()).await.unwrap();
        client
    };
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

    // Only the call that was answered is charged.
    assert_eq!(available().await, (money("0.95"), 0, 1));
    drop(app);
    running.stop().await;
}
