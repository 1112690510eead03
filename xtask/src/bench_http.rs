//! `bench-http [FOLDER]`: what a signed, charged call costs over HTTP, beside the health endpoint of the same server and
//! the sync of the disk.
//!
//! The eye sees nothing, so all that is measured is ours: HTTP, the signature, the charge and its way to the disk. How
//! many calls there are in a second is measured with both processors busy; how long one takes, with a single caller, for
//! with more of them it is the queue that is measured. Checking a signature is measured alone too.

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;

use crate::bench::drive::Driven;
use crate::bench::raw::raw_limit;
use crate::bench::signed::{SignedDoor, checked_per_s};
use crate::bench::turns::{self, take_turns};

/// Connections over which the server is called.
const CONNECTIONS: usize = 64;
const LENGTH: Duration = Duration::from_secs(3);
const CHECKING: Duration = Duration::from_secs(1);
/// Bodies whose signatures are checked, in bytes: a question, and a photograph.
const BODIES: [usize; 2] = [128, 4 << 20];

/// Signed and charged calls beside health: the least share.
const OF_HEALTH_TARGET: f64 = 0.5;
/// A call takes at most so many times as long as a sync.
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
    let dir = match args {
        [] => PathBuf::from(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
            .join("bench"),
        [folder] => PathBuf::from(folder),
        _ => return Err("usage: bench-http [FOLDER]".into()),
    };
    fs::create_dir_all(&dir).with_context(|| format!("creating {}", dir.display()))?;
    let dir = dir.canonicalize()?;
    println!("on the disk of {}\n", dir.display());
    let door = SignedDoor::open(&dir)?;
    let sync = |_: usize| {
        let raw = raw_limit(&dir, 1, LENGTH)?;
        let (calls_per_s, p50_us, p99_us) = (raw.appends_per_s, raw.p50_us, raw.p99_us);
        Ok(Driven { calls_per_s, calls: 0, calls_total: 0, p50_us, p99_us })
    };
    let mut rows = take_turns(1, &[(SYNC, &sync), (CALLS, &|_| door.calls(1, LENGTH))])?;
    rows.extend(take_turns(
        CONNECTIONS,
        &[(HEALTH, &|_| door.health(CONNECTIONS, LENGTH)), (CALLS, &|_| door.calls(CONNECTIONS, LENGTH))],
    )?);
    door.close()?;
    turns::print(&rows);
    println!();
    for bytes in BODIES {
        let per_s = checked_per_s(bytes, CHECKING)?;
        println!("checking a signature over {bytes} bytes, on one processor: {per_s:.0} per second");
    }
    turns::print_spoiled(turns::spoiled(&rows));
    let [sync, alone, health, calls] = &rows[..] else { return Err("a contender is missing".into()) };
    println!("RATIO http_signed_vs_health {:.2} {OF_HEALTH_TARGET}", calls.times(health));
    let syncs = sync.ratio(alone, |driven| driven.p99_us);
    println!("RATIO http_signed_p99_vs_twice_sync {:.2} 1", TIMES_SYNC * syncs);
    Ok(())
}
