//! The itinerary of an electronic ticket for air transport of China (航空运输电子客票行程单): the printed form, and the
//! electronic invoice that took its place. What it says stands below its labels or beside them; the total is the sum of
//! the fares. Boarding passes and itineraries of travel agents are none.

mod columns;
mod legs;

use super::field::Fields;
use super::form::{Form, Label};
use super::label::{distance_within, trimmed};
use super::receipt::title;
use super::{Kind, credit_code, money, shows_no};
use crate::sheet::{Glyph, Line, Run as _, Sheet};
use crate::{Limits, Page, ReadError, TextOptions};
use columns::{Columns, words};

/// An itinerary of air transport.
#[derive(Debug)]
pub struct FlightItinerary;

/// What stands on one.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// All fields of `flight-itinerary` that are texts, by their names.
    pub fields: Fields,
    /// Of each flight `departure_station`, `destination_station`, `carrier`, `flight`, `cabin_class`, `date`, `time`,
    /// `fare_basis`, `effective_date`, `expiry_date`, `baggage_allowance`.
    pub legs: Vec<Fields>,
}

const LABELS: &[Label] = &[
    ("serial_number", &["印刷序号"]),
    ("number", &["发票号码"]),
    ("issue_status", &["开票状态", "开具状态"]),
    ("gp_number", &["GP单号"]),
    ("international_flag", &["国内国际标识", "国内国际标签"]),
    ("passenger_name", &["旅客姓名"]),
    ("id_number", &["有效身份证件号码"]),
    ("endorsements_restrictions", &["签注"]),
    ("carrier", &["承运人"]),
    ("flight", &["航班号"]),
    ("cabin_class", &["座位等级", "舱位等级"]),
    ("date", &["日期"]),
    ("time", &["时间"]),
    ("fare_basis", &["客票级别/客票类别", "客票级别", "客票类别"]),
    ("effective_date", &["客票生效日期"]),
    ("expiry_date", &["有效截止日期"]),
    ("baggage_allowance", &["免费行李"]),
    ("fare", &["票价"]),
    ("caac_development_fund", &["民航发展基金"]),
    ("fuel_surcharge", &["燃油附加费"]),
    ("other_taxes", &["其他税费"]),
    ("tax_rate", &["增值税税率"]),
    ("tax", &["增值税税额"]),
    ("total", &["合计"]),
    ("e_ticket_number", &["电子客票号码", "电子客票号"]),
    ("check_code", &["验证码"]),
    ("reference_information", &["提示信息"]),
    ("insurance", &["保险费"]),
    ("agent_code", &["销售单位代号", "销售网点代号"]),
    ("issue_organization", &["填开单位"]),
    ("issue_date", &["填开日期"]),
    ("buyer_name", &["购买方名称"]),
    ("buyer_id", &["统一社会信用代码/纳税人识别号", "纳税人识别号"]),
];
/// What the labels are translated with, without spaces, in lower case.
const ASIDE: &[&str] = &[
    "serialnumber",
    "nameofpassenger",
    "id.no.",
    "endorsements/restrictions",
    "carrier",
    "flight",
    "class",
    "date",
    "time",
    "farebasis",
    "notvalidbefore",
    "notvalidafter",
    "allow",
    "fare",
    "caacdevelopmentfund",
    "fuelsurcharge",
    "othertaxes",
    "vatrate",
    "vatamount",
    "total",
    "e-ticketno.",
    "ck.",
    "information",
    "insurance",
    "agentcode",
    "issuedby",
    "dateofissue",
];
/// What stands below its label.
const PERSON: [&str; 3] = ["passenger_name", "id_number", "endorsements_restrictions"];
const FARES: [&str; 7] =
    ["fare", "fuel_surcharge", "tax_rate", "tax", "caac_development_fund", "other_taxes", "total"];
