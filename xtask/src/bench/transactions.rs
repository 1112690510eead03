//! The baseline: a transaction for each charge in PostgreSQL, in the two ways in which one writes it.
//!
//! The usual one looks before it decides: it begins, locks and reads the account, changes it, inserts the charge with the
//! request's id as its key, and commits: five statements, prepared where that is possible, each sent when the one before
//! is answered. The other one is what is left if all of that is folded into a single statement, in autocommit. Both go
//! over a Unix socket, and either way a charge costs one durable commit, which PostgreSQL groups among connections.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::task::JoinSet;
use tokio_postgres::{Client, Statement};
use uuid::Uuid;

use super::drive::percentile_us;
use super::postgres::Postgres;

const ACCOUNTS: i64 = 10_000;
/// What each account has at the beginning, in the smallest unit.
const BALANCE: i64 = 1_000_000_000_000;
const PRICE: i64 = 5_000_000;

const SCHEMA: &str = "
    CREATE TABLE accounts (
        id bigint PRIMARY KEY,
        balance bigint NOT NULL,
        lot_left bigint NOT NULL,
        frozen boolean NOT NULL DEFAULT false
    ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.2);
    CREATE TABLE charges (
        request_id uuid PRIMARY KEY,
        account bigint NOT NULL,
        amount bigint NOT NULL,
        lot_left bigint NOT NULL,
        at timestamptz NOT NULL DEFAULT now()
    );";

/// Draws on the account's package while it lasts, then on its balance; and writes the charge.
const CHARGE: &str = "
    WITH drawn AS (
        UPDATE accounts SET
            lot_left = CASE WHEN lot_left > 0 THEN lot_left - 1 ELSE 0 END,
            balance = CASE WHEN lot_left > 0 THEN balance ELSE balance - $3 END
        WHERE id = $1 AND NOT frozen AND (lot_left > 0 OR balance >= $3)
        RETURNING id, lot_left
    )
    INSERT INTO charges (request_id, account, amount, lot_left)
    SELECT $2, id, $3, lot_left FROM drawn";

/// The same in steps.
const LOOK: &str = "SELECT balance, lot_left, frozen FROM accounts WHERE id = $1 FOR UPDATE";
const CHANGE: &str = "UPDATE accounts SET balance = $2, lot_left = $3 WHERE id = $1";
const INSERT: &str = "INSERT INTO charges (request_id, account, amount, lot_left) VALUES ($1, $2, $3, $4)";

/// How a charge is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As a transaction that looks before it decides.
    Steps,
    /// As one statement.
    Statement,
}

/// Whom charges are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// Accounts in no order.
    All,
    /// One.
    One,
}

/// How fast PostgreSQL charged with one number of connections.
#[derive(Debug, Clone, Copy)]
pub struct PostgresRun {
    /// Connections, each with one charge under way at any time.
    pub connections: usize,
    /// Durable charges per second.
    pub charges_per_s: f64,
    /// Median time of a charge, in microseconds.
    pub p50_us: f64,
    /// 99th percentile, in microseconds.
    pub p99_us: f64,
}

/// Every run.
#[derive(Debug, Clone)]
pub struct PostgresResult {
    /// The server's version, as it says.
    pub version: String,
    /// One run per number of connections.
    pub runs: Vec<PostgresRun>,
}

impl PostgresResult {
    /// The fastest run.
    pub fn best(&self) -> Option<PostgresRun> {
        self.runs.iter().copied().max_by(|a, b| a.charges_per_s.total_cmp(&b.charges_per_s))
    }
}

impl Postgres {
    /// Charges for `length` with each number of connections, and returns what came of it. The sums in the database are
    /// compared with what was acknowledged.
    ///
    /// # Errors
    ///
    /// If the server fails, or the sums are wrong.
    pub async fn measure(
        &mut self,
        connections: &[usize],
        (form, spread): (Form, Spread),
        length: Duration,
    ) -> Result<PostgresResult> {
        let admin = self.connect_patiently().await?;
        let version = admin.query_one("SHOW server_version", &[]).await?.get(0);
        let mut runs = Vec::new();
        for &count in connections {
            runs.push(self.measure_one(&admin, count, (form, spread), length).await?);
        }
        Ok(PostgresResult { version, runs })
    }

