//! Photoshop documents: the flattened picture every document carries at its end.
//!
//! Layers are skipped, not composed. Bitmap, grey, indexed, RGB and CMYK at 1, 8 and 16 bits per
//! channel, raw or run-length coded; after Adobe's "Photoshop File Formats Specification".

use super::{Picture, broken, check_size};
use crate::ReadError;
use crate::memory::Share;

const BITMAP: u16 = 0;
const GREY: u16 = 1;
const INDEXED: u16 = 2;
const RGB: u16 = 3;
const CMYK: u16 = 4;
const DUOTONE: u16 = 8;

pub(super) fn decode(bytes: &[u8], share: &mut Share) -> Result<Picture, ReadError> {
    let mut file = Cursor { bytes, at: 12 };
    let channels = file.u16()?;
    let (height, width) = (file.u32()?, file.u32()?);
    check_size(width.into(), height.into())?;
    let (width, height) = (width as usize, height as usize);
    let (depth, mode) = (file.u16()?, file.u16()?);
    let wanted = match mode {
        BITMAP | GREY | INDEXED | DUOTONE => 1,
        RGB => 3,
        CMYK => 4,
        _ => return Err(broken("a Photoshop document in a colour mode that is not supported")),
    };
    if channels < wanted || channels > 56 || !matches!((mode, depth), (BITMAP, 1) | (1..=8, 8 | 16)) {
        return Err(broken("a Photoshop document of a depth that is not supported"));
    }
    let palette = file.block()?;
    file.block()?;
    file.block()?;
    let compression = file.u16()?;
    let row_bytes = (width * usize::from(depth)).div_ceil(8);
    share.take((usize::from(wanted) * row_bytes * height + 3 * width * height) as u64)?;
    let mut planes = vec![0; usize::from(wanted) * row_bytes * height];
    match compression {
        0 => {
            let length = planes.len();
            planes.copy_from_slice(file.take(length)?);
        }
        1 => {
            let lengths = file.take(usize::from(channels) * height * 2)?;
            for (row, length) in planes.chunks_exact_mut(row_bytes).zip(lengths.as_chunks::<2>().0) {
                let packed = file.take(usize::from(u16::from_be_bytes(*length)))?;
                unpack(packed, row)?;
            }
        }
        _ => return Err(broken("a Photoshop document compressed in a way that is not supported")),
    }
    Ok(Picture { width, height, rgb: colours(&planes, palette, width, height, depth, mode)? })
}

fn colours(
    planes: &[u8],
    palette: &[u8],
    width: usize,
    height: usize,
    depth: u16,
    mode: u16,
) -> Result<Vec<u8>, ReadError> {
    if mode == INDEXED && palette.len() < 768 {
        return Err(broken("a Photoshop document without its palette"));
    }
    let row_bytes = (width * usize::from(depth)).div_ceil(8);
    let sample = |plane: usize, x: usize, y: usize| {
        let row = &planes[(plane * height + y) * row_bytes..][..row_bytes];
        match depth {
            1 => 255 * u8::from(row[x / 8] >> (7 - x % 8) & 1 == 0),
            8 => row[x],
            _ => row[2 * x],
        }
    };
    let mut rgb = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            let first = sample(0, x, y);
            rgb.extend(match mode {
                RGB => [first, sample(1, x, y), sample(2, x, y)],
                // Inks are stored inverted: 255 is none.
                CMYK => {
                    let black = u16::from(sample(3, x, y));
                    [first, sample(1, x, y), sample(2, x, y)].map(|ink| (u16::from(ink) * black / 255) as u8)
                }
                INDEXED => [0, 256, 512].map(|plane| palette[plane + usize::from(first)]),
                _ => [first; 3],
            });
        }
    }
    Ok(rgb)
}

