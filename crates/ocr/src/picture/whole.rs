//! Whether a page of a PDF is all there.
//!
//! Readers of PDFs show what is left of a damaged one: a page without its text, or letters from another font. That
//! would be read, and paid for, as if it had been the page. So what the page needs is looked at before: that the
//! document has its end, that nothing the page refers to is missing, and that what is compressed unpacks to what was
//! packed.

use std::collections::HashSet;

use flate2::{Decompress, FlushDecompress, Status};
use hayro::hayro_syntax::Filter;
use hayro::hayro_syntax::object::{Dict, MaybeRef, Object, ObjectIdentifier, Stream};
use hayro::hayro_syntax::page::Page;
use hayro::hayro_syntax::xref::XRef;

use super::{broken, jpeg};
use crate::ReadError;

/// A document ends with this (ISO 32000-1, 7.5.5),
const END: &[u8] = b"%%EOF";
/// within so many bytes of its last (PDF Reference 1.7, implementation note 18).
const END_BYTES: usize = 1024;
/// What entries say that is not on the page: where it stands in the document, and what is said about it.
const NOT_SHOWN: [&[u8]; 6] = [b"Parent", b"P", b"Metadata", b"PieceInfo", b"OC", b"StructParent"];
/// The checksum after compressed data.
const CHECKSUM_BYTES: usize = 4;
/// Of a page that refers to more objects, the rest is not looked at.
const MAX_OBJECTS: usize = 100_000;

/// Sees to it that a document has its end: what was cut off on its way has not.
pub(super) fn check_end(bytes: &[u8]) -> Result<(), ReadError> {
    let filled = bytes.iter().rposition(|byte| !byte.is_ascii_whitespace() && *byte != 0);
    let bytes = &bytes[..filled.map_or(0, |last| last + 1)];
    let end = &bytes[bytes.len().saturating_sub(END_BYTES)..];
    if end.windows(END.len()).any(|word| word == END) {
        return Ok(());
    }
    Err(broken("the PDF is cut off: its end is missing"))
}

/// Sees to it that nothing of a page is missing or damaged.
pub(super) fn check_page(page: &Page<'_>) -> Result<(), ReadError> {
    let mut walk = Walk { xref: page.xref(), seen: HashSet::new(), found: Vec::new() };
    walk.entry(page.raw(), b"Contents")?;
    let resources = page.resources();
    for dict in [
        &resources.fonts,
        &resources.x_objects,
        &resources.ext_g_states,
        &resources.color_spaces,
        &resources.patterns,
        &resources.shadings,
    ] {
        walk.found.push(Object::Dict(dict.clone()));
    }
    walk.through()
}

/// What a page refers to, object by object.
struct Walk<'a> {
    xref: &'a XRef,
    seen: HashSet<ObjectIdentifier>,
    found: Vec<Object<'a>>,
}

impl<'a> Walk<'a> {
    fn through(mut self) -> Result<(), ReadError> {
        while let Some(object) = self.found.pop() {
            match object {
                Object::Dict(dict) => self.entries(&dict)?,
                Object::Array(array) => {
                    for item in array.raw_iter() {
                        self.take(item)?;
                    }
                }
                Object::Stream(stream) => {
                    check_stream(&stream)?;
                    self.entries(stream.dict())?;
                }
                _ => {}
            }
            if self.seen.len() > MAX_OBJECTS {
                break;
            }
        }
        Ok(())
    }

    fn entries(&mut self, dict: &Dict<'a>) -> Result<(), ReadError> {
        for (name, value) in dict.entries() {
            if !NOT_SHOWN.contains(&name.as_ref()) {
                self.take(value)?;
            }
        }
        Ok(())
    }

    fn entry(&mut self, dict: &Dict<'a>, name: &[u8]) -> Result<(), ReadError> {
        dict.get_raw::<Object<'a>>(name).map_or(Ok(()), |value| self.take(value))
    }