/// What stands beside its label, and is as it is printed.
const BESIDE: [&str; 7] = [
    "issue_status",
    "international_flag",
    "gp_number",
    "reference_information",
    "insurance",
    "agent_code",
    "issue_organization",
];
/// What has digits alone, and how many at least.
const NUMBERS: [(&str, usize); 3] = [("serial_number", 8), ("number", 8), ("check_code", 4)];
/// Of the labels that others do not have together so many are there.
const OWN: [&str; 8] = [
    "passenger_name",
    "carrier",
    "flight",
    "fare_basis",
    "baggage_allowance",
    "caac_development_fund",
    "e_ticket_number",
    "endorsements_restrictions",
];
const ENOUGH: usize = 5;
/// How likely an amount is right that adds up with all others.
const ADDS_UP: f32 = 0.99;

impl Kind for FlightItinerary {
    type Asked = ();
    type Found = Found;

    fn options((): &()) -> TextOptions {
        TextOptions { character_mode: true, limits: Limits::PHOTOGRAPH, ..TextOptions::default() }
    }

    fn find(page: Page, (): &()) -> Result<Found, ReadError> {
        let sheet = Sheet::of_mainland(&page);
        let form = Form::of(&sheet, LABELS, ASIDE);
        if title(&sheet, &["行程单"]).is_none() || form.count(&OWN) < ENOUGH {
            return Err(shows_no("the itinerary of a ticket for air transport"));
        }
        let mut fields = Fields::default();
        // What has no label is missing like what has no value.
        PERSON.iter().chain(&FARES).for_each(|name| fields.put_missing(name));
        // The short labels at the ends of a row may not be found; the form has them in this order.
        let person = Columns::of(&form, &PERSON).with_ends(PERSON[0], None, PERSON[2]).with_missing(&PERSON);
        put_below(&mut fields, &sheet, &person, rows_below(&form, &PERSON, &["carrier", "flight"]));
        let fares = Columns::of(&form, &FARES).with_ends("fare", form.span(PERSON[0]), "total");
        let after = ["e_ticket_number", "check_code", "insurance", "agent_code"];
        put_below(&mut fields, &sheet, &fares, rows_below(&form, &FARES, &after));
        check_sum(&mut fields);
        for name in BESIDE {
            let run = without_translation(&form.beside(name));
            let run = trimmed(&run);
            fields.put(name, run.dense(), run);
        }
        for (name, least) in NUMBERS {
            put_number(&mut fields, name, &form.beside(name), least);
        }
        put_ticket(&mut fields, &form.beside("e_ticket_number"));
        put_from_digit(&mut fields, "issue_date", &form.beside("issue_date"));
        put_buyer(&mut fields, &form);
        let order = legs::order_number(&sheet, &form);
        fields.put("order_number", order.dense(), &order);
        let legs = legs::all(&sheet, &form);
        Ok(Found { fields, legs })
    }
}

/// The rows below the first of these labels that is there, above the first of others.
fn rows_below<'a, 'f>(form: &'f Form<'a>, labels: &[&str], others: &[&str]) -> &'f [Vec<&'a Line>] {
    let label = labels.iter().find(|label| form.has(label));
    label.map_or(&[], |label| form.rows_between(label, others))
}

/// Puts what stands in the rows below labels, each word below the label that is nearest.
fn put_below(fields: &mut Fields, sheet: &Sheet, columns: &Columns, rows: &[Vec<&Line>]) {
    let mut cells: Vec<Vec<Glyph>> = vec![Vec::new(); columns.len()];
    for word in rows.iter().flatten().flat_map(|line| words(sheet, line)) {
        if !is_translation(&word)
            && let Some(cell) = columns.nearest(sheet, &word).and_then(|at| cells.get_mut(at))
        {
            cell.extend(word);
        }
    }
    for (name, cell) in columns.names().zip(&cells) {
        fields.put(name, cell.dense(), cell);
    }
}

/// Whether a word is a label's in English.
fn is_translation(run: &[Glyph]) -> bool {
    translated(run).is_some()
}

