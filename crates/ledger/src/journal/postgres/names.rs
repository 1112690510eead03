//! In which shard the account of a name is. Ids and keys say it themselves; a name its owner has chosen, and no other account
//! of any shard may have it.
//!
//! A name is claimed before its account is made, and stays with its shard: whoever asks again is told the same. So what was
//! found may be remembered.

use std::time::Duration;

use parking_lot::Mutex;
use postgres::Client;

use super::{OpenError, Shard, told};

/// How long the database may say nothing.
const ANSWER_TIME: Duration = Duration::from_secs(10);
/// How many names are claimed at once.
const MANY: usize = 1_000;

/// A connection that asks for names. Blocks.
pub struct Names {
    database: String,
    client: Mutex<Option<Client>>,
}

impl Names {
    /// Of this database; connects when something is asked.
    pub fn of(database: &str) -> Names {
        Names { database: database.to_owned(), client: Mutex::default() }
    }

    /// The shard of a name, if it was claimed.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn shard(&self, name: &str) -> Result<Option<u8>, OpenError> {
        const LOOK: &str = "SELECT shard FROM inkmeter_names WHERE name = $1";
        let name = name.to_ascii_lowercase();
        let row = self.asked(|client| client.query_opt(LOOK, &[&name]))?;
        row.map(|row| number(row.get(0))).transpose()
    }

    /// Claims a name for a shard, unless it has one. Answers which.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn claim(&self, name: &str, shard: u8) -> Result<u8, OpenError> {
        // One statement does not see its own row, so it is asked for in the next.
        const CLAIM: &str =
            "INSERT INTO inkmeter_names (name, shard) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        let lower = name.to_ascii_lowercase();
        self.asked(|client| client.execute(CLAIM, &[&lower, &i64::from(shard)]))?;
        self.shard(name)?.ok_or_else(|| failed("the name is gone again".into()))
    }

    /// Claims the names of accounts that are in a shard already.
    ///
    /// # Errors
    /// [`OpenError::Store`]; another shard has one of them.
    pub fn claim_all(&self, names: &[String], shard: u8) -> Result<(), OpenError> {
        const CLAIM: &str =
            "INSERT INTO inkmeter_names (name, shard) SELECT name, $2 FROM unnest($1::text[]) AS name
            ON CONFLICT (name) DO NOTHING";
        const FOREIGN: &str = "SELECT name FROM inkmeter_names WHERE name = ANY($1) AND shard <> $2 LIMIT 1";
        for some in names.chunks(MANY) {
            let some: Vec<String> = some.iter().map(|name| name.to_ascii_lowercase()).collect();
            self.asked(|client| client.execute(CLAIM, &[&some, &i64::from(shard)]))?;
            let foreign = self.asked(|client| client.query_opt(FOREIGN, &[&some, &i64::from(shard)]))?;
            if let Some(row) = foreign {
                let name: String = row.get(0);
                return Err(failed(format!("the account {name} is in two shards")));
            }
        }
        Ok(())
    }

    /// Asks, once more on a new connection if the old one is broken.
    fn asked<T>(&self, ask: impl Fn(&mut Client) -> Result<T, postgres::Error>) -> Result<T, OpenError> {
        let mut client = self.client.lock();
        if let Some(old) = client.as_mut() {
            match ask(old) {
                Ok(told) => return Ok(told),
                Err(_) => *client = None,
            }
        }
        let (mut new, _) = Shard::client(&self.database, ANSWER_TIME)?;
        let told = ask(&mut new).map_err(|problem| failed(told(&problem)))?;
        *client = Some(new);
        Ok(told)
    }
}

fn number(shard: i64) -> Result<u8, OpenError> {
    u8::try_from(shard).map_err(|_| failed(format!("there is no shard {shard}")))
}

fn failed(problem: String) -> OpenError {
    OpenError::Store { doing: "look for a name", problem }
}
