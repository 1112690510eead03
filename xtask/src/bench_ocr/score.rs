//! How well pictures were read, against what they say.
//!
//! Two figures per set of pictures, both over the set as a whole: the character error rate (edits by
//! truth's characters, each page in reading order, white space ignored) and F1 of the bag of words
//! (case-folded, letters and digits, three or more). Both sides are normalised to NFKC with plain quotes and
//! dashes, and boxes are turned upright by what the truth says of the picture, so that only reading counts.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

/// A box, as four corners in a row, and what it says.
pub type Line = ([f64; 8], String);

/// What one picture says.
#[derive(Debug, Clone, Deserialize)]
pub struct Truth {
    /// Its file, relative to the list.
    pub img: String,
    /// The set it belongs to.
    pub set: String,
    /// Its lines. In a turned picture boxes refer to the upright one.
    pub gt: Vec<TruthLine>,
    /// Quarters of a circle it was turned anticlockwise, in degrees.
    #[serde(default)]
    pub rot: u16,
    /// By how many degrees it must be turned to be straight, for pictures a little askew.
    #[serde(default)]
    pub deskew: Option<f64>,
    /// Width of the upright picture.
    #[serde(default)]
    pub upright_w: f64,
    /// Height of the upright picture.
    #[serde(default)]
    pub upright_h: f64,
    /// Page of a document.
    #[serde(default)]
    pub page: Option<u32>,
}

/// One line of the truth.
#[derive(Debug, Clone, Deserialize)]
pub struct TruthLine {
    /// Four corners.
    #[serde(rename = "box")]
    pub corners: [f64; 8],
    /// What it says.
    pub text: String,
}

/// Sums over the pictures of a set.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Score {
    /// Pictures.
    pub pictures: usize,
    edits: usize,
    characters: usize,
    common_words: usize,
    words: usize,
}

impl Score {
    /// Character error rate.
    pub fn cer(&self) -> f64 {
        self.edits as f64 / self.characters.max(1) as f64
    }

    /// F1 of the bags of words.
    pub fn f1(&self) -> f64 {
        2.0 * self.common_words as f64 / self.words.max(1) as f64
    }
}

/// Scores by set; `read` has the lines of each picture of `truth`.
pub fn score(truth: &[Truth], read: &[Vec<Line>]) -> BTreeMap<String, Score> {
    let mut sets: BTreeMap<String, Score> = BTreeMap::new();
    for (item, lines) in truth.iter().zip(read) {
        let said = item.gt.iter().map(|line| {
            let corners = if item.deskew.is_some() { upright(line.corners, item) } else { line.corners };
            (corners, line.text.clone())
        });
        let said = in_reading_order(said.collect());
        let got = lines.iter().map(|(corners, text)| (upright(*corners, item), text.clone()));
        let got = in_reading_order(got.collect());
        let squeezed = |rows: &[String]| -> Vec<char> {
            normal(&rows.concat()).chars().filter(|char| !char.is_whitespace()).collect()
        };
        let (a, b) = (squeezed(&said), squeezed(&got));
        let (said, got) = (words(&said.join(" ")), words(&got.join(" ")));
        let set = sets.entry(item.set.clone()).or_default();
        set.pictures += 1;
        set.edits += distance(&a, &b);
        set.characters += a.len();
        set.common_words += said.iter().map(|(word, n)| *n.min(got.get(word).unwrap_or(&0))).sum::<usize>();
        set.words += said.values().sum::<usize>() + got.values().sum::<usize>();
    }
    sets
}

/// NFKC, with typographic quotes and dashes made plain.
pub(super) fn normal(text: &str) -> String {
    let plain = |char| match char {
        '“' | '”' => '"',
        '‘' | '’' => '\'',
        '—' | '–' | '−' => '-',
        other => other,
    };
    text.nfkc().map(plain).collect()
}

/// Corners in the picture, turned to where they are on the upright page.
fn upright(corners: [f64; 8], item: &Truth) -> [f64; 8] {
    let (width, height) = (item.upright_w, item.upright_h);
    let mut turned = corners;
    for corner in turned.as_chunks_mut::<2>().0 {
        let [x, y] = *corner;
        *corner = match (item.rot, item.deskew) {
            (90, _) => [width - y, x],
            (180, _) => [width - x, height - y],
            (270, _) => [y, height - x],
            (_, Some(degrees)) => {
                let (sin, cos) = degrees.to_radians().sin_cos();
                let (dx, dy) = (x - width / 2.0, y - height / 2.0);
                [dx * cos - dy * sin + width / 2.0, dx * sin + dy * cos + height / 2.0]
            }
            _ => [x, y],
        };
    }
    turned
}

