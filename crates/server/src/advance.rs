//! Moving a manual clock on: from one due instant to the next, so that whoever is not the core has its turn at each, as
//! in real time. The payment provider answers, and what is told counts on its own day; what is held goes out when its
//! quiet hours end.
//!
//! A way that has begun is gone to its end, whether its caller waits or not; only a stop of the server cuts it off, and
//! then the next start goes on with it.

use std::collections::HashSet;
use std::sync::Arc;

use charging::Timestamp;
use wire::error;

use crate::app::App;
use crate::clock::{Advance, ClockError};
use crate::http::blocking;
use crate::http::error::Failure;

/// Waits for the calls under way, then moves time by so much. Answers when everything due by then has happened and can
/// be read. If the caller leaves before it begins, nothing happens.
///
/// # Errors
/// A clock that cannot be moved or kept, or a server that stops meanwhile.
pub async fn by(app: &Arc<App>, by_ms: u64) -> Result<(), Failure> {
    let between_calls = app.clock.between_calls().await;
    let theirs = Arc::clone(app);
    let way = app.tasks.spawn(async move {
        let clocks = Arc::clone(&theirs);
        let begun = blocking(move || clocks.clock.begin_advance(between_calls, by_ms).map_err(refused));
        go(&theirs, begun.await?, false).await
    });
    way.await.map_err(|_| Failure::of(error::BACKEND_UNAVAILABLE))?
}

/// Goes on with what an earlier process had begun, in a task of its own. Calls wait until it is done.
pub async fn resume(app: &Arc<App>) {
    let Some(rest) = app.clock.unfinished(app.clock.between_calls().await) else { return };
    let until = rest.until();
    tracing::info!(?until, "an advance of the clock was cut off: it goes on");
    let theirs = Arc::clone(app);
    app.tasks.spawn(async move {
        if let Err(failure) = go(&theirs, rest, true).await {
            tracing::warn!(problem = failure.message(), "the clock has not come to where it was to go");
        }
    });
}

fn refused(problem: ClockError) -> Failure {
    let code = match problem {
        ClockError::NotManual => error::INVALID_PARAMETER,
        ClockError::NotKept { .. } | ClockError::Damaged { .. } => error::BACKEND_UNAVAILABLE,
    };
    Failure::of(code).saying(problem.to_string())
}

/// Goes the whole way, from one due instant to the next; a way that was cut off begins once more where it stands. What was
/// asked of the payment provider before has its answer before time moves.
async fn go(app: &Arc<App>, advance: Advance, is_resumed: bool) -> Result<(), Failure> {
    let mut asked = HashSet::new();
    let mut here = is_resumed.then(|| app.clock.now());
    let _ = app.stopping.run_until_cancelled(app.payments.settle(app, &mut asked)).await;
    while !app.stopping.is_cancelled() {
        let now = app.clock.now();
        let due = || crate::notify::next_due(app).filter(|due| *due > now && *due < advance.until());
        let at = here.take().or_else(due).unwrap_or(advance.until());
        app.clock.step(&advance, at);
        let theirs = Arc::clone(app);
        blocking(move || do_what_is_due(&theirs, at)).await?;
        let settled = app.stopping.run_until_cancelled(app.payments.settle(app, &mut asked)).await;
        if at >= advance.until() && settled.is_some() {
            let theirs = Arc::clone(app);
            return blocking(move || theirs.clock.end_advance(&advance).map_err(refused)).await;
        }
    }
    Err(Failure::of(error::BACKEND_UNAVAILABLE)
        .because("the server is stopping; time goes on to where it was to go at its next start"))
}

/// Lets everything happen that is due by an instant.
fn do_what_is_due(app: &App, now: Timestamp) -> Result<(), Failure> {
    app.engine.tick(now).wait()?;
    app.read.catch_up()?;
    crate::notify::catch_up(app, now).map_err(|problem| {
        tracing::error!(%problem, "notices cannot be taken in");
        Failure::of(error::BACKEND_UNAVAILABLE)
    })?;
    app.notifier.nudge();
    Ok(())
}
