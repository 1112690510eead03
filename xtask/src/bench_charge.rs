//! draft
use std::error::Error;
use std::time::Duration;
use crate::bench::{engine::charge, raw::raw_limit};
pub fn run(args: &[String]) -> Result<(), Box<dyn Error>> {
    let dir = std::path::PathBuf::from(&args[0]);
    std::fs::create_dir_all(&dir)?;
    let l = Duration::from_secs(2);
    for _ in 0..3 {
    for callers in [64, 1024] {
        let raw = if args.len() > 1 { 0.0 } else { raw_limit(&dir, callers, l)?.appends_per_s };
        let r = charge(&dir, 10_000, callers, l, true)?;
        let r1 = charge(&dir, 1_000, callers, l, true)?;
        let hot = charge(&dir, 1, callers, l, true)?;
        println!("{callers} raw {raw:.0} spread {:.0} ({} of {} lots) 1000: {:.0} hot {:.0} p50 {:.0} vs raw {:.2}", r.driven.calls_per_s, r.from_packages, r.driven.calls_total, r1.driven.calls_per_s, hot.driven.calls_per_s, r.driven.p50_us, r.driven.calls_per_s/raw);
    }}
    Ok(())
}
