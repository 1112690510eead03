//! Pages that were written down, and what is found on them.

use super::*;
use crate::page::Ruling;
use crate::sheet::tests::page;

const ALL: Asked = Asked {
    pairs: true,
    tables: true,
    forms: true,
    layout: true,
    characters: false,
    single_orientation: true,
    language: Language::Zh,
    page: 1,
};

fn found(page: Page) -> Found {
    SmartDocument::find(page, &ALL).unwrap()
}

fn pairs(lines: &[(i32, i32, &str)]) -> Vec<[String; 2]> {
    found(page(lines)).pairs.into_iter().map(|pair| [pair.key, pair.value]).collect()
}

/// A page with a grid of rulings.
fn drawn(lines: &[(i32, i32, &str)], xs: &[i32], ys: &[i32]) -> Page {
    let ruling = |from: [i32; 2], to: [i32; 2]| Ruling { from, to, thickness: 2.0 };
    let (left, right, top, bottom) = (xs[0], xs[xs.len() - 1], ys[0], ys[ys.len() - 1]);
    let across = ys.iter().map(|y| ruling([left, *y], [right, *y]));
    let down = xs.iter().map(|x| ruling([*x, top], [*x, bottom]));
    Page { rulings: across.chain(down).collect(), ..page(lines) }
}

/// A line whose letters are so large; those of [`page`] are 20 px wide and 30 px high.
fn sized(left: i32, top: i32, words: &str, times: f32) -> crate::Block {
    let mut block = page(&[(0, 0, words)]).blocks.remove(0);
    let move_to =
        |quad: Quad| quad.map(|[x, y]| [left + (x as f32 * times) as i32, top + (y as f32 * times) as i32]);
    block.location = move_to(block.location);
    block.chars.iter_mut().for_each(|char| char.location = move_to(char.location));
    block
}

#[test]
fn a_page_without_text_has_nothing() {
    let found = found(Page::blank(100, 100));
    assert_eq!((found.pairs.len(), found.tables.len(), found.forms.len(), found.areas.len()), (0, 0, 0, 0));
    assert!(found.page.blocks.is_empty());
}

#[test]
fn nothing_is_found_that_was_not_asked_for() {
    let asked = Asked { page: 1, ..Asked::default() };
    let found = SmartDocument::find(page(&[(0, 0, "Name: Li")]), &asked).unwrap();
    assert_eq!((found.page.blocks.len(), found.pairs.len(), found.areas.len()), (1, 0, 0));
    let options = SmartDocument::options(&asked);
    assert!(!options.rulings && !options.character_mode && options.detect_direction);
    let options = SmartDocument::options(&ALL);
    assert!(options.rulings && options.character_mode && options.single_orientation_mode);
}

#[test]
fn what_stands_behind_a_colon() {
    let found = pairs(&[
        (40, 100, "Order No.: 4711"),
        (40, 160, "姓名：林晓舟 性别：女"),
        (40, 220, "Time: 10:30"),
        (40, 280, "See http://example.com"),
        // Set apart, and near.
        (40, 340, "Phone:"),
        (180, 340, "0931 22"),
    ]);
    let wanted =
        [["Order No.", "4711"], ["姓名", "林晓舟"], ["性别", "女"], ["Time", "10:30"], ["Phone", "0931 22"]];
    assert_eq!(found, wanted);
}

#[test]
fn what_is_not_sure_is_no_pair() {
    let none: [[String; 2]; 0] = [];
    for line in [
        "Name: Li Sex: F",
        "Remarks: as agreed: no",
        "12: 34",
        "After a long talk they agreed on one thing: the bell",
        "先生，您好：今天",
        "Signature: ______",
        "开票日期： 年 月 日",
        "销售方：(章)",
    ] {
        assert_eq!(pairs(&[(40, 100, line)]), none, "{line}");
    }
    // A value so far away is of something else, unless others begin there too.
    assert_eq!(pairs(&[(40, 100, "Name:"), (700, 100, "Li")]), none);
    let two = [(40, 100, "Name:"), (500, 100, "Li"), (40, 160, "Town:"), (500, 160, "Ulm")];
    assert_eq!(pairs(&two).len(), 2);
}

