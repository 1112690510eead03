//! Images of a file whose changes are records of a shard: where reading begins, so that what came before can go.

use postgres::GenericClient;

use super::{PAGE_RECORDS, PostgresJournal, Shard, sum, told};
use crate::journal::{AppendError, OpenError};

/// An image lies in rows of so many bytes.
const PART_BYTES: usize = 1 << 20;

/// A file as it was after a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Which record.
    pub sequence: u64,
    /// What is in the file.
    pub bytes: Vec<u8>,
}

impl PostgresJournal {
    /// The latest image, if there is one.
    ///
    /// # Errors
    /// [`OpenError::Store`]: it cannot be read, or is damaged.
    pub fn image(&mut self) -> Result<Option<Image>, OpenError> {
        self.store.image()
    }

    /// Keeps an image as of a record, in place of earlier ones and of the records up to that.
    ///
    /// # Errors
    /// As [`Journal::append`](crate::journal::Journal::append); the journal goes on if it is another's by now, so that
    /// its next record tells.
    pub fn keep_image(&mut self, sequence: u64, bytes: &[u8]) -> Result<(), AppendError> {
        let replaced = || AppendError::Fenced("another owner has taken over".into());
        let kept = keep(self, sequence, bytes).map_err(|problem| AppendError::Store(told(&problem)))?;
        if let Some(warning) = self.store.warnings.take() {
            return Err(AppendError::Store(warning));
        }
        if kept { Ok(()) } else { Err(replaced()) }
    }
}

impl Shard {
    pub(super) fn image(&mut self) -> Result<Option<Image>, OpenError> {
        const LATEST: &str = "SELECT max(sequence) FROM inkmeter_images WHERE shard = $1";
        const PARTS: &str = "SELECT part, checksum, payload FROM inkmeter_images
            WHERE shard = $1 AND sequence = $2 AND part >= $3 ORDER BY part LIMIT $4";
        let store = |source: postgres::Error| OpenError::store("read an image", &source);
        let damaged = |problem: String| OpenError::Store { doing: "read an image", problem };
        let row = self.client.query_one(LATEST, &[&self.shard]).map_err(store)?;
        let Some(sequence) = row.get::<_, Option<i64>>(0) else { return Ok(None) };
        let mut bytes = Vec::new();
        let mut next = 0;
        loop {
            let values: [&(dyn postgres::types::ToSql + Sync); 4] =
                [&self.shard, &sequence, &next, &PAGE_RECORDS];
            let rows = self.client.query(PARTS, &values).map_err(store)?;
            for row in &rows {
                let (part, checksum, payload): (i64, i64, Vec<u8>) = (row.get(0), row.get(1), row.get(2));
                if part != next || checksum != sum(&payload) {
                    return Err(damaged(format!("part {next} is missing or damaged")));
                }
                bytes.extend_from_slice(&payload);
                next += 1;
            }
            if rows.is_empty() {
                break;
            }
        }
        let sequence = u64::try_from(sequence).map_err(|_| damaged("it has no number".into()))?;
        Ok(Some(Image { sequence, bytes }))
    }
}

/// False if another has taken over; nothing is changed then.
fn keep(journal: &mut PostgresJournal, sequence: u64, bytes: &[u8]) -> Result<bool, postgres::Error> {
    const STAY: &str =
        "UPDATE inkmeter_shards SET next_sequence = next_sequence WHERE shard = $1 AND epoch = $2";
    let shard = journal.store.shard;
    let mut transaction = journal.store.client.transaction()?;
    if transaction.execute(STAY, &[&shard, &journal.epoch])? != 1 {
        return Ok(false);
    }
    transaction.execute("DELETE FROM inkmeter_images WHERE shard = $1", &[&shard])?;
    insert(&mut transaction, shard, sequence, bytes)?;
    let sequence = i64::try_from(sequence).unwrap_or(i64::MAX);
    let before = "DELETE FROM inkmeter_records WHERE shard = $1 AND sequence <= $2";
    transaction.execute(before, &[&shard, &sequence])?;
    transaction.commit()?;
    Ok(true)
}

/// Puts an image into its table.
pub(super) fn insert(
    client: &mut impl GenericClient,
    shard: i64,
    sequence: u64,
    bytes: &[u8],
) -> Result<(), postgres::Error> {
    const PART: &str = "INSERT INTO inkmeter_images (shard, sequence, part, checksum, payload)
        VALUES ($1, $2, $3, $4, $5)";
    let sequence = i64::try_from(sequence).unwrap_or(i64::MAX);
    let part = client.prepare(PART)?;
    for (number, payload) in (0_i64..).zip(bytes.chunks(PART_BYTES)) {
        client.execute(&part, &[&shard, &sequence, &number, &sum(payload), &payload])?;
    }
    Ok(())
}
