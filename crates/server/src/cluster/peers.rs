//! The way to other nodes: one connection of HTTP/2 to each, over which all requests go.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use ledger::journal::postgres::Node;
use parking_lot::Mutex;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::identity::Identity;
use crate::app::OpenError;

/// How long a node may take to answer that it is there.
const CONNECT_TIME: Duration = Duration::from_secs(2);
/// A connection on which nothing comes is asked whether it is alive, and has so long to say so.
const PING_EVERY: Duration = Duration::from_secs(2);
const PING_TIME: Duration = Duration::from_secs(3);
/// What may be on its way that nobody has read yet, in bytes: of one request, and of all.
const REQUEST_WINDOW_BYTES: u32 = 1 << 20;
const CONNECTION_WINDOW_BYTES: u32 = 16 << 20;

type Sender = SendRequest<Full<Bytes>>;

/// Connections to other nodes.
pub(super) struct Peers {
    connects: Arc<ClientConfig>,
    by_address: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Option<Sender>>>>>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum NoAnswer {
    /// The node never got the request: nothing was done.
    NotSent(String),
    /// Whether it did what was asked nobody knows.
    Lost(String),
}

impl Peers {
    /// No connections yet.
    pub fn new(connects: Arc<ClientConfig>) -> Peers {
        Peers { connects, by_address: Mutex::default() }
    }

    /// Sends a request, and waits for the head of its answer.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn send(&self, node: &Node, request: Request<Full<Bytes>>) -> Result<Response<Body>, NoAnswer> {
        let not_sent = |problem: OpenError| NoAnswer::NotSent(format!("{}: {problem}", node.address));
        let mut sender = self.sender(&node.address).await.map_err(not_sent)?;
        match sender.try_send_request(request).await {
            Ok(response) => Ok(response.map(Body::new)),
            Err(mut problem) => {
                let is_unsent = problem.take_message().is_some();
                let told = format!("{}: {}", node.address, problem.into_error());
                Err(if is_unsent { NoAnswer::NotSent(told) } else { NoAnswer::Lost(told) })
            }
        }
    }

    async fn sender(&self, address: &str) -> Result<Sender, OpenError> {
        let place = Arc::clone(self.by_address.lock().entry(address.to_owned()).or_default());
        // Those who come meanwhile wait for the same connection.
        let mut sender = place.lock().await;
        if let Some(sender) = sender.as_ref().filter(|sender| !sender.is_closed()) {
            return Ok(sender.clone());
        }
        let connected = tokio::time::timeout(CONNECT_TIME, self.connect(address)).await;
        let new = connected.map_err(|_| "it does not answer")??;
        *sender = Some(new.clone());
        Ok(new)
    }

    async fn connect(&self, address: &str) -> Result<Sender, OpenError> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let stream =
            TlsConnector::from(Arc::clone(&self.connects)).connect(Identity::name()?, stream).await?;
        let (sender, connection) = Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .initial_stream_window_size(REQUEST_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(PING_TIME)
            .keep_alive_while_idle(true)
            .handshake(TokioIo::new(stream))
            .await?;
        // It ends when the node is gone; whoever waited for an answer is told.
        tokio::spawn(connection);
        Ok(sender)
    }
}
