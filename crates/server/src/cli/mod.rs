//! The command line. Commands about accounts talk to the running server of the data folder.

mod alerts;
mod audit;
mod backup;
mod bills;
mod client;
mod close;
mod commerce;
mod costs;
mod enterprise_projects;
mod foresight;
mod gateways;
mod keys;
mod loss;
mod master_key;
mod members;
mod migrate;
mod models;
mod notices;
mod operator;
mod orders;
mod outbox;
mod picture;
mod print;
mod prose;
mod reading;
mod recipients;
mod server;
mod users;
pub(crate) mod verify;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::app::OpenError;
use crate::clock::{ClockMode, parse_duration_ms};
use crate::data_dir::DataDir;
use crate::demo::{self, DemoOptions};
use crate::log;
use crate::say::{self, tell};
use client::Client;

/// An OCR cloud in one binary, with the billing built in.
#[derive(Parser)]
#[command(name = "inkmeter", version, about, long_about = None, after_help = "\
First steps:
  inkmeter models fetch                                   get the models (once)
  inkmeter serve --data data                              start a server
  inkmeter account create alice --tier V0                 an account with keys and projects
  inkmeter subscribe alice --api general-text --region cn-north-4
  inkmeter top-up alice 100
  inkmeter package buy alice --api general-text --region cn-north-4 --calls 1000
  inkmeter account show alice                             what is left, what is owed, what comes next
  inkmeter diagnose alice                                 why money was spent, and how not to
  inkmeter forecast alice                                 what will happen by itself, and when
  inkmeter bill alice --month 2026-11 --export pdf        what it cost, on a page

