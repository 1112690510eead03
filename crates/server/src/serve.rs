//! Running the server: listen, tick, and stop without losing anything.

use std::net::SocketAddr;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use crate::app::{App, DataDir, OpenError, open_eye};
use crate::auth::session;
use crate::clock::{ClockMode, system_now_ms};
use crate::config::Config;
use crate::eye::Reader;
use crate::guests::Guests;
use crate::http;
use crate::line::Line;
use crate::notify;
use crate::payments;

/// The longest the timer sleeps: what becomes due sooner than it thought is then late by no more than this.
/// Lateness changes no figure: everything due happens at its own instant.
const TIMER_MS: u64 = 1_000;
const PURGE_MS: i64 = 600_000;
/// How long tasks that are to end have for it beyond `shutdown_s`.
const LEAVE_TIME: Duration = Duration::from_secs(1);
/// How long to wait when a connection could not be accepted.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// A running server.
pub struct Running {
    /// The application.
    pub app: Arc<App>,
    /// Where it listens.
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    done: tokio::task::JoinHandle<()>,
    notified: tokio::task::JoinHandle<()>,
}

/// What to serve.
pub struct ServeOptions<'a> {
    /// The data folder.
    pub data: &'a Path,
    /// Where to listen.
    pub listen: &'a str,
    /// Which clock.
    pub clock: ClockMode,
    /// The configuration.
    pub config: Config,
    /// What reads pictures; by the configuration, if not given.
    pub eye: Option<Arc<dyn Reader>>,
}

/// Starts a server.
///
/// # Errors
/// Whatever keeps it from starting, in words that say what to do.
pub async fn start(options: ServeOptions<'_>) -> Result<Running, OpenError> {
    let ServeOptions { data, listen, clock, config, eye } = options;
    let folder = DataDir(data.to_owned());
    let listener = TcpListener::bind(listen).await.map_err(|problem| format!("{listen}: {problem}"))?;
    let address = listener.local_addr()?;
    let data = data.to_owned();
    let opened = tokio::task::spawn_blocking(move || {
        let eye = match eye {
            Some(eye) => eye,
            None => open_eye(&config, &folder)?,
        };
        App::open(&data, config, clock, eye)
    });
    let (app, recovery) = opened.await??;
    if recovery.cut_bytes > 0 {
        let bytes = recovery.cut_bytes;
        tracing::warn!(
            bytes,
            "a record torn by a crash was cut off; nothing shows that anybody was answered for it"
        );
    }
    notify::open_channels(&app)?;
    std::fs::write(app.data.address(), format!("http://{address}\n"))?;
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(timer(Arc::clone(&app), stopped.clone()));
    let notified = tokio::spawn(notify::run(Arc::clone(&app), stopped.clone()));
    tokio::spawn(payments::drive(Arc::clone(&app), stopped.clone()));
    let done = tokio::spawn(run(Arc::clone(&app), listener, stopped));
    Ok(Running { app, address, stop, done, notified })
}

impl Running {
    /// Stops: takes no new calls, finishes those that are authorised, writes everything. Connections that are idle,
    /// and requests that are not here whole, are ended at once.
    pub async fn stop(self) {
        self.app.stopping.cancel();
        let _ = self.stop.send(true);
        // Both end by their own limits of time; a thread that a message waits for may have none.
        let most = Duration::from_secs(self.app.config.server.shutdown_s) + LEAVE_TIME;
        let (_, notified) = tokio::join!(self.done, tokio::time::timeout(most, self.notified));
        let app = self.app;
        if notified.is_err() {
            tracing::warn!("messages were still being sent when the time to stop was over");
        }
        let _ = std::fs::remove_file(app.data.address());
        let _ = tokio::task::spawn_blocking(move || app.close()).await;
    }

    /// Waits until the journal stops by itself: the process must end then, and replay at its next start.
    pub async fn journal_stopped(&self) -> String {
        loop {
            if let Some(reason) = self.app.engine.stop_reason() {
                return reason;
            }
            tokio::time::sleep(Duration::from_millis(TIMER_MS / 4)).await;
        }
    }
}

