//! Pages with several documents, written down.

use proptest::prelude::*;

use super::*;
use crate::kind::any_page::blocks;
use crate::kind::id_card;
use crate::sheet::tests::page_of;

/// Where a line begins, and what it says.
type Written = (i32, i32, &'static str);

const QUOTA: [(i32, i32, &str); 5] = [
    (0, 0, "广东省云外市通用定额发票"),
    (0, 60, "发票代码 144000317065"),
    (0, 120, "发票号码 91887313"),
    (0, 180, "伍 拾 元 整"),
    (0, 240, "￥50.00"),
];
const TOLL: [(i32, i32, &str); 10] = [
    (200, 0, "河北省高速公路车辆通行费发票"),
    (0, 60, "发票代码 113000317065"),
    (500, 60, "发票号码 91887313"),
    (0, 120, "入口:吴各庄"),
    (500, 122, "出口:"),
    (640, 120, "云外南站"),
    (0, 180, "车型：客1"),
    (500, 180, "收费员 0213"),
    (0, 240, "金额 15元"),
    (500, 240, "日期 2017-12-04 18:45:10"),
];
const CARD: [(i32, i32, &str); 3] =
    [(0, 0, "招商银行"), (0, 100, "4392 2501 0203 0409"), (0, 160, "GOOD THRU 11/28")];
const EMBLEM: [(i32, i32, &str); 4] = [
    (100, 0, "中华人民共和国"),
    (100, 60, "居民身份证"),
    (0, 160, "签发机关 无名市公安局云外分局"),
    (0, 220, "有效期限 2019.05.06-2039.05.06"),
];

const PERSON: [(i32, i32, &str); 5] = [
    (0, 0, "姓名 林晓舟"),
    (0, 60, "性别 女 民族 汉"),
    (0, 120, "出生 1993年11月27日"),
    (0, 180, "住址 浙江省无名市云外区星河路88号"),
    (0, 260, "公民身份号码 339999199311271040"),
];

/// These documents, each at that place.
fn scene(documents: &[(i32, i32, &[Written])]) -> Page {
    let lines: Vec<Written> = documents
        .iter()
        .flat_map(|(x, y, lines)| lines.iter().map(move |(left, top, words)| (x + left, y + top, *words)))
        .collect();
    Page { width: 3000, height: 3000, ..page_of(&lines, 0.999) }
}

fn find(page: Page, wanted: Wanted) -> Result<Vec<Document>, ReadError> {
    AutoClassification::find(page, &Asked { page: 1, wanted })
}

fn kinds(page: Page) -> Vec<Type> {
    find(page, Wanted::default()).unwrap_or_default().iter().map(|document| document.kind).collect()
}

#[test]
fn documents_with_room_between_them_are_told_apart() {
    let page = scene(&[(100, 100, &QUOTA), (1200, 140, &TOLL), (100, 800, &CARD), (1200, 800, &EMBLEM)]);
    let found = find(page, Wanted::default()).unwrap();
    let kinds: Vec<Type> = found.iter().map(|document| document.kind).collect();
    assert_eq!(kinds, [Type::QuotaInvoice, Type::TollInvoice, Type::Bankcard, Type::IdCard]);
    let Some(Content::TollInvoice(toll)) = &found[1].content else { panic!("{found:#?}") };
    assert_eq!(
        (toll.value("number"), toll.value("exit"), toll.value("amount")),
        ("91887313", "云外南站", "15")
    );
    // Around its text, with half a line of room.
    assert_eq!(found[0].location, [[85, 85], [455, 85], [455, 385], [85, 385]]);
}

#[test]
fn two_of_one_kind_are_two() {
    let mut other = QUOTA;
    other[2].2 = "发票号码 55512398";
    let found = find(scene(&[(100, 100, &QUOTA), (100, 560, &other)]), Wanted::default()).unwrap();
    let numbers: Vec<&str> = found
        .iter()
        .filter_map(|document| match &document.content {
            Some(Content::QuotaInvoice(fields)) => Some(fields.value("number")),
            _ => None,
        })
        .collect();
    assert_eq!(numbers, ["91887313", "55512398"]);
}

#[test]
fn both_sides_of_a_card_are_two() {
    // However near they lie: nobody is to read one of them as part of the other.
    for below in [400, 700] {
        let found =
            find(scene(&[(100, 100, &PERSON), (100, 100 + below, &EMBLEM)]), Wanted::default()).unwrap();
        let sides: Vec<(bool, bool)> = found
            .iter()
            .filter_map(|document| match &document.content {
                Some(Content::IdCard(card)) => Some((card.front.is_some(), card.back.is_some())),
                _ => None,
            })
            .collect();
        assert_eq!(sides, [(true, false), (false, true)], "{below}");
    }
}

#[test]
fn one_document_is_one() {
    for lines in [&QUOTA[..], &TOLL, &CARD, &EMBLEM] {
        assert_eq!(kinds(scene(&[(100, 100, lines)])).len(), 1, "{lines:?}");
    }
    // However far apart its parts stand.
    let wide: Vec<Written> = TOLL.iter().map(|(x, y, words)| (2 * x, 3 * y, *words)).collect();
    assert_eq!(kinds(scene(&[(100, 100, &wide)])), [Type::TollInvoice]);
}

#[test]
fn what_is_no_document_is_left_out() {
    let note = [(0, 0, "milk, bread and six eggs"), (0, 60, "call the plumber")];
    let found = find(scene(&[(100, 100, &CARD), (100, 700, &note)]), Wanted::default()).unwrap();
    assert_eq!(found.len(), 1);
    assert!(found[0].location.iter().all(|[_, y]| *y < 400), "{:?}", found[0].location);
    let none = find(scene(&[(100, 100, &note)]), Wanted::default());
    assert_eq!(none.map(|_| ()).map_err(|error| error.code()), Err("AIS.0104"));
}

#[test]
fn what_lies_on_two_sheets_is_two_documents() {
    // So close to each other that their lines alone would not tell.
    let mut page = scene(&[(100, 100, &QUOTA), (620, 100, &QUOTA)]);
    page.sheets =
        vec![[[80, 80], [600, 80], [600, 400], [80, 400]], [[604, 80], [1200, 80], [1200, 400], [604, 400]]];
    let found = find(page.clone(), Wanted::default()).unwrap();
    let places: Vec<Quad> = found.iter().map(|document| document.location).collect();
    assert_eq!(places, page.sheets);
    // A sheet that lies on its side begins where its text does.
    page.sheets[0].rotate_left(2);
    assert_eq!(find(page, Wanted::default()).unwrap()[0].location[0], [80, 80]);
}

#[test]
fn only_what_is_wanted_is_looked_for() {
    let page = || scene(&[(100, 100, &QUOTA), (1200, 800, &EMBLEM)]);
    let without = Wanted { quota_invoice: Want::No, ..Wanted::default() };
    let found = find(page(), without).unwrap();
    assert_eq!((found.len(), found[0].kind), (1, Type::IdCard));
    // It is there, and its other side is wanted.
    let front = Wanted { id_card: Want::Exactly(id_card::Asked::Front), ..Wanted::default() };
    let found = find(page(), front).unwrap();
    let is_read: Vec<bool> = found.iter().map(|document| document.content.is_some()).collect();
    assert_eq!(is_read, [true, false]);
    let back = Wanted { id_card: Want::Exactly(id_card::Asked::Back), ..Wanted::default() };
    assert!(find(page(), back).unwrap().iter().all(|document| document.content.is_some()));
}

#[test]
fn there_is_an_end_to_documents_and_lines() {
    let many = |count: i32| {
        let places: Vec<(i32, i32, &[Written])> =
            (0..count).map(|at| (100 + 700 * (at % 4), 100 + 560 * (at / 4), &QUOTA[..])).collect();
        find(scene(&places), Wanted::default()).map(|found| found.len())
    };
    assert_eq!(many(MOST as i32), Ok(MOST));
    assert!(many(MOST as i32 + 1).unwrap_err().to_string().contains("more than 16 documents"));
    let lines: Vec<(i32, i32, &str)> = (0..=MOST_LINES as i32).map(|at| (0, 50 * at, "a line")).collect();
    assert!(find(page_of(&lines, 0.9), Wanted::default()).unwrap_err().to_string().contains("lines"));
}

#[test]
fn a_document_beside_small_print_is_found() {
    // Seven columns of 200 lines, each farther from the last than the lines before it.
    let mut print: Vec<Written> = Vec::new();
    for column in 0..7 {
        let mut top = 400;
        for line in 0..200 {
            print.push((column * 400, top, "其他事项见背面说明"));
            top += 60 + line / 8;
        }
    }
    let page = Page { width: 3_000, height: 20_000, ..scene(&[(0, 0, &QUOTA), (0, 1_000, &print)]) };
    assert_eq!(kinds(page), [Type::QuotaInvoice]);
}

#[test]
fn the_whole_is_what_says_more_than_its_parts() {
    let shown = |filled: usize| {
        let content = Content::QuotaInvoice(crate::kind::Fields::default());
        Shown { content, filled, lines: vec![filled] }
    };
    let chosen = |whole: usize, parts: &[usize], room: f32| -> Vec<usize> {
        let parts = parts.iter().map(|part| shown(*part)).collect();
        chosen(Some(shown(whole)), parts, room).iter().map(|one| one.filled).collect()
    };
    assert_eq!(chosen(20, &[], 1.0), [20]);
    // A number within an invoice; and beside one.
    assert_eq!(chosen(20, &[2], 1.0), [20]);
    assert_eq!(chosen(20, &[19, 2], 1.0), [20]);
    assert_eq!(chosen(20, &[20, 2], 1.0), [20, 2]);
    // Two of one kind, of which one says what the other does not.
    assert_eq!(chosen(7, &[6, 6], 1.0), [6, 6]);
    // What adds nothing is part of it if it is near, and on no other sheet.
    assert_eq!((chosen(5, &[5], 1.0).len(), chosen(5, &[5], FAR + 1.0).len()), (1, 1));
    assert_eq!(chosen(9, &[5], ACROSS + 1.0), [5]);
    assert_eq!(chosen(4, &[5], 1.0), [5]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever is on a page, and whatever sheets lie there: nothing breaks, and what is found lies on the picture.
    #[test]
    fn any_page_is_told_apart(
        blocks in prop::collection::vec(blocks("[0-9票元年月日号客G站￥: ]{0,11}5"), 0..40),
        sheets in prop::collection::vec(prop::array::uniform4(prop::array::uniform2(0..1000)), 0..4),
    ) {
        let page = Page { blocks, sheets, ..Page::blank(1000, 1000) };
        if let Ok(found) = find(page, Wanted::default()) {
            prop_assert!(!found.is_empty() && found.len() <= MOST);
            let corners = found.iter().flat_map(|document| document.location).flatten();
            prop_assert!(corners.into_iter().all(|side| (0..1000).contains(&side)));
        }
    }
}
