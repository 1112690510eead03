//! What is true of a database as a whole: which one it is, and whether its books were moved into a folder.

use std::time::Duration;

use postgres::Client;

use super::{OpenError, Shard, told};

/// How long the database may say nothing.
const ANSWER_TIME: Duration = Duration::from_secs(10);
const IDENTITY: &str = "identity";
const SHARDS: &str = "shards";
const KEY: &str = "key";
const NAMED: &str = "named";
const RULEBOOK: &str = "rulebook-";
/// Its value is the folder.
const MOVED: &str = "moved";
const LOOK: &str = "SELECT value FROM inkmeter_facts WHERE name = $1";
const SAY: &str = "INSERT INTO inkmeter_facts VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value";

/// A connection that asks.
pub struct Facts(Client);

impl Facts {
    /// Connects.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn connect(database: &str) -> Result<Facts, OpenError> {
        Ok(Facts(Shard::client(database, ANSWER_TIME)?.0))
    }

    /// What tells this database from every other one: `fresh`, if it was never asked.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn identity(&mut self, fresh: &str) -> Result<String, OpenError> {
        const MAKE: &str = "INSERT INTO inkmeter_facts VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        self.0.execute(MAKE, &[&IDENTITY, &fresh]).map_err(failed)?;
        Ok(self.0.query_one(LOOK, &[&IDENTITY]).map_err(failed)?.get(0))
    }

    /// In how many shards its books are, which is at least `wanted`: once there, a shard stays.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn shards(&mut self, wanted: u8) -> Result<u8, OpenError> {
        const RAISE: &str = "INSERT INTO inkmeter_facts VALUES ($1, $2) ON CONFLICT (name) DO UPDATE
            SET value = greatest(inkmeter_facts.value::bigint, excluded.value::bigint)::text RETURNING value";
        let wanted = wanted.max(1).to_string();
        let shards: String = self.0.query_one(RAISE, &[&SHARDS, &wanted]).map_err(failed)?.get(0);
        number(&shards)
    }

    /// In how many shards its books are. Nothing is changed.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn shard_count(&mut self) -> Result<u8, OpenError> {
        shard_count(&mut self.0)
    }

    /// Whether there are books in it, or were.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn has_books(&mut self) -> Result<bool, OpenError> {
        has_books(&mut self.0)
    }

    /// What tells the `master.key` of its servers from every other one, if it has had one.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn key(&mut self) -> Result<Option<String>, OpenError> {
        Ok(self.0.query_opt(LOOK, &[&KEY]).map_err(failed)?.map(|row| row.get(0)))
    }

    /// The same, which is `own` if it has had none.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn first_key(&mut self, own: &str) -> Result<String, OpenError> {
        const MAKE: &str = "INSERT INTO inkmeter_facts VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        self.0.execute(MAKE, &[&KEY, &own]).map_err(failed)?;
        Ok(self.0.query_one(LOOK, &[&KEY]).map_err(failed)?.get(0))
    }

    /// Keeps which it is from now on.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn say_key(&mut self, own: &str) -> Result<(), OpenError> {
        const CHANGE: &str = "UPDATE inkmeter_facts SET value = $2 WHERE name = $1";
        self.0.execute(CHANGE, &[&KEY, &own]).map_err(failed)?;
        Ok(())
    }

    /// The rulebook of a shard, as it was when it was opened last; to be looked at by a node before it takes one.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn rulebook(&mut self, shard: u8) -> Result<Option<String>, OpenError> {
        let row = self.0.query_opt(LOOK, &[&format!("{RULEBOOK}{shard}")]).map_err(failed)?;
        Ok(row.map(|row| row.get(0)))
    }

    /// Keeps it.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn say_rulebook(&mut self, shard: u8, text: &str) -> Result<(), OpenError> {
        say_rulebook(&mut self.0, shard, text)
    }

    /// How many of the first shard's accounts, in order of opening, are known to have their names among those of all shards.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn named(&mut self) -> Result<usize, OpenError> {
        let row = self.0.query_opt(LOOK, &[&NAMED]).map_err(failed)?;
        Ok(row.and_then(|row| row.get::<_, String>(0).parse().ok()).unwrap_or(0))
    }

    /// Keeps how many these are.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn say_named(&mut self, count: usize) -> Result<(), OpenError> {
        self.0.execute(SAY, &[&NAMED, &count.to_string()]).map_err(failed)?;
        Ok(())
    }

    /// The folder its books were moved into, if they were.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn moved(&mut self) -> Result<Option<String>, OpenError> {
        Ok(self.0.query_opt(LOOK, &[&MOVED]).map_err(failed)?.map(|row| row.get(0)))
    }

    /// Keeps that the books were moved into this folder, or, without one, that they are here.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn say_moved(&mut self, into: Option<&str>) -> Result<(), OpenError> {
        const RETURN: &str = "DELETE FROM inkmeter_facts WHERE name = $1";
        match into {
            Some(folder) => self.0.execute(SAY, &[&MOVED, &folder]),
            None => self.0.execute(RETURN, &[&MOVED]),
        }
        .map_err(failed)?;
        Ok(())
    }
}

/// In how many shards the books are.
pub(super) fn shard_count(client: &mut Client) -> Result<u8, OpenError> {
    let row = client.query_opt(LOOK, &[&SHARDS]).map_err(failed)?;
    row.map_or(Ok(1), |row| number(row.get(0)))
}

/// Whether there are books, or were.
pub(super) fn has_books(client: &mut Client) -> Result<bool, OpenError> {
    const USED: &str =
        "SELECT EXISTS (SELECT 1 FROM inkmeter_shards) OR EXISTS (SELECT 1 FROM inkmeter_records)
        OR EXISTS (SELECT 1 FROM inkmeter_images) OR EXISTS (SELECT 1 FROM inkmeter_names)";
    Ok(client.query_one(USED, &[]).map_err(failed)?.get(0))
}

/// Keeps in how many shards they are, whatever was said of it.
pub(super) fn say_shards(client: &mut Client, shards: usize) -> Result<(), OpenError> {
    client.execute(SAY, &[&SHARDS, &shards.to_string()]).map_err(failed)?;
    Ok(())
}

/// Keeps which `master.key` they are sealed with, whatever was said of it.
pub(super) fn say_key(client: &mut Client, key: &str) -> Result<(), OpenError> {
    client.execute(SAY, &[&KEY, &key]).map_err(failed)?;
    Ok(())
}

/// Keeps a shard's rulebook.
pub(super) fn say_rulebook(client: &mut Client, shard: u8, text: &str) -> Result<(), OpenError> {
    client.execute(SAY, &[&format!("{RULEBOOK}{shard}"), &text]).map_err(failed)?;
    Ok(())
}

fn number(shards: &str) -> Result<u8, OpenError> {
    shards.parse().map_err(|_| OpenError::Store {
        doing: "ask what is known of it",
        problem: format!("{shards:?} shards are not what this program knows"),
    })
}

fn failed(problem: postgres::Error) -> OpenError {
    OpenError::Store { doing: "ask what is known of it", problem: told(&problem) }
}
