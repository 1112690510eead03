//! Files with something wrong in them: one for each number, the same every time.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// What is often at an edge, as one byte and as more.
const BYTES: [u8; 8] = [0, 1, 2, 0x7f, 0x80, 0xfe, 0xff, b' '];
const WORDS: [u32; 10] = [0, 1, 0x7f, 0xff, 0x100, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
/// Most things wrong with one.
const MOST_WRONG: u32 = 12;
/// No file becomes larger than this.
const MOST_BYTES: usize = 256 * 1024;

/// The file of a number.
pub(super) fn file(corpus: &[Vec<u8>], number: u64) -> Vec<u8> {
    let mut rng = StdRng::seed_from_u64(number);
    let mut bytes = corpus[rng.random_range(0..corpus.len())].clone();
    let wrong = 1 + (rng.random::<f64>().powi(3) * f64::from(MOST_WRONG)) as u32;
    for _ in 0..wrong {
        damage(&mut bytes, corpus, &mut rng);
    }
    bytes.truncate(MOST_BYTES);
    bytes
}

fn damage(bytes: &mut Vec<u8>, corpus: &[Vec<u8>], rng: &mut StdRng) {
    if bytes.is_empty() {
        bytes.push(rng.random());
    }
    let length = bytes.len();
    // Half of what is wrong is near the beginning, where formats say what comes.
    let within = if rng.random() { length.min(512) } else { length };
    let at = rng.random_range(0..within);
    match rng.random_range(0..10_u8) {
        0 | 1 => bytes[at] ^= 1 << rng.random_range(0..8_u32),
        2 => bytes[at] = rng.random(),
        3 => bytes[at] = BYTES[rng.random_range(0..BYTES.len())],
        4 | 5 => {
            let word = WORDS[rng.random_range(0..WORDS.len())];
            let word = if rng.random() { word.to_be_bytes() } else { word.to_le_bytes() };
            let width = [2, 4][rng.random_range(0..2_usize)].min(length - at);
            let from = if rng.random() { 0 } else { 4 - width };
            bytes[at..at + width].copy_from_slice(&word[from..from + width]);
        }
        6 => bytes.truncate(at),
        7 => drop(bytes.drain(at..(at + rng.random_range(1..64)).min(length))),
        8 => {
            let part = bytes[at..(at + rng.random_range(1..256)).min(length)].to_vec();
            let to = rng.random_range(0..=length);
            bytes.splice(to..to, part);
        }
        _ => {
            let other = &corpus[rng.random_range(0..corpus.len())];
            let from = rng.random_range(0..other.len());
            let part = &other[from..(from + rng.random_range(1..1024)).min(other.len())];
            let end = (at + part.len()).min(length);
            bytes.splice(at..end, part.iter().copied());
        }
    }
}
