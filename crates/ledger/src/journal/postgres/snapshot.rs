//! Everything in the database as of one instant, beside those who write it: all shards, their journals and their files.
//!
//! It is one transaction of the database that only reads, and what it sees is what a crash of the database at that instant
//! would have left. Whoever was acknowledged before is in it, and nothing is in it without what it rests on: that was
//! committed before.

use super::facts::shard_count;
use super::{Image, OpenError, PAGE_RECORDS, PostgresOptions, SILENT_TIME, Shard};

/// A look at the database.
pub struct Snapshot {
    store: Shard,
    shards: u8,
}

impl Snapshot {
    /// Connects and looks.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn take(database: &str) -> Result<Snapshot, OpenError> {
        const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        let (mut client, warnings) = Shard::client(database, SILENT_TIME)?;
        let begun = client.batch_execute(BEGIN);
        begun.map_err(|source| OpenError::store("look at all of it", &source))?;
        // The first question decides which instant it is.
        let shards = shard_count(&mut client)?;
        Ok(Snapshot { store: Shard { client, shard: 0, warnings }, shards })
    }

    /// How many shards there are.
    pub fn shards(&self) -> u8 {
        self.shards
    }

    /// The record that comes next in a shard's journal ([`PostgresOptions::BOOKS`]) or in the log of one of its files.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn next_sequence(&mut self, what: i64, shard: u8) -> Result<u64, OpenError> {
        self.of(what, shard).next_sequence()
    }

    /// The latest image of a file, if there is one.
    ///
    /// # Errors
    /// [`OpenError::Store`]: it cannot be read, or is damaged.
    pub fn image(&mut self, what: i64, shard: u8) -> Result<Option<Image>, OpenError> {
        self.of(what, shard).image()
    }

    /// Some records from one on, in order, up to the last before `until`; none if there are no more.
    ///
    /// # Errors
    /// [`OpenError::Store`]: they cannot be read, or one is missing or damaged.
    pub fn records(
        &mut self,
        (what, shard): (i64, u8),
        from: u64,
        until: u64,
    ) -> Result<Vec<(u64, Vec<u8>)>, OpenError> {
        self.of(what, shard).records(from, until, PAGE_RECORDS)
    }

    /// Looks no longer, so that the database may tidy up. Records of journals can still be read: those do not change.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn release(&mut self) -> Result<(), OpenError> {
        let released = self.store.client.batch_execute("COMMIT");
        released.map_err(|source| OpenError::store("end a look at all of it", &source))
    }

    fn of(&mut self, what: i64, shard: u8) -> &mut Shard {
        self.store.shard = PostgresOptions::number(what, shard);
        &mut self.store
    }
}
