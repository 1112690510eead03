//! A searchable PDF: every page is its picture, with the text invisible behind it, each line where it was read. Viewers
//! find, mark and copy it.
//!
//! It is written object by object as pages come; what is kept for the end is where each object lies, and which
//! characters occurred.

use std::collections::HashMap;
use std::io::{self, Write};

use ocr::{Block, Jpeg, Page};
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, TextRenderingMode, UnicodeCmap};
use pdf_writer::{Chunk, Content, Filter, Finish, Name, Rect, Ref, Str};
use unicode_width::UnicodeWidthChar;

use super::{Sheets, glyphless};

/// Points of a pixel: pages of PDFs are read at 144 pixels an inch, and come out as large as they went in.
const POINTS_PER_PX: f32 = 0.5;
/// Most points of a side (ISO 32000-1, annex C); a page that would be larger is shown smaller.
const MAX_SIDE: f32 = 14_400.0;
/// Most characters of a font that differ; others are left out of the text.
const MAX_CHARACTERS: usize = u16::MAX as usize;
/// Of the height of a line, what lies below the foot of its letters.
const BELOW: f32 = 0.2;

const CATALOG: i32 = 1;
const TREE: i32 = 2;
const FONT: i32 = 3;
const CID_FONT: i32 = 4;
const DESCRIPTOR: i32 = 5;
const FONT_FILE: i32 = 6;
const TO_UNICODE: i32 = 7;
const TO_GLYPHS: i32 = 8;
const INFO: i32 = 9;
/// Objects before those of the first page, of which each has three.
const FIRST_PAGE: i32 = 10;
const OF_PAGE: i32 = 3;

const FONT_NAME: Name<'_> = Name(b"Glyphless");
const SYSTEM: SystemInfo<'_> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

pub(super) struct Searchable<W> {
    out: W,
    /// How many bytes are written.
    at: u64,
    /// Where each object begins, by its number.
    objects: Vec<(i32, u64)>,
    pages: i32,
    characters: Characters,
}

/// The characters that occur, each with its number in the font.
#[derive(Default)]
struct Characters {
    all: Vec<char>,
    numbers: HashMap<char, u16>,
}

impl Characters {
    fn number(&mut self, letter: char) -> Option<u16> {
        if let Some(number) = self.numbers.get(&letter) {
            return Some(*number);
        }
        if self.all.len() == MAX_CHARACTERS {
            return None;
        }
        self.all.push(letter);
        // None has number 0, which means that a character is missing.
        let number = u16::try_from(self.all.len()).ok()?;
        self.numbers.insert(letter, number);
        Some(number)
    }
}

/// In thousandths of the size: characters as wide as high, and the others.
fn width(letter: char) -> f32 {
    if letter.width() == Some(2) { 1000.0 } else { 500.0 }
}

impl<W: Write> Searchable<W> {
    pub(super) fn new(out: W) -> Searchable<W> {
        Searchable { out, at: 0, objects: Vec::new(), pages: 0, characters: Characters::default() }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.at == 0 {
            // Bytes beyond ASCII say that this is no text.
            let head = b"%PDF-1.7\n%\xc2\xb5\xc2\xb6\n\n";
            self.out.write_all(head)?;
            self.at = head.len() as u64;
        }
        self.at += bytes.len() as u64;
        self.out.write_all(bytes)
    }

    fn object(&mut self, number: i32, write: impl FnOnce(&mut Chunk, Ref)) -> io::Result<()> {
        let mut chunk = Chunk::new();
        write(&mut chunk, Ref::new(number));
        self.write(&[])?;
        self.objects.push((number, self.at));
        self.write(chunk.as_bytes())
    }

