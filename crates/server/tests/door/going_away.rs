//! Calls that take long: a client that goes away in the middle pays nothing, and time stands still for them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use charging::Money;
use futures_util::FutureExt;
use ocr::{Page, ReadError};
use server::eye::{Blank, Reader, Reading};
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;

use crate::inside::advance;
use crate::scene::{Caller, Scene};
use crate::waiting::{PATIENCE, in_time, until, until_answered};

/// An eye that begins to read and goes on when it is told to.
#[derive(Default)]
pub struct Held {
    began: Notify,
    may_go_on: Mutex<bool>,
    told: Condvar,
    /// How many pictures were no longer wanted when it went on.
    pub unwanted: AtomicUsize,
}

impl Reader for Held {
    fn general_text(&self, reading: Reading<'_>) -> Result<Page, ReadError> {
        self.began.notify_one();
        let may_go_on = self.may_go_on.lock().unwrap();
        // Not for ever: a test that fails meanwhile has to end too.
        drop(self.told.wait_timeout_while(may_go_on, PATIENCE, |may_go_on| !*may_go_on).unwrap());
        if !(reading.wanted)() {
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
    /// Waits until it begins to read.
    pub async fn begun(&self) {
        in_time("the eye begins to read", self.began.notified()).await;
    }

    pub fn go_on(&self) {
        *self.may_go_on.lock().unwrap() = true;
        self.told.notify_all();
    }
}

/// An eye in front of which the client of a call breaks its connection.
struct Deserted {
    is_instant: bool,
    began: Notify,
    clients: Mutex<Receiver<std::net::TcpStream>>,
}

impl Reader for Deserted {
    fn general_text(&self, _: Reading<'_>) -> Result<Page, ReadError> {
        self.began.notify_one();
        let client = self.clients.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        // Without a lingering the connection is reset: whoever has its other end is told at once.
        SockRef::from(&client).set_linger(Some(Duration::ZERO)).unwrap();
        drop(client);
        Ok(Page::blank(0, 0))
    }

    fn workers(&self) -> usize {
        1
    }

    fn is_instant(&self) -> bool {
        self.is_instant
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_pays_nothing() {
    // One call at a time, so that a second one shows whether the first one's place is free again.
    let scene = Scene::set(Held::default(), 0).await;
    let Scene { running, eye, alice, .. } = &scene;
    let (app, address) = (Arc::clone(&running.app), running.address);
    let available = async || alice.books(&app).await;
    let money = |text: &str| text.parse::<Money>().unwrap();

    // While the eye works, the call's price is kept back.
    let client = scene.begin().await;
    eye.begun().await;
    assert_eq!(available().await, (money("0.95"), 1, 0));

    // The client leaves: what was kept back is given back, though the eye still works.
    drop(client);
    until_answered("the hold is given back", async || available().await.1 == 0).await;
    assert_eq!(available().await, (money("1"), 0, 0));

    // Its place is taken until the eye is done with it.
    let answer = alice.call(address).await;
    assert!(answer.starts_with("HTTP/1.1 429 "), "{answer}");
    eye.go_on();
    let answer = until_answered("the place is free again", async || {
        let answer = alice.call(address).await;
        (!answer.starts_with("HTTP/1.1 429 ")).then_some(answer)
    })
    .await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");

    // The eye was told that nobody waits for the first one; only the call that was answered is charged.
    assert_eq!(eye.unwanted.load(Ordering::Relaxed), 1);
    assert_eq!(available().await, (money("0.95"), 0, 1));
    drop(app);
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_left_before_the_charge_pays_nothing() {
    for is_instant in [false, true] {
        let (give, clients) = channel();
        let clients = Mutex::new(clients);
        let scene = Scene::set(Deserted { is_instant, began: Notify::new(), clients }, 64).await;
        let app = Arc::clone(&scene.running.app);
        for _ in 0..20 {
            let client = scene.begin().await;
            in_time("the eye begins to read", scene.eye.began.notified()).await;
            give.send(client.into_std().unwrap()).unwrap();
            // Given back or charged, the call is no longer under way.
            until_answered("the call ends", async || scene.alice.books(&app).await.1 == 0).await;
            assert_eq!(scene.alice.books(&app).await, ("1".parse().unwrap(), 0, 0));
        }
        drop(app);
        scene.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_leave_at_any_moment_leave_no_call_behind() {
    let scene = Scene::set(Blank, 64).await;
    let app = Arc::clone(&scene.running.app);
    let rich = Arc::new(Caller::open(&app, "rich", "1000").await);
    let address = scene.running.address;
    let clients: Vec<_> = (0..400)
        .map(|number| {
            let rich = Arc::clone(&rich);
            tokio::spawn(async move {
                let client = rich.begin(address).await;
                for _ in 0..number % 40 {
                    tokio::task::yield_now().await;
                }
                SockRef::from(&client).set_linger(Some(Duration::ZERO)).unwrap();
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    // Those who wait are answered all the while.
    for _ in 0..20 {
        assert!(rich.call(address).await.starts_with("HTTP/1.1 200 "));
    }
    // Each call is given back or stands in the books, and once.
    let (available, charges) = until_answered("every call ends", async || {
        let (available, under_way, charges) = rich.books(&app).await;
        (under_way == 0).then_some((available, charges))
    })
    .await;
    let price = "0.05".parse::<Money>().unwrap();
    assert!((20..=420).contains(&charges), "{charges}");
    assert_eq!((0..charges).fold(available, |sum, _| sum + price), "1000".parse().unwrap());
    drop(app);
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_has_said_all_is_answered() {
    let scene = Scene::set(Held::default(), 0).await;
    let app = Arc::clone(&scene.running.app);
    let mut client = scene.begin().await;
    client.shutdown().await.unwrap();
    scene.eye.begun().await;
    // What every answer begins with comes once the server has seen that nothing more is sent.
    let mut ahead = [0; 7];
    client.read_exact(&mut ahead).await.unwrap();
    assert_eq!(&ahead, b"HTTP/1.");
    scene.eye.go_on();
    let mut rest = String::new();
    client.read_to_string(&mut rest).await.unwrap();
    assert!(rest.starts_with("1 200 OK\r\n") && rest.ends_with('}'), "{rest}");
    assert_eq!(scene.alice.books(&app).await.2, 1);
    drop(app);
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn time_is_not_moved_under_a_call() {
    let scene = Scene::set(Held::default(), 0).await;
    let app = Arc::clone(&scene.running.app);
    let mut client = scene.begin().await;
    scene.eye.begun().await;
    let before = app.clock.now();

    // An hour is longer than any call's hold lasts.
    let served = async {
        // Once somebody waits to move time, calls that begin wait for them.
        until("time is to be moved", || app.clock.during_call().now_or_never().is_none()).await;
        assert_eq!(app.clock.now(), before);
        scene.eye.go_on();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    };
    tokio::join!(advance(&scene.running, 3_600_000), served);
    assert_eq!(app.clock.now(), before.plus_ms(3_600_000));
    drop(app);
    scene.stop().await;
}
