//! A shard of the books that is served here: its application, its routes, and what goes on in it by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::advance;
use crate::app::{App, OpenError, Shared};
use crate::auth::session;
use crate::clock::{ClockMode, system_now_ms};
use crate::database::Books;
use crate::http;
use crate::notify;
use crate::payments;

/// The longest the timer sleeps: what becomes due sooner than it thought is then late by no more than this.
/// Lateness changes no figure: everything due happens at its own instant.
pub(crate) const TIMER_MS: u64 = 1_000;
const PURGE_MS: i64 = 600_000;
/// How long tasks that are to end have for it beyond `shutdown_s`.
const LEAVE_TIME: Duration = Duration::from_secs(1);

/// A shard that is served here.
pub(crate) struct House {
    pub app: Arc<App>,
    pub router: Router,
    stop: watch::Sender<bool>,
    notified: Mutex<Option<JoinHandle<()>>>,
    guests: Arc<Inside>,
}

/// Requests that are served in a house, and whether more are let in.
#[derive(Default)]
struct Inside {
    count: AtomicUsize,
    one_left: Notify,
}

/// A request that is served in a house, until this is dropped.
pub(crate) struct Visit(Arc<Inside>);

impl House {
    /// Opens a shard, and begins with what goes on in it by itself.
    ///
    /// # Errors
    /// Whatever keeps it from being served, in words that say what to do.
    pub async fn open(
        shared: Shared,
        books: Books,
        clock: ClockMode,
        is_claimed: bool,
    ) -> Result<House, OpenError> {
        let opened = tokio::task::spawn_blocking(move || App::open(shared, &books, clock, is_claimed));
        let (app, recovery) = opened.await??;
        if recovery.cut_bytes > 0 {
            let bytes = recovery.cut_bytes;
            tracing::warn!(
                bytes,
                "a record torn by a crash was cut off; nothing shows that anybody was answered for it"
            );
        }
        notify::open_channels(&app)?;
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(timer(Arc::clone(&app), stopped.clone()));
        let notified = tokio::spawn(notify::run(Arc::clone(&app), stopped.clone()));
        tokio::spawn(payments::drive(Arc::clone(&app), stopped));
        advance::resume(&app).await;
        let router = http::router(Arc::clone(&app));
        Ok(House { app, router, stop, notified: Mutex::new(Some(notified)), guests: Arc::default() })
    }

    /// Whether nothing can be kept here any more.
    pub fn has_stopped(&self) -> bool {
        self.app.stop_reason().is_some()
    }

    /// Lets a request in.
    pub fn visit(&self) -> Visit {
        self.guests.count.fetch_add(1, Ordering::SeqCst);
        Visit(Arc::clone(&self.guests))
    }

    /// Waits until nobody is served any more, for at most so long. False if somebody still is.
    pub async fn empty(&self, most: Duration) -> bool {
        let left = async {
            loop {
                let one_left = self.guests.one_left.notified();
                if self.guests.count.load(Ordering::SeqCst) == 0 {
                    return;
                }
                one_left.await;
            }
        };
        tokio::time::timeout(most, left).await.is_ok()
    }

    /// Says that no more comes: whoever waits for a client's next word ends now.
    pub fn begin_to_stop(&self) {
        self.app.stopping.cancel();
        let _ = self.stop.send(true);
    }

    /// Ends what goes on by itself, writes everything and closes; then `last` is done.
    pub async fn close(self, last: impl FnOnce() + Send + 'static) {
        self.close_soon(Duration::from_secs(self.app.config.server.shutdown_s)).await;
        let _ = tokio::task::spawn_blocking(move || {
            drop(self);
            last();
        })
        .await;
    }

    /// The same for whoever may share it still. What goes on by itself has so long to end, and a little more.
    pub async fn close_soon(&self, most: Duration) {
        self.begin_to_stop();
        // Both end by their own limits of time; a thread that a message waits for may have none.
        let most = most + LEAVE_TIME;
        let notified = self.notified.lock().take();
        if let Some(notified) = notified
            && tokio::time::timeout(most, notified).await.is_err()
        {
            tracing::warn!("messages were still being sent when the time to stop was over");
        }
        self.app.tasks.close();
        let _ = tokio::time::timeout(most, self.app.tasks.wait()).await;
        let app = Arc::clone(&self.app);
        let _ = tokio::task::spawn_blocking(move || app.close()).await;
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        if self.0.count.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.one_left.notify_waiters();
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
