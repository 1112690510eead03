//! Pages that were written down, and the tables that are found on them.

use super::*;
use crate::page::Ruling;
use crate::sheet::tests::page;

/// The same page with rulings from point to point.
pub(super) fn ruled(lines: &[(i32, i32, &str)], rulings: &[[i32; 4]]) -> Page {
    let ruling = |&[x0, y0, x1, y1]: &[i32; 4]| Ruling { from: [x0, y0], to: [x1, y1], thickness: 2.0 };
    Page { rulings: rulings.iter().map(ruling).collect(), ..page(lines) }
}

/// The regions as text: lines as they are, cells with their rows and columns.
pub(super) fn found(page: Page) -> Vec<String> {
    let found = GeneralTable::find(page, &Asked::default()).unwrap();
    let mut said = Vec::new();
    for region in found.regions {
        match region {
            Region::Text(rows) => said.extend(
                rows.iter()
                    .map(|row| row.iter().map(|block| block.words.clone()).collect::<Vec<_>>().join(" / ")),
            ),
            Region::Table(table) => {
                said.push(format!("{}x{}", table.rows, table.columns));
                said.extend(table.cells.iter().map(|cell| {
                    let span = |range: &Range<usize>| match range.len() {
                        1 => range.start.to_string(),
                        _ => format!("{}-{}", range.start, range.end - 1),
                    };
                    let text = cell.text().replace('\n', "+");
                    format!("{},{} {}", span(&cell.rows), span(&cell.columns), text).trim().to_owned()
                }));
            }
        }
    }
    said
}

/// A grid of rulings with edges there.
fn grid(xs: &[i32], ys: &[i32]) -> Vec<[i32; 4]> {
    let (left, right, top, bottom) = (xs[0], xs[xs.len() - 1], ys[0], ys[ys.len() - 1]);
    let across = ys.iter().map(|y| [left, *y, right, *y]);
    let down = xs.iter().map(|x| [*x, top, *x, bottom]);
    across.chain(down).collect()
}

#[test]
fn a_drawn_table_has_a_cell_in_every_place() {
    let lines = [
        (100, 20, "TITLE"),
        (110, 110, "name"),
        (410, 110, "count"),
        (110, 160, "bread"),
        // Found as one line across two columns.
        (110, 210, "milk           12"),
        (100, 300, "below"),
    ];
    let page = ruled(&lines, &grid(&[100, 400, 700], &[100, 150, 200, 250]));
    let wanted = ["TITLE", "3x2", "0,0 name", "0,1 count", "1,0 bread", "1,1", "2,0 milk", "2,1 12", "below"];
    assert_eq!(found(page), wanted);
}

#[test]
fn cells_take_up_several_places_and_have_several_lines() {
    let mut rulings = grid(&[100, 300, 500, 700], &[100, 150, 250, 300]);
    // The first cell goes down by two rows, and the ruling between the last columns begins below the first row.
    rulings.retain(|ruling| ![[100, 150, 700, 150], [500, 100, 500, 300]].contains(ruling));
    rulings.extend([[300, 150, 700, 150], [500, 150, 500, 300]]);
    let lines = [
        (110, 160, "area"),
        (310, 110, "of the year"),
        (310, 165, "first"),
        (310, 205, "half"),
        (510, 185, "all"),
        (110, 260, "north"),
        (510, 260, "7"),
    ];
    let wanted =
        ["3x3", "0-1,0 area", "0,1-2 of the year", "1,1 first+half", "1,2 all", "2,0 north", "2,1", "2,2 7"];
    assert_eq!(found(ruled(&lines, &rulings)), wanted);
}

#[test]
fn a_table_of_three_lines_is_divided_by_its_text() {
    let lines = [
        (100, 50, "Table 1 What was eaten"),
        (110, 110, "what"),
        (310, 110, "grams"),
        (510, 110, "kJ"),
        (110, 170, "bread"),
        (310, 170, "250"),
        (510, 170, "2600"),
        (110, 220, "salt"),
        (310, 220, "3"),
        (510, 220, "0"),
        (100, 290, "Source: invented."),
    ];
    let rulings = [[100, 100, 620, 100], [100, 150, 620, 150], [100, 270, 620, 270]];
    let wanted = [
        "Table 1 What was eaten",
        "3x3",
        "0,0 what",
        "0,1 grams",
        "0,2 kJ",
        "1,0 bread",
        "1,1 250",
        "1,2 2600",
        "2,0 salt",
        "2,1 3",
        "2,2 0",
        "Source: invented.",
    ];
    assert_eq!(found(ruled(&lines, &rulings)), wanted);
}

