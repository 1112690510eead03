//! Running the server: listen, and stop without losing anything.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::{App, OpenError, Shared, open_eye};
use crate::clock::ClockMode;
use crate::cluster::{Cluster, ClusterOptions};
use crate::config::{Config, ServerConfig};
use crate::connection::Door;
use crate::data_dir::DataDir;
use crate::database::{Books, Lease};
use crate::eye::Reader;
use crate::guests::Guests;
use crate::house::{House, TIMER_MS};
use crate::sign::Sign;

/// How long to wait when a connection could not be accepted.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// A running server that has all books there are.
pub struct Running {
    /// The application.
    pub app: Arc<App>,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where it listens with TLS, if it does.
    pub tls_address: Option<SocketAddr>,
    house: House,
    lease: Option<Lease>,
    doors: Doors,
}

/// A running node: one of several servers, each of which has some of the books.
pub struct RunningNode {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where it listens with TLS, if it does.
    pub tls_address: Option<SocketAddr>,
    cluster: Arc<Cluster>,
    doors: Doors,
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

/// Starts a server that has all books there are.
///
/// # Errors
/// Whatever keeps it from starting, in words that say what to do.
pub async fn start(options: ServeOptions<'_>) -> Result<Running, OpenError> {
    let ServeOptions { data, database, listen, clock, config, eye } = options;
    let shared = prepared(data, listen, config, eye).await?;
    let lease = match database {
        Some(database) => {
            let (database, length) = (database.to_owned(), shared.config.database.lease());
            Some(tokio::task::spawn_blocking(move || Lease::wait_for(&database, length)).await??)
        }
        None => None,
    };
    // Now only: a server that waits for its turn is to look like one that is not there.
    let ports = Ports::open(listen, &shared.config.server).await?;
    let books = database.map_or(Books::Here, |database| Books::first_of(database.to_owned()));
    let house = House::open(shared.clone(), books, clock, false).await?;
    let doors = Doors::open(ports, house.router.clone(), &shared)?;
    let (app, address, tls_address) = (Arc::clone(&house.app), doors.address, doors.tls_address);
    Ok(Running { app, address, tls_address, house, lease, doors })
}

/// Starts a node.
///
/// # Errors
/// Whatever keeps it from starting, in words that say what to do.
pub async fn start_node(
    options: ServeOptions<'_>,
    cluster: ClusterOptions,
) -> Result<RunningNode, OpenError> {
    let ServeOptions { data, database, listen, clock, config, eye } = options;
    let database = database.ok_or("several nodes need a database (--database)")?;
    if clock == ClockMode::Manual {
        return Err(
            "time is played on one server, and nodes are several: serve without --cluster-listen, or with \
                    --clock system"
                .into(),
        );
    }
    let shared = prepared(data, listen, config, eye).await?;
    let cluster = Cluster::join(shared.clone(), database, cluster).await?;
    // Now only: a node that waits for shards to be served looks like one that is not there.
    let ports = match Ports::open(listen, &shared.config.server).await {
        Ok(ports) => ports,
        Err(problem) => {
            cluster.leave().await;
            return Err(problem);
        }
    };
    let doors = Doors::open(ports, Arc::clone(&cluster).router(), &shared)?;
    let (address, tls_address) = (doors.address, doors.tls_address);
    Ok(RunningNode { address, tls_address, cluster, doors })
}

/// What can be wrong here, before anything else: one that waits for its turn is not to fail when that comes.
async fn prepared(
    data: &Path,
    listen: &str,
    config: Config,
    eye: Option<Arc<dyn Reader>>,
) -> Result<Shared, OpenError> {
    let home = DataDir(data.to_owned());
    drop(bind(listen).await?);
    let prepare = move || {
        let eye = match eye {
            Some(eye) => eye,
            None => open_eye(&config, &home)?,
        };
        Shared::new(&home, config, eye)
    };
    tokio::task::spawn_blocking(prepare).await?
}

pub(crate) async fn bind(listen: &str) -> Result<TcpListener, OpenError> {
    TcpListener::bind(listen).await.map_err(|problem| format!("{listen}: {problem}").into())
}

impl Running {
    /// Stops: takes no new calls, finishes those that are authorised, writes everything. Connections that are idle,
    /// and requests that are not here whole, are ended at once.
    pub async fn stop(self) {
        let Running { app, house, lease, doors, .. } = self;
        let telemetry = Arc::clone(&app.telemetry);
        drop(app);
        house.begin_to_stop();
        doors.close().await;
        // The lease goes last: whoever takes over finds everything written.
        house.close(move || drop(lease)).await;
        let _ = tokio::task::spawn_blocking(move || telemetry.close()).await;
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

impl RunningNode {
    /// Stops, and gives what it has to the other nodes.
    pub async fn stop(self) {
        self.cluster.begin_to_stop();
        self.doors.close().await;
        self.cluster.leave().await;
        let telemetry = self.cluster.telemetry();
        let _ = tokio::task::spawn_blocking(move || telemetry.close()).await;
    }

    /// Waits until the node cannot go on. That its books are another's by now is no reason: it gives them up.
    pub async fn cannot_go_on(&self) -> String {
        self.cluster.cannot_go_on().await
    }
}

/// Where clients come in, before anybody is let in.
struct Ports {
    plain: TcpListener,
    over_tls: Option<TcpListener>,
}

impl Ports {
    async fn open(listen: &str, server: &ServerConfig) -> Result<Ports, OpenError> {
        let plain = bind(listen).await?;
        let over_tls = if server.tls.is_on() { Some(bind(&server.tls.listen).await?) } else { None };
        Ok(Ports { plain, over_tls })
    }
}

/// Where clients come in, and the sign that says where that is.
struct Doors {
    address: SocketAddr,
    tls_address: Option<SocketAddr>,
    stopping: CancellationToken,
    stop: watch::Sender<bool>,
    done: JoinHandle<()>,
    home: DataDir,
    _sign: Sign,
}

impl Doors {
    fn open(ports: Ports, router: Router, shared: &Shared) -> Result<Doors, OpenError> {
        let (server, certificates) = (&shared.config.server, &shared.certificates);
        let address = ports.plain.local_addr()?;
        let tls_address = ports.over_tls.as_ref().map(TcpListener::local_addr).transpose()?;
        let sign = Sign::put_out(&shared.home.address(), address)?;
        let stopping = CancellationToken::new();
        if let Some(certificates) = certificates {
            tokio::spawn(Arc::clone(certificates).watch(stopping.clone()));
        }
        let (stop, stopped) = watch::channel(false);
        let door = Door::new(router, server, certificates.clone(), stopping.clone());
        let done = tokio::spawn(run(door, server.clone(), ports, stopped));
        Ok(Doors { address, tls_address, stopping, stop, done, home: shared.home.clone(), _sign: sign })
    }

    /// Takes no new calls, and waits for those under way.
    async fn close(self) {
        self.stopping.cancel();
        let _ = self.stop.send(true);
        let _ = self.done.await;
        let _ = std::fs::remove_file(self.home.address());
    }
}

/// Accepts connections until told to stop, then lets the calls under way finish.
async fn run(
    door: Door,
    config: ServerConfig,
    Ports { plain, over_tls }: Ports,
    stopped: watch::Receiver<bool>,
) {
    let hall = Hall {
        door: Arc::new(door),
        places: Arc::new(Semaphore::new(config.max_connections)),
        guests: Guests::new(&config),
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
