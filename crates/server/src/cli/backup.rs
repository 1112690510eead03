//! `inkmeter backup` and `inkmeter restore`: beside a running server, or without one; of books in several shards beside their
//! nodes ([`shards`]).

mod shards;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use charging::Timestamp;
use clap::Args;
use ledger::backup::{self, Made, Point, Source};
use serde_json::{Value, json};

use super::bar_style;
use super::client::Client;
use super::verify::{every_law_holds, prove_folder, rules_of};
use crate::app::OpenError;
use crate::auth::rotation;
use crate::clock::system_now_ms;
use crate::data_dir::DataDir;
use crate::say::{count, in_shell, say};

/// How long a running server has to say how far its journal is durable.
const ANSWER_TIME: Duration = Duration::from_secs(30);

/// Copy the books, users, keys and settings into a backup folder.
///
/// Works while the server runs and stops nothing. The first backup copies everything; each after it adds what is new
/// and makes another point that can be restored. What can be made anew or fetched is not copied: the read model,
/// snapshots, models. Keep the folder on another disk, and as secret as the data folder.
///
/// Books in several shards, which nodes serve, are read from their database, all shards as of one instant; the data folder is
/// that of any of the nodes.
#[derive(Args)]
pub(super) struct BackupCommand {
    /// The backup folder; made if it is not there.
    to: PathBuf,
    /// Keep so many points, and remove older ones.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
    /// Leave master.key and the tokens of the operator and of the metrics out. Without master.key, which must be kept elsewhere then, no signature
    /// can be checked after a restore.
    #[arg(long)]
    without_keys: bool,
    /// The configuration file, if the server runs with another one than DATA/config.toml.
    #[arg(long)]
    config: Option<PathBuf>,
    /// The PostgreSQL database of books in several shards, as of `inkmeter serve`.
    #[arg(long, env = "INKMETER_DATABASE", hide_env_values = true)]
    database: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Bring the books back from a backup folder into a new data folder (--data), and prove every law on them.
///
/// Books in several shards are brought back into an empty database too, all of them or nothing; the data folder is a node's
/// then.
#[derive(Args)]
pub(super) struct RestoreCommand {
    /// The backup folder.
    from: PathBuf,
    /// The latest point made by then, like 2026-12-01T08:00:00Z; the latest of all, if not given.
    #[arg(long, value_parser = Timestamp::parse)]
    at: Option<Timestamp>,
    /// Show which points there are, and restore none.
    #[arg(long)]
    list: bool,
    /// The PostgreSQL database for books in several shards, which must be empty. Books in one shard come into the data folder
    /// alone, whatever is said here.
    #[arg(long, env = "INKMETER_DATABASE", hide_env_values = true)]
    database: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs `backup`.
pub(super) fn back_up(data: &Path, command: &BackupCommand) -> Result<ExitCode, OpenError> {
    let folder = DataDir(data.to_owned());
    if let Some(database) = shards::database_of(&folder, command.database.as_deref())? {
        return shards::back_up(&folder, database, command);
    }
    if !folder.journal().exists() {
        return Err(
            format!("there are no books in {}; name the data folder with --data", data.display()).into()
        );
    }
    check(&folder, command)?;
    let mut files = files_of(&folder, command);
    files.splice(1..1, [("rules.json", folder.rulebook()), ("clock", folder.clock())]);
    let source = Source {
        journal: folder.journal(),
        outbox: folder.outbox_db(),
        directory: folder.directory_db(),
        files,
    };
    let durable = || {
        let durable = Client::open(data, ANSWER_TIME).and_then(|client| client.get("/journal")).ok();
        durable.and_then(|journal| journal["durable"].as_u64())
    };
    if folder.copy_marker().exists() && durable().is_none() {
        return Err(format!(
            "the books of {} are in a database, and no server works on them here: what lies here may be old. Back up \
             where the server runs",
            data.display()
        )
        .into());
    }
    let made_at = Timestamp::from_ms(system_now_ms());
    let made = with_bar(|progress| backup::back_up(&source, &command.to, made_at, durable, progress))?;
    let to = in_shell(&command.to);
    finish(command, &made, &format!("inkmeter restore {to} --data NEW_FOLDER"))
}

/// Checks what is asked for.
fn check(folder: &DataDir, command: &BackupCommand) -> Result<(), OpenError> {
    rotation::check_none_interrupted(folder)?;
    if let Some(config) = command.config.as_ref().filter(|config| !config.is_file()) {
        return Err(format!("there is no configuration {}", config.display()).into());
    }
    if is_inside(&command.to, &folder.0) {
        return Err(format!(
            "{} lies in the data folder, and would be lost with it: name a folder on another disk",
            command.to.display()
        )
        .into());
    }
    Ok(())
}

/// What is copied as it is, by the names it has in a data folder: it is one that is restored.
fn files_of(folder: &DataDir, command: &BackupCommand) -> Vec<(&'static str, PathBuf)> {
    let mut files = vec![("config.toml", command.config.clone().unwrap_or_else(|| folder.config()))];
    if !command.without_keys {
        files.extend([
            ("master.key", folder.master_key()),
            ("operator.token", folder.operator_token()),
            ("metrics.token", folder.metrics_token()),
        ]);
    }
    files
}

/// Removes old points, if that is asked for, and says what was done; `back` is the command that brings it back.
fn finish(command: &BackupCommand, made: &Made, back: &str) -> Result<ExitCode, OpenError> {
    let removed = match command.keep {
        Some(keep) => backup::keep_latest(&command.to, usize::try_from(keep).unwrap_or(usize::MAX))?,
        None => Vec::new(),
    };
    if command.json {
        let mut value = row(&made.point);
        value["new_records"] = made.new_records.into();
        value["removed"] = removed.iter().map(|point| point.name.as_str()).collect::<Vec<_>>().into();
        say!("{value}");
        return Ok(ExitCode::SUCCESS);
    }
    say!("{}", told(&made.point));
    say!("{} new to {}.", count(made.new_records, "record"), command.to.display());
    for point in &removed {
        say!("Removed: {}", point.name);
    }
    say!("To bring it back: {back}");
    Ok(ExitCode::SUCCESS)
}

/// Runs `restore`.
pub(super) fn restore(data: &Path, command: &RestoreCommand) -> Result<ExitCode, OpenError> {
    let points = backup::points(&command.from)?;
    if command.list {
        if command.json {
            say!("{}", json!({ "points": points.iter().map(row).collect::<Vec<_>>() }));
        } else if points.is_empty() {
            say!("no points");
        } else {
            for point in &points {
                say!("{}", told(point));
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    let chosen = points.iter().rfind(|point| command.at.is_none_or(|at| point.made_at <= at));
    let chosen = chosen.ok_or_else(|| backup::BackupError::NoPoint {
        what: command.at.map_or_else(|| "point".to_owned(), |at| format!("point made by {at}")),
        dir: command.from.clone(),
    })?;
    if chosen.shards() > 1 {
        return shards::restore(data, command, chosen);
    }
    with_bar(|progress| backup::restore(&command.from, chosen, data, progress))?;
    let folder = DataDir(data.to_owned());
    let proved = prove_folder(&folder, rules_of(&folder, &folder, None)?, None, &mut |_| {})?;
    let has_key = folder.master_key().exists();
    if command.json {
        let mut value = row(chosen);
        value["holds"] = proved.is_ok().into();
        value["has_key"] = has_key.into();
        match &proved {
            Ok(report) => {
                value["charges"] = report.charges.into();
                value["accounts"] = report.accounts.into();
            }
            Err(difference) => value["detail"] = difference.to_string().into(),
        }
        say!("{value}");
    } else {
        say!("{} restored into {}.", chosen.name, data.display());
        match &proved {
            Ok(report) => say!("{}", every_law_holds(report)),
            Err(difference) => say!("{difference}"),
        }
        if !has_key {
            say!("The backup has no keys: put master.key into the folder before the server is started.");
        }
        say!("To go on: inkmeter serve --data {}", in_shell(data));
    }
    Ok(if proved.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether a folder, which need not be there yet, lies in another one.
fn is_inside(folder: &Path, outer: &Path) -> bool {
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let real = |path: PathBuf| {
        let there = path.ancestors().find(|above| above.exists()).map(Path::to_owned).unwrap_or_default();
        let rest = path.strip_prefix(&there).map(Path::to_owned).unwrap_or_default();
        there.canonicalize().map(|there| there.join(rest)).unwrap_or(path)
    };
    real(whole(folder)).starts_with(real(whole(outer)))
}

fn with_bar<T>(
    work: impl FnOnce(&mut backup::Progress<'_>) -> Result<T, backup::BackupError>,
) -> Result<T, backup::BackupError> {
    let bar = indicatif::ProgressBar::new(0).with_style(bar_style("record {pos} of {len}"));
    let mut progress = |record, last| {
        bar.set_length(last);
        bar.set_position(record);
    };
    let done = work(&mut progress);
    bar.finish_and_clear();
    done
}

fn row(point: &Point) -> Value {
    let others = point.others.iter().flat_map(|other| &other.files);
    let bytes: u64 = point.files.iter().chain(others).map(|file| file.size_bytes).sum();
    let files: Vec<&str> = point.files.iter().map(|file| file.name.as_str()).collect();
    let mut row = json!({
        "point": point.name,
        "made_at": instant(point.made_at),
        "last_record": point.last_record,
        "files": files,
        "files_bytes": bytes,
    });
    if point.shards() > 1 {
        row["shards"] = point.shards().into();
        row["records"] = point.records().into();
    }
    row
}

/// To the millisecond, so that `--at` finds the point by it.
fn instant(at: Timestamp) -> String {
    format!("{at:?}Z")
}

fn told(point: &Point) -> String {
    let files: Vec<&str> = point.files.iter().map(|file| file.name.as_str()).collect();
    let (name, made_at, last) = (&point.name, instant(point.made_at), point.last_record);
    if point.shards() > 1 {
        let (shards, records) = (point.shards(), count(point.records(), "record"));
        return format!("{name}  made {made_at}, {shards} shards with {records}, {}", files.join(", "));
    }
    format!("{name}  made {made_at}, the journal up to record {last}, {}", files.join(", "))
}