#[test]
fn a_short_ruling_in_the_head_stands_under_one_cell() {
    let lines = [
        (110, 135, "city"),
        (420, 110, "visits"),
        (310, 160, "2025"),
        (510, 160, "2026"),
        (110, 220, "Ulm"),
        (310, 220, "17"),
        (510, 220, "19"),
        (110, 270, "Jena"),
        (310, 270, "21"),
        (510, 270, "20"),
    ];
    let rulings = [[100, 100, 620, 100], [300, 148, 600, 148], [100, 205, 620, 205], [100, 310, 620, 310]];
    let wanted = [
        "4x3",
        "0-1,0 city",
        "0,1-2 visits",
        "1,1 2025",
        "1,2 2026",
        "2,0 Ulm",
        "2,1 17",
        "2,2 19",
        "3,0 Jena",
        "3,1 21",
        "3,2 20",
    ];
    assert_eq!(found(ruled(&lines, &rulings)), wanted);
}

#[test]
fn text_in_columns_is_a_table_without_any_line() {
    let lines = [
        (100, 20, "What there is in the larder"),
        (100, 110, "kind"),
        (300, 110, "place"),
        (600, 110, "left"),
        (100, 170, "flour"),
        (300, 170, "upper shelf"),
        (600, 170, "2"),
        // The second line of a cell, closer than rows are.
        (300, 206, "at the left"),
        (100, 262, "oil"),
        (300, 262, "floor"),
        (600, 262, "1"),
        (100, 322, "rice"),
        (600, 322, "3"),
    ];
    let wanted = [
        "What there is in the larder",
        "4x3",
        "0,0 kind",
        "0,1 place",
        "0,2 left",
        "1,0 flour",
        "1,1 upper shelf+at the left",
        "1,2 2",
        "2,0 oil",
        "2,1 floor",
        "2,2 1",
        "3,0 rice",
        "3,1",
        "3,2 3",
    ];
    assert_eq!(found(page(&lines)), wanted);
}

#[test]
fn other_text_is_no_table() {
    let prose = "these words go on to";
    let columns: Vec<(i32, i32, &str)> =
        (0..8).flat_map(|row| [(50, 40 * row, prose), (550, 40 * row, prose)]).collect();
    let letter = [
        (50, 20, "Invented & Co."),
        (700, 20, "3 May 2026"),
        (50, 60, "Nowhere Street 7"),
        (700, 60, "Your sign: ab"),
        (50, 200, "Dear Sir, we thank you for your letter"),
        (50, 240, "and will answer it before long."),
    ];
    let form = [
        (50, 20, "Name:"),
        (300, 20, "A. Person"),
        (50, 70, "Street:"),
        (300, 70, "Nowhere 7"),
        (50, 120, "Town:"),
        (300, 120, "Utopia"),
        (50, 170, "Date:"),
        (300, 170, "3 May"),
    ];
    let list = [(50, 20, "- one thing"), (50, 60, "- another"), (50, 100, "- a third")];
    // Its items have several lines.
    let item = |at: i32| {
        let number = ["1.", "2.", "3.", "4.", "5."][at as usize];
        let top = 100 * at;
        [(50, top, number), (140, top, "words of one thing"), (140, top + 36, "that go on")]
    };
    let numbered: Vec<(i32, i32, &str)> = (0..5).flat_map(item).collect();
    let card = [
        (50, 20, "name"),
        (300, 20, "A. Person"),
        (50, 70, "sex"),
        (300, 70, "female"),
        (50, 120, "born"),
        (300, 120, "2 May 1990"),
        (50, 170, "street"),
        (300, 170, "Nowhere 7"),
        (300, 206, "Utopia"),
    ];
    let bank = [
        (50, 20, "6222  0210"),
        (400, 20, "3456"),
        (700, 20, "781"),
        (50, 70, "VALID"),
        (400, 70, "09/31"),
        (50, 120, "HOLDER"),
        (700, 120, "BANK"),
    ];
    for lines in [&columns[..], &letter, &form, &list, &numbered, &card, &bank] {
        let found = GeneralTable::find(page(lines), &Asked::default()).unwrap();
        assert!(found.regions.iter().all(|region| matches!(region, Region::Text(_))), "{found:#?}");
    }
}

