//! Another `master.key` in the place of the one there is. The file and what is sealed with it change together, though they
//! lie in two places: the folder, and the directory, which may be in a database.
//!
//! The new key is durable beside the old one before anything is sealed with it, and the directory says, in the same
//! transaction that seals everything anew, whose it is. So whatever is interrupted is known at the next start: if the
//! directory names the new key, it takes the place of the old one; if not, it was never used, and goes.
//!
//! Books in several shards have a directory for each. If some of them name the new key and some do not, both keys are still
//! there, and the others are sealed anew before it takes its place.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use ledger::directory::{Directory, Resealed, Sealed};

use super::secrets::{Secrets, SecretsError};
use super::token_file::sync_folder_of;
use crate::app::OpenError;
use crate::data_dir::DataDir;
use crate::notify::sealed_for;

/// Under this name the directory keeps which `master.key` its secrets are sealed with.
pub(crate) const KEY: &str = "master.key";

/// How far a rotation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The new key is durable beside the old one.
    Made,
    /// Of several directories some are sealed with the new key, and some are not.
    Begun,
    /// Everything is sealed with the new key.
    Sealed,
    /// The new key is in the place of the old one, and that is not durable yet.
    Placed,
}

/// Where the new key is until it takes the place of the old one.
pub(crate) fn next_key(folder: &DataDir) -> PathBuf {
    folder.master_key().with_added_extension("next")
}

/// Brings a rotation that was interrupted to an end. Answers whether there was one. The directories are those of all shards.
///
/// # Errors
/// A file or a directory cannot be read or written.
pub(crate) fn settle(folder: &DataDir, directories: &[&Directory]) -> Result<bool, OpenError> {
    let next = next_key(folder);
    if !next.exists() {
        return Ok(false);
    }
    let new = Secrets::open(&next, true)?;
    let mut others = Vec::new();
    for directory in directories {
        if directory.document(KEY)?.as_deref() != Some(new.fingerprint().as_str()) {
            others.push(*directory);
        }
    }
    if others.len() == directories.len() {
        fs::remove_file(&next).map_err(failed(&next))?;
        tracing::info!("the new key of a rotation that was interrupted is gone: nothing was sealed with it");
        return Ok(true);
    }
    if !others.is_empty() {
        let old = Secrets::open(&folder.master_key(), true)?;
        for directory in others {
            seal(directory, &old, &new)?;
        }
    }
    place(folder)?;
    tracing::info!("the key that a rotation had begun to seal everything with is master.key now");
    Ok(true)
}

/// Makes a new key, seals everything with it, and puts it in the place of the old one. `at` is told of each step; if it
/// fails, everything stays as it is then. The directories are those of all shards.
///
/// # Errors
/// The key file is missing or another one, or something cannot be read or written.
pub(crate) fn rotate(
    folder: &DataDir,
    directories: &[&Directory],
    at: &mut dyn FnMut(Step) -> Result<(), OpenError>,
) -> Result<Resealed, OpenError> {
    if fs::symlink_metadata(folder.master_key()).is_ok_and(|file| file.is_symlink()) {
        return Err("master.key is a link: rotate the key in the folder that it leads to".into());
    }
    settle(folder, directories)?;
    let old = Secrets::open(&folder.master_key(), true)?;
    for directory in directories {
        if let Some((access_key, sealed)) = directory.latest_access_key()?
            && old.unseal(&access_key, &sealed).is_none()
        {
            return Err(super::OTHER_KEY_FILE.into());
        }
    }
    let next = next_key(folder);
    Secrets::make_key(&next)?;
    // The name too, before anything rests on the key.
    sync_folder_of(&next).map_err(failed(&next))?;
    at(Step::Made)?;
    let new = Secrets::open(&next, true)?;
    let mut all = Resealed::default();
    for (number, directory) in directories.iter().enumerate() {
        if number > 0 {
            at(Step::Begun)?;
        }
        let resealed = seal(directory, &old, &new)?;
        all = Resealed { anew: all.anew + resealed.anew, left: all.left + resealed.left };
    }
    at(Step::Sealed)?;
    fs::rename(&next, folder.master_key()).map_err(failed(&next))?;
    at(Step::Placed)?;
    sync_folder_of(&next).map_err(failed(&next))?;
    Ok(all)
}

/// Seals the secrets of one directory anew, in one transaction.
fn seal(directory: &Directory, old: &Secrets, new: &Secrets) -> Result<Resealed, OpenError> {
    Ok(directory.reseal(KEY, &new.fingerprint(), |whose, sealed| {
        let whose = match whose {
            Sealed::AccessKey(access_key) => access_key.to_owned(),
            Sealed::Recipient(recipient) => sealed_for(recipient),
        };
        let secret = String::from_utf8(old.unseal(&whose, sealed)?).ok()?;
        Some(new.seal(&whose, &secret))
    })?)
}

fn place(folder: &DataDir) -> Result<(), OpenError> {
    let next = next_key(folder);
    fs::rename(&next, folder.master_key()).map_err(failed(&next))?;
    Ok(sync_folder_of(&next).map_err(failed(&next))?)
}

/// Refuses what would go wrong while a rotation is not at its end.
///
/// # Errors
/// One was interrupted.
pub(crate) fn check_none_interrupted(folder: &DataDir) -> Result<(), OpenError> {
    match fs::metadata(next_key(folder)) {
        Err(problem) if problem.kind() == ErrorKind::NotFound => Ok(()),
        _ => Err(format!(
            "a rotation of master.key was interrupted in {}: start the server, or run `inkmeter master-key rotate` again, \
             either of which brings it to its end",
            folder.0.display()
        )
        .into()),
    }
}

fn failed(path: &std::path::Path) -> impl Fn(std::io::Error) -> SecretsError {
    move |source| SecretsError::File { path: path.into(), source }
}

