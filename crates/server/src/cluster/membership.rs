//! Being one of the nodes: says so now and then, renews the leases of what this node has, takes what nobody has, gives what it
//! has too much of, and opens and closes the shards accordingly.
//!
//! One thread talks to the database and decides. Another one watches the time, for a database that says nothing can hold the
//! first: what was not renewed in time is not served any more, and if it cannot even be put away, the process ends.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::sleep;
use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use ledger::journal::postgres::{Beat, Names, Node, Registry};
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};

use super::Cluster;
use super::agreement;
use super::ask::question;
use super::balance::plan;
use super::board::Board;
use super::failures::Failures;
use super::inside::LOOK;
use crate::app::{OpenError, Shared};
use crate::clock::ClockMode;
use crate::database::Books;
use crate::house::House;
use crate::metrics::ShardChange;
use crate::shard::Shard;

/// In the time of a lease, so often it is renewed.
const RENEWALS: u32 = 4;
/// How often it is looked whether a lease is over, or a shard cannot be written any more.
const WATCH: Duration = Duration::from_millis(100);
/// How long what is lost may take to be put away.
const LEAVE_TIME: Duration = Duration::from_secs(15);
/// How long those who still look at the books of a shard that is closed may take.
const FORGET_TIME: Duration = Duration::from_secs(10);
/// What a node is made of.
pub(super) struct Options {
    pub database: String,
    pub node: Node,
    pub shards: u8,
    pub length: Duration,
    pub shared: Shared,
    pub board: Arc<Board>,
    pub names: Arc<Names>,
    pub end: fn(&str),
}

/// Being one of the nodes, until it is left.
pub(super) struct Membership {
    messages: Mutex<Sender<Message>>,
    state: Arc<Mutex<State>>,
    others: watch::Receiver<Vec<Node>>,
    ended: watch::Receiver<Option<String>>,
}

/// What all threads see.
struct State {
    own: HashMap<Shard, Own>,
    /// Until when this node knows what others do.
    heard_until: Instant,
    is_leaving: bool,
    /// Why this node takes no shards for a while, if it does not.
    trouble: Option<String>,
}

/// A shard whose lease this node has, or had until a moment ago.
struct Own {
    until: Instant,
    phase: Phase,
    /// Since when it is lost, if it is.
    lost: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Opening,
    Here,
    Closing,
}

enum Message {
    /// Look around now.
    Look,
    Opened(Shard, Arc<House>),
    NotOpened(Shard, String),
    Closed(Shard),
    Leave(oneshot::Sender<()>),
}

impl Membership {
    /// Begins. The receiver says what is wrong with the first shard that could not be opened, should that happen.
    ///
    /// # Errors
    /// The database cannot be used, or a thread not be started.
    pub fn begin(options: Options) -> Result<(Membership, oneshot::Receiver<String>), OpenError> {
        let (sender, receiver) = channel();
        let (problem, joined) = oneshot::channel();
        let (tell_others, others) = watch::channel(Vec::new());
        let (tell_end, ended) = watch::channel(None);
        let now = Instant::now();
        let state = Arc::new(Mutex::new(State {
            own: HashMap::new(),
            heard_until: now,
            is_leaving: false,
            trouble: None,
        }));
        let desk = Desk {
            sender: sender.clone(),
            state: Arc::clone(&state),
            options: Arc::new(options),
            runtime: Handle::current(),
        };
        let watcher = desk.clone();
        let watch = move || watcher.watch();
        std::thread::Builder::new().name("nodes-watch".into()).spawn(watch)?;
        let run = move || {
            let reason = desk.run(&receiver, &tell_others, Some(problem));
            tell_end.send_replace(Some(reason));
        };
        std::thread::Builder::new().name("nodes".into()).spawn(run)?;
        Ok((Membership { messages: Mutex::new(sender), state, others, ended }, joined))
    }

    /// Looks around now.
    pub fn look_around(&self) {
        let _ = self.messages.lock().send(Message::Look);
    }

    /// Takes nothing any more.
    pub fn begin_to_leave(&self) {
        self.state.lock().is_leaving = true;
    }

