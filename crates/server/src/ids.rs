//! Ids. They are made here, at the door, and handed down as arguments.

use rand::RngExt;

use crate::clock::system_now_ms;

/// A new id: 48 bits of time, then 80 random bits, so that ids made later sort later and indexes stay compact.
pub fn time_ordered() -> u128 {
    let ms = u128::try_from(system_now_ms()).unwrap_or(0) & ((1 << 48) - 1);
    let random: u128 = rand::rng().random();
    (ms << 80) | (random & ((1 << 80) - 1))
}

/// A new id without any order: 32 hexadecimal digits.
pub fn random_hex() -> String {
    format!("{:032x}", rand::rng().random::<u128>())
}
