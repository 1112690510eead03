//! The benchmark of bills at its smallest: nothing else would tell that its sums do not agree any more, or that it cannot
//! read what the command line says.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::process::Command;

#[test]
fn every_sum_of_a_small_month_agrees() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .args(["bench-bill", "10000"])
        .arg(folder.path())
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    assert_eq!(out.matches("every sum of 6000 files agrees").count(), 2, "{out}");
    for figure in ["RATIO bill_memory_flat ", "RATIO bill_charges_per_s "] {
        assert!(out.contains(figure), "{out}");
    }
}
