//! Labels: the words printed on a form beside or above what is filled in.

use crate::sheet::{Glyph, Line, Run as _, Sheet};

/// How far below its label a value may begin, in heights of the label.
const BELOW: f32 = 1.5;
/// How far its left edge may be from the label's, in heights of the label.
const ASIDE: f32 = 2.0;

/// What stands in the line under the first label that is one of these; they are given without spaces, in lower case.
pub(super) fn under<'a>(sheet: &'a Sheet, labels: &[&str]) -> Option<&'a [Glyph]> {
    let is_label = |line: &&Line| labels.iter().any(|label| says(line, label));
    sheet.lines().iter().filter(is_label).find_map(|label| {
        let middle = (label.top + label.bottom) / 2.0;
        let is_under = |line: &&Line| {
            let (down, aside) = (line.top - label.bottom, (line.left - label.left).abs());
            let height = label.height();
            (line.top + line.bottom) / 2.0 > middle + height / 2.0
                && down < BELOW * height
                && aside < ASIDE * height
        };
        let values = sheet.lines().iter().filter(is_under);
        values.min_by(|a, b| a.top.total_cmp(&b.top)).map(|line| &line.glyphs[..])
    })
}

/// Whether a label stands in a line, but for a letter in six.
pub(super) fn says(line: &Line, label: &str) -> bool {
    let text: Vec<char> = line.glyphs.dense().to_lowercase().chars().collect();
    let label: Vec<char> = label.chars().collect();
    // It fills most of the line: the word may occur in running text.
    text.len() <= 3 * label.len() && distance_within(&text, &label) <= label.len() / 6
}

/// How many letters must be changed, added or left out until a word stands somewhere in a text.
pub(super) fn distance_within(text: &[char], word: &[char]) -> usize {
    // By columns of the text: how far each beginning of the word is from what ends here.
    let mut column: Vec<usize> = (0..=word.len()).collect();
    let mut least = word.len();
    for letter in text {
        let mut diagonal = column[0];
        for at in 1..=word.len() {
            let changed = diagonal + usize::from(word[at - 1] != *letter);
            diagonal = column[at];
            column[at] = changed.min(column[at] + 1).min(column[at - 1] + 1);
        }
        least = least.min(column[word.len()]);
    }
    least
}

/// The characters without those at the ends that are no part of what they say: marks, and what a ruled line was read as.
pub(super) fn trimmed(run: &[Glyph]) -> &[Glyph] {
    let begins =
        |glyph: &Glyph| glyph.char.is_alphanumeric() || matches!(glyph.char, '(' | '（' | '￥' | '¥');
    let ends = |glyph: &Glyph| {
        glyph.char.is_alphanumeric()
            || matches!(glyph.char, ')' | '）' | '%' | '。' | '；' | ';' | '!' | '！')
    };
    let Some(from) = run.iter().position(begins) else { return &[] };
    let to = run.iter().rposition(ends).map_or(run.len(), |at| at + 1);
    run.get(from..to).unwrap_or_default()
}

/// Whether a word stands somewhere on the page, but for a character in six.
pub(super) fn stands_on(sheet: &Sheet, word: &str) -> bool {
    let word: Vec<char> = word.chars().collect();
    sheet.rows().iter().any(|row| {
        let text: Vec<char> =
            row.iter().flat_map(|line| line.glyphs.dense().chars().collect::<Vec<_>>()).collect();
        distance_within(&text, &word) <= word.len() / 6
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::page;

    #[test]
    fn a_value_stands_under_its_label() {
        let page = page(&[
            (400, 100, "Date ofbirth"),
            (760, 100, "Place of birth"),
            (402, 140, "14 MAR 1988"),
            (760, 142, "ZENITH"),
            (400, 200, "Sumname"),
            (405, 240, "LINDQVIST"),
            (400, 900, "Authority"),
        ]);
        let sheet = Sheet::of(&page);
        let said = |label| under(&sheet, &[label]).map(|run| run.text());
        assert_eq!(said("dateofbirth").as_deref(), Some("14 MAR 1988"));
        assert_eq!(said("placeofbirth").as_deref(), Some("ZENITH"));
        assert_eq!(said("surname").as_deref(), Some("LINDQVIST"));
        assert_eq!((said("authority"), said("nationality")), (None, None));
    }

    #[test]
    fn distances() {
        let distance = |text: &str, word: &str| {
            distance_within(&text.chars().collect::<Vec<_>>(), &word.chars().collect::<Vec<_>>())
        };
        assert_eq!((distance("xxnamexx", "name"), distance("nme", "name"), distance("", "name")), (0, 1, 4));
        assert_eq!((distance("naame", "name"), distance("nane", "name")), (1, 1));
    }
}
