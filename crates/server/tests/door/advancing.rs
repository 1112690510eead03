//! An advance of the clock goes its whole way: when its client leaves, and when the server is stopped meanwhile.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use charging::{AccountId, Tier, Timestamp};
use ledger::read::TransactionQuery;
use server::config::Config;
use server::eye::Blank;
use server::serve::Running;
use socket2::SockRef;
use tokio::io::AsyncWriteExt;

use crate::inside::{self, open_account, operator_token, order_to_advance};
use crate::server::data_folder;
use crate::waiting::{in_time, until};

const DAY_MS: i64 = 86_400_000;

/// A provider that takes connections and says nothing, for as long as it is kept.
struct Silent {
    listener: TcpListener,
    secret: tempfile::NamedTempFile,
}

impl Silent {
    fn new() -> Silent {
        let secret = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(secret.path(), "a secret of some length").unwrap();
        Silent { listener: TcpListener::bind("127.0.0.1:0").unwrap(), secret }
    }

    fn config(&self, wait_s: u64) -> String {
        let (address, secret) = (self.listener.local_addr().unwrap(), self.secret.path());
        format!(
            "[server]\nshutdown_s = 1\n[payment]\nprovider = \"webhook\"\nwait_s = {wait_s}\n[payment.webhook]\n\
             url = \"http://{address}/\"\nsecret_file = {secret:?}\n"
        )
    }
}

async fn serve(data: &Path, config: &str) -> Running {
    inside::serve(data, Config::parse(config).unwrap(), Some(Arc::new(Blank))).await
}

/// An account that has asked its provider for 5, which does not answer.
async fn account_that_waits(running: &Running) -> AccountId {
    let app = &running.app;
    let (_, id) = open_account(app, "alice", Tier::V0, "intl").await;
    let asked = app.engine.request_top_up(id, "5".parse().unwrap(), None, app.clock.now()).unwrap();
    asked.await.unwrap().unwrap();
    id
}

/// Asks for an advance over 100 days, and leaves as soon as it has begun: the file of the clock has both ends of the way.
async fn ask_and_leave(running: &Running, data: &Path) {
    let app = &running.app;
    let kept = || std::fs::read_to_string(data.join("clock")).unwrap();
    let before = kept();
    let mut client = tokio::net::TcpStream::connect(running.address).await.unwrap();
    let order = order_to_advance(&operator_token(app), 100 * DAY_MS);
    client.write_all(order.as_bytes()).await.unwrap();
    until("the way begins", || kept() != before).await;
    // Without a lingering the connection is reset: whoever has its other end is told at once.
    SockRef::from(&client).set_linger(Some(Duration::ZERO)).unwrap();
}

/// Waits until the advance under way has come to its end, and that is kept.
async fn whole_way(running: &Running) {
    assert!(in_time("the advance comes to its end", running.app.clock.between_calls()).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_does_not_stop_the_clock_half_way() {
    let (data, provider) = (data_folder(), Silent::new());
    let running = serve(data.path(), &provider.config(10)).await;
    account_that_waits(&running).await;
    let end = running.app.clock.now().plus_ms(100 * DAY_MS);
    ask_and_leave(&running, data.path()).await;
    assert!(running.app.clock.now() < end, "it waits for the provider");
    // The advance waits for the provider as long as a customer would, and once.
    whole_way(&running).await;
    assert_eq!(running.app.clock.now(), end);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_advance_that_a_stop_cut_off_is_gone_on_with_step_by_step() {
    let (data, provider) = (data_folder(), Silent::new());
    let running = serve(data.path(), &provider.config(300)).await;
    let id = account_that_waits(&running).await;
    let end = running.app.clock.now().plus_ms(100 * DAY_MS);
    ask_and_leave(&running, data.path()).await;
    let reached = running.app.clock.now();
    assert!(reached < end);
    running.stop().await;

    // The next server has a provider that pays at once: at an instant on the way, and not at its end.
    let running = serve(data.path(), "[payment]\nprovider = \"sandbox\"\n").await;
    let app = Arc::clone(&running.app);
    whole_way(&running).await;
    assert_eq!(app.clock.now(), end);
    app.read.catch_up().unwrap();
    let query = TransactionQuery { limit: 10, ..TransactionQuery::default() };
    let paid: Vec<Timestamp> = app.read.transactions(id, &query).unwrap().iter().map(|row| row.at).collect();
    assert_eq!(paid.len(), 1);
    assert!(paid[0] < end, "{paid:?} at {end:?}");
    running.stop().await;
    let kept = std::fs::read_to_string(data.path().join("clock")).unwrap();
    assert_eq!(kept, end.ms().to_string());
}

/// A provider that pays at once pays before time moves, as it does where nobody hurries: the hour that is settled on the
/// way finds the money there, as the forecast says.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_for_is_paid_before_time_moves() {
    let data = data_folder();
    let running = serve(data.path(), "[payment]\nprovider = \"sandbox\"\n").await;
    let app = Arc::clone(&running.app);
    let before = app.clock.now();
    let id = account_that_waits(&running).await;
    inside::advance(&running, 3_600_000).await;
    assert_eq!(app.clock.now(), before.plus_ms(3_600_000));
    app.read.catch_up().unwrap();
    let query = TransactionQuery { limit: 10, ..TransactionQuery::default() };
    let paid: Vec<Timestamp> = app.read.transactions(id, &query).unwrap().iter().map(|row| row.at).collect();
    assert_eq!(paid, [before]);
    running.stop().await;
}