/// Undoes the run-length code (PackBits) of one row.
fn unpack(mut packed: &[u8], row: &mut [u8]) -> Result<(), ReadError> {
    let mut filled = 0;
    while let [head, rest @ ..] = packed {
        packed = rest;
        let (count, run) = match *head {
            128 => continue,
            head @ 0..=127 => (usize::from(head) + 1, false),
            head => (257 - usize::from(head), true),
        };
        let taken = if run { 1 } else { count };
        let target = row.get_mut(filled..filled + count).ok_or_else(|| broken("a row is too long"))?;
        let source = packed.get(..taken).ok_or_else(|| broken("a row is cut off"))?;
        if run {
            target.fill(source[0])
        } else {
            target.copy_from_slice(source)
        }
        packed = &packed[taken..];
        filled += count;
    }
    if filled == row.len() { Ok(()) } else { Err(broken("a row is too short")) }
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], ReadError> {
        let end = self.at.checked_add(length);
        let taken = end.and_then(|end| self.bytes.get(self.at..end)).ok_or_else(|| broken("cut off"))?;
        self.at += length;
        Ok(taken)
    }

    fn u16(&mut self) -> Result<u16, ReadError> {
        Ok(self.take(2)?.iter().fold(0, |number, &byte| number << 8 | u16::from(byte)))
    }

    fn u32(&mut self) -> Result<u32, ReadError> {
        Ok(self.take(4)?.iter().fold(0, |number, &byte| number << 8 | u32::from(byte)))
    }

    /// A block that begins with its length.
    fn block(&mut self) -> Result<&'a [u8], ReadError> {
        let length = self.u32()? as usize;
        self.take(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Memory;

    /// With all the memory there is.
    fn decode(bytes: &[u8]) -> Result<Picture, ReadError> {
        super::decode(bytes, &mut Memory::new(u64::MAX).share())
    }

    fn document(mode: u16, channels: u16, depth: u16, compression: u16, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"8BPS\0\x01\0\0\0\0\0\0".to_vec();
        bytes.extend(channels.to_be_bytes());
        bytes.extend(16u32.to_be_bytes());
        bytes.extend(16u32.to_be_bytes());
        bytes.extend(depth.to_be_bytes());
        bytes.extend(mode.to_be_bytes());
        bytes.extend([0; 12]);
        bytes.extend(compression.to_be_bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn raw_and_packed_documents_are_read() {
        let planes = [vec![10; 256], vec![20; 256], vec![30; 256]].concat();
        let raw = decode(&document(RGB, 3, 8, 0, &planes)).unwrap();
        assert!(raw.rgb.chunks(3).all(|pixel| pixel == [10, 20, 30]));
        // Each row: a run of fifteen and a literal of one.
        let mut packed = [0u8, 4].repeat(48);
        for plane in [10, 20, 30] {
            packed.extend([242, plane, 0, plane].repeat(16));
        }
        assert_eq!(decode(&document(RGB, 3, 8, 1, &packed)).unwrap(), raw);
        let grey = decode(&document(GREY, 1, 16, 0, &[7, 99].repeat(256))).unwrap();
        assert!(grey.rgb.iter().all(|&value| value == 7));
        let bitmap = decode(&document(BITMAP, 1, 1, 0, &[0xff, 0x00].repeat(16))).unwrap();
        assert_eq!((bitmap.rgb[0], bitmap.rgb[8 * 3]), (0, 255));
        let cmyk = [vec![255; 256], vec![0; 256], vec![255; 256], vec![255; 256]].concat();
        assert_eq!(decode(&document(CMYK, 4, 8, 0, &cmyk)).unwrap().rgb[..3], [255, 0, 255]);
    }

    #[test]
    fn broken_documents_are_refused() {
        let whole = document(RGB, 3, 8, 0, &[0; 768]);
        for end in 6..whole.len() {
            assert_eq!(decode(&whole[..end]).unwrap_err().code(), "AIS.0102");
        }
        let mut wide = whole.clone();
        wide[18..22].copy_from_slice(&30_001u32.to_be_bytes());
        assert_eq!(decode(&wide).unwrap_err().code(), "AIS.0103");
        assert!(decode(&document(7, 3, 8, 0, &[0; 768])).is_err());
        assert!(decode(&document(RGB, 3, 8, 1, &[0xff; 768])).is_err());
    }
}
