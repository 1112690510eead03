//! A picture without its seals: where their ink lies on paper there is paper, and black text beneath it stays.
//!
//! It is seen pixel by pixel and never kept: a second picture would need as much memory as the first.

use image::{GenericImageView, Rgb};

use super::colour::{Ground, against};
use super::frame::Frame;
use super::ink::Tint;
use crate::picture::Picture;

/// So far around a frame its ink reaches, in parts of its side: it runs, and is out of focus.
const ROOM: f32 = 0.03;
/// Less ink than this is a shade of the paper.
const LEAST: f32 = 0.06;

/// A picture as it is without some seals.
pub(crate) struct Erased<'a> {
    picture: &'a Picture,
    /// That of the picture at another scale: that many pixels of it are one of the picture.
    ground: &'a Ground,
    scale: f32,
    /// Where ink of which colour is.
    inks: Vec<([f32; 4], Tint)>,
}

impl<'a> Erased<'a> {
    pub(super) fn of(picture: &'a Picture, ground: &'a Ground, scale: f32) -> Erased<'a> {
        Erased { picture, ground, scale, inks: Vec::new() }
    }

    /// Leaves out the ink of that colour, in a frame and close around it.
    pub(super) fn without(&mut self, frame: &Frame, tint: Tint) {
        let [left, top, right, bottom] = frame.around();
        let room = ROOM * (right - left).max(bottom - top) + 2.0;
        self.inks.push(([left - room, top - room, right + room, bottom + room], tint));
    }
}

impl GenericImageView for Erased<'_> {
    type Pixel = Rgb<u8>;

    fn dimensions(&self) -> (u32, u32) {
        (self.picture.width as u32, self.picture.height as u32)
    }

    fn get_pixel(&self, x: u32, y: u32) -> Rgb<u8> {
        let index = y as usize * self.picture.width + x as usize;
        let mut pixel = self.picture.rgb.as_chunks::<3>().0[index];
        let (x, y) = (x as f32, y as f32);
        for ([left, top, right, bottom], tint) in &self.inks {
            if x < *left || x > *right || y < *top || y > *bottom {
                continue;
            }
            let ground = self.ground.at(x * self.scale, y * self.scale);
            let (dense, through) = tint.of(against(pixel, ground));
            if dense >= LEAST {
                pixel = ground.map(|ground| (ground * through).clamp(0.0, 255.0) as u8);
            }
        }
        Rgb(pixel)
    }
}
