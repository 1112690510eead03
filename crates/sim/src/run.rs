//! Playing seeds: one, or many; and what is told of one that ends badly.

use std::hash::Hasher as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::auditor::{Finding, Fnv, finding};
use crate::plan::Plan;
use crate::shrink::shrink;
use crate::stage::{Plant, Played, Stage};
use crate::store::Place;
use crate::world::World;

/// About how many steps a history has, unless it is said otherwise.
pub const STEPS: usize = 100;

/// One seed, with all that comes of it.
pub struct Seed {
    /// The seed.
    pub number: u64,
    /// About how many steps.
    pub steps: usize,
    world: World,
    plan: Plan,
}

impl Seed {
    /// What the seed makes for a journal.
    pub fn new(number: u64, place: &Place, steps: usize) -> Seed {
        let world = World::of(number);
        let plan = Plan::of(number, &world, place.kind(), steps);
        Seed { number, steps, world, plan }
    }

    /// The numbers of all its steps.
    pub fn all_steps(&self) -> Vec<usize> {
        (0..self.plan.steps.len()).collect()
    }

    /// Plays some of its steps. A panic is a finding too.
    ///
    /// # Errors
    /// The machine this runs on does not play along.
    pub fn play(&self, place: &Place, plant: Plant, steps: &[usize]) -> Result<Played, String> {
        let all = (self.number, &self.world, &self.plan);
        match catch_unwind(AssertUnwindSafe(|| Stage::play(all, place, plant, steps))) {
            Ok(played) => played,
            Err(panic) => {
                let text = panic.downcast_ref::<String>().cloned();
                let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                let found = finding("panic", text.unwrap_or_default());
                let (history, found) = (vec![format!("!! {found}")], Some((0, found)));
                Ok(Played { history, found, records: 0, charges: 0, lives: 0, lost: 0, found_done: 0 })
            }
        }
    }
}

impl Played {
    /// The same for the same history.
    pub fn checksum(&self) -> u64 {
        let mut hasher = Fnv::default();
        for line in &self.history {
            hasher.write(line.as_bytes());
            hasher.write(b"\n");
        }
        hasher.finish()
    }
}

/// A seed that ended badly.
#[derive(Debug)]
pub struct Failure {
    /// Which.
    pub seed: u64,
    /// What was found.
    pub found: Finding,
    /// The steps that are needed for it.
    pub steps: Vec<usize>,
    /// The shortest history.
    pub history: Vec<String>,
    /// What repeats it.
    pub command: String,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "seed {}: {}", self.seed, self.found)?;
        writeln!(f, "the shortest history found, of {} steps:", self.steps.len())?;
        for line in &self.history {
            writeln!(f, "  {line}")?;
        }
        writeln!(f, "to repeat it: {}", self.command)
    }
}

/// Plays a seed, and makes its history short if it ends badly.
///
/// # Errors
/// The machine this runs on does not play along.
pub fn one(
    number: u64,
    place: &Place,
    steps: usize,
    plant: Plant,
) -> Result<Result<Played, Failure>, String> {
    let seed = Seed::new(number, place, steps);
    let played = seed.play(place, plant, &seed.all_steps())?;
    let Some((_, found)) = &played.found else { return Ok(Ok(played)) };
    let (steps, short) = shrink(&seed, place, plant, found.law)?;
    // What is found only now and then is told as it was found.
    let (found, history) = match (&short.found, found) {
        (Some((_, found)), _) => (found.clone(), short.history),
        (None, found) => (found.clone(), played.history.clone()),
    };
    let only: Vec<String> = steps.iter().map(usize::to_string).collect();
    let command = format!(
        "cargo run --release -p sim -- replay --journal {} --seed {number} --steps {} --only {}",
        place.kind().word(),
        seed.steps,
        only.join(",")
    );
    Ok(Err(Failure { seed: number, found, steps, history, command }))
}
