//! Where the lines of text are.
//!
//! The picture is scaled so that its long side fits the detection model; where that would make text
//! of long strips and posters too small it stays larger and goes through the model in overlapping
//! tiles whose maps are joined. Sizes come in few steps, since each new one costs the runtime memory.

use crate::ReadError;
use crate::components::Map;
use crate::geometry::{Rect, point};
use crate::logits::sigmoid;
use crate::picture::Picture;
use crate::runtime::{Session, Tensor};
use crate::scale::{scaled, turned};

/// Long side of the picture for the model, and of a tile.
const LONG_SIDE: f64 = 1280.0;
/// The short side is not scaled below this to fit the long one.
const SHORT_SIDE: f64 = 736.0;
/// Small pictures are enlarged to this long side, but at most by [`MAX_ENLARGEMENT`].
const SMALL_SIDE: f64 = 736.0;
const MAX_ENLARGEMENT: f64 = 2.0;
/// Most pixels of the map of a whole picture.
const MAX_MAP_PIXELS: f64 = 12e6;
/// What neighbouring tiles share at least.
const OVERLAP: usize = 128;
const TILE: usize = LONG_SIDE as usize;

/// The lines of text, as rectangles in the picture whose width runs as its text does, on a page turned
/// anticlockwise by `quarters`.
pub(crate) fn lines(
    picture: &Picture,
    quarters: u8,
    session: &mut dyn Session,
) -> Result<Vec<Rect>, ReadError> {
    let (width, height) = map_size(picture.width as f64, picture.height as f64);
    let (across, down) = (tiles(width), tiles(height));
    let mut map = Map { width, height, values: vec![0; width * height] };
    let (scale_x, scale_y) = (picture.width as f64 / width as f64, picture.height as f64 / height as f64);
    for row in &down {
        for column in &across {
            let part = [
                column.start as f64 * scale_x,
                row.start as f64 * scale_y,
                column.size as f64 * scale_x,
                row.size as f64 * scale_y,
            ];
            let tile = turned(scaled(picture, part, column.size, row.size)?, quarters);
            let tile = probabilities(&tile, session)?;
            let tile = turned_back(tile, quarters);
            for y in row.from..row.to {
                let source = &tile.values[(y - row.start) * tile.width..][..tile.width];
                map.values[y * width + column.from..y * width + column.to]
                    .copy_from_slice(&source[column.from - column.start..column.to - column.start]);
            }
        }
    }
    let to_picture = |rect: Rect| in_picture(rect, scale_x as f32, scale_y as f32).turned(4 - quarters % 4);
    Ok(map.rects().into_iter().map(to_picture).collect())
}

/// Size of the map for a picture of that size.
fn map_size(width: f64, height: f64) -> (usize, usize) {
    let (long, short) = (width.max(height), width.min(height));
    let fitting = if long > LONG_SIDE {
        (LONG_SIDE / long).max((SHORT_SIDE / short).min(1.0))
    } else {
        (SMALL_SIDE / long).clamp(1.0, MAX_ENLARGEMENT)
    };
    let scale = fitting.min((MAX_MAP_PIXELS / (width * height)).sqrt());
    (stepped(width * scale), stepped(height * scale))
}

/// To a multiple of 64, small ones of 32, which the model needs.
fn stepped(size: f64) -> usize {
    let step = if size < 480.0 { 32.0 } else { 64.0 };
    ((size / step).round().max(1.0) * step) as usize
}

/// A tile along one axis: where it starts, its size, and the part of the map taken from it.
struct Tile {
    start: usize,
    size: usize,
    from: usize,
    to: usize,
}

fn tiles(length: usize) -> Vec<Tile> {
    if length <= TILE {
        return vec![Tile { start: 0, size: length, from: 0, to: length }];
    }
    let count = 1 + (length - TILE).div_ceil(TILE - OVERLAP);
    let start = |index: usize| (length - TILE) * index / (count - 1);
    // Neighbours meet in the middle of what they share.
    let border = |index: usize| match index {
        0 => 0,
        index if index == count => length,
        index => (start(index - 1) + TILE + start(index)) / 2,
    };
    (0..count)
        .map(|index| Tile { start: start(index), size: TILE, from: border(index), to: border(index + 1) })
        .collect()
}

fn probabilities(tile: &Picture, session: &mut dyn Session) -> Result<Map, ReadError> {
    let (width, height) = (tile.width, tile.height);
    let mut data = Vec::with_capacity(3 * width * height);
    for channel in [2, 1, 0] {
        let pixels = tile.rgb.as_chunks::<3>().0.iter();
        data.extend(pixels.map(|pixel| f32::from(pixel[channel]) / 127.5 - 1.0));
    }
    let input = Tensor { shape: [1, 3, height, width], data };
    let mut values = Vec::new();
    session
        .run(&input, &mut |_, output| {
            values = output.iter().map(|&logit| (sigmoid(logit) * 255.0) as u8).collect();
        })
        .map_err(|error| ReadError::Engine(error.to_string()))?;
    if values.len() != width * height {
        return Err(ReadError::Engine("the detection model's output has a wrong size".to_owned()));
    }
    Ok(Map { width, height, values })
}