    /// Gives back what this node has, and leaves.
    pub async fn leave(&self) {
        self.begin_to_leave();
        let (left, is_left) = oneshot::channel();
        let _ = self.messages.lock().send(Message::Leave(left));
        let _ = is_left.await;
    }

    /// Until when this node knows what others do.
    pub fn heard_until(&self) -> Instant {
        self.state.lock().heard_until
    }

    /// Why this node takes no shards at the moment, if that is so.
    pub fn trouble(&self) -> Option<String> {
        self.state.lock().trouble.clone()
    }

    /// Ends when the node cannot go on.
    pub async fn cannot_go_on(&self) -> String {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await {
            Ok(reason) => reason.clone().unwrap_or_default(),
            Err(_) => "the thread that talks to the other nodes has ended".to_owned(),
        }
    }
}

/// Tells the other nodes to look around whenever this one has given something away.
pub(super) async fn tell_others(cluster: Arc<Cluster>) {
    let mut others = cluster.membership.others.clone();
    while others.changed().await.is_ok() {
        let nodes = others.borrow_and_update().clone();
        for node in nodes {
            let cluster = Arc::clone(&cluster);
            tokio::spawn(async move {
                // Who is not reached looks by itself, a little later.
                let _ = cluster.peers.send(&node, question(LOOK, &HeaderMap::new(), Shard::FIRST)).await;
            });
        }
    }
}

/// What the threads work with.
#[derive(Clone)]
struct Desk {
    sender: Sender<Message>,
    state: Arc<Mutex<State>>,
    options: Arc<Options>,
    runtime: Handle,
}

impl Desk {
    /// Talks to the database until this node has left. Gives why it ended.
    fn run(
        &self,
        messages: &Receiver<Message>,
        others: &watch::Sender<Vec<Node>>,
        mut problem: Option<oneshot::Sender<String>>,
    ) -> String {
        let Options { database, node, shards, length, board, .. } = &*self.options;
        let mut registry: Option<Registry> = None;
        let mut failures = Failures::default();
        let mut leaving: Option<oneshot::Sender<()>> = None;
        let mut seen: Option<Beat> = None;
        loop {
            if registry.is_none() {
                match Registry::connect(database, node.clone(), *shards, *length) {
                    Ok(new) => registry = Some(new),
                    Err(problem) => tracing::warn!(%problem, "the database cannot be reached"),
                }
            }
            if let Some(known) = &mut registry {
                let has_some = !board.houses().is_empty();
                // Who could not open any keeps none from those who can.
                let takes = !self.state.lock().is_leaving && (has_some || failures.are_over());
                match known.beat(&self.renewable(), takes) {
                    Ok(beat) => {
                        self.heard(&beat);
                        self.follow_plan(known, &beat, &failures);
                        seen = Some(beat);
                    }
                    Err(trouble) => {
                        tracing::warn!(problem = %trouble, "this node could not say that it is there; it is tried again");
                        registry = None;
                    }
                }
            }
            // A message may be about what was just done; so all there are are read, and then it is looked again.
            let mut message = match messages.recv_timeout(*length / RENEWALS) {
                Ok(message) => Some(message),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return "nobody wants it any more".into(),
            };
            while let Some(said) = message {
                match said {
                    Message::Look => {}
                    Message::Opened(shard, house) => {
                        failures.forget(shard);
                        self.state.lock().trouble = failures.told();
                        self.opened(shard, house);
                    }
                    Message::NotOpened(shard, trouble) => {
                        tracing::error!(%shard, problem = trouble, "a shard cannot be served here");
                        self.count(ShardChange::NotOpened);
                        failures.add(shard, &trouble);
                        self.state.lock().trouble = failures.told();
                        self.put_down(shard, &mut registry);
                        self.nudge(others, seen.as_ref());
                        if let Some(problem) = problem.take() {
                            let _ = problem.send(trouble);
                        }
                    }
                    Message::Closed(shard) => {
                        self.put_down(shard, &mut registry);
                        self.nudge(others, seen.as_ref());
                    }
                    Message::Leave(left) => {
                        leaving = Some(left);
                        // One that was there already is not waited for.
                        for (shard, _) in board.houses() {
                            self.close(shard, true);
                        }
                    }
                }
                message = messages.try_recv().ok();
            }
            if board.without_anybody() == 0 {
                // From now on what cannot be opened is a matter for the log.
                problem = None;
            }
            if leaving.is_some() && self.state.lock().own.is_empty() {
                if let Some(Err(trouble)) = registry.as_mut().map(Registry::leave) {
                    tracing::warn!(problem = %trouble, "others find out by themselves that this node is gone");
                }
                if let Some(left) = leaving.take() {
                    let _ = left.send(());
                }
                return "it has left".into();
            }
        }
    }

