//! A link of the network: connections that are made to its address go on to another one, unless it is cut or swallows
//! everything.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How long to wait when a connection could not be accepted.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

/// How a link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// What comes goes on.
    Up,
    /// Connections are refused, and those there were are ended.
    Cut,
    /// What comes is kept until the link is up again, and nobody is told.
    Silent,
}

/// A link. It is up for as long as it is there.
pub struct Link {
    /// Where connections are made to.
    pub address: SocketAddr,
    state: watch::Sender<State>,
}

impl Link {
    /// A link to an address, which need not be listened at yet.
    pub async fn to(target: SocketAddr) -> Result<Link> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (state, seen) = watch::channel(State::Up);
        tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else {
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                    continue;
                };
                let seen = seen.clone();
                tokio::spawn(async move {
                    let _ = carry(stream, target, seen).await;
                });
            }
        });
        Ok(Link { address, state })
    }

    /// Makes it so.
    pub fn set(&self, state: State) {
        self.state.send_replace(state);
    }
}

async fn carry(
    stream: TcpStream,
    target: SocketAddr,
    mut state: watch::Receiver<State>,
) -> std::io::Result<()> {
    let now = state.wait_for(|state| *state != State::Silent).await.map_or(State::Cut, |state| *state);
    if now != State::Up {
        return reset(&stream);
    }
    let other = TcpStream::connect(target).await?;
    stream.set_nodelay(true)?;
    other.set_nodelay(true)?;
    let ((from_one, to_one), (from_other, to_other)) = (stream.into_split(), other.into_split());
    let mut cut = state.clone();
    // A side that has said all may still listen; one that is broken ends both.
    let both = async {
        tokio::try_join!(one_way(from_one, to_other, state.clone()), one_way(from_other, to_one, state))
            .map(drop)
    };
    tokio::select! {
        carried = both => carried,
        _ = cut.wait_for(|state| *state == State::Cut) => Ok(()),
    }
}

async fn one_way(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut state: watch::Receiver<State>,
) -> std::io::Result<()> {
    let mut bytes = vec![0; 64 * 1024];
    loop {
        let count = from.read(&mut bytes).await?;
        if count == 0 {
            return to.shutdown().await;
        }
        let _ = state.wait_for(|state| *state != State::Silent).await;
        to.write_all(&bytes[..count]).await?;
    }
}

fn reset(stream: &TcpStream) -> std::io::Result<()> {
    stream.set_zero_linger()
}
