//! The plate of a vehicle of China (GA 36): the sign of a province, a letter, and five characters, or six of a vehicle
//! with an engine of new energy; without the letters I and O.

use super::letters::letter_like;
use crate::sheet::{Glyph, Run as _};

const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
/// What may stand last instead of a digit or letter.
const LAST: &str = "挂学警领港澳";
const AFTER_LETTER: std::ops::RangeInclusive<usize> = 5..=6;

/// The plate with which a run ends, and how likely it is right: what stands before the sign of its province is part of a
/// label.
pub(super) fn ending(run: &[Glyph]) -> Option<(String, f32)> {
    let is_sign = |glyph: &Glyph| PROVINCES.contains(glyph.char);
    read(&run[run.iter().position(is_sign)?..])
}

/// The plate that these characters are, and how likely it is right.
pub(super) fn read(run: &[Glyph]) -> Option<(String, f32)> {
    let run: Vec<Glyph> =
        run.iter().copied().filter(|glyph| !matches!(glyph.char, '·' | '.' | '-' | '•')).collect();
    let (first, rest) = run.split_first()?;
    // The letter is never an I: that is an edge of the plate, or of the sign.
    let is_edge = rest.first().is_some_and(|glyph| matches!(glyph.char, 'I' | 'l' | '|' | '1'));
    let has_letter = rest.get(1).is_some_and(|glyph| glyph.char.is_ascii_alphabetic());
    let rest = if is_edge && has_letter { &rest[1..] } else { rest };
    let (text, confidence) = without_province(rest)?;
    PROVINCES.contains(first.char).then(|| (format!("{}{text}", first.char), first.confidence * confidence))
}

/// The same of one without the sign of its province.
pub(super) fn without_province(run: &[Glyph]) -> Option<(String, f32)> {
    let (first, rest) = run.split_first()?;
    let letter = letter_like(first.char.to_ascii_uppercase());
    if !letter.is_ascii_uppercase() || letter == 'I' || !AFTER_LETTER.contains(&rest.len()) {
        return None;
    }
    let character = |(at, glyph): (usize, &Glyph)| match glyph.char.to_ascii_uppercase() {
        'I' => Some('1'),
        'O' => Some('0'),
        char if char.is_ascii_alphanumeric() || (at + 1 == rest.len() && LAST.contains(char)) => Some(char),
        _ => None,
    };
    let rest_text: String = rest.iter().enumerate().map(character).collect::<Option<_>>()?;
    rest_text
        .contains(|char: char| char.is_ascii_digit())
        .then(|| (format!("{letter}{rest_text}"), run.confidence()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::Sheet;
    use crate::sheet::tests::page;

    #[test]
    fn plates() {
        let of =
            |text: &str| read(&Sheet::of(&page(&[(0, 0, text)])).lines()[0].glyphs).map(|(text, _)| text);
        for (text, plate) in [
            ("浙A12345", Some("浙A12345")),
            ("粤B·D12345", Some("粤BD12345")),
            ("京 aIO234", Some("京A10234")),
            ("川IG68948", Some("川G68948")),
            ("川I68948", None),
            ("鲁H1234挂", Some("鲁H1234挂")),
            ("鲁H123挂4", None),
            ("中A12345", None),
            ("浙A1234567", None),
            ("浙ABCDEF", None),
        ] {
            assert_eq!(of(text).as_deref(), plate, "{text}");
        }
        let page = page(&[(0, 0, "PateNo鄂AG91V4")]);
        assert_eq!(
            ending(&Sheet::of(&page).lines()[0].glyphs).map(|(text, _)| text).as_deref(),
            Some("鄂AG91V4")
        );
    }
}
