//! `inkmeter serve`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use charging::{Money, Name, NewLot, Source, SubscriptionMode, Timestamp};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;
use tokio::sync::oneshot;

use crate::app::{App, OpenError};
use crate::calls::{GeneralText, Metered as _};
use crate::clock::ClockMode;
use crate::cluster::ClusterOptions;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::folder;
use crate::log::{self, Format};
use crate::payments::ProviderChoice;
use crate::say::{in_shell, say, tell};
use crate::serve::{Running, RunningNode, ServeOptions, start, start_node};
use crate::usecase::accounts::Created;

/// What a process ends with when its journal stopped: whoever supervises it should start it again.
const JOURNAL_STOPPED: i32 = 70;
/// What a process that a signal ended says by its exit code, with the signal's number added.
const SIGNALLED: i32 = 128;
/// How long threads at work are waited for once everything is written.
const LEAVE_TIME: Duration = Duration::from_secs(1);
/// Signals to stop this soon after one another are one.
const ECHO_TIME: Duration = Duration::from_secs(1);
/// The account to try things out with, and the calls it is given.
const DEMO: &str = "demo";
const DEMO_CALLS: u64 = 20;

/// Where the books are, if not in the data folder, and how other nodes of them reach this one.
pub(super) struct BooksOf {
    pub database: Option<String>,
    pub cluster: Option<(String, Option<String>)>,
}

pub(super) fn serve(
    data: &Path,
    books: BooksOf,
    listen: Option<String>,
    clock: ClockMode,
    config: Option<PathBuf>,
    sandbox: bool,
) -> Result<ExitCode, OpenError> {
    folder::make(data)?;
    let folder = DataDir(data.to_owned());
    let config_path = config.unwrap_or_else(|| folder.config());
    if !config_path.exists() && folder.journal().exists() && !folder.copy_marker().exists() {
        return Err(lost_config(&config_path, &folder).into());
    }
    let mut config = Config::load_or_create(&config_path)?;
    log::configured(&config.log);
    if sandbox {
        config.payment.provider = ProviderChoice::Sandbox;
        config.accounts.sign_up = true;
    }
    let takes_no_money = config.payment.provider == ProviderChoice::Sandbox;
    let is_for_all = takes_no_money && config.accounts.sign_up;
    config.ocr.renderer = Some(ocr::Renderer::OURSELVES.into());
    let listen = listen.unwrap_or_else(|| config.server.listen.clone());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let code = runtime.block_on(async {
        let BooksOf { database, cluster } = books;
        let options =
            ServeOptions { data, database: database.as_deref(), listen: &listen, clock, config, eye: None };
        let running = match cluster {
            None => Serving::All(start(options).await?),
            Some((listen, address)) => {
                Serving::Node(start_node(options, ClusterOptions { listen, address, end: end_at_once }).await?)
            }
        };
        // Before it is said that it serves: whoever reads that may stop it.
        let stops = Arc::new(AtomicBool::new(false));
        let signalled = signalled(Arc::clone(&stops), folder.clone())?;
        let (address, tls_address) = running.addresses();
        let url = format!("http://{}", shown_address(address));
        let tls_url = tls_address.map(|address| format!("https://{address}"));
        if log::format() == Format::Json {
            // Whoever collects logs takes standard output for one of them.
            let (data, configuration) = (folder.0.display(), config_path.display());
            let payments_are_a_sandbox = takes_no_money;
            tracing::info!(url, tls_url, %data, %configuration, payments_are_a_sandbox, "Inkmeter serves");
        } else {
            say!("{}", welcome(&url, &folder, &config_path));
            if let Some(url) = tls_url {
                say!("\nWith TLS it serves at {url}");
            }
            if takes_no_money {
                say!("\nPayments are a sandbox: every top-up is said to be paid.");
            }
        }
        let everywhere = [Some(address), tls_address].into_iter().flatten();
        for address in everywhere.filter(|address| is_for_all && !address.ip().is_loopback()) {
            tell!("\nwarning: {address} can be reached from other machines, and strangers open accounts there and pay nothing");
        }
        if sandbox
            && let Serving::All(running) = &running
            && let Some(demo) = demo_account(&running.app).await?
        {
            let region = running.app.engine.rules().catalog.regions.first();
            say!("\n{}", introduce(&demo, region.map_or("", Name::as_str), &url));
        }
        if let Serving::All(running) = &running {
            running.end_process_when_lost(end_at_once)?;
        }
        let code = tokio::select! {
            _ = signalled => 0,
            reason = running.cannot_go_on() => {
                stops.store(true, Ordering::SeqCst);
                tell!("inkmeter: nothing can be kept any more ({reason}); start again to go on");
                JOURNAL_STOPPED
            }
        };
        tell!("stopping: finishing the calls under way; once more, and it ends at once");
        running.stop().await;
        Ok::<i32, OpenError>(code)
    })?;
    // Everything is written. A thread that still reads a picture works for nobody, and may do so for long: the process
    // ends under it, without the clean-up at an exit, which it may not live through.
    runtime.shutdown_timeout(LEAVE_TIME);
    signal_hook::low_level::exit(code)
}

