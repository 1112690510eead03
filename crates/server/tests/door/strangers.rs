//! Bodies take memory: strangers get none, one address no more than its share, and silent clients not for long.

use std::net::Ipv4Addr;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::customer::{Customer, PIXEL};
use crate::server::{BLANK, Server};
use crate::waiting::{in_time, until_answered};

/// A server that waits for a body waits for an hour.
const PATIENT: [(&str, &str); 3] =
    [BLANK, ("body_timeout_s = 120", "body_timeout_s = 3600"), ("body_grace_s = 10", "body_grace_s = 3600")];

/// Sends bytes from an address of this machine.
async fn send_from(server: &Server, from: Ipv4Addr, bytes: &[u8]) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    let to = server.url.trim_start_matches("http://").parse().unwrap();
    let mut stream = socket.connect(to).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream
}

/// What has been answered by the end of the first head.
async fn head(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        read.push(in_time("an answer", stream.read_u8()).await.unwrap());
    }
    String::from_utf8(read).unwrap()
}

/// All that is answered until the server hangs up.
async fn answer(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    in_time("an answer", stream.read_to_end(&mut read)).await.unwrap();
    String::from_utf8(read).unwrap()
}

/// The head of a call with these proofs and a body of this size.
fn call(customer: &Customer, proofs: &str, body_bytes: usize) -> String {
    let path = customer.path("cn-north-4").replace(&customer.server.url, "");
    format!("POST {path} HTTP/1.1\r\nHost: x\r\n{proofs}Content-Length: {body_bytes}\r\n\r\n")
}

fn signature(access_key: &str) -> String {
    let signature = "0".repeat(64);
    format!(
        "Authorization: SDK-HMAC-SHA256 Access={access_key}, SignedHeaders=host;x-sdk-date, Signature={signature}\r\n\
         X-Sdk-Date: 20250101T000000Z\r\n"
    )
}

#[tokio::test]
async fn a_stranger_is_answered_before_the_body() {
    let alice = Customer::with(Server::configured(&PATIENT), "V0", "intl").await;
    let access_key = alice.account["access_key"].as_str().unwrap();
    let (known_token, known_key) = (format!("X-Auth-Token: {}\r\n", alice.token), signature(access_key));
    let strangers = [
        ("nothing", String::new()),
        ("a token that is none", "X-Auth-Token: abc\r\n".to_owned()),
        ("a key that nobody has", signature("AKNOBODYHASTHISONE")),
        ("a signature that is none", "Authorization: Bearer x\r\n".to_owned()),
        ("a session that is none", "Cookie: inkmeter_session=abc\r\n".to_owned()),
    ];
    for (what, proofs) in &strangers {
        // Of the body nothing comes; whoever waits for it waits for an hour.
        let mut silent =
            send_from(&alice.server, Ipv4Addr::LOCALHOST, call(&alice, proofs, 12_000_000).as_bytes()).await;
        let told = head(&mut silent).await;
        assert!(told.starts_with("HTTP/1.1 401 "), "{what}: {told}");
        // Whoever asks first is not asked for it.
        let asking = call(&alice, &format!("{proofs}Expect: 100-continue\r\n"), 12_000_000);
        let mut asking = send_from(&alice.server, Ipv4Addr::LOCALHOST, asking.as_bytes()).await;
        assert!(head(&mut asking).await.starts_with("HTTP/1.1 401 "), "{what}");
    }
    // Others are asked for their bodies.
    for proofs in [&known_token, &known_key] {
        let asking = call(&alice, &format!("{proofs}Expect: 100-continue\r\n"), 100);
        let mut asking = send_from(&alice.server, Ipv4Addr::LOCALHOST, asking.as_bytes()).await;
        assert!(head(&mut asking).await.starts_with("HTTP/1.1 100 "), "{proofs}");
    }
    // A stranger who does send a body still sees the answer.
    let sent = alice.http.post(alice.path("cn-north-4")).body(vec![b'x'; 12_000_000]).send().await.unwrap();
    assert_eq!(sent.status(), StatusCode::UNAUTHORIZED);
    let body: Value = sent.json().await.unwrap();
    assert_eq!(body["error_code"], "APIG.0301");
}

