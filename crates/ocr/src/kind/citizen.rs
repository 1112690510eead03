//! The number of a citizen of China (GB 11643): region, birth, order, check character.

use super::letters::digit_like;
use super::{check, date};
use crate::sheet::Glyph;

const LENGTH: usize = 18;
const RULE: check::Rule<'_> =
    check::Rule { one_of: 11.0, alike: 2, is_one: |char| char.is_ascii_digit(), is_valid: &is_valid };

/// A number as read.
pub(super) type Number = check::Number;

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
        Some(check::number(&read, run, &RULE))
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
