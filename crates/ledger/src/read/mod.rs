//! The read model: what people query, derived from the journal.
//!
//! A follower goes through the durable records of the journal and writes charges, bills, transactions, usage
//! and history into an SQLite file. The file holds nothing that the journal does not: if it is missing,
//! damaged, of another version, or of another journal, it is rebuilt. How far it has come stands in the file
//! itself and moves in the transaction that writes the rows, so no record is applied twice or left out. Only durable
//! records are applied: a file that is ahead of the journal shows that the journal lost some ([`crate::loss`]).
//!
//! A query first waits until the file has everything that was durable when the query began. A charge that was
//! acknowledged is therefore always found.
//!
//! What this module is not: it decides nothing, and it is not where the balance is asked for. There is one
//! answer to that, the engine's.

mod apply;
mod bill;
mod charge_ids;
mod charges;
mod costs;
mod coupon_payments;
mod draws;
mod follower;
mod history;
mod members;
mod notices;
mod orders;
mod pool;
mod records;
mod rows;
mod schema;
mod settled;
mod transactions;
mod usage;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use parking_lot::Mutex;

use crate::Engine;
use crate::journal::{OpenError, Watermark};
use follower::{Follower, Shared};
use pool::Pool;
use rows::Cells;

pub use bill::{
    Bill, BillRow, BillSummary, BillView, BilledAdjustment, BilledLine, BilledMovement, BilledPackage,
    BilledRefund, ClosedMonth, DrawnCalls, DrawnHour, MonthOfBill, MonthSums, OpenUsage, PackageShare,
    PackageSpread, PackageUse, Payment, Posted, Refunds, Renews, Repaid, ServiceTotals, Totals,
};
pub(crate) use charges::Glance;
pub use charges::{ChargeQuery, ChargeRow};
pub use costs::{CostBy, CostKind, CostQuery, CostRow, Costs, MonthForecast};
pub use coupon_payments::CouponPayment;
pub use draws::DrawRow;
pub use history::HistoryRow;
pub use notices::{NoticeQuery, NoticeRow};
pub use orders::{OrderRow, OrderState};
pub(crate) use schema::{Position, check as check_file, position, set_aside};
pub use settled::{CouponPaid, SettledHour};
pub use transactions::{Transaction, TransactionKind, TransactionQuery};
pub use usage::{UsageBy, UsageRow};

/// The most rows one query gives.
pub const ROWS_LIMIT: usize = 10_000;

/// The read model of one journal. Queries block; they are for threads that may.
pub struct ReadModel {
    path: PathBuf,
    pool: Pool,
    shared: Arc<Shared>,
    watermark: Watermark,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// Why a query has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The journal failed: the process must end and replay, and nothing is read meanwhile.
    #[error("the journal has stopped: {0}")]
    Stopped(String),
    /// The read model cannot follow the journal any more.
    #[error("the read model has stopped following the journal: {0}")]
    Follower(String),
    /// The file has records that the journal does not have: they are lost.
    #[error(transparent)]
    Ahead(#[from] crate::loss::Loss),
    /// The read model was closed while the query waited.
    #[error("the read model is closed")]
    Closed,
    /// There is no such account.
    #[error("there is no such account")]
    UnknownAccount,
    /// A page was asked for after a charge that is not one of this account.
    #[error("there is no such charge to go on after")]
    UnknownCursor,
    /// More rows than one answer may rest on.
    #[error("there are more than {limit} rows; ask for a shorter time")]
    TooMuch {
        /// How many there may be.
        limit: usize,
    },
    /// The file could not be read or written.
    #[error("the read model's file: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The file could not be put in place.
    #[error("{}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A row that this version did not write.
    #[error("the read model's file is damaged: {0}")]
    Damaged(String),
    /// The journal could not be read.
    #[error(transparent)]
    Journal(#[from] OpenError),
    /// A record of the journal does not read as entries.
    #[error("record {sequence}: {detail}")]
    Record {
        /// Which record.
        sequence: u64,
        /// What is wrong with it.
        detail: String,
    },
}

impl ReadModel {
    /// Opens the file at `path`, or makes a new one, and begins to follow the engine's journal.
    ///
    /// # Errors
    /// [`ReadError`] if the file can neither be used nor replaced, or no thread can be started.
    pub fn open(path: &Path, engine: &Engine) -> Result<Arc<ReadModel>, ReadError> {
        let watermark = engine.watermark();
        let (follower, shared) = Follower::open(path, engine.disk(), engine.dir(), watermark.clone())?;
        let thread = std::thread::Builder::new()
            .name("read-model".into())
            .spawn(move || follower.run())
            .map_err(|source| ReadError::File { path: path.into(), source })?;
        Ok(Arc::new(ReadModel {
            path: path.into(),
            pool: Pool::new(path),
            shared,
            watermark,
            thread: Mutex::new(Some(thread)),
        }))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The last record that is in the file.
    pub fn progress(&self) -> u64 {
        self.shared.applied()
    }

    /// Why the file does not follow the journal, if it does not: at the moment, or for good.
    pub fn trouble(&self) -> Option<String> {
        self.shared.trouble()
    }

    /// Blocks until everything that is durable now is in the file.
    ///
    /// # Errors
    /// [`ReadError`] if that will never be.
    pub fn catch_up(&self) -> Result<(), ReadError> {
        if let Some(reason) = self.watermark.stop_reason() {
            return Err(ReadError::Stopped(reason.to_owned()));
        }
        self.shared.wait_for(self.watermark.durable())
    }

    /// Blocks until a record that was appended is durable and in the file.
    pub(crate) fn reach(&self, sequence: u64) -> Result<(), ReadError> {
        self.shared.wait_for(sequence)
    }

    /// Has `hook` called whenever new notices can be read, by the thread that follows the journal: it must be
    /// quick. The first hook stays.
    pub fn when_noticed(&self, hook: impl Fn() + Send + Sync + 'static) {
        self.shared.when_noticed(Box::new(hook));
    }

    /// Ends the follower; queries that need more than is in the file fail from now on.
    pub fn close(&self) {
        self.shared.leave();
        self.watermark.nudge();
        if let Some(thread) = self.thread.lock().take() {
            // A follower that panicked has left its reason behind, see `Follower::drop`.
            let _ = thread.join();
        }
    }

    /// Catches up, then asks one question in one transaction, so that all its answers are of one moment.
    fn query<T>(
        &self,
        ask: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        self.catch_up()?;
        self.pool.with(ask)
    }
}

impl Drop for ReadModel {
    fn drop(&mut self) {
        self.close();
    }
}

impl std::fmt::Debug for ReadModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReadModel").field("path", &self.path).finish_non_exhaustive()
    }
}
