//! Everything a request needs, opened once: engine, read model, directory, eye, clock.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use charging::{AccountId, Name, Tier, Timestamp};
use ledger::directory::{Directory, NewAccount, Opening};
use ledger::jobs::{SnapshotJob, SnapshotOptions};
use ledger::outbox::Outbox;
use ledger::read::ReadModel;
use ledger::rulebook::{self, Rulebook};
use ledger::{Engine, EngineOptions, Recovery, Replayed, Rules};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::auth::Auth;
use crate::auth::lockout::Lockout;
use crate::auth::secrets::{self, Secrets};
use crate::clock::{Clock, ClockMode};
use crate::config::{Config, EngineChoice};
use crate::eye::Reader;
use crate::folder;
use crate::hashing::Hashing;
use crate::health::Health;
use crate::hosts::Hosts;
use crate::ids;
use crate::notify::Notifier;
use crate::payments::Payments;
use crate::places::Places;
use crate::throttle::Throttle;
use crate::tls::Certificates;
use crate::usecase::membership;

/// Books so much later than the clock, in milliseconds, are worth a warning.
const AHEAD_MS: i64 = 60_000;

/// Where things lie in a data folder.
#[derive(Debug, Clone)]
pub struct DataDir(pub PathBuf);

impl DataDir {
    /// The journal and its snapshots.
    pub fn journal(&self) -> PathBuf {
        self.0.join("journal")
    }

    /// How the engine is opened on them.
    pub(crate) fn engine(&self) -> EngineOptions {
        EngineOptions { read_db: Some(self.read_db()), ..EngineOptions::new(self.journal()) }
    }

    /// Where bills are written before they are sent. Files there have no names and go with the process.
    pub fn exports(&self) -> PathBuf {
        self.0.join("exports")
    }

    /// What people query, derived from the journal.
    pub fn read_db(&self) -> PathBuf {
        self.0.join("read.db")
    }

    /// Who is who.
    pub fn directory_db(&self) -> PathBuf {
        self.0.join("directory.db")
    }

    /// What is to be told to whom, and what became of it.
    pub fn outbox_db(&self) -> PathBuf {
        self.0.join("outbox.db")
    }

    /// The key that seals secret keys.
    pub fn master_key(&self) -> PathBuf {
        self.0.join("master.key")
    }

    /// The prices and policies that were ever in force.
    pub fn rulebook(&self) -> PathBuf {
        self.0.join(rulebook::FILE_NAME)
    }

    /// The operator's token.
    pub fn operator_token(&self) -> PathBuf {
        self.0.join("operator.token")
    }

    /// The configuration.
    pub fn config(&self) -> PathBuf {
        self.0.join("config.toml")
    }

    /// Where the running server listens.
    pub fn address(&self) -> PathBuf {
        self.0.join("server.address")
    }

    /// Models and runtimes, unless configured elsewhere: `INKMETER_MODELS`, or a folder of their own.
    pub fn models(&self) -> PathBuf {
        let named = std::env::var_os("INKMETER_MODELS").filter(|dir| !dir.is_empty());
        named.map_or_else(|| self.0.join("models"), PathBuf::from)
    }
}

/// The application.
pub struct App {
    /// The books.
    pub engine: Arc<Engine>,
    /// What people query.
    pub read: Arc<ReadModel>,
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
    pub hashing: Hashing,
    /// Memory for bodies that are being read, in KiB.
    pub body_kib: Semaphore,
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
    /// Where things lie.
    pub data: DataDir,
    /// Cancelled when the server is to stop: whoever waits for a client's or a provider's next word ends then.
    pub stopping: CancellationToken,
    /// What goes on though nobody waits for it, and ends soon once the server is to stop.
    pub tasks: TaskTracker,
    /// SHA-256 of the operator's token.
    pub operator_hash: [u8; 32],
    snapshots: parking_lot::Mutex<Option<SnapshotJob>>,
}

/// What a new account's owner must be told once.
#[derive(Debug, Clone, serde::Serialize)]
#[allow(missing_docs)]
pub struct Created {
    pub account_id: String,
    pub name: String,
    pub user: String,
    pub password: String,
    pub access_key: String,
    pub secret_key: String,
    pub tier: String,
    pub policy: String,
    pub projects: std::collections::BTreeMap<String, String>,
}

/// Why the application could not be opened.
pub type OpenError = Box<dyn std::error::Error + Send + Sync>;

