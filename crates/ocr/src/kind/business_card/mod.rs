//! A business card: whose it is, what they do and where, and how they are reached. Cards have no form that they must have:
//! what a line says is told by its label, or else by how it is written. What is told by neither is left out.

mod together;
mod words;

use self::together::{department_before_company, department_before_title, name_before_title};
use self::words::{email, kind, label, phones, website};
use super::field::{Field, Fields};
use super::{Kind, shows_no};
use crate::sheet::{Glyph, Line, Run as _, Sheet};
use crate::{Limits, Page, ReadError, TextOptions};

/// A business card: the fields of `business-card`, of each as many as there are.
#[derive(Debug)]
pub struct BusinessCard;

/// What stands on one, by kinds of what there is.
#[derive(Debug, Clone, Default)]
pub struct Found(Vec<(Item, Field)>);

/// What a line of a card may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Item {
    /// Whose it is.
    Name,
    /// What they are.
    Title,
    /// For whom they work.
    Company,
    /// In which part of it.
    Department,
    /// A phone number.
    Phone,
    /// Where.
    Address,
    /// A mailbox.
    Email,
    /// A fax number.
    Fax,
    /// A postcode.
    Postcode,
    /// A site.
    Website,
    /// Something else with a label.
    Extra,
}

impl Item {
    /// All that an answer has a field for.
    pub const ALL: [Item; 10] = [
        Item::Name,
        Item::Title,
        Item::Company,
        Item::Department,
        Item::Phone,
        Item::Address,
        Item::Email,
        Item::Fax,
        Item::Postcode,
        Item::Website,
    ];

    /// Its field.
    pub fn name(self) -> &'static str {
        match self {
            Item::Name => "name",
            Item::Title => "title",
            Item::Company => "company",
            Item::Department => "department",
            Item::Phone => "phone",
            Item::Address => "address",
            Item::Email => "email",
            Item::Fax => "fax",
            Item::Postcode => "postcode",
            Item::Website => "website",
            Item::Extra => "extra_info_list",
        }
    }
}

/// A card has no more lines than this.
const MOST_LINES: usize = 24;
/// An address goes on in the next line if that begins so near below, in heights of the line.
const BELOW: f32 = 1.2;
/// What stands this far apart in one line, in its heights, is two things.
const APART: f32 = 1.0;

impl Found {
    /// What there is of one kind.
    pub fn of(&self, item: Item) -> Vec<String> {
        self.0.iter().filter(|(kind, _)| *kind == item).map(|(_, field)| field.value.clone()).collect()
    }

    /// What has a label and no field of its own, with that label.
    pub fn extras(&self) -> Vec<(String, String)> {
        let extras = self.of(Item::Extra);
        let split =
            |text: &String| text.split_once('\t').map(|(label, value)| (label.to_owned(), value.to_owned()));
        extras.iter().filter_map(split).collect()
    }

    /// One field for each kind, with what there is joined by a bar.
    pub fn fields(&self) -> Fields {
        let field = |item: Item| {
            let fields: Vec<&Field> =
                self.0.iter().filter(|(kind, _)| *kind == item).map(|(_, field)| field).collect();
            Field {
                name: item.name(),
                value: self.of(item).join("|"),
                confidence: if fields.is_empty() {
                    0.0
                } else {
                    fields.iter().map(|field| field.confidence).product()
                },
                location: fields.first().and_then(|field| field.location),
            }
        };
        Item::ALL.into_iter().map(field).collect()
    }

    fn has(&self, item: Item) -> bool {
        self.0.iter().any(|(kind, _)| *kind == item)
    }

    fn put(&mut self, item: Item, value: String, run: &[Glyph]) {
        let is_there = self.0.iter().any(|(kind, field)| *kind == item && field.value == value);
        if !value.is_empty() && !is_there {
            let field =
                Field { name: item.name(), value, confidence: run.confidence(), location: run.location() };
            self.0.push((item, field));
        }
    }

    /// Whether it says whose it is, what they do, and two ways to reach them.
    fn is_card(&self) -> bool {
        let count = |items: &[Item]| items.iter().filter(|item| self.has(**item)).count();
        self.has(Item::Name)
            && count(&[Item::Title, Item::Company, Item::Department]) >= 1
            && count(&[Item::Phone, Item::Email, Item::Website, Item::Fax, Item::Address]) >= 2
            && count(&[Item::Phone, Item::Email]) >= 1
    }
}

impl Kind for BusinessCard {
    type Asked = ();
    type Found = Found;