    fn font(&mut self) -> io::Result<()> {
        self.object(FONT, |chunk, id| {
            chunk
                .type0_font(id)
                .base_font(FONT_NAME)
                .encoding_predefined(Name(b"Identity-H"))
                .descendant_font(Ref::new(CID_FONT))
                .to_unicode(Ref::new(TO_UNICODE));
        })?;
        let widths: Vec<f32> = self.characters.all.iter().map(|letter| width(*letter)).collect();
        self.object(CID_FONT, |chunk, id| {
            let mut font = chunk.cid_font(id);
            font.subtype(CidFontType::Type2)
                .base_font(FONT_NAME)
                .system_info(SYSTEM)
                .font_descriptor(Ref::new(DESCRIPTOR))
                .default_width(500.0)
                .cid_to_gid_map_stream(Ref::new(TO_GLYPHS));
            font.widths().consecutive(1, widths);
        })?;
        self.object(DESCRIPTOR, |chunk, id| {
            chunk
                .font_descriptor(id)
                .name(FONT_NAME)
                .flags(FontFlags::SYMBOLIC)
                .bbox(Rect::new(0.0, 0.0, 0.0, 0.0))
                .italic_angle(0.0)
                .ascent(glyphless::ASCENT.into())
                .descent(glyphless::DESCENT.into())
                .cap_height(glyphless::ASCENT.into())
                .stem_v(0.0)
                .font_file2(Ref::new(FONT_FILE));
        })?;
        let file = glyphless::font();
        self.object(FONT_FILE, |chunk, id| {
            chunk.stream(id, &file).pair(Name(b"Length1"), file.len() as i32);
        })?;
        let mut meanings = UnicodeCmap::new(Name(b"Characters"), SYSTEM);
        for (letter, number) in self.characters.all.iter().zip(1_u16..) {
            meanings.pair(number, *letter);
        }
        let meanings = meanings.finish();
        self.object(TO_UNICODE, |chunk, id| {
            chunk.stream(id, &meanings);
        })?;
        let glyphs = glyphless::GLYPH.to_be_bytes().repeat(self.characters.all.len() + 1);
        self.object(TO_GLYPHS, |chunk, id| {
            chunk.stream(id, &glyphs);
        })
    }

    /// The table of where everything lies (ISO 32000-1, 7.5.4), and the end.
    fn table(&mut self) -> io::Result<()> {
        self.objects.sort_unstable();
        let (table_at, count) = (self.at, self.objects.len() + 1);
        let mut table = format!("xref\n0 {count}\n0000000000 65535 f\r\n");
        for (_, at) in &self.objects {
            table += &format!("{at:010} 00000 n\r\n");
        }
        table += &format!(
            "trailer\n<< /Size {count} /Root {CATALOG} 0 R /Info {INFO} 0 R >>\nstartxref\n{table_at}\n%%EOF\n"
        );
        self.write(table.as_bytes())
    }
}

impl<W: Write> Sheets for Searchable<W> {
    fn page(&mut self, page: &Page) -> io::Result<()> {
        let Some(Jpeg { bytes, is_grey }) = &page.jpeg else {
            return Err(io::Error::other("the page's picture was not kept"));
        };
        let first = FIRST_PAGE + OF_PAGE * self.pages;
        let (content_id, picture_id) = (first + 1, first + 2);
        self.pages += 1;
        let (width_px, height_px) = (page.width.max(1) as f32, page.height.max(1) as f32);
        let scale = POINTS_PER_PX.min(MAX_SIDE / width_px.max(height_px));
        let (width, height) = (width_px * scale, height_px * scale);
        let content = content(page, scale, &mut self.characters);
        self.object(first, |chunk, id| {
            let mut sheet = chunk.page(id);
            sheet.parent(Ref::new(TREE)).media_box(Rect::new(0.0, 0.0, width, height));
            sheet.contents(Ref::new(content_id));
            let mut resources = sheet.resources();
            resources.x_objects().pair(Name(b"P"), Ref::new(picture_id));
            resources.fonts().pair(Name(b"F"), Ref::new(FONT));
            resources.finish();
        })?;
        self.object(content_id, |chunk, id| {
            chunk.stream(id, &content);
        })?;
        self.object(picture_id, |chunk, id| {
            let mut picture = chunk.image_xobject(id, bytes);
            picture.filter(Filter::DctDecode);
            picture.width(page.width as i32).height(page.height as i32).bits_per_component(8);
            match is_grey {
                true => picture.color_space().device_gray(),
                false => picture.color_space().device_rgb(),
            }
        })
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.object(CATALOG, |chunk, id| {
            chunk
                .indirect(id)
                .dict()
                .pair(Name(b"Type"), Name(b"Catalog"))
                .pair(Name(b"Pages"), Ref::new(TREE));
        })?;
        let pages = self.pages;
        self.object(TREE, |chunk, id| {
            let kids = (0..pages).map(|page| Ref::new(FIRST_PAGE + OF_PAGE * page));
            chunk.pages(id).count(pages).kids(kids);
        })?;
        self.font()?;
        self.object(INFO, |chunk, id| {
            chunk.indirect(id).dict().pair(Name(b"Producer"), Str(b"Inkmeter"));
        })?;
        self.table()?;
        self.out.flush()
    }
}

