//! Reading a body: in the size, the time and the memory there is for it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;
use wire::error;

use super::error::Failure;
use crate::app::App;
use crate::config::ServerConfig;
use crate::guests::Guest;

/// Bodies up to this size are not counted: connections are, and that bounds them.
const SMALL_BYTES: usize = 64 * 1024;
/// After how many seconds a body that found no memory is worth another try.
const RETRY_AFTER_S: u32 = 1;
/// How much of a body that nobody wants is read only to be thrown away, and for how long a stranger's.
const DISCARD_LIMIT_BYTES: usize = 64 << 20;
const DISCARD_TIME: Duration = Duration::from_secs(10);

/// Reads a body up to a limit that is small. What is beyond the limit is read too, within bounds, and thrown away: a
/// client that is still sending when the connection closes never sees the answer.
///
/// # Errors
/// As [`read_large_body`].
pub async fn read_body(app: &App, body: Body, limit_bytes: usize) -> Result<Bytes, Failure> {
    read_large_body(app, None, body, limit_bytes).await
}

/// The same for bodies that may take much memory, of which the sender's address has a share.
///
/// # Errors
/// APIG.0201 for a larger one, ModelArts.4104 for one that ends early, never or comes too slowly, ModelArts.4401 while
/// other bodies take all the memory there is for bodies, ModelArts.4403 for one that is not here yet when the server is
/// to stop.
pub async fn read_large_body(
    app: &App,
    guest: Option<&Guest>,
    body: Body,
    limit_bytes: usize,
) -> Result<Bytes, Failure> {
    bounds(app).read(guest, body, limit_bytes).await
}

/// What bounds the reading of bodies.
#[derive(Clone, Copy)]
pub struct Bounds<'a> {
    /// The configuration.
    pub server: &'a ServerConfig,
    /// Memory for all bodies that are being read, in KiB.
    pub body_kib: &'a Semaphore,
    /// Cancelled when the server is to stop.
    pub stopping: &'a CancellationToken,
}

impl Bounds<'_> {
    /// Reads a body.
    ///
    /// # Errors
    /// As [`read_large_body`].
    pub async fn read(
        self,
        guest: Option<&Guest>,
        mut body: Body,
        limit_bytes: usize,
    ) -> Result<Bytes, Failure> {
        let Bounds { server, body_kib, stopping } = self;
        let memory = Memory { all_kib: body_kib, of_address_kib: guest.and_then(Guest::body_kib) };
        let arrived_bytes = AtomicUsize::new(0);
        let read = tokio::select! {
            // Most bodies are here already and never look at the others.
            biased;
            read = collect(&mut body, limit_bytes, memory, &arrived_bytes) => read,
            failure = too_slow(server, &arrived_bytes) => Err(failure),
            () = stopping.cancelled() => Err(is_stopping()),
        };
        if read.as_ref().is_err_and(|failure| failure.code() == error::BODY_TOO_LARGE.code) {
            // In a box: nearly no call needs this, and every call would carry its state.
            let discarded = tokio::time::timeout(DISCARD_TIME, discard(body));
            let _ = Box::pin(stopping.run_until_cancelled(discarded)).await;
        }
        read
    }

    /// Throws away a stranger's body, within bounds, while its sender is answered. Who asks before sending it sees the
    /// answer and does not send.
    pub fn discard_later(self, headers: &HeaderMap, body: Body) {
        self.discard_within(DISCARD_TIME, headers, body);
    }

    /// The same with a caller's body, which may come as long as it might have taken to be read: most clients look for the
    /// answer only after they have sent everything.
    fn discard_of_caller(self, headers: &HeaderMap, body: Body) {
        self.discard_within(Duration::from_secs(self.server.body_timeout_s), headers, body);
    }

    fn discard_within(self, time: Duration, headers: &HeaderMap, body: Body) {
        if body.is_end_stream() || headers.contains_key(header::EXPECT) {
            return;
        }
        let stopping = self.stopping.clone();
        tokio::spawn(async move {
            stopping.run_until_cancelled(tokio::time::timeout(time, discard(body))).await;
        });
    }
}

fn bounds(app: &App) -> Bounds<'_> {
    Bounds { server: &app.config.server, body_kib: &app.body_kib, stopping: &app.stopping }
}

/// Throws away a stranger's body.
pub fn discard_later(app: &App, headers: &HeaderMap, body: Body) {
    bounds(app).discard_later(headers, body);
}

/// Throws away the body of a caller who may not go on.
pub fn discard_of_caller(app: &App, headers: &HeaderMap, body: Body) {
    bounds(app).discard_of_caller(headers, body);
}

