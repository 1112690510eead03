//! Where other nodes come in: only who shows a certificate of this database's nodes gets a word in.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::Cluster;
use super::ask::{Ask, ELSEWHERE, GatewayIs, OF_NODE, SHARD, STOPPED};
use super::board::Whom;
use super::entrance::served;
use crate::clock::system_now_ms;
use crate::house::House;
use crate::http::admin;
use crate::shard::Shard;

/// How long a node may take to show who it is.
const HANDSHAKE_TIME: Duration = Duration::from_secs(5);
/// How many requests one node may have under way here.
const REQUESTS: u32 = 16_384;
/// What may be on its way that nobody has read yet, in bytes: of one request, and of all of a node.
const REQUEST_WINDOW_BYTES: u32 = 1 << 20;
const CONNECTION_WINDOW_BYTES: u32 = 16 << 20;
/// A head has what a client's may have, and what a node adds.
const HEAD_LIMIT_BYTES: u32 = 512 * 1024;
const PING_EVERY: Duration = Duration::from_secs(10);
const PING_TIME: Duration = Duration::from_secs(10);
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// To look around at once: something has changed.
pub(super) const LOOK: &str = "look";
/// Whether a session is the operator's.
pub(super) const OPERATOR: &str = "operator";
/// Whether a head names a caller.
pub(super) const CALLER: &str = "caller";
/// Whose token this is, of the gateways'.
pub(super) const GATEWAY: &str = "gateway";
/// Beside the question [`OPERATOR`]: what is to be done.
pub(super) const METHOD: HeaderName = HeaderName::from_static("inkmeter-method");
/// Beside the question [`GATEWAY`]: the token's hash.
pub(super) const HASH: HeaderName = HeaderName::from_static("inkmeter-hash");

/// Lets nodes in until the server has stopped.
pub(super) async fn listen(cluster: Arc<Cluster>, listener: TcpListener) {
    let acceptor = TlsAcceptor::from(Arc::clone(&cluster.identity.accepts));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = cluster.gone.cancelled() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                let (cluster, acceptor) = (Arc::clone(&cluster), acceptor.clone());
                tokio::spawn(async move {
                    let gone = cluster.gone.clone();
                    let _ = gone.run_until_cancelled(connection(cluster, acceptor, stream)).await;
                });
            }
            Err(problem) => {
                tracing::warn!(%problem, "a node's connection could not be accepted");
                tokio::time::sleep(ACCEPT_AGAIN).await;
            }
        }
    }
}

async fn connection(cluster: Arc<Cluster>, acceptor: TlsAcceptor, stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let stream = tokio::time::timeout(HANDSHAKE_TIME, acceptor.accept(stream)).await;
    let stream = match stream {
        Ok(Ok(stream)) => stream,
        Ok(Err(problem)) => {
            tracing::warn!(%problem, "somebody who is no node of this database asked to be let in");
            return Ok(());
        }
        Err(_) => return Ok(()),
    };
    let service = service_fn(move |request| {
        let cluster = Arc::clone(&cluster);
        async move { Ok::<Response, std::convert::Infallible>(answer(&cluster, request).await) }
    });
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(REQUESTS)
        .initial_stream_window_size(REQUEST_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_header_list_size(HEAD_LIMIT_BYTES)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_TIME)
        .serve_connection(TokioIo::new(stream), service);
    // It ends when the node goes.
    let _ = pin!(connection).await;
    Ok(())
}

async fn answer(cluster: &Cluster, request: hyper::Request<Incoming>) -> Response {
    let headers = request.headers();
    let shard = headers.get(SHARD).and_then(|shard| shard.to_str().ok()?.parse().ok()).map(Shard);
    let asked = headers.get(OF_NODE).and_then(|asked| asked.to_str().ok());
    if asked == Some(LOOK) {
        cluster.look_around();
        return StatusCode::NO_CONTENT.into_response();
    }
    let Some(shard) = shard else { return StatusCode::BAD_REQUEST.into_response() };
    let Whom::Here(house, _visit) = cluster.board.whom(shard) else { return elsewhere() };
    match asked.and_then(known) {
        Some(what) => answered(&house, what, headers).await,
        None if asked.is_some() => StatusCode::BAD_REQUEST.into_response(),
        None => {
            let request = Ask::from_node(request.map(Body::new), &cluster.guests);
            let mut response = served(&house, request).await;
            if response.status().is_server_error() && house.has_stopped() {
                response.headers_mut().insert(STOPPED, HeaderValue::from_static("1"));
            }
            response
        }
    }
}

fn known(asked: &str) -> Option<&'static str> {
    [OPERATOR, CALLER, GATEWAY].into_iter().find(|known| *known == asked)
}

/// What a shard here says to another node's question.
pub(super) async fn answered(house: &House, what: &str, headers: &HeaderMap) -> Response {
    let method = headers.get(METHOD).and_then(|method| Method::from_bytes(method.as_bytes()).ok());
    let method = method.unwrap_or(Method::POST);
    if what == OPERATOR {
        return match admin::prove(&house.app, &method, headers) {
            Ok(actor) => axum::Json(actor).into_response(),
            Err(failure) => failure.into_response(),
        };
    }
    if what == CALLER {
        let now_ms = house.app.clock.now().ms();
        return match house.app.auth.claim(&method, headers, system_now_ms(), now_ms) {
            Ok(_) => StatusCode::NO_CONTENT.into_response(),
            Err(failure) => failure.into_response(),
        };
    }
    let mut hash = [0; 32];
    let text = headers.get(HASH).map(HeaderValue::as_bytes).unwrap_or_default();
    if text.len() != 64 || !hash.iter_mut().zip(text.chunks(2)).all(|(byte, digits)| digits_of(digits, byte))
    {
        return StatusCode::BAD_REQUEST.into_response();
    }
    match house.app.auth.directory.gateway_by_token(&hash) {
        Ok(Some(row)) => {
            let text = serde_json::to_vec(&GatewayIs::from(&*row)).unwrap_or_default();
            ([(CONTENT_TYPE, "application/json")], text).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(problem) => crate::http::error::Failure::from(problem).into_response(),
    }
}

fn digits_of(digits: &[u8], byte: &mut u8) -> bool {
    let parsed = std::str::from_utf8(digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok());
    parsed.map(|parsed| *byte = parsed).is_some()
}

fn elsewhere() -> Response {
    (StatusCode::MISDIRECTED_REQUEST, [(ELSEWHERE, HeaderValue::from_static("1"))]).into_response()
}