/// What a page shows: its picture, and its lines invisibly.
fn content(page: &Page, scale: f32, characters: &mut Characters) -> Vec<u8> {
    let height = page.height as f32 * scale;
    let mut content = Content::new();
    content.save_state();
    content.transform([page.width as f32 * scale, 0.0, 0.0, height, 0.0, 0.0]);
    content.x_object(Name(b"P"));
    content.restore_state();
    for block in &page.blocks {
        line(block, scale, height, characters, &mut content);
    }
    content.finish().into_vec()
}

/// A line, as long and as high as it was read, in the direction it runs.
fn line(block: &Block, scale: f32, height: f32, characters: &mut Characters, content: &mut Content) {
    let mut codes = Vec::with_capacity(2 * block.words.len());
    let mut natural = 0.0;
    for letter in block.words.chars() {
        if let Some(number) = characters.number(letter) {
            codes.extend(number.to_be_bytes());
            natural += width(letter) / 1000.0;
        }
    }
    let [top, top_end, _, foot] = block.location.map(|[x, y]| (x as f32 * scale, height - y as f32 * scale));
    let (along, up) = ((top_end.0 - top.0, top_end.1 - top.1), (top.0 - foot.0, top.1 - foot.1));
    let (length, size) = (along.0.hypot(along.1), up.0.hypot(up.1));
    if natural <= 0.0 || length <= 0.0 || size <= 0.0 {
        return;
    }
    let (x, y) = (along.0 / length, along.1 / length);
    let (left, base) = (foot.0 + up.0 * BELOW, foot.1 + up.1 * BELOW);
    content.begin_text();
    content.set_text_rendering_mode(TextRenderingMode::Invisible);
    content.set_font(Name(b"F"), size);
    content.set_horizontal_scaling(100.0 * length / (natural * size));
    content.set_text_matrix([x, y, -y, x, left, base]);
    content.show(Str(&codes));
    content.end_text();
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::tests::{file, line, page};

    #[test]
    fn the_text_of_every_page_can_be_taken_out() {
        let first =
            page(vec![line("Größe: 5 €", [10, 20], [200, 20]), line("暂停营业", [10, 60], [100, 20])]);
        let mut turned = page(vec![line("𠮷野家 up", [0, 0], [10, 10])]);
        turned.blocks[0].location = [[50, 400], [50, 100], [80, 100], [80, 400]];
        let written = file(Format::Pdf, &[first, page(Vec::new()), turned]);
        let pdf = lopdf::Document::load_mem(&written).unwrap();
        assert_eq!(pdf.get_pages().len(), 3);
        let text = |page| pdf.extract_text(&[page]).unwrap().trim().to_owned();
        assert_eq!(
            (text(1), text(2), text(3)),
            ("Größe: 5 €\n暂停营业".into(), String::new(), "𠮷野家 up".into())
        );
        let boxed = |page| {
            let page = pdf.get_dictionary(pdf.get_pages()[&page]).unwrap();
            let sides = page.get(b"MediaBox").unwrap().as_array().unwrap();
            sides.iter().map(|side| side.as_float().unwrap()).collect::<Vec<f32>>()
        };
        assert_eq!(boxed(1), [0.0, 0.0, 300.0, 400.0]);
    }
}
