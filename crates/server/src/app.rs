//! Everything a request needs, opened once: engine, read model, directory, eye, clock.

use std::sync::Arc;
use std::time::Duration;

use charging::{AccountId, Catalog, Name, Timestamp};
use ledger::jobs::{SnapshotJob, SnapshotOptions};
use ledger::meter::Meter;
use ledger::read::ReadModel;
use ledger::rulebook::Rulebook;
use ledger::{Engine, Recovery, Replayed, Rules};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::auth::Auth;
use crate::auth::lockout::Lockout;
use crate::auth::rotation;
use crate::auth::secrets::Secrets;
use crate::auth::token_file::TokenFile;
use crate::calls;
use crate::clock::{Clock, ClockMode};
use crate::config::{Config, EngineChoice};
use crate::data_dir::DataDir;
use crate::database::{Books, Claim};
use crate::eye::Reader;
use crate::folder;
use crate::hashing::Hashing;
use crate::health::Health;
use crate::hosts::Hosts;
use crate::metrics::Counted;
use crate::notify::Notifier;
use crate::payments::Payments;
use crate::places::Places;
use crate::shard::Shard;
use crate::telemetry::Telemetry;
use crate::throttle::Throttle;
use crate::tls::Certificates;
use crate::usecase::{accounts, membership};

/// Books so much later than the clock, in milliseconds, are worth a warning.
const AHEAD_MS: i64 = 60_000;

/// The application.
pub struct App {
    /// The books.
    pub engine: Arc<Engine>,
    /// What people query.
    pub read: Arc<ReadModel>,
    /// Charges by key, for other services.
    pub meter: Meter,
    /// Who is calling.
    pub auth: Auth,
    /// What is told to whom.
    pub notifier: Notifier,
    /// Who takes the customers' money.
    pub payments: Payments,
    /// What time it is.
    pub clock: Clock,
    /// What reads pictures.
    pub eye: Arc<dyn Reader>,
    /// Calls that may be read or wait to be read.
    pub places: Arc<Places<AccountId>>,
    /// Turns at hashing passwords.
    pub hashing: Arc<Hashing>,
    /// Memory for bodies that are being read, in KiB.
    pub body_kib: Arc<Semaphore>,
    /// Whether everything can be written.
    pub health: Health,
    /// Bills that are written as files, and those that are being sent.
    pub exports: crate::bill::Desk,
    /// Held by whoever changes a membership: it stands in two places.
    pub memberships: tokio::sync::Mutex<()>,
    /// How often accounts call.
    pub throttle: Throttle,
    /// The names this server is called by.
    pub hosts: Hosts,
    /// What it shows of itself with TLS, if it has that.
    pub certificates: Option<Arc<Certificates>>,
    /// The configuration.
    pub config: Config,
    /// Where the things of this shard lie.
    pub data: DataDir,
    /// Cancelled when the server is to stop: whoever waits for a client's or a provider's next word ends then.
    pub stopping: CancellationToken,
    /// What goes on though nobody waits for it, and ends soon once the server is to stop.
    pub tasks: TaskTracker,
    /// What was counted while calls were served.
    pub counted: Arc<Counted>,
    /// What makes traces.
    pub telemetry: Arc<Telemetry>,
    snapshots: parking_lot::Mutex<Option<SnapshotJob>>,
    home: DataDir,
    _claim: Option<Claim>,
}

/// What a process has once, however many shards it serves.
#[derive(Clone)]
pub(crate) struct Shared {
    pub home: DataDir,
    pub config: Config,
    pub eye: Arc<dyn Reader>,
    pub places: Arc<Places<AccountId>>,
    pub hashing: Arc<Hashing>,
    pub body_kib: Arc<Semaphore>,
    pub certificates: Option<Arc<Certificates>>,
    pub counted: Arc<Counted>,
    pub telemetry: Arc<Telemetry>,
}

impl Shared {
    /// Makes ready what a server of this data folder needs beside its books.
    ///
    /// # Errors
    /// A certificate that cannot be used.
    pub fn new(home: &DataDir, config: Config, eye: Arc<dyn Reader>) -> Result<Shared, OpenError> {
        let tls = &config.server.tls;
        let certificates = tls.is_on().then(|| Certificates::open(tls).map(Arc::new)).transpose()?;
        let body_bytes = config.server.body_memory_bytes.max(config.server.body_limit_bytes);
        Ok(Shared {
            home: home.clone(),
            places: Places::new(eye.workers() + config.ocr.queue),
            hashing: Arc::new(Hashing::new(cores())),
            body_kib: Arc::new(Semaphore::new(body_bytes / 1024)),
            certificates,
            counted: Arc::default(),
            telemetry: Arc::new(Telemetry::open(&config.telemetry)?),
            config,
            eye,
        })
    }
}

/// Why the application could not be opened.
pub type OpenError = Box<dyn std::error::Error + Send + Sync>;

