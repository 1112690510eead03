//! One connection, from its first byte to its last: TLS or none, HTTP/1.1 or HTTP/2, and the calls on it.
//!
//! Without TLS the first bytes tell which protocol it is: HTTP/2 begins with words of its own ("prior knowledge"); with
//! TLS both sides agree on one (ALPN). Whatever it is, a client has the same time for the head of a request, and a
//! connection of HTTP/2 may carry so many calls at once, each of which counts for its address.

use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use wire::error;

use crate::config::ServerConfig;
use crate::guests::Guest;
use crate::http::{self, error::Failure, request_id};
use crate::line::Line;
use crate::tls::{Certificates, H2};

/// What a connection of HTTP/2 begins with is told from every method by so many bytes.
const TELLING: &[u8] = b"PRI";
/// How long a client may leave a ping unanswered.
const PING_TIME: Duration = Duration::from_secs(20);
/// What may be on its way to us that nobody has read yet, in bytes: of one call, and of all on a connection.
const CALL_WINDOW_BYTES: u32 = 256 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 512 * 1024;
/// What an answer may have waiting for a client that reads slowly, in bytes.
const SEND_BUFFER_BYTES: usize = 64 * 1024;
/// Heads beyond this are refused by the protocol; those within it, by us and in words.
const HEAD_LIMIT_BYTES: u32 = 256 * 1024;
/// A client may take back so many calls more than it lets be answered.
const TAKEN_BACK_LIMIT: u64 = 128;

/// When a call is welcome again that was one too many, in seconds ("the maximum concurrency": after 2 to 5).
const TRY_AGAIN_S: u32 = 5;

/// What all connections share.
pub struct Door {
    router: Router,
    head_time: Duration,
    write_time: Duration,
    http1: http1::Builder,
    http1_over_tls: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
    /// Places for calls that share their connection with others.
    calls: Arc<Semaphore>,
    certificates: Option<Arc<Certificates>>,
    stopping: CancellationToken,
}

impl Door {
    /// A door to these routes, with the limits of the configuration.
    pub fn new(
        router: Router,
        config: &ServerConfig,
        certificates: Option<Arc<Certificates>>,
        stopping: CancellationToken,
    ) -> Door {
        let head_time = Duration::from_secs(config.header_timeout_s);
        let mut http1 = http1::Builder::new();
        http1.timer(TokioTimer::new()).header_read_timeout(head_time);
        let http1_over_tls = http1.clone();
        // A client that has said all it has to say is answered; whether it is still there the line knows. With TLS
        // there is no such thing: whoever ends a side ends both.
        http1.half_close(true);
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .timer(TokioTimer::new())
            .max_concurrent_streams(config.max_calls_per_connection)
            .initial_stream_window_size(CALL_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .max_send_buf_size(SEND_BUFFER_BYTES)
            .max_header_list_size(HEAD_LIMIT_BYTES)
            .keep_alive_interval(head_time)
            .keep_alive_timeout(PING_TIME);
        let calls = Arc::new(Semaphore::new(config.max_connections));
        let write_time = Duration::from_secs(config.write_timeout_s);
        Door { router, head_time, write_time, http1, http1_over_tls, http2, calls, certificates, stopping }
    }

    /// Serves a connection without TLS until it ends, or the server has stopped and its calls are answered.
    pub async fn serve(&self, mut stream: TcpStream, guest: Guest) {
        let guest = Arc::new(guest);
        let Some((first, is_http2)) = self.in_time(beginning(&mut stream)).await else { return };
        let (line, bytes) = Line::new(stream, first);
        let bytes = self.read_by_client(bytes);
        if is_http2 {
            return self.serve_http2(bytes, guest, false).await;
        }
        let left = Arc::clone(&line);
        self.serve_http1(&self.http1, bytes, guest, Some(line), left.left()).await;
    }

    /// The same with TLS.
    pub async fn serve_tls(&self, stream: TcpStream, guest: Guest) {
        let guest = Arc::new(guest);
        let Some(acceptor) = self.certificates.as_ref().map(|certificates| certificates.acceptor()) else {
            return;
        };
        let Some(stream) = self.in_time(acceptor.accept(self.read_by_client(stream))).await else { return };
        if stream.get_ref().1.alpn_protocol() == Some(H2) {
            return self.serve_http2(stream, guest, true).await;
        }
        self.serve_http1(&self.http1_over_tls, stream, guest, None, std::future::pending()).await;
    }

    /// Bytes whose writing fails when the client has taken none of them for so long.
    fn read_by_client<B: AsyncRead + AsyncWrite>(&self, bytes: B) -> Pin<Box<TimeoutStream<B>>> {
        let mut bytes = TimeoutStream::new(bytes);
        bytes.set_write_timeout(Some(self.write_time));
        Box::pin(bytes)
    }

    /// What comes within the time for a head, if it comes and the server goes on. A client from which nothing has come
    /// is not waited for.
    async fn in_time<T>(&self, coming: impl Future<Output = io::Result<T>>) -> Option<T> {
        let come = self.stopping.run_until_cancelled(tokio::time::timeout(self.head_time, coming)).await;
        come?.ok()?.ok()
    }

    async fn serve_http1<B: AsyncRead + AsyncWrite + Unpin>(
        &self,
        builder: &http1::Builder,
        bytes: B,
        guest: Arc<Guest>,
        line: Option<Arc<Line>>,
        left: impl Future<Output = ()>,
    ) {
        let router = TowerToHyperService::new(self.router.clone());
        let has_asked = AtomicBool::new(false);
        let is_tls = line.is_none();
        let service = service_fn(|mut request: hyper::Request<Incoming>| {
            has_asked.store(true, Ordering::Relaxed);
            request.extensions_mut().insert(Arc::clone(&guest));
            if let Some(line) = &line {
                request.extensions_mut().insert(Arc::clone(line));
            }
            let calling = line.as_ref().map(Line::call);
            let served = router.call(http::prepared(request, is_tls));
            async move {
                let _calling = calling;
                served.await
            }
        });
        let (mut connection, mut left) =
            (pin!(builder.serve_connection(TokioIo::new(bytes), service)), pin!(left));
        // It fails when the client goes away or sends what is no HTTP; there is nobody to tell.
        tokio::select! {
            biased;
            _ = connection.as_mut() => return,
            () = &mut left => return,
            () = self.stopping.cancelled() => {}
        }
        // A client that has not even sent the head of a request is not waited for; hyper would.
        if has_asked.load(Ordering::Relaxed) {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                biased;
                _ = connection => {}
                () = left => {}
            }
        }
    }

