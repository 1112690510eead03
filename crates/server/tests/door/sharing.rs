//! One account that sends as many calls as it can, and another that wants to be served beside it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex};

use ocr::{Page, ReadError};
use server::eye::{Reader, Reading};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::callers::{Called, Refused, Tally, call_on};
use crate::scene::{Caller, Scene};
use crate::waiting::{PATIENCE, in_time, until};

const CONNECTIONS: usize = 90;
/// Calls that may wait beside the two that are read: together the places the default has on a machine with two cores.
const QUEUE: usize = 64;

/// An eye that reads as many pictures as it is let.
#[derive(Default)]
struct Let {
    pictures: Mutex<usize>,
    told: Condvar,
}

impl Let {
    fn read(&self, more: usize) {
        *self.pictures.lock().unwrap() += more;
        self.told.notify_all();
    }
}

impl Reader for Let {
    fn general_text(&self, _: Reading<'_>) -> Result<Page, ReadError> {
        let pictures = self.pictures.lock().unwrap();
        let is_shut = |pictures: &mut usize| *pictures == 0;
        let (mut pictures, waited) = self.told.wait_timeout_while(pictures, PATIENCE, is_shut).unwrap();
        if waited.timed_out() {
            return Err(ReadError::Engine("nobody lets it read".into()));
        }
        *pictures -= 1;
        Ok(Page::blank(0, 0))
    }

    fn workers(&self) -> usize {
        2
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_with_many_connections_keeps_no_other_out() {
    let scene = Scene::set(Let::default(), QUEUE).await;
    let (app, address) = (&scene.running.app, scene.running.address);
    let greedy = Caller::open(app, "greedy", "100000").await;
    let tally = Arc::new(Tally::default());
    let called = Called { url: format!("http://{address}{}", greedy.path), token: greedy.token.clone() };
    let callers: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
            tokio::spawn(call_on(http, called.clone(), Refused::GoesOn, Arc::clone(&tally)))
        })
        .collect();
    let refused = || tally.refused.load(Ordering::Relaxed);
    until("it has all the places it can have, and asks for more", || refused() >= CONNECTIONS).await;
    for _ in 0..20 {
        let answer = {
            let read_on = async {
                let call = scene.alice.call(address);
                tokio::pin!(call);
                loop {
                    tokio::select! {
                        biased;
                        answer = &mut call => break answer,
                        () = tokio::task::yield_now() => scene.eye.read(1),
                    }
                }
            };
            in_time("the other is served", read_on).await
        };
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
    tally.end();
    scene.eye.read(1_000_000_000);
    let mut served = 0;
    for caller in callers {
        let seen = in_time("the last calls are answered", caller).await.unwrap();
        assert!(!seen.is_cut_off);
        served += seen.answered.len() as u64;
        for told in seen.refused {
            let named = (told.status, told.code.as_str(), told.reason.as_str(), told.retry_after.as_str());
            assert_eq!(named, (429, "APIG.0308", "too_many_calls", "1"));
            assert!(told.cure.contains("fewer calls at once"), "{told:?}");
        }
    }
    // Each answer of both is in the books.
    assert!(served > 0);
    assert_eq!(greedy.books(app).await.2, served);
    assert_eq!(scene.alice.books(app).await.2, 20);
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_finds_no_place_is_refused_before_its_body_comes() {
    let scene = Scene::set(Let::default(), 2).await;
    let (app, address) = (&scene.running.app, scene.running.address);
    // Of four places one account has three.
    let mut waiting = Vec::new();
    for _ in 0..3 {
        waiting.push(scene.begin().await);
    }
    until("they have their places", || app.places.taken() == 3).await;
    let mut client = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Auth-Token: {}\r\n\
         Content-Length: 10000000\r\n\r\n",
        scene.alice.path, scene.alice.token,
    );
    client.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let refused = async {
        while !answer.ends_with(b"}") {
            assert!(client.read_buf(&mut answer).await.unwrap() > 0);
        }
    };
    in_time("it is refused while nothing of its body is there", refused).await;
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 429 ") && answer.contains("too_many_calls"), "{answer}");
    scene.eye.read(3);
    for mut served in waiting {
        let mut answer = String::new();
        in_time("who has a place is served", served.read_to_string(&mut answer)).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
    assert_eq!(scene.alice.books(app).await.2, 3);
    scene.stop().await;
}
