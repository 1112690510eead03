//! Where the books of one history are kept, and how they are opened again after whatever happened.
//!
//! Embedded: a journal on a faulty disk in memory. PostgreSQL: a real database, one shard of it for each history, and the
//! copy of its records on such a disk. The read model is a real SQLite file in both.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use ledger::journal::postgres::PostgresOptions;
use ledger::journal::{Disk, EmbeddedOptions, Fill, GroupCommitOptions};
use ledger::{Engine, EngineError, EngineOptions, Recovery};
use postgres::{Client, NoTls};

use crate::cluster::Cluster;
use crate::gate::GatedDisk;
use crate::world::World;

/// Which journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The log on a local disk.
    Embedded,
    /// The rows in PostgreSQL.
    Postgres,
}

impl Kind {
    /// As the command line has it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Embedded => "embedded",
            Kind::Postgres => "postgres",
        }
    }
}

/// What histories are kept in.
pub enum Place {
    /// In memory.
    Memory,
    /// In a database.
    Database {
        /// The cluster, which goes with this.
        cluster: Cluster,
        /// The shard of the next history.
        next_shard: AtomicI64,
    },
}

impl Place {
    /// Begins; a database is started.
    ///
    /// # Errors
    /// The database cannot be started.
    pub fn begin(kind: Kind) -> Result<Place, String> {
        match kind {
            Kind::Embedded => Ok(Place::Memory),
            Kind::Postgres => {
                Ok(Place::Database { cluster: Cluster::start()?, next_shard: AtomicI64::new(0) })
            }
        }
    }

    /// Which journal.
    pub fn kind(&self) -> Kind {
        match self {
            Place::Memory => Kind::Embedded,
            Place::Database { .. } => Kind::Postgres,
        }
    }

    /// Room for one history.
    ///
    /// # Errors
    /// No folder can be made.
    pub fn store(&self, world: &World) -> Result<Store, String> {
        let folder = folder("sim").map_err(|error| format!("no folder can be made: {error}"))?;
        let database = match self {
            Place::Memory => None,
            Place::Database { cluster, next_shard } => Some(PostgresOptions {
                database: cluster.database(),
                shard: next_shard.fetch_add(1, Ordering::SeqCst),
            }),
        };
        Ok(Store { folder, database, segment_bytes: world.segment_bytes, machines: 0 })
    }
}

/// A folder of its own, in memory if that can be had.
pub(crate) fn folder(prefix: &str) -> std::io::Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    let builder = builder.prefix(prefix);
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { builder.tempdir_in(memory) } else { builder.tempdir() }
}

/// Where one history is kept.
pub struct Store {
    folder: tempfile::TempDir,
    database: Option<PostgresOptions>,
    segment_bytes: u64,
    machines: u32,
}

/// A machine on which the books are opened: its disk, and its read model.
#[derive(Clone)]
pub struct Machine {
    /// The disk.
    pub disk: GatedDisk,
    /// The read model's file.
    pub read_db: PathBuf,
}

/// Where the journal lies on every machine's disk.
pub const DIR: &str = "data/journal";

impl Store {
    /// Which journal.
    pub fn kind(&self) -> Kind {
        if self.database.is_some() { Kind::Postgres } else { Kind::Embedded }
    }

    /// A machine that has nothing yet.
    pub fn machine(&mut self) -> Machine {
        self.machines += 1;
        let read_db = self.folder.path().join(format!("read-{}.db", self.machines));
        Machine { disk: GatedDisk::default(), read_db }
    }

    /// Opens the books on a machine.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub fn open(&self, machine: &Machine, world: &World) -> Result<(Engine, Recovery), EngineError> {
        let options = EngineOptions {
            dir: DIR.into(),
            disk: Arc::new(machine.disk.process()) as Arc<dyn Disk>,
            journal: EmbeddedOptions {
                shard: 0,
                epoch: 1,
                first_segment_bytes: self.segment_bytes,
                segment_bytes: self.segment_bytes,
                fill: Fill::Inline,
            },
            commit: GroupCommitOptions::default(),
            database: self.database.clone(),
            read_db: world.reads.then(|| machine.read_db.clone()),
        };
        Engine::open(options, Arc::clone(&world.rules))
    }

    /// Ends every connection to the database.
    ///
    /// # Errors
    /// The database does not answer.
    pub fn cut_connections(&self) -> Result<(), String> {
        const CUT: &str = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
            WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'";
        let Some(options) = &self.database else { return Ok(()) };
        let mut client = Client::connect(&options.database, NoTls).map_err(|error| error.to_string())?;
        client.query(CUT, &[]).map_err(|error| error.to_string())?;
        Ok(())
    }

    /// Throws away what the database has of this history.
    pub fn forget(&self) {
        let Some(options) = &self.database else { return };
        let Ok(mut client) = Client::connect(&options.database, NoTls) else { return };
        for table in ["inkmeter_records", "inkmeter_shards"] {
            let _ = client.execute(&format!("DELETE FROM {table} WHERE shard = $1"), &[&options.shard]);
        }
    }
}
