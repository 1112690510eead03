//! A process: how it begins, how it ends, and how the books are found by the next one.

use std::sync::Arc;

use charging::Timestamp;
use ledger::meter::Meter;
use ledger::read::{ChargeQuery, ReadModel};
use ledger::verify::{VerifyOptions, verify};
use ledger::{Engine, snapshot};

use super::Stage;
use crate::auditor::{Finding, finding};

/// One process.
pub(super) struct Life {
    pub meter: Option<Meter>,
    pub read: Option<Arc<ReadModel>>,
    pub engine: Arc<Engine>,
}

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It closes its books.
    Clean,
    /// It dies, and the machine goes on.
    Killed,
    /// The machine goes down with it.
    PowerLost,
}

impl Life {
    /// It does nothing any more.
    pub fn end(self) {
        let Life { meter, read, engine } = self;
        drop(meter);
        if let Some(read) = read {
            read.close();
        }
        drop(engine);
    }
}

impl Stage<'_> {
    /// Opens the books, and has them looked at from outside.
    pub(super) fn begin_life(&mut self, without_reads: bool) -> Result<(), Finding> {
        let machine = self.machines[self.machine].clone();
        if without_reads {
            for suffix in ["", "-wal", "-shm"] {
                let mut file = machine.read_db.clone().into_os_string();
                file.push(suffix);
                let _ = std::fs::remove_file(file);
            }
        }
        let opened = match self.store.open(&machine, self.world) {
            Err(error) if self.is_armed => {
                self.note(format!("       not opened: {error}"));
                machine.disk.crash(self.random.number());
                self.store.open(&machine, self.world)
            }
            opened => opened,
        };
        // Whatever was to fail has failed.
        machine.disk.faulty.heal();
        self.is_armed = false;
        self.is_over = false;
        let (engine, recovery) =
            opened.map_err(|error| finding("journal", format!("not opened: {error}")))?;
        self.lives += 1;
        let engine = Arc::new(engine);
        self.note(format!("       opened with {} records, {} bytes torn", recovery.last, recovery.cut_bytes));
        let disk = engine.disk();
        self.life = Some(Life { meter: None, read: None, engine: Arc::clone(&engine) });
        self.auditor.read_again(&disk, engine.dir(), recovery.last)?;
        self.check_unchecked()?;
        self.auditor.opened_again()?;
        let latest = engine.latest().ms();
        if latest != self.auditor.latest() {
            let detail = format!("it is {latest}, and the books say {}", self.auditor.latest());
            return Err(finding("time", detail));
        }
        self.business = latest;
        self.metered = latest;
        if self.world.reads {
            let read = ReadModel::open(&machine.read_db, &engine);
            let read = read.map_err(|error| finding("replay", format!("the read model: {error}")))?;
            let meter = Meter::new(Arc::clone(&engine), Arc::clone(&read));
            self.life = Some(Life { meter: Some(meter), read: Some(read), engine });
        }
        self.verify()
    }

    /// Looks at the answers that came while the disk was gone.
    pub(super) fn check_unchecked(&mut self) -> Result<(), Finding> {
        for (step, about, said) in std::mem::take(&mut self.unchecked) {
            let looked_at = self.auditor.answered(&about, &said);
            looked_at.map_err(|found| finding(found.law, format!("(of step {step}) {}", found.detail)))?;
        }
        Ok(())
    }

    /// Ends the process and begins the next one.
    pub(super) fn end_life(&mut self, end: End) -> Result<(), Finding> {
        self.finish(end)?;
        self.begin_life(false)
    }

    /// A clean end, and a beginning that may lack the read model.
    pub(super) fn restart(&mut self, without_reads: bool) -> Result<(), Finding> {
        self.finish(End::Clean)?;
        self.begin_life(without_reads)
    }

    fn finish(&mut self, end: End) -> Result<(), Finding> {
        let disk = self.machines[self.machine].disk.clone();
        match end {
            End::Clean => {
                self.release()?;
                let closed = self.life.as_ref().map(|life| life.engine.close());
                if closed.is_some_and(|closed| closed.is_err()) && !self.is_armed {
                    return Err(finding("journal", "it cannot be closed"));
                }
            }
            // Whoever waits at the gate finds that it has died.
            End::Killed => disk.kill(),
            End::PowerLost => {}
        }
        self.let_through()?;
        if let Some(life) = self.life.take() {
            life.end();
        }
        if end == End::PowerLost {
            disk.crash(self.random.number());
        }
        Ok(())
    }

    /// Ends everything, wherever it is.
    pub(super) fn leave(&mut self) {
        for machine in &self.machines {
            machine.disk.kill();
            machine.disk.gate.open();
        }
        self.flights.clear();
        if let Some(life) = self.life.take() {
            life.end();
        }
    }

    pub(super) fn snapshot(&mut self) -> Result<(), Finding> {
        self.release()?;
        let Some(life) = &self.life else { return Ok(()) };
        let engine = &life.engine;
        let taken = snapshot::take(&engine.disk(), engine.dir(), engine.durable_sequence());
        match taken {
            Ok(()) => Ok(()),
            // One that fails is no harm: the journal has everything.
            Err(_) if self.is_armed => Ok(()),
            Err(error) => Err(finding("replay", format!("no snapshot: {error}"))),
        }
    }

    /// Has the books looked at from outside, when nothing is under way: by the auditor, and by the ledger's own proof.
    pub(super) fn audit(&mut self) -> Result<(), Finding> {
        self.release()?;
        if self.is_armed || self.is_over {
            return Ok(());
        }
        let Some(life) = &self.life else { return Ok(()) };
        let engine = Arc::clone(&life.engine);
        let ids: Vec<_> = self.auditor.account_ids().map(|(id, _)| id).collect();
        for id in ids {
            // Not later than what was decided before: it only brings this account up to that.
            let read = engine.read(id, Timestamp::EPOCH, |live, _| live.account.clone());
            let read = read.map_err(|_| finding("replay", format!("the engine does not know {id}")))?;
            let account = read.wait().map_err(|_| finding("journal", "it stopped without a fault"))?;
            self.follow().map_err(|error| finding("journal", error))??;
            self.auditor.compare(&account)?;
        }
        self.auditor.at_rest()?;
        self.verify()
    }

    fn verify(&mut self) -> Result<(), Finding> {
        let Some(life) = &self.life else { return Ok(()) };
        let of_read = |error: ledger::read::ReadError| finding("replay", format!("the read model: {error}"));
        let mut read_db = None;
        if let Some(read) = &life.read {
            read.catch_up().map_err(of_read)?;
            let query = ChargeQuery { limit: 10_000, ..ChargeQuery::default() };
            for (id, charges) in self.auditor.account_ids() {
                let rows = read.charges(id, &query).map_err(of_read)?.len() as u64;
                if rows != charges {
                    let detail = format!("{rows} charges of {id} are in the read model, and not {charges}");
                    return Err(finding("replay", detail));
                }
            }
            read_db = Some(read.path().to_owned());
        }
        let verified = verify(VerifyOptions {
            dir: life.engine.dir().into(),
            disk: life.engine.disk(),
            rules: Arc::clone(&self.world.rules),
            read_db,
            directory: None,
            durable: None,
            progress: None,
        });
        let report = verified.map_err(|difference| finding(difference.law, difference.to_string()))?;
        if (report.records, report.charges) != (self.auditor.records(), self.auditor.charges()) {
            let ours = (self.auditor.records(), self.auditor.charges());
            return Err(finding("journal", format!("{report:?}, and the auditor has {ours:?}")));
        }
        Ok(())
    }
}
