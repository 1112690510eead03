//! Numbers with a check character: one that fits makes surer, one that does not may be mended.

use super::field::checked;
use super::letters::alike;
use crate::sheet::{Glyph, Run as _};

/// How sure a number can be at most whose check character does not fit.
pub(super) const UNFIT: f32 = 0.3;
/// How likely a number of this form does not obey the rule, before it is looked at: it is a bad one, or none at all.
const NOT_ONE: f32 = 0.1;
/// The least share of all that can have gone wrong with which one thing is believed to have.
const LIKELY: f32 = 0.75;

/// A number as read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Number {
    pub text: String,
    pub confidence: f32,
    /// Whether its check character fits.
    pub fits: bool,
}

/// The rule of a kind of numbers.
pub(super) struct Rule<'a> {
    /// What is wrong fits the check character in one of so many cases.
    pub one_of: f32,
    /// How many characters that look like a misread one are tried.
    pub alike: usize,
    /// Which characters there are.
    pub is_one: fn(char) -> bool,
    /// Whether a text obeys it.
    pub is_valid: &'a dyn Fn(&str) -> bool,
}

/// The number that was read so from these characters. If one character was doubtful and taking it for another that looks
/// like it is likelier than everything else that can have gone wrong, that is what it says.
pub(super) fn number(read: &[char], run: &[Glyph], rule: &Rule<'_>) -> Number {
    let (text, confidence): (String, f32) = (read.iter().collect(), run.confidence());
    if (rule.is_valid)(&text) {
        return Number { text, confidence: checked(confidence, rule.one_of), fits: true };
    }
    let mut all = NOT_ONE * confidence;
    let mut best: Option<(f32, String)> = None;
    for (at, glyph) in run.iter().enumerate() {
        let others = alike(read[at]).iter().filter(|other| (rule.is_one)(**other));
        for &other in others.take(rule.alike) {
            let mut changed = read.to_vec();
            changed[at] = other;
            let changed: String = changed.into_iter().collect();
            if (rule.is_valid)(&changed) {
                let likely = confidence / glyph.confidence.max(f32::EPSILON) * (1.0 - glyph.confidence);
                all += likely;
                if best.as_ref().is_none_or(|(before, _)| likely > *before) {
                    best = Some((likely, changed));
                }
            }
        }
    }
    match best {
        Some((likely, text)) if likely > LIKELY * all => {
            Number { text, confidence: likely / all, fits: true }
        }
        _ => Number { text, confidence: confidence.min(UNFIT), fits: false },
    }
}