#[test]
fn running_text_has_colons_too() {
    let text = [
        (40, 100, "They met in the old town hall and agreed on only"),
        (40, 140, "one thing: the bell would be rung at noon and at"),
        (40, 180, "no other hour of the day."),
    ];
    assert_eq!(pairs(&text).len(), 0);
}

#[test]
fn values_go_on_below() {
    let lines = [
        (40, 100, "Address: 88 Quay Street, third"),
        (220, 140, "floor, Zenith"),
        (40, 200, "地址：无名市云外区星河路"),
        (100, 240, "88号"),
        (40, 300, "Name: Li"),
    ];
    let wanted = [
        ["Address", "88 Quay Street, third floor, Zenith"],
        ["地址", "无名市云外区星河路88号"],
        ["Name", "Li"],
    ];
    assert_eq!(pairs(&lines), wanted);
}

#[test]
fn a_pair_has_the_text_it_is_made_of() {
    let found = found(page(&[(40, 100, "Name: Li Wei"), (40, 400, "Something else")]));
    let [pair] = found.pairs.as_slice() else { panic!("{:?}", found.pairs) };
    let parts: Vec<(bool, &str, Quad)> =
        pair.parts.iter().map(|part| (part.is_key, part.words.as_str(), part.location)).collect();
    let quad = |from: i32, to: i32| [[from, 100], [to, 100], [to, 130], [from, 130]];
    assert_eq!(parts, [(true, "Name", quad(40, 120)), (false, "Li Wei", quad(160, 280))]);
}

#[test]
fn a_form_is_labels_and_what_is_filled_in() {
    // 灯油 is a label by its column; nothing is filled in beside 电话.
    let lines = [
        (110, 110, "姓名"),
        (310, 110, "林晓舟"),
        (510, 110, "日期"),
        (710, 110, "2026-03-14"),
        (110, 160, "地址"),
        (310, 160, "无名市"),
        (510, 160, "电话"),
        (110, 210, "灯油"),
        (310, 210, "12"),
        (510, 210, "编号："),
        (710, 210, "A7"),
    ];
    let found = found(drawn(&lines, &[100, 300, 500, 700, 960], &[100, 150, 200, 250]));
    assert_eq!((found.forms.len(), found.tables.len()), (1, 0));
    let pairs: Vec<(&str, &str)> =
        found.pairs.iter().map(|pair| (pair.key.as_str(), pair.value.as_str())).collect();
    let wanted =
        [("姓名", "林晓舟"), ("日期", "2026-03-14"), ("地址", "无名市"), ("灯油", "12"), ("编号", "A7")];
    assert_eq!(pairs, wanted);
    assert_eq!(found.areas.iter().map(|area| area.kind).collect::<Vec<_>>(), [AreaKind::Form(0)]);
    assert_eq!(found.areas[0].lines, (0..lines.len()).collect::<Vec<_>>());
}

#[test]
fn a_table_with_a_head_is_no_form() {
    let lines = [
        (110, 110, "名称"),
        (410, 110, "数量"),
        (110, 160, "面包"),
        (410, 160, "12"),
        (110, 210, "合计"),
        (410, 210, "12"),
    ];
    let found = found(drawn(&lines, &[100, 400, 700], &[100, 150, 200, 250]));
    assert_eq!((found.forms.len(), found.tables.len(), found.pairs.len()), (0, 1, 0));
}

/// A page of a report.
fn report() -> Page {
    let text = "These are the words of a paragraph that goes on";
    let mut page = page(&[]);
    page.blocks = vec![
        sized(100, 20, "Papers of the office", 0.75),
        sized(100, 120, "The Old Harbour", 1.8),
        sized(100, 220, "1. Outlook", 1.3),
        sized(100, 290, text, 1.0),
        sized(100, 335, text, 1.0),
        sized(100, 380, "and ends here.", 1.0),
        sized(100, 460, "Table 1 What there is", 1.0),
        sized(110, 520, "bread", 1.0),
        sized(410, 520, "12", 1.0),
        sized(110, 570, "salt", 1.0),
        sized(410, 570, "3", 1.0),
        sized(100, 660, text, 1.0),
        sized(100, 705, "and ends there.", 1.0),
        sized(100, 790, "1 A note below the text.", 0.75),
        sized(100, 920, "The office", 0.75),
        sized(800, 920, "- 7 -", 0.75),
    ];
    page.rulings = drawn(&[], &[100, 400, 700], &[510, 560, 610]).rulings;
    page
}

