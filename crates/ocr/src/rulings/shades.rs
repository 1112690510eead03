//! A picture in shades of grey, as seen along one of its axes.

use crate::picture::Picture;

/// The picture in shades of grey, by blocks of pixels.
pub(super) struct Shades {
    width: usize,
    height: usize,
    values: Vec<u8>,
}

impl Shades {
    pub fn of(picture: &Picture, block: usize) -> Shades {
        let (width, height) = (picture.width / block, picture.height / block);
        let mut values = vec![u8::MAX; width * height];
        for (y, row) in picture.rgb.chunks_exact(3 * picture.width).enumerate().take(height * block) {
            let out = &mut values[y / block * width..][..width];
            for (x, [red, green, blue]) in row.as_chunks::<3>().0.iter().enumerate().take(width * block) {
                let sum = 77 * u32::from(*red) + 150 * u32::from(*green) + 29 * u32::from(*blue);
                let grey = u8::try_from(sum >> 8).unwrap_or(u8::MAX);
                let darkest = &mut out[x / block];
                *darkest = (*darkest).min(grey);
            }
        }
        Shades { width, height, values }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    Across,
    Down,
}

/// The picture as seen along one axis: rulings run along it.
pub(super) struct View<'a> {
    pub shades: &'a Shades,
    pub axis: Axis,
}

impl View<'_> {
    /// How long the axis is.
    pub fn length(&self) -> usize {
        if self.axis == Axis::Across { self.shades.width } else { self.shades.height }
    }

    /// How long the other one is.
    pub fn breadth(&self) -> usize {
        if self.axis == Axis::Across { self.shades.height } else { self.shades.width }
    }

    pub fn shade(&self, along: usize, aside: usize) -> u8 {
        let (x, y) = if self.axis == Axis::Across { (along, aside) } else { (aside, along) };
        self.shades.values[y * self.shades.width + x]
    }

    /// The mean shades of each strip, one strip after the other.
    pub fn profiles(&self, strip: usize) -> Vec<u8> {
        let (strips, breadth) = (self.length() / strip, self.breadth());
        let mut profiles = Vec::with_capacity(strips * breadth);
        if self.axis == Axis::Down {
            let mut sums = vec![0_u32; breadth];
            for rows in self.shades.values.chunks_exact(strip * breadth) {
                sums.fill(0);
                for row in rows.chunks_exact(breadth) {
                    sums.iter_mut().zip(row).for_each(|(sum, shade)| *sum += u32::from(*shade));
                }
                profiles.extend(sums.iter().map(|sum| (sum / strip as u32) as u8));
            }
        } else {
            profiles.resize(strips * breadth, 0);
            for (y, row) in self.shades.values.chunks_exact(self.shades.width).enumerate() {
                for (at, part) in row.chunks_exact(strip).enumerate() {
                    let sum: u32 = part.iter().map(|shade| u32::from(*shade)).sum();
                    profiles[at * breadth + y] = (sum / strip as u32) as u8;
                }
            }
        }
        profiles
    }
}
