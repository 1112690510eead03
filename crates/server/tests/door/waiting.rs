//! Waiting for what happens by itself. Every wait has an end.

use std::time::{Duration, Instant};

/// How long anything is waited for before the test has failed.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(10);

/// What a look finds: something, or how far it has come.
pub trait Look {
    type Found;

    fn found(self) -> Result<Self::Found, String>;
}

impl Look for bool {
    type Found = ();

    fn found(self) -> Result<(), String> {
        if self { Ok(()) } else { Err(String::new()) }
    }
}

impl<T> Look for Option<T> {
    type Found = T;

    fn found(self) -> Result<T, String> {
        self.ok_or_else(String::new)
    }
}

impl<T> Look for Result<T, String> {
    type Found = T;

    fn found(self) -> Result<T, String> {
        self
    }
}

/// Looks again and again, until it is there.
pub async fn until<L: Look>(what: &str, mut look: impl FnMut() -> L) -> L::Found {
    until_answered(what, async || look()).await
}

/// The same, where a look is a question that has to be answered.
pub async fn until_answered<L: Look>(what: &str, mut look: impl AsyncFnMut() -> L) -> L::Found {
    let begun = Instant::now();
    loop {
        match in_time(what, look()).await.found() {
            Ok(found) => return found,
            Err(state) => assert!(begun.elapsed() < PATIENCE, "it never came to this: {what}. {state}"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Waits for something that tells by itself when it is there.
pub async fn in_time<T>(what: &str, told: impl Future<Output = T>) -> T {
    let told = tokio::time::timeout(PATIENCE, told).await;
    told.unwrap_or_else(|_| panic!("it never came to this: {what}"))
}