#[test]
fn a_frame_and_a_rule_are_no_tables() {
    let lines = [(110, 110, "NOTICE"), (110, 150, "Closed today."), (110, 400, "Signed")];
    let mut rulings = grid(&[100, 600], &[100, 300]);
    rulings.push([100, 390, 600, 390]);
    assert_eq!(found(ruled(&lines, &rulings)), ["NOTICE", "Closed today.", "Signed"]);
}

#[test]
fn only_drawn_tables_are_looked_for_if_asked() {
    let lines: Vec<(i32, i32, &str)> =
        (0..5).flat_map(|row| [(50, 60 * row, "a"), (300, 60 * row, "1"), (500, 60 * row, "2")]).collect();
    let tables = |with_borders| {
        let found = GeneralTable::find(page(&lines), &Asked { with_borders }).unwrap();
        found.regions.iter().filter(|region| matches!(region, Region::Table(_))).count()
    };
    assert_eq!((tables(false), tables(true)), (1, 0));
    let refused = GeneralTable::find(page(&[]), &Asked::default()).map(|_| ());
    assert_eq!(refused.map_err(|error| error.code()), Err("AIS.0104"));
}

#[test]
fn a_cell_says_how_sure_it_is_and_where() {
    let lines = [(110, 110, "one"), (110, 150, "longer"), (410, 110, "x")];
    let page = ruled(&lines, &grid(&[100, 400, 700], &[100, 200, 250]));
    let found = GeneralTable::find(page, &Asked::default()).unwrap();
    let Region::Table(table) = &found.regions[0] else { panic!("{found:?}") };
    let cell = &table.cells[0];
    assert_eq!(cell.location, [[100, 100], [400, 100], [400, 200], [100, 200]]);
    assert_eq!(cell.text_location(), Some([[110, 110], [230, 110], [230, 180], [110, 180]]));
    assert!((cell.confidence().unwrap() - 0.99).abs() < 1e-3);
    let empty = table.cells.iter().find(|cell| cell.lines.is_empty()).unwrap();
    assert_eq!((empty.text().as_str(), empty.confidence(), empty.text_location()), ("", None, None));
    assert_eq!(table.location, [[100, 100], [700, 100], [700, 250], [100, 250]]);
}

mod any_page {
    use proptest::prelude::*;

    use super::*;
    use crate::kind::any_page::{blocks, rulings};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        /// Whatever is on a page: every place of a table is in one cell, and every character is somewhere once.
        #[test]
        fn is_taken_apart_without_loss(
            blocks in prop::collection::vec(blocks("[a-c1|: ]{0,11}a"), 1..30),
            rulings in prop::collection::vec(rulings(), 0..30),
        ) {
            let page = Page { blocks, rulings, ..Page::blank(1000, 1000) };
            let letters = |text: &str| {
                text.chars().filter(|char| !char.is_whitespace() && *char != '|').collect::<Vec<char>>()
            };
            let mut there: Vec<char> = page.blocks.iter().flat_map(|block| letters(&block.words)).collect();
            let found = GeneralTable::find(page, &Asked::default()).unwrap();
            let mut read = Vec::new();
            for region in found.regions {
                match region {
                    Region::Text(rows) => {
                        read.extend(rows.iter().flatten().flat_map(|block| letters(&block.words)));
                    }
                    Region::Table(table) => {
                        let mut places = vec![0; table.rows * table.columns];
                        for cell in &table.cells {
                            read.extend(letters(&cell.text()));
                            for row in cell.rows.clone() {
                                cell.columns.clone().for_each(|column| places[row * table.columns + column] += 1);
                            }
                        }
                        prop_assert!(places.iter().all(|count| *count == 1), "{places:?}");
                    }
                }
            }
            there.sort_unstable();
            read.sort_unstable();
            prop_assert_eq!(there, read);
        }
    }
}
