//! Short messages to a carrier's gateway by SMPP 3.4, over TLS where it is said.
//!
//! One task keeps one session, bound as a transceiver: it binds when there is something to send, keeps several
//! messages under way, tests an idle link, answers the gateway's own requests, and binds again, after a growing
//! pause, when the session is lost. A message is accepted when the gateway has accepted all of its parts; its
//! reference is made of the delivery's key, so a repeated attempt carries the same.

mod link;
mod pdu;
mod wire;

use tokio::sync::{mpsc, oneshot};

use super::{OnReceipt, Outcome, Outgoing, Rejected};
use crate::notify::config::{Secret, SmppConfig};

/// How many messages may wait for the session.
const QUEUE: usize = 64;

/// The way to a carrier's gateway.
pub struct Smpp {
    jobs: mpsc::Sender<Job>,
}

/// A message for the session.
struct Job {
    key: String,
    address: String,
    text: String,
    reply: oneshot::Sender<Outcome>,
}

impl Smpp {
    /// Starts the session's task; it binds when there is something to send.
    ///
    /// # Errors
    /// What does not fit into the protocol, or a password that is not there.
    pub fn open(config: &SmppConfig, on_receipt: OnReceipt) -> Result<Smpp, String> {
        let password = Secret::read("notify.sms.smpp", &config.password_env, &config.password_file)?;
        let bind = pdu::bind(config, password.as_ref())?;
        let sender = pdu::Sender::new(config)?;
        let way = wire::Way::open(config)?;
        let (jobs, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(link::run(config.clone(), way, bind, sender, waiting, on_receipt));
        Ok(Smpp { jobs })
    }

    /// Hands a message to the gateway and waits until it took it.
    ///
    /// # Errors
    /// It did not.
    pub async fn send(&self, outgoing: &Outgoing) -> Outcome {
        let gone = || Rejected::for_now("the SMPP session has ended");
        let (reply, answer) = oneshot::channel();
        let job = Job {
            key: outgoing.key.clone(),
            address: outgoing.address.clone(),
            text: outgoing.message.sms.clone(),
            reply,
        };
        self.jobs.send(job).await.map_err(|_| gone())?;
        answer.await.unwrap_or_else(|_| Err(gone()))
    }
}
