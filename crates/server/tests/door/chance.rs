//! The random choices of a test. What they begin with is told, and can be given to repeat them.

use rand::SeedableRng;
use rand::rngs::StdRng;

/// INKMETER_TEST_SEED, or what is given.
pub fn seed_or(given: u64) -> u64 {
    let seed = std::env::var("INKMETER_TEST_SEED")
        .map_or(given, |text| text.parse().expect("INKMETER_TEST_SEED is a number"));
    println!("INKMETER_TEST_SEED={seed}");
    seed
}

/// Choices that begin with INKMETER_TEST_SEED, or with anything.
pub fn choices() -> StdRng {
    StdRng::seed_from_u64(seed_or(rand::random()))
}
