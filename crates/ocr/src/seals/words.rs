//! What a seal says: the text along its ring, and the lines within.
//!
//! A ring is read in both ways in which it may have been set, as one text or as two, and what makes most sense is taken.
//! Its text also says where up is: the middle of the text along a ring stands at the top. What is within is what is left
//! without the frame, that text and a star. A box lies as it is seen, or upside down, or on a side.

use super::frame::Shape;
use super::ink::Ink;
use super::inner;
use super::strip::{Band, MARGIN, Segment};
use crate::ReadError;
use crate::geometry::{Point, Rect, point};
use crate::picture::Picture;
use crate::recognise::Glyph;

/// Text less certain than this is none: of all its characters, and of each in the mean.
const LEAST_CERTAIN: f32 = 0.45;
const LEAST_OF_EACH: f32 = 0.6;
/// Text of which any character is less certain than this is read again.
const DOUBTFUL: f32 = 0.9;
/// With so much room around it, in parts of its height.
const MARGINS: [f32; 2] = [0.04, 0.26];
/// Two texts have to make so much more sense than one, in characters.
const TWO: f32 = 1.5;
/// What specks of ink are read as, before a text and behind it.
const SPECKS: &str = " .,。，、·'`\"-_~:;";
/// Text along a ring makes so much sense at least, in characters.
const LEAST_ALONG: f32 = 1.0;
/// A stroke of a letter is no thicker than this, in parts of the shorter half axis; what is, is a star.
const THICKEST: f32 = 0.12;
/// A star reaches no farther than this, in the same parts.
const STAR: f32 = 0.37;
/// And its middle lies so near to that of the ring.
const STAR_MIDDLE: f32 = 0.25;
/// A ring whose axes differ by less has no long side along which its text would run.
const LONG: f32 = 1.15;

/// A text of a seal.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Words {
    pub words: String,
    /// That all of it is right.
    pub confidence: f32,
    /// The mean of its characters, and the least.
    mean: f32,
    least: f32,
}

impl Words {
    fn of(glyphs: &[Glyph]) -> Words {
        let is_speck = |glyph: &Glyph| SPECKS.contains(glyph.char);
        let first = glyphs.iter().take_while(|glyph| is_speck(glyph)).count();
        let last = glyphs.iter().rposition(|glyph| !is_speck(glyph)).map_or(first, |at| at + 1);
        let glyphs = &glyphs[first..last.max(first)];
        // Digits far from each other are no words.
        let is_digit = |at: Option<&Glyph>| at.is_some_and(|glyph| glyph.char.is_ascii_digit());
        let is_room = |at: usize| {
            glyphs[at].char == ' ' && is_digit(glyphs[..at].last()) && is_digit(glyphs.get(at + 1))
        };
        let glyphs: Vec<Glyph> = (0..glyphs.len()).filter(|at| !is_room(*at)).map(|at| glyphs[at]).collect();
        let all = || glyphs.iter().map(|glyph| glyph.confidence);
        Words {
            words: glyphs.iter().map(|glyph| glyph.char).collect(),
            confidence: all().product(),
            mean: all().sum::<f32>() / glyphs.len().max(1) as f32,
            least: all().fold(1.0, f32::min),
        }
    }

    /// How much sense it makes: many characters, each certain.
    pub fn sense(&self) -> f32 {
        let count = self.words.chars().filter(|char| !char.is_whitespace()).count();
        self.mean * self.mean * count as f32
    }

    /// Whether each of its characters is certain.
    pub fn is_sure(&self) -> bool {
        !self.words.is_empty() && self.least >= DOUBTFUL
    }

    fn is_text(&self) -> bool {
        !self.words.trim().is_empty() && self.confidence >= LEAST_CERTAIN && self.mean >= LEAST_OF_EACH
    }
}

/// What finds and reads lines on a picture.
pub(crate) trait Recogniser {
    /// The lines on a small picture.
    fn lines(&mut self, picture: &Picture) -> Result<Vec<Rect>, ReadError>;

    /// Reads a line that was cut out.
    fn read(&mut self, line: &Picture) -> Result<Vec<Glyph>, ReadError>;
}

/// All that a seal says: along its upper edge, within, and along its lower one.
pub(super) fn words(ink: &Ink, recogniser: &mut dyn Recogniser) -> Result<Vec<Words>, ReadError> {
    let mut all = match &ink.frame.shape {
        Shape::Ring(_) => of_ring(ink, recogniser)?,
        Shape::Box(corners) => inner::of_box(ink, corners, recogniser)?,
    };
    all.retain(Words::is_text);
    Ok(all)
}

/// Reads a line, cut out with so much room around it; where it is not sure, with other room too, and the surest is taken.
pub(super) fn read(
    recogniser: &mut dyn Recogniser,
    margin: f32,
    line: impl Fn(f32) -> Picture,
) -> Result<Words, ReadError> {
    let mut best = Words::of(&recogniser.read(&line(margin))?);
    if best.is_sure() {
        return Ok(best);
    }
    let mut all = vec![best.clone()];
    for margin in MARGINS {
        let again = Words::of(&recogniser.read(&line(margin))?);
        if again.sense() > best.sense() {
            best = again.clone();
        }
        all.push(again);
    }
    // What is read twice is more likely than what is read once.
    let agreed = all.iter().filter(|words| all.iter().filter(|other| other.words == words.words).count() > 1);
    let agreed = agreed.max_by(|a, b| a.confidence.total_cmp(&b.confidence)).cloned();
    let alone = |mut words: Words| {
        words.confidence *= words.confidence.max(0.5);
        words
    };
    Ok(agreed.filter(|words| !words.words.is_empty()).unwrap_or_else(|| alone(best)))
}

