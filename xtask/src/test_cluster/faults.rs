//! What can happen to machines and to the network between them.

use std::time::Duration;

use anyhow::Result;
use rand::RngExt as _;
use rand::rngs::StdRng;

use super::link::State;
use super::machines::{MEMBERS, Machines};
use super::nodes::{NODES, Nodes};
use super::patroni::{MACHINES, Patroni};

/// Something that happens, and is over after a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    NodeKilled,
    NodeFrozen,
    NodeStopped,
    NodeWithoutDatabase(State),
    NodeWithoutNodes(State),
    LeaderCrashed,
    LeaderKilled,
    LeaderFrozen,
    StandbyKilled,
    ReplicationCut(State),
    EtcdKilled,
}

const ALL: [Fault; 14] = [
    Fault::NodeKilled,
    Fault::NodeFrozen,
    Fault::NodeStopped,
    Fault::NodeWithoutDatabase(State::Cut),
    Fault::NodeWithoutDatabase(State::Silent),
    Fault::NodeWithoutNodes(State::Cut),
    Fault::NodeWithoutNodes(State::Silent),
    Fault::LeaderCrashed,
    Fault::LeaderKilled,
    Fault::LeaderFrozen,
    Fault::StandbyKilled,
    Fault::ReplicationCut(State::Cut),
    Fault::ReplicationCut(State::Silent),
    Fault::EtcdKilled,
];

impl Fault {
    /// One by chance.
    pub fn any(random: &mut StdRng) -> Fault {
        ALL[random.random_range(0..ALL.len())]
    }

    /// What it is.
    pub fn kind(self) -> &'static str {
        match self {
            Fault::NodeKilled => "a node is killed",
            Fault::NodeFrozen => "a node is frozen",
            Fault::NodeStopped => "a node is stopped",
            Fault::NodeWithoutDatabase(State::Silent) => "a node hears nothing of the database",
            Fault::NodeWithoutDatabase(_) => "a node is cut off from the database",
            Fault::NodeWithoutNodes(State::Silent) => "nodes hear nothing of one",
            Fault::NodeWithoutNodes(_) => "a node is cut off from the others",
            Fault::LeaderCrashed => "the leading PostgreSQL crashes",
            Fault::LeaderKilled => "the leading PostgreSQL's machine is killed",
            Fault::LeaderFrozen => "the leading PostgreSQL's machine is frozen",
            Fault::StandbyKilled => "a standby's machine is killed",
            Fault::ReplicationCut(State::Silent) => "standbys hear nothing of the leader",
            Fault::ReplicationCut(_) => "standbys are cut off from the leader",
            Fault::EtcdKilled => "a member of etcd is killed",
        }
    }

    /// What it is, and for how long.
    pub fn told(self, lasts: Duration) -> String {
        match self {
            Fault::LeaderCrashed => self.kind().to_owned(),
            _ => format!("{} for {:.1} s", self.kind(), lasts.as_secs_f64()),
        }
    }

    /// Lets it happen, and be over.
    ///
    /// # Errors
    /// Something cannot be started again.
    pub async fn happen(
        self,
        nodes: &mut Nodes,
        patroni: &Patroni,
        etcd: &Machines,
        lasts: Duration,
        random: &mut StdRng,
    ) -> Result<()> {
        let node = random.random_range(0..NODES);
        let leading = patroni.leading().await.unwrap_or_default();
        let standby = (leading + random.random_range(1..MACHINES)) % MACHINES;
        let over = || tokio::time::sleep(lasts);
        match self {
            Fault::NodeKilled => {
                nodes.kill(node);
                over().await;
                nodes.run(node)?;
            }
            Fault::NodeFrozen => {
                nodes.signal(node, "STOP");
                over().await;
                nodes.signal(node, "CONT");
            }
            Fault::NodeStopped => {
                nodes.stop(node).await?;
                over().await;
                nodes.run(node)?;
            }
            Fault::NodeWithoutDatabase(state) => {
                nodes.to_postgres(node, state);
                over().await;
                nodes.to_postgres(node, State::Up);
            }
            Fault::NodeWithoutNodes(state) => {
                nodes.way_from_nodes(node, state);
                over().await;
                nodes.way_from_nodes(node, State::Up);
            }
            Fault::LeaderCrashed => patroni.kill_postgres(leading),
            Fault::LeaderKilled => {
                patroni.kill(leading);
                over().await;
                patroni.run(leading)?;
            }
            Fault::LeaderFrozen => {
                patroni.freeze(leading, true);
                over().await;
                patroni.freeze(leading, false);
            }
            Fault::StandbyKilled => {
                patroni.kill(standby);
                over().await;
                patroni.run(standby)?;
            }
            Fault::ReplicationCut(state) => {
                patroni.replication(leading).set(state);
                over().await;
                patroni.replication(leading).set(State::Up);
            }
            Fault::EtcdKilled => {
                let member = random.random_range(0..MEMBERS);
                etcd.kill(member);
                over().await;
                etcd.run(member)?;
            }
        }
        Ok(())
    }
}
