//! A quota invoice of China: a receipt that is printed with its amount, in capital figures and often in plain ones.

use super::field::Fields;
use super::form::Form;
use super::receipt::{self, CODE, NUMBER, put_code_and_number, put_location, title};
use super::{Kind, money, shows_no};
use crate::sheet::{Glyph, Run as _, Sheet};
use crate::{Page, ReadError, TextOptions};

/// A quota invoice: the fields of `quota-invoice`.
#[derive(Debug)]
pub struct QuotaInvoice;

impl Kind for QuotaInvoice {
    type Asked = ();
    type Found = Fields;

    fn options((): &()) -> TextOptions {
        receipt::options()
    }

    fn find(page: Page, (): &()) -> Result<Fields, ReadError> {
        let sheet = Sheet::of_mainland(&page);
        let title = title(&sheet, &["定额发票", "定额专用发票", "定额统一发票"])
            .ok_or_else(|| shows_no("a quota invoice"))?;
        let form = Form::of(&sheet, &[CODE, NUMBER], &[]);
        let mut fields = Fields::default();
        put_code_and_number(&mut fields, &form, &sheet);
        put_location(&mut fields, &title);
        put_amount(&mut fields, &sheet);
        Ok(fields)
    }
}

/// In capital figures; in plain ones it is read too, and what both say is surer.
fn put_amount(fields: &mut Fields, sheet: &Sheet) {
    let rows: Vec<Vec<Glyph>> = sheet
        .rows()
        .iter()
        .map(|row| row.iter().flat_map(|line| line.glyphs.iter().copied()).collect())
        .collect();
    let in_words = rows.iter().find_map(|row| words(row));
    let in_figures = rows.iter().find_map(|row| money::signed(row));
    match (in_words, in_figures) {
        (Some((amount, run)), Some((same, _, other))) if amount == same => {
            let both_wrong = (1.0 - run.confidence()) * (1.0 - other.confidence());
            fields.put_as_sure("amount", money::yuan(amount), 1.0 - both_wrong, &run);
        }
        // The words are large, and cannot be altered.
        (Some((amount, run)), None) => fields.put("amount", money::yuan(amount), &run),
        (Some((amount, run)), Some(_)) => {
            fields.put_as_sure("amount", money::yuan(amount), run.confidence() / 2.0, &run);
        }
        (None, Some((amount, _, run))) => fields.put("amount", money::yuan(amount), &run),
        (None, None) => fields.put_missing("amount"),
    }
}

/// The longest part of a row that is an amount in capital figures.
fn words(row: &[Glyph]) -> Option<(u64, Vec<Glyph>)> {
    let is_end = |glyph: &Glyph| matches!(glyph.char, '整' | '正' | '元' | '圆' | '角' | '分');
    let to = row.iter().rposition(is_end)? + 1;
    let amounts = (0..to).map(|from| (money::capitals(&row[from..to].dense()), &row[from..to]));
    amounts.filter_map(|(amount, run)| Some((amount?, run.to_vec()))).next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::page_of;

    fn read(lines: &[&str]) -> Result<Fields, &'static str> {
        let placed: Vec<_> = (0..).zip(lines).map(|(row, line)| (0, 60 * row, *line)).collect();
        QuotaInvoice::find(page_of(&placed, 0.99), &()).map_err(|error| error.code())
    }

    #[test]
    fn an_invoice_says_its_amount_twice() {
        let all = [
            "广东省云外市通用定额发票",
            "发票代码 144000317065",
            "发票号码 91887313",
            "伍 拾 元 整",
            "￥50.00",
        ];
        let fields = read(&all).unwrap();
        for (name, value) in [
            ("code", "144000317065"),
            ("number", "91887313"),
            ("location", "广东省云外市"),
            ("amount", "￥50.00"),
        ] {
            assert_eq!(fields.value(name), value, "{name}");
        }
        let sure = |lines: &[&str]| read(lines).unwrap().get("amount").unwrap().confidence;
        let contradicted = [all[0], all[1], all[2], all[3], "￥60.00"];
        assert!(sure(&all) > sure(&all[..4]) && sure(&all[..4]) > 0.9 && sure(&contradicted) < 0.5);
        let without = read(&all[..3]).unwrap();
        assert_eq!((without.value("amount"), without.get("amount").unwrap().confidence), ("", 0.0));
    }

    #[test]
    fn other_receipts_are_refused() {
        assert_eq!(read(&["浙江省出租汽车统一发票", "伍拾元整"]).map(|_| ()), Err("AIS.0104"));
    }
}
