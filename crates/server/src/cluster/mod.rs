//! Several nodes on one database: each has some of the shards, and answers for all of them.
//!
//! A shard is served by one node at a time, which has a lease on it ([`membership`]); nodes have about as many each
//! ([`balance`]). A request that comes to any node is for one shard, which its head says ([`whose`]); it is served there, by
//! the same routes as on a server that has all books, and sent on to another node if need be ([`entrance`], [`peers`],
//! [`inside`]). What some requests ask of all shards is put together ([`operator`], [`charges`]).
//!
//! What is not here: nothing in a shard knows that there are others. That two nodes never write the same shard is not due to
//! the leases but to the journal, which takes nothing from an owner that was replaced.

mod agreement;
mod ask;
mod balance;
mod board;
mod charges;
mod entrance;
mod failures;
mod identity;
mod inside;
mod membership;
mod operator;
mod own;
mod peers;
mod whose;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ledger::directory::is_account_name;
use ledger::journal::postgres::{Facts, Names, Node};
use parking_lot::Mutex;
use rand::RngExt as _;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::error;

use crate::app::{OpenError, Shared};
use crate::auth::token_file::TokenFile;
use crate::database::{Books, Claim, check_here, holder};
use crate::guests::Guests;
use crate::http::blocking;
use crate::http::error::Failure;
use crate::serve::bind;
use crate::shard::Shard;
use crate::telemetry::Telemetry;

pub use ask::Proven;
use board::Board;
use identity::Identity;
use membership::Membership;
use peers::Peers;

/// How much longer than a lease a request waits for somebody to have its shard: whoever takes it reads its books first.
const OPENING_TIME: Duration = Duration::from_secs(20);
/// How many names are remembered.
const NAMES: usize = 100_000;

/// How other nodes reach a node.
#[derive(Debug, Clone)]
pub struct ClusterOptions {
    /// Where it listens for them.
    pub listen: String,
    /// Where that is for them: a host and a port. If not given, where it listens.
    pub address: Option<String>,
    /// Ends the process at once: what it has lost it cannot put away.
    pub end: fn(&str),
}

/// A node among others.
pub(crate) struct Cluster {
    shared: Shared,
    board: Arc<Board>,
    peers: Peers,
    identity: Identity,
    names: Arc<Names>,
    known_names: Mutex<HashMap<String, Shard>>,
    gateways: charges::Found,
    guests: Arc<Guests>,
    membership: Membership,
    operator: TokenFile,
    metrics: TokenFile,
    /// Cancelled when no client is let in any more.
    stopping: CancellationToken,
    /// Cancelled when this node has given back what it had.
    gone: CancellationToken,
    tasks: TaskTracker,
    _claim: Claim,
}

impl Cluster {
    /// Joins the nodes of a database, and waits until every shard is served by one of them.
    ///
    /// # Errors
    /// Whatever keeps it from joining, or from serving a shard that it was the first to take.
    pub async fn join(
        shared: Shared,
        database: &str,
        options: ClusterOptions,
    ) -> Result<Arc<Cluster>, OpenError> {
        let listener = bind(&options.listen).await?;
        let address = match options.address {
            Some(address) => address,
            None if listener.local_addr()?.ip().is_unspecified() => {
                return Err("others do not reach this node at an address that means all: name one with --cluster-address \
                            (INKMETER_CLUSTER_ADDRESS)"
                    .into());
            }
            None => listener.local_addr()?.to_string(),
        };
        let node = Node { name: holder(), address, takes: true };
        let (database, home) = (database.to_owned(), shared.home.clone());
        let length = shared.config.database.lease();
        let (wanted, config) = (shared.config.database.shards, shared.config.clone());
        let prepare = move || {
            check_here(&database)?;
            let claim = Books::first_of(database.clone()).claim(&home)?;
            let mut facts = Facts::connect(&database)?;
            let (key, fingerprint) = agreement::key(&home, facts.key()?.is_some())?;
            if facts.first_key(&fingerprint)? != fingerprint {
                let file = home.master_key();
                let file = file.display();
                return Err(format!(
                    "{file} is not the key that the other nodes of this database have: copy theirs"
                )
                .into());
            }
            let shards = facts.shards(wanted)?;
            agreement::check_rules(&home, &config, &mut facts, shards)?;
            let identity = Identity::of_key(&key)?;
            let tokens = (TokenFile::open(&home.operator_token())?, TokenFile::open(&home.metrics_token())?);
            Ok::<_, OpenError>((database, claim, shards, identity, tokens))
        };
        let (database, claim, shards, identity, (operator, metrics)) =
            tokio::task::spawn_blocking(prepare).await??;
        let board = Arc::new(Board::new(shards));
        let names = Arc::new(Names::of(&database));
        let peers = Peers::new(Arc::clone(&identity.connects));
        let (membership, joined) = Membership::begin(membership::Options {
            database,
            node,
            shards,
            length,
            shared: shared.clone(),
            board: Arc::clone(&board),
            names: Arc::clone(&names),
            end: options.end,
        })?;
        let cluster = Arc::new(Cluster {
            guests: Guests::new(&shared.config.server),
            board,
            peers,
            identity,
            names,
            known_names: Mutex::default(),
            gateways: Mutex::default(),
            membership,
            operator,
            metrics,
            stopping: CancellationToken::new(),
            gone: CancellationToken::new(),
            tasks: TaskTracker::new(),
            shared,
            _claim: claim,
        });
        tokio::spawn(inside::listen(Arc::clone(&cluster), listener));
        tokio::spawn(membership::tell_others(Arc::clone(&cluster)));
        let served = async {
            loop {
                let change = cluster.board.change(Duration::from_secs(1));
                if cluster.board.without_anybody() == 0 {
                    return;
                }
                change.await;
            }
        };
        tokio::select! {
            () = served => {}
            Ok(problem) = joined => {
                cluster.leave().await;
                return Err(problem.into());
            }
        }
        Ok(cluster)
    }

