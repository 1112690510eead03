//! Whom something is sent to: a name, a phone number and an address, as Chinese parcels and posters write them.
//!
//! A name is known by its label alone: any two to four characters might be one. A phone number is known by its digits. An
//! address begins with its province or its label, and goes down by `市`, `区` or `县`.

use crate::sheet::{Run as _, Sheet};

/// Name, phone number and address; what does not stand there is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contact {
    /// Name.
    pub name: String,
    /// Phone number: digits, and a hyphen after an area code.
    pub phone: String,
    /// Province, or what has its rank.
    pub province: String,
    /// City.
    pub city: String,
    /// District or county.
    pub district: String,
    /// What follows in the address.
    pub detail: String,
}

const NAME_LABELS: &[&str] =
    &["收件人", "收货人", "收货人姓名", "联系人", "姓名", "寄件人", "recipient", "consignee", "name"];
const PHONE_LABELS: &[&str] =
    &["手机号码", "联系电话", "手机号", "电话", "手机", "telephone", "phone", "tel", "mobile"];
const ADDRESS_LABELS: &[&str] =
    &["收货地址", "收件地址", "详细地址", "联系地址", "所在地区", "地址", "address"];

/// What provinces are called, without the word for what they are.
const PROVINCES: &[&str] = &[
    "河北",
    "山西",
    "辽宁",
    "吉林",
    "黑龙江",
    "江苏",
    "浙江",
    "安徽",
    "福建",
    "江西",
    "山东",
    "河南",
    "湖北",
    "湖南",
    "广东",
    "海南",
    "四川",
    "贵州",
    "云南",
    "陕西",
    "甘肃",
    "青海",
    "台湾",
];
/// Regions that have the rank of a province, with their full names.
const REGIONS: &[(&str, &str)] = &[
    ("内蒙古", "内蒙古自治区"),
    ("广西", "广西壮族自治区"),
    ("西藏", "西藏自治区"),
    ("宁夏", "宁夏回族自治区"),
    ("新疆", "新疆维吾尔自治区"),
    ("香港", "香港特别行政区"),
    ("澳门", "澳门特别行政区"),
];
/// Cities that are provinces at the same time.
const MUNICIPALITIES: &[&str] = &["北京", "天津", "上海", "重庆"];

impl Contact {
    /// The first of each on a page.
    pub(crate) fn of(sheet: &Sheet) -> Contact {
        let mut contact = Contact::default();
        let rows: Vec<String> = sheet
            .rows()
            .iter()
            .map(|row| row.iter().map(|line| line.glyphs.text()).collect::<Vec<_>>().join(" "))
            .collect();
        for (at, row) in rows.iter().enumerate() {
            if contact.name.is_empty()
                && let Some(name) = after(row, NAME_LABELS)
            {
                contact.name = name_in(name);
            }
            if contact.phone.is_empty() {
                contact.phone = phone_in(after(row, PHONE_LABELS).unwrap_or(row)).unwrap_or_default();
            }
            if contact.detail.is_empty() && contact.province.is_empty() {
                let labelled = after(row, ADDRESS_LABELS);
                let text: String =
                    labelled.unwrap_or(row).chars().filter(|char| !char.is_whitespace()).collect();
                if labelled.is_some() || begins_with_a_province(&text) {
                    // What is too long for a line goes on in the next.
                    let more = rows.get(at + 1).filter(|next| goes_on(next)).map_or("", String::as_str);
                    contact.put_address(&(text + more.trim()));
                }
            }
        }
        contact
    }

    fn put_address(&mut self, text: &str) {
        let mut rest = text;
        for name in MUNICIPALITIES {
            if let Some(after) = rest.strip_prefix(name) {
                self.province = format!("{name}市");
                self.city.clone_from(&self.province);
                rest = after.strip_prefix('市').unwrap_or(after);
                // Some write it twice, as province and as city.
                rest = rest.strip_prefix(self.city.as_str()).unwrap_or(rest);
            }
        }
        for name in PROVINCES {
            if let Some(after) = rest.strip_prefix(name) {
                self.province = format!("{name}省");
                rest = after.strip_prefix('省').unwrap_or(after);
            }
        }
        for (name, full) in REGIONS {
            if let Some(after) = rest.strip_prefix(name) {
                self.province = (*full).to_owned();
                rest = rest.strip_prefix(full).unwrap_or(after);
            }
        }
        if self.city.is_empty()
            && let Some((city, after)) = down_to(rest, &["自治州", "地区", "盟", "市"])
        {
            (self.city, rest) = (city.to_owned(), after);
        }
        if let Some((district, after)) = down_to(rest, &["区", "县", "旗", "市"]) {
            (self.district, rest) = (district.to_owned(), after);
        }
        self.detail =
            rest.trim_matches(|char: char| char.is_whitespace() || char == ',' || char == '，').to_owned();
    }
}

/// What stands after one of these labels at the beginning of a row.
fn after<'a>(row: &'a str, labels: &[&str]) -> Option<&'a str> {
    let row = row.trim();
    let begins =
        |label: &&&str| row.get(..label.len()).is_some_and(|start| start.eq_ignore_ascii_case(label));
    // The longest, of labels that begin alike.
    let label = labels.iter().filter(begins).max_by_key(|label| label.len())?;
    let rest = row[label.len()..].trim_start();
    // A label ends: with a colon, a space, or where another script begins.
    let ended = rest.trim_start_matches([':', '：', ';', '；']);
    let is_label = ended.len() < rest.len()
        || row[label.len()..].starts_with(char::is_whitespace)
        || rest.starts_with(|char: char| char.is_ascii() != label.is_ascii());
    is_label.then(|| ended.trim())
}

