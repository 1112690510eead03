//! What goes wrong: a slow disk, a full or failing one, the power, the connections, and others who want the same books.

use std::future::IntoFuture as _;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use charging::{ChargeId, Key, Money};
use ledger::EngineError;
use ledger::journal::OpenError;

use super::life::Life;
use super::{Flight, Stage};
use crate::auditor::{Finding, finding};
use crate::plan::Step;
use crate::store::Kind;

impl Stage<'_> {
    /// The disk becomes slow.
    pub(super) fn hold(&mut self) {
        if !self.is_held {
            self.machines[self.machine].disk.gate.shut();
            self.is_held = true;
        }
    }

    /// While the disk is slow: what was decided first is taken by the journal's thread, which waits with it at the gate.
    /// All that is decided after that is the next record, at every run.
    pub(super) fn wait_for_writer(&mut self) {
        let Some(life) = &self.life else { return };
        if self.writer_waits || !self.is_held {
            return;
        }
        // Asks for nothing, and is answered when everything that was decided is durable.
        let mut barrier = pin!(life.engine.awaited_payments(0).into_future());
        let poll = barrier.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        if matches!(poll, Poll::Pending) {
            let engine = Arc::clone(&life.engine);
            self.machines[self.machine].disk.gate.wait_for_writer(|| engine.stop_reason().is_some());
            self.writer_waits = true;
        }
    }

    /// The disk has done what it was given.
    pub(super) fn release(&mut self) -> Result<(), Finding> {
        if !self.is_held {
            return Ok(());
        }
        self.let_through()?;
        if self.is_over || self.unchecked.is_empty() {
            return Ok(());
        }
        // Those that were given early.
        match self.follow() {
            Ok(followed) => {
                followed?;
                self.check_unchecked()
            }
            Err(problem) => self.cannot(&problem),
        }
    }

    /// Opens the gate, and waits for what was under way.
    pub(super) fn let_through(&mut self) -> Result<(), Finding> {
        self.machines[self.machine].disk.gate.open();
        self.is_held = false;
        self.writer_waits = false;
        for Flight { about, step, pending } in std::mem::take(&mut self.flights) {
            self.arrived(step, about, pending.wait().ok())?;
        }
        self.wait_for_all();
        Ok(())
    }

    /// Waits until the journal has everything that was decided, or has stopped: also for what nobody waits for, such as
    /// what was due when a call was permitted.
    pub(super) fn wait_for_all(&self) {
        if let Some(life) = &self.life {
            let _ = life.engine.awaited_payments(0).wait();
        }
    }

    /// A fault is on its way.
    pub(super) fn arm(&mut self, step: Step) {
        let disk = &self.machines[self.machine].disk.faulty;
        match step {
            Step::PowerCut { after, .. } => disk.cut_power_at(disk.operations() + after),
            Step::FailWrite { after } => disk.fail_write_after(after),
            Step::FailSync { after } => disk.fail_sync_after(after),
            Step::Full { room } => disk.leave_room(Some(room)),
            _ => return,
        }
        self.is_armed = true;
    }

    pub(super) fn cut_connections(&mut self) -> Result<(), Finding> {
        self.is_armed |= self.store.kind() == Kind::Postgres;
        self.store.cut_connections().map_err(|error| finding("journal", error))
    }

    /// Somebody else opens the same books: in the same folder nobody may; with the books in a database another machine
    /// takes over, and whoever had them can write nothing any more.
    pub(super) fn second_owner(&mut self) -> Result<(), Finding> {
        let here = self.machines[self.machine].clone();
        match self.store.open(&here, self.world) {
            Err(EngineError::Journal(OpenError::InUse { .. })) => {}
            // A disk without power opens nothing.
            Err(_) if self.is_armed => {}
            Err(error) => return Err(finding("journal", format!("in use, but refused otherwise: {error}"))),
            Ok(_) => return Err(finding("journal", "it was opened twice at once")),
        }
        if self.store.kind() == Kind::Embedded {
            return Ok(());
        }
        // A machine that had the books before has a copy that is behind.
        let idle = (0..self.machines.len()).find(|number| *number != self.machine);
        let next = match idle {
            Some(idle) if self.random.percent(50) => idle,
            _ => {
                let machine = self.store.machine();
                self.machines.push(machine);
                self.machines.len() - 1
            }
        };
        let before = self.machine;
        let old = self.life.take();
        let is_held = std::mem::take(&mut self.is_held);
        let flights = std::mem::take(&mut self.flights);
        self.note(format!("       machine {next} takes over from machine {before}"));
        self.machine = next;
        // What the old owner is told now it may still have written before.
        let opened = self.take_over(old, is_held.then_some(before), flights);
        self.machines[before].disk.kill();
        self.machines[before].disk.faulty.heal();
        opened
    }

    fn take_over(
        &mut self,
        old: Option<Life>,
        held: Option<usize>,
        flights: Vec<Flight>,
    ) -> Result<(), Finding> {
        // The new owner first: the old one believes in its books a moment longer.
        let machine = self.machines[self.machine].clone();
        let taken = self.store.open(&machine, self.world);
        let (engine, _) = taken.map_err(|error| finding("journal", format!("not taken over: {error}")))?;
        if let Some(before) = held {
            self.machines[before].disk.gate.open();
        }
        self.writer_waits = false;
        for Flight { about, step, pending } in flights {
            match pending.wait() {
                Ok(said) => {
                    self.note(format!("       {step} is answered {}", super::send::told(&said)));
                    self.unchecked.push((step, about, said));
                }
                Err(_) => self.arrived(step, about, None)?,
            }
        }
        if let Some(old) = old {
            self.check_replaced(&old)?;
            old.end();
        }
        drop(engine);
        self.begin_life(false)
    }

    /// An owner that was replaced tells nobody anything that moves money.
    fn check_replaced(&mut self, old: &Life) -> Result<(), Finding> {
        let customer = &self.world.customers[0];
        let (one, key) = (Money::from_e8(1), Key(ChargeId((3 << 100) + u128::from(self.lives))));
        let Ok(pending) = old.engine.top_up(customer.id, one, Some(key), self.now()) else { return Ok(()) };
        match pending.wait() {
            Err(_) => Ok(()),
            Ok(said) => Err(finding("2xx", format!("an owner that was replaced answered {said:?}"))),
        }
    }
}
