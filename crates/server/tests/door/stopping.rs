//! A server that is told to stop, and clients that would keep it: idle ones, slow ones, and too many of them.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use reqwest::StatusCode;

use crate::customer::{API, Customer, PIXEL};
use crate::inside::order_to_advance;
use crate::server::{BLANK, INKMETER, Server, data_folder};
use crate::waiting::{PATIENCE, in_time, until};

/// With these a server that waits for clients waits for an hour.
const PATIENT: [(&str, &str); 5] = [
    BLANK,
    ("shutdown_s = 30", "shutdown_s = 3600"),
    ("header_timeout_s = 30", "header_timeout_s = 3600"),
    ("body_timeout_s = 120", "body_timeout_s = 3600"),
    ("body_grace_s = 10", "body_grace_s = 3600"),
];

fn connect(url: &str) -> TcpStream {
    let stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Reads until the answer's head is there.
fn head(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let mut byte = [0];
    while !read.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
        read.extend_from_slice(&byte);
    }
    String::from_utf8(read).unwrap()
}

/// Reads until the server hangs up.
fn rest(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let ended = stream.read_to_end(&mut read);
    assert!(ended.is_ok() || ended.is_err_and(|e| e.kind() == ErrorKind::ConnectionReset));
    String::from_utf8(read).unwrap()
}

#[tokio::test]
async fn a_stop_waits_for_no_client() {
    let mut customer = Customer::with(Server::configured(&PATIENT), "V0", "intl").await;
    customer.server.json(&[&["subscribe", "alice"][..], &API].concat());
    customer.charged().await;
    // Whoever asks for new certificates where there are none, or closes the terminal, ends nothing.
    customer.server.signal("HUP");
    customer.charged().await;
    let url = customer.server.url.clone();
    let silent = connect(&url);
    let mut kept = connect(&url);
    kept.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert!(head(&mut kept).starts_with("HTTP/1.1 200 "));
    let mut half_a_head = connect(&url);
    half_a_head.write_all(b"GET /healthz HTTP/1.1\r\nHos").unwrap();
    let path = customer.path("cn-north-4").replace(&url, "");
    let call = format!("POST {path} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {}\r\n", customer.token);
    let mut half_a_body = connect(&url);
    // Once the server asks for the body, it waits for it.
    let expecting = format!("{call}Expect: 100-continue\r\nContent-Length: 100\r\n\r\n");
    half_a_body.write_all(expecting.as_bytes()).unwrap();
    assert!(head(&mut half_a_body).starts_with("HTTP/1.1 100 "));
    half_a_body.write_all(b"{\"image\": \"").unwrap();

    let stopped = tokio::task::spawn_blocking(move || {
        let status = customer.server.stop();
        (customer, status)
    });
    let (mut customer, status) = in_time("it stops", stopped).await.unwrap();
    assert!(status.success(), "{status}");
    let told = rest(&mut half_a_body);
    assert!(told.starts_with("HTTP/1.1 503 ") && told.contains("ModelArts.4403"), "{told}");
    for mut other in [silent, kept, half_a_head] {
        rest(&mut other);
    }
    customer.server.restart();
    assert_eq!(customer.server.charges("alice").len(), 2);
    assert_eq!(customer.server.json(&["verify"])["holds"], true);
}

/// Longer than signals are taken for one.
const ECHO_TIME: Duration = Duration::from_millis(1_200);

#[test]
fn a_second_signal_ends_at_once() {
    let data = data_folder();
    let mut config = server::config::DEFAULTS.to_owned();
    for (from, to) in PATIENT {
        config = config.replace(from, to);
    }
    std::fs::write(data.path().join("config.toml"), config).unwrap();
    let mut command = Command::new(INKMETER);
    command.arg("--data").arg(data.path()).args(["serve", "--listen", "127.0.0.1:0"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    let url = said.next().unwrap().unwrap().rsplit(' ').next().unwrap().to_owned();
    std::thread::spawn(move || said.for_each(drop));

    // A client that asks and asks and never reads: its answers are stuck, and the stop waits for them.
    let mut stuck = connect(&url);
    stuck.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
    let many = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1_000);
    while stuck.write_all(&many).is_ok() {}

    let pid = child.id().to_string();
    let signal = || {
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    };
    let mut errors = BufReader::new(child.stderr.take().unwrap()).lines();
    signal();
    assert!(errors.any(|line| line.unwrap().starts_with("stopping")));
    // One that comes with the first is its echo.
    signal();
    std::thread::sleep(ECHO_TIME);
    assert!(child.try_wait().unwrap().is_none());
    signal();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(128 + 15), "{status}");
    assert!(!data.path().join("server.address").exists());
    drop(stuck);
}

