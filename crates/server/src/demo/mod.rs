//! `inkmeter demo`: the page "Arrears" played as a story on a server of its own.
//!
//! A throw-away server is started on a fresh folder and a manual clock. Two customers and the operator then act
//! through its real HTTP door, with real pictures and signed requests; time passes as the story asks for. What the
//! server answers is told as a timeline and drawn into the folder, and in the end its books are proved.
//!
//! This room decides nothing about money: the story says who asks for what, and the engine everything else.

mod client;
mod pictures;
mod stage;
mod story;
mod svg;
mod text;
mod timeline;
mod when;

use std::io::{self, BufWriter, IsTerminal, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use charging::Timestamp;
use serde_json::json;

use crate::app::{DataDir, OpenError};
use crate::cli::verify::{every_law_holds, prove_folder};
use crate::clock::{self, ClockMode};
use crate::config::{Config, DEFAULTS};
use crate::serve::{ServeOptions, start};
use client::Operator;
use stage::Stage;
use text::Text;
use timeline::{Act, Row, Sums, Teller};

/// The drawing's name in the folder.
const DRAWING: &str = "demo.svg";

/// What to play, and where.
pub struct DemoOptions {
    /// A folder that is empty or not there yet; a new one among the system's temporary files, if not given.
    pub folder: Option<PathBuf>,
    /// Where models and runtimes are.
    pub models: PathBuf,
    /// Whether to print JSON lines instead of a timeline.
    pub json: bool,
}

/// Plays the story; gives whether every law held in the end.
///
/// # Errors
/// The folder is in use, models are missing, or the server did not do as the story needs.
pub fn run(options: &DemoOptions) -> Result<bool, OpenError> {
    let folder = DataDir(fresh_folder(options.folder.as_deref())?);
    let config = configuration(&options.models)?;
    std::fs::write(folder.config(), &config)?;
    let config = Config::parse(&config)?;
    let rules = config.rules()?;
    clock::keep(&folder.0, Timestamp::parse(story::BEGIN)?)?;

    let out = BufWriter::new(io::stdout().lock());
    let has_colour =
        io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
    let mut teller = if options.json { Told::Json(out) } else { Told::Text(Text::new(out, has_colour)) };
    teller.welcome(&rules.catalog.currency)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let rows = runtime.block_on(perform(&folder, config, &mut teller))?;

    let drawing = folder.0.join(DRAWING);
    std::fs::write(&drawing, svg::draw(&rows))?;
    let proved = prove_folder(&folder, rules, None, &mut |_| {})?;
    teller.farewell(&rows, &folder, &drawing, &proved)?;
    Ok(proved.is_ok())
}

/// Starts the server, plays, and stops it.
async fn perform(folder: &DataDir, config: Config, teller: &mut Told) -> Result<Vec<Row>, OpenError> {
    let options =
        ServeOptions { data: &folder.0, listen: "127.0.0.1:0", clock: ClockMode::Manual, config, eye: None };
    let running = start(options).await?;
    let played = async {
        let operator = Operator {
            http: reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?,
            base: format!("http://{}", running.address).parse()?,
            token: std::fs::read_to_string(folder.operator_token())?.trim().to_owned(),
        };
        let mut stage = Stage::new(operator, teller).await?;
        story::play(&mut stage).await?;
        Ok(stage.into_rows())
    };
    let played = played.await;
    running.stop().await;
    played
}

/// The default configuration, with a package small enough to be used up, and models where they are.
fn configuration(models: &Path) -> Result<String, OpenError> {
    let models = std::path::absolute(models)?;
    let models = toml::Value::String(models.to_str().ok_or("the models' path is not UTF-8")?.to_owned());
    let config = DEFAULTS.replace("models_dir = \"\"", &format!("models_dir = {models}"));
    let (calls, price) = (story::PACKAGE_CALLS, story::PACKAGE_PRICE);
    Ok(format!(
        "{config}\n# The demo's own: small enough to be used up.\n[[catalog.package]]\napi = \"general-text\"\n\
         calls = {calls}\nprice = \"{price}\"\nvalidity_months = 12\n"
    ))
}

/// Makes the folder, for its owner only: it will hold keys.
fn fresh_folder(named: Option<&Path>) -> Result<PathBuf, OpenError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.mode(0o700);
    if let Some(folder) = named {
        builder.recursive(true).create(folder)?;
        if std::fs::read_dir(folder)?.next().is_some() {
            let folder = folder.display();
            return Err(format!("{folder} is not empty; the demo plays in a folder of its own").into());
        }
        return Ok(folder.to_owned());
    }
    let mut number: u32 = 1;
    loop {
        let folder = std::env::temp_dir().join(format!("inkmeter-demo-{number}"));
        match builder.create(&folder) {
            Ok(()) => return Ok(folder),
            Err(problem) if problem.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(problem) => return Err(format!("{}: {problem}", folder.display()).into()),
        }
    }
}