impl App {
    /// Opens a shard of the books, making it on the first start. A node has claimed its data folder itself.
    ///
    /// # Errors
    /// Whatever cannot be opened, in words that say what to do.
    pub(crate) fn open(
        shared: Shared,
        books_are: &Books,
        mode: ClockMode,
        is_claimed: bool,
    ) -> Result<(Arc<App>, Recovery), OpenError> {
        let Shared { home, config, eye, places, hashing, body_kib, certificates, counted, telemetry } =
            shared;
        let shard = books_are.shard();
        let data = home.of_shard(shard);
        let failed = |problem: std::io::Error| format!("{}: {problem}", data.0.display());
        std::fs::create_dir_all(&data.0).map_err(failed)?;
        let claim = if is_claimed { None } else { Some(books_are.claim(&data)?) };
        let directory = books_are.directory(&data)?;
        let known = directory.accounts()?;
        if books_are.are_here() {
            folder::check_journal(&data, known.len())?;
        }
        std::fs::create_dir_all(data.exports())?;
        books_are.fetch_rulebook(&directory, &data)?;
        let books = Replayed::open(books_are.engine(&data))?;
        let clock = Clock::start(mode, &data.0, books.latest().unwrap_or_default())?;
        let rules = rules_in_force(&data, &config, books.latest(), clock.now())?;
        books_are.share_rulebook(&directory, &data)?;
        let (engine, recovery) = books.start(Arc::new(rules))?;
        folder::check_directory(&data, known.len(), engine.account_ids().len())?;
        let outbox = books_are.outbox(&data)?;
        folder::check_outbox(&data, outbox.cursor()?, engine.notices())?;
        let engine = Arc::new(engine);
        let read = ReadModel::open(&data.read_db(), &engine)?;
        let snapshots = SnapshotJob::start(&engine, &recovery, SnapshotOptions::default())?;
        if engine.latest() > clock.now().plus_ms(AHEAD_MS) {
            let (books, clock) = (engine.latest(), clock.now());
            tracing::warn!(
                ?books,
                ?clock,
                "the books are ahead of the clock: nothing falls due until it has caught up. Was time played \
                 forward here? Then use --clock manual"
            );
        }
        rotation::settle(&home, &[&directory])?;
        let secrets = Secrets::open(&home.master_key(), !known.is_empty());
        let secrets = secrets.map_err(|problem| books_are.of_key(problem, &home))?;
        books_are.check_key(&directory, &home, &secrets.fingerprint())?;
        let auth = Auth {
            shard,
            secrets,
            operator: TokenFile::open(&home.operator_token())?,
            metrics: TokenFile::open(&home.metrics_token())?,
            directory,
            passwords: Lockout::new(),
            access_keys: Lockout::new(),
            max_skew_ms: i64::from(config.auth.max_skew_minutes) * 60_000,
        };
        if auth.has_other_key_file()? {
            let file = home.master_key();
            tracing::error!(?file, "{}", crate::auth::OTHER_KEY_FILE);
        }
        let hosts = config.hosts.hosts(&engine.rules().catalog.regions)?;
        let notifier = Notifier::new(outbox);
        let payments = Payments::open(&config.payment)?;
        let snapshots = parking_lot::Mutex::new(Some(snapshots));
        let meter = Meter::new(Arc::clone(&engine), Arc::clone(&read));
        let app = App {
            engine,
            read,
            meter,
            auth,
            notifier,
            payments,
            clock,
            eye,
            places,
            hashing,
            body_kib,
            health: Health::default(),
            exports: crate::bill::Desk::open()?,
            memberships: tokio::sync::Mutex::default(),
            throttle: Throttle::new(config.throttling.clone()),
            hosts,
            certificates,
            config,
            data,
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
            counted,
            telemetry,
            snapshots,
            home,
            _claim: claim,
        };
        accounts::reconcile(&app)?;
        membership::reconcile(&app)?;
        app.say_what_is_retired();
        app.say_what_is_not_served()?;
        Ok((Arc::new(app), recovery))
    }

    /// Says which APIs are sold that neither a route of this build serves nor a gateway charges for: subscriptions and
    /// packages of them would be paid for and never be of use.
    fn say_what_is_not_served(&self) -> Result<(), OpenError> {
        if self.auth.shard != Shard::FIRST {
            // Gateways are in the first, which says it for all.
            return Ok(());
        }
        let gateways = self.auth.directory.gateways()?;
        let is_charged = |api: &Name| gateways.iter().any(|gateway| gateway.may_charge_for(api.as_str()));
        let unserved = unserved(&self.engine.rules().catalog).filter(|api| !is_charged(api));
        let apis: Vec<&str> = unserved.map(Name::as_str).collect();
        if !apis.is_empty() {
            tracing::warn!(
                apis = apis.join(", "),
                "the configuration sells APIs that this build does not serve and no gateway charges for: their calls are \
                 404 APIG.0101. Make a gateway for them (inkmeter gateway new), or take them out of the catalog, with their \
                 packages"
            );
        }
        Ok(())
    }

