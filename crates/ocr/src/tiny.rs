//! The tiny model: reads a line in a quarter of the time, and is believed only where it is sure.
//!
//! Of the lines of ordinary pages it reads two in five as certainly as the large model would, and nearly
//! always the same. What it does not do well is left to the large one: a doubtful character, very long
//! lines, and the spaces between Chinese and Latin, which it drops.

use std::sync::Arc;

use crate::ReadError;
use crate::picture::Picture;
use crate::recognise::{self, Alphabet, Glyph};
use crate::runtime::Session;

/// Each character must be at least this certain.
const SURE: f32 = 0.9;
/// Of wider lines, so few are read surely that trying costs more than it saves.
const WIDEST: usize = 1408;

/// The model with its characters.
pub(crate) struct Tiny {
    pub session: Box<dyn Session>,
    pub alphabet: Arc<Alphabet>,
}

impl Tiny {
    /// What the line says, if that is sure.
    pub fn read(&mut self, line: &Picture) -> Result<Option<Vec<Glyph>>, ReadError> {
        if line.width > WIDEST {
            return Ok(None);
        }
        let glyphs = recognise::glyphs(line, &self.alphabet, self.session.as_mut())?;
        Ok(Some(glyphs).filter(|glyphs| is_sure(glyphs)))
    }
}

fn is_sure(glyphs: &[Glyph]) -> bool {
    let scripts_touch = |pair: &[Glyph]| {
        let [a, b] = [pair[0].char, pair[1].char];
        (is_ideograph(a) && b.is_ascii_alphanumeric()) || (is_ideograph(b) && is_latin_end(a))
    };
    !glyphs.is_empty()
        && glyphs.iter().all(|glyph| glyph.confidence >= SURE)
        && !glyphs.windows(2).any(scripts_touch)
}

fn is_latin_end(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == ')'
}

fn is_ideograph(char: char) -> bool {
    matches!(u32::from(char), 0x2e80..=0x9fff | 0xac00..=0xd7a3 | 0x20000..=0x3fffd)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::FnSession;
    use crate::runtime::Tensor;

    fn glyphs(text: &str, confidence: f32) -> Vec<Glyph> {
        text.chars().map(|char| Glyph { char, confidence, at: 0.5 }).collect()
    }

    #[test]
    fn one_doubtful_character_is_enough() {
        let mut line = glyphs("certain", 0.97);
        assert!(is_sure(&line));
        line[3].confidence = 0.89;
        assert!(!is_sure(&line));
        assert!(!is_sure(&[]));
    }

    #[test]
    fn where_scripts_touch_a_space_may_be_missing() {
        for (text, sure) in [
            ("参考手册", true),
            ("Debian 参考", true),
            ("Debian参考", false),
            ("参考9", false),
            ("(7)介", false),
        ] {
            assert_eq!(is_sure(&glyphs(text, 0.99)), sure, "{text}");
        }
    }

    #[test]
    fn long_lines_are_not_tried() {
        let session = FnSession::new(|input: &Tensor| {
            assert!(input.shape[3] <= WIDEST);
            (vec![1, 1, 3], vec![0.0, 9.0, 0.0])
        });
        let mut tiny = Tiny { session: Box::new(session), alphabet: Arc::new(Alphabet::parse("a")) };
        let blank = |width: usize| Picture { width, height: 48, rgb: vec![255; width * 48 * 3] };
        assert!(tiny.read(&blank(WIDEST)).unwrap().is_some());
        assert!(tiny.read(&blank(WIDEST + 1)).unwrap().is_none());
    }
}
