//! Whether a JPEG file is whole, told by walking its markers.

use super::broken;
use crate::ReadError;

/// Refuses a file that ends before its end-of-image marker: a cut-off upload.
pub(super) fn check_whole(bytes: &[u8]) -> Result<(), ReadError> {
    if is_whole(bytes) { Ok(()) } else { Err(broken("the JPEG file is cut off")) }
}

/// Whether a picture goes on to its end-of-image marker.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    let mut at = 2;
    let mut in_scan = false;
    loop {
        // To the next marker: 0xff and a byte that is neither filling nor part of the data.
        let Some(&[first, second]) = bytes.get(at..at + 2).and_then(|pair| pair.first_chunk()) else {
            return false;
        };
        let is_marker = first == 0xff && !matches!(second, 0x00 | 0xff);
        if !is_marker || (in_scan && matches!(second, 0xd0..=0xd7)) {
            at += 1;
            continue;
        }
        match second {
            0xd9 => return true,
            // Markers without a segment.
            0x01 | 0xd0..=0xd8 => at += 2,
            marker => {
                let Some(&length) = bytes.get(at + 2..at + 4).and_then(|pair| pair.first_chunk::<2>()) else {
                    return false;
                };
                at += 2 + usize::from(u16::from_be_bytes(length));
                in_scan = marker == 0xda;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_the_picture_s_own() {
        // A thumbnail inside a segment has an end marker of its own.
        let thumbnail = [0xff, 0xe1, 0, 6, 0xff, 0xd8, 0xff, 0xd9];
        let scan = [0xff, 0xda, 0, 2, 1, 2, 0xff, 0x00, 3, 0xff, 0xd0, 4];
        let cut = [&[0xff, 0xd8][..], &thumbnail, &scan].concat();
        assert!(!is_whole(&cut));
        assert!(is_whole(&[&cut[..], &[0xff, 0xd9]].concat()));
        assert!(is_whole(&[&cut[..], &[0xff, 0xff, 0xd9, 0, 0]].concat()));
        for end in 0..cut.len() {
            assert!(!is_whole(&cut[..end]));
        }
    }
}
