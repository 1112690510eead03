//! The number of a citizen of China (GB 11643): region, birth, order, check character.

use super::date;
use super::field::checked;
use super::letters::{alike, digit_like};
use crate::sheet::{Glyph, Run as _};

const LENGTH: usize = 18;
const ONE_OF: f32 = 11.0;
/// How sure a number can be at most whose check character does not fit.
const UNFIT: f32 = 0.3;
/// How likely a number of this form does not obey the rule, before it is looked at: it is a bad one, or none at all.
const NOT_ONE: f32 = 0.1;
/// The least share of all that can have gone wrong with which one thing is believed to have.
const LIKELY: f32 = 0.75;

/// A number as read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Number {
    pub text: String,
    pub confidence: f32,
    /// Whether its check character fits.
    pub fits: bool,
}

impl Number {
    /// The number that these characters are.
    pub fn read(run: &[Glyph]) -> Option<Number> {
        if run.len() != LENGTH {
            return None;
        }
        let form = |(at, glyph): (usize, &Glyph)| match glyph.char {
            'x' | 'X' if at == LENGTH - 1 => Some('X'),
            char => digit_like(char),
        };
        let read: Vec<char> = run.iter().enumerate().map(form).collect::<Option<_>>()?;
        let (text, confidence): (String, f32) = (read.iter().collect(), run.confidence());
        if is_valid(&text) {
            return Some(Number { text, confidence: checked(confidence, ONE_OF), fits: true });
        }
        let mut all = 0.0;
        let mut best: Option<(f32, String)> = None;
        for at in 0..LENGTH {
            for &other in alike(read[at]).iter().filter(|other| other.is_ascii_digit()).take(2) {
                let mut changed = read.clone();
                changed[at] = other;
                let changed: String = changed.into_iter().collect();
                if is_valid(&changed) {
                    let likely =
                        confidence / run[at].confidence.max(f32::EPSILON) * (1.0 - run[at].confidence);
                    all += likely;
                    if best.as_ref().is_none_or(|(before, _)| likely > *before) {
                        best = Some((likely, changed));
                    }
                }
            }
        }
        all += NOT_ONE * confidence;
        match best {
            Some((likely, text)) if likely > LIKELY * all => {
                Some(Number { text, confidence: likely / all, fits: true })
            }
            _ => Some(Number { text, confidence: confidence.min(UNFIT), fits: false }),
        }
    }

    /// When its owner was born, if that is a date.
    pub fn birth(&self) -> Option<String> {
        birth(&self.text)
    }

    /// `男` or `女`.
    pub fn sex(&self) -> char {
        let is_odd = self.text.as_bytes().get(16).is_some_and(|digit| digit % 2 == 1);
        if is_odd { '男' } else { '女' }
    }
}

fn birth(text: &str) -> Option<String> {
    let part = |from: usize, to: usize| text.get(from..to)?.parse().ok();
    date::date(part(6, 10)?, part(10, 12)?, part(12, 14)?)
}

/// Whether a text is a number whose check character fits, of somebody born on a day that was.
pub(super) fn is_valid(text: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let digits: Option<Vec<u32>> = text.chars().take(17).map(|char| char.to_digit(10)).collect();
    let Some(digits) = digits.filter(|digits| digits.len() == 17 && text.len() == LENGTH) else {
        return false;
    };
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    "10X98765432".chars().nth((sum % 11) as usize) == text.chars().last() && birth(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::Sheet;
    use crate::sheet::tests::page;

    fn read(text: &str, doubtful: &[usize]) -> Option<Number> {
        let mut page = page(&[(0, 0, text)]);
        for &at in doubtful {
            page.blocks[0].chars[at].confidence = 0.5;
        }
        Number::read(&Sheet::of(&page).lines()[0].glyphs)
    }

    #[test]
    fn check_characters() {
        // The standard's own example.
        assert!(is_valid("11010519491231002X"));
        for wrong in
            ["110105194912310021", "11010519491331002X", "1101051949123100X", "", "11010519491231002x"]
        {
            assert!(!is_valid(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_number_says_birth_and_sex() {
        let number = read("11010519491231002x", &[]).unwrap();
        assert_eq!((number.text.as_str(), number.fits, number.sex()), ("11010519491231002X", true, '女'));
        assert_eq!(number.birth().as_deref(), Some("1949-12-31"));
        assert!(number.confidence > 0.95);
    }

    #[test]
    fn what_was_misread_is_mended_or_doubtful() {
        let mended = read("1101051949123100ZX", &[]).unwrap();
        assert_eq!((mended.text.as_str(), mended.fits), ("11010519491231002X", true));
        let mended = read("71010519491231002X", &[0]).unwrap();
        assert_eq!((mended.text.as_str(), mended.fits), ("11010519491231002X", true));
        let wrong = read("11010519491231003X", &[]).unwrap();
        assert!(!wrong.fits && wrong.confidence <= 0.3, "{wrong:?}");
        assert_eq!(read("1101051949123100", &[]), None);
    }
}
