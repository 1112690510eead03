//! Where things lie in a data folder.

use std::path::PathBuf;

use ledger::EngineOptions;
use ledger::rulebook;

use crate::shard::Shard;

/// Where things lie in a data folder.
#[derive(Debug, Clone)]
pub struct DataDir(pub PathBuf);

impl DataDir {
    /// Where those of a shard lie, of which the first one is at home in the data folder itself.
    pub fn of_shard(&self, shard: Shard) -> DataDir {
        if shard == Shard::FIRST {
            self.clone()
        } else {
            DataDir(self.0.join("shards").join(shard.to_string()))
        }
    }

    /// The shards of which there is something here, in order.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn shards(&self) -> std::io::Result<Vec<Shard>> {
        let others = self.0.join("shards");
        let mut shards: Vec<Shard> = [Shard::FIRST].into_iter().filter(|_| self.journal().exists()).collect();
        if others.exists() {
            for entry in std::fs::read_dir(others)? {
                let name = entry?.file_name();
                shards.extend(name.to_str().and_then(|name| name.parse().ok()).map(Shard));
            }
        }
        shards.sort_unstable();
        Ok(shards)
    }

    /// The journal and its snapshots.
    pub fn journal(&self) -> PathBuf {
        self.0.join("journal")
    }

    /// How the engine is opened on them.
    pub(crate) fn engine(&self) -> EngineOptions {
        EngineOptions { read_db: Some(self.read_db()), ..EngineOptions::new(self.journal()) }
    }

    /// Where bills are written before they are sent. Files there have no names and go with the process.
    pub fn exports(&self) -> PathBuf {
        self.0.join("exports")
    }

    /// What people query, derived from the journal.
    pub fn read_db(&self) -> PathBuf {
        self.0.join("read.db")
    }

    /// Who is who.
    pub fn directory_db(&self) -> PathBuf {
        self.0.join("directory.db")
    }

    /// What is to be told to whom, and what became of it.
    pub fn outbox_db(&self) -> PathBuf {
        self.0.join("outbox.db")
    }

    /// The key that seals secret keys.
    pub fn master_key(&self) -> PathBuf {
        self.0.join("master.key")
    }

    /// The prices and policies that were ever in force.
    pub fn rulebook(&self) -> PathBuf {
        self.0.join(rulebook::FILE_NAME)
    }

    /// The operator's token.
    pub fn operator_token(&self) -> PathBuf {
        self.0.join("operator.token")
    }

    /// What opens the metrics, and nothing else.
    pub fn metrics_token(&self) -> PathBuf {
        self.0.join("metrics.token")
    }

    /// Says that the books are elsewhere, and this folder has copies; see [`crate::database`].
    pub fn copy_marker(&self) -> PathBuf {
        self.0.join("database.copy")
    }

    /// The configuration.
    pub fn config(&self) -> PathBuf {
        self.0.join("config.toml")
    }

    /// What time it is by the manual clock.
    pub fn clock(&self) -> PathBuf {
        self.0.join("clock")
    }

    /// Where the running server listens.
    pub fn address(&self) -> PathBuf {
        self.0.join("server.address")
    }

    /// Models and runtimes, unless configured elsewhere: `INKMETER_MODELS`, or a folder of their own.
    pub fn models(&self) -> PathBuf {
        let named = std::env::var_os("INKMETER_MODELS").filter(|dir| !dir.is_empty());
        named.map_or_else(|| self.0.join("models"), PathBuf::from)
    }
}
