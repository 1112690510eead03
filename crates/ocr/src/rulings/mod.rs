//! Ruled lines: what tables and forms are drawn with. Straight, dark on something lighter, and longer than text is high,
//! across or down the picture, which may lean by a few degrees.
//!
//! Not lines of text, and no judgement of what a ruling is for: that a stroke of a large letter is none, or that several
//! belong to one table, is found by those who see the text beside them.
//!
//! The picture is looked at in narrow strips. In a strip across a ruling there is one dip of brightness, as deep for every
//! pixel of the strip's width; dips at the same height in neighbouring strips are a ruling. So time and memory follow the
//! pixels, whatever they show.

mod chain;
mod dip;
mod shades;

use crate::page::Ruling;
use crate::picture::Picture;
use chain::{Chain, Straight};
use dip::{Dip, dips_of};
use shades::{Axis, Shades, View};

/// Larger pictures are looked at in blocks of pixels, each as dark as its darkest.
const LONG_SIDE: usize = 2600;
/// How wide a strip is, in heights of text, and in pixels.
const STRIP: f32 = 0.3;
const STRIP_PX: (f32, f32) = (6.0, 16.0);
/// How thick a ruling is at most, in heights of text, and in pixels.
const THICK: f32 = 0.3;
const THICK_PX: (f32, f32) = (4.0, 12.0);
/// The part of a strip's width that is dark where it meets a ruling: of one strip, and on the mean of all. Letters leave
/// gaps.
const COVERED: f32 = 0.6;
const COVERED_MEAN: f32 = 0.92;
/// How far the places where it is met are from a straight line, in pixels, as the root of the mean square.
const OFF_PX: f32 = 0.9;
/// How much a ruling leans at most: pixels aside for each pixel along.
const LEANING: f32 = 0.1;
/// A ruling is at least so long, in heights of text. No letter of that height has a stroke as long.
const LEAST: f32 = 0.9;
/// So many strips in which it is lost do not end it.
const LOST: usize = 2;
/// Pixels that are no longer dark, after which it has ended.
const END_PX: usize = 3;
/// Of more than so many the longest are kept.
const MOST: usize = 1500;

/// The rulings of a picture whose lines of text are so high, in pixels.
pub(crate) fn rulings(picture: &Picture, text_height: f32) -> Vec<Ruling> {
    let block = picture.width.max(picture.height).div_ceil(LONG_SIDE).max(1);
    let shades = Shades::of(picture, block);
    let height = (text_height / block as f32).max(4.0);
    let mut found = Vec::new();
    for axis in [Axis::Across, Axis::Down] {
        let view = View { shades: &shades, axis };
        let mut chains = view.chains(height);
        chains.sort_by(|a, b| b.length().total_cmp(&a.length()));
        chains.truncate(MOST);
        let picture_pixel = |at: f32| (at * block as f32 + (block - 1) as f32 / 2.0).round() as i32;
        for Chain { from, to, line, thickness, .. } in chains {
            let end = |along: f32| {
                let aside = picture_pixel(line.at(along));
                let along = picture_pixel(along);
                if axis == Axis::Across { [along, aside] } else { [aside, along] }
            };
            found.push(Ruling { from: end(from), to: end(to), thickness: thickness * block as f32 });
        }
    }
    found
}