fn end_at_once(reason: &str) {
    tell!("inkmeter: ended at once ({reason})");
    signal_hook::low_level::exit(JOURNAL_STOPPED);
}

/// What was started.
enum Serving {
    All(Running),
    Node(RunningNode),
}

impl Serving {
    fn addresses(&self) -> (SocketAddr, Option<SocketAddr>) {
        match self {
            Serving::All(running) => (running.address, running.tls_address),
            Serving::Node(node) => (node.address, node.tls_address),
        }
    }

    async fn cannot_go_on(&self) -> String {
        match self {
            Serving::All(running) => running.journal_stopped().await,
            Serving::Node(node) => node.cannot_go_on().await,
        }
    }

    async fn stop(self) {
        match self {
            Serving::All(running) => running.stop().await,
            Serving::Node(node) => node.stop().await,
        }
    }
}

/// Where this machine reaches what listens there: everywhere is no address to call.
fn shown_address(listens: SocketAddr) -> SocketAddr {
    let ip = match listens.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listens.port())
}

/// Tells of the first signal to stop. A second one, or one while the server stops already, ends the process at once,
/// whatever else it is doing: a thread that does nothing else sees to it. Signals within a second are one: a supervisor may
/// send the same to a process and to its group. SIGHUP asks for new certificates, with or
/// without TLS, and ends nothing.
fn signalled(stops: Arc<AtomicBool>, folder: DataDir) -> std::io::Result<oneshot::Receiver<()>> {
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
    // A file that may not grow is a disk that is full, which is told, and no reason to be killed.
    signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
    let (first, told) = oneshot::channel();
    let mut first = Some(first);
    let watch = move || {
        let mut counted: Option<Instant> = None;
        for signal in signals.forever().filter(|signal| *signal != SIGHUP) {
            if counted.is_some_and(|at| at.elapsed() < ECHO_TIME) {
                continue;
            }
            counted = Some(Instant::now());
            if stops.swap(true, Ordering::SeqCst) {
                // The journal has what was answered for, whenever the process ends.
                tell!("inkmeter: ended at once; calls under way were not answered, and are not charged");
                let _ = std::fs::remove_file(folder.address());
                signal_hook::low_level::exit(SIGNALLED + signal);
            }
            if let Some(first) = first.take() {
                let _ = first.send(());
            }
        }
    };
    std::thread::Builder::new().name("signals".into()).spawn(watch)?;
    Ok(told)
}

/// Books without their configuration: the default prices and limits are not theirs.
fn lost_config(config: &Path, folder: &DataDir) -> String {
    format!(
        "{}: there is no such file, but there are books in {}: with the default configuration their prices and limits \
         would be others. Name the right file with --config, put it back, or make an empty one if the defaults are meant.",
        config.display(),
        folder.0.display()
    )
}

