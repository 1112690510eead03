//! One picture from pixels to page, by one worker.

use crate::crop;
use crate::detect;
use crate::geometry::{Point, Rect, point};
use crate::ink;
use crate::lying;
use crate::memory::Share;
use crate::order;
use crate::orient;
use crate::page::{Block, Char, Page, Quad, Ruling, Seal, SealWords};
use crate::picture::{Jpeg, Picture};
use crate::recognise::{self, Alphabet, Glyph};
use crate::rulings;
use crate::runtime::Session;
use crate::scale::scaled;
use crate::seals::{Recogniser, Seals, Words};
use crate::tiny::Tiny;
use crate::{ReadError, SealOptions, TextOptions};

/// Lines less certain than this are dropped: they are texture, or a script the model does not know.
const MIN_CONFIDENCE: f32 = 0.5;
/// Lines less certain than this are tried in other directions too.
const DOUBTFUL: f32 = 0.75;
/// Heights of a line for each of its characters, above which they are too few.
const SPARSE: f32 = 5.0;
/// Lines this much higher than wide may run up or down.
const TALL: f32 = 1.5;
/// Above this a tall line is not tried as it stands: no character is that narrow.
const VERY_TALL: f32 = 4.0;
/// On a page with more lines than these none stands alone.
const FEW_LINES: usize = 8;

/// The models one worker runs.
pub(crate) struct Models {
    pub orientation: Box<dyn Session>,
    pub detection: Box<dyn Session>,
    /// Tried first, if it is there.
    pub tiny: Option<Tiny>,
    pub recognition: Box<dyn Session>,
}

/// A line as read.
struct Line {
    rect: Rect,
    glyphs: Vec<Glyph>,
    words: String,
    confidence: f32,
}

impl Line {
    /// Whether it may lie the wrong way round: uncertain, or far too few characters for its length.
    fn is_doubtful(&self) -> bool {
        self.confidence < DOUBTFUL || self.rect.width > SPARSE * self.rect.height * self.glyphs.len() as f32
    }

    /// How much sense a reading makes: many characters, each certain. The wrong way round a line may give
    /// few that look certain.
    fn sense(&self) -> f32 {
        self.confidence * self.confidence * self.glyphs.len() as f32
    }
}

/// Reads one picture, whose memory is of that share, as long as it is wanted.
pub(crate) fn page(
    picture: &Picture,
    options: &TextOptions,
    share: &Share,
    models: &mut Models,
    alphabet: &Alphabet,
) -> Result<Page, ReadError> {
    let mut reader = Reader { picture, options, share, models, alphabet };
    let lines = match options.seals {
        SealOptions::Alone { .. } => Vec::new(),
        _ if options.quick_mode => reader.single_line()?,
        _ => reader.lines()?,
    };
    let mut page = assemble(picture, lines, options);
    if options.seals != SealOptions::No {
        reader.seals(&mut page)?;
    }
    Ok(page)
}

struct Reader<'a> {
    picture: &'a Picture,
    options: &'a TextOptions,
    share: &'a Share<'a>,
    models: &'a mut Models,
    alphabet: &'a Alphabet,
}

