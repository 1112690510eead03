//! Books are brought into a database that has none: all shards in one transaction, so that there is all of it or nothing.

use postgres::Client;
use postgres::error::SqlState;

use super::{OpenError, PostgresOptions, SILENT_TIME, Shard, Warnings, facts, images, sum, told};

/// What is done while it goes on.
const FILL: &str = "bring books into it";

/// A database that is being filled. Dropped before [`Filling::commit`], it is as empty as before.
pub struct Filling {
    client: Client,
    warnings: Warnings,
}

impl Filling {
    /// Begins, with the last record of each shard's journal. From here on whoever else would make books there waits for what
    /// becomes of these. `None` if there are books.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn begin(database: &str, last_records: &[u64]) -> Result<Option<Filling>, OpenError> {
        const SHARD: &str = "INSERT INTO inkmeter_shards (shard, epoch, next_sequence) VALUES ($1, 0, $2)";
        let (mut client, warnings) = Shard::client(database, SILENT_TIME)?;
        client.batch_execute("BEGIN").map_err(failed)?;
        if facts::has_books(&mut client)? {
            return Ok(None);
        }
        for (shard, last) in (0_u8..).zip(last_records) {
            let next = i64::try_from(last + 1).map_err(|_| problem("no numbers are left".into()))?;
            for (what, next) in [
                (PostgresOptions::BOOKS, next),
                (PostgresOptions::DIRECTORY, 1),
                (PostgresOptions::OUTBOX, 1),
            ] {
                match client.execute(SHARD, &[&PostgresOptions::number(what, shard), &next]) {
                    // Somebody else was faster.
                    Err(other) if other.code() == Some(&SqlState::UNIQUE_VIOLATION) => return Ok(None),
                    done => done.map_err(failed)?,
                };
            }
        }
        facts::say_shards(&mut client, last_records.len())?;
        Ok(Some(Filling { client, warnings }))
    }

    /// Records of a shard's journal, from one on.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn records(&mut self, shard: u8, first: u64, payloads: &[Vec<u8>]) -> Result<(), OpenError> {
        const RECORDS: &str = "
            INSERT INTO inkmeter_records (shard, sequence, epoch, checksum, payload)
            SELECT $1, record.sequence, 0, record.checksum, record.payload
            FROM unnest($2::bigint[], $3::bigint[], $4::bytea[]) AS record (sequence, checksum, payload)";
        let first = i64::try_from(first).map_err(|_| problem("no numbers are left".into()))?;
        let sequences: Vec<i64> = (first..first + payloads.len() as i64).collect();
        let checksums: Vec<i64> = payloads.iter().map(|payload| sum(payload)).collect();
        let shard = i64::from(shard);
        self.client.execute(RECORDS, &[&shard, &sequences, &checksums, &payloads]).map_err(failed)?;
        Ok(())
    }

    /// One of a shard's files, as it is before the first record of its log.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn image(&mut self, what: i64, shard: u8, bytes: &[u8]) -> Result<(), OpenError> {
        images::insert(&mut self.client, PostgresOptions::number(what, shard), 0, bytes).map_err(failed)
    }

    /// Claims the names of a shard's accounts.
    ///
    /// # Errors
    /// [`OpenError::Store`]; another shard has one of them.
    pub fn names(&mut self, shard: u8, names: &[String]) -> Result<(), OpenError> {
        const CLAIM: &str =
            "INSERT INTO inkmeter_names (name, shard) SELECT name, $2 FROM unnest($1::text[]) AS name";
        let names: Vec<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
        self.client.execute(CLAIM, &[&names, &i64::from(shard)]).map_err(failed)?;
        Ok(())
    }

    /// A shard's rulebook, which nodes look at before they take one.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn rulebook(&mut self, shard: u8, text: &str) -> Result<(), OpenError> {
        facts::say_rulebook(&mut self.client, shard, text)
    }

    /// Which `master.key` secrets are sealed with.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn key(&mut self, fingerprint: &str) -> Result<(), OpenError> {
        facts::say_key(&mut self.client, fingerprint)
    }

    /// From here on the books are there.
    ///
    /// # Errors
    /// [`OpenError::Store`]: whether they are is not known then.
    pub fn commit(mut self) -> Result<(), OpenError> {
        self.client.batch_execute("COMMIT").map_err(failed)?;
        self.warnings.take().map_or(Ok(()), |warning| Err(problem(warning)))
    }
}

fn failed(source: postgres::Error) -> OpenError {
    problem(told(&source))
}

fn problem(problem: String) -> OpenError {
    OpenError::Store { doing: FILL, problem }
}
