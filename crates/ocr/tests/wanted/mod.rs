//! What a test wants of its surroundings, by the name of an environment variable. `make test` sets them all, and
//! `INKMETER_TEST_ALL`, with which a test that cannot run fails. Without it such a test says so and is left out.

use std::ffi::OsString;
use std::io::Write;

/// The variable's value; without it the test that asks is to end.
///
/// # Panics
/// It is not set, although every test was to run.
pub fn wanted(variable: &str) -> Option<OsString> {
    let value = std::env::var_os(variable).filter(|value| !value.is_empty());
    if value.is_none() {
        let thread = std::thread::current();
        let test = thread.name().unwrap_or("a test");
        let missing = format!("{test} was NOT run: {variable} is not set (`make test` sets it)");
        assert!(std::env::var_os("INKMETER_TEST_ALL").is_none(), "{missing}");
        // Not by `eprintln`, which is heard only of tests that fail.
        let _ = writeln!(std::io::stderr(), "{missing}");
    }
    value
}
