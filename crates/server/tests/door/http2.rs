//! HTTP/2 and TLS: the same calls, charged the same way, within the same limits.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::http::{Request, Response, StatusCode, Version};
use bytes::Bytes;
use charging::Money;
use futures_util::FutureExt;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::{Value, json};
use server::eye::Blank;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::going_away::Held;
use crate::inside::{Inside, REGION, books, pixel};
use crate::peers::free_port;
use crate::server::Server;
use crate::waiting::{in_time, until_answered};

/// A connection of HTTP/2, and the task that ends when it does.
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    ended: JoinHandle<()>,
}

impl Connection {
    async fn over(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Connection {
        let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        // How it ends is the server's business.
        Connection { sender, ended: tokio::spawn(connection.map(drop)) }
    }

    pub async fn open(address: SocketAddr) -> Connection {
        Connection::over(TcpStream::connect(address).await.unwrap()).await
    }

    pub async fn send(&mut self, request: Request<Full<Bytes>>) -> Response<Incoming> {
        self.sender.ready().await.unwrap();
        self.sender.send_request(request).await.unwrap()
    }

    async fn has_ended(self) {
        drop(self.sender);
        in_time("the connection ends", self.ended).await.unwrap();
    }
}

impl Inside {
    pub fn request(&self, scheme: &str) -> Request<Full<Bytes>> {
        let uri = format!("{scheme}://{}{}", self.running.address, self.path(REGION));
        let request = Request::post(uri).version(Version::HTTP_2).header("x-auth-token", &self.token);
        request.body(Full::from(pixel())).unwrap()
    }
}

pub async fn body_of(response: Response<Incoming>) -> Value {
    serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap()
}

/// A connection with TLS to a server of whose certificates only this one is trusted.
async fn over_tls(
    address: SocketAddr,
    certificate: &Path,
    protocol: &[u8],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificate).unwrap()).unwrap();
    let mut config = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let stream = TcpStream::connect(address).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), stream).await
}

/// Writes a certificate of its own making, and its key.
fn make_certificate(dir: &Path, name: &str) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(dir.join(format!("{name}.key")), made.signing_key.serialize_pem()).unwrap();
    std::fs::write(dir.join(format!("{name}.crt")), made.cert.pem()).unwrap();
}

