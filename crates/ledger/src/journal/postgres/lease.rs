//! A lease on everything in the database: one server at a time is to work on it, and another takes over when it is gone.
//!
//! It keeps servers from taking the books from each other all the time, and nothing more: what keeps the books whole is
//! that an owner who was replaced can write nothing ([`super`]). So no clock but the database's own is compared with
//! anything, and a server that was frozen and believes in its lease does no harm.

use std::time::{Duration, Instant};

use postgres::Client;

use super::{OpenError, Shard, told};

/// Takes the lease if it has run out or was given back, or is ours; or if the database's clock was set back since.
pub(super) const TAKE: &str = "
    INSERT INTO inkmeter_leases (name, holder, until) VALUES ($1, $2, now() + $3 * interval '1 millisecond')
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
    WHERE inkmeter_leases.until < now() OR inkmeter_leases.holder = excluded.holder
        OR inkmeter_leases.until > now() + $3 * interval '2 milliseconds' + interval '1 hour'";
/// Who has it.
const HOLDER: &str = "SELECT holder FROM inkmeter_leases WHERE name = $1";
pub(super) const GIVE_BACK: &str =
    "UPDATE inkmeter_leases SET until = now() WHERE name = $1 AND holder = $2 AND until > now()";

/// What the lease on the books of a shard is called.
pub(super) fn lease_of(shard: u8) -> String {
    if shard == 0 { "books".into() } else { format!("books-{shard}") }
}

/// A connection that asks for the lease of a shard: of the first, where servers take turns, or of each, for what is done to
/// all of them while no node runs.
pub struct Leases {
    database: String,
    client: Client,
    name: String,
    holder: String,
    length: Duration,
}

/// The lease is ours until then, by our own clock that only goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Somewhat before it ends in the database: it was asked for before it began there.
    pub until: Instant,
}

impl Leases {
    /// Connects. `holder` tells this server from every other one, and from itself before it was started again.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn connect(database: &str, shard: u8, holder: String, length: Duration) -> Result<Leases, OpenError> {
        let (client, _) = Shard::client(database, length)?;
        Ok(Leases { database: database.to_owned(), client, name: lease_of(shard), holder, length })
    }

    /// Connects again, after an error.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn reconnect(&mut self) -> Result<(), OpenError> {
        (self.client, _) = Shard::client(&self.database, self.length)?;
        Ok(())
    }

    /// Takes the lease, or makes it longer. `Err` inside: who has it.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn take(&mut self) -> Result<Result<Held, String>, OpenError> {
        let store =
            |source: postgres::Error| OpenError::Store { doing: "take the lease", problem: told(&source) };
        let asked_at = Instant::now();
        let length_ms = f64::from(u32::try_from(self.length.as_millis()).unwrap_or(u32::MAX));
        let taken = self.client.execute(TAKE, &[&self.name, &self.holder, &length_ms]).map_err(store)?;
        if taken == 1 {
            return Ok(Ok(Held { until: asked_at + self.length }));
        }
        let row = self.client.query_opt(HOLDER, &[&self.name]).map_err(store)?;
        Ok(Err(row.map_or_else(String::new, |row| row.get(0))))
    }

    /// Gives it back: the next one need not wait.
    ///
    /// # Errors
    /// [`OpenError::Store`]: it ends by itself.
    pub fn give_back(&mut self) -> Result<(), OpenError> {
        let store = |source: postgres::Error| OpenError::Store {
            doing: "give the lease back",
            problem: told(&source),
        };
        self.client.execute(GIVE_BACK, &[&self.name, &self.holder]).map_err(store)?;
        Ok(())
    }
}