    fn options((): &()) -> TextOptions {
        TextOptions { character_mode: true, limits: Limits::PHOTOGRAPH, ..TextOptions::default() }
    }

    fn find(page: Page, (): &()) -> Result<Found, ReadError> {
        let sheet = Sheet::of(&page);
        let lines: Vec<&Line> = sheet.rows().into_iter().flatten().collect();
        let mut found = Found::default();
        if lines.len() <= MOST_LINES {
            let mut said: Vec<bool> = vec![false; lines.len()];
            for at in 0..lines.len() {
                if !said[at] {
                    said[at] = true;
                    for part in parts(&lines[at].glyphs) {
                        put(&mut found, &part, &lines, at, &mut said);
                    }
                }
            }
            keep_one_name(&mut found);
        }
        if found.is_card() { Ok(found) } else { Err(shows_no("a business card")) }
    }
}

/// A line by its labels, and by wide gaps: `电话：0571-8800 传真：0571-8801` is two things.
fn parts(glyphs: &[Glyph]) -> Vec<Vec<Glyph>> {
    let chars: Vec<char> = glyphs.iter().map(|glyph| glyph.char).collect();
    let mut parts: Vec<Vec<Glyph>> = Vec::new();
    let mut at = 0;
    while at < glyphs.len() {
        // In the middle of a line a label stands apart from what is before it.
        let begins = at == 0 || (glyphs[at].is_apart && is_label(&chars[at..])) || is_wide_gap(glyphs, at);
        match parts.last_mut() {
            Some(part) if !begins => part.push(glyphs[at]),
            _ => parts.push(vec![glyphs[at]]),
        }
        at += 1;
    }
    parts
}

fn is_label(text: &[char]) -> bool {
    label(text).is_some()
}

/// Whether a character stands far from the one before it.
fn is_wide_gap(glyphs: &[Glyph], at: usize) -> bool {
    let (before, after) = (glyphs[at - 1].location, glyphs[at].location);
    let room = f32::hypot((after[0][0] - before[1][0]) as f32, (after[0][1] - before[1][1]) as f32);
    let height = f32::hypot((after[3][0] - after[0][0]) as f32, (after[3][1] - after[0][1]) as f32);
    glyphs[at].is_apart && room > APART * height && is_chinese(&glyphs[at - 1]) && is_chinese(&glyphs[at])
}

fn is_chinese(glyph: &Glyph) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&glyph.char)
}

/// Puts what a part of a line says.
fn put(found: &mut Found, part: &[Glyph], lines: &[&Line], at: usize, said: &mut [bool]) {
    let chars: Vec<char> = part.iter().map(|glyph| glyph.char).collect();
    let Some((item, length)) = label(&chars) else {
        return put_unlabelled(found, part, lines, at, said);
    };
    let value = &part[length.min(part.len())..];
    match item {
        Item::Address => {
            let run = with_next(value, lines, at, said);
            found.put(Item::Address, run.text(), &run);
        }
        Item::Extra => {
            let name: String = part[..length]
                .iter()
                .filter(|glyph| glyph.char.is_alphanumeric())
                .map(|glyph| glyph.char)
                .collect();
            found.put(Item::Extra, format!("{name}\t{}", value.text()), value);
        }
        Item::Postcode => {
            let digits: Vec<Glyph> =
                value.iter().copied().filter(|glyph| glyph.char.is_ascii_digit()).collect();
            if digits.len() == 6 {
                found.put(Item::Postcode, digits.dense(), &digits);
            }
        }
        item => put_formed(found, item, value),
    }
}

/// A number or an address on the net, of each as many as the text has.
fn put_formed(found: &mut Found, item: Item, run: &[Glyph]) {
    let text = run.text();
    match item {
        Item::Phone | Item::Fax => {
            for number in phones(&text) {
                found.put(item, number, run);
            }
        }
        Item::Email => found.put(item, email(&text).unwrap_or_default(), run),
        Item::Website => {
            // With a label, without its usual beginning.
            let plain = Some(run.dense()).filter(|site| site.contains('.') && site.is_ascii());
            found.put(item, website(&text).or(plain).unwrap_or_default(), run);
        }
        _ => {}
    }
}