    /// Has the other nodes look around.
    fn nudge(&self, others: &watch::Sender<Vec<Node>>, seen: Option<&Beat>) {
        let nodes = seen.into_iter().flat_map(|beat| beat.nodes.iter());
        others.send_replace(nodes.filter(|other| other.name != self.options.node.name).cloned().collect());
    }

    /// What is ours and not lost.
    fn renewable(&self) -> Vec<u8> {
        let state = self.state.lock();
        state.own.iter().filter(|(_, own)| own.lost.is_none()).map(|(shard, _)| shard.0).collect()
    }

    /// Notes what a beat says: what is renewed, what somebody else has taken, and where everything else is.
    fn heard(&self, beat: &Beat) {
        let Options { node, board, .. } = &*self.options;
        let mut taken = Vec::new();
        {
            let mut state = self.state.lock();
            state.heard_until = beat.until;
            for (shard, own) in &mut state.own {
                let holder = beat.holders.get(usize::from(shard.0)).and_then(Option::as_deref);
                if holder == Some(&node.name) && own.lost.is_none() {
                    own.until = beat.until;
                } else if own.lost.is_none() {
                    own.lost = Some(Instant::now());
                    taken.push(*shard);
                }
            }
        }
        for shard in taken {
            tracing::warn!(%shard, "another node has taken a shard over");
            self.count(ShardChange::Lost);
            self.close(shard, false);
        }
        let nodes: HashMap<&str, Arc<Node>> =
            beat.nodes.iter().map(|node| (node.name.as_str(), Arc::new(node.clone()))).collect();
        let elsewhere = |holder: &Option<String>| {
            let holder = holder.as_deref().filter(|holder| *holder != node.name)?;
            nodes.get(holder).cloned()
        };
        board.note(&beat.holders.iter().map(elsewhere).collect::<Vec<_>>());
    }

    /// Takes what is free, or gives what is too much.
    fn follow_plan(&self, registry: &mut Registry, beat: &Beat, failures: &Failures) {
        let (has, known) = {
            let state = self.state.lock();
            let known: HashSet<Shard> = state.own.keys().copied().collect();
            (state.own.values().filter(|own| own.phase != Phase::Closing).count(), known)
        };
        // What is still being put away here is not free for us yet.
        let may_try = |shard| !known.contains(&shard) && failures.may_try(shard);
        let plan = plan(beat, &self.options.node.name, has, may_try);
        let most = if failures.is_empty() || !known.is_empty() { usize::MAX } else { 1 };
        for shard in plan.take.into_iter().take(most) {
            match registry.take(shard.0) {
                Ok(Some(until)) => {
                    self.state.lock().own.insert(shard, Own { until, phase: Phase::Opening, lost: None });
                    self.open(shard);
                }
                Ok(None) => {}
                Err(problem) => tracing::warn!(%problem, %shard, "a shard could not be taken"),
            }
        }
        let mut houses = self.options.board.houses();
        houses.reverse();
        for (shard, _) in houses.into_iter().take(plan.give) {
            tracing::info!(%shard, "another node is to have a shard");
            self.count(ShardChange::Given);
            self.close(shard, true);
        }
    }

    /// Opens a shard that is ours.
    fn open(&self, shard: Shard) {
        let (options, sender) = (Arc::clone(&self.options), self.sender.clone());
        self.runtime.spawn(async move {
            let books = Books::There(options.database.clone(), shard);
            let opened =
                House::open(options.shared.clone(), books, ClockMode::System, shard == Shard::FIRST).await;
            let said = match opened {
                Ok(house) => match agreement::publish(&options.database, &options.names, &house.app).await {
                    Ok(()) => Message::Opened(shard, Arc::new(house)),
                    Err(problem) => {
                        house.close_soon(Duration::ZERO).await;
                        Message::NotOpened(shard, problem.to_string())
                    }
                },
                Err(problem) => Message::NotOpened(shard, problem.to_string()),
            };
            let _ = sender.send(said);
        });
    }

