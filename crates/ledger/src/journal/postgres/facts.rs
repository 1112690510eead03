//! What is true of a database as a whole: which one it is, and whether its books were moved into a folder.

use std::time::Duration;

use postgres::Client;

use super::{OpenError, Shard, told};

/// How long the database may say nothing.
const ANSWER_TIME: Duration = Duration::from_secs(10);
const IDENTITY: &str = "identity";
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
