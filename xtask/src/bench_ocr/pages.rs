//! `bench-ocr pages [FOLDER]`: how well pages are taken apart: their pairs of keys and values, and their areas.
//! FOLDER holds pictures and what stands on them; without one, pages of each kind are drawn first, the same every
//! time, by a script beside the test pictures, clean and as photographed by hand.
//!
//! A pair is right if all of its key and value are, after NFKC and without spaces. An area is right if its type is,
//! and its text in nine of ten characters; of tables and forms the text of their lines counts, in any order. F1 is
//! over all pages.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use ocr::kind::SmartDocument;
use ocr::kind::smart_document::{Area, AreaKind, Asked, Found};
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use super::drawn::{drawn, eye};

/// Draws the pages.
const SCRIPT: &str = "crates/ocr/tests/pictures/pages.py";
/// How many of each kind.
const PAGES: usize = 40;
/// What F1 must reach.
const CLEAN_TARGET: f64 = 0.95;
const NOISY_TARGET: f64 = 0.85;
/// So much of an area's text is right.
const ALIKE: f64 = 0.9;

/// A page, and what stands on it.
#[derive(Debug, Deserialize)]
struct Truth {
    img: String,
    set: String,
    noisy: bool,
    pairs: Vec<[String; 2]>,
    /// Their types and text; none where it is not asked for them.
    areas: Option<Vec<[String; 2]>>,
}

/// Sums over pages.
#[derive(Debug, Clone, Copy, Default)]
struct Score {
    right: usize,
    found: usize,
    there: usize,
}

impl Score {
    fn f1(&self) -> f64 {
        match self.found + self.there {
            // Nothing is there, and nothing was found.
            0 => 1.0,
            all => 2.0 * self.right as f64 / all as f64,
        }
    }

    fn add(&mut self, other: Score) {
        self.right += other.right;
        self.found += other.found;
        self.there += other.there;
    }
}

/// Draws the pages with that Python, if no folder is given, and reads them.
///
/// # Errors
///
/// If they cannot be drawn, or a picture or the models are missing.
pub fn run(folder: Option<&Path>, python: impl FnOnce() -> Result<PathBuf>, cache: &Path) -> Result<()> {
    let (folder, truth) = drawn::<Truth>(folder, python, (SCRIPT, PAGES), &cache.join("pages"))?;
    let engine = eye(1)?;
    let asked = Asked {
        pairs: true,
        tables: true,
        forms: true,
        layout: true,
        single_orientation: true,
        page: 1,
        ..Asked::default()
    };
    let mut sums: BTreeMap<(&str, &str, bool), Score> = BTreeMap::new();
    let mut types: BTreeMap<String, Score> = BTreeMap::new();
    for page in &truth {
        let bytes = fs::read(folder.join(&page.img)).with_context(|| page.img.clone())?;
        let found = engine.find::<SmartDocument>(&bytes, &asked).with_context(|| page.img.clone())?;
        sums.entry(("pairs", &page.set, page.noisy)).or_default().add(pairs(page, &found));
        if let Some(there) = &page.areas {
            let of_types = areas(page, there, &found);
            for (name, score) in of_types {
                sums.entry(("areas", &page.set, page.noisy)).or_default().add(score);
                types.entry(name).or_default().add(score);
            }
        }
    }
    report(&sums, &types);
    Ok(())
}

fn report(sums: &BTreeMap<(&str, &str, bool), Score>, types: &BTreeMap<String, Score>) {
    println!("\n{:8}{:10}{:6}{:>7}{:>7}{:>7}  {:>6}", "what", "set", "", "there", "found", "right", "F1");
    let how = |noisy: bool| if noisy { "noisy" } else { "clean" };
    let figures = |of: &Score| format!("{:>7}{:>7}{:>7}  {:>6.4}", of.there, of.found, of.right, of.f1());
    for ((what, set, noisy), score) in sums {
        println!("{what:8}{set:10}{:6}{}", how(*noisy), figures(score));
    }
    for (name, score) in types {
        println!("{name:24}{}", figures(score));
    }
    println!();
    for what in ["pairs", "areas"] {
        for noisy in [false, true] {
            let mut all = Score::default();
            let of = sums.iter().filter(|(key, _)| key.0 == what && key.2 == noisy);
            of.for_each(|(_, score)| all.add(*score));
            let target = if noisy { NOISY_TARGET } else { CLEAN_TARGET };
            println!("RATIO ocr_{what}_{} {:.4} {target}", how(noisy), all.f1());
        }
    }
}