#[cfg(test)]
mod tests {
    use charging::{Name, Tier, Zone};
    use ledger::directory::{NewAccount, Opening, RecipientRow};

    use super::*;
    use crate::shard::Shard;

    const ACCOUNT: &str = "0123456789abcdef0123456789abcdef";

    struct Bench {
        folder: DataDir,
        _dir: tempfile::TempDir,
    }

    /// A directory with secrets of both kinds, one of which was sealed with a key that is lost.
    fn bench() -> Bench {
        let dir = tempfile::tempdir().unwrap();
        let folder = DataDir(dir.path().into());
        let directory = Directory::open(&folder.directory_db()).unwrap();
        let secrets = Secrets::open(&folder.master_key(), false).unwrap();
        let opening = Opening {
            tier: Tier::V0,
            policy: Name::new("intl").unwrap(),
            zone: Zone::from_offset_minutes(0).unwrap(),
        };
        directory
            .create_account(&NewAccount {
                account_id: ACCOUNT,
                name: "acme",
                user_id: "user-1",
                user_name: "acme",
                password_hash: "$argon2id$hush",
                access_key: "AKLOST",
                sealed_secret: &[7; 64],
                projects: &[],
                opening: &opening,
                created_at_ms: 1,
            })
            .unwrap();
        directory.insert_access_key("user-1", "AK1", &secrets.seal("AK1", "secret one"), "", 2).unwrap();
        let recipient = |id: &str, channel: &str, sealed_secret| RecipientRow {
            recipient_id: id.into(),
            account_id: ACCOUNT.into(),
            channel: channel.into(),
            address: format!("{id}@example.com"),
            language: "en".into(),
            categories: String::new(),
            quiet_minutes: None,
            daily_cap: None,
            enabled: true,
            sealed_secret,
            created_at_ms: 3,
            confirmed_at_ms: Some(3),
        };
        let sealed = secrets.seal(&sealed_for("hook"), "secret two");
        directory.insert_recipient(&recipient("hook", "webhook", Some(sealed))).unwrap();
        directory.insert_recipient(&recipient("mail", "email", None)).unwrap();
        Bench { folder, _dir: dir }
    }

    fn opened(folder: &DataDir) -> Directory {
        Directory::open(&folder.directory_db()).unwrap()
    }

    /// That of another shard, which has a secret too.
    fn another(folder: &DataDir) -> Directory {
        let path = folder.of_shard(Shard(1)).directory_db();
        let is_new = !path.exists();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if is_new {
            fs::copy(folder.directory_db(), &path).unwrap();
        }
        Directory::open(&path).unwrap()
    }

    /// What a start finds: both secrets open with the key that is there, and no other key lies about.
    fn works(folder: &DataDir) -> String {
        let directories = [opened(folder), another(folder)];
        settle(folder, &directories.each_ref()).unwrap();
        assert!(!next_key(folder).exists());
        let secrets = Secrets::open(&folder.master_key(), true).unwrap();
        for directory in directories {
            let key = directory.access_key("AK1").unwrap().unwrap();
            assert_eq!(secrets.unseal("AK1", &key.sealed_secret).unwrap(), b"secret one");
            let hooks = directory.recipients(ACCOUNT).unwrap();
            let hook = hooks.iter().find_map(|row| row.sealed_secret.clone()).unwrap();
            assert_eq!(secrets.unseal(&sealed_for("hook"), &hook).unwrap(), b"secret two");
        }
        secrets.fingerprint()
    }

    #[test]
    fn everything_is_sealed_anew_and_what_could_not_be_opened_stays() {
        let Bench { folder, _dir } = bench();
        let before = works(&folder);
        let lost = opened(&folder).access_key("AKLOST").unwrap().unwrap().sealed_secret.clone();
        let resealed = rotate(&folder, &[&opened(&folder), &another(&folder)], &mut |_| Ok(())).unwrap();
        assert_eq!((resealed.anew, resealed.left), (4, 2));
        let after = works(&folder);
        assert_ne!(before, after);
        let directory = opened(&folder);
        assert_eq!(directory.document(KEY).unwrap().unwrap(), after);
        assert_eq!(directory.access_key("AKLOST").unwrap().unwrap().sealed_secret, lost);
    }

    #[test]
    fn stopped_at_any_step_it_is_done_or_undone() {
        for (stop, is_done) in
            [(Step::Made, false), (Step::Begun, true), (Step::Sealed, true), (Step::Placed, true)]
        {
            let Bench { folder, _dir } = bench();
            let before = works(&folder);
            let mut at = |step| if step == stop { Err("stopped".into()) } else { Ok(()) };
            assert!(rotate(&folder, &[&opened(&folder), &another(&folder)], &mut at).is_err());
            assert_eq!(check_none_interrupted(&folder).is_err(), stop != Step::Placed, "{stop:?}");
            let after = works(&folder);
            assert_eq!(before != after, is_done, "{stop:?}");
            // And again, to its end.
            rotate(&folder, &[&opened(&folder), &another(&folder)], &mut |_| Ok(())).unwrap();
            assert!(![before, after].contains(&works(&folder)), "{stop:?}");
        }
    }

    #[test]
    fn a_key_file_of_other_books_seals_nothing() {
        let Bench { folder, _dir } = bench();
        let right = std::fs::read(folder.master_key()).unwrap();
        std::fs::write(folder.master_key(), [9; 32]).unwrap();
        let problem = rotate(&folder, &[&opened(&folder), &another(&folder)], &mut |_| Ok(())).unwrap_err();
        assert!(problem.to_string().contains("put the file back"), "{problem}");
        std::fs::write(folder.master_key(), right).unwrap();
        works(&folder);
    }
}
