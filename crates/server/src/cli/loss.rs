//! `inkmeter accept-loss`: on a stopped server's data folder.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use ledger::Engine;
use ledger::outbox::Outbox;
use serde_json::json;

use super::verify::rules_of;
use crate::app::OpenError;
use crate::clock::system_now_ms;
use crate::data_dir::DataDir;
use crate::say::say;

pub(super) fn accept(data: &Path, config: Option<&Path>, json: bool) -> Result<ExitCode, OpenError> {
    let folder = DataDir(data.to_owned());
    if !folder.journal().exists() {
        let data = data.display();
        return Err(format!("there is no journal in {data}; name the data folder with --data").into());
    }
    if folder.copy_marker().exists() {
        let data = data.display();
        return Err(format!(
            "{data} has a copy of books that are in a database: a new folder gets all that the database has"
        )
        .into());
    }
    let rules = Arc::new(rules_of(&folder, &folder, config)?);
    let options = folder.engine();
    let set_aside = ledger::loss::accept(&*options.disk, &options.dir, &folder.read_db())?;
    let (engine, recovery) = Engine::open(options, rules)?;
    // The outbox stays: it knows what was told. It looks at every notice again, and leaves alone those it has.
    let outbox = Outbox::open(&folder.outbox_db())?;
    let is_outbox_ahead = outbox.cursor()? > engine.notices();
    if is_outbox_ahead {
        outbox.take_in(&[], 0, system_now_ms())?;
    }
    engine.close()?;
    if json {
        let files = set_aside.iter().map(|(evidence, aside)| {
            json!({ "file": evidence.file, "record": evidence.sequence, "set_aside": aside })
        });
        let files: Vec<_> = files.collect();
        say!(
            "{}",
            json!({ "last": recovery.last, "set_aside": files, "outbox_begins_anew": is_outbox_ahead })
        );
        return Ok(ExitCode::SUCCESS);
    }
    for (evidence, aside) in &set_aside {
        let (file, aside, record) = (evidence.file.display(), aside.display(), evidence.sequence);
        say!("{file} has record {record}: it lies in {aside} now");
    }
    if is_outbox_ahead {
        say!("The outbox looks at every notice again; those it has are not told twice.");
    }
    if set_aside.is_empty() && !is_outbox_ahead {
        say!("Nothing is missing: nothing was changed.");
    } else {
        say!(
            "The journal ends at record {}. What came after it is lost. The server can be started.",
            recovery.last
        );
    }
    Ok(ExitCode::SUCCESS)
}
