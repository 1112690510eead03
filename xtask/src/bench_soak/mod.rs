//! `bench-soak [MINUTES] [FOLDER]`: an hour of more calls than the real server can answer, with pictures of all sizes.
//!
//! Whether its memory grows, and whether anybody waits longer than the queue is long: a picture that is taken in is read
//! after those that were there before it, and one that cannot be taken in is refused at once. Pictures are made before,
//! and each is read alone once, so that its own work is known.

mod callers;
mod pictures;

use std::error::Error;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::bench::{folder, operator, server_binary};
use crate::test_cluster::machines::{Process, free_address};
use callers::{Answer, Callers};

/// How long unless told otherwise.
const MINUTES: u64 = 60;
/// More than the server takes in, so that some are always refused.
const CALLERS: usize = 88;
/// As the server is configured unless told otherwise.
const QUEUE: usize = 64;
const PICTURES: usize = 96;
/// Memory at the end beside that after a sixth of the time, at most; and a call beside what it may have to wait.
const MEMORY_TARGET: f64 = 1.05;
const SLOWEST_TARGET: f64 = 1.0;
const PATIENCE: Duration = Duration::from_secs(150);

/// Runs the benchmark.
///
/// # Errors
///
/// If the server does not run or models are missing, or a call is answered in any other way than it should.
pub fn run(args: &[String]) -> Result<(), Box<dyn Error>> {
    let mut args: Vec<&str> = args.iter().map(String::as_str).collect();
    let minutes = args.first().and_then(|first| first.parse::<u64>().ok());
    if minutes.is_some() {
        args.remove(0);
    }
    let minutes = minutes.unwrap_or(MINUTES);
    let length = Duration::from_secs(minutes * 60);
    let dir = folder(&args, "bench-soak [MINUTES] [FOLDER]")?;
    let folder = tempfile::tempdir_in(&dir)?;
    let home = folder.path().join("data");
    fs::create_dir(&home)?;
    fs::set_permissions(&home, fs::Permissions::from_mode(0o700))?;
    let binary = server_binary("make bench-soak")?;
    let pictures = pictures::make(Path::new("crates/ocr/tests/pictures"), PICTURES)?;
    server::install_tls();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let (process, server) = runtime.block_on(open(&binary, &home))?;
    let mut callers = Callers::new(server, pictures);
    runtime.block_on(callers.alone())?;
    println!(
        "{} pictures of {} to {} kB, each read alone in {}",
        PICTURES,
        callers.sizes_kb()[0],
        callers.sizes_kb()[1],
        callers.told_alone()
    );
    let callers = Arc::new(callers);
    let memory = watch(process.id(), length);
    let answers = runtime.block_on(callers.call(CALLERS, length))?;
    let memory = memory.join().map_err(|_| "the watch on the memory panicked")?;
    report(&callers, &answers, &memory, minutes)?;
    Ok(())
}

/// Starts the server, and opens an account that can pay for everything.
async fn open(binary: &Path, home: &Path) -> Result<(Process, callers::Server)> {
    let address = free_address()?;
    let mut command = Command::new(binary);
    let models = std::env::var("INKMETER_MODELS").unwrap_or_else(|_| "data/models".to_owned());
    command.env(
        "INKMETER_MODELS",
        fs::canonicalize(&models).with_context(|| format!("{models}: `make models`"))?,
    );
    command.arg("--data").arg(home).args(["serve", "--listen", &address.to_string()]);
    let log = home.with_added_extension("log");
    let mut process = Process::start(command, &log)?;
    let base = format!("http://{address}");
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).timeout(PATIENCE).build()?;
    let begun = Instant::now();
    while !client.get(format!("{base}/readyz")).send().await.is_ok_and(|ready| ready.status().is_success()) {
        let said = || fs::read_to_string(&log).unwrap_or_default();
        let may_come = begun.elapsed() < PATIENCE && !process.has_ended();
        ensure!(may_come, "the server does not come up: {}", said());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let ask = async |method, path: &str, body: Value| {
        operator::ask(&client, (&base, home), method, path, &body).await
    };
    let account = ask(Method::POST, "accounts", json!({ "name": "soak", "policy": "intl" })).await?;
    ask(Method::POST, "accounts/soak/top-ups", json!({ "amount": "1000000" })).await?;
    for api in pictures::APIS {
        let path = format!("accounts/soak/subscriptions/cn-north-4/{api}");
        ask(Method::PUT, &path, json!({ "package_only": false })).await?;
    }
    let server = callers::Server::sign_in(client, base, &account).await?;
    Ok((process, server))
}

/// Looks every second at the memory of a process, in KiB.
fn watch(process: u32, length: Duration) -> std::thread::JoinHandle<Vec<u64>> {
    std::thread::spawn(move || {
        let begun = Instant::now();
        let mut seen = Vec::new();
        while begun.elapsed() < length
            && let Ok(status) = fs::read_to_string(format!("/proc/{process}/status"))
        {
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
            seen.extend(line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()));
            std::thread::sleep(Duration::from_secs(1));
        }
        seen
    })
}

fn report(callers: &Callers, answers: &[Answer], memory: &[u64], minutes: u64) -> Result<()> {
    let of = |is: fn(u16) -> bool| answers.iter().filter(move |answer| is(answer.status));
    let (read, refused) = (of(|status| status != 429), of(|status| status == 429));
    let (count, refusals) = (read.clone().count(), refused.clone().count());
    ensure!(count > 0 && refusals > 0, "there were {count} answers and {refusals} refusals: no full load");
    let longest = |answers: &mut dyn Iterator<Item = &Answer>| {
        answers.map(Answer::took).max().unwrap_or_default().as_secs_f64()
    };
    println!(
        "{count} pictures read in {minutes} min, {:.2} a second; the longest took {:.1} s. {refusals} refused, the longest in {:.3} s",
        count as f64 / (minutes * 60) as f64,
        longest(&mut read.clone()),
        longest(&mut refused.clone()),
    );
    // Each minute on its own is all ups and downs: of large pictures there are more at one time than another.
    let mean_mib = |part: &[u64]| part.iter().sum::<u64>() as f64 / part.len().max(1) as f64 / 1024.0;
    let (sixth, window) = (memory.len().div_ceil(6), memory.len().div_ceil(12));
    let early = mean_mib(&memory[sixth.saturating_sub(window / 2)..(sixth + window / 2).min(memory.len())]);
    let late = mean_mib(&memory[memory.len() - window..]);
    let peak = memory.iter().max().copied().unwrap_or_default() / 1024;
    println!(
        "memory after {:.0} min: {early:.0} MiB, after {minutes}: {late:.0} MiB; at most {peak} MiB",
        minutes as f64 / 6.0
    );
    for (part, seen) in memory.chunks(window).enumerate() {
        println!("  {:>3.0} min  {:.0} MiB", part as f64 * minutes as f64 / 12.0, mean_mib(seen));
    }
    println!("RATIO soak_memory_end_vs_sixth {:.3} {MEMORY_TARGET}", late / early);
    println!("RATIO soak_slowest_vs_bound {:.2} {SLOWEST_TARGET}", callers.worst_of_bound(answers, QUEUE));
    Ok(())
}
