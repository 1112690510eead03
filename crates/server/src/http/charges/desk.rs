//! Where requests of gateways are decided on: in one application, or in all shards there are, each where it is.

use std::sync::Arc;

use ledger::directory::GatewayRow;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Gateway;
use super::batch::decide;
use crate::app::App;
use crate::cluster::Cluster;
use crate::http::error::Failure;
use crate::usecase::metering::{Answer, Decided, Item};

/// Where requests are decided on.
#[derive(Clone)]
pub(crate) enum Desk {
    /// Here.
    House(Arc<App>),
    /// Wherever their accounts are.
    Nodes(Arc<Cluster>),
}

/// What is said to a request.
pub(crate) enum Said {
    /// It is decided, and told when it is durable.
    Decided(Decided),
    /// It was no request, or nobody could decide on it.
    Told(Answer),
    /// What another node has said, durably.
    Relayed(Box<RawValue>),
}

/// An answer as it is written.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[allow(clippy::large_enum_variant, reason = "it is written as soon as it is there")]
pub enum Line {
    /// Made here.
    Answer(Answer),
    /// Made elsewhere.
    Relayed(Box<RawValue>),
}

impl Said {
    /// The answer, once it is durable.
    pub async fn told(self) -> Line {
        match self {
            Said::Decided(decided) => Line::Answer(decided.told().await),
            Said::Told(answer) => Line::Answer(answer),
            Said::Relayed(answer) => Line::Relayed(answer),
        }
    }
}

impl Desk {
    /// The gateway whose token has this hash.
    ///
    /// # Errors
    /// There is none, or nobody can be asked.
    pub async fn gateway(&self, hash: [u8; 32]) -> Result<Arc<GatewayRow>, Failure> {
        match self {
            Desk::House(app) => Ok(Gateway::of(app, hash)?.row),
            Desk::Nodes(cluster) => cluster.gateway(hash).await,
        }
    }

    /// Decides on many requests, in their order.
    ///
    /// # Errors
    /// Nobody can; nothing is charged then.
    pub async fn decide(&self, gateway: Arc<GatewayRow>, items: Vec<Item>) -> Result<Vec<Said>, Failure> {
        match self {
            Desk::House(app) => {
                let _time_stands_still = app.clock.during_call().await;
                let decided = decide(Arc::clone(app), gateway, items).await?;
                Ok(decided.into_iter().map(Said::Decided).collect())
            }
            Desk::Nodes(cluster) => Ok(cluster.decide(gateway, items).await),
        }
    }

    /// What goes on though nobody waits for it.
    pub fn tasks(&self) -> &TaskTracker {
        match self {
            Desk::House(app) => &app.tasks,
            Desk::Nodes(cluster) => cluster.tasks(),
        }
    }

    /// Cancelled when the server is to stop.
    pub fn stopping(&self) -> &CancellationToken {
        match self {
            Desk::House(app) => &app.stopping,
            Desk::Nodes(cluster) => cluster.stopping(),
        }
    }
}