impl View<'_> {
    /// Everything that is long enough, straight, and dark all along.
    fn chains(&self, text_height: f32) -> Vec<Chain> {
        let strip = (STRIP * text_height).clamp(STRIP_PX.0, STRIP_PX.1) as usize;
        let thick = (THICK * text_height).clamp(THICK_PX.0, THICK_PX.1) as usize;
        let breadth = self.breadth();
        if breadth == 0 || self.length() < strip {
            return Vec::new();
        }
        let profiles = self.profiles(strip);
        let (mut open, mut done): (Vec<Chain>, Vec<Chain>) = (Vec::new(), Vec::new());
        let mut finish = |chain: Chain| {
            done.extend(
                chain.straight_parts(strip).filter_map(|part| self.finished(part, strip, text_height)),
            );
        };
        for (number, profile) in profiles.chunks_exact(breadth).enumerate() {
            let middle = (number * strip) as f32 + strip as f32 / 2.0;
            let mut dips = Vec::new();
            dips_of(profile, thick, |dip| {
                let covered = self.covered(number * strip, strip, &dip);
                if covered >= COVERED {
                    dips.push(Dip { covered, ..dip });
                }
            });
            let mut expected: Vec<(f32, usize)> =
                open.iter().enumerate().map(|(at, chain)| (chain.expected(middle), at)).collect();
            expected.sort_by(|a, b| a.0.total_cmp(&b.0));
            let mut is_taken = vec![false; open.len()];
            let mut begun = Vec::new();
            for dip in dips {
                let first = expected.partition_point(|(at, _)| *at < dip.at - strip as f32);
                let near = expected[first..]
                    .iter()
                    .take_while(|(at, _)| *at <= dip.at + strip as f32)
                    .filter(|(at, chain)| {
                        let aside = 1.5 + LEANING * (strip * (number - open[*chain].last_strip)) as f32;
                        !is_taken[*chain] && (at - dip.at).abs() <= aside
                    })
                    .min_by(|a, b| (a.0 - dip.at).abs().total_cmp(&(b.0 - dip.at).abs()));
                if let Some(&(_, chain)) = near {
                    is_taken[chain] = true;
                    open[chain].dips.push((middle, dip));
                    open[chain].last_strip = number;
                } else {
                    let dips = vec![(middle, dip)];
                    begun.push(Chain { dips, last_strip: number, ..Chain::default() });
                }
            }
            let (kept, lost): (Vec<Chain>, Vec<Chain>) =
                open.into_iter().partition(|chain| chain.last_strip + LOST >= number);
            lost.into_iter().for_each(&mut finish);
            open = kept;
            open.append(&mut begun);
        }
        open.into_iter().for_each(&mut finish);
        done
    }

    /// The part of a strip's width that is dark at a dip.
    fn covered(&self, begin: usize, strip: usize, dip: &Dip) -> f32 {
        let dark = (begin..begin + strip).filter(|&along| self.is_dark(along, dip.at, dip)).count();
        dark as f32 / strip as f32
    }

    fn is_dark(&self, along: usize, aside: f32, dip: &Dip) -> bool {
        let reach = 1.0 + dip.thickness / 2.0;
        let from = (aside - reach).max(0.0) as usize;
        let to = ((aside + reach).max(0.0) as usize).min(self.breadth() - 1);
        along < self.length() && (from..=to).any(|aside| self.shade(along, aside) <= dip.level)
    }

    /// The chain with its ends, if it is a ruling.
    fn finished(&self, mut chain: Chain, strip: usize, text_height: f32) -> Option<Chain> {
        let count = chain.dips.len() as f32;
        if count * strip as f32 + 2.0 * (strip as f32) < LEAST * text_height {
            return None;
        }
        let mean = |of: fn(&Dip) -> f32| chain.dips.iter().map(|(_, dip)| of(dip)).sum::<f32>() / count;
        // Strips in which it was lost count too.
        let (first, last) = (chain.dips.first()?.0, chain.dips.last()?.0);
        let strips = (last - first) / strip as f32 + 1.0;
        if mean(|dip| dip.covered) * count < COVERED_MEAN * strips {
            return None;
        }
        let line = Straight::through(&chain.dips);
        let thickness = mean(|dip| dip.thickness);
        let level = mean(|dip| f32::from(dip.level)) as u8;
        let off =
            chain.dips.iter().map(|(along, dip)| (dip.at - line.at(*along)).powi(2)).sum::<f32>() / count;
        if off.sqrt() > OFF_PX || line.slope.abs() > LEANING {
            return None;
        }
        let dip = Dip { at: 0.0, thickness: thickness + 1.0, level, covered: 0.0 };
        let is_dark = |along: usize| self.is_dark(along, line.at(along as f32), &dip);
        let (first, last) = (first as usize, last as usize);
        chain.from = end(first, (0..first).rev(), strip, is_dark);
        chain.to = end(last, last + 1..self.length(), strip, is_dark);
        (chain.line, chain.thickness) = (line, thickness);
        (chain.length() >= LEAST * text_height).then_some(chain)
    }
}

