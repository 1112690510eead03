//! What all nodes of a database must agree on, so that any of them can serve any shard: the key, and prices and policies that
//! were ever in force; and what they tell each other of a shard that one of them has opened.

use std::sync::Arc;

use charging::Timestamp;
use ledger::journal::postgres::{Facts, Names};
use ledger::rulebook::Rulebook;

use crate::app::{App, OpenError};
use crate::auth::rotation;
use crate::auth::secrets::Secrets;
use crate::clock::system_now_ms;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::shard::Shard;

/// The key of this node and what tells it from others; made by the first node there ever is.
///
/// # Errors
/// It is missing, or a rotation was interrupted.
pub(super) fn key(home: &DataDir, others_have_one: bool) -> Result<(Vec<u8>, String), OpenError> {
    let path = home.master_key();
    if rotation::next_key(home).exists() {
        return Err("a rotation of master.key was interrupted here: run `inkmeter master-key rotate` again, which brings it to \
                    its end"
            .into());
    }
    if others_have_one && !path.exists() {
        return Err(format!(
            "{} is missing: copy the one of the other nodes of this database",
            path.display()
        )
        .into());
    }
    let secrets = Secrets::open(&path, false)?;
    Ok((std::fs::read(&path)?, secrets.fingerprint()))
}

/// Sees to it that this node's prices and policies are none that no shard takes: it would take shards from the others and could
/// not serve them.
///
/// # Errors
/// Some shard does not take them.
pub(super) fn check_rules(
    home: &DataDir,
    config: &Config,
    facts: &mut Facts,
    shards: u8,
) -> Result<(), OpenError> {
    let path = home.rulebook().with_added_extension("check");
    let now = Timestamp::from_ms(system_now_ms());
    for shard in 0..shards {
        let Some(text) = facts.rulebook(shard)? else { continue };
        std::fs::write(&path, text)?;
        let known = Rulebook::open(&path);
        std::fs::remove_file(&path)?;
        known?.unwrap_or_default().admit(config.rules()?, Some(now), now)?;
    }
    Ok(())
}

/// Tells all nodes what they have to know of a shard that was opened: its rulebook, and of the first one the names of accounts
/// that were made when there was one server.
///
/// # Errors
/// The database cannot be used, or another shard has an account of the same name.
pub(super) async fn publish(database: &str, names: &Arc<Names>, app: &Arc<App>) -> Result<(), OpenError> {
    let (app, database, names) = (Arc::clone(app), database.to_owned(), Arc::clone(names));
    let tell = move || {
        let mut facts = Facts::connect(&database)?;
        let shard = app.auth.shard;
        facts.say_rulebook(shard.0, &std::fs::read_to_string(app.data.rulebook())?)?;
        if shard == Shard::FIRST {
            let accounts = app.auth.directory.accounts()?;
            let known = facts.named()?;
            let new: Vec<String> = accounts.iter().skip(known).map(|row| row.name.clone()).collect();
            names.claim_all(&new, shard.0)?;
            facts.say_named(accounts.len())?;
        }
        Ok::<_, OpenError>(())
    };
    tokio::task::spawn_blocking(tell).await?
}
