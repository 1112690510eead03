//! An exit-entry permit for those who travel from the mainland of China to Hong Kong and Macao, or to Taiwan: the side with
//! the particulars, whose machine-readable zone says number, birth and end once more. Its other side has endorsements,
//! which are not read.

use super::field::Fields;
use super::permit::{self, Permit, lettered};
use super::permit_zone::PermitZone;
use super::{Kind, shows_no};
use crate::sheet::{Glyph, Run as _, Sheet};
use crate::{Page, ReadError, TextOptions};

/// An exit-entry permit: the fields of `exit-entry-permit`.
#[derive(Debug)]
pub struct ExitEntryPermit;

const HONG_KONG: &str = "往来港澳通行证";
const TAIWAN: &str = "往来台湾通行证";

impl Kind for ExitEntryPermit {
    type Asked = ();
    type Found = Fields;

    fn options((): &()) -> TextOptions {
        permit::options()
    }

    fn find(page: Page, (): &()) -> Result<Fields, ReadError> {
        let sheet = Sheet::of_mainland(&page);
        let permit = Permit::of(&sheet);
        let title = permit.title(&[HONG_KONG, TAIWAN]);
        let zone = PermitZone::on(&sheet);
        if zone.is_none() && !(title.is_some() && permit.has_labels()) {
            return Err(shows_no("the side with the particulars of an exit-entry permit"));
        }
        let mut fields = Fields::default();
        permit.put(&mut fields, zone.as_ref());
        put_number(&mut fields, &permit, zone.as_ref());
        put_type(&mut fields, title, zone.as_ref());
        match &zone {
            Some(PermitZone { all, .. }) => {
                fields.put_as_sure("machine_code", all.run.dense(), all.confidence, &all.run);
            }
            None => fields.put_missing("machine_code"),
        }
        Ok(fields)
    }
}

/// The zone's, whose check digit decides; what is printed makes it surer, or half as sure.
fn put_number(fields: &mut Fields, permit: &Permit<'_>, zone: Option<&PermitZone>) {
    permit.put_number(fields, |run| lettered(run, &['C', 'L', 'T']));
    let Some(PermitZone { number, .. }) = zone else { return };
    let (printed, sure) =
        fields.get("number").map_or((String::new(), 0.0), |field| (field.value.clone(), field.confidence));
    let said = number.text();
    let is_other = !printed.is_empty() && printed != said;
    let confidence = if is_other { number.confidence / 2.0 } else { number.confidence };
    fields.put_as_sure("number", said.clone(), confidence, &number.run);
    if printed == said {
        fields.agree("number", sure);
    }
}

/// By its title, or else by its zone; the side is the one that has them.
fn put_type(fields: &mut Fields, title: Option<(&'static str, Vec<Glyph>)>, zone: Option<&PermitZone>) {
    let (name, confidence, run) = match (title, zone) {
        (Some((name, run)), _) => (name, run.confidence(), run),
        (None, Some(zone)) => {
            let name = if zone.code == "CD" { TAIWAN } else { HONG_KONG };
            (name, zone.all.confidence, zone.all.run.clone())
        }
        (None, None) => ("", 0.0, Vec::new()),
    };
    fields.put_as_sure("type", name, confidence, &run);
    fields.put_as_sure("side", "front", confidence, &run);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::page_of;

    const FRONT: [(i32, i32, &str); 17] = [
        (60, 30, "往来港澳通行证"),
        (60, 80, "EXIT-ENTRY PERMIT FOR TRAVELLING"),
        (760, 30, "CA9041726"),
        (350, 120, "姓名"),
        (350, 152, "林晓舟"),
        (350, 190, "LIN, XIAOZHOU"),
        (350, 240, "出生日期"),
        (640, 240, "性别"),
        (350, 272, "1988.03.14"),
        (640, 272, "女"),
        (350, 320, "有效期限"),
        (350, 352, "2022.09.10-2032.09.09"),
        (350, 400, "签发机关"),
        (720, 400, "签发地点"),
        (350, 432, "公安部出入境管理局"),
        (720, 432, "广东"),
        (50, 540, "CSCA90417267<3209099<8803148<8"),
    ];

    fn find(lines: &[(i32, i32, &str)]) -> Result<Fields, &'static str> {
        ExitEntryPermit::find(page_of(lines, 0.999), &()).map_err(|error| error.code())
    }

    fn sure(fields: &Fields, name: &str) -> f32 {
        fields.get(name).unwrap().confidence
    }

    #[test]
    fn the_side_with_the_particulars() {
        let fields = find(&FRONT).unwrap();
        for (name, value) in [
            ("name", "林晓舟"),
            ("name_en", "LIN, XIAOZHOU"),
            ("sex", "女"),
            ("birth_date", "1988.03.14"),
            ("number", "CA9041726"),
            ("issuing_authority", "公安部出入境管理局"),
            ("issue_place", "广东"),
            ("valid_period", "2022.09.10-2032.09.09"),
            ("machine_code", "CSCA90417267<3209099<8803148<8"),
            ("type", "往来港澳通行证"),
            ("side", "front"),
        ] {
            assert_eq!(fields.value(name), value, "{name}");
            assert!(sure(&fields, name) > 0.97, "{name}");
        }
        assert!(["number", "birth_date", "valid_period"].iter().all(|name| sure(&fields, name) > 0.999));
    }

    #[test]
    fn without_its_zone_it_is_known_by_its_title() {
        let fields = find(&FRONT[..16]).unwrap();
        assert_eq!((fields.value("number"), fields.value("machine_code")), ("CA9041726", ""));
        assert_eq!(sure(&fields, "machine_code"), 0.0);
        // One for Taiwan, without its title.
        let mut lines = FRONT[1..].to_vec();
        lines[1].2 = "L88608477";
        lines[15].2 = "CDL886084775<3209099<8803148<2";
        let fields = find(&lines).unwrap();
        assert_eq!((fields.value("type"), fields.value("number")), ("往来台湾通行证", "L88608477"));
    }

    #[test]
    fn what_contradicts_itself_is_less_sure() {
        let mut lines = FRONT;
        lines[2].2 = "CA9041728";
        lines[8].2 = "1988.03.15";
        let fields = find(&lines).unwrap();
        assert_eq!((fields.value("number"), fields.value("birth_date")), ("CA9041726", "1988.03.15"));
        assert!(["number", "birth_date"].iter().all(|name| sure(&fields, name) <= 0.5));
    }

    #[test]
    fn what_is_not_there_is_empty() {
        let kept = |line: &&(i32, i32, &str)| !matches!(line.2, "林晓舟" | "女" | "1988.03.14" | "广东");
        let lines: Vec<_> = FRONT.iter().filter(kept).copied().collect();
        let fields = find(&lines).unwrap();
        for name in ["name", "sex", "birth_date", "issue_place"] {
            assert_eq!((fields.value(name), sure(&fields, name)), ("", 0.0), "{name}");
        }
    }

    #[test]
    fn other_documents_are_refused() {
        let mut other = FRONT[..16].to_vec();
        other[0].2 = "港澳居民来往内地通行证";
        for lines in [&other[..], &FRONT[..1], &FRONT[3..16], &[]] {
            assert_eq!(find(lines).map(|_| ()), Err("AIS.0104"));
        }
    }
}
