//! The numbers under which companies of China are registered: the unified social credit code (GB 32100) of eighteen
//! characters, the last of which checks the others, and the registration number of fifteen digits before it.

use super::check::{Number, Rule, UNFIT, number};
use super::letters::digit_like;
use crate::sheet::{Glyph, Run as _};

/// The characters of a code, in the order of their values: without I, O, S, V, Z.
const CHARS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const CODE: usize = 18;
const REGISTRATION: usize = 15;

/// The number that these characters are.
pub(super) fn read(run: &[Glyph]) -> Option<Number> {
    match run.len() {
        CODE => {
            let read: Vec<char> = run.iter().enumerate().map(|(at, glyph)| letter(at, glyph.char)).collect();
            // What has no digits at its beginning is a word.
            let is_form = read[..8].iter().skip(2).all(char::is_ascii_digit);
            let rule =
                Rule { one_of: 31.0, alike: 3, is_one: |char| CHARS.contains(char), is_valid: &is_code };
            is_form.then(|| number(&read, run, &rule))
        }
        REGISTRATION => {
            let read: Vec<char> = run.iter().map(|glyph| digit_like(glyph.char)).collect::<Option<_>>()?;
            let rule = Rule {
                one_of: 10.0,
                alike: 2,
                is_one: |char| char.is_ascii_digit(),
                is_valid: &is_registration,
            };
            Some(number(&read, run, &rule))
        }
        _ => None,
    }
}

/// Like `read`, for what must be one: anything else is given as it is, and is not sure.
pub(super) fn read_any(run: &[Glyph]) -> Number {
    let as_it_is = || Number { text: run.dense(), confidence: run.confidence().min(UNFIT), fits: false };
    read(run).unwrap_or_else(as_it_is)
}

/// A text as the code that it has the form of, and whether its check character is right.
pub(super) fn of_text(text: &str) -> Option<(String, bool)> {
    let code: String = text.chars().enumerate().map(|(at, char)| letter(at, char)).collect();
    let is_form = text.chars().count() == CODE
        && code.chars().all(|char| char.is_ascii_alphanumeric())
        && code.chars().skip(2).take(6).all(|char| char.is_ascii_digit());
    is_form.then(|| {
        let is_valid = is_code(&code);
        (code, is_valid)
    })
}

/// A character of a code as there are: letters that are not used are misread digits, and of the first eight only the
/// second can be a letter.
fn letter(at: usize, char: char) -> char {
    let char = char.to_ascii_uppercase();
    if (2..8).contains(&at) {
        return digit_like(char).unwrap_or(char);
    }
    match char {
        'I' => '1',
        'O' => '0',
        'S' => '5',
        'Z' => '2',
        other => other,
    }
}

/// Whether the check character is right.
pub(super) fn is_code(text: &str) -> bool {
    let values: Option<Vec<usize>> = text.chars().map(|char| CHARS.find(char)).collect();
    let Some(values) = values.filter(|values| values.len() == CODE) else { return false };
    let mut weight = 1;
    let mut sum = 0;
    for value in &values[..CODE - 1] {
        sum += value * weight;
        weight = weight * 3 % CHARS.len();
    }
    (sum + values[CODE - 1]).is_multiple_of(CHARS.len())
}

/// Whether the check digit of a registration number is right (ISO 7064, mod 11, 10).
fn is_registration(text: &str) -> bool {
    let digits: Option<Vec<u32>> = text.chars().map(|char| char.to_digit(10)).collect();
    let Some(digits) = digits.filter(|digits| digits.len() == REGISTRATION) else { return false };
    let mut rest = 10;
    for digit in &digits[..REGISTRATION - 1] {
        let sum = (rest + digit) % 10;
        rest = (if sum == 0 { 10 } else { sum }) * 2 % 11;
    }
    (rest + digits[REGISTRATION - 1]) % 10 == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::Sheet;
    use crate::sheet::tests::page;

    fn of(text: &str, doubtful: &[usize]) -> Option<Number> {
        let mut page = page(&[(0, 0, text)]);
        for &at in doubtful {
            page.blocks[0].chars[at].confidence = 0.5;
        }
        read(&Sheet::of(&page).lines()[0].glyphs)
    }

    #[test]
    fn check_characters() {
        assert!(is_code("91350100M000100Y43"), "the standard's own example");
        for wrong in ["91350100M000100Y44", "91350100M000100Y4", "", "9135O100M000100Y43"] {
            assert!(!is_code(wrong), "{wrong}");
        }
        assert!(is_registration("110108000000016") && !is_registration("110108000000017"));
    }

    #[test]
    fn what_was_misread_is_mended_or_doubtful() {
        let sure = of("9135O100MOOO1O0Y43", &[]).unwrap();
        assert_eq!((sure.text.as_str(), sure.fits), ("91350100M000100Y43", true));
        let wrong = of("91350100M000100Y44", &[]).unwrap();
        assert!(!wrong.fits && wrong.confidence <= 0.3, "{wrong:?}");
        let mended = of("91350100N000100Y43", &[8]).unwrap();
        assert_eq!((mended.text.as_str(), mended.fits), ("91350100M000100Y43", true));
        assert_eq!(of("ABCDEFGHJKLMNPQRTU", &[]), None);
        assert_eq!(of("91350100M000100Y4", &[]), None);
    }
}
