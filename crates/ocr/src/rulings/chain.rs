//! Dips of brightness that follow each other from strip to strip: what may be a ruling, and the straight parts of it.

use super::dip::Dip;
use super::{COVERED_MEAN, LOST};

/// Where a chain is further from the line that most of it is on, in pixels, or covers less, it is of something that the
/// ruling runs into, such as a letter.
const STRAY_PX: f32 = 1.5;
const STRAY_COVERED: f32 = 0.75;

/// Dips of neighbouring strips.
#[derive(Debug, Clone, Default)]
pub(super) struct Chain {
    /// Where along the axis each was met.
    pub dips: Vec<(f32, Dip)>,
    pub last_strip: usize,
    pub from: f32,
    pub to: f32,
    pub line: Straight,
    pub thickness: f32,
}

/// A straight line: where it is at the beginning of the axis, and how it leans.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Straight {
    pub base: f32,
    pub slope: f32,
}

impl Straight {
    pub fn at(&self, along: f32) -> f32 {
        self.base + self.slope * along
    }

    /// The line on which most of the points are, whatever the others do.
    fn of_most(points: &[(f32, Dip)]) -> Straight {
        let median = |values: &mut Vec<f32>| {
            values.sort_by(f32::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or_default()
        };
        let half = points.len() / 2;
        let pairs = points.iter().zip(&points[half..]).filter(|(a, b)| b.0 > a.0);
        let slope = median(&mut pairs.map(|(a, b)| (b.1.at - a.1.at) / (b.0 - a.0)).collect());
        let base = median(&mut points.iter().map(|(along, dip)| dip.at - slope * along).collect());
        Straight { base, slope }
    }

    /// The line nearest to the points.
    pub fn through(points: &[(f32, Dip)]) -> Straight {
        let count = points.len().max(1) as f32;
        let mean_along = points.iter().map(|(along, _)| along).sum::<f32>() / count;
        let mean_at = points.iter().map(|(_, dip)| dip.at).sum::<f32>() / count;
        let (mut product, mut square) = (0.0, 0.0);
        for (along, dip) in points {
            product += (along - mean_along) * (dip.at - mean_at);
            square += (along - mean_along) * (along - mean_along);
        }
        let slope = if square > 0.0 { product / square } else { 0.0 };
        Straight { base: mean_at - slope * mean_along, slope }
    }
}

impl Chain {
    pub fn length(&self) -> f32 {
        self.to - self.from
    }

    /// Where it is straight: a letter that stands at the end of a ruling may have been taken for part of it.
    pub fn straight_parts(self, strip: usize) -> impl Iterator<Item = Chain> {
        let line = Straight::of_most(&self.dips);
        let is_stray = |(along, dip): &(f32, Dip)| {
            (dip.at - line.at(*along)).abs() > STRAY_PX || dip.covered < STRAY_COVERED
        };
        let gap = (LOST + 1) as f32 * strip as f32;
        let mut parts: Vec<Vec<(f32, Dip)>> = Vec::new();
        let mut strays = Vec::new();
        for met in &self.dips {
            if is_stray(met) {
                strays.push(*met);
                continue;
            }
            match parts.last_mut() {
                Some(part) if part.last().is_some_and(|last| met.0 - last.0 <= gap) => {
                    part.append(&mut strays);
                    part.push(*met);
                }
                _ => parts.push(vec![*met]),
            }
            strays.clear();
        }
        let last_strip = self.last_strip;
        parts.into_iter().map(move |dips| {
            let dips = without_odd_ends(dips, strip);
            Chain { dips, last_strip, ..Chain::default() }
        })
    }

    /// Where it goes on, by what it did so far.
    pub fn expected(&self, along: f32) -> f32 {
        const KNOWN: usize = 6;
        let recent = &self.dips[self.dips.len().saturating_sub(4 * KNOWN)..];
        match recent {
            [.., (_, last)] if recent.len() < KNOWN => last.at,
            _ => Straight::through(recent).at(along),
        }
    }
}

/// The dips without those at the ends that cover little or stand apart: its end is looked for pixel by pixel.
fn without_odd_ends(dips: Vec<(f32, Dip)>, strip: usize) -> Vec<(f32, Dip)> {
    let is_odd = |end: &(f32, Dip), next: &(f32, Dip)| {
        end.1.covered < COVERED_MEAN || (end.0 - next.0).abs() > 1.5 * strip as f32
    };
    let mut kept = &dips[..];
    while let [first, second, ..] = kept
        && is_odd(first, second)
    {
        kept = &kept[1..];
    }
    while let [.., last_but_one, last] = kept
        && is_odd(last, last_but_one)
    {
        kept = &kept[..kept.len() - 1];
    }
    kept.to_vec()
}
