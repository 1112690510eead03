//! The plates of vehicles of China on a photograph of them. What stands beside words is what a document says of a
//! vehicle, and no plate.

use super::field::Field;
use super::{Kind, plate};
use crate::sheet::{Glyph, Line, Run as _, Sheet};
use crate::{Limits, Page, ReadError, TextOptions};

/// Plates: each a field `plate_number`.
#[derive(Debug)]
pub struct LicensePlate;

/// One that is less likely right is none.
const LEAST: f32 = 0.3;

impl Kind for LicensePlate {
    type Asked = ();
    type Found = Vec<Field>;

    fn options((): &()) -> TextOptions {
        let limits = Limits { max_side_px: 4096, ..Limits::PHOTOGRAPH };
        TextOptions { character_mode: true, limits, ..TextOptions::default() }
    }

    fn find(page: Page, (): &()) -> Result<Vec<Field>, ReadError> {
        let sheet = Sheet::of_mainland(&page);
        let plates: Vec<Field> = sheet.rows().iter().filter_map(|row| plate_in(row)).collect();
        if plates.is_empty() {
            return Err(ReadError::Quality("there is no plate of a vehicle on it".to_owned()));
        }
        Ok(plates)
    }
}

/// All of a row is one plate, or what it says is none.
fn plate_in(row: &[&Line]) -> Option<Field> {
    let run: Vec<Glyph> = row.iter().flat_map(|line| line.glyphs.iter().copied()).collect();
    let (value, confidence) = plate::read(&run).filter(|(_, confidence)| *confidence >= LEAST)?;
    Some(Field { name: "plate_number", value, confidence, location: run.location() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::page_of;

    fn read(lines: &[(i32, i32, &str)], confidence: f32) -> Result<Vec<String>, &'static str> {
        let found = LicensePlate::find(page_of(lines, confidence), &()).map_err(|error| error.code())?;
        Ok(found.into_iter().map(|field| field.value).collect())
    }

    #[test]
    fn plates_stand_alone() {
        let lines = [(100, 100, "浙A·12345"), (600, 300, "粤"), (660, 300, "BD12345"), (0, 500, "出租")];
        assert_eq!(read(&lines, 0.99).unwrap(), ["浙A12345", "粤BD12345"]);
        for other in
            [&[(0, 0, "号牌号码"), (200, 0, "浙A12345")][..], &[(0, 0, "欢迎光临")], &[(0, 0, "A12345")]]
        {
            assert_eq!(read(other, 0.99), Err("AIS.0104"), "{other:?}");
        }
        assert_eq!(read(&lines, 0.7), Err("AIS.0104"), "too doubtful");
    }
}