fn welcome(url: &str, data: &DataDir, config: &Path) -> String {
    let (folder, shown) = (in_shell(&data.0), data.0.display());
    let program = std::env::args().next().unwrap_or_else(|| "inkmeter".into());
    let program = in_shell(Path::new(&program));
    format!(
        "Inkmeter serves at {url}

  console         {url}/console/   (the operator's: {url}/console/operator)
  data            {shown}
  configuration   {}
  operator token  {}

The first call, from another terminal:

  inkmeter --data {folder} account create alice --tier V0      # prints keys and project ids, once
  inkmeter --data {folder} subscribe alice --api general-text --region cn-north-4

  export HUAWEICLOUD_SDK_REGION_OCR_CN_NORTH_4={url}
  export HUAWEICLOUD_SDK_IAM_ENDPOINT={url}                    # then use any Huawei OCR SDK unchanged

  inkmeter --data {folder} charges alice                       # what it cost
(inkmeter is {program} here; Ctrl-C stops the server)",
        config.display(),
        data.operator_token().display(),
    )
}

/// The account to try things out with: made if there is no account at all, with an API enabled and some free calls.
async fn demo_account(app: &Arc<App>) -> Result<Option<Created>, OpenError> {
    if !app.auth.directory.accounts()?.is_empty() {
        return Ok(None);
    }
    let maker = Arc::clone(app);
    // It hashes a password, which takes its time.
    let created = tokio::task::spawn_blocking(move || {
        let defaults = &maker.config.accounts;
        maker.create_account(DEMO, defaults.tier, &defaults.policy)
    });
    let created = created.await??;
    let (id, now) = (created.account_id.parse()?, app.clock.now());
    let catalog = &app.engine.rules().catalog;
    let general = catalog.apis.keys().find(|api| api.as_str() == GeneralText::NAME);
    let (Some(api), Some(region)) = (general.or(catalog.apis.keys().next()), catalog.regions.first()) else {
        return Ok(Some(created));
    };
    let (api, region): (Name, Name) = (api.clone(), region.clone());
    app.engine.subscribe(id, (&api, &region), SubscriptionMode::PayPerUse, now)?.await??;
    let trial = NewLot {
        api,
        region,
        source: Source::Free,
        units: DEMO_CALLS,
        effective_at: Timestamp::EPOCH,
        expires_at: now.plus_days(30),
        enterprise_project: None,
        price: Money::ZERO,
    };
    app.engine.grant_lot(id, trial, None, now)?.await??;
    Ok(Some(created))
}

fn introduce(demo: &Created, region: &str, url: &str) -> String {
    let Created { name, user, password, projects, .. } = demo;
    let project = projects.get(region).map_or("", String::as_str);
    format!(
        "To try it, there is an account {name:?} with {DEMO_CALLS} free calls. Its password is not shown again.

  console         {url}/
  account         {name}
  user            {user}
  password        {password}

A first call of it, with any picture:

  TOKEN=$(curl -si {url}/v3/auth/tokens -H 'Content-Type: application/json' -d '{{\"auth\":{{\"identity\":{{
    \"methods\":[\"password\"],\"password\":{{\"user\":{{\"name\":\"{user}\",\"password\":\"{password}\",
    \"domain\":{{\"name\":\"{name}\"}}}}}}}},\"scope\":{{\"project\":{{\"name\":\"{region}\"}}}}}}}}' |
    tr -d '\\r' | sed -n 's/^x-subject-token: //Ip')
  echo \"{{\\\"image\\\":\\\"$(base64 -w0 picture.jpg)\\\"}}\" |
    curl -s {url}/v2/{project}/ocr/general-text -H \"X-Auth-Token: $TOKEN\" \\
      -H 'Content-Type: application/json' -d @-"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_listens_everywhere_is_called_here() {
        let shown = ["0.0.0.0:80", "[::]:80", "10.0.0.1:80", "127.0.0.1:80"]
            .map(|address| shown_address(address.parse().unwrap()).to_string());
        assert_eq!(shown, ["127.0.0.1:80", "[::1]:80", "10.0.0.1:80", "127.0.0.1:80"]);
    }
}