/// A configuration with a certificate of its own.
fn with_tls(dir: &Path) -> String {
    make_certificate(dir, "tls");
    let (certificate, key) = (json!(dir.join("tls.crt")), json!(dir.join("tls.key")));
    format!("[server.tls]\nlisten = \"127.0.0.1:0\"\ncertificate_file = {certificate}\nkey_file = {key}\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_knows_speaks_http2_without_tls() {
    let alice = Inside::start("", Arc::new(Blank)).await;
    let mut connection = Connection::open(alice.running.address).await;
    let answer = connection.send(alice.request("http")).await;
    assert_eq!((answer.status(), answer.version()), (StatusCode::OK, Version::HTTP_2));
    assert_eq!(answer.headers()["x-request-id"], answer.headers()["x-inkmeter-charge-id"]);
    assert!(body_of(answer).await["result"].is_object());

    // The host that is signed stands in `:authority`.
    let host = alice.running.address.to_string();
    let mut signed = alice.request("http");
    *signed.headers_mut() = alice.signed("POST", &alice.path(REGION), &host, pixel().as_bytes());
    assert_eq!(connection.send(signed.clone()).await.status(), StatusCode::OK);
    // A second host beside it is not believed.
    signed.headers_mut().insert("host", "elsewhere.example.com".parse().unwrap());
    let refused = connection.send(signed).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    assert_eq!(body_of(refused).await["error_code"], "APIG.0201");

    // Heads beyond the limits are refused in words, like those of HTTP/1.1.
    let mut large = alice.request("http");
    large.headers_mut().insert("x-large", "x".repeat(33 * 1024).parse().unwrap());
    let refused = connection.send(large).await;
    assert_eq!(refused.status().as_u16(), 494);
    assert_eq!(body_of(refused).await["error_code"], "APIG.0201");
    // And HTTP/1.1 is served at the same door.
    assert_eq!(alice.call().body(pixel()).send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(alice.charges().await, 3);
    alice.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_tls_both_sides_agree_on_a_protocol() {
    let dir = tempfile::tempdir().unwrap();
    let alice = Inside::start(&with_tls(dir.path()), Arc::new(Blank)).await;
    let address = alice.running.tls_address.unwrap();
    let certificate = dir.path().join("tls.crt");
    let stream = over_tls(address, &certificate, b"h2").await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let mut connection = Connection::over(stream).await;
    assert_eq!(connection.send(alice.request("https")).await.status(), StatusCode::OK);

    let mut stream = over_tls(address, &certificate, b"http/1.1").await.unwrap();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        alice.path(REGION),
        alice.token,
        pixel().len()
    );
    stream.write_all((head + &pixel()).as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert_eq!(alice.charges().await, 2);
    // A session's cookie goes nowhere without TLS.
    let sign_in =
        json!({ "account": "alice", "user": "alice", "password": alice.account.password }).to_string();
    let mut stream = over_tls(address, &certificate, b"http/1.1").await.unwrap();
    let head = format!(
        "POST /v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n",
        sign_in.len()
    );
    stream.write_all((head + &sign_in).as_bytes()).await.unwrap();
    answer.clear();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("; Secure"), "{answer}");
    alice.running.stop().await;
}

/// A door where nobody comes keeps no place from the other.
#[tokio::test(flavor = "multi_thread")]
async fn the_only_place_is_for_whichever_door_is_used() {
    let dir = tempfile::tempdir().unwrap();
    let config = with_tls(dir.path()) + "[server]\nmax_connections = 1\n";
    let alice = Inside::start(&config, Arc::new(Blank)).await;
    let address = alice.running.tls_address.unwrap();
    let calls = async {
        for _ in 0..3 {
            let plain = alice.call().header("connection", "close").body(pixel()).send().await.unwrap();
            assert_eq!(plain.status(), StatusCode::OK);
            drop(plain);
            let stream = over_tls(address, &dir.path().join("tls.crt"), b"h2").await.unwrap();
            let mut connection = Connection::over(stream).await;
            assert_eq!(connection.send(alice.request("https")).await.status(), StatusCode::OK);
            connection.has_ended().await;
        }
    };
    in_time("each is served", calls).await;
    assert_eq!(alice.charges().await, 6);
    alice.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_is_taken_without_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name);
    let copy = |from: &str, to: &str| _ = std::fs::copy(file(from), file(to)).unwrap();
    make_certificate(dir.path(), "tls");
    make_certificate(dir.path(), "next");
    copy("tls.crt", "first.crt");
    let port = free_port();
    let server = Server::with_config(&format!(
        "[ocr]\nengine = \"blank\"\n[server.tls]\nlisten = \"127.0.0.1:{port}\"\ncertificate_file = {}\nkey_file = {}",
        json!(file("tls.crt")),
        json!(file("tls.key"))
    ));
    let address: SocketAddr = ([127, 0, 0, 1], port).into();
    let shows = async |name: &str| over_tls(address, &file(name), b"http/1.1").await.is_ok();
    assert!(shows("first.crt").await && !shows("next.crt").await);
    let ready = async || reqwest::get(format!("{}/readyz", server.url)).await.unwrap().text().await.unwrap();
    let becomes = async |what: &str, is: &dyn Fn(&str) -> bool| {
        until_answered(what, async || {
            let told = ready().await;
            if is(&told) {
                return Ok(());
            }
            server.signal("HUP");
            Err(told)
        })
        .await;
    };
    // The new certificate alone does not go with the old key: nothing changes, and that is said.
    copy("next.crt", "tls.crt");
    becomes("the trouble is told", &|told| told.contains("the new TLS certificate is not in use")).await;
    assert!(shows("first.crt").await && !shows("next.crt").await);
    copy("next.key", "tls.key");
    becomes("it is over", &|told| !told.contains("TLS")).await;
    assert!(!shows("first.crt").await && shows("next.crt").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_on_one_connection_count_like_connections() {
    let eye = Arc::new(Held::default());
    let config = "[server]\nproxies = []\nmax_connections_per_address = 2\n[ocr]\nqueue = 64";
    let alice = Inside::start(config, Arc::clone(&eye) as Arc<_>).await;
    let mut connection = Connection::open(alice.running.address).await;
    let held: Vec<_> = [alice.request("http"), alice.request("http")]
        .map(|request| tokio::spawn(connection.sender.send_request(request)))
        .into();
    eye.begun().await;
    // The second of them may not have been there yet when this one comes.
    let third = until_answered("the third is one too many", async || {
        let answer = connection.send(Request::get("http://x/healthz").body(Full::default()).unwrap()).await;
        (answer.status() == StatusCode::TOO_MANY_REQUESTS).then_some(answer)
    })
    .await;
    assert_eq!(third.headers()["retry-after"], "5");
    assert!(third.headers().contains_key("x-request-id"));
    assert_eq!(body_of(third).await["error_code"], "APIG.0308");
    eye.go_on();
    for call in held {
        assert_eq!(call.await.unwrap().unwrap().status(), StatusCode::OK);
    }
    assert_eq!(connection.send(alice.request("http")).await.status(), StatusCode::OK);
    assert_eq!(alice.charges().await, 3);
    alice.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_says_nothing_is_ended() {
    let alice = Inside::start("[server]\nheader_timeout_s = 1", Arc::new(Blank)).await;
    let mut connection = Connection::open(alice.running.address).await;
    assert_eq!(connection.send(alice.request("http")).await.status(), StatusCode::OK);
    connection.has_ended().await;
    for part in
        ["", "P", "PR", "PRI * HTTP/2.0\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "POST / HTTP/1.1\r\n"]
    {
        let mut stream = TcpStream::connect(alice.running.address).await.unwrap();
        stream.write_all(part.as_bytes()).await.unwrap();
        let what = format!("{part:?} is not waited for");
        // A reset is an end too.
        let _ = in_time(&what, stream.read_to_end(&mut Vec::new())).await;
    }
    alice.running.stop().await;
}

/// Waits until no call of the account is under way.
async fn nothing_under_way(alice: &Inside) {
    let is_done = async || books(alice.app(), alice.id).await.1 == 0;
    until_answered("what was kept back is given back", is_done).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_takes_its_calls_back_pays_nothing_and_not_for_ever() {
    let eye = Arc::new(Held::default());
    // So many places that none of the calls is refused before it can be taken back: a refusal is an answer.
    let alice = Inside::start("[ocr]\nqueue = 1024", Arc::clone(&eye) as Arc<_>).await;
    let mut connection = Connection::open(alice.running.address).await;
    // One call is taken back while the eye works on it.
    let taken_back = tokio::spawn(connection.sender.send_request(alice.request("http")));
    eye.begun().await;
    taken_back.abort();
    nothing_under_way(&alice).await;
    let nothing = (Money::ZERO, 0, 0);
    assert_eq!(books(alice.app(), alice.id).await, nothing, "the eye has not read it, and it costs nothing");
    // A client that does nothing else is hung up on. Nothing is read all the while, so nothing can be charged in time.
    let rapid = async {
        while connection.sender.ready().await.is_ok() {
            let mut call = Box::pin(connection.sender.send_request(alice.request("http")));
            // It is sent, and taken back.
            let _ = call.as_mut().now_or_never();
            tokio::task::yield_now().await;
        }
    };
    in_time("the connection is ended", rapid).await;
    // The client may see the end before the server's tasks do, and until they have, an eye that is done is in time.
    nothing_under_way(&alice).await;
    eye.go_on();
    assert_eq!(books(alice.app(), alice.id).await, nothing, "none of them costs anything");
    // Others are served, once the eye is done with what nobody wants; and they pay.
    let mut other = Connection::open(alice.running.address).await;
    until_answered("there is a place again", async || {
        other.send(alice.request("http")).await.status() != StatusCode::TOO_MANY_REQUESTS
    })
    .await;
    assert_eq!(books(alice.app(), alice.id).await, ("-0.05".parse().unwrap(), 0, 1));
    assert!(eye.unwanted.load(Ordering::Relaxed) > 0, "the eye was told that nobody waited");
    alice.running.stop().await;
}
