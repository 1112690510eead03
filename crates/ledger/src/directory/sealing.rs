//! Everything that is sealed with the key file, sealed anew. Which key and how is the caller's business.

use rusqlite::params;

use super::documents::keep;
use super::{Directory, DirectoryError, all};

/// Whose a sealed secret is: it opens for that alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sealed<'a> {
    /// Of the access key.
    AccessKey(&'a str),
    /// Of the recipient with this id.
    Recipient(&'a str),
}

/// How many secrets were sealed anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resealed {
    /// So many.
    pub anew: u64,
    /// So many stayed as they were: they could not be opened.
    pub left: u64,
}

/// Of a kind of secrets: how they are found, how one is put back, and whose it is by its id.
struct Kind {
    select: &'static str,
    update: &'static str,
    whose: fn(&str) -> Sealed<'_>,
}

const KINDS: [Kind; 2] = [
    Kind {
        select: "SELECT access_key, sealed_secret FROM access_keys ORDER BY rowid",
        update: "UPDATE access_keys SET sealed_secret = ?2 WHERE access_key = ?1",
        whose: |id| Sealed::AccessKey(id),
    },
    Kind {
        select: "SELECT recipient_id, sealed_secret FROM recipients WHERE sealed_secret IS NOT NULL ORDER BY number",
        update: "UPDATE recipients SET sealed_secret = ?2 WHERE recipient_id = ?1",
        whose: |id| Sealed::Recipient(id),
    },
];

impl Directory {
    /// Seals every secret anew and keeps a document that says with what: all of it, durably, or nothing. What `reseal`
    /// gives nothing for stays as it is.
    ///
    /// # Errors
    /// [`DirectoryError::Sqlite`].
    pub fn reseal(
        &self,
        document: &str,
        text: &str,
        mut reseal: impl FnMut(Sealed<'_>, &[u8]) -> Option<Vec<u8>>,
    ) -> Result<Resealed, DirectoryError> {
        self.change_users(|transaction| {
            let mut done = Resealed::default();
            for Kind { select, update, whose } in KINDS {
                let rows: Vec<(String, Vec<u8>)> =
                    all(transaction, select, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
                for (id, sealed) in rows {
                    match reseal(whose(&id), &sealed) {
                        Some(sealed) => {
                            transaction.prepare_cached(update)?.execute(params![id, sealed])?;
                            done.anew += 1;
                        }
                        None => done.left += 1,
                    }
                }
            }
            keep(transaction, document, text)?;
            Ok(done)
        })
    }
}
