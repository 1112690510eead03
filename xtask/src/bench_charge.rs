//! draft
use std::error::Error;
use std::time::Duration;
use crate::bench::{engine::charge, raw::raw_limit, journal::group_commit};
pub fn run(args: &[String]) -> Result<(), Box<dyn Error>> {
    let dir = std::path::PathBuf::from(&args[0]);
    std::fs::create_dir_all(&dir)?;
    if args.len() == 5 {
        let (c, s): (usize, u64) = (args[1].parse()?, args[2].parse()?);
        let r = if args[3] == "ours" { crate::bench::http::charging_door(&dir, c, Duration::from_secs(s))? } else {  crate::bench::http::bare_server(c, Duration::from_secs(s))? };
        println!("{r:?}");
        return Ok(());
    }
    if args.len() == 3 {
        let (c, s): (usize, u64) = (args[1].parse()?, args[2].parse()?);
        for _ in 0..3 {
        let bare = crate::bench::http::bare_server(c, Duration::from_secs(s))?;
        let ours = crate::bench::http::charging_door(&dir, c, Duration::from_secs(s))?;
        println!("{c} bare {:.0} p50 {:.0} ours {:.0} p50 {:.0} p99 {:.0} ratio {:.2}", bare.calls_per_s, bare.p50_us, ours.calls_per_s, ours.p50_us, ours.p99_us, ours.calls_per_s/bare.calls_per_s);
        }
        return Ok(());
    }
    if args.len() == 4 {
        let (accounts, callers, s): (u64, usize, u64) = (args[1].parse()?, args[2].parse()?, args[3].parse()?);
        if accounts == 0 {
            let r = raw_limit(&dir, callers, Duration::from_secs(s))?;
            println!("raw {:?}", r);
            let r = group_commit(&dir, callers, Duration::from_secs(s))?;
            println!("journal {:?}", r);
            return Ok(());
        }
        let r = charge(&dir, accounts, callers, Duration::from_secs(s), false)?;
        println!("{:?}", r);
        return Ok(());
    }
    let l = Duration::from_secs(2);
    for _ in 0..3 {
    for callers in [64, 1024] {
        let raw = raw_limit(&dir, callers, l)?.appends_per_s;
        let j = group_commit(&dir, callers, l)?.calls_per_s;
        let r = charge(&dir, 10_000, callers, l, true)?;
        let r1 = charge(&dir, 1_000, callers, l, true)?;
        let hot = charge(&dir, 1, callers, l, true)?;
        println!("{callers} raw {raw:.0} journal {j:.0} 10000: {:.0} 1000: {:.0} hot {:.0} p50 {:.0} vs raw {:.2}", r.driven.calls_per_s, r1.driven.calls_per_s, hot.driven.calls_per_s, r.driven.p50_us, r1.driven.calls_per_s/raw);
    }}
    Ok(())
}
