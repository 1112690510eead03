//! The nodes of a database, and which of them has which shard: each says now and then that it is there, and renews the
//! leases it has.
//!
//! As with servers that take turns ([`super::lease`]), a lease keeps nodes from taking shards from each other, and nothing
//! more. No clock but the database's own is compared with anything.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use postgres::Client;

use super::lease::{GIVE_BACK, TAKE, lease_of};
use super::{OpenError, Shard, told};

/// A node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// A name that no other process has.
    pub name: String,
    /// Where other nodes reach it: a host and a port.
    pub address: String,
    /// Whether it takes shards: one that leaves does not, nor one that could not open any.
    pub takes: bool,
}

/// What a node learns whenever it says that it is there.
#[derive(Debug, Clone)]
pub struct Beat {
    /// The nodes there are, this one too, by name.
    pub nodes: Vec<Node>,
    /// The name of the node that has each shard, if one has it.
    pub holders: Vec<Option<String>>,
    /// Until then what was renewed is ours, by our own clock that only goes on: somewhat shorter than in the database.
    pub until: Instant,
}

/// A connection that says that a node is there, and asks for shards.
pub struct Registry {
    database: String,
    client: Client,
    own: Node,
    shards: u8,
    length: Duration,
}

impl Registry {
    /// Connects. A node that says nothing for `length` is gone.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn connect(database: &str, own: Node, shards: u8, length: Duration) -> Result<Registry, OpenError> {
        let (client, _) = Shard::client(database, length)?;
        Ok(Registry { database: database.to_owned(), client, own, shards, length })
    }

    /// Connects again, after an error.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn reconnect(&mut self) -> Result<(), OpenError> {
        (self.client, _) = Shard::client(&self.database, self.length)?;
        Ok(())
    }

    /// Says that this node is there and whether it takes shards, makes the leases on these longer where it has them, and looks
    /// around.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn beat(&mut self, shards: &[u8], takes: bool) -> Result<Beat, OpenError> {
        const HERE: &str = "
            INSERT INTO inkmeter_nodes (name, address, until, takes)
            VALUES ($1, $2, now() + $3 * interval '1 millisecond', $4)
            ON CONFLICT (name) DO UPDATE
            SET address = excluded.address, until = excluded.until, takes = excluded.takes";
        const FORGET: &str = "DELETE FROM inkmeter_nodes WHERE until < now() - interval '1 hour'";
        const RENEW: &str = "UPDATE inkmeter_leases SET until = now() + $3 * interval '1 millisecond'
            WHERE holder = $1 AND name = ANY($2)";
        const NODES: &str =
            "SELECT name, address, takes FROM inkmeter_nodes WHERE until > now() ORDER BY name";
        const HOLDERS: &str = "SELECT name, holder FROM inkmeter_leases WHERE until > now()";
        let failed = |source: postgres::Error| OpenError::Store {
            doing: "say that a node is there",
            problem: told(&source),
        };
        let asked_at = Instant::now();
        let length_ms = self.length_ms();
        let names: Vec<String> = shards.iter().map(|shard| lease_of(*shard)).collect();
        self.client
            .execute(HERE, &[&self.own.name, &self.own.address, &length_ms, &takes])
            .map_err(failed)?;
        self.client.execute(RENEW, &[&self.own.name, &names, &length_ms]).map_err(failed)?;
        self.client.execute(FORGET, &[]).map_err(failed)?;
        let rows = self.client.query(NODES, &[]).map_err(failed)?;
        let nodes = rows
            .iter()
            .map(|row| Node { name: row.get(0), address: row.get(1), takes: row.get(2) })
            .collect();
        let rows = self.client.query(HOLDERS, &[]).map_err(failed)?;
        let mut by_lease: HashMap<String, String> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let holders = (0..self.shards).map(|shard| by_lease.remove(&lease_of(shard))).collect();
        Ok(Beat { nodes, holders, until: asked_at + self.length })
    }

    /// Takes the lease on a shard if nobody has it. Until when it is ours, or `None`.
    ///
    /// # Errors
    /// [`OpenError::Store`].
    pub fn take(&mut self, shard: u8) -> Result<Option<Instant>, OpenError> {
        let failed =
            |source: postgres::Error| OpenError::Store { doing: "take a shard", problem: told(&source) };
        let asked_at = Instant::now();
        let length_ms = self.length_ms();
        let taken =
            self.client.execute(TAKE, &[&lease_of(shard), &self.own.name, &length_ms]).map_err(failed)?;
        Ok((taken == 1).then_some(asked_at + self.length))
    }

    /// Gives a shard back: whoever takes it need not wait.
    ///
    /// # Errors
    /// [`OpenError::Store`]: its lease ends by itself.
    pub fn give_back(&mut self, shard: u8) -> Result<(), OpenError> {
        let failed =
            |source: postgres::Error| OpenError::Store { doing: "give a shard back", problem: told(&source) };
        self.client.execute(GIVE_BACK, &[&lease_of(shard), &self.own.name]).map_err(failed)?;
        Ok(())
    }

    /// Says that this node goes.
    ///
    /// # Errors
    /// [`OpenError::Store`]: others find out by themselves.
    pub fn leave(&mut self) -> Result<(), OpenError> {
        const GONE: &str = "DELETE FROM inkmeter_nodes WHERE name = $1";
        let failed = |source: postgres::Error| OpenError::Store { doing: "leave", problem: told(&source) };
        self.client.execute(GONE, &[&self.own.name]).map_err(failed)?;
        Ok(())
    }

    fn length_ms(&self) -> f64 {
        f64::from(u32::try_from(self.length.as_millis()).unwrap_or(u32::MAX))
    }
}