/// In how many letters a word differs from a label in English, if it may be one.
fn translated(run: &[Glyph]) -> Option<usize> {
    let text: Vec<char> = run.dense().to_lowercase().chars().collect();
    let wrong = ASIDE.iter().filter_map(|word| {
        let word: Vec<char> = word.chars().collect();
        let wrong = text.len().abs_diff(word.len()).max(distance_within(&text, &word));
        (wrong <= word.len() / 6).then_some(wrong)
    });
    wrong.min()
}

/// What stands beside a label without its translation, which may stand between them.
fn without_translation(run: &[Glyph]) -> Vec<Glyph> {
    let is_letter = |glyph: &&Glyph| glyph.char.is_ascii() && !glyph.char.is_ascii_digit();
    let begins = run.iter().take_while(is_letter).count();
    let likeliest = (1..=begins).filter_map(|length| Some((translated(&run[..length])?, length))).min();
    run[likeliest.map_or(0, |(_, length)| length)..].to_vec()
}

/// What consists of digits: from the first one to the last.
fn put_number(fields: &mut Fields, name: &'static str, run: &[Glyph], least: usize) {
    let run: Vec<Glyph> = run.iter().copied().filter(|glyph| glyph.char.is_ascii_digit()).collect();
    if run.len() < least {
        return fields.put_missing(name);
    }
    fields.put(name, run.dense(), &run);
}

/// The ticket's number: three digits of the airline and ten, with a line between them or not.
fn put_ticket(fields: &mut Fields, run: &[Glyph]) {
    const DIGITS: usize = 13;
    let from = run.iter().position(|glyph| glyph.char.is_ascii_digit()).unwrap_or(run.len());
    let is_part = |glyph: &&Glyph| glyph.char.is_ascii_digit() || glyph.char == '-';
    let length = run[from..].iter().take_while(is_part).count();
    let run = &run[from..from + length];
    let digits = run.iter().filter(|glyph| glyph.char.is_ascii_digit()).count();
    let confidence =
        if digits == DIGITS { run.confidence() } else { run.confidence().min(super::check::UNFIT) };
    fields.put_as_sure("e_ticket_number", run.dense(), confidence, run);
}

fn put_from_digit(fields: &mut Fields, name: &'static str, run: &[Glyph]) {
    let from = run.iter().position(|glyph| glyph.char.is_ascii_digit()).unwrap_or(run.len());
    let run = trimmed(&run[from..]);
    fields.put(name, run.dense(), run);
}

fn put_buyer(fields: &mut Fields, form: &Form<'_>) {
    let run = form.beside("buyer_name");
    let run = trimmed(&run);
    fields.put("buyer_name", run.dense(), run);
    let run = form.beside("buyer_id");
    let run = trimmed(&run);
    if run.is_empty() {
        return fields.put_missing("buyer_id");
    }
    let read = credit_code::read_any(run);
    fields.put_as_sure("buyer_id", read.text, read.confidence, run);
}

/// Amounts that add up to the total are surer.
fn check_sum(fields: &mut Fields) {
    const PARTS: [&str; 5] = ["fare", "fuel_surcharge", "tax", "caac_development_fund", "other_taxes"];
    let amount = |fields: &Fields, name: &str| {
        let digits = fields.value(name).trim_start_matches(|char: char| !char.is_ascii_digit());
        if digits.is_empty() { Some(0) } else { money::figures(digits).map(|(value, _)| value) }
    };
    let sum: Option<u64> = PARTS.iter().map(|name| amount(fields, name)).sum();
    if !fields.value("total").is_empty() && sum.is_some() && sum == amount(fields, "total") {
        let said = |name: &&str| !fields.value(name).is_empty();
        let said: Vec<&str> = PARTS.into_iter().chain(["total"]).filter(|name| said(name)).collect();
        said.into_iter().for_each(|name| fields.agree(name, ADDS_UP));
    }
}

#[cfg(test)]
mod tests;