#[test]
fn the_parts_of_a_page() {
    let found = found(report());
    let parts: Vec<(AreaKind, usize)> =
        found.areas.iter().map(|area| (area.kind, area.lines.len())).collect();
    let wanted = [
        (AreaKind::Header, 1),
        (AreaKind::Title, 1),
        (AreaKind::SubTitle, 1),
        (AreaKind::Text, 3),
        (AreaKind::TableCaption, 1),
        (AreaKind::Table(0), 4),
        (AreaKind::Text, 2),
        (AreaKind::Footnote, 1),
        (AreaKind::Footer, 1),
        (AreaKind::PageNumber, 1),
    ];
    assert_eq!(parts, wanted, "{:#?}", found.areas);
    let text = &found.areas[3];
    assert!(text.text.ends_with("that goes on and ends here."), "{text:?}");
    assert_eq!(text.lines, [3, 4, 5]);
    assert_eq!(found.areas[5].text, "");
}

#[test]
fn a_card_has_no_headings_and_no_edges() {
    let mut card = page(&[(300, 300, "林晓舟"), (300, 360, "无名市")]);
    card.blocks.insert(0, sized(100, 40, "6222 0210 0012", 1.6));
    card.blocks.push(sized(100, 500, "09/31", 0.75));
    card.blocks.push(sized(300, 420, "女", 1.0));
    let kinds: Vec<AreaKind> = found(card).areas.iter().map(|area| area.kind).collect();
    assert!(kinds.iter().all(|kind| *kind == AreaKind::Text), "{kinds:?}");
}

#[test]
fn columns_are_read_one_after_the_other() {
    let text = "these words go on to";
    let mut lines: Vec<(i32, i32, &str)> = Vec::new();
    for row in 0..4 {
        lines.extend([(50, 40 * row, text), (550, 40 * row, text)]);
    }
    for row in 0..4 {
        lines.extend([(50, 240 + 40 * row, text), (550, 240 + 40 * row, text)]);
    }
    let found = found(page(&lines));
    let begins: Vec<[i32; 2]> = found.areas.iter().map(|area| area.location[0]).collect();
    assert_eq!(begins, [[50, 0], [50, 240], [550, 0], [550, 240]], "{:#?}", found.areas);
}

mod any_page {
    use proptest::prelude::*;

    use super::*;
    use crate::kind::any_page::{blocks, rulings};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        /// Whatever is on a page: every line of it is in a part, no pair is empty, and tables are those that are given.
        #[test]
        fn is_taken_apart_without_loss(
            blocks in prop::collection::vec(blocks("[a-c1|:：_姓名表. ]{0,11}a"), 1..30),
            rulings in prop::collection::vec(rulings(), 0..30),
        ) {
            let page = Page { blocks, rulings, ..Page::blank(1000, 1000) };
            let found = found(page);
            let mut lines: Vec<usize> = found.areas.iter().flat_map(|area| area.lines.clone()).collect();
            lines.sort_unstable();
            lines.dedup();
            prop_assert_eq!(lines, (0..found.page.blocks.len()).collect::<Vec<_>>());
            prop_assert!(found.pairs.iter().all(|pair| !pair.key.is_empty() && !pair.value.is_empty()));
            for area in &found.areas {
                let is_there = match area.kind {
                    AreaKind::Table(table) => table < found.tables.len(),
                    AreaKind::Form(form) => form < found.forms.len(),
                    _ => !area.text.is_empty(),
                };
                prop_assert!(is_there, "{area:?}");
            }
        }
    }
}
