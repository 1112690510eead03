//! The line to a client, and whether anybody is at its other end.
//!
//! A client that ends its side of the connection may still read (`nc -N` does so, and some proxies), or may have left.
//! Both look the same: nothing more comes. So once a client has ended its side while its call is served, the answer's
//! first bytes, which are the same for every answer, are sent ahead. Whoever still reads gets the rest when it is
//! there; where nobody is, the other machine says so at once, and the call can be given up before it is charged.

use std::future::poll_fn;
use std::io::{self, ErrorKind, IoSlice};
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes as Buffer};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// What every answer begins with.
const AHEAD: &[u8] = b"HTTP/1.";

/// A line to a client, as the one who serves it sees it.
pub struct Line {
    stream: OwnedWriteHalf,
    /// True while a call is served whose answer has not begun.
    calling: AtomicBool,
    /// True if everything that was to be written is.
    is_written: AtomicBool,
    /// How many bytes of the next answer were sent ahead.
    ahead_bytes: AtomicUsize,
}

/// The bytes that come and go on a line.
pub struct Bytes {
    /// What was read of it before.
    first: Buffer,
    read: OwnedReadHalf,
    line: Arc<Line>,
}

/// A call that is served until this is dropped.
pub struct Calling(Arc<Line>);

impl Line {
    /// The line of a connection of which the first bytes were read already, and its bytes.
    pub fn new(stream: TcpStream, first: Buffer) -> (Arc<Line>, Bytes) {
        let (read, stream) = stream.into_split();
        let line = Arc::new(Line {
            stream,
            calling: AtomicBool::new(false),
            is_written: AtomicBool::new(true),
            ahead_bytes: AtomicUsize::new(0),
        });
        (Arc::clone(&line), Bytes { first, read, line })
    }

    /// Says that a call begins.
    pub fn call(self: &Arc<Line>) -> Calling {
        self.calling.store(true, Ordering::Relaxed);
        Calling(Arc::clone(self))
    }

    /// Ends when nobody is at the other end any more. Only to be waited for by the task that serves the connection,
    /// after each time that it went on with serving.
    pub async fn left(&self) {
        if poll_fn(|context| self.poll_ended(context)).await.is_err() {
            return;
        }
        // Not into the midst of an earlier answer.
        if self.is_written.load(Ordering::Relaxed) {
            match self.tcp().try_write(AHEAD) {
                Ok(bytes) => self.ahead_bytes.store(bytes, Ordering::Relaxed),
                Err(problem) if problem.kind() == ErrorKind::WouldBlock => {}
                Err(_) => return,
            }
        }
        let _ = self.tcp().ready(Interest::ERROR).await;
    }

    /// True if the other machine has said that nobody is there any more. The system says so once, so whoever learns of it
    /// gives the call up.
    pub fn is_broken(&self) -> bool {
        !matches!(SockRef::from(self.tcp()).take_error(), Ok(None))
    }

    /// Ready when the client has ended its side while a call of it is served; an error if the line is broken.
    fn poll_ended(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.calling.load(Ordering::Relaxed) {
            return Poll::Pending;
        }
        let mut byte = [0];
        match ready!(self.tcp().poll_peek(context, &mut ReadBuf::new(&mut byte))) {
            Ok(0) => Poll::Ready(Ok(())),
            // There is something to read, which those who serve do when they are ready for it.
            Ok(_) => Poll::Pending,
            Err(problem) => Poll::Ready(Err(problem)),
        }
    }

    fn tcp(&self) -> &TcpStream {
        self.stream.as_ref()
    }
}

impl Drop for Calling {
    fn drop(&mut self) {
        self.0.calling.store(false, Ordering::Relaxed);
    }
}

impl Bytes {
    /// Writes, as soon as that is possible.
    fn poll_with(
        &self,
        context: &mut Context<'_>,
        mut write: impl FnMut(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        self.line.is_written.store(false, Ordering::Relaxed);
        loop {
            ready!(self.line.tcp().poll_write_ready(context))?;
            match write(self.line.tcp()) {
                Err(problem) if problem.kind() == ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }
}

impl AsyncRead for Bytes {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.first.has_remaining() {
            let length = self.first.len().min(into.remaining());
            into.put_slice(&self.first.split_to(length));
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.read).poll_read(context, into)
    }
}

impl AsyncWrite for Bytes {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        // What was sent ahead is not sent again.
        let sent = self.line.ahead_bytes.load(Ordering::Relaxed).min(bytes.len());
        let rest = &bytes[sent..];
        let written = if sent > 0 && rest.is_empty() {
            0
        } else {
            ready!(self.poll_with(context, |stream| stream.try_write(rest)))?
        };
        if sent > 0 {
            self.line.ahead_bytes.fetch_sub(sent, Ordering::Relaxed);
        }
        Poll::Ready(Ok(sent + written))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.line.ahead_bytes.load(Ordering::Relaxed) > 0 {
            let first = pieces.iter().find(|piece| !piece.is_empty());
            return self.poll_write(context, first.map_or(&[], |piece| piece));
        }
        self.poll_with(context, |stream| stream.try_write_vectored(pieces))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.line.is_written.store(true, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(SockRef::from(self.line.tcp()).shutdown(Shutdown::Write))
    }
}
