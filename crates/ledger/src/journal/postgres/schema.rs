//! The journal's tables in PostgreSQL, and how they came to be.

use postgres::error::SqlState;
use postgres::{Client, GenericClient};

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
    CREATE TABLE inkmeter_facts (
        name text PRIMARY KEY,
        value text NOT NULL
    );
    CREATE TABLE inkmeter_leases (
        name text PRIMARY KEY,
        holder text NOT NULL,
        until timestamptz NOT NULL
    );",
    "
    CREATE TABLE inkmeter_nodes (
        name text PRIMARY KEY,
        address text NOT NULL,
        takes boolean NOT NULL,
        until timestamptz NOT NULL
    );
    CREATE TABLE inkmeter_names (
        name text PRIMARY KEY,
        shard bigint NOT NULL
    );",
];

/// The version that this program knows.
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;

/// How often it is tried again when somebody else makes the tables at the same time.
const TRIES: u32 = 5;

/// Brings the tables up to date, and says of which version they were. Where they are, nothing is made: a role that may not
/// make tables can use them.
pub(super) fn prepare(client: &mut Client) -> Result<i64, postgres::Error> {
    let mut tries = 1;
    loop {
        match look_or_make(client) {
            Err(problem) if tries < TRIES && is_of_another(&problem) => tries += 1,
            done => return done,
        }
    }
}

fn look_or_make(client: &mut Client) -> Result<i64, postgres::Error> {
    let known = client.query_one("SELECT to_regclass('inkmeter_schema') IS NOT NULL", &[])?;
    if known.get(0) {
        let version = version(client)?;
        if version >= VERSION {
            return Ok(version);
        }
    }
    let mut transaction = client.transaction()?;
    transaction.batch_execute(
        "CREATE TABLE IF NOT EXISTS inkmeter_schema (version bigint PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())",
    )?;
    let version = version(&mut transaction)?;
    let applied = usize::try_from(version).unwrap_or(0);
    for (step, version) in MIGRATIONS.iter().zip(1_i64..).skip(applied) {
        transaction.batch_execute(step)?;
        transaction.execute("INSERT INTO inkmeter_schema (version) VALUES ($1)", &[&version])?;
    }
    transaction.commit()?;
    Ok(version)
}

fn version(client: &mut impl GenericClient) -> Result<i64, postgres::Error> {
    let row = client.query_one("SELECT coalesce(max(version), 0) FROM inkmeter_schema", &[])?;
    Ok(row.get(0))
}

/// Whether somebody else has just made what was to be made.
fn is_of_another(problem: &postgres::Error) -> bool {
    [&SqlState::UNIQUE_VIOLATION, &SqlState::DUPLICATE_TABLE, &SqlState::DUPLICATE_OBJECT]
        .into_iter()
        .any(|state| problem.code() == Some(state))
}
