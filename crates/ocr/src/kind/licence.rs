//! What licences of China on paper have in common: two sides, of which one or both are on the picture, and the stamp of
//! the authority. What stands on them is of each its own.

use super::field::Fields;
use super::form::Form;
use super::shows_no;
use super::side::Side;
use crate::sheet::{Glyph, Run as _};
use crate::{Limits, ReadError, TextOptions};

/// What stands on the sides that were asked for.
#[derive(Debug, Clone, Default)]
pub struct Sides {
    /// The one that is shown first.
    pub front: Option<Fields>,
    /// The other one.
    pub back: Option<Fields>,
}

impl Sides {
    /// Of the sides that are there those that were asked for, if none of them is missing; `document` and its sides are
    /// named as in a sentence.
    pub(super) fn asked(
        asked: Side,
        there: Sides,
        [front, back]: [&str; 2],
        document: &str,
    ) -> Result<Sides, ReadError> {
        let Sides { front: first, back: second } = there;
        let is_missing = (asked.wants_front() && first.is_none()) || (asked.wants_back() && second.is_none());
        if is_missing {
            let what = match asked {
                Side::Front => front,
                Side::Back => back,
                Side::Both => "both sides",
            };
            return Err(shows_no(&format!("{what} of {document}")));
        }
        Ok(Sides {
            front: first.filter(|_| asked.wants_front()),
            back: second.filter(|_| asked.wants_back()),
        })
    }
}

/// How licences are read.
pub(super) fn options() -> TextOptions {
    let limits = Limits { min_side_px: 100, ..Limits::PHOTOGRAPH };
    TextOptions { character_mode: true, limits, ..TextOptions::default() }
}

/// The stamp of the authority stands left of the lower labels, in several lines.
pub(super) fn put_authority(fields: &mut Fields, form: &Form<'_>, labels: &[&str]) {
    let is_chinese = |glyph: &Glyph| ('\u{4e00}'..='\u{9fff}').contains(&glyph.char);
    let lines = form.left_of(labels);
    let stamp: Vec<Glyph> =
        lines.iter().flat_map(|line| line.glyphs.iter().copied()).filter(is_chinese).collect();
    let text = stamp.dense();
    if ["公安", "交通", "支队", "大队", "车辆管理"].iter().any(|word| text.contains(word)) {
        fields.put("issuing_authority", text, &stamp);
    } else {
        fields.put_missing("issuing_authority");
    }
}