/// The map of a tile that was turned clockwise, turned back.
fn turned_back(map: Map, quarters: u8) -> Map {
    let Map { width, height, values } = map;
    let (new_width, new_height) = if quarters.is_multiple_of(2) { (width, height) } else { (height, width) };
    let at = |x: usize, y: usize| match quarters % 4 {
        0 => values[y * width + x],
        1 => values[x * width + (width - 1 - y)],
        2 => values[(height - 1 - y) * width + (width - 1 - x)],
        _ => values[(height - 1 - x) * width + y],
    };
    if quarters.is_multiple_of(4) {
        return Map { width, height, values };
    }
    let values = (0..new_width * new_height).map(|i| at(i % new_width, i / new_width)).collect();
    Map { width: new_width, height: new_height, values }
}

/// The rectangle of the map in the picture, of which the map is a version scaled a little unevenly.
fn in_picture(rect: Rect, scale_x: f32, scale_y: f32) -> Rect {
    let along = point(rect.along.x * scale_x, rect.along.y * scale_y);
    let across = point(-rect.along.y * scale_x, rect.along.x * scale_y);
    let length = along.x.hypot(along.y);
    Rect {
        centre: point(rect.centre.x * scale_x, rect.centre.y * scale_y),
        along: point(along.x / length, along.y / length),
        width: rect.width * length,
        height: rect.height * across.x.hypot(across.y),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::FnSession;

    #[test]
    fn maps_come_in_steps_and_stay_small() {
        assert_eq!(map_size(1240.0, 1754.0), (896, 1280));
        assert_eq!(map_size(800.0, 600.0), (832, 576));
        assert_eq!(map_size(300.0, 60.0), (576, 128));
        assert_eq!(map_size(15.0, 15.0), (32, 32));
        // A long strip keeps its width.
        assert_eq!(map_size(600.0, 20_000.0).0, 576);
        for (width, height) in [(30_000.0, 5333.0), (12_600.0, 12_600.0), (30_000.0, 15.0), (15.0, 30_000.0)]
        {
            let (width, height) = map_size(width, height);
            assert!(width * height <= 14_000_000, "{width}x{height}");
        }
    }

    #[test]
    fn tiles_cover_everything_once() {
        for length in [32, 1280, 1344, 2496, 5000, 30_000] {
            let mut at = 0;
            for tile in tiles(length) {
                assert_eq!(tile.from, at);
                assert!(tile.start <= tile.from && tile.to <= tile.start + tile.size);
                assert!(tile.size <= TILE && tile.start + tile.size <= length);
                at = tile.to;
            }
            assert_eq!(at, length);
        }
    }

    /// A model that calls dark pixels text.
    fn dark_is_text() -> impl Session {
        FnSession::new(|input: &Tensor| {
            let [_, _, height, width] = input.shape;
            let values = input.data[..width * height].iter().map(|&v| if v < 0.0 { 9.0 } else { -9.0 });
            (vec![1, 1, height, width], values.collect())
        })
    }

    fn with_bar(width: usize, height: usize, bar: [usize; 4]) -> Picture {
        let mut picture = Picture { width, height, rgb: vec![255; width * height * 3] };
        for y in bar[1]..bar[3] {
            picture.rgb[(y * width + bar[0]) * 3..(y * width + bar[2]) * 3].fill(0);
        }
        picture
    }

    #[test]
    fn a_line_is_found_where_it_is() {
        let picture = with_bar(800, 600, [100, 200, 500, 220]);
        let found = lines(&picture, 0, &mut dark_is_text()).unwrap();
        assert_eq!(found.len(), 1);
        let Rect { centre, along, .. } = found[0];
        assert!((centre.x - 300.0).abs() < 2.0 && (centre.y - 210.0).abs() < 2.0, "{centre:?}");
        assert_eq!(along, point(1.0, 0.0));
    }

    #[test]
    fn on_a_turned_page_text_runs_with_the_page() {
        // Turned anticlockwise by a quarter, a line runs upwards.
        let picture = with_bar(600, 800, [200, 100, 220, 500]);
        let expected = [(1, point(0.0, -1.0)), (3, point(0.0, 1.0))];
        for (quarters, along) in expected {
            let found = lines(&picture, quarters, &mut dark_is_text()).unwrap();
            assert_eq!(found.len(), 1);
            assert!((found[0].centre.x - 210.0).abs() < 2.0 && (found[0].centre.y - 300.0).abs() < 2.0);
            assert!((found[0].along.x - along.x).abs() < 0.01 && (found[0].along.y - along.y).abs() < 0.01);
            assert!(found[0].width > found[0].height);
        }
        let upside_down = lines(&with_bar(800, 600, [100, 200, 500, 220]), 2, &mut dark_is_text()).unwrap();
        assert_eq!(upside_down[0].along, point(-1.0, 0.0));
    }

    #[test]
    fn a_line_across_tiles_is_one_line() {
        let picture = with_bar(800, 6000, [100, 1190, 700, 1230]);
        assert!(tiles(map_size(800.0, 6000.0).1).len() > 1);
        let tall = with_bar(800, 6000, [300, 1000, 330, 1500]);
        for picture in [picture, tall] {
            assert_eq!(lines(&picture, 0, &mut dark_is_text()).unwrap().len(), 1);
        }
    }

    #[test]
    fn a_wrong_output_is_an_error() {
        let picture = with_bar(100, 100, [10, 10, 20, 20]);
        let mut session = FnSession::new(|_: &Tensor| (vec![1], vec![1.0]));
        assert_eq!(lines(&picture, 0, &mut session).unwrap_err().code(), "AIS.0105");
    }
}
