//! The stage: plays a plan on a real ledger, one step after the other, and has the auditor look at every answer.
//!
//! One thread gives all commands; the ledger's own threads are real, and the gate of the disk sees to it that they do not
//! show ([`crate::gate`]). A process is a [`Life`]: what it knows in memory goes with it, what is on the disk stays.

mod faults;
mod life;
mod send;

use std::collections::BTreeMap;

use charging::{Authorisation, Timestamp};
use ledger::Pending;

use crate::auditor::answers::{About, Said};
use crate::auditor::{Auditor, Finding, finding};
use crate::plan::{Plan, Step};
use crate::random::Random;
use crate::store::{Machine, Place, Store};
use crate::world::{START_MS, World};
use life::Life;

/// A fault that is planted, to show that the simulator finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Plant {
    /// None.
    #[default]
    None,
    /// Answers are given before the journal has what they rest on.
    EarlyAnswers,
    /// The disk says that it has synced, and has not.
    LyingDisk,
    /// A message that is sent again carries another key.
    FreshKeys,
    /// Voids do not arrive.
    LostVoids,
}

/// How a history went.
#[derive(Debug, Clone)]
pub struct Played {
    /// What happened, line by line.
    pub history: Vec<String>,
    /// What was found, at which step.
    pub found: Option<(usize, Finding)>,
    /// Records in the journal at the end.
    pub records: u64,
    /// Charges in it.
    pub charges: u64,
    /// How many processes there were.
    pub lives: u64,
    /// How many things were under way when one ended.
    pub lost: u64,
    /// How many of them were done all the same.
    pub found_done: u64,
}

/// An answer that is under way.
struct Flight {
    about: About,
    step: usize,
    pending: Pending<Said>,
}

/// A played history in the making.
pub struct Stage<'a> {
    world: &'a World,
    plan: &'a Plan,
    plant: Plant,
    store: Store,
    machines: Vec<Machine>,
    /// The one that is used.
    machine: usize,
    life: Option<Life>,
    auditor: Auditor<'a>,
    /// What the clock says.
    wall: i64,
    /// Business time: it never goes back.
    business: i64,
    /// The latest instant at which the meter was asked something.
    metered: i64,
    is_held: bool,
    writer_waits: bool,
    flights: Vec<Flight>,
    /// Answers that came, and could not be looked at because the disk was gone.
    unchecked: Vec<(usize, About, Said)>,
    /// True once a fault may stop the journal.
    is_armed: bool,
    /// True if the process is of no use any more.
    is_over: bool,
    /// Permissions that callers have, by request: the id of the call, and the permission.
    permissions: BTreeMap<usize, (u128, Authorisation)>,
    /// How often each request was sent.
    sent: BTreeMap<usize, u128>,
    /// The number the provider knows a request by.
    payments: BTreeMap<usize, u64>,
    random: Random,
    history: Vec<String>,
    step: usize,
    lives: u64,
    lost: u64,
}

impl<'a> Stage<'a> {
    /// Plays those steps of a plan that are named.
    ///
    /// # Errors
    /// The machine this runs on does not play along: no folder, no database.
    pub fn play(
        (seed, world, plan): (u64, &'a World, &'a Plan),
        place: &Place,
        plant: Plant,
        steps: &[usize],
    ) -> Result<Played, String> {
        let mut store = place.store(world)?;
        let machine = store.machine();
        let mut stage = Stage {
            world,
            plan,
            plant,
            store,
            machines: vec![machine],
            machine: 0,
            life: None,
            auditor: Auditor::new(world),
            wall: START_MS,
            business: 0,
            metered: 0,
            is_held: false,
            writer_waits: false,
            flights: Vec::new(),
            unchecked: Vec::new(),
            is_armed: false,
            is_over: false,
            permissions: BTreeMap::new(),
            sent: BTreeMap::new(),
            payments: BTreeMap::new(),
            random: Random::new(seed, 3),
            history: Vec::new(),
            step: 0,
            lives: 0,
            lost: 0,
        };
        if plant == Plant::LyingDisk {
            stage.machines[0].disk.lie_about_syncs(true);
        }
        let found = stage.all(steps).err();
        if let Some(found) = &found {
            stage.note(format!("!! {found}"));
        }
        let found = found.map(|found| (stage.step, found));
        stage.leave();
        stage.store.forget();
        Ok(Played {
            found,
            records: stage.auditor.records(),
            charges: stage.auditor.charges(),
            lives: stage.lives,
            lost: stage.lost,
            found_done: stage.auditor.found_done(),
            history: std::mem::take(&mut stage.history),
        })
    }

    fn all(&mut self, steps: &[usize]) -> Result<(), Finding> {
        self.begin_life(false)?;
        for &step in steps {
            self.step = step;
            let Some(what) = self.plan.steps.get(step).copied() else { continue };
            self.note(format!("{step:4} {}", self.shown(what)));
            self.one(what)?;
            self.look_after()?;
        }
        self.step = self.plan.steps.len();
        self.note("     the end".into());
        self.release()?;
        self.look_after()?;
        // Once more from what is on the disk.
        self.machines[self.machine].disk.faulty.heal();
        self.end_life(life::End::Clean)?;
        self.audit()
    }

