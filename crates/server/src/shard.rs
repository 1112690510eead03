//! Shards: parts of the books, each with accounts of its own and everything that belongs to them, from users and keys to
//! notices. An account stays in the shard it was opened in.
//!
//! What is made in a shard and named by callers later (ids, access keys, tokens) says in which one: that is what a node
//! needs to know whom to ask, and it need not ask anybody for it. It is no proof of anything. In the first shard, which is all
//! that most have, nothing is marked; so what was made before there were others is found there.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngExt;
use sha2::{Digest, Sha256};

/// A shard of the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Shard(pub u8);

/// Letters of an access key, as digits.
const LETTERS: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const KEY_LENGTH: usize = 20;
/// How many letters of an access key are by chance, then those of the shard; the rest shows that it is one.
const KEY_CHANCE: usize = 12;
const KEY_SHARD: usize = 14;

impl Shard {
    /// The one there always is.
    pub const FIRST: Shard = Shard(0);

    /// A new id: 32 hexadecimal digits.
    pub fn new_id(self) -> u128 {
        loop {
            let mut bytes: [u8; 16] = rand::rng().random();
            if self != Shard::FIRST {
                mark(&mut bytes, self);
            }
            if marked(&bytes).unwrap_or_default() == self {
                return u128::from_be_bytes(bytes);
            }
        }
    }

    /// Where an id was made.
    pub fn of_id(hexadecimal: &str) -> Shard {
        let is_id = hexadecimal.len() == 32 && hexadecimal.bytes().all(|byte| byte.is_ascii_hexdigit());
        let id = u128::from_str_radix(hexadecimal, 16).ok().filter(|_| is_id);
        id.and_then(|id| marked(&id.to_be_bytes())).unwrap_or_default()
    }

    /// A new token.
    pub fn new_token(self) -> String {
        loop {
            let mut bytes: [u8; 32] = rand::rng().random();
            if self != Shard::FIRST {
                mark(&mut bytes, self);
            }
            if marked(&bytes).unwrap_or_default() == self {
                return URL_SAFE_NO_PAD.encode(bytes);
            }
        }
    }

    /// Where a token was made.
    pub fn of_token(token: &str) -> Shard {
        let mut bytes = [0; 32];
        match URL_SAFE_NO_PAD.decode_slice(token, &mut bytes) {
            Ok(32) => marked(&bytes).unwrap_or_default(),
            _ => Shard::FIRST,
        }
    }

    /// A new access key.
    pub fn new_access_key(self) -> String {
        loop {
            let mut key: Vec<u8> =
                (0..KEY_LENGTH).map(|_| LETTERS[rand::rng().random_range(0..36)]).collect();
            if self != Shard::FIRST {
                key.truncate(KEY_CHANCE);
                key.extend(letters::<{ KEY_SHARD - KEY_CHANCE }>(self.0.into()));
                let shown = letters::<{ KEY_LENGTH - KEY_SHARD }>(check(&key));
                key.extend(shown);
            }
            let key = String::from_utf8(key).unwrap_or_default();
            if Shard::of_access_key(&key) == self {
                return key;
            }
        }
    }

    /// Where an access key was made.
    pub fn of_access_key(key: &str) -> Shard {
        let key = key.as_bytes();
        if key.len() != KEY_LENGTH
            || key[KEY_SHARD..] != letters::<{ KEY_LENGTH - KEY_SHARD }>(check(&key[..KEY_SHARD]))
        {
            return Shard::FIRST;
        }
        let digits =
            key[KEY_CHANCE..KEY_SHARD].iter().map(|letter| LETTERS.iter().position(|known| known == letter));
        let number = digits.into_iter().try_fold(0, |number, digit| Some(number * 36 + digit?));
        Shard(number.and_then(|number| u8::try_from(number).ok()).unwrap_or_default())
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The last four bytes show that the one before them is a shard.
fn mark(bytes: &mut [u8], shard: Shard) {
    let shown = bytes.len() - 4;
    bytes[shown - 1] = shard.0;
    let check = check(&bytes[..shown]);
    bytes[shown..].copy_from_slice(&check.to_be_bytes());
}

fn marked(bytes: &[u8]) -> Option<Shard> {
    let (head, shown) = bytes.split_last_chunk::<4>()?;
    (*shown == check(head).to_be_bytes()).then(|| head.last().copied().map(Shard))?
}

fn check(bytes: &[u8]) -> u32 {
    let hash = Sha256::new().chain_update("inkmeter shard\n").chain_update(bytes).finalize();
    u32::from_be_bytes(hash.first_chunk().copied().unwrap_or_default())
}

/// The last digits of a number, as letters.
fn letters<const N: usize>(mut number: u32) -> [u8; N] {
    let mut letters = [0; N];
    for letter in letters.iter_mut().rev() {
        *letter = LETTERS[(number % 36) as usize];
        number /= 36;
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_in_a_shard_says_so() {
        for shard in [0, 1, 2, 63, 255].map(Shard) {
            for _ in 0..200 {
                assert_eq!(Shard::of_id(&format!("{:032x}", shard.new_id())), shard);
                let token = shard.new_token();
                assert_eq!((Shard::of_token(&token), token.len()), (shard, 43));
                let key = shard.new_access_key();
                assert_eq!((Shard::of_access_key(&key), key.len()), (shard, 20));
                assert!(key.bytes().all(|letter| LETTERS.contains(&letter)), "{key}");
            }
        }
    }

    #[test]
    fn what_is_not_marked_is_of_the_first() {
        for text in [
            "",
            "x",
            "00000000000000000000000000000000",
            "+0000000000000000000000000000000",
            "ünïcödé-text-20b",
        ] {
            assert_eq!(
                [Shard::of_id(text), Shard::of_token(text), Shard::of_access_key(text)],
                [Shard::FIRST; 3],
                "{text}"
            );
        }
        // One letter changed, and it is nobody's: the first shard says that it does not know it.
        let key = Shard(7).new_access_key();
        let other = if key.starts_with('A') { key.replacen('A', "B", 1) } else { format!("A{}", &key[1..]) };
        assert_eq!(Shard::of_access_key(&other), Shard::FIRST);
    }

    #[test]
    fn no_two_are_alike() {
        let keys: std::collections::HashSet<String> = (0..1_000).map(|_| Shard(3).new_access_key()).collect();
        assert_eq!(keys.len(), 1_000);
    }
}