/// A text as it is compared.
fn bare(text: &str) -> String {
    text.nfkc().filter(|char| !char.is_whitespace()).collect()
}

fn pairs(page: &Truth, found: &Found) -> Score {
    let mut there: Vec<(String, String)> =
        page.pairs.iter().map(|[key, value]| (bare(key), bare(value))).collect();
    let mut score = Score { right: 0, found: found.pairs.len(), there: there.len() };
    for pair in &found.pairs {
        let said = (bare(&pair.key), bare(&pair.value));
        match there.iter().position(|other| *other == said) {
            Some(at) => {
                there.swap_remove(at);
                score.right += 1;
            }
            None => println!("{}: read {said:?}", page.img),
        }
    }
    there.iter().for_each(|pair| println!("{}: missed {pair:?}", page.img));
    score
}

/// By types.
fn areas(page: &Truth, there: &[[String; 2]], found: &Found) -> BTreeMap<String, Score> {
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    let mut left: Vec<(&str, String)> =
        found.areas.iter().map(|area| (name(area.kind), text(area, found))).collect();
    left.iter().for_each(|(name, _)| scores.entry((*name).to_owned()).or_default().found += 1);
    for [wanted, text] in there {
        let is_right = |(name, said): &(&str, String)| name == wanted && alike(name, said, text) >= ALIKE;
        let score = scores.entry(wanted.clone()).or_default();
        score.there += 1;
        match left.iter().position(is_right) {
            Some(at) => {
                left.swap_remove(at);
                score.right += 1;
            }
            None => println!("{}: missed {wanted} {text:?}", page.img),
        }
    }
    left.iter().for_each(|(name, text)| println!("{}: read {name} {text:?}", page.img));
    scores
}

fn name(kind: AreaKind) -> &'static str {
    match kind {
        AreaKind::Text => "text",
        AreaKind::Title => "title",
        AreaKind::SubTitle => "sub_title",
        AreaKind::Table(_) => "table",
        AreaKind::Form(_) => "form",
        AreaKind::TableCaption => "table_caption",
        AreaKind::ImageCaption => "image_caption",
        AreaKind::Header => "header",
        AreaKind::Footer => "footer",
        AreaKind::PageNumber => "page_number",
        AreaKind::Footnote => "footnote",
    }
}

/// Its text; of tables and forms that of their lines.
fn text(area: &Area, found: &Found) -> String {
    if !area.text.is_empty() {
        return area.text.clone();
    }
    area.lines
        .iter()
        .filter_map(|line| found.page.blocks.get(*line))
        .map(|block| block.words.as_str())
        .collect()
}

/// How alike two texts are, from 0 to 1.
fn alike(kind: &str, a: &str, b: &str) -> f64 {
    let (a, b): (Vec<char>, Vec<char>) = (bare(a).chars().collect(), bare(b).chars().collect());
    let all = a.len().max(b.len()).max(1);
    if matches!(kind, "table" | "form") {
        let mut rest = b.clone();
        let common = a.iter().filter(|char| match rest.iter().position(|other| other == *char) {
            Some(at) => {
                rest.swap_remove(at);
                true
            }
            None => false,
        });
        return common.count() as f64 / all as f64;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (at, char) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for other in 1..=b.len() {
            let changed = diagonal + usize::from(b[other - 1] != *char);
            diagonal = row[other];
            row[other] = changed.min(diagonal + 1).min(row[other - 1] + 1);
        }
    }
    1.0 - row[b.len()] as f64 / all as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_compared_by_their_characters() {
        assert!(alike("text", "a long text", "a long text") > 0.99);
        assert!((alike("text", "abcdefghij", "abcdefghix") - 0.9).abs() < 1e-9);
        assert!(alike("text", "abc", "cab") < 0.5);
        assert!(alike("table", "abc", "c a b") > 0.99);
        assert_eq!((alike("text", "", ""), alike("text", "", "a")), (1.0, 0.0));
    }
}
