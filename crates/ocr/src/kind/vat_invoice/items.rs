//! The items of an invoice: rows under the labels of their columns, without any lines between them.

use crate::kind::field::Fields;
use crate::kind::form::Form;
use crate::kind::money;
use crate::sheet::{Glyph, Line, Run as _, Sheet};

/// The columns of the items, and what each is called in an item.
pub(super) const COLUMNS: [(&str, &str); 8] = [
    ("item_name", "name"),
    ("item_specification", "specification"),
    ("item_unit", "unit"),
    ("item_quantity", "quantity"),
    ("item_unit_price", "unit_price"),
    ("item_amount", "amount"),
    ("item_tax_rate", "tax_rate"),
    ("item_tax", "tax"),
];
/// What stands under the columns, above the sums: a row for each item, each line of it in the column whose label is
/// nearest.
pub(super) fn all(sheet: &Sheet, form: &Form<'_>) -> Vec<Fields> {
    let columns: Vec<(&str, f32, f32)> = COLUMNS
        .iter()
        .filter_map(|(label, name)| form.span(label).map(|(left, right)| (*name, left, right)))
        .collect();
    let rows = form.rows_between("item_amount", &["subtotal", "total_in_words"]);
    // The label of the first column stands in its middle: as far as it is from what begins in it, it goes on.
    let left = rows.iter().filter_map(|row| row.first()).map(|line| line.left).fold(f32::MAX, f32::min);
    let first_ends = columns.first().map_or(0.0, |(_, from, to)| from + to - left);
    rows.iter().filter_map(|row| item(sheet, row, &columns, first_ends)).collect()
}

fn item(sheet: &Sheet, row: &[&Line], columns: &[(&str, f32, f32)], first_ends: f32) -> Option<Fields> {
    let mut cells: Vec<Vec<Glyph>> = vec![Vec::new(); columns.len()];
    for line in row {
        for word in words(sheet, line) {
            let (left, right) = (sheet.across(&word[0]).0, sheet.across(&word[word.len() - 1]).1);
            let distance = |(_, from, to): &(&str, f32, f32)| (left + right - from - to).abs();
            // The first one is wide, and what stands in it begins at its left edge.
            let is_first =
                left < first_ends - line.height() && columns.get(1).is_some_and(|(_, from, _)| right < *from);
            let at = if is_first {
                0
            } else {
                (0..columns.len()).min_by(|a, b| distance(&columns[*a]).total_cmp(&distance(&columns[*b])))?
            };
            cells[at].extend(word);
        }
    }
    let cell = |name: &str| columns.iter().position(|(column, ..)| *column == name).map(|at| &cells[at][..]);
    // A row without an amount is no item; one with its sign is the sum.
    let amount = cell("amount")?;
    money::figures(&amount.dense()).filter(|_| amount[0].char.is_ascii_digit())?;
    let mut fields = Fields::default();
    for (_, name) in COLUMNS {
        let run = cell(name).unwrap_or_default();
        fields.put(name, run.dense(), run);
    }
    Some(fields)
}

/// A line's parts that stand apart: two columns may be read as one line.
fn words(sheet: &Sheet, line: &Line) -> Vec<Vec<Glyph>> {
    let mut words: Vec<Vec<Glyph>> = Vec::new();
    for glyph in &line.glyphs {
        let before = words.last().and_then(|word| word.last());
        let gap = before.map(|last| sheet.across(glyph).0 - sheet.across(last).1);
        match words.last_mut() {
            Some(word) if !glyph.is_apart && gap.is_some_and(|gap| gap < line.height()) => word.push(*glyph),
            _ => words.push(vec![*glyph]),
        }
    }
    words
}
