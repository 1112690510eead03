//! Whether everything that has to be written can be. The journal shows by itself when it cannot: the process ends then.
//! The files beside it are tried.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::app::App;
use crate::clock::system_now_ms;
use crate::http::blocking;

/// How long what was found holds: anybody may ask, and a try is a write to the disk.
const FRESH_MS: i64 = 2_000;

/// What was found at the last try.
#[derive(Debug, Default)]
pub struct Health(Mutex<Option<Found>>);

#[derive(Debug)]
struct Found {
    at_ms: i64,
    troubles: Vec<String>,
}

impl Health {
    /// What cannot be written at the moment, and why; empty if all can. Those who ask at once share one try.
    pub async fn troubles(&self, app: &Arc<App>) -> Vec<String> {
        let mut found = self.0.lock().await;
        let now_ms = system_now_ms();
        let fresh = found.as_ref().filter(|found| (0..FRESH_MS).contains(&(now_ms - found.at_ms)));
        if let Some(fresh) = fresh {
            return fresh.troubles.clone();
        }
        let theirs = Arc::clone(app);
        let tried = blocking(move || Ok(try_all(&theirs))).await;
        let troubles = tried.unwrap_or_else(|failure| vec![failure.message().to_owned()]);
        *found = Some(Found { at_ms: now_ms, troubles: troubles.clone() });
        troubles
    }
}

fn try_all(app: &App) -> Vec<String> {
    let directory = app.auth.directory.try_write().err().map(|problem| problem.to_string());
    let outbox = app.notifier.outbox.try_write().err().map(|problem| problem.to_string());
    let read_model = app.read.trouble().map(|trouble| format!("the read model is behind: {trouble}"));
    [directory, outbox, read_model].into_iter().flatten().collect()
}
