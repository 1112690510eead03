//! Reading a body: in the size, the time and the memory there is for it.

use std::time::Duration;

use axum::body::{Body, Bytes};
use http_body_util::BodyExt;
use tokio::sync::{Semaphore, SemaphorePermit};
use wire::error;

use super::error::Failure;
use crate::app::App;

/// Bodies up to this size are not counted: connections are, and that bounds them.
const SMALL_BYTES: usize = 64 * 1024;
/// How much of a body that is too large is read only to be thrown away, and for how long.
const DISCARD_LIMIT_BYTES: usize = 64 << 20;
const DISCARD_TIME: Duration = Duration::from_secs(10);

/// Reads a body up to a limit. What is beyond the limit is read too, within bounds, and thrown away: a client that
/// is still sending when the connection closes never sees the answer.
///
/// # Errors
/// APIG.0201 for a larger one, ModelArts.4104 for one that ends early or never, ModelArts.4401 while other bodies
/// take all the memory there is for bodies, ModelArts.4403 for one that is not here yet when the server is to stop.
pub async fn read_body(app: &App, mut body: Body, limit_bytes: usize) -> Result<Bytes, Failure> {
    let time = Duration::from_secs(app.config.server.body_timeout_s);
    let read = tokio::time::timeout(time, collect(&mut body, limit_bytes, &app.body_kib));
    let read = tokio::select! {
        // Most bodies are here already and never look at the other.
        biased;
        read = read => read.unwrap_or_else(|_| Err(incomplete("the body did not arrive in time"))),
        () = app.stopping.cancelled() => Err(stopping()),
    };
    if read.as_ref().is_err_and(|failure| failure.code() == error::BODY_TOO_LARGE.code) {
        // In a box: nearly no call needs this, and every call would carry its state.
        let discarded = tokio::time::timeout(DISCARD_TIME, discard(body));
        let _ = Box::pin(app.stopping.run_until_cancelled(discarded)).await;
    }
    read
}

async fn collect(body: &mut Body, limit_bytes: usize, memory_kib: &Semaphore) -> Result<Bytes, Failure> {
    let mut first = Bytes::new();
    let mut whole = Vec::new();
    let mut taken: Option<SemaphorePermit<'_>> = None;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| incomplete("the body ended early"))?;
        let Ok(data) = frame.into_data() else { continue };
        let size_bytes = first.len() + whole.len() + data.len();
        if size_bytes > limit_bytes {
            return Err(Failure::of(error::BODY_TOO_LARGE));
        }
        if size_bytes > SMALL_BYTES {
            let missing_kib =
                size_bytes.div_ceil(1024) - taken.as_ref().map_or(0, SemaphorePermit::num_permits);
            let more = memory_kib.try_acquire_many(u32::try_from(missing_kib).unwrap_or(u32::MAX));
            let more = more.map_err(|_| Failure::of(error::MAX_CONCURRENCY))?;
            match &mut taken {
                Some(taken) => taken.merge(more),
                None => taken = Some(more),
            }
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

fn stopping() -> Failure {
    Failure::of(error::BACKEND_UNAVAILABLE).because("the server is stopping; nothing was done")
}

fn incomplete(detail: &str) -> Failure {
    Failure::of(error::CONTENT_LENGTH).because(detail)
}