    fn one(&mut self, step: Step) -> Result<(), Finding> {
        match step {
            Step::Send { request } => self.send(request),
            Step::Commit { request, units } => self.commit(request, units),
            Step::Void { request } => self.void(request),
            Step::Provider { request, paid } => self.provider(request, paid),
            Step::Wait { ms } => {
                // What a batch takes is bounded: a long time makes much that is due.
                if ms > 7_200_000 {
                    self.release()?;
                }
                self.wall += ms;
                Ok(())
            }
            Step::Back { ms } => {
                self.wall -= ms;
                Ok(())
            }
            Step::Tick => self.tick(),
            Step::Hold => {
                self.hold();
                Ok(())
            }
            Step::Release => self.release(),
            Step::Audit => self.audit(),
            Step::Snapshot => self.snapshot(),
            Step::Restart { without_reads } => self.restart(without_reads),
            Step::Kill => self.end_life(life::End::Killed),
            Step::PowerCut { .. } | Step::FailWrite { .. } | Step::FailSync { .. } | Step::Full { .. } => {
                self.arm(step);
                Ok(())
            }
            Step::Roomy => {
                self.machines[self.machine].disk.faulty.leave_room(None);
                Ok(())
            }
            Step::SecondOwner => self.second_owner(),
            Step::CutConnections => self.cut_connections(),
        }
    }

    /// After each step: a process whose journal has stopped ends.
    fn look_after(&mut self) -> Result<(), Finding> {
        if !self.is_held {
            self.wait_for_all();
        }
        let reason = self.life.as_ref().and_then(|life| life.engine.stop_reason());
        if reason.is_none() && !self.is_over {
            return if self.is_held || !self.unchecked.is_empty() { Ok(()) } else { self.auditor.at_rest() };
        }
        if !self.is_armed {
            let why = reason.unwrap_or_else(|| "it cannot be read".into());
            return Err(finding("journal", format!("it stopped without a fault: {why}")));
        }
        // The machine goes on, or goes down with the process.
        let end = if self.random.percent(50) { life::End::Killed } else { life::End::PowerLost };
        self.end_life(end)
    }

    /// Sends what was decided on its way: its answer is looked at once it is there.
    fn submit(&mut self, about: About, pending: Pending<Said>) -> Result<(), Finding> {
        if !self.is_held {
            let said = pending.wait();
            return self.arrived(self.step, about, said.ok());
        }
        let mut early = None;
        let pending = pending.map(|said| {
            early = Some(said.clone());
            said
        });
        if self.plant == Plant::EarlyAnswers
            && let Some(said) = early
        {
            self.unchecked.push((self.step, about, said));
        } else {
            self.flights.push(Flight { about, step: self.step, pending });
        }
        self.wait_for_writer();
        if self.flights.len() + self.unchecked.len() >= 8 { self.release() } else { Ok(()) }
    }

    /// An answer arrives, or is known never to.
    fn arrived(&mut self, step: usize, about: About, said: Option<Said>) -> Result<(), Finding> {
        let Some(said) = said else {
            self.lost += 1;
            self.note(format!("       {step} is not answered"));
            about.mark().into_iter().for_each(|mark| self.auditor.lost(mark));
            return Ok(());
        };
        self.note(format!("       {step} is answered {}", self::send::told(&said)));
        if let Said::Requested { no, .. } = said
            && let Some(Step::Send { request }) = self.plan.steps.get(step)
        {
            self.payments.insert(*request, no);
        }
        match self.follow() {
            Ok(followed) => {
                followed?;
                self.auditor.answered(&about, &said)
            }
            // The disk is gone: it is looked at when it is back.
            Err(problem) => {
                self.unchecked.push((step, about, said));
                self.cannot(&problem)
            }
        }
    }

    /// What should have worked did not: with a fault about, the process is over.
    fn cannot(&mut self, problem: &str) -> Result<(), Finding> {
        if !self.is_armed {
            return Err(finding("journal", format!("without a fault: {problem}")));
        }
        self.is_over = true;
        Ok(())
    }

    /// Has the auditor take in what is durable by now.
    fn follow(&mut self) -> Result<Result<(), Finding>, String> {
        let Some(life) = &self.life else { return Ok(Ok(())) };
        let (disk, durable) = (life.engine.disk(), life.engine.durable_sequence());
        self.auditor.follow(&disk, life.engine.dir(), durable)
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.wall)
    }

    fn note(&mut self, line: String) {
        self.history.push(line);
    }
}

impl Drop for Stage<'_> {
    /// Nobody waits at the gate for ever.
    fn drop(&mut self) {
        self.leave();
    }
}
