//! Dips of brightness across a strip of a picture: where something dark lies between what is lighter, narrow enough for a
//! ruling.

/// A ruling is at least so much darker than what lies on both sides of it, of 255.
const CONTRAST: u8 = 14;

/// If its two sides differ by more than so many times that, it is the edge of something: of the paper, or of an area.
const EDGE: u16 = 2;

/// Where a strip meets what may be a ruling.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dip {
    pub at: f32,
    pub thickness: f32,
    /// Darker than this is the ruling.
    pub level: u8,
    pub covered: f32,
}

/// The dips of a profile that are narrow enough for a ruling.
pub(super) fn dips_of(profile: &[u8], thick: usize, mut give: impl FnMut(Dip)) {
    let mut at = 1;
    while at + 1 < profile.len() {
        let shade = profile[at];
        if shade > profile[at - 1] || shade > profile[at + 1] {
            at += 1;
            continue;
        }
        let reach = thick + 2;
        let brightest = |part: &[u8]| part.iter().copied().max().unwrap_or(0);
        let before = brightest(&profile[at.saturating_sub(reach)..at]);
        let after = brightest(&profile[at + 1..(at + 1 + reach).min(profile.len())]);
        let beside = before.min(after);
        let depth = beside.saturating_sub(shade);
        let is_edge = u16::from(before.abs_diff(after)) > EDGE * u16::from(depth);
        if depth < CONTRAST || is_edge {
            at += 1;
            continue;
        }
        let level = shade + depth / 2;
        let first = profile[..at].iter().rposition(|shade| *shade > level).map_or(0, |before| before + 1);
        let past = profile[at..].iter().position(|shade| *shade > level).map_or(profile.len(), |n| at + n);
        if past - first <= thick {
            let (mut sum, mut weights) = (0.0, 0.0);
            for (place, shade) in (first..past).zip(&profile[first..past]) {
                let weight = f32::from(beside.saturating_sub(*shade)) + 1.0;
                sum += weight * place as f32;
                weights += weight;
            }
            give(Dip { at: sum / weights, thickness: (past - first) as f32, level, covered: 0.0 });
        }
        at = past.max(at + 1);
    }
}
