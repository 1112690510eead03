//! A railway ticket of China on paper. It has no labels: what stands where, and how it is written, says what it is. The
//! ticket's number ends the number at the bottom, which says it once more.

use super::citizen::Number;
use super::field::{Fields, checked};
use super::{Kind, date, money};
use crate::sheet::{Glyph, Line, Run as _, Sheet};
use crate::{Limits, Page, ReadError, TextOptions};

/// A railway ticket: the fields of `train-ticket`.
#[derive(Debug)]
pub struct TrainTicket;

/// The letters with which a train's number begins; some have none.
const TRAINS: &str = "GCDZTKYLSPX";
/// Kinds of seats; one that ends with another before it.
const SEATS: [&str; 13] = [
    "商务座",
    "特等座",
    "优选一等座",
    "一等座",
    "二等座",
    "高级软卧",
    "一等卧",
    "二等卧",
    "动卧",
    "软卧",
    "硬卧",
    "软座",
    "硬座",
];
/// What is printed of a ticket that was changed or given back.
const MARKS: [&str; 4] = ["始发改签", "变更到站", "差额退票", "退票费"];
/// What is wrong is the same at the bottom in one of so many cases.
const TICKETS: f32 = 1_000.0;

impl Kind for TrainTicket {
    type Asked = ();
    type Found = Fields;

    fn options((): &()) -> TextOptions {
        TextOptions { character_mode: true, limits: Limits::PHOTOGRAPH, ..TextOptions::default() }
    }

    fn find(page: Page, (): &()) -> Result<Fields, ReadError> {
        let sheet = Sheet::of_mainland(&page);
        let rows: Vec<Row> = sheet.rows().into_iter().map(Row::of).collect();
        let mut fields = Fields::default();
        let way = rows.iter().position(|row| row.train().is_some());
        let departure = rows.iter().find_map(Row::departure);
        let (Some(way), Some(departure)) = (way, departure) else {
            return Err(ReadError::Quality("it does not show a railway ticket".to_owned()));
        };
        put_ticket(&mut fields, &rows);
        put_gate(&mut fields, &rows);
        put_way(&mut fields, &sheet, &rows[way]);
        fields.put("departure_time", departure.0, &departure.1);
        put(&mut fields, "seat_number", rows.iter().find_map(Row::seat));
        put(&mut fields, "ticket_price", rows.iter().find_map(Row::price));
        put(&mut fields, "sale_method", rows[way + 1..].iter().find_map(Row::sale_method));
        put(&mut fields, "seat_category", rows.iter().find_map(Row::seat_category));
        put(&mut fields, "ticket_changing", rows.iter().find_map(|row| row.one_of(&MARKS)));
        put_passenger(&mut fields, &rows);
        Ok(fields)
    }
}

/// What a field says, and where.
type Said = (String, Vec<Glyph>);

fn put(fields: &mut Fields, name: &'static str, said: Option<Said>) {
    match said {
        Some((text, run)) => fields.put(name, text, &run),
        None => fields.put_missing(name),
    }
}

/// A row of the ticket.
struct Row<'a> {
    lines: Vec<&'a Line>,
    glyphs: Vec<Glyph>,
}

fn is_chinese(glyph: &Glyph) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&glyph.char)
}

fn is_digit(glyph: &Glyph) -> bool {
    glyph.char.is_ascii_digit()
}