    async fn serve_http2<B: AsyncRead + AsyncWrite + Unpin>(
        &self,
        bytes: B,
        guest: Arc<Guest>,
        is_tls: bool,
    ) {
        let router = TowerToHyperService::new(self.router.clone());
        let tally = Arc::new(Tally::default());
        let places = Arc::clone(&self.calls);
        let counted = Arc::clone(&tally);
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            let call = Call::begin(&counted);
            let place = Arc::clone(&places).try_acquire_owned().ok().zip(guest.call());
            let served = place.is_some().then(|| {
                request.extensions_mut().insert(Arc::clone(&guest));
                router.call(http::prepared(request, is_tls))
            });
            async move {
                let _place = place;
                let answer = match served {
                    Some(served) => served.await,
                    None => Ok(too_many_calls().await),
                };
                call.answered();
                answer
            }
        });
        let mut connection = pin!(self.http2.serve_connection(TokioIo::new(bytes), service));
        tokio::select! {
            biased;
            _ = connection.as_mut() => return,
            () = tally.greedy.cancelled() => return,
            () = idle(&tally, self.head_time) => {}
            () = self.stopping.cancelled() => {}
        }
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            biased;
            _ = connection => {}
            () = tally.greedy.cancelled() => {}
            // Who leaves even the farewell unanswered is not waited for.
            () = idle(&tally, self.head_time) => {}
        }
    }
}

/// Reads until it is clear whether HTTP/2 begins here. Gives what was read.
async fn beginning(stream: &mut TcpStream) -> io::Result<(Bytes, bool)> {
    let mut first = BytesMut::with_capacity(TELLING.len());
    while first.len() < TELLING.len() && TELLING.starts_with(&first) {
        let mut piece = [0; TELLING.len()];
        let most = TELLING.len() - first.len();
        match stream.read(&mut piece[..most]).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            bytes => first.extend_from_slice(&piece[..bytes]),
        }
    }
    let is_http2 = first == TELLING;
    Ok((first.freeze(), is_http2))
}

/// The calls of a connection that carries several.
#[derive(Default)]
struct Tally {
    begun: AtomicU64,
    ended: AtomicU64,
    /// How many were taken back before they were answered.
    taken_back: AtomicU64,
    /// Cancelled when the client takes back more than it lets be answered: each costs us more than it costs the client.
    greedy: CancellationToken,
}

/// A call until it is answered, or dropped because the client took it back.
struct Call {
    tally: Arc<Tally>,
    is_answered: bool,
}

impl Call {
    fn begin(tally: &Arc<Tally>) -> Call {
        tally.begun.fetch_add(1, Ordering::Relaxed);
        Call { tally: Arc::clone(tally), is_answered: false }
    }

    fn answered(mut self) {
        self.is_answered = true;
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let ended = self.tally.ended.fetch_add(1, Ordering::Relaxed) + 1;
        if self.is_answered {
            return;
        }
        let taken_back = self.tally.taken_back.fetch_add(1, Ordering::Relaxed) + 1;
        if taken_back > TAKEN_BACK_LIMIT + (ended - taken_back.min(ended)) {
            self.tally.greedy.cancel();
        }
    }
}

/// Ends when no call was under way for so long.
async fn idle(tally: &Tally, patience: Duration) {
    let calls = || (tally.begun.load(Ordering::Relaxed), tally.ended.load(Ordering::Relaxed));
    let mut before = calls();
    loop {
        tokio::time::sleep(patience).await;
        let now = calls();
        if now == before && now.0 == now.1 {
            return;
        }
        before = now;
    }
}

async fn too_many_calls() -> Response {
    let refuse = async {
        Failure::of(error::THROTTLED)
            .saying("The throttling threshold has been reached: too many calls at once from this address.")
            .with_cure("too_many_calls", "Wait for answers before the next calls.")
            .to_be_retried_after(TRY_AGAIN_S)
            .into_response()
    };
    request_id::given(refuse).await
}