impl App {
    /// Opens a data folder, making it on the first start.
    ///
    /// # Errors
    /// Whatever cannot be opened, in words that say what to do.
    pub fn open(
        data: &Path,
        config: Config,
        mode: ClockMode,
        eye: Arc<dyn Reader>,
    ) -> Result<(Arc<App>, Recovery), OpenError> {
        let data = DataDir(data.to_owned());
        let tls = &config.server.tls;
        let certificates = tls.is_on().then(|| Certificates::open(tls).map(Arc::new)).transpose()?;
        let directory = Directory::open(&data.directory_db())?;
        let known = directory.accounts()?;
        folder::check_journal(&data, &known)?;
        std::fs::create_dir_all(data.exports())?;
        let books = Replayed::open(data.engine())?;
        let clock = Clock::start(mode, &data.0, books.latest().unwrap_or_default())?;
        let rules = rules_in_force(&data, &config, books.latest(), clock.now())?;
        let (engine, recovery) = books.start(Arc::new(rules))?;
        folder::check_directory(&data, &known, engine.account_ids().len())?;
        let outbox = Outbox::open(&data.outbox_db())?;
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
        let auth = Auth {
            secrets: Secrets::open(&data.master_key(), !known.is_empty())?,
            directory,
            passwords: Lockout::new(),
            access_keys: Lockout::new(),
            max_skew_ms: i64::from(config.auth.max_skew_minutes) * 60_000,
        };
        let hosts = config.hosts.hosts(&engine.rules().catalog.regions)?;
        let notifier = Notifier::new(outbox);
        let payments = Payments::open(&config.payment)?;
        let operator_hash = secrets::token_of_file(&data.operator_token())?;
        let places = Places::new(eye.workers() + config.ocr.queue);
        let snapshots = parking_lot::Mutex::new(Some(snapshots));
        let hashing = Hashing::new(cores());
        let body_kib =
            Semaphore::new(config.server.body_memory_bytes.max(config.server.body_limit_bytes) / 1024);
        let app = App {
            engine,
            read,
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
            operator_hash,
            snapshots,
        };
        app.reconcile()?;
        membership::reconcile(&app)?;
        app.say_what_is_retired();
        Ok((Arc::new(app), recovery))
    }

    /// Opens the books of accounts that the directory knows and the journal does not: a crash came between. And
    /// gives every account a project in regions that are new.
    fn reconcile(&self) -> Result<(), OpenError> {
        for row in self.auth.directory.accounts()? {
            let id: AccountId = row.account_id.parse()?;
            if !self.engine.has(id) {
                let defaults = &self.config.accounts;
                let asked_for = row.opening.unwrap_or_else(|| self.opening(defaults.tier, &defaults.policy));
                self.open_books(id, &asked_for, self.clock.now())?;
                tracing::warn!(account = row.name, "an account had no books yet; it has now");
            }
        }
        for region in &self.engine.rules().catalog.regions {
            let id_of = |account_id: &str| ids::of_project(account_id, region.as_str());
            let given = self.auth.directory.complete_projects(region.as_str(), id_of)?;
            if given > 0 {
                tracing::info!(%region, accounts = given, "a region is new: accounts have got a project there");
            }
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

    /// How the books of an account of this tier and policy are opened.
    fn opening(&self, tier: Tier, policy: &Name) -> Opening {
        let zone = self.engine.rules().policies.get(policy.as_str()).map(|p| p.zone).unwrap_or_default();
        Opening { tier, policy: policy.clone(), zone }
    }

    fn open_books(&self, id: AccountId, opening: &Opening, now: Timestamp) -> Result<(), OpenError> {
        let Opening { tier, policy, zone } = opening;
        Ok(self.engine.open_account(id, *tier, policy, *zone, now).wait()?)
    }

    /// Makes an account with a user, an access key and a project in every region. Hashes a password: not for
    /// async threads.
    ///
    /// # Errors
    /// A name that is taken or is none, a policy that is not there.
    pub fn create_account(&self, name: &str, tier: Tier, policy: &Name) -> Result<Created, OpenError> {
        self.create_account_with(name, secrets::new_password(), tier, policy)
    }

    /// The same with a password that its owner chose.
    ///
    /// # Errors
    /// As [`App::create_account`].
    pub fn create_account_with(
        &self,
        name: &str,
        password: String,
        tier: Tier,
        policy: &Name,
    ) -> Result<Created, OpenError> {
        if !self.engine.rules().policies.is_offered(policy.as_str()) {
            let names: Vec<&str> = self.engine.rules().policies.names().map(Name::as_str).collect();
            return Err(format!("there is no policy {policy}; choose one of: {}", names.join(", ")).into());
        }
        let account_id = ids::random_hex();
        let access_key = secrets::new_access_key();
        let secret_key = secrets::new_secret_key();
        let regions = &self.engine.rules().catalog.regions;
        let projects: Vec<(String, String)> =
            regions.iter().map(|r| (ids::of_project(&account_id, r.as_str()), r.to_string())).collect();
        let (opening, now) = (self.opening(tier, policy), self.clock.now());
        self.auth.directory.create_account(&NewAccount {
            account_id: &account_id,
            name,
            user_id: &ids::random_hex(),
            user_name: name,
            password_hash: &secrets::hash_password(&password)?,
            access_key: &access_key,
            sealed_secret: &self.auth.secrets.seal(&access_key, &secret_key),
            projects: &projects,
            opening: &opening,
            created_at_ms: now.ms(),
        })?;
        self.open_books(account_id.parse()?, &opening, now)?;
        Ok(Created {
            account_id,
            name: name.into(),
            user: name.into(),
            password,
            access_key,
            secret_key,
            tier: tier.to_string(),
            policy: policy.to_string(),
            projects: projects.into_iter().map(|(id, region)| (region, id)).collect(),
        })
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