#[tokio::test]
async fn a_locked_key_is_answered_before_the_body() {
    let alice = Customer::with(Server::configured(&PATIENT), "V0", "intl").await;
    let access_key = signature(alice.account["access_key"].as_str().unwrap());
    // A date of today, for one that is long ago says nothing of the secret.
    let today = wire::signature::format_date(server::clock::system_now_ms() / 1000);
    let wrong = call(&alice, &access_key.replace("20250101T000000Z", &today), 0)
        .replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    for _ in 0..5 {
        let mut stream = send_from(&alice.server, Ipv4Addr::LOCALHOST, wrong.as_bytes()).await;
        let told = answer(&mut stream).await;
        assert!(told.starts_with("HTTP/1.1 401 ") && !told.contains("locked"), "{told}");
    }
    let silent = call(&alice, &access_key, 12_000_000);
    let mut silent = send_from(&alice.server, Ipv4Addr::LOCALHOST, silent.as_bytes()).await;
    assert!(head(&mut silent).await.starts_with("HTTP/1.1 401 "));
}

#[tokio::test]
async fn an_address_has_a_share_of_the_memory_for_bodies() {
    let little = [
        ("proxies = [\"127.0.0.1\", \"::1\"]", "proxies = [\"127.0.0.3\"]"),
        ("body_limit_bytes = 12582912", "body_limit_bytes = 1048576"),
        ("body_memory_per_address_bytes = 134217728", "body_memory_per_address_bytes = 1048576"),
    ];
    let alice = Customer::with(Server::configured(&[&PATIENT[..], &little].concat()), "V0", "intl").await;
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    let token = format!("X-Auth-Token: {}\r\nConnection: close\r\n", alice.token);
    // Padding that means nothing makes a body large.
    let body = json!({ "image": PIXEL }).to_string() + &" ".repeat(200_000);
    let whole = call(&alice, &token, body.len()) + &body;
    let most = call(&alice, &token, 1_000_000) + &" ".repeat(990_000);
    // Which of the two the server takes in first is chance; tried again with a new one, at last it is the greater.
    let (hog, refused) = until_answered("the greater is taken in first", async || {
        let hog = send_from(&alice.server, Ipv4Addr::LOCALHOST, most.as_bytes()).await;
        let mut stream = send_from(&alice.server, Ipv4Addr::LOCALHOST, whole.as_bytes()).await;
        let told = answer(&mut stream).await;
        (!told.starts_with("HTTP/1.1 200 ")).then_some((hog, told))
    })
    .await;
    assert!(refused.starts_with("HTTP/1.1 429 ") && refused.contains("ModelArts.4401"), "{refused}");
    assert!(refused.contains("from this address"), "{refused}");
    // Another address has its own share; a proxy, and a small body, need none.
    let elsewhere = Ipv4Addr::new(127, 0, 0, 2);
    let mut other = send_from(&alice.server, elsewhere, whole.as_bytes()).await;
    assert!(answer(&mut other).await.starts_with("HTTP/1.1 200 "));
    for _ in 0..3 {
        let hogs_too = call(&alice, &token, 1_000_000) + &" ".repeat(900_000);
        let _kept = send_from(&alice.server, Ipv4Addr::new(127, 0, 0, 3), hogs_too.as_bytes()).await;
        let mut proxied = send_from(&alice.server, Ipv4Addr::new(127, 0, 0, 3), whole.as_bytes()).await;
        assert!(answer(&mut proxied).await.starts_with("HTTP/1.1 200 "));
    }
    assert_eq!(alice.call().await.status(), StatusCode::OK);
    // Whoever leaves gives the memory back, as soon as that is noticed.
    drop(hog);
    until_answered("the memory is given back", async || {
        let mut again = send_from(&alice.server, Ipv4Addr::LOCALHOST, whole.as_bytes()).await;
        answer(&mut again).await.starts_with("HTTP/1.1 200 ")
    })
    .await;
}

#[tokio::test]
async fn a_body_that_stops_coming_is_not_waited_for() {
    let hasty =
        [BLANK, ("body_timeout_s = 120", "body_timeout_s = 3600"), ("body_grace_s = 10", "body_grace_s = 1")];
    let alice = Customer::with(Server::configured(&hasty), "V0", "intl").await;
    let token = format!("X-Auth-Token: {}\r\nConnection: close\r\n", alice.token);
    let most = call(&alice, &token, 12_000_000) + &" ".repeat(11_000_000);
    let mut silent = send_from(&alice.server, Ipv4Addr::LOCALHOST, most.as_bytes()).await;
    let told = answer(&mut silent).await;
    assert!(told.starts_with("HTTP/1.1 400 ") && told.contains("ModelArts.4104"), "{told}");
    assert!(told.contains("too slowly"), "{told}");
}
