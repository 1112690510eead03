//! `bench-http [FOLDER]`: what a signed, charged call costs over HTTP, beside the health endpoint of the same server and
//! the sync of the disk.
//!
//! The eye sees nothing, so all that is measured is ours: HTTP, the signature, the charge and its way to the disk. How
//! many calls there are in a second is measured with both processors busy; how long one takes, with a single caller, for
//! with more of them it is the queue that is measured. Checking a signature is measured alone too.

use std::error::Error;
use std::time::Duration;

use crate::bench::folder;
use crate::bench::quiet::undisturbed;
use crate::bench::raw::raw_limit;
use crate::bench::signed::{SignedDoor, checked_per_s};
use crate::bench::turns::{self, Row, take_turns};

/// Connections over which the server is called.
const CONNECTIONS: usize = 64;
const LENGTH: Duration = Duration::from_secs(3);
const CHECKING: Duration = Duration::from_secs(1);
/// How often checking is measured at most, if the machine is busy.
const ATTEMPTS: usize = 4;
/// Bodies whose signatures are checked, in bytes: a question, and a photograph.
const BODIES: [usize; 2] = [128, 4 << 20];

/// Signed and charged calls beside health: the least share.
const OF_HEALTH_TARGET: f64 = 0.5;
/// A call takes at most so many times as long as a sync, of a single caller: with more it is the queue that is measured.
const TIMES_SYNC: f64 = 2.0;

const HEALTH: &str = "GET /healthz";
const CALLS: &str = "signed, charged call";
const SYNC: &str = "write and fdatasync";

/// Runs the benchmark.
///
/// # Errors
///
/// If the folder cannot be written, a call is refused, or sums are wrong.
pub fn run(args: &[String]) -> Result<(), Box<dyn Error>> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let dir = folder(&args, "bench-http [FOLDER]")?;
    let door = SignedDoor::open(&dir)?;
    let sync = |_: usize| Ok(raw_limit(&dir, 1, LENGTH)?.driven());
    let mut rows = take_turns(1, &[(SYNC, &sync), (CALLS, &|_| door.calls(1, LENGTH))])?;
    rows.extend(take_turns(
        CONNECTIONS,
        &[(HEALTH, &|_| door.health(CONNECTIONS, LENGTH)), (CALLS, &|_| door.calls(CONNECTIONS, LENGTH))],
    )?);
    door.close()?;
    turns::print(&rows);
    println!();
    for bytes in BODIES {
        let name = format!("checking a signature over {bytes} bytes");
        let checked = undisturbed(&name, ATTEMPTS, |_| None, || checked_per_s(bytes, CHECKING))?;
        println!("{name}, on one processor: {:.0} per second", checked.value);
        if checked.disturbance.is_spoiled() {
            turns::print_spoiled([(name.as_str(), 1, checked.disturbance)].into_iter());
        }
    }
    turns::print_spoiled(turns::spoiled(&rows));
    let [sync, alone, health, calls] = &rows[..] else { return Err("a contender is missing".into()) };
    let p99_ms = |row: &Row| row.median(|driven| driven.p99_us) / 1_000.0;
    println!(
        "p99 of a signed, charged call: {:.2} ms with 1 caller, {:.2} ms with {CONNECTIONS}; of a sync: {:.2} ms with 1",
        p99_ms(alone),
        p99_ms(calls),
        p99_ms(sync)
    );
    println!("RATIO http_signed_vs_health {:.2} {OF_HEALTH_TARGET}", calls.times(health));
    let syncs = sync.ratio(alone, |driven| driven.p99_us);
    println!("RATIO http_signed_p99_vs_twice_sync {:.2} 1", TIMES_SYNC * syncs);
    Ok(())
}