/// The rows of a page from top to bottom, pieces of a row from left to right with a space between.
fn in_reading_order(lines: Vec<Line>) -> Vec<String> {
    struct Row {
        middle: f64,
        height: f64,
        pieces: Vec<(f64, String)>,
    }
    let least = |values: [f64; 4]| values.into_iter().fold(f64::MAX, f64::min);
    let most = |values: [f64; 4]| values.into_iter().fold(f64::MIN, f64::max);
    let mut spans: Vec<(f64, f64, f64, String)> = lines
        .into_iter()
        .map(|([x1, y1, x2, y2, x3, y3, x4, y4], text)| {
            (least([y1, y2, y3, y4]), most([y1, y2, y3, y4]), least([x1, x2, x3, x4]), text)
        })
        .collect();
    spans.sort_by(|a, b| (a.0 + a.1).total_cmp(&(b.0 + b.1)));
    let mut rows: Vec<Row> = Vec::new();
    for (top, bottom, left, text) in spans {
        let (middle, height) = ((top + bottom) / 2.0, bottom - top);
        match rows.last_mut() {
            Some(row) if (middle - row.middle).abs() < 0.5 * height.min(row.height) => {
                row.pieces.push((left, text));
            }
            _ => rows.push(Row { middle, height, pieces: vec![(left, text)] }),
        }
    }
    let row = |mut row: Row| {
        row.pieces.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
        row.pieces.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(" ")
    };
    rows.into_iter().map(row).collect()
}

fn words(text: &str) -> HashMap<String, usize> {
    let mut words = HashMap::new();
    let text = normal(text).to_lowercase();
    for word in text.split(|char: char| !char.is_ascii_alphanumeric()).filter(|word| word.len() >= 3) {
        *words.entry(word.to_owned()).or_default() += 1;
    }
    words
}

/// Levenshtein's distance.
pub(super) fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = before[0];
        before[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let edits = (before[j + 1] + 1).min(before[j] + 1).min(diagonal + usize::from(x != y));
            diagonal = before[j + 1];
            before[j + 1] = edits;
        }
    }
    before[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(x: f64, y: f64, text: &str) -> Line {
        ([x, y, x + 50.0, y, x + 50.0, y + 10.0, x, y + 10.0], text.to_owned())
    }

    fn truth(lines: &[Line], rot: u16) -> Truth {
        let gt = lines.iter().map(|(corners, text)| TruthLine { corners: *corners, text: text.clone() });
        Truth {
            img: String::new(),
            set: "a".to_owned(),
            gt: gt.collect(),
            rot,
            deskew: None,
            upright_w: 200.0,
            upright_h: 100.0,
            page: None,
        }
    }

    #[test]
    fn distances_are_levenshtein_s() {
        let of = |a: &str, b: &str| distance(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>());
        assert_eq!(
            [of("kitten", "sitting"), of("", "abc"), of("文字识别", "文字分别"), of("ab", "ab")],
            [3, 3, 1, 0]
        );
    }

    #[test]
    fn only_the_reading_counts() {
        let said = [line(0.0, 0.0, "Hello “World”"), line(60.0, 1.0, "ＡＢＣ"), line(0.0, 20.0, "seven")];
        let got = vec![line(0.0, 20.0, "sevem"), line(60.0, 0.0, "ABC"), line(0.0, 0.0, "hello \"World\"")];
        let score = score(&[truth(&said, 0)], &[got])["a"];
        // Two letters of twenty are wrong: "h" for "H", "m" for "n". Words fold case.
        assert_eq!((score.edits, score.characters), (2, 20));
        assert_eq!((score.common_words, score.words), (3, 8));
    }

    #[test]
    fn turned_pictures_are_turned_back() {
        let said = [line(0.0, 0.0, "one"), line(0.0, 50.0, "two")];
        // A quarter anticlockwise: the point (x, y) comes to (y, width - x).
        let turn = |(c, text): &Line| {
            ([c[1], 200.0 - c[0], c[3], 200.0 - c[2], c[5], 200.0 - c[4], c[7], 200.0 - c[6]], text.clone())
        };
        let got: Vec<Line> = said.iter().map(turn).collect();
        assert_eq!(score(&[truth(&said, 90)], &[got])["a"].cer(), 0.0);
    }
}