/// A name, up to what cannot be part of one.
fn name_in(text: &str) -> String {
    let is_of_name = |char: char| char.is_alphabetic() || matches!(char, '·' | '.' | ' ' | '\'' | '-');
    let name: String = text.chars().take_while(|char| is_of_name(*char)).collect();
    let end = PHONE_LABELS.iter().chain(ADDRESS_LABELS).filter_map(|label| name.find(label)).min();
    name[..end.unwrap_or(name.len())].trim().to_owned()
}

/// The first phone number: a mobile one of eleven digits, or one with an area code.
fn phone_in(text: &str) -> Option<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        let run =
            chars[at..].iter().take_while(|char| char.is_ascii_digit() || matches!(char, ' ' | '-')).count();
        if run == 0 {
            at += 1;
            continue;
        }
        let written: String = chars[at..at + run].iter().collect();
        let is_part = at > 0 && chars[at - 1].is_ascii_alphanumeric();
        let written = written.trim();
        let digits: String = written.chars().filter(char::is_ascii_digit).collect();
        let is_mobile =
            digits.len() == 11 && digits.starts_with('1') && !matches!(&digits[1..2], "0" | "1" | "2");
        if is_mobile && !is_part {
            return Some(digits);
        }
        let area = written.split_once('-').filter(|(area, number)| {
            let is_code = matches!(area.len(), 3 | 4) && area.bytes().all(|b| b.is_ascii_digit());
            let number = number.bytes().filter(u8::is_ascii_digit).count();
            is_code && matches!(number, 7 | 8) && (area.starts_with('0') || area == &"400")
        });
        if let (Some((area, number)), false) = (area, is_part) {
            return Some(format!("{area}-{}", number.replace([' ', '-'], "")));
        }
        at += run;
    }
    None
}

fn begins_with_a_province(text: &str) -> bool {
    let with = |name: &str, word: &str| text.strip_prefix(name).is_some_and(|rest| rest.starts_with(word));
    MUNICIPALITIES.iter().any(|name| with(name, "市"))
        || PROVINCES.iter().any(|name| with(name, "省"))
        || REGIONS.iter().any(|(_, full)| text.starts_with(full))
}

/// Whether a row is more of an address: it has a number of a house, and no label of its own.
fn goes_on(row: &str) -> bool {
    let has_label =
        [NAME_LABELS, PHONE_LABELS, ADDRESS_LABELS].iter().any(|labels| after(row, labels).is_some());
    let is_of_house = ["号", "室", "栋", "幢", "单元", "楼"].iter().any(|word| row.contains(word));
    !has_label && is_of_house && phone_in(row).is_none()
}

/// What ends with the first of these words, within the length of a name, and what follows it.
fn down_to<'a>(text: &'a str, words: &[&str]) -> Option<(&'a str, &'a str)> {
    const LONGEST_CHARS: usize = 11;
    let ends = words.iter().filter_map(|word| text.find(word).map(|at| at + word.len()));
    let end = ends.min()?;
    let (name, rest) = text.split_at(end);
    let is_name = (2..=LONGEST_CHARS).contains(&name.chars().count())
        && !name.contains(|char: char| char.is_ascii_digit() || "路街道号村".contains(char));
    is_name.then_some((name, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::page;

    fn contact(lines: &[&str]) -> Contact {
        let lines: Vec<(i32, i32, &str)> =
            (0..).zip(lines).map(|(row, words)| (10, 40 * row, *words)).collect();
        Contact::of(&Sheet::of(&page(&lines)))
    }

    #[test]
    fn a_label_of_a_parcel() {
        let found = contact(&[
            "大促销",
            "收件人：林晓舟 电话：139 0000 1234",
            "地址：浙江省杭州市西湖区星河路88号",
            "3幢502室",
        ]);
        assert_eq!(
            found,
            Contact {
                name: "林晓舟".into(),
                phone: "13900001234".into(),
                province: "浙江省".into(),
                city: "杭州市".into(),
                district: "西湖区".into(),
                detail: "星河路88号3幢502室".into(),
            }
        );
    }

    #[test]
    fn provinces_that_are_cities_and_regions() {
        for (text, province, city, district, detail) in [
            ("北京市海淀区星河路1号", "北京市", "北京市", "海淀区", "星河路1号"),
            ("上海市上海市浦东新区星河路1号", "上海市", "上海市", "浦东新区", "星河路1号"),
            ("广西壮族自治区南宁市青秀区星河路1号", "广西壮族自治区", "南宁市", "青秀区", "星河路1号"),
            ("四川省凉山彝族自治州西昌市星河路1号", "四川省", "凉山彝族自治州", "西昌市", "星河路1号"),
            ("浙江省义乌市星河路1号小区", "浙江省", "义乌市", "", "星河路1号小区"),
        ] {
            let found = contact(&[text]);
            let parts = [found.province, found.city, found.district, found.detail];
            assert_eq!(parts, [province, city, district, detail], "{text}");
        }
    }

    #[test]
    fn phone_numbers_are_known_by_their_digits() {
        for (text, phone) in [
            ("打 13912345678 吧", Some("13912345678")),
            ("0571-8765 4321", Some("0571-87654321")),
            ("400-820-1234", Some("400-8201234")),
            ("12345678901", None),
            ("A13912345678", None),
            ("2026-11-00417", None),
        ] {
            assert_eq!(phone_in(text).as_deref(), phone, "{text}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_guessed() {
        assert_eq!(
            contact(&["BIG SUMMER SALE", "全场五折起", "浙江人最爱的茶", "姓名学入门"]),
            Contact::default()
        );
        assert_eq!(contact(&["Name: Marta Lindqvist"]).name, "Marta Lindqvist");
    }
}