impl Reader<'_> {
    fn single_line(&mut self) -> Result<Vec<Line>, ReadError> {
        let (width, height) = (self.picture.width as f32, self.picture.height as f32);
        let rect = Rect { centre: point(width / 2.0, height / 2.0), along: point(1.0, 0.0), width, height };
        Ok(self.best_direction(rect)?.into_iter().collect())
    }

    fn lines(&mut self) -> Result<Vec<Line>, ReadError> {
        self.share.check_wanted()?;
        let quarters = orient::quarters(self.picture, self.models.orientation.as_mut())?;
        let lines = self.lines_of_page(quarters)?;
        if quarters == 0 || certainty(&lines) >= DOUBTFUL {
            return Ok(lines);
        }
        // Turned, it makes no sense: perhaps it lay upright after all.
        let upright = self.lines_of_page(0)?;
        Ok(if certainty(&upright) > certainty(&lines) { upright } else { lines })
    }

    fn lines_of_page(&mut self, quarters: u8) -> Result<Vec<Line>, ReadError> {
        self.share.check_wanted()?;
        let mut rects = detect::lines(self.picture, quarters, self.models.detection.as_mut())?;
        self.look_again(quarters, &mut rects)?;
        // By proportions, so that lines of one input size follow each other: changing it costs the
        // runtime a tenth of the time.
        rects.sort_by(|a, b| (a.width / a.height).total_cmp(&(b.width / b.height)));
        let mut lines = Vec::with_capacity(rects.len());
        for rect in rects {
            lines.extend(self.best_direction(rect)?);
        }
        Ok(lines)
    }

    /// Adds lines that stand alone on a page that is nearly empty, for which the detection model has to see less of it.
    fn look_again(&mut self, quarters: u8, rects: &mut Vec<Rect>) -> Result<(), ReadError> {
        if rects.len() > FEW_LINES {
            return Ok(());
        }
        let Some(part) = ink::beside(self.picture, rects) else { return Ok(()) };
        let [left, top, width, height] = part;
        if width * height >= self.picture.width as f64 * self.picture.height as f64 {
            return Ok(());
        }
        self.share.check_wanted()?;
        let part = scaled(self.picture, part, width as usize, height as usize)?;
        let again = detect::lines(&part, quarters, self.models.detection.as_mut())?;
        let there = again.into_iter().map(|rect| Rect {
            centre: point(rect.centre.x + left as f32, rect.centre.y + top as f32),
            ..rect
        });
        let known = rects.clone();
        rects.extend(there.filter(|rect| !known.iter().any(|other| other.has(rect.centre))));
        Ok(())
    }

    /// The line read in the direction that makes most sense, if any does.
    fn best_direction(&mut self, rect: Rect) -> Result<Option<Line>, ReadError> {
        let tall = rect.height / rect.width.max(1.0);
        let single = self.options.single_orientation_mode;
        let mut best = if single || tall < VERY_TALL { Some(self.line(rect)?) } else { None };
        let sense = |line: &Option<Line>| line.as_ref().map_or(-1.0, Line::sense);
        if !single && tall >= TALL {
            for quarters in [1, 3] {
                let turned = self.line(rect.turned(quarters))?;
                if turned.sense() > sense(&best) {
                    best = Some(turned);
                }
            }
        } else if let Some(line) = best.as_ref().filter(|line| !single && line.is_doubtful()) {
            let turned = self.line(rect.turned(2))?;
            if !turned.is_doubtful() && turned.sense() > line.sense() {
                best = Some(turned);
            }
        }
        Ok(best.filter(|line| !line.glyphs.is_empty() && line.confidence >= MIN_CONFIDENCE))
    }

    fn line(&mut self, rect: Rect) -> Result<Line, ReadError> {
        let glyphs = self.glyphs(&crop::line(self.picture, &rect))?;
        let (words, confidence) = recognise::text(&glyphs);
        Ok(Line { rect, glyphs, words, confidence })
    }

    fn glyphs(&mut self, strip: &Picture) -> Result<Vec<Glyph>, ReadError> {
        self.share.check_wanted()?;
        let surely = match &mut self.models.tiny {
            Some(tiny) => tiny.read(strip)?,
            None => None,
        };
        match surely {
            Some(glyphs) => Ok(glyphs),
            None => recognise::glyphs(strip, self.alphabet, self.models.recognition.as_mut()),
        }
    }

    /// Looks for seals, and gives the page what is asked of them.
    fn seals(&mut self, page: &mut Page) -> Result<(), ReadError> {
        self.share.check_wanted()?;
        let picture = self.picture;
        let mut found = Seals::of(picture)?;
        let mut none = Vec::new();
        for seen in &found.seen {
            self.share.check_wanted()?;
            let mut seal = Seal {
                shape: seen.shape(),
                confidence: seen.confidence(),
                location: seen.location(picture),
                words: Vec::new(),
                picture: None,
            };
            if let SealOptions::Alone { pictures, .. } = self.options.seals {
                let said = found.words(seen, self)?;
                let is_none = seen.is_doubtful() && said.iter().all(|said| said.words.chars().count() < 2);
                none.push(is_none);
                if is_none {
                    continue;
                }
                let words = said.into_iter();
                seal.words =
                    words.map(|Words { words, confidence, .. }| SealWords { words, confidence }).collect();
                if pictures {
                    seal.picture = Some(Jpeg::encoded(&seen.cut_out(picture)?)?.bytes);
                }
            }
            page.seals.push(seal);
        }
        let mut none = none.into_iter();
        found.seen.retain(|_| !none.next().unwrap_or(false));
        if let SealOptions::Alone { erased: true, .. } = self.options.seals {
            page.erased = Some(Jpeg::viewed(&found.erased()?)?.bytes);
        }
        Ok(())
    }
}

