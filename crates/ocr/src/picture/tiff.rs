//! Whether a TIFF file is whole.
//!
//! Most ways to store a picture in one are decoded to the last byte or not at all. A JPEG inside of it is not: its
//! decoder fills what was cut off with grey.

use std::io::Cursor;

use ::tiff::decoder::Decoder;
use ::tiff::tags::{CompressionMethod, Tag};

use super::{broken, jpeg};
use crate::ReadError;

/// Refuses a file whose first picture is stored as JPEG and is cut off, in one of its strips or tiles.
pub(super) fn check_whole(bytes: &[u8]) -> Result<(), ReadError> {
    let mut decoder = Decoder::new(Cursor::new(bytes)).map_err(broken)?;
    let compression = decoder.find_tag_unsigned::<u16>(Tag::Compression).map_err(broken)?;
    if compression != Some(CompressionMethod::ModernJPEG.to_u16()) {
        return Ok(());
    }
    for [offsets, sizes] in
        [[Tag::StripOffsets, Tag::StripByteCounts], [Tag::TileOffsets, Tag::TileByteCounts]]
    {
        let mut numbers = |tag| decoder.find_tag_unsigned_vec::<u64>(tag).map_err(broken);
        let (offsets, sizes) = (numbers(offsets)?.unwrap_or_default(), numbers(sizes)?.unwrap_or_default());
        let mut pieces = offsets.into_iter().zip(sizes);
        if !pieces.all(|(offset, size)| piece(bytes, offset, size).is_some_and(jpeg::is_whole)) {
            return Err(broken("the TIFF file is cut off"));
        }
    }
    Ok(())
}

fn piece(bytes: &[u8], offset: u64, size: u64) -> Option<&[u8]> {
    let (start, end) = (usize::try_from(offset).ok()?, usize::try_from(offset.checked_add(size)?).ok()?);
    bytes.get(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const JPEG: &[u8] = &[0xff, 0xd8, 0xff, 0xda, 0, 2, 1, 2, 3, 4, 0xff, 0xd9];

    /// A file of one grey strip, stored in a way.
    fn file(compression: u16, strip: &[u8]) -> Vec<u8> {
        let entries: [(u16, u16, u32); 8] = [
            (256, 4, 8), // width
            (257, 4, 8), // height
            (258, 3, 8), // bits
            (259, 3, compression.into()),
            (262, 3, 1), // black is zero
            (273, 4, 8 + 2 + 8 * 12 + 4),
            (278, 4, 8), // rows of the strip
            (279, 4, u32::try_from(strip.len()).unwrap()),
        ];
        let mut file = b"II*\0\x08\0\0\0".to_vec();
        file.extend(8_u16.to_le_bytes());
        for (tag, kind, value) in entries {
            file.extend(tag.to_le_bytes());
            file.extend(kind.to_le_bytes());
            file.extend(1_u32.to_le_bytes());
            file.extend(value.to_le_bytes());
        }
        file.extend([0; 4]);
        file.extend(strip);
        file
    }

    #[test]
    fn a_cut_off_jpeg_in_it_is_found() {
        let whole = file(7, JPEG);
        assert!(check_whole(&whole).is_ok());
        for cut in 0..whole.len() {
            assert_eq!(check_whole(&whole[..cut]).unwrap_err().code(), "AIS.0102", "cut off at {cut}");
        }
        assert!(check_whole(&file(7, &JPEG[..9])).is_err(), "a strip without its end");
        assert!(check_whole(&file(1, &JPEG[..9])).is_ok(), "what is no JPEG is its decoder's to judge");
    }
}