    /// Says that no client is let in any more.
    pub fn begin_to_stop(&self) {
        self.membership.begin_to_leave();
    }

    /// Gives back what this node has, when its calls are served, and leaves.
    pub async fn leave(&self) {
        self.membership.leave().await;
        self.stopping.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.gone.cancel();
    }

    /// Ends when the node cannot go on.
    pub async fn cannot_go_on(&self) -> String {
        self.membership.cannot_go_on().await
    }

    /// What makes traces.
    pub fn telemetry(&self) -> Arc<Telemetry> {
        Arc::clone(&self.shared.telemetry)
    }

    /// What goes on though nobody waits for it.
    pub fn tasks(&self) -> &TaskTracker {
        &self.tasks
    }

    /// Cancelled when the node is to stop.
    pub fn stopping(&self) -> &CancellationToken {
        &self.stopping
    }

    /// Why this node takes no shards at the moment, if that is so.
    fn trouble(&self) -> Option<String> {
        self.membership.trouble()
    }

    /// Until when this node knows what the others do.
    fn heard_until(&self) -> Instant {
        self.membership.heard_until()
    }

    /// Something has changed: whoever has what is to be asked at once.
    fn look_around(&self) {
        self.membership.look_around();
    }

    /// How long a request waits for somebody to have its shard.
    fn patience(&self) -> Duration {
        self.shared.config.database.lease() + OPENING_TIME
    }

    /// The shard of the account of a name, if there is one.
    async fn shard_of(&self, name: &str) -> Result<Option<Shard>, Failure> {
        let name = name.to_ascii_lowercase();
        if !is_account_name(&name) {
            return Ok(None);
        }
        if let Some(shard) = self.known_names.lock().get(&name) {
            return Ok(Some(*shard));
        }
        let (names, asked) = (Arc::clone(&self.names), name.clone());
        let found = blocking(move || names.shard(&asked).map_err(no_names)).await?.map(Shard);
        if let Some(shard) = found {
            self.remember(name, shard);
        }
        Ok(found)
    }

    /// The shard of an account that is to have this name: if nobody had it before, the one that is wanted, or any.
    async fn claim(&self, name: &str, wanted: Option<Shard>) -> Result<Shard, Failure> {
        let name = name.to_ascii_lowercase();
        if !is_account_name(&name) {
            // The first one says what is wrong with it.
            return Ok(Shard::FIRST);
        }
        let count = u8::try_from(self.board.shards().count()).unwrap_or(u8::MAX);
        let shard = wanted.unwrap_or_else(|| Shard(rand::rng().random_range(0..count)));
        let (names, asked) = (Arc::clone(&self.names), name.clone());
        let claimed = blocking(move || names.claim(&asked, shard.0).map_err(no_names)).await?;
        self.remember(name, Shard(claimed));
        Ok(Shard(claimed))
    }

    fn remember(&self, name: String, shard: Shard) {
        let mut known = self.known_names.lock();
        if known.len() >= NAMES {
            known.clear();
        }
        known.insert(name, shard);
    }
}

fn no_names(problem: ledger::journal::OpenError) -> Failure {
    tracing::warn!(%problem, "names cannot be looked up");
    Failure::of(error::BACKEND_UNAVAILABLE)
}