impl Recogniser for Reader<'_> {
    fn lines(&mut self, picture: &Picture) -> Result<Vec<Rect>, ReadError> {
        self.share.check_wanted()?;
        detect::lines(picture, 0, self.models.detection.as_mut())
    }

    fn read(&mut self, line: &Picture) -> Result<Vec<Glyph>, ReadError> {
        self.share.check_wanted()?;
        // Letters on a ring lie crooked, and numbers are small: that is nothing for the tiny model.
        recognise::glyphs(line, self.alphabet, self.models.recognition.as_mut())
    }
}

/// Mean confidence by character.
fn certainty(lines: &[Line]) -> f32 {
    let glyphs: usize = lines.iter().map(|line| line.glyphs.len()).sum();
    let sum: f32 = lines.iter().map(|line| line.confidence * line.glyphs.len() as f32).sum();
    sum / glyphs.max(1) as f32
}

fn assemble(picture: &Picture, lines: Vec<Line>, options: &TextOptions) -> Page {
    let rects: Vec<Rect> = lines.iter().map(|line| line.rect).collect();
    let along = order::direction(&rects);
    let rows = order::rows(&rects, along);
    let markdown = options.return_markdown_result.then(|| {
        let row =
            |row: &Vec<usize>| row.iter().map(|&i| lines[i].words.as_str()).collect::<Vec<_>>().join("\t");
        rows.iter().map(row).collect::<Vec<_>>().join("\n")
    });
    let block = |index: usize| {
        let line = &lines[index];
        Block {
            words: line.words.clone(),
            confidence: line.confidence,
            location: quad(&line.rect, picture),
            chars: if options.character_mode { chars(line, picture) } else { Vec::new() },
        }
    };
    Page {
        direction: if options.detect_direction { order::anticlockwise_deg(along) } else { -1.0 },
        blocks: rows.iter().flatten().map(|&index| block(index)).collect(),
        markdown,
        rulings: if options.rulings { ruled(picture, &rects) } else { Vec::new() },
        sheets: if options.sheets { sheets(picture) } else { Vec::new() },
        seals: Vec::new(),
        erased: None,
        jpeg: None,
        width: picture.width as u32,
        height: picture.height as u32,
    }
}

/// The ruled lines beside text of those lines. Without text there is nothing to measure them by.
fn ruled(picture: &Picture, lines: &[Rect]) -> Vec<Ruling> {
    let mut heights: Vec<f32> = lines.iter().map(|rect| rect.height).collect();
    heights.sort_by(f32::total_cmp);
    heights.get(heights.len() / 2).map_or_else(Vec::new, |height| rulings::rulings(picture, *height))
}

/// The sheets that lie on the picture. Without them its lines are told apart by the room between them.
fn sheets(picture: &Picture) -> Vec<Quad> {
    let found = lying::sheets(picture).unwrap_or_default();
    found.iter().map(|rect| quad(rect, picture)).collect()
}

/// The corners, within the picture.
fn quad(rect: &Rect, picture: &Picture) -> Quad {
    let within = |at: f32, size: usize| at.round().clamp(0.0, (size - 1) as f32) as i32;
    rect.corners().map(|Point { x, y }| [within(x, picture.width), within(y, picture.height)])
}

/// Each character but spaces. A character reaches half way to its neighbours, and no further than half
/// its own width, guessed from its height.
fn chars(line: &Line, picture: &Picture) -> Vec<Char> {
    let square = line.rect.height / line.rect.width;
    let half = |glyph: &Glyph| square * if is_wide(glyph.char) { 0.5 } else { 0.3 };
    let glyphs = &line.glyphs;
    let mut chars = Vec::with_capacity(glyphs.len());
    for (i, glyph) in glyphs.iter().enumerate().filter(|(_, glyph)| glyph.char != ' ') {
        let before = if i == 0 { f32::MIN } else { (glyphs[i - 1].at + glyph.at) / 2.0 };
        let after = glyphs.get(i + 1).map_or(f32::MAX, |next| (glyph.at + next.at) / 2.0);
        let from = before.max(glyph.at - half(glyph)).max(0.0);
        let to = after.min(glyph.at + half(glyph)).min(1.0);
        let location = quad(&line.rect.slice(from.min(to), to), picture);
        chars.push(Char { char: glyph.char, location, confidence: glyph.confidence });
    }
    chars
}

/// Whether a character is as wide as high: those of Chinese, Japanese and Korean, and full-width forms.
fn is_wide(char: char) -> bool {
    matches!(u32::from(char), 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff
        | 0xfe30..=0xfe4f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd)
}