/// A command whose thread never comes back: it writes the clock into a pipe that nobody reads.
fn never_ending(server: &Server) -> TcpStream {
    let pipe = server.data.path().join("clock.unfinished");
    assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
    let mut client = connect(&server.url);
    let order = order_to_advance(&server.operator_token(), 1_000);
    let (asked, body) = order.split_once("\r\n\r\n").unwrap();
    client.write_all(format!("{asked}\r\nExpect: 100-continue\r\n\r\n").as_bytes()).unwrap();
    assert!(head(&mut client).starts_with("HTTP/1.1 100 "));
    client.write_all(body.as_bytes()).unwrap();
    for _ in 0..10 {
        let mut other = connect(&server.url);
        other.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        assert!(rest(&mut other).starts_with("HTTP/1.1 200 "));
    }
    client
}

#[tokio::test]
async fn a_thread_that_never_comes_back_holds_no_stop() {
    let mut server = Server::configured(&[BLANK, ("shutdown_s = 30", "shutdown_s = 1")]);
    let client = never_ending(&server);
    let stopped = tokio::task::spawn_blocking(move || (server.stop(), server));
    let (status, server) = in_time("it stops", stopped).await.unwrap();
    assert!(status.success(), "{status}");
    assert!(!server.data.path().join("server.address").exists());
    drop(client);
}

#[tokio::test]
async fn nor_a_second_signal() {
    let mut server = Server::configured(&PATIENT);
    let client = never_ending(&server);
    let mut kept = connect(&server.url);
    kept.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert!(head(&mut kept).starts_with("HTTP/1.1 200 "));
    server.signal("TERM");
    let stopped = tokio::task::spawn_blocking(move || {
        // Once idle connections are ended, the first signal has arrived; the stop waits for the command for an hour.
        rest(&mut kept);
        std::thread::sleep(ECHO_TIME);
        server.stop()
    });
    let status = in_time("it stops", stopped).await.unwrap();
    assert_eq!(status.code(), Some(128 + 15), "{status}");
    drop(client);
}

#[tokio::test]
async fn clients_that_have_said_all_are_answered_and_none_else_is_charged() {
    let customer = Customer::with(Server::configured(&[BLANK]), "V0", "intl").await;
    customer.server.json(&["top-up", "alice", "100"]);
    customer.server.json(&[&["subscribe", "alice"][..], &API].concat());
    let path = customer.path("cn-north-4").replace(&customer.server.url, "");
    let body = format!("{{\"image\":\"{PIXEL}\"}}");
    let call = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {}\r\nContent-Length: {}\r\n\r\n{body}",
        customer.token,
        body.len()
    );
    const CALLS: usize = 200;
    for _ in 0..CALLS {
        let mut client = connect(&customer.server.url);
        client.write_all(call.as_bytes()).unwrap();
        client.shutdown(std::net::Shutdown::Write).unwrap();
        let told = rest(&mut client);
        assert!(told.starts_with("HTTP/1.1 200 "), "{told}");
    }
    assert_eq!(customer.server.charges("alice").len(), CALLS);
}

#[tokio::test]
async fn one_address_cannot_take_every_connection() {
    let few = [
        BLANK,
        ("max_connections_per_address = 256", "max_connections_per_address = 3"),
        ("proxies = [\"127.0.0.1\", \"::1\"]", "proxies = []"),
    ];
    let server = Server::configured(&few);
    let ask = |stream: &mut TcpStream| {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").unwrap();
        head(stream)
    };
    let open = || {
        let mut stream = connect(&server.url);
        assert!(ask(&mut stream).starts_with("HTTP/1.1 200 "));
        stream
    };
    let mut held: Vec<TcpStream> = (0..3).map(|_| open()).collect();
    let mut one_too_many = connect(&server.url);
    let _ = one_too_many.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    let told = rest(&mut one_too_many);
    let (first, body) = told.split_once("\r\n\r\n").unwrap();
    assert!(first.starts_with("HTTP/1.1 429 ") && first.contains("Connection: close"), "{told}");
    let id = first.lines().find_map(|line| line.strip_prefix("X-Request-Id: ")).expect("an id");
    assert!(id.parse::<charging::ChargeId>().is_ok(), "{id}");
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!((&body["error_code"], &body["reason"]), (&"APIG.0308".into(), &"too_many_connections".into()));
    // Whoever leaves makes room, and those who are there are served.
    drop(held.pop());
    until("there is room", || {
        let mut again = connect(&server.url);
        let _ = again.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let told = rest(&mut again);
        if told.starts_with("HTTP/1.1 200 ") { Ok(()) } else { Err(told) }
    })
    .await;
    assert!(held.iter_mut().all(|stream| ask(stream).contains("200")));
}

#[tokio::test]
async fn a_proxy_may_have_as_many_as_there_are() {
    let few = [BLANK, ("max_connections_per_address = 256", "max_connections_per_address = 1")];
    let server = Server::configured(&few);
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let url = format!("{}/healthz", server.url);
    let all = futures_util::future::join_all((0..20).map(|_| http.get(&url).send())).await;
    assert!(all.into_iter().all(|answer| answer.unwrap().status() == StatusCode::OK));
}