fn put_unlabelled(found: &mut Found, part: &[Glyph], lines: &[&Line], at: usize, said: &mut [bool]) {
    let is_all_chinese = part.iter().all(is_chinese);
    if is_all_chinese {
        // A name and a title, or a department and a title, in one line.
        let words: Vec<&[Glyph]> = part.chunk_by(|_, next| !next.is_apart).collect();
        let kinds: Vec<Item> = words.iter().filter_map(|word| kind(&word.text())).collect();
        if words.len() > 1 && kinds.len() == words.len() {
            for (word, item) in words.iter().zip(kinds) {
                found.put(item, word.dense(), word);
            }
            return;
        }
        let chars: Vec<char> = part.iter().map(|glyph| glyph.char).collect();
        if let Some(length) = department_before_title(&chars) {
            let (department, title) = part.split_at(length);
            found.put(Item::Department, department.dense(), department);
            found.put(Item::Title, title.dense(), title);
            return;
        }
        if let Some(length) = department_before_company(&chars) {
            let (department, company) = part.split_at(length);
            found.put(Item::Department, department.dense(), department);
            found.put(Item::Company, company.dense(), company);
            return;
        }
    }
    let item = kind(&part.text());
    if item == Some(Item::Title) && put_name_and_title(found, part) {
        return;
    }
    match item {
        Some(Item::Address) => {
            let run = with_next(part, lines, at, said);
            found.put(Item::Address, run.text(), &run);
        }
        Some(item @ (Item::Phone | Item::Email | Item::Website)) => put_formed(found, item, part),
        // Letters of a name are often set apart.
        Some(item) if part.iter().any(is_chinese) => found.put(item, part.dense(), part),
        Some(item) => found.put(item, part.text(), part),
        None => {}
    }
}

/// What is a title by its last words may have a name before it.
fn put_name_and_title(found: &mut Found, part: &[Glyph]) -> bool {
    // Which character of the part each character of its text is; a space belongs to the one behind it.
    let (mut text, mut places) = (Vec::new(), Vec::new());
    for (at, glyph) in part.iter().enumerate() {
        if at > 0 && glyph.is_apart {
            text.push(' ');
            places.push(at);
        }
        text.push(glyph.char);
        places.push(at);
    }
    let Some((to, from)) = name_before_title(&text) else { return false };
    let (Some(to), Some(from)) = (places.get(to), places.get(from)) else { return false };
    let (name, title) = (&part[..*to], &part[*from..]);
    let said = |run: &[Glyph]| if run.iter().any(is_chinese) { run.dense() } else { run.text() };
    found.put(Item::Name, said(name), name);
    found.put(Item::Title, said(title), title);
    true
}

/// An address with its next line, if it goes on: close below, without a label, and nothing by itself.
fn with_next(run: &[Glyph], lines: &[&Line], at: usize, said: &mut [bool]) -> Vec<Glyph> {
    let mut all = run.to_vec();
    let here = lines[at];
    let goes_on = |line: &&Line| {
        let chars: Vec<char> = line.glyphs.iter().map(|glyph| glyph.char).collect();
        let down = line.top - here.bottom;
        let by_itself = kind(&line.glyphs.text()).is_some_and(|item| item != Item::Address);
        down < BELOW * here.height()
            && line.top > here.top
            && line.left < here.right
            && !is_label(&chars)
            && !by_itself
    };
    if let Some(next) = lines.get(at + 1).filter(|line| goes_on(line)).filter(|_| !run.is_empty()) {
        said[at + 1] = true;
        let mut more = next.glyphs.clone();
        let is_latin = |glyph: Option<&Glyph>| glyph.is_some_and(|glyph| glyph.char.is_ascii());
        let is_apart = is_latin(run.last()) && is_latin(more.first());
        if let Some(first) = more.first_mut() {
            first.is_apart = is_apart;
        }
        all.extend(more);
    }
    all
}

/// Of what may be names the one whose letters are largest, and of another script one more.
fn keep_one_name(found: &mut Found) {
    let height = |field: &Field| {
        field.location.map_or(0.0, |[from, _, _, below]| {
            f32::hypot((below[0] - from[0]) as f32, (below[1] - from[1]) as f32)
        })
    };
    for is_latin in [true, false] {
        let is_one =
            |(item, field): &(Item, Field)| *item == Item::Name && field.value.is_ascii() == is_latin;
        let names: Vec<(usize, f32)> = found
            .0
            .iter()
            .enumerate()
            .filter(|(_, one)| is_one(one))
            .map(|(at, (_, field))| (at, height(field)))
            .collect();
        let largest = names.iter().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(at, _)| *at);
        let mut at = 0;
        found.0.retain(|one| {
            at += 1;
            !is_one(one) || Some(at - 1) == largest
        });
    }
}

#[cfg(test)]
mod tests;
