//! The command line of the simulator: `cargo run --release -p sim -- --help`.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use clap::{Args, Parser, Subcommand, ValueEnum};
use sim::run::{STEPS, Seed, one};
use sim::stage::Plant;
use sim::store::{Kind, Place};

/// Plays the ledger under callers who repeat themselves, clocks that jump, disks that fail and owners that are replaced.
///
/// Everything comes from a seed: the same seed is the same history. An auditor of its own looks at every answer and at
/// the whole books after every opening. A history that ends badly is made as short as it goes, and printed.
#[derive(Parser)]
#[command(name = "sim")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Play many seeds; end at the first that ends badly.
    ///
    /// Example: sim run --seeds 10000 --journal postgres
    Run {
        /// How many seeds.
        #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..))]
        seeds: u64,
        /// The first one.
        #[arg(long, default_value_t = 0)]
        first: u64,
        /// End after so many minutes, whatever has been played by then.
        #[arg(long)]
        minutes: Option<u64>,
        /// Go on after a seed that ends badly.
        #[arg(long)]
        keep_going: bool,
        #[command(flatten)]
        how: How,
    },
    /// Play one seed, and print its history step by step.
    ///
    /// Example: sim replay --seed 7 --only 0,3,12
    Replay {
        /// Which.
        #[arg(long)]
        seed: u64,
        /// Only these of its steps.
        #[arg(long, value_delimiter = ',')]
        only: Vec<usize>,
        #[command(flatten)]
        how: How,
    },
}

#[derive(Args, Clone, Copy)]
struct How {
    /// Where the journal is kept. PostgreSQL is started for this, in a folder of its own.
    #[arg(long, value_enum, default_value_t = Where::Embedded)]
    journal: Where,
    /// About how many steps a history has.
    #[arg(long, default_value_t = STEPS)]
    steps: usize,
}

#[derive(Clone, Copy, ValueEnum)]
enum Where {
    Embedded,
    Postgres,
}

impl Where {
    fn kind(self) -> Kind {
        match self {
            Where::Embedded => Kind::Embedded,
            Where::Postgres => Kind::Postgres,
        }
    }
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run { seeds, first, minutes, keep_going, how } => {
            run((first, seeds), minutes, keep_going, how)
        }
        Command::Replay { seed, only, how } => replay(seed, only, how),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            tell(&format!("sim: {problem}"));
            ExitCode::from(2)
        }
    }
}

fn run((first, seeds): (u64, u64), minutes: Option<u64>, keep_going: bool, how: How) -> Result<bool, String> {
    let place = Place::begin(how.journal.kind())?;
    let begun = Instant::now();
    let until = minutes.map(|minutes| begun + Duration::from_secs(minutes * 60));
    let (mut count, mut failures) = (0_u64, 0_u64);
    let mut sums = [0_u64; 5];
    let mut said = Instant::now();
    watch();
    for seed in first..first.saturating_add(seeds) {
        if until.is_some_and(|until| Instant::now() >= until) {
            break;
        }
        playing(Some(seed));
        match one(seed, &place, how.steps, Plant::None)? {
            Ok(played) => {
                let of = [played.records, played.charges, played.lives, played.lost, played.found_done];
                sums = std::array::from_fn(|at| sums[at] + of[at]);
            }
            Err(failure) => {
                failures += 1;
                tell(&failure.to_string());
                if !keep_going {
                    return Ok(false);
                }
            }
        }
        count += 1;
        let pause = if std::io::stderr().is_terminal() { 1 } else { 30 };
        if said.elapsed() >= Duration::from_secs(pause) {
            said = Instant::now();
            progress((count, seeds), begun, failures, sums);
        }
    }
    playing(None);
    progress((count, seeds), begun, failures, sums);
    Ok(failures == 0)
}

fn progress((count, seeds): (u64, u64), begun: Instant, failures: u64, sums: [u64; 5]) {
    let [records, charges, lives, lost, done] = sums;
    let took_s = begun.elapsed().as_secs().max(1);
    tell(&format!(
        "{count} of {seeds} seeds, {} a second; {records} records, {charges} charges, {lives} processes, {lost} answers \
         lost, {done} of them to what was done; {failures} seeds ended badly",
        count / took_s
    ));
}

fn replay(number: u64, only: Vec<usize>, how: How) -> Result<bool, String> {
    let place = Place::begin(how.journal.kind())?;
    let seed = Seed::new(number, &place, how.steps);
    let all = seed.all_steps();
    if let Some(beyond) = only.iter().find(|step| !all.contains(step)) {
        return Err(format!(
            "seed {number} has no step {beyond}: its steps are 0 to {}",
            all.len().saturating_sub(1)
        ));
    }
    let steps = if only.is_empty() { all } else { only };
    let played = seed.play(&place, Plant::None, &steps)?;
    let mut out = std::io::stdout().lock();
    for line in &played.history {
        let _ = writeln!(out, "{line}");
    }
    let sum = played.checksum();
    let _ = writeln!(out, "{} records, {} charges, history {sum:016x}", played.records, played.charges);
    Ok(played.found.is_none())
}

fn tell(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// The seed that is played, and since when.
static PLAYING: Mutex<Option<(u64, Instant)>> = Mutex::new(None);
/// A seed takes some milliseconds; one that hangs has found something too.
const LONGEST: Duration = Duration::from_secs(600);

fn playing(seed: Option<u64>) {
    let mut playing = PLAYING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    *playing = seed.map(|seed| (seed, Instant::now()));
}

/// Ends the program if a seed hangs.
fn watch() {
    std::thread::spawn(|| {
        loop {
            std::thread::sleep(Duration::from_secs(5));
            let playing = *PLAYING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if let Some((seed, since)) = playing
                && since.elapsed() > LONGEST
            {
                tell(&format!("seed {seed} hangs: it takes more than {} seconds", LONGEST.as_secs()));
                std::process::exit(3);
            }
        }
    });
}