impl<'a> Row<'a> {
    fn of(lines: Vec<&'a Line>) -> Row<'a> {
        let glyphs = lines.iter().flat_map(|line| line.glyphs.iter().copied()).collect();
        Row { lines, glyphs }
    }

    /// Where the train's number stands between two stations: `长沙南站 G1138 武汉站`.
    fn train(&self) -> Option<(usize, usize)> {
        let mut from = 0;
        while from < self.glyphs.len() {
            let is_part = |glyph: &&Glyph| glyph.char.is_ascii_alphanumeric();
            let length = self.glyphs[from..].iter().take_while(is_part).count();
            let run = &self.glyphs[from..from + length];
            let digits = run.iter().rev().take_while(|glyph| is_digit(glyph)).count();
            let (before, after) = (&self.glyphs[..from], &self.glyphs[from + length..]);
            let is_train = (1..=4).contains(&digits)
                && match length - digits {
                    0 => digits >= 2,
                    1 => TRAINS.contains(run[0].char),
                    _ => false,
                };
            let has_stations = |run: &[Glyph]| run.iter().filter(|glyph| is_chinese(glyph)).count() >= 2;
            // Of the two, the word for station may have been missed once; and there is no date in the row.
            let says_station = self.glyphs.iter().any(|glyph| glyph.char == '站');
            let says_date = self.glyphs.iter().any(|glyph| matches!(glyph.char, '年' | '月'));
            if is_train && says_station && !says_date && has_stations(before) && has_stations(after) {
                return Some((from, from + length));
            }
            from += length.max(1);
        }
        None
    }

    /// `2017年12月12日20:39开`
    fn departure(&self) -> Option<Said> {
        let year = self.glyphs.iter().position(|glyph| glyph.char == '年')?;
        let from = year - self.glyphs[..year].iter().rev().take_while(|glyph| is_digit(glyph)).count();
        let day = from + self.glyphs[from..].iter().position(|glyph| glyph.char == '日')?;
        let is_time = |glyph: &&Glyph| glyph.char.is_ascii_digit() || matches!(glyph.char, ':' | '：' | '.');
        let to = day + 1 + self.glyphs[day + 1..].iter().take_while(is_time).count();
        let date = date::year_first(&self.glyphs[from..=day].dense())?;
        let time = self.glyphs[day + 1..to].dense().replace(['：', '.'], ":");
        let (hour, minute) = time.split_once(':')?;
        let is_time = hour.parse::<u32>().is_ok_and(|hour| hour < 24)
            && minute.len() == 2
            && minute.parse::<u32>().is_ok_and(|minute| minute < 60);
        let text = format!("{}年{}月{}日{time}", date.get(..4)?, date.get(5..7)?, date.get(8..)?);
        is_time.then(|| (text, self.glyphs[from..to].to_vec()))
    }

    /// `03车03C号`, `12车无座`, `05车012号下铺`.
    fn seat(&self) -> Option<Said> {
        let car = self.glyphs.iter().position(|glyph| glyph.char == '车')?;
        let from = car - self.glyphs[..car].iter().rev().take_while(|glyph| is_digit(glyph)).count();
        let is_part = |glyph: &&Glyph| {
            glyph.char.is_ascii_alphanumeric()
                || matches!(glyph.char, '号' | '无' | '座' | '上' | '中' | '下' | '铺')
        };
        let to = car + 1 + self.glyphs[car + 1..].iter().take_while(is_part).count();
        let run = self.glyphs[from..to].to_vec();
        let text = run.dense();
        let says = ["号", "无座", "铺"].iter().any(|end| text.contains(end));
        (from < car && says).then_some((text, run))
    }

    /// `￥164.5元`, without its sign.
    fn price(&self) -> Option<Said> {
        let sign = self.glyphs.iter().position(|glyph| matches!(glyph.char, '￥' | '¥'))?;
        let is_part = |glyph: &&Glyph| glyph.char.is_ascii_digit() || glyph.char == '.';
        let from = sign + 1;
        let to = from + self.glyphs[from..].iter().take_while(is_part).count();
        let (_, text) = money::figures(&self.glyphs[from..to].dense())?;
        let has_unit = self.glyphs.get(to).is_some_and(|glyph| glyph.char == '元');
        let run = self.glyphs[sign..to + usize::from(has_unit)].to_vec();
        Some((format!("{text}元"), run))
    }

    /// `网` in a circle: it stands alone.
    fn sale_method(&self) -> Option<Said> {
        let is_alone = |line: &&&Line| {
            let words: Vec<&Glyph> = line.glyphs.iter().filter(|glyph| is_chinese(glyph)).collect();
            words.len() == 1 && words[0].char == '网'
        };
        let line = self.lines.iter().find(is_alone)?;
        let run: Vec<Glyph> = line.glyphs.iter().copied().filter(is_chinese).collect();
        Some((run.dense(), run))
    }

    /// `二等座`, `新空调硬卧`.
    fn seat_category(&self) -> Option<Said> {
        SEATS.iter().find_map(|seat| {
            let named = [format!("新空调{seat}"), (*seat).to_owned()];
            named.iter().find_map(|words| self.one_of(&[words]))
        })
    }

    fn one_of(&self, words: &[&str]) -> Option<Said> {
        words.iter().find_map(|word| {
            let length = word.chars().count();
            let run = self.glyphs.windows(length).find(|run| run.dense() == *word)?;
            Some(((*word).to_owned(), run.to_vec()))
        })
    }
}

/// A letter and six digits or seven at the top; the number at the bottom ends with the same.
fn put_ticket(fields: &mut Fields, rows: &[Row<'_>]) {
    let is_ticket = |run: &[Glyph]| {
        matches!(run.len(), 7 | 8) && run[0].char.is_ascii_uppercase() && run[1..].iter().all(is_digit)
    };
    let top = rows.iter().find_map(|row| {
        let mut words = row.glyphs.split(|glyph| !glyph.char.is_ascii_alphanumeric());
        words.find(|run| is_ticket(run)).map(<[Glyph]>::to_vec)
    });
    let bottom = rows.iter().rev().find_map(|row| {
        let mut words = row.glyphs.split(|glyph| !glyph.char.is_ascii_alphanumeric());
        let run =
            words.find(|run| run.len() > 16 && run.iter().any(|glyph| glyph.char.is_ascii_uppercase()))?;
        let letter = run.iter().rposition(|glyph| glyph.char.is_ascii_uppercase())?;
        let is_log = is_ticket(&run[letter..]) && run[..letter].iter().all(is_digit);
        is_log.then(|| (run.to_vec(), letter, row))
    });
    let (same, sale) = match &bottom {
        Some((run, letter, row)) => {
            let place: Vec<Glyph> = row.glyphs.iter().copied().filter(is_chinese).collect();
            (Some(run[*letter..].to_vec()), place)
        }
        None => (None, Vec::new()),
    };
    match (&top, &same) {
        (Some(top), Some(same)) if top.dense() == same.dense() => {
            fields.put_as_sure("ticket_id", top.dense(), checked(top.confidence(), TICKETS), top);
        }
        (Some(run), Some(_)) => fields.put_as_sure("ticket_id", run.dense(), run.confidence() / 2.0, run),
        (Some(run), None) | (None, Some(run)) => fields.put("ticket_id", run.dense(), run),
        (None, None) => fields.put_missing("ticket_id"),
    }
    match &bottom {
        Some((run, ..)) => fields.put("log_id", run.dense(), run),
        None => fields.put_missing("log_id"),
    }
    fields.put("sale_location", sale.dense(), &sale);
}

/// `检票:B6`, `检票口3`
fn put_gate(fields: &mut Fields, rows: &[Row<'_>]) {
    let gate = rows.iter().find_map(|row| {
        let at = row.glyphs.windows(2).position(|run| run.dense() == "检票")? + 2;
        let after =
            row.glyphs[at..].iter().copied().skip_while(|glyph| matches!(glyph.char, '口' | ':' | '：'));
        let run: Vec<Glyph> = after.take_while(|glyph| glyph.char.is_ascii_alphanumeric()).collect();
        (!run.is_empty()).then(|| (run.dense(), run))
    });
    put(fields, "check_port", gate);
}

/// From where, with which train, to where; in Latin letters below.
fn put_way(fields: &mut Fields, sheet: &Sheet, row: &Row<'_>) {
    let Some((from, to)) = row.train() else { return };
    let train = &row.glyphs[from..to];
    fields.put("train_number", train.dense(), train);
    let station = |run: &[Glyph]| {
        let run: Vec<Glyph> = run.iter().copied().filter(is_chinese).collect();
        let named = run.iter().rposition(|glyph| glyph.char != '站').map_or(0, |at| at + 1);
        (!run[..named].is_empty()).then(|| (format!("{}站", run[..named].dense()), run))
    };
    put(fields, "departure_station", station(&row.glyphs[..from]));
    put(fields, "destination_station", station(&row.glyphs[to..]));
    let middle = (sheet.across(&train[0]).0 + sheet.across(&train[train.len() - 1]).1) / 2.0;
    let bottom = row.lines.iter().map(|line| line.bottom).fold(f32::MIN, f32::max);
    let height = row.lines.iter().map(|line| line.height()).fold(f32::MIN, f32::max);
    let is_spelt = |line: &&Line| {
        let letters = line.glyphs.iter().filter(|glyph| glyph.char.is_ascii_alphabetic()).count();
        letters >= 3
            && letters == line.glyphs.len()
            && line.top > bottom - height
            && line.top < bottom + 2.0 * height
    };
    let spelt: Vec<&Line> = sheet.lines().iter().filter(is_spelt).collect();
    for (name, is_left) in [("departure_station_en", true), ("destination_station_en", false)] {
        let line = spelt.iter().find(|line| ((line.left + line.right) / 2.0 < middle) == is_left);
        put(fields, name, line.map(|line| (line.glyphs.dense(), line.glyphs.clone())));
    }
}

/// The number of whoever has the ticket, four digits of it hidden, and the name after it.
fn put_passenger(fields: &mut Fields, rows: &[Row<'_>]) {
    const BEFORE: usize = 10;
    const AFTER: usize = 4;
    let found = rows.iter().find_map(|row| {
        let name_at = |to: usize| row.glyphs[to..].iter().copied().filter(is_chinese).collect::<Vec<Glyph>>();
        (0..row.glyphs.len()).find_map(|from| {
            let run = &row.glyphs[from..];
            if from > 0 && is_digit(&row.glyphs[from - 1]) {
                return None;
            }
            let before = run.iter().take_while(|glyph| is_digit(glyph)).count();
            let stars = run[before..]
                .iter()
                .take_while(|glyph| matches!(glyph.char, '*' | '＊' | '×' | '.' | '·'))
                .count();
            let is_end = |glyph: &&Glyph| is_digit(glyph) || matches!(glyph.char, 'X' | 'x');
            let after = run[before + stars..].iter().take_while(is_end).count();
            if before == BEFORE && stars > 0 && after == AFTER {
                let (first, last) = (&run[..before], &run[before + stars..][..after]);
                let text = format!("{}****{}", first.dense(), last.dense().to_ascii_uppercase());
                let confidence = first.confidence() * last.confidence();
                return Some((
                    text,
                    confidence,
                    run[..before + stars + after].to_vec(),
                    name_at(from + before + stars + after),
                ));
            }
            let number = run.get(..18).and_then(Number::read).filter(|number| number.fits)?;
            Some((number.text, number.confidence, run[..18].to_vec(), name_at(from + 18)))
        })
    });
    let (text, confidence, run, name) = found.unwrap_or_default();
    fields.put_as_sure("id_number", text, confidence, &run);
    fields.put("name", name.dense(), &name);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::page_of;

    const TICKET: [(i32, i32, &str); 17] = [
        (40, 0, "K090841"),
        (700, 4, "检票:B6"),
        (60, 60, "长宁南"),
        (160, 64, "站"),
        (400, 60, "G1138"),
        (640, 60, "云外站"),
        (60, 110, "Changningnan"),
        (640, 110, "Yunwai"),
        (40, 160, "2017 年 12 月 12 日 20:39 开"),
        (640, 160, "03 车 03C 号"),
        (40, 220, "￥164.5 元"),
        (400, 220, "网"),
        (640, 220, "二等座"),
        (40, 280, "限乘当日当次车"),
        (40, 330, "始发改签"),
        (40, 390, "3399991998****0012 林晓舟"),
        (40, 480, "65818301991213K090841 长宁南售"),
    ];

    fn read(lines: &[(i32, i32, &str)]) -> Result<Fields, &'static str> {
        TrainTicket::find(page_of(lines, 0.99), &()).map_err(|error| error.code())
    }

    #[test]
    fn a_ticket_says_where_it_goes() {
        let fields = read(&TICKET).unwrap();
        for (name, value) in [
            ("ticket_id", "K090841"),
            ("check_port", "B6"),
            ("train_number", "G1138"),
            ("departure_station", "长宁南站"),
            ("destination_station", "云外站"),
            ("departure_station_en", "Changningnan"),
            ("destination_station_en", "Yunwai"),
            ("departure_time", "2017年12月12日20:39"),
            ("seat_number", "03车03C号"),
            ("ticket_price", "164.5元"),
            ("sale_method", "网"),
            ("seat_category", "二等座"),
            ("ticket_changing", "始发改签"),
            ("id_number", "3399991998****0012"),
            ("name", "林晓舟"),
            ("log_id", "65818301991213K090841"),
            ("sale_location", "长宁南售"),
        ] {
            assert_eq!(fields.value(name), value, "{name}");
        }
        assert!(fields.get("ticket_id").unwrap().confidence > 0.99);
    }

    #[test]
    fn seats_and_numbers_are_written_in_several_ways() {
        let mut lines = TICKET.to_vec();
        lines[4].2 = "1461";
        lines[9].2 = "12车无座";
        lines[12].2 = "新空调硬座";
        lines[15].2 = "339999199311271040 林晓舟";
        let fields = read(&lines).unwrap();
        for (name, value) in [
            ("train_number", "1461"),
            ("seat_number", "12车无座"),
            ("seat_category", "新空调硬座"),
            ("id_number", "339999199311271040"),
            ("name", "林晓舟"),
        ] {
            assert_eq!(fields.value(name), value, "{name}");
        }
    }

    #[test]
    fn what_contradicts_itself_is_doubtful_and_other_documents_are_refused() {
        let mut lines = TICKET.to_vec();
        lines[0].2 = "K090842";
        assert!(read(&lines).unwrap().get("ticket_id").unwrap().confidence < 0.5);
        assert_eq!(read(&TICKET[..8]).map(|_| ()), Err("AIS.0104"));
        assert_eq!(read(&TICKET[8..]).map(|_| ()), Err("AIS.0104"));
    }
}
