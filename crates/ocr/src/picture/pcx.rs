//! PC Paintbrush pictures, through the `pcx` crate.

use pcx::Reader;

use super::{Picture, broken, check_size};
use crate::ReadError;
use crate::memory::Share;

pub(super) fn decode(bytes: &[u8], share: &mut Share) -> Result<Picture, ReadError> {
    let mut reader = Reader::from_mem(bytes).map_err(broken)?;
    let (width, height) = (usize::from(reader.width()), usize::from(reader.height()));
    check_size(width as u64, height as u64)?;
    share.take(4 * width as u64 * height as u64)?;
    let mut rgb = vec![0; width * height * 3];
    if reader.is_paletted() {
        let mut rows = vec![0; width * height];
        for row in rows.chunks_exact_mut(width) {
            reader.next_row_paletted(row).map_err(broken)?;
        }
        let mut palette = [0; 768];
        reader.read_palette(&mut palette).map_err(broken)?;
        for (pixel, &index) in rgb.as_chunks_mut::<3>().0.iter_mut().zip(&rows) {
            pixel.copy_from_slice(&palette[usize::from(index) * 3..][..3]);
        }
    } else {
        for row in rgb.chunks_exact_mut(width * 3) {
            reader.next_row_rgb(row).map_err(broken)?;
        }
    }
    Ok(Picture { width, height, rgb })
}

#[cfg(test)]
mod tests {
    #[test]
    fn coloured_and_paletted_pictures_are_read() {
        let mut coloured = Vec::new();
        let mut writer = pcx::WriterRgb::new(&mut coloured, (20, 16), (72, 72)).unwrap();
        for y in 0..16u8 {
            writer.write_row(&[y, 100, 200].repeat(20)).unwrap();
        }
        writer.finish().unwrap();
        let picture = super::super::tests::decode(&coloured, 1).unwrap();
        assert_eq!((picture.width, picture.height), (20, 16));
        assert_eq!(picture.rgb[5 * 60..5 * 60 + 3], [5, 100, 200]);

        let mut paletted = Vec::new();
        let mut writer = pcx::WriterPaletted::new(&mut paletted, (20, 16), (72, 72)).unwrap();
        for _ in 0..16 {
            writer.write_row(&[1; 20]).unwrap();
        }
        writer.write_palette(&[0, 0, 0, 9, 8, 7]).unwrap();
        assert_eq!(super::super::tests::decode(&paletted, 1).unwrap().rgb[..3], [9, 8, 7]);

        for bytes in [coloured, paletted] {
            for end in (4..bytes.len() / 2).step_by(7) {
                assert_eq!(super::super::tests::decode(&bytes[..end], 1).unwrap_err().code(), "AIS.0102");
            }
        }
    }
}