/// The text along a ring, as it was taken apart: its parts, and whether each is read from outside.
struct Along {
    parts: Vec<(Segment, bool)>,
    sense: f32,
}

fn of_ring(ink: &Ink, recogniser: &mut dyn Recogniser) -> Result<Vec<Words>, ReadError> {
    let Shape::Ring(ring) = ink.frame.shape else { return Ok(Vec::new()) };
    let band = Band::of(ink);
    let mut best: Option<Along> = None;
    if let Some(band) = &band {
        for way in band.ways() {
            let mut along = along(band, &way, recogniser)?;
            along.sense -= if way.len() > 1 { TWO } else { 0.0 };
            if best.as_ref().is_none_or(|best| along.sense > best.sense) {
                best = Some(along);
            }
        }
    }
    // Single characters are no text along a ring, but what was left of something within.
    let parts = best.filter(|best| best.sense > LEAST_ALONG).map(|best| best.parts).unwrap_or_default();
    let mut words = Vec::new();
    if let Some(band) = &band {
        for (part, is_outward) in &parts {
            words.push(read(recogniser, MARGIN, |margin| band.line(*part, *is_outward, margin))?);
        }
    }
    let up = match (&band, parts.first()) {
        (Some(band), Some((first, _))) => band.towards(*first),
        _ => point(0.0, -1.0),
    };
    // Along an oval text runs along its longer axis.
    let up = if ring.long >= LONG * ring.short {
        let across = point(-ring.along.y, ring.along.x);
        if across.x * up.x + across.y * up.y >= 0.0 { across } else { point(-across.x, -across.y) }
    } else {
        up
    };
    let taken: Vec<Segment> = parts.iter().map(|(part, _)| *part).collect();
    let dense = band.as_ref().map_or_else(|| ink.dense.clone(), |band| band.without(&taken));
    let mut inner = Ink { dense, ..*ink };
    let room = ink.frame.thickness + 1.0;
    let is_middle = |at: Point| (at.x - ring.centre.x).hypot(at.y - ring.centre.y) < STAR_MIDDLE * ring.short;
    inner.without_filled(is_middle, THICKEST * ring.short, STAR * ring.short);
    let within = inner::upright(&inner, ring.centre, up, ring.long, |at| ring.outside(at) < -room);
    let mut lines = inner::lines(&within, recogniser)?;
    // A single character is what was left of something else.
    lines.retain(|line| line.words.chars().count() > 1);
    let at = words.len().min(1);
    words.splice(at..at, lines);
    Ok(words)
}

/// Text along a ring, taken apart in one way: the longest part is read from outside, and another, which stands below it,
/// from the middle.
fn along(band: &Band, way: &[Segment], recogniser: &mut dyn Recogniser) -> Result<Along, ReadError> {
    let mut along = Along { parts: Vec::with_capacity(way.len()), sense: 0.0 };
    for part in way {
        let is_outward = along.parts.is_empty();
        let words = Words::of(&recogniser.read(&band.line(*part, is_outward, MARGIN))?);
        if words.mean >= LEAST_OF_EACH {
            along.sense += words.sense();
        }
        along.parts.push((*part, is_outward));
    }
    Ok(along)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glyphs(text: &str, confidence: f32) -> Vec<Glyph> {
        text.chars().map(|char| Glyph { char, confidence, at: 0.5 }).collect()
    }

    #[test]
    fn specks_and_room_between_digits_go() {
        assert_eq!(Words::of(&glyphs(".33 01 00 ", 0.9)).words, "330100");
        assert_eq!(Words::of(&glyphs("CO., LTD.", 0.9)).words, "CO., LTD");
        assert!(Words::of(&glyphs(" . ", 0.9)).words.is_empty() && !Words::of(&[]).is_text());
        let words = Words::of(&glyphs("作废", 0.9));
        assert!((words.confidence - 0.81).abs() < 1e-6 && words.is_text());
        assert!(!Words::of(&glyphs("作废", 0.6)).is_text());
    }

    /// Reads these by turns.
    struct ByTurns(Vec<(&'static str, f32)>);

    impl Recogniser for ByTurns {
        fn lines(&mut self, _: &Picture) -> Result<Vec<Rect>, ReadError> {
            Ok(Vec::new())
        }

        fn read(&mut self, _: &Picture) -> Result<Vec<Glyph>, ReadError> {
            let (text, confidence) = self.0.remove(0);
            Ok(glyphs(text, confidence))
        }
    }

    #[test]
    fn what_is_read_twice_is_believed() {
        let blank = |_| Picture { width: 8, height: 48, rgb: vec![255; 3 * 8 * 48] };
        let said = |turns| read(&mut ByTurns(turns), MARGIN, blank).unwrap();
        assert_eq!(said(vec![("作废", 0.95)]).words, "作废");
        let twice = said(vec![("今同", 0.8), ("合同", 0.7), ("合同", 0.75)]);
        assert!(twice.words == "合同" && (twice.confidence - 0.5625).abs() < 1e-6, "{twice:?}");
        let once = said(vec![("今同", 0.8), ("合同", 0.7), ("令同", 0.6)]);
        assert!(once.words == "今同" && once.confidence < 0.45, "{once:?}");
    }
}
