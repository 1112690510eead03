//! Cells and columns: each column is named once, and every format writes it from here.

use charging::{Money, Name, Timestamp, UnitPrice};

use super::Facts;

/// A value in a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    /// Nothing.
    Empty,
    /// A word that is ours, or a name that is somebody's.
    Text(String),
    /// A count.
    Number(u64),
    /// An amount.
    Money(Money),
    /// A price of one unit.
    Price(UnitPrice),
    /// An instant.
    At(Timestamp),
}

/// One column of rows `R`.
pub(super) struct Column<R> {
    /// Its heading.
    pub(super) name: &'static str,
    /// Its cell in a row.
    pub(super) cell: fn(&Facts<'_>, &R) -> Cell,
}

impl Cell {
    /// Text, or nothing.
    pub(super) fn optional_text(text: Option<impl ToString>) -> Cell {
        text.map_or(Cell::Empty, |text| Cell::Text(text.to_string()))
    }

    /// What an enterprise project is called, or nothing.
    pub(super) fn project_name(facts: &Facts<'_>, project: Option<&Name>) -> Cell {
        Cell::optional_text(project.and_then(|project| facts.projects.get(project)))
    }

    /// An instant, or nothing.
    pub(super) fn optional_at(at: Option<Timestamp>) -> Cell {
        at.map_or(Cell::Empty, Cell::At)
    }

    /// A word of ours.
    pub(super) fn word(word: &str) -> Cell {
        Cell::Text(word.to_owned())
    }

    /// The cell as text, into `text`: amounts with all eight decimals and prices with all ten, instants as RFC 3339
    /// in the account's zone. Text that a spreadsheet would take for a formula begins with an apostrophe.
    pub(super) fn write(&self, facts: &Facts<'_>, text: &mut String) {
        text.clear();
        match self {
            Cell::Empty => {}
            Cell::Text(words) => {
                if may_be_a_formula(words) {
                    text.push('\'');
                }
                text.push_str(words);
            }
            Cell::Number(number) => text.push_str(&number.to_string()),
            Cell::Money(amount) => text.push_str(&amount.in_full()),
            Cell::Price(price) => text.push_str(&price.in_full()),
            Cell::At(at) => text.push_str(&at.in_zone(facts.zone)),
        }
    }
}

/// True for text that spreadsheets evaluate when they open a CSV. A negative number is only a number.
fn may_be_a_formula(text: &str) -> bool {
    !is_negative_number(text)
        && text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

/// True for a minus and digits, perhaps with a fraction.
fn is_negative_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    whole.strip_prefix('-').is_some_and(digits) && fraction.is_none_or(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_a_formula() {
        for text in
            ["=1+1", "+1", "-cmd", "-1-1", "-1+cmd|' /C calc'!A0", "-", "-1.", "@x", "\tx", "\r=1", "＝1"]
        {
            assert!(may_be_a_formula(text), "{text:?}");
        }
        for text in ["", "alice", "general-text", "1-1", "'=1", "-1", "-12.50"] {
            assert!(!may_be_a_formula(text), "{text:?}");
        }
    }
}