type Out = BufWriter<io::StdoutLock<'static>>;
type Proved = Result<ledger::verify::Report, ledger::verify::Difference>;

/// Tells the story in one of two ways.
enum Told {
    Json(Out),
    Text(Text<Out>),
}

impl Teller for Told {
    fn act(&mut self, number: usize, act: &Act) -> io::Result<()> {
        match self {
            Told::Json(_) => Ok(()),
            Told::Text(text) => text.act(number, act),
        }
    }

    fn row(&mut self, row: &Row) -> io::Result<()> {
        match self {
            Told::Json(out) => {
                serde_json::to_writer(&mut *out, row)?;
                out.write_all(b"\n")?;
                out.flush()
            }
            Told::Text(text) => text.row(row),
        }
    }
}

impl Told {
    fn welcome(&mut self, currency: &str) -> io::Result<()> {
        let Told::Text(text) = self else { return Ok(()) };
        let (calls, price) = (story::PACKAGE_CALLS, story::PACKAGE_PRICE);
        text.say(&format!(
            "Inkmeter plays the page “Arrears”: a server of its own, real pictures, signed requests over HTTP.\n\n  \
             All amounts are {currency}, all times UTC+8 on a clock that the story moves. The price list is the\n  \
             default one, and the demo adds a package of {calls} calls for {price}, so that few pictures use it up.\n\n  \
             ● read, paid by a package or per call   ✗ refused, not charged   ═ settled   ▲ paid in   ◆ package"
        ))
    }

    fn farewell(
        &mut self,
        rows: &[Row],
        folder: &DataDir,
        drawing: &Path,
        proved: &Proved,
    ) -> io::Result<()> {
        let mut accounts: Vec<&str> = rows.iter().map(|row| row.account).collect();
        accounts.dedup();
        let sums: Vec<_> = accounts.iter().map(|account| (*account, Sums::of(rows, account))).collect();
        let text = match self {
            Told::Json(out) => {
                let (holds, charges) = (proved.is_ok(), proved.as_ref().map_or(0, |report| report.charges));
                let end = json!({ "what": "end", "holds": holds, "charges": charges,
                    "folder": folder.0, "drawing": drawing });
                writeln!(out, "{end}")?;
                return out.flush();
            }
            Told::Text(text) => text,
        };
        text.say("\n  What it came to\n")?;
        for (account, sums) in &sums {
            text.sums(account, sums)?;
        }
        let shown = folder.0.display();
        let proof = match proved {
            Ok(report) => every_law_holds(report),
            Err(difference) => format!("A law does not hold: {difference}"),
        };
        text.say(&format!(
            "\n{proof}\n\n  the drawing  {}\n  the folder   {shown} (delete it when you like)\n\nGo on from here: \
             inkmeter --data {shown} serve --listen 127.0.0.1:0 --clock manual\n  \
             and in another terminal: inkmeter --data {shown} charges alice",
            drawing.display()
        ))
    }
}