/// The last dark pixel on the way from the middle of the last strip.
fn end(from: usize, way: impl Iterator<Item = usize>, strip: usize, is_dark: impl Fn(usize) -> bool) -> f32 {
    let mut last = from;
    for along in way.take(2 * strip) {
        if is_dark(along) {
            last = along;
        } else if along.abs_diff(last) > END_PX {
            break;
        }
    }
    last as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Grey paper with dark lines drawn on it, from point to point, so thick.
    fn paper(lines: &[([f32; 2], [f32; 2], f32)], shade: u8) -> Picture {
        let (width, height) = (900, 700);
        let mut rgb = vec![240; 3 * width * height];
        for &([x0, y0], [x1, y1], thick) in lines {
            let (dx, dy) = (x1 - x0, y1 - y0);
            let length = dx.hypot(dy);
            for y in 0..height {
                for x in 0..width {
                    let (px, py) = (x as f32 - x0, y as f32 - y0);
                    let along = (px * dx + py * dy) / length;
                    let aside = (py * dx - px * dy) / length;
                    if (0.0..=length).contains(&along) && aside.abs() <= thick / 2.0 {
                        rgb[3 * (y * width + x)..][..3].fill(shade);
                    }
                }
            }
        }
        Picture { width, height, rgb }
    }

    fn near(found: &Ruling, from: [i32; 2], to: [i32; 2]) -> bool {
        let apart = |a: [i32; 2], b: [i32; 2]| (a[0] - b[0]).abs().max((a[1] - b[1]).abs());
        apart(found.from, from) <= 3 && apart(found.to, to) <= 3
    }

    #[test]
    fn lines_are_found_with_their_ends_and_thickness() {
        for shade in [20, 200] {
            let lines = [
                ([100.0, 100.0], [700.0, 100.0], 2.0),
                ([100.0, 300.0], [700.0, 330.0], 3.0),
                ([400.0, 100.0], [400.0, 500.0], 1.0),
                ([650.0, 500.0], [630.0, 200.0], 4.0),
            ];
            let found = rulings(&paper(&lines, shade), 24.0);
            assert_eq!(found.len(), 4, "{found:?}");
            for wanted in [
                ([100, 100], [700, 100]),
                ([100, 300], [700, 330]),
                ([400, 100], [400, 500]),
                ([630, 200], [650, 500]),
            ] {
                assert!(found.iter().any(|found| near(found, wanted.0, wanted.1)), "{wanted:?} {found:?}");
            }
            let thick = found.iter().map(|ruling| ruling.thickness).fold(0.0, f32::max);
            assert!((3.0..=6.0).contains(&thick), "{found:?}");
        }
    }

    #[test]
    fn small_gaps_are_bridged_and_large_ones_are_not() {
        let bridged = [([100.0, 100.0], [300.0, 100.0], 2.0), ([308.0, 100.0], [600.0, 100.0], 2.0)];
        let found = rulings(&paper(&bridged, 30), 24.0);
        assert!(found.len() == 1 && near(&found[0], [100, 100], [600, 100]), "{found:?}");
        let apart = [([100.0, 100.0], [300.0, 100.0], 2.0), ([400.0, 100.0], [600.0, 100.0], 2.0)];
        assert_eq!(rulings(&paper(&apart, 30), 24.0).len(), 2);
    }

    #[test]
    fn letters_at_the_ends_of_a_ruling_are_not_part_of_it() {
        let ruling = ([300.0, 100.0], [600.0, 100.0], 2.0);
        let letters = [
            ([200.0, 104.0], [216.0, 104.0], 3.0),
            ([222.0, 101.0], [238.0, 101.0], 2.0),
            ([244.0, 104.0], [262.0, 102.0], 4.0),
            ([268.0, 104.0], [290.0, 103.0], 2.0),
            ([606.0, 102.0], [630.0, 102.0], 4.0),
            ([644.0, 96.0], [668.0, 96.0], 3.0),
        ];
        let found = rulings(&paper(&[&letters[..], &[ruling]].concat(), 20), 24.0);
        let long: Vec<&Ruling> = found.iter().filter(|ruling| ruling.to[0] - ruling.from[0] > 100).collect();
        assert!(long.len() == 1 && near(long[0], [300, 100], [600, 100]), "{found:?}");
    }

    #[test]
    fn strokes_of_text_bars_and_areas_are_no_rulings() {
        // Upright strokes of letters, with gaps between them: a line of text.
        let text: Vec<_> = (0..60)
            .map(|at| ([100.0 + 9.0 * at as f32, 200.0], [100.0 + 9.0 * at as f32, 216.0], 3.0))
            .collect();
        assert_eq!(rulings(&paper(&text, 10), 24.0), []);
        // A bar as high as text, and the edge of a shaded area.
        let bar = [([100.0, 300.0], [600.0, 300.0], 24.0), ([100.0, 560.0], [800.0, 560.0], 200.0)];
        assert_eq!(rulings(&paper(&bar, 120), 24.0), []);
        // The edge of the paper, a little darker than what it lies on.
        let mut edge = paper(&[([0.0, 600.0], [900.0, 600.0], 200.0)], 90);
        for rgb in edge.rgb[3 * 900 * 499..3 * 900 * 501].iter_mut() {
            *rgb = 70;
        }
        assert_eq!(rulings(&edge, 24.0), []);
    }

    #[test]
    fn any_size_is_looked_at() {
        for (width, height) in [(1, 1), (15, 3), (3, 900), (6_000, 20)] {
            let rgb = (0..3 * width * height).map(|at| (at * 7_919 % 251) as u8).collect();
            for text_height in [0.0, 5.0, 1e6] {
                rulings(&Picture { width, height, rgb: Vec::clone(&rgb) }, text_height);
            }
        }
    }
}
