//! Running the server: listen, tick, and stop without losing anything.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio_util::task::TaskTracker;

use crate::advance;
use crate::app::{App, OpenError, open_eye};
use crate::auth::session;
use crate::clock::{ClockMode, system_now_ms};
use crate::config::Config;
use crate::connection::Door;
use crate::data_dir::DataDir;
use crate::database::{Books, Lease};
use crate::eye::Reader;
use crate::guests::Guests;
use crate::http;
use crate::notify;
use crate::payments;
use crate::sign::Sign;

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
    /// Where it listens with TLS, if it does.
    pub tls_address: Option<SocketAddr>,
    stop: watch::Sender<bool>,
    done: tokio::task::JoinHandle<()>,
    notified: tokio::task::JoinHandle<()>,
    sign: Sign,
    lease: Option<Lease>,
}

/// What to serve.
pub struct ServeOptions<'a> {
    /// The data folder.
    pub data: &'a Path,
    /// The database that has the books, if the folder has not: its address.
    pub database: Option<&'a str>,
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
    let ServeOptions { data, database, listen, clock, config, eye } = options;
    let folder = DataDir(data.to_owned());
    // First what can be wrong here: one that waits for its turn is not to fail when that comes.
    drop(bind(listen).await?);
    let (config, eye) = tokio::task::spawn_blocking(move || {
        let eye = match eye {
            Some(eye) => eye,
            None => open_eye(&config, &folder)?,
        };
        Ok::<_, OpenError>((config, eye))
    })
    .await??;
    let lease = match database {
        Some(database) => {
            let (database, length) = (database.to_owned(), config.database.lease());
            // Before anybody can connect: a server that waits for its turn is to look like one that is not there.
            Some(tokio::task::spawn_blocking(move || Lease::wait_for(&database, length)).await??)
        }
        None => None,
    };
    let plain = bind(listen).await?;
    let tls = &config.server.tls;
    let over_tls = if tls.is_on() { Some(bind(&tls.listen).await?) } else { None };
    let address = plain.local_addr()?;
    let tls_address = over_tls.as_ref().map(TcpListener::local_addr).transpose()?;
    let (data, database) = (data.to_owned(), database.map(str::to_owned));
    let opened = tokio::task::spawn_blocking(move || {
        let books = database.as_deref().map_or(Books::Here, Books::There);
        App::open(&data, &books, config, clock, eye)
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
    let sign = Sign::put_out(&app.data.address(), address)?;
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(timer(Arc::clone(&app), stopped.clone()));
    let notified = tokio::spawn(notify::run(Arc::clone(&app), stopped.clone()));
    tokio::spawn(payments::drive(Arc::clone(&app), stopped.clone()));
    if let Some(certificates) = &app.certificates {
        tokio::spawn(Arc::clone(certificates).watch(app.stopping.clone()));
    }
    advance::resume(&app).await;
    let done = tokio::spawn(run(Arc::clone(&app), plain, over_tls, stopped));
    Ok(Running { app, address, tls_address, stop, done, notified, sign, lease })
}

async fn bind(listen: &str) -> Result<TcpListener, OpenError> {
    TcpListener::bind(listen).await.map_err(|problem| format!("{listen}: {problem}").into())
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
        app.tasks.close();
        let _ = tokio::time::timeout(most, app.tasks.wait()).await;
        if notified.is_err() {
            tracing::warn!("messages were still being sent when the time to stop was over");
        }
        let _ = std::fs::remove_file(app.data.address());
        drop(self.sign);
        let lease = self.lease;
        let close = move || {
            app.close();
            drop(app);
            // Last: whoever takes over finds everything written.
            drop(lease);
        };
        let _ = tokio::task::spawn_blocking(close).await;
    }

    /// Has the process ended by `end` if the books are another server's and it does not end by itself.
    ///
    /// # Errors
    /// No thread can be started.
    pub fn end_process_when_lost(&self, end: impl FnOnce(&str) + Send + 'static) -> Result<(), OpenError> {
        self.lease.as_ref().map_or(Ok(()), |lease| lease.end_process_when_lost(end))
    }

    /// Waits until nothing can be kept any more, or the books are another server's: the process must end then, and
    /// replay at its next start.
    pub async fn journal_stopped(&self) -> String {
        loop {
            let lost = || self.lease.as_ref().and_then(Lease::lost);
            if let Some(reason) = self.app.stop_reason().or_else(lost) {
                return reason;
            }
            tokio::time::sleep(Duration::from_millis(TIMER_MS / 4)).await;
        }
    }
}

/// Accepts connections until told to stop, then lets the calls under way finish.
async fn run(
    app: Arc<App>,
    plain: TcpListener,
    over_tls: Option<TcpListener>,
    stopped: watch::Receiver<bool>,
) {
    let config = &app.config.server;
    let router = http::router(Arc::clone(&app));
    let door = Door::new(router, config, app.certificates.clone(), app.stopping.clone());
    let hall = Hall {
        door: Arc::new(door),
        places: Arc::new(Semaphore::new(config.max_connections)),
        guests: Guests::new(config),
        connections: TaskTracker::new(),
    };
    let with_tls = async {
        if let Some(listener) = over_tls {
            hall.accept(listener, true, stopped.clone()).await;
        }
    };
    tokio::join!(hall.accept(plain, false, stopped.clone()), with_tls);
    hall.connections.close();
    let most = Duration::from_secs(config.shutdown_s);
    if tokio::time::timeout(most, hall.connections.wait()).await.is_err() {
        tracing::warn!("calls were still under way when the time to stop was over");
    }
}

/// Where connections come in.
struct Hall {
    door: Arc<Door>,
    places: Arc<Semaphore>,
    guests: Arc<Guests>,
    connections: TaskTracker,
}

impl Hall {
    async fn accept(&self, listener: TcpListener, is_tls: bool, mut stopped: watch::Receiver<bool>) {
        loop {
            // A connection first and then a place for it: a door where nobody comes would keep the place from the other.
            // Beyond the limit one connection waits here, and the rest in the system's queue.
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = stopped.wait_for(|stopped| *stopped) => return,
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
            let Some(guest) = self.guests.admit(peer.ip()) else {
                // There are no words before a TLS connection stands, which is more than it is worth.
                if !is_tls {
                    self.guests.turn_away(stream);
                }
                continue;
            };
            let place = tokio::select! {
                place = Arc::clone(&self.places).acquire_owned() => place,
                _ = stopped.wait_for(|stopped| *stopped) => return,
            };
            let _ = stream.set_nodelay(true);
            let door = Arc::clone(&self.door);
            self.connections.spawn(async move {
                let _place = place;
                if is_tls {
                    door.serve_tls(stream, guest).await;
                } else {
                    door.serve(stream, guest).await;
                }
            });
        }
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
            let theirs = Arc::clone(&app);
            tokio::task::spawn_blocking(move || theirs.maintain());
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
