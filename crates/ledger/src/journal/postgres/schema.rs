//! The journal's tables in PostgreSQL, and how they came to be.

use postgres::Client;

/// Entry `n` brings the tables from version `n` to `n + 1`. Entries are only ever added.
const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE inkmeter_shards (
        shard bigint PRIMARY KEY,
        epoch bigint NOT NULL,
        next_sequence bigint NOT NULL
    );
    CREATE TABLE inkmeter_records (
        shard bigint NOT NULL,
        sequence bigint NOT NULL,
        epoch bigint NOT NULL,
        checksum bigint NOT NULL,
        payload bytea NOT NULL,
        PRIMARY KEY (shard, sequence)
    );",
    "
    CREATE TABLE inkmeter_images (
        shard bigint NOT NULL,
        sequence bigint NOT NULL,
        part bigint NOT NULL,
        checksum bigint NOT NULL,
        payload bytea NOT NULL,
        PRIMARY KEY (shard, sequence, part)
    );
    CREATE TABLE inkmeter_leases (
        name text PRIMARY KEY,
        holder text NOT NULL,
        until timestamptz NOT NULL
    );",
];

/// The version that this program knows.
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;

/// Brings the tables up to date, and says of which version they were. Of two that do so at once one fails, and finds them
/// the next time.
pub(super) fn prepare(client: &mut Client) -> Result<i64, postgres::Error> {
    let mut transaction = client.transaction()?;
    transaction.batch_execute(
        "CREATE TABLE IF NOT EXISTS inkmeter_schema (version bigint PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())",
    )?;
    let row = transaction.query_one("SELECT coalesce(max(version), 0) FROM inkmeter_schema", &[])?;
    let version: i64 = row.get(0);
    let applied = usize::try_from(version).unwrap_or(0);
    for (step, version) in MIGRATIONS.iter().zip(1_i64..).skip(applied) {
        transaction.batch_execute(step)?;
        transaction.execute("INSERT INTO inkmeter_schema (version) VALUES ($1)", &[&version])?;
    }
    transaction.commit()?;
    Ok(version)
}