    async fn measure_one(
        &self,
        admin: &Client,
        connections: usize,
        (form, spread): (Form, Spread),
        length: Duration,
    ) -> Result<PostgresRun> {
        admin.batch_execute("DROP TABLE IF EXISTS accounts, charges").await?;
        admin.batch_execute(SCHEMA).await?;
        // Half of the accounts begin with a package, as real ones do.
        admin
            .execute(
                "INSERT INTO accounts SELECT id, $1, CASE WHEN id % 2 = 0 THEN 1000 ELSE 0 END
                 FROM generate_series(1, $2::bigint) id",
                &[&BALANCE, &ACCOUNTS],
            )
            .await?;
        let lots_before: i64 =
            admin.query_one("SELECT sum(lot_left)::bigint FROM accounts", &[]).await?.get(0);
        // One by one: VACUUM runs in no transaction.
        for statement in ["VACUUM ANALYZE accounts", "CHECKPOINT"] {
            admin.batch_execute(statement).await?;
        }

        let warm_up = length / 5;
        let begin = Instant::now();
        let mut callers = JoinSet::new();
        for caller in 0..connections {
            let client = self.connect().await?;
            let charges = Charges::prepare(client, caller as u64, form, spread).await?;
            callers.spawn(charges.make(begin + warm_up, begin + warm_up + length));
        }
        let (mut charged, mut latencies) = (0, Vec::new());
        while let Some(caller) = callers.join_next().await {
            let (total, timed) = caller.context("a caller panicked")??;
            charged += total;
            latencies.extend(timed);
        }

        let row = admin
            .query_one(
                "SELECT count(*), coalesce(sum(amount) FILTER (WHERE amount <> $1), 0)::bigint FROM charges",
                &[&PRICE],
            )
            .await?;
        let (rows, odd): (i64, i64) = (row.get(0), row.get(1));
        let row = admin
            .query_one("SELECT sum(balance)::numeric::text, sum(lot_left)::bigint FROM accounts", &[])
            .await?;
        let (balance, lots): (String, i64) = (row.get(0), row.get(1));
        let from_lots = lots_before - lots;
        let expected =
            i128::from(ACCOUNTS) * i128::from(BALANCE) - i128::from(rows - from_lots) * i128::from(PRICE);
        ensure!(
            rows == charged && odd == 0 && balance.parse() == Ok(expected) && from_lots >= 0,
            "PostgreSQL's sums are wrong: {rows} rows for {charged} charges, balance {balance}, expected {expected}"
        );
        latencies.sort_unstable();
        Ok(PostgresRun {
            connections,
            charges_per_s: latencies.len() as f64 / length.as_secs_f64(),
            p50_us: percentile_us(&latencies, 50),
            p99_us: percentile_us(&latencies, 99),
        })
    }
}

/// One connection, and the charges it makes.
struct Charges {
    client: Client,
    caller: u64,
    spread: Spread,
    how: How,
}

enum How {
    Steps { look: Statement, change: Statement, insert: Statement },
    Statement(Statement),
}

impl Charges {
    async fn prepare(client: Client, caller: u64, form: Form, spread: Spread) -> Result<Charges> {
        let how = match form {
            Form::Statement => How::Statement(client.prepare(CHARGE).await?),
            Form::Steps => How::Steps {
                look: client.prepare(LOOK).await?,
                change: client.prepare(CHANGE).await?,
                insert: client.prepare(INSERT).await?,
            },
        };
        Ok(Charges { client, caller, spread, how })
    }

    /// How many were acknowledged, and how long those between the instants took.
    async fn make(mut self, from: Instant, until: Instant) -> Result<(i64, Vec<u32>)> {
        let (mut charged, mut timed) = (0, Vec::new());
        loop {
            let start = Instant::now();
            if start >= until {
                return Ok((charged, timed));
            }
            // Time-ordered ids, the kind that is easiest on the index; accounts in a scattered order.
            let id = Uuid::from_u64_pair(charged as u64, self.caller);
            let scattered = (charged as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
                ^ self.caller.wrapping_mul(0xd1b5_4a32_d192_ed03);
            let account = match self.spread {
                Spread::One => 1,
                Spread::All => 1 + ((scattered >> 32) % ACCOUNTS as u64) as i64,
            };
            let written = self.one(account, id).await?;
            ensure!(written == 1, "a charge was refused though there is money");
            charged += 1;
            let end = Instant::now();
            if start >= from && end <= until {
                timed.push(u32::try_from((end - start).as_nanos()).unwrap_or(u32::MAX));
            }
        }
    }

    /// How many rows were written: one, if there is money.
    async fn one(&mut self, account: i64, id: Uuid) -> Result<u64> {
        let (look, change, insert) = match &self.how {
            How::Statement(charge) => {
                return Ok(self.client.execute(charge, &[&account, &id, &PRICE]).await?);
            }
            How::Steps { look, change, insert } => (look, change, insert),
        };
        let transaction = self.client.transaction().await?;
        let row = transaction.query_one(look, &[&account]).await?;
        let (balance, lot_left, is_frozen): (i64, i64, bool) = (row.get(0), row.get(1), row.get(2));
        let (balance_after, lot_left_after) = match lot_left {
            0 => (balance - PRICE, 0),
            _ => (balance, lot_left - 1),
        };
        if is_frozen || balance_after < 0 {
            return Ok(0);
        }
        transaction.execute(change, &[&account, &balance_after, &lot_left_after]).await?;
        let written = transaction.execute(insert, &[&id, &account, &PRICE, &lot_left_after]).await?;
        transaction.commit().await?;
        Ok(written)
    }
}