/// Ends when a body has taken too long, altogether or for what came of it lately.
async fn too_slow(config: &ServerConfig, arrived_bytes: &AtomicUsize) -> Failure {
    let late = tokio::time::Instant::now() + Duration::from_secs(config.body_timeout_s);
    let grace = Duration::from_secs(config.body_grace_s);
    let due_bytes = config
        .body_min_bytes_per_s
        .saturating_mul(usize::try_from(config.body_grace_s).unwrap_or(usize::MAX));
    let mut before_bytes = 0;
    loop {
        let next = tokio::time::Instant::now() + grace;
        tokio::time::sleep_until(next.min(late)).await;
        if next >= late {
            return incomplete("the body did not arrive in time");
        }
        let now_bytes = arrived_bytes.load(Ordering::Relaxed);
        if now_bytes - before_bytes < due_bytes {
            return incomplete("the body arrives too slowly");
        }
        before_bytes = now_bytes;
    }
}

/// The memory there is for bodies.
#[derive(Clone, Copy)]
struct Memory<'a> {
    all_kib: &'a Semaphore,
    of_address_kib: Option<&'a Semaphore>,
}

/// What a body takes of it.
#[derive(Default)]
struct Taken<'a> {
    kib: usize,
    of_all: Option<SemaphorePermit<'a>>,
    of_address: Option<SemaphorePermit<'a>>,
}

impl<'a> Memory<'a> {
    /// Takes what is missing for a body of this size.
    fn take(self, taken: &mut Taken<'a>, size_bytes: usize) -> Result<(), Failure> {
        let kib = size_bytes.div_ceil(1024);
        let missing_kib = u32::try_from(kib - taken.kib).unwrap_or(u32::MAX);
        if let Some(share_kib) = self.of_address_kib {
            let share = share_kib.try_acquire_many(missing_kib).map_err(|_| {
                let detail =
                    "other bodies from this address take all the memory that one address has for bodies";
                full(detail)
            })?;
            add(&mut taken.of_address, share);
        }
        let more = self
            .all_kib
            .try_acquire_many(missing_kib)
            .map_err(|_| full("other bodies take all the memory there is for bodies"))?;
        add(&mut taken.of_all, more);
        taken.kib = kib;
        Ok(())
    }
}

fn add<'a>(taken: &mut Option<SemaphorePermit<'a>>, more: SemaphorePermit<'a>) {
    match taken {
        Some(taken) => taken.merge(more),
        None => *taken = Some(more),
    }
}

async fn collect(
    body: &mut Body,
    limit_bytes: usize,
    memory: Memory<'_>,
    arrived_bytes: &AtomicUsize,
) -> Result<Bytes, Failure> {
    let mut first = Bytes::new();
    let mut whole = Vec::new();
    let mut taken = Taken::default();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| incomplete("the body ended early"))?;
        let Ok(data) = frame.into_data() else { continue };
        let size_bytes = first.len() + whole.len() + data.len();
        if size_bytes > limit_bytes {
            return Err(Failure::of(error::BODY_TOO_LARGE));
        }
        arrived_bytes.store(size_bytes, Ordering::Relaxed);
        if size_bytes > SMALL_BYTES {
            memory.take(&mut taken, size_bytes)?;
        }
        if first.is_empty() && whole.is_empty() {
            first = data;
        } else {
            // Most small bodies come in one piece and are not copied.
            whole.extend_from_slice(&std::mem::take(&mut first));
            whole.extend_from_slice(&data);
        }
    }
    Ok(if whole.is_empty() { first } else { whole.into() })
}

async fn discard(mut body: Body) {
    let mut left_bytes = DISCARD_LIMIT_BYTES;
    while let Some(Ok(frame)) = body.frame().await {
        let Some(left) = left_bytes.checked_sub(frame.data_ref().map_or(0, Bytes::len)) else { return };
        left_bytes = left;
    }
}

/// There is no memory for another body now.
pub fn full(detail: &str) -> Failure {
    Failure::of(error::MAX_CONCURRENCY)
        .because(detail)
        .with_cure(
            "too_many_bodies",
            "Send fewer large pictures at once, or send this one again in a second.",
        )
        .to_be_retried_after(RETRY_AFTER_S)
}

fn is_stopping() -> Failure {
    Failure::of(error::BACKEND_UNAVAILABLE).because("the server is stopping; nothing was done")
}

fn incomplete(detail: &str) -> Failure {
    Failure::of(error::CONTENT_LENGTH).because(detail)
}
