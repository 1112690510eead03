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
        shards.parse().map_err(|_| OpenError::Store {
            doing: "ask what is known of it",
            problem: format!("{shards:?} shards are not what this program knows"),
        })
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
        const SAY: &str = "UPDATE inkmeter_facts SET value = $2 WHERE name = $1";
        self.0.execute(SAY, &[&KEY, &own]).map_err(failed)?;
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
        const SAY: &str = "INSERT INTO inkmeter_facts VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.0.execute(SAY, &[&format!("{RULEBOOK}{shard}"), &text]).map_err(failed)?;
        Ok(())
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
        const SAY: &str = "INSERT INTO inkmeter_facts VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value";
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
        const MOVE: &str = "INSERT INTO inkmeter_facts VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        const RETURN: &str = "DELETE FROM inkmeter_facts WHERE name = $1";
        match into {
            Some(folder) => self.0.execute(MOVE, &[&MOVED, &folder]),
            None => self.0.execute(RETURN, &[&MOVED]),
        }
        .map_err(failed)?;
        Ok(())
    }
}

fn failed(problem: postgres::Error) -> OpenError {
    OpenError::Store { doing: "ask what is known of it", problem: told(&problem) }
}
