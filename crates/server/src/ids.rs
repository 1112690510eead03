//! Ids. They are made here, at the door, and handed down as arguments.

use rand::RngExt;
use sha2::{Digest, Sha256};

use crate::clock::system_now_ms;

/// A new id: 48 bits of time, then 80 random bits, so that ids made later sort later and indexes stay compact.
pub fn time_ordered() -> u128 {
    let ms = u128::try_from(system_now_ms()).unwrap_or(0) & ((1 << 48) - 1);
    let random: u128 = rand::rng().random();
    (ms << 80) | (random & ((1 << 80) - 1))
}

/// An id as it is written: 32 hexadecimal digits.
pub fn hex(id: u128) -> String {
    format!("{id:032x}")
}

/// A new id without any order. Those by which callers are known are their shard's ([`crate::shard`]).
pub fn random_hex() -> String {
    hex(rand::rng().random())
}

/// A new id without any order, as UUIDs of version 4 are written.
pub fn random_uuid() -> String {
    let id = (rand::rng().random::<u128>() & !(0xf << 76 | 0b11 << 62)) | 4 << 76 | 0b10 << 62;
    let hex = format!("{id:032x}");
    let [a, b, c, d, e] = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)].map(|(from, to)| &hex[from..to]);
    format!("{a}-{b}-{c}-{d}-{e}")
}

/// The id of an account's project in a region: the same whenever it is made, so a region that comes back has its
/// projects back. Only who knows the account's id, which is random, can know it.
pub fn of_project(account_id: &str, region: &str) -> String {
    let hash = Sha256::digest(format!("project\n{account_id}\n{region}"));
    hash[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}
