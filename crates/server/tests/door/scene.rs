//! A server in this process whose eye the test holds in its hands.

use std::net::SocketAddr;
use std::sync::Arc;

use charging::{AccountId, Money, Tier};
use server::app::App;
use server::config::{Config, DEFAULTS};
use server::eye::Reader;
use server::serve::Running;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::customer::PIXEL;
use crate::inside::{REGION, books, open_account, serve, token_of};
use crate::server::data_folder;

/// A server with such an eye, and an account that can pay.
pub struct Scene<E> {
    pub running: Running,
    pub eye: Arc<E>,
    pub alice: Caller,
    _data: tempfile::TempDir,
}

/// An account that can pay, and a way to call.
pub struct Caller {
    pub account: AccountId,
    pub token: String,
    /// Where general-text is.
    pub path: String,
}

impl<E: Reader + 'static> Scene<E> {
    /// Sets the scene; so many calls may wait beside those that are read.
    pub async fn set(eye: E, queue: usize) -> Scene<E> {
        let data = data_folder();
        let eye = Arc::new(eye);
        let mut config = Config::parse(DEFAULTS).unwrap();
        config.ocr.queue = queue;
        let running = serve(data.path(), config, Some(Arc::clone(&eye) as Arc<dyn Reader>)).await;
        let alice = Caller::open(&running.app, "alice", "1").await;
        Scene { running, eye, alice, _data: data }
    }

    /// Sends alice's call and does not wait for its answer.
    pub async fn begin(&self) -> TcpStream {
        self.alice.begin(self.running.address).await
    }

    pub async fn stop(self) {
        self.running.stop().await;
    }
}

impl Caller {
    /// An account with so much money and general-text enabled.
    pub async fn open(app: &Arc<App>, name: &str, cash: &str) -> Caller {
        let (created, account) = open_account(app, name, Tier::V0, "intl").await;
        let paid = app.engine.top_up(account, cash.parse().unwrap(), None, app.clock.now());
        paid.unwrap().await.unwrap().unwrap();
        let token = token_of(app, &created, Some(REGION));
        Caller { account, token, path: format!("/v2/{}/ocr/general-text", created.projects[REGION]) }
    }

    /// Sends a call and does not wait for its answer.
    pub async fn begin(&self, address: SocketAddr) -> TcpStream {
        self.begin_with(PIXEL, address).await
    }

    /// The same with another picture, given in base64.
    pub async fn begin_with(&self, picture: &str, address: SocketAddr) -> TcpStream {
        let body = format!("{{\"image\":\"{picture}\"}}");
        let request = format!(
            "POST {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Content-Type: application/json\r\nX-Auth-Token: {}\r\nContent-Length: {}\r\n\r\n{body}",
            self.path,
            self.token,
            body.len()
        );
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(request.as_bytes()).await.unwrap();
        client
    }

    /// The whole answer to a call.
    pub async fn call(&self, address: SocketAddr) -> String {
        let mut answer = String::new();
        self.begin(address).await.read_to_string(&mut answer).await.unwrap();
        answer
    }

    /// What the account can spend, how many calls of it are under way, and how many were charged.
    pub async fn books(&self, app: &App) -> (Money, usize, u64) {
        books(app, self.account).await
    }
}