    fn opened(&self, shard: Shard, house: Arc<House>) {
        let is_ours = {
            let mut state = self.state.lock();
            let is_leaving = state.is_leaving;
            let own = state.own.get_mut(&shard).filter(|own| own.lost.is_none() && !is_leaving);
            own.map(|own| own.phase = Phase::Here).is_some()
        };
        if is_ours {
            tracing::info!(%shard, "a shard is served here");
            self.count(ShardChange::Taken);
            self.options.board.put_here(shard, house);
            // It may have been lost in between, when there was nothing on the board to take away.
            if self.state.lock().own.get(&shard).is_none_or(|own| own.lost.is_some()) {
                self.close(shard, false);
            }
        } else {
            self.put_away(shard, house, Duration::ZERO);
        }
    }

    /// Serves a shard no longer; once those who are being served are gone, if it is given away.
    fn close(&self, shard: Shard, is_given: bool) {
        if let Some(house) = self.options.board.take_away(shard) {
            // All others of the shard wait meanwhile.
            let shutdown = Duration::from_secs(self.options.shared.config.server.shutdown_s);
            let most = shutdown.min(self.options.length);
            self.put_away(shard, house, if is_given { most } else { Duration::ZERO });
        }
    }

    /// Closes a shard that is not on the board any more. Those who are being served have so long.
    fn put_away(&self, shard: Shard, house: Arc<House>, most: Duration) {
        if let Some(own) = self.state.lock().own.get_mut(&shard) {
            own.phase = Phase::Closing;
        }
        let sender = self.sender.clone();
        self.runtime.spawn(async move {
            // Bodies that are not here whole have half of it; then they are not waited for any more.
            let is_empty = house.empty(most / 2).await;
            house.begin_to_stop();
            if !is_empty && !house.empty(most / 2).await {
                tracing::warn!(%shard, "calls were still under way when a shard was closed");
            }
            let app = Arc::downgrade(&house.app);
            // Messages that are being sent are sent again by the next owner, under the same ids.
            house.close_soon(Duration::ZERO).await;
            drop(house);
            // Whoever opens it here again finds its files free.
            let forgotten = async {
                while app.strong_count() > 0 {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            let _ = tokio::time::timeout(FORGET_TIME, forgotten).await;
            let _ = sender.send(Message::Closed(shard));
        });
    }

    /// A shard is closed here: its lease goes back, if it is still ours.
    fn put_down(&self, shard: Shard, registry: &mut Option<Registry>) {
        let own = self.state.lock().own.remove(&shard);
        let is_ours = own.is_some_and(|own| own.lost.is_none());
        if is_ours && let Some(Err(problem)) = registry.as_mut().map(|registry| registry.give_back(shard.0)) {
            tracing::warn!(%problem, %shard, "the lease on a shard ends by itself");
        }
    }

    fn count(&self, change: ShardChange) {
        self.options.shared.counted.shard(change);
    }

    /// Watches the time, until the process ends.
    fn watch(&self) {
        loop {
            sleep(WATCH);
            let now = Instant::now();
            let mut over = Vec::new();
            for (shard, own) in &mut self.state.lock().own {
                if own.lost.is_none() && own.until <= now {
                    own.lost = Some(now);
                    over.push(*shard);
                }
                if own.lost.is_some_and(|lost| now > lost + LEAVE_TIME) {
                    (self.options.end)(&format!(
                        "the lease on shard {shard} is lost, and it cannot be closed"
                    ));
                }
            }
            for shard in over {
                tracing::warn!(%shard, "the lease on a shard could not be renewed in time");
                self.count(ShardChange::Lost);
                self.close(shard, false);
            }
            for (shard, house) in self.options.board.houses() {
                if let Some(reason) = house.app.stop_reason() {
                    tracing::error!(%shard, reason, "a shard cannot be written any more");
                    self.count(ShardChange::Lost);
                    self.close(shard, false);
                }
            }
        }
    }
}
