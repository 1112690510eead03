//! `test-cluster [--faults N] [--callers N] [--seed S] [FOLDER]`: three nodes on a three-node PostgreSQL under Patroni with
//! etcd, on this machine's loopback, while they and the network between them are killed, stopped and cut at random.
//!
//! Callers charge by keys of their own, and ask again until they are answered. In the end every acknowledged charge must be
//! in the books once, under the id that was told, and nothing else; and every law must hold on every node's copy. Told is
//! the longest time without an answer, by the kind of fault.
//!
//! It needs Debian's `postgresql`, `patroni` and `etcd-server`. As root, what must not run as root runs as `postgres`.

mod callers;
mod faults;
mod link;
pub(crate) mod machines;
mod nodes;
mod patroni;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use callers::Callers;
use faults::Fault;
use machines::Machines;
use nodes::Nodes;
use patroni::Patroni;

/// How many callers and faults, unless the command says so.
const CALLERS: usize = 64;
const FAULTS: usize = 100;
/// How many charges are answered between two faults, and how long that may take.
const CHARGES_BETWEEN: usize = 100;
const PATIENCE: Duration = Duration::from_secs(180);

struct Options {
    faults: usize,
    callers: usize,
    seed: u64,
    folder: PathBuf,
}

/// Runs the test.
///
/// # Errors
///
/// Something cannot be started, nobody is answered any more, or the books are not what was told.
pub fn run(args: &[String]) -> Result<(), Box<dyn Error>> {
    let options = parse(args)?;
    server::install_tls();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    Ok(runtime.block_on(test(options))?)
}

fn parse(args: &[String]) -> Result<Options> {
    let usage = "usage: test-cluster [--faults N] [--callers N] [--seed S] [FOLDER]";
    let mut options =
        Options { faults: FAULTS, callers: CALLERS, seed: rand::random(), folder: own_folder() };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut number = || -> Result<u64> { args.next().context(usage)?.parse().context(usage) };
        match arg.as_str() {
            "--faults" => options.faults = usize::try_from(number()?)?,
            "--callers" => options.callers = usize::try_from(number()?)?.max(1),
            "--seed" => options.seed = number()?,
            folder if !folder.starts_with('-') => options.folder = std::path::absolute(folder)?,
            _ => anyhow::bail!(usage),
        }
    }
    Ok(options)
}

/// Where everybody may look in: as root, PostgreSQL runs as somebody else.
fn own_folder() -> PathBuf {
    std::env::temp_dir().join(format!("inkmeter-test-cluster-{}", std::process::id()))
}

async fn test(options: Options) -> Result<()> {
    let Options { faults, callers, seed, folder } = options;
    println!("seed {seed}: {faults} faults, {callers} callers, in {}", folder.display());
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("remove {}", folder.display()))?;
    }
    std::fs::create_dir_all(&folder)?;
    let mut random = StdRng::seed_from_u64(seed);
    let machines = Machines::start(&folder).await?;
    let patroni = Patroni::start(&folder, &machines).await?;
    println!("PostgreSQL: {} leads, replicated synchronously", patroni.leader().await?);
    let mut nodes = Nodes::start(&folder, &patroni).await?;
    let callers = Callers::begin(&nodes, callers).await?;
    let mut longest: BTreeMap<&'static str, (Duration, usize)> = BTreeMap::new();
    callers.answered(CHARGES_BETWEEN, PATIENCE).await?;
    let begun = Instant::now();
    for number in 1..=faults {
        callers.forget_the_longest();
        let fault = Fault::any(&mut random);
        let lasts = Duration::from_millis(random.random_range(200..12_000));
        print!("{:>6.0} s  {number:>3}  {:<44}", begun.elapsed().as_secs_f64(), fault.told(lasts));
        let _ = std::io::Write::flush(&mut std::io::stdout());
        let done = async {
            fault.happen(&mut nodes, &patroni, &machines, lasts, &mut random).await?;
            callers.answered(CHARGES_BETWEEN, PATIENCE).await?;
            nodes.all_there(PATIENCE).await?;
            patroni.replicates(PATIENCE).await
        };
        if let Err(problem) = done.await {
            println!();
            return Err(
                problem.context(format!("fault {number} of seed {seed}; logs are in {}", folder.display()))
            );
        }
        let without = callers.longest();
        println!("{:>7.1} s without an answer", without.as_secs_f64());
        let of_kind = longest.entry(fault.kind()).or_default();
        *of_kind = (of_kind.0.max(without), of_kind.1 + 1);
    }
    let told = callers.end(PATIENCE).await?;
    println!("\n{} charges were acknowledged", told.count());
    let found = nodes.compare(&told).await?;
    println!("every one is in the books once, under the id that was told, and nothing else: {found} charges");
    println!("{}", nodes.verify().await?);
    println!("\nThe longest time without an answer to any of the callers:");
    for (kind, (longest, times)) in &longest {
        println!("{:>8.1} s  {kind} ({times} times)", longest.as_secs_f64());
    }
    println!("A caller was told to try again {} times for one charge at most.", told.most_errors());
    ensure!(found == told.count(), "the books have {found} charges, and {} were acknowledged", told.count());
    // They write to their last moment.
    drop((nodes, patroni, machines));
    std::fs::remove_dir_all(&folder).with_context(|| format!("remove {}", folder.display()))?;
    Ok(())
}