/// Accepts connections until told to stop, then lets the calls under way finish.
async fn run(app: Arc<App>, listener: TcpListener, mut stopped: watch::Receiver<bool>) {
    let config = &app.config.server;
    let router = http::router(Arc::clone(&app));
    let connections = Arc::new(Semaphore::new(config.max_connections));
    let guests = Guests::new(config);
    let graceful = GracefulShutdown::new();
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(config.header_timeout_s));
    // A client that has said all it has to say is answered; whether it is still there the line knows.
    http.half_close(true);
    loop {
        // Beyond the limit connections wait in the system's queue.
        let place = Arc::clone(&connections).acquire_owned();
        let accepted = async { (place.await, listener.accept().await) };
        let (place, accepted) = tokio::select! {
            accepted = accepted => accepted,
            _ = stopped.wait_for(|stopped| *stopped) => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(problem) => {
                // Most likely there are no more file descriptors: those in use end some time.
                tracing::warn!(%problem, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_AGAIN).await;
                continue;
            }
        };
        let Some(guest) = guests.admit(peer.ip()) else {
            guests.turn_away(stream);
            continue;
        };
        let guest = Arc::new(guest);
        let _ = stream.set_nodelay(true);
        let (router, has_asked) =
            (TowerToHyperService::new(router.clone()), Arc::new(AtomicBool::new(false)));
        let (asks, stopping) = (Arc::clone(&has_asked), app.stopping.clone());
        let (line, bytes) = Line::new(stream);
        let callers = Arc::clone(&line);
        let sender = Arc::clone(&guest);
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            asks.store(true, Ordering::Relaxed);
            request.extensions_mut().insert(Arc::clone(&sender));
            request.extensions_mut().insert(Arc::clone(&callers));
            let (calling, served) = (callers.call(), router.call(request));
            async move {
                let _calling = calling;
                served.await
            }
        });
        let connection = graceful.watch(http.serve_connection(TokioIo::new(bytes), service));
        tokio::spawn(async move {
            let (_place, _guest) = (place, guest);
            let (mut connection, mut left) = (pin!(connection), pin!(line.left()));
            // It fails when the client goes away or sends what is no HTTP; there is nobody to tell.
            tokio::select! {
                biased;
                _ = &mut connection => return,
                () = &mut left => return,
                () = stopping.cancelled() => {}
            }
            // A client that has not even sent the head of a request is not waited for; hyper would.
            if has_asked.load(Ordering::Relaxed) {
                tokio::select! {
                    biased;
                    _ = connection => {}
                    () = left => {}
                }
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(Duration::from_secs(config.shutdown_s), graceful.shutdown()).await.is_err() {
        tracing::warn!("calls were still under way when the time to stop was over");
    }
}

/// Does what is due when it is due.
async fn timer(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let mut purged_ms = system_now_ms();
    while !*stopped.borrow() {
        let now = app.clock.now();
        if app.engine.next_due().is_some_and(|due| due <= now) && app.engine.tick(now).await.is_err() {
            return;
        }
        if system_now_ms() - purged_ms > PURGE_MS {
            purged_ms = system_now_ms();
            let directory = &app.auth.directory;
            if let Err(problem) = directory.purge_sessions(purged_ms, purged_ms - session::MAX_IDLE_MS) {
                tracing::warn!(%problem, "ended sessions could not be removed");
            }
            if let Err(problem) = directory.purge_tokens(now.ms()) {
                tracing::warn!(%problem, "ended tokens could not be removed");
            }
        }
        let until_due = app.engine.next_due().map_or(TIMER_MS, |due| {
            u64::try_from(due.ms() - app.clock.now().ms()).unwrap_or(0).clamp(10, TIMER_MS)
        });
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(until_due)) => {}
            _ = stopped.changed() => {}
        }
    }
}
