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
use std::sync::Arc;

use charging::Timestamp;
use serde_json::json;

use crate::app::{OpenError, open_eye};
use crate::cli::verify::{every_law_holds, prove_folder};
use crate::clock::{self, ClockMode};
use crate::config::{Config, DEFAULTS};
use crate::data_dir::DataDir;
use crate::eye::Reader;
use crate::say::in_shell;
use crate::serve::{ServeOptions, start};
use client::Operator;
use stage::Stage;
use text::Text;
use timeline::{Act, Row, Sums, Teller};

/// The drawing's name in the folder, and that of the timeline, which is kept however it is shown.
const DRAWING: &str = "demo.svg";
const TIMELINE: &str = "demo.txt";

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
    let written = configuration(&options.models)?;
    let mut config = Config::parse(&written)?;
    config.ocr.renderer = Some(ocr::Renderer::OURSELVES.into());
    let rules = config.rules()?;
    let folder = DataDir(fresh_folder(options.folder.as_deref())?);

    let out = BufWriter::new(io::stdout().lock());
    let is_plain = std::env::var_os("NO_COLOR").is_some_and(|set| !set.is_empty());
    let has_colour = io::stdout().is_terminal() && !is_plain;
    let mut shown = if options.json { Shown::Json(out) } else { Shown::Text(Text::new(out, has_colour)) };
    // Before anything is written, so that nothing is left behind where models are missing.
    let eye = open_eye(&config, &folder).inspect_err(|_| {
        if options.folder.is_none() {
            let _ = std::fs::remove_dir(&folder.0);
        }
    })?;
    if let Shown::Text(text) = &mut shown {
        welcome(text, &rules.catalog.currency)?;
    }
    std::fs::write(folder.config(), &written)?;
    let file = std::fs::File::create(folder.0.join(TIMELINE))?;
    let mut kept = Text::new(BufWriter::new(file), false);
    welcome(&mut kept, &rules.catalog.currency)?;
    let mut teller = Told { shown, kept };
    clock::keep(&folder.0, Timestamp::parse(story::BEGIN)?)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let rows = runtime.block_on(perform(&folder, config, eye, &mut teller))?;

    let drawing = folder.0.join(DRAWING);
    std::fs::write(&drawing, svg::draw(&rows))?;
    let proved = prove_folder(&folder, rules, None, &mut |_| {})?;
    teller.farewell(&rows, &folder, &drawing, &proved)?;
    Ok(proved.is_ok())
}

/// Starts the server, plays, and stops it.
async fn perform(
    folder: &DataDir,
    config: Config,
    eye: Arc<dyn Reader>,
    teller: &mut Told,
) -> Result<Vec<Row>, OpenError> {
    let (data, listen, clock) = (folder.0.as_path(), "127.0.0.1:0", ClockMode::Manual);
    let options = ServeOptions { data, database: None, listen, clock, config, eye: Some(eye) };
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

/// Shows the story in one of two ways.
enum Shown {
    Json(Out),
    Text(Text<Out>),
}

/// Shows the story, and keeps it as text in the folder.
struct Told {
    shown: Shown,
    kept: Text<BufWriter<std::fs::File>>,
}

impl Teller for Told {
    fn act(&mut self, number: usize, act: &Act, at: Timestamp) -> io::Result<()> {
        if let Shown::Text(text) = &mut self.shown {
            text.act(number, act, at)?;
        }
        self.kept.act(number, act, at)
    }

    fn row(&mut self, row: &Row) -> io::Result<()> {
        match &mut self.shown {
            Shown::Json(out) => {
                serde_json::to_writer(&mut *out, row)?;
                out.write_all(b"\n")?;
                out.flush()?;
            }
            Shown::Text(text) => text.row(row)?,
        }
        self.kept.row(row)
    }
}

impl Told {
    fn farewell(
        &mut self,
        rows: &[Row],
        folder: &DataDir,
        drawing: &Path,
        proved: &Proved,
    ) -> io::Result<()> {
        farewell(&mut self.kept, rows, folder, drawing, proved)?;
        match &mut self.shown {
            Shown::Json(out) => {
                let (holds, charges) = (proved.is_ok(), proved.as_ref().map_or(0, |report| report.charges));
                let end = json!({ "what": "end", "holds": holds, "charges": charges,
                    "folder": folder.0, "drawing": drawing });
                writeln!(out, "{end}")?;
                out.flush()
            }
            Shown::Text(text) => farewell(text, rows, folder, drawing, proved),
        }
    }
}

fn welcome<W: Write>(text: &mut Text<W>, currency: &str) -> io::Result<()> {
    let (calls, price) = (story::PACKAGE_CALLS, story::PACKAGE_PRICE);
    text.say(&format!(
        "Inkmeter plays the page “Arrears”: a server of its own, real pictures, signed requests over HTTP.\n\n  \
         All amounts are {currency}, all times UTC+8 on a clock that the story moves. The price list is the\n  \
         default one, and the demo adds a package of {calls} calls for {price}, so that few pictures use it up.\n\n  \
         ● read, paid by a package or per call   ✗ refused, not charged   ═ settled   ▲ paid in   ◆ package"
    ))
}

fn farewell<W: Write>(
    text: &mut Text<W>,
    rows: &[Row],
    folder: &DataDir,
    drawing: &Path,
    proved: &Proved,
) -> io::Result<()> {
    let mut accounts: Vec<&str> = rows.iter().map(|row| row.account).collect();
    accounts.dedup();
    text.say("\n  What it came to\n")?;
    for account in accounts {
        text.sums(account, &Sums::of(rows, account))?;
    }
    let shown = in_shell(&folder.0);
    // As it was called, so that the line can be copied.
    let program = std::env::args().next().unwrap_or_else(|| "inkmeter".into());
    let program = in_shell(Path::new(&program));
    let proof = match proved {
        Ok(report) => every_law_holds(report),
        Err(difference) => format!("A law does not hold: {difference}"),
    };
    text.say(&format!(
        "\n  {proof}\n\n  A picture of it:  {}\n  The books:        {shown} (delete the folder when you like)\n\n\
         To look around in them:\n  {program} --data {shown} serve --listen 127.0.0.1:0 --clock manual\n  \
         {program} --data {shown} account show alice",
        drawing.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demos_configuration_is_the_default_one_and_a_small_package() {
        let written = configuration(Path::new("/a \"b\"/models")).unwrap();
        let config = Config::parse(&written).unwrap();
        assert_eq!(config.ocr.models_dir, Path::new("/a \"b\"/models"));
        let listings = config.rules().unwrap().catalog.listings;
        assert_eq!(
            listings.len(),
            Config::parse(DEFAULTS).unwrap().rules().unwrap().catalog.listings.len() + 1
        );
        let small = listings.iter().map(|it| &it.offer).find(|it| it.calls == story::PACKAGE_CALLS).unwrap();
        assert_eq!(small.price.to_string(), story::PACKAGE_PRICE);
    }
}
