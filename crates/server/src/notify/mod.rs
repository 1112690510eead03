//! Notices, from the journal to the inbox.
//!
//! The core decides what an account is told and journals it beside its cause. Here it becomes messages: for every
//! recipient of the account one delivery in the outbox, in the recipient's language, by its channel, within its
//! quiet hours and daily cap; sent, tried again when that fails, and shown for what it is. Nothing here can change
//! what was decided, and no call waits for it.
//!
//! - `recipient` is who may be told, and `confirm` how it says that it wants to be; `config` which channels there are; `rules` when and how often.
//! - `follow` takes new notices into the outbox; `dispatch` sends what is due; `canary` proves that it arrives.
//! - `text` is what messages say; `channel` is how they get there.

mod canary;
pub mod channel;
pub mod config;
pub mod confirm;
mod dispatch;
mod follow;
mod prepare;
pub mod probe;
pub mod recipient;
pub mod rules;
pub mod text;
pub mod view;

use std::sync::{Arc, OnceLock};

use ledger::outbox::Outbox;
use tokio::sync::Notify;

use crate::app::App;
pub use canary::latest as canary_status;
use channel::Channels;
pub use dispatch::run;
pub use follow::{OPERATOR_PREFIX, look_again, why_not_again};
pub use prepare::{arrears_reasons, member_name, sealed_for, zone};

/// The state of notification.
pub struct Notifier {
    /// What was and is to be sent.
    pub outbox: Arc<Outbox>,
    channels: OnceLock<Channels>,
    wake: Arc<Notify>,
}

impl Notifier {
    /// On an outbox; sends nothing before [`open_channels`].
    pub fn new(outbox: Outbox) -> Notifier {
        Notifier { outbox: Arc::new(outbox), channels: OnceLock::new(), wake: Arc::default() }
    }

    /// There may be something to do.
    pub fn nudge(&self) {
        self.wake.notify_one();
    }

    /// The channels.
    ///
    /// # Errors
    /// They are not open: the server is not serving.
    fn channels(&self) -> Result<&Channels, channel::Rejected> {
        self.channels.get().ok_or_else(|| channel::Rejected::for_now("this process sends nothing"))
    }
}

/// Takes in what is durable and lets go what was held until now: what the loop does by itself in its next round.
///
/// # Errors
/// The outbox, the directory or the read model cannot be read or written.
pub fn catch_up(app: &App, now: charging::Timestamp) -> Result<(), crate::app::OpenError> {
    follow::catch_up(app, now, crate::clock::system_now_ms())
}

/// When anything happens by itself next, in business time: to an account, or to a message that is held.
pub fn next_due(app: &App) -> Option<charging::Timestamp> {
    let held = app.notifier.outbox.next_release().unwrap_or_else(|problem| {
        tracing::error!(%problem, "what is held cannot be looked up");
        None
    });
    app.engine.next_due().into_iter().chain(held).min()
}

/// Opens the channels of the configuration; needs a runtime around it, and reaches nobody yet.
///
/// # Errors
/// What is wrong in the configuration, or a secret that is not there.
pub fn open_channels(app: &Arc<App>) -> Result<(), String> {
    let outbox = Arc::clone(&app.notifier.outbox);
    let on_receipt: channel::OnReceipt = Arc::new(move |id: String, became: String| {
        let outbox = Arc::clone(&outbox);
        tokio::task::spawn_blocking(move || match outbox.receipt(&id, &became) {
            Ok(true) => tracing::debug!(id, became, "a short message's receipt"),
            Ok(false) => tracing::info!(id, became, "a receipt for a message that is none of ours"),
            Err(problem) => tracing::error!(%problem, "a receipt could not be kept"),
        });
    });
    let channels = Channels::open(&app.config.notify, on_receipt)?;
    let _ = app.notifier.channels.set(channels);
    let wake = Arc::clone(&app.notifier.wake);
    app.read.when_noticed(move || wake.notify_one());
    Ok(())
}