Without a server: inkmeter ocr picture.jpg, inkmeter ocr scans --out texts --format markdown,pdf
To see what happens to an account that does not pay: inkmeter demo")]
struct Cli {
    /// The data folder: books, keys, configuration, models.
    #[arg(long, global = true, default_value = "data", env = "INKMETER_DATA")]
    data: PathBuf,
    /// How long a running server may say nothing before the command gives up.
    #[arg(long, global = true, default_value = "10m", env = "INKMETER_TIMEOUT", value_parser = timeout)]
    timeout: Duration,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the server; makes the data folder on the first start.
    Serve {
        /// Where to listen, HOST:PORT. Port 0 takes any free one. The configuration's, if not given.
        #[arg(long)]
        listen: Option<String>,
        /// The PostgreSQL database that keeps the books: postgres://USER:PASSWORD@HOST/NAME, or host=… user=… dbname=….
        /// The data folder has copies then. Of several servers on one database one serves, and another takes over when it
        /// is gone. Better named in the environment: others on the machine can read command lines.
        #[arg(long, env = "INKMETER_DATABASE", hide_env_values = true)]
        database: Option<String>,
        /// Be one of several nodes of the database, which others reach here, HOST:PORT. Each node has some of the shards
        /// that the accounts are in (`database.shards`), and all answer for all.
        #[arg(long, env = "INKMETER_CLUSTER_LISTEN", requires = "database")]
        cluster_listen: Option<String>,
        /// Where other nodes reach this one, HOST:PORT, if not where it listens for them.
        #[arg(long, env = "INKMETER_CLUSTER_ADDRESS", requires = "cluster_listen")]
        cluster_address: Option<String>,
        /// Which clock business goes by.
        #[arg(long, value_enum, default_value = "system")]
        clock: ClockMode,
        /// The configuration file; DATA/config.toml, if not given.
        #[arg(long)]
        config: Option<PathBuf>,
        /// Say of every top-up that it is paid, whatever the configuration's payment provider; let anybody who
        /// reaches the server open an account of their own (`accounts.sign_up`); and make an account `demo` if there
        /// is none yet. For trying things out.
        #[arg(long)]
        sandbox: bool,
    },
    /// Replay the journal and prove every law; exits with 1 and the first difference if one does not hold.
    Verify {
        /// The configuration file, if the server runs with another one than DATA/config.toml.
        #[arg(long)]
        config: Option<PathBuf>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    Backup(backup::BackupCommand),
    Restore(backup::RestoreCommand),
    /// Move the books from the data folder into a PostgreSQL database, or back.
    #[command(subcommand)]
    Migrate(migrate::MigrateCommand),
    /// Go on without records that are missing at the journal's end.
    ///
    /// A server does not start when the read model, a snapshot or the outbox knows of records that the journal does
    /// not have: they were acknowledged, and a backup may still have them. If none has, this sets the read model and
    /// the snapshots aside under names that begin with `lost-`, where they show what was lost, and has the notices
    /// compared with the outbox once more. The server must be stopped. Without a loss nothing is touched.
    AcceptLoss {
        /// The configuration file, if the server runs with another one than DATA/config.toml.
        #[arg(long)]
        config: Option<PathBuf>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Play an account's way into arrears and out again, on a throw-away server with real pictures.
    Demo {
        /// Where to play: a folder that is empty or not there yet. A new one among the system's temporary files,
        /// if not given; it is kept, with the books, the story as text (demo.txt) and a drawing of it (demo.svg).
        #[arg(long)]
        folder: Option<PathBuf>,
        /// Print one JSON line for each thing that happens.
        #[arg(long)]
        json: bool,
    },
    #[command(subcommand)]
    MasterKey(master_key::MasterKeyCommand),
    /// The operator's token (DATA/operator.token).
    #[command(subcommand)]
    OperatorToken(master_key::TokenCommand),
    /// The token that opens the metrics, and nothing else (DATA/metrics.token).
    #[command(subcommand)]
    MetricsToken(master_key::TokenCommand),
    /// Models and runtimes.
    #[command(subcommand)]
    Models(models::ModelsCommand),
    /// Read pictures and PDFs, and folders of them, with no server and no account.
    Ocr(reading::OcrCommand),
    /// Render a page of the PDF on standard input: what `serve` starts for each.
    #[command(hide = true)]
    RenderPage {
        #[arg(long)]
        page: u32,
        #[arg(long)]
        memory_bytes: u64,
        #[arg(long)]
        cpu_s: u64,
    },
    #[command(flatten)]
    Bill(bills::BillCommand),
    #[command(flatten)]
    Costs(costs::CostsCommand),
    #[command(flatten)]
    Foresight(foresight::ForesightCommand),
    #[command(flatten)]
    Operator(operator::OperatorCommand),
}

/// Runs the command line.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    crate::install_tls();
    // Of a server's life all is told; of a command's, what goes wrong.
    let level = if matches!(cli.command, Command::Serve { .. }) { "info" } else { "warn" };
    if let Err(problem) = log::begin(level) {
        tell!("inkmeter: {problem}");
        return ExitCode::FAILURE;
    }
    match run(cli) {
        Ok(code) => code,
        Err(problem) if say::nobody_reads(&*problem) => ExitCode::from(say::UNREAD),
        Err(problem) => {
            tell!("inkmeter: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn timeout(text: &str) -> Result<Duration, String> {
    match parse_duration_ms(text)? {
        0 => Err("a server needs some time to answer; write it like 90s or 10m".into()),
        ms => Ok(Duration::from_millis(ms)),
    }
}

fn run(cli: Cli) -> Result<ExitCode, OpenError> {
    let client = || Client::open(&cli.data, cli.timeout);
    match cli.command {
        Command::Serve { listen, database, cluster_listen, cluster_address, clock, config, sandbox } => {
            let cluster = cluster_listen.map(|listen| (listen, cluster_address));
            let books = server::BooksOf { database, cluster };
            server::serve(&cli.data, books, listen, clock, config, sandbox)
        }
        Command::Verify { config, json } => verify::verify(&cli.data, config.as_deref(), json),
        Command::Backup(command) => backup::back_up(&cli.data, &command),
        Command::Restore(command) => backup::restore(&cli.data, &command),
        Command::Migrate(command) => migrate::migrate(&cli.data, &command),
        Command::AcceptLoss { config, json } => loss::accept(&cli.data, config.as_deref(), json),
        Command::MasterKey(command) => master_key::run(&cli.data, &command),
        Command::OperatorToken(command) => {
            master_key::token(&cli.data, &DataDir(cli.data.clone()).operator_token(), &command)
        }
        Command::MetricsToken(command) => {
            master_key::token(&cli.data, &DataDir(cli.data.clone()).metrics_token(), &command)
        }
        Command::Demo { folder, json } => {
            let models = DataDir(cli.data.clone()).models();
            let holds = demo::run(&DemoOptions { folder, models, json })?;
            Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Models(command) => models::models(&cli.data, &command),
        Command::Ocr(command) => reading::ocr(&cli.data, &command),
        Command::RenderPage { page, memory_bytes, cpu_s } => {
            ocr::render_page(page, memory_bytes, cpu_s)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Bill(command) => bills::run(&client()?, command),
        Command::Costs(command) => costs::run(&client()?, command),
        Command::Foresight(command) => foresight::run(&client()?, &command),
        Command::Operator(command) => operator::run(&client()?, command),
    }
}

/// The look of a progress bar; its end says what it counts.
fn bar_style(end: &str) -> indicatif::ProgressStyle {
    let style = indicatif::ProgressStyle::with_template(&format!("[{{elapsed}}] {{bar:40}} {end}"));
    style.unwrap_or_else(|_| indicatif::ProgressStyle::default_bar())
}