    fn take(&mut self, value: MaybeRef<Object<'a>>) -> Result<(), ReadError> {
        let object = match value {
            MaybeRef::NotRef(object) => object,
            MaybeRef::Ref(reference) => {
                let id = ObjectIdentifier::new(reference.obj_number, reference.gen_number);
                if !self.seen.insert(id) {
                    return Ok(());
                }
                self.xref.get(id).ok_or_else(|| {
                    broken(format!("the page needs object {} of the PDF, which is missing", id.obj_number))
                })?
            }
        };
        self.found.push(object);
        Ok(())
    }
}

/// Sees to it that what is compressed can be unpacked. Most pictures are left to their decoders, which tell.
fn check_stream(stream: &Stream<'_>) -> Result<(), ReadError> {
    let damaged = || broken(format!("object {} of the PDF is damaged", stream.obj_id().obj_number));
    let filters = stream.filters();
    let is_picture = |filter: &Filter| {
        matches!(filter, Filter::DctDecode | Filter::JpxDecode | Filter::Jbig2Decode | Filter::CcittFaxDecode)
    };
    // Of a picture in a wrapping its decoder sees what is in there, and not we.
    if filters.len() > 1 && filters.last().is_some_and(is_picture) {
        return Ok(());
    }
    let is_whole = match filters.first() {
        None => !stream.dict().contains_key("Filter") || stream.decoded_data().is_ok(),
        Some(Filter::FlateDecode) => unpacks(&stream.raw_data()),
        // Its decoder fills the rest of a picture that was cut off.
        Some(Filter::DctDecode) => jpeg::is_whole(&stream.raw_data()),
        Some(Filter::JpxDecode | Filter::Jbig2Decode | Filter::CcittFaxDecode) => true,
        Some(_) => stream.decoded_data().is_ok(),
    };
    if is_whole { Ok(()) } else { Err(damaged()) }
}

/// Whether zlib data unpacks to what was packed. Some writers leave the checksum out; one that is there is right.
fn unpacks(data: &[u8]) -> bool {
    let without_header = || data.get(2..).and_then(|body| after_end(body, false));
    after_end(data, true).is_some() || without_header().is_some_and(|rest| rest < CHECKSUM_BYTES)
}

/// How many bytes follow the end of compressed data; nothing if it has no end, or is damaged before it.
fn after_end(data: &[u8], has_header: bool) -> Option<usize> {
    let mut inflate = Decompress::new(has_header);
    let mut out = vec![0; 1 << 16];
    loop {
        let (read, written) = (inflate.total_in(), inflate.total_out());
        let rest = data.get(usize::try_from(read).ok()?..)?;
        let status = inflate.decompress(rest, &mut out, FlushDecompress::None).ok()?;
        if status == Status::StreamEnd {
            return data.len().checked_sub(usize::try_from(inflate.total_in()).ok()?);
        }
        if (inflate.total_in(), inflate.total_out()) == (read, written) {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;

    #[test]
    fn damage_to_what_is_compressed_is_found() {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all("what is on the page ".repeat(20).as_bytes()).unwrap();
        let packed = encoder.finish().unwrap();
        assert!(unpacks(&packed));
        assert!(unpacks(&[&packed[..], b"\r\n"].concat()), "the end of its line");
        assert!(unpacks(&packed[..packed.len() - 4]), "written without its checksum");
        for cut in 0..packed.len() - 4 {
            assert!(!unpacks(&packed[..cut]), "cut off at {cut}");
        }
        for at in 2..packed.len() {
            let mut damaged = packed.clone();
            damaged[at] ^= 0x10;
            assert!(!unpacks(&damaged), "byte {at}");
        }
    }

    #[test]
    fn a_document_has_its_end() {
        assert!(check_end(b"%PDF-1.4 ... %%EOF\r\n").is_ok());
        let filled = [&b"%PDF-1.4 ... %%EOF\n"[..], &[0; 4096]].concat();
        assert!(check_end(&filled).is_ok(), "filled up to a block");
        let cut = [&b"%PDF-1.4 %%EOF of the part shown first"[..], &[b'x'; 4096]].concat();
        for cut in [&b""[..], b"%PDF-1.4", &cut] {
            assert_eq!(check_end(cut).unwrap_err().code(), "AIS.0102");
        }
    }
}