    /// Says what has left the configuration and is still in use.
    fn say_what_is_retired(&self) {
        let retired = self.engine.retired_in_use();
        for (api, accounts) in &retired.apis {
            tracing::warn!(
                %api,
                accounts,
                "an API has left the configuration: its calls are refused, and its packages wait for it to come back"
            );
        }
        for (policy, accounts) in &retired.policies {
            tracing::warn!(
                %policy,
                accounts,
                "a policy has left the configuration: accounts that have it keep it as it was, new ones cannot get it"
            );
        }
    }

    /// What this application has of its process.
    pub(crate) fn shared(&self) -> Shared {
        Shared {
            home: self.home.clone(),
            config: self.config.clone(),
            eye: Arc::clone(&self.eye),
            places: Arc::clone(&self.places),
            hashing: Arc::clone(&self.hashing),
            body_kib: Arc::clone(&self.body_kib),
            certificates: self.certificates.clone(),
            counted: Arc::clone(&self.counted),
            telemetry: Arc::clone(&self.telemetry),
        }
    }

    /// Why nothing can be kept any more, if that is so: the process must end, and find out at its next start what was.
    pub fn stop_reason(&self) -> Option<String> {
        let reason = self.engine.stop_reason();
        let beside = || self.auth.directory.stop_reason().or_else(|| self.notifier.outbox.stop_reason());
        reason.or_else(|| beside().map(str::to_owned))
    }

    /// What is to be done once in a while. Blocks.
    pub(crate) fn maintain(&self) {
        if let Err(problem) = self.auth.directory.maintain() {
            tracing::warn!(%problem, "no image of the directory could be kept; it is tried again");
        }
        if let Err(problem) = self.notifier.outbox.maintain() {
            tracing::warn!(%problem, "no image of the outbox could be kept; it is tried again");
        }
    }

    /// Writes everything and closes.
    pub fn close(&self) {
        if self.engine.close().is_err() {
            tracing::error!(reason = self.engine.stop_reason(), "the journal had stopped");
        }
        self.read.close();
        if let Some(job) = self.snapshots.lock().take()
            && let Err(problem) = job.finish()
        {
            tracing::warn!(%problem, "no snapshot was taken; the next start replays instead");
        }
    }
}

/// The eye the configuration asks for.
///
/// # Errors
/// Models are missing or cannot be loaded; the text says what to do.
pub fn open_eye(config: &Config, data: &DataDir) -> Result<Arc<dyn Reader>, OpenError> {
    let workers = match config.ocr.workers {
        0 => cores(),
        workers => workers,
    };
    let runtime = match config.ocr.engine {
        EngineChoice::Blank => return Ok(Arc::new(crate::eye::Blank)),
        EngineChoice::Auto => ocr::RuntimeChoice::Auto,
        EngineChoice::OpenVino => ocr::RuntimeChoice::OpenVino,
        EngineChoice::OnnxRuntime => ocr::RuntimeChoice::OnnxRuntime,
    };
    let configured = &config.ocr.models_dir;
    let models_dir = if configured.as_os_str().is_empty() { data.models() } else { configured.clone() };
    Ok(Arc::new(ocr::Engine::load(&ocr::EngineConfig {
        models_dir,
        runtime,
        workers,
        memory_bytes: config.ocr.picture_memory_bytes,
        tiny: config.ocr.tiny_model,
        renderer: config.ocr.renderer.clone().map(|program| ocr::Renderer {
            program,
            timeout: Duration::from_secs(config.ocr.decode_timeout_s),
            memory_bytes: config.ocr.pdf_memory_bytes,
        }),
    })?))
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The configuration's rules, and those that were in force before them, which the rulebook knows. It is kept before
/// anything is decided by them. `books` is the latest instant of the books, if anything stands in them.
fn rules_in_force(
    data: &DataDir,
    config: &Config,
    books: Option<Timestamp>,
    now: Timestamp,
) -> Result<Rules, OpenError> {
    let known = Rulebook::open(&data.rulebook())?;
    folder::check_rulebook(data, known.is_some(), books.is_some())?;
    let before = known.unwrap_or_default();
    let mut book = before.clone();
    let rules = book.admit(config.rules()?, books, now)?;
    if book != before {
        book.keep(&data.rulebook())?;
    }
    Ok(rules)
}

/// The APIs of the catalog that cannot be called.
fn unserved(catalog: &Catalog) -> impl Iterator<Item = &Name> {
    catalog.apis.keys().filter(|api| !calls::NAMES.contains(&api.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_without_a_route_is_told_of() {
        let mut catalog = Config::parse("").unwrap().rules().unwrap().catalog;
        assert_eq!(unserved(&catalog).count(), 0, "what is sold by default can be called");
        for name in calls::NAMES {
            assert!(
                catalog.apis.contains_key(&Name::new(name).unwrap()),
                "{name} can be called and is not sold"
            );
        }
        let prices = catalog.apis.values().next().unwrap().clone();
        let seance = Name::new("seance").unwrap();
        catalog.apis.insert(seance.clone(), prices);
        assert_eq!(unserved(&catalog).collect::<Vec<_>>(), [&seance]);
    }
}
