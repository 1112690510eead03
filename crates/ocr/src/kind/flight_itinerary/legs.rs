//! The flights of an itinerary: a row for each station, from where and then to where, with what is known of the flight that
//! leaves it.

use super::columns::{Columns, words};
use super::is_translation;
use crate::kind::field::Fields;
use crate::kind::form::Form;
use crate::kind::letters::letter_like;
use crate::sheet::{Glyph, Line, Run as _, Sheet};

/// The columns of a flight, right of its station.
const COLUMNS: [&str; 9] = [
    "carrier",
    "flight",
    "cabin_class",
    "date",
    "time",
    "fare_basis",
    "effective_date",
    "expiry_date",
    "baggage_allowance",
];
/// What ends the rows.
const AFTER: [&str; 7] =
    ["fare", "total", "fuel_surcharge", "tax", "caac_development_fund", "e_ticket_number", "agent_code"];
/// What is printed where nothing is booked.
const VOID: &str = "VOID";
/// An itinerary has no more stations.
const MOST: usize = 12;

/// A row: where it is, and what is known of the flight from there.
struct Stop {
    station: Vec<Glyph>,
    cells: Vec<Vec<Glyph>>,
}

fn columns_of(form: &Form<'_>) -> Columns {
    Columns::of(form, &COLUMNS).with_first(COLUMNS[0]).with_missing(&COLUMNS)
}

/// All flights, in their order.
pub(super) fn all(sheet: &Sheet, form: &Form<'_>) -> Vec<Fields> {
    let columns = columns_of(form);
    let rows = form.rows_between("flight", &AFTER);
    let stops: Vec<Stop> = rows.iter().filter_map(|row| stop(sheet, row, &columns)).take(MOST).collect();
    let mut legs = Vec::new();
    for pair in stops.windows(2) {
        let [from, to] = pair else { continue };
        if from.cells.iter().all(Vec::is_empty) {
            continue;
        }
        let mut leg = Fields::default();
        leg.put("departure_station", from.station.dense(), &from.station);
        leg.put("destination_station", to.station.dense(), &to.station);
        for name in COLUMNS {
            let cell = columns.names().position(|other| other == name).and_then(|at| from.cells.get(at));
            let cell = cell.map(Vec::as_slice).unwrap_or_default();
            leg.put(name, cell.dense(), cell);
        }
        legs.push(leg);
    }
    legs
}

/// A row that begins with its words for from, or to; one where nothing is booked is none.
fn stop(sheet: &Sheet, row: &[&Line], columns: &Columns) -> Option<Stop> {
    let (left, height) = (columns.left(), row.first()?.height());
    let (mut station, mut cells) = (Vec::new(), vec![Vec::new(); columns.len()]);
    for word in row.iter().flat_map(|line| words(sheet, line)) {
        if is_translation(&word) || word.dense() == VOID {
            continue;
        }
        // A value may begin a little left of its label.
        let (from, to) = (sheet.across(&word[0]).0, sheet.across(&word[word.len() - 1]).1);
        if (from + to) / 2.0 < left - height / 2.0 {
            station.extend(word);
        } else if let Some(cell) = columns.nearest(sheet, &word).and_then(|at| cells.get_mut(at)) {
            cell.extend(word);
        }
    }
    let begins = matches!(station.first().map(|glyph: &Glyph| glyph.char), Some('自' | '至'));
    let station = without_words(&station);
    (begins && !station.is_empty() && station.dense() != VOID).then_some(Stop { station, cells })
}

/// A station without what says that it is one: `自 FROM`, `至TO:`.
fn without_words(run: &[Glyph]) -> Vec<Glyph> {
    let mut rest = run.get(1..).unwrap_or_default();
    for word in ["FROM", "TO"] {
        let is_like = |glyph: &Glyph, char: char| letter_like(glyph.char).eq_ignore_ascii_case(&char);
        let says = rest.iter().zip(word.chars()).filter(|(glyph, char)| is_like(glyph, *char));
        if says.count() == word.len() {
            rest = &rest[word.len()..];
            break;
        }
    }
    let from = rest.iter().position(|glyph| !matches!(glyph.char, ':' | '：')).unwrap_or(rest.len());
    rest[from..].to_vec()
}

/// The order's number: six capitals and digits left of the columns' labels, above the first station.
pub(super) fn order_number(sheet: &Sheet, form: &Form<'_>) -> Vec<Glyph> {
    const LENGTH: usize = 6;
    let left = columns_of(form).left();
    let Some((top, bottom)) = form.height_of("flight") else { return Vec::new() };
    let height = bottom - top;
    let is_one = |word: &Vec<Glyph>| {
        word.len() == LENGTH
            && word.iter().all(|glyph| glyph.char.is_ascii_uppercase() || glyph.char.is_ascii_digit())
            && sheet.across(&word[LENGTH - 1]).1 < left
    };
    let near = |line: &&Line| {
        let middle = (line.top + line.bottom) / 2.0;
        middle > top - height && middle < bottom + height
    };
    sheet.lines().iter().filter(near).flat_map(|line| words(sheet, line)).find(is_one).unwrap_or_default()
}
