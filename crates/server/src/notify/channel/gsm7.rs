//! How text becomes short messages: the GSM 7-bit default alphabet (3GPP TS 23.038) where it is enough, UCS-2
//! elsewhere, in as many parts as it takes.

/// The default alphabet, in order of its codes; code 0x1b is the escape and has no letter of its own.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ\
     ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// Letters that take an escape before them.
const EXTENDED: [(char, u8); 10] = [
    ('\u{c}', 0x0a),
    ('^', 0x14),
    ('{', 0x28),
    ('}', 0x29),
    ('\\', 0x2f),
    ('[', 0x3c),
    ('~', 0x3d),
    (']', 0x3e),
    ('|', 0x40),
    ('€', 0x65),
];

const ESCAPE: u8 = 0x1b;
/// The longest text of one message, and of one part of several: in septets, and in UCS-2 units.
const GSM7_LIMITS: (usize, usize) = (160, 153);
const UCS2_LIMITS: (usize, usize) = (70, 67);
/// A text in more parts than this is cut.
const PARTS_LIMIT: usize = 10;

/// How the octets of a text are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// The default alphabet, one octet for each septet.
    Gsm7,
    /// UCS-2, two octets for each unit.
    Ucs2,
}

/// A text in the octets of one coding, letter by letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Encoded {
    /// The coding.
    pub coding: Coding,
    letters: Vec<Vec<u8>>,
}

/// A letter's octets in the default alphabet, if it is in it.
fn gsm7(letter: char) -> Option<Vec<u8>> {
    if letter != char::from(ESCAPE)
        && let Some(code) = BASIC.chars().position(|basic| basic == letter)
    {
        return u8::try_from(code).ok().map(|code| vec![code]);
    }
    let (_, code) = EXTENDED.iter().find(|(extended, _)| *extended == letter)?;
    Some(vec![ESCAPE, *code])
}

fn ucs2(letter: char) -> Vec<u8> {
    let mut units = [0; 2];
    letter.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()).collect()
}

/// Encodes a text: in the default alphabet if all of its letters are in it.
pub(super) fn encode(text: &str) -> Encoded {
    let letters: Option<Vec<Vec<u8>>> = text.chars().map(gsm7).collect();
    match letters {
        Some(letters) => Encoded { coding: Coding::Gsm7, letters },
        None => Encoded { coding: Coding::Ucs2, letters: text.chars().map(ucs2).collect() },
    }
}

impl Encoded {
    /// How many octets one unit (septet, or UCS-2 unit) takes.
    fn unit_bytes(&self) -> usize {
        match self.coding {
            Coding::Gsm7 => 1,
            Coding::Ucs2 => 2,
        }
    }

    /// The octets of the whole text.
    pub(super) fn whole(&self) -> Vec<u8> {
        self.letters.concat()
    }

    /// The octets of each message it takes: one, or several parts. No letter is taken apart.
    pub(super) fn parts(&self) -> Vec<Vec<u8>> {
        let (single, part) = match self.coding {
            Coding::Gsm7 => GSM7_LIMITS,
            Coding::Ucs2 => UCS2_LIMITS,
        };
        let whole = self.whole();
        if whole.len() <= single * self.unit_bytes() {
            return vec![whole];
        }
        let limit_bytes = part * self.unit_bytes();
        let mut parts = vec![Vec::new()];
        for letter in &self.letters {
            let fits = parts.last().is_some_and(|last: &Vec<u8>| last.len() + letter.len() <= limit_bytes);
            if !fits {
                if parts.len() == PARTS_LIMIT {
                    break;
                }
                parts.push(Vec::new());
            }
            if let Some(last) = parts.last_mut() {
                last.extend_from_slice(letter);
            }
        }
        parts
    }
}

/// A user data header that says: part so many of so many, of the message of this reference.
pub(super) fn header(reference: u8, parts: usize, part: usize) -> [u8; 6] {
    let number = |count: usize| u8::try_from(count).unwrap_or(u8::MAX);
    [5, 0, 3, reference, number(parts), number(part)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alphabet_has_128_places() {
        assert_eq!(BASIC.chars().count(), 128);
        for (letter, code) in [('@', 0x00), ('$', 0x02), ('Δ', 0x10), (' ', 0x20), ('¡', 0x40), ('A', 0x41)]
        {
            assert_eq!(gsm7(letter), Some(vec![code]), "{letter}");
        }
        for (letter, code) in [('Z', 0x5a), ('¿', 0x60), ('a', 0x61), ('à', 0x7f), ('é', 0x05), ('£', 0x01)]
        {
            assert_eq!(gsm7(letter), Some(vec![code]), "{letter}");
        }
        assert_eq!(gsm7('€'), Some(vec![0x1b, 0x65]));
        assert_eq!((gsm7('中'), gsm7('`'), gsm7('\u{1b}')), (None, None, None));
    }

    #[test]
    fn one_message_as_long_as_it_fits() {
        assert_eq!(encode(&"a".repeat(160)).parts().len(), 1);
        assert_eq!(encode(&"a".repeat(161)).parts().iter().map(Vec::len).collect::<Vec<_>>(), [153, 8]);
        assert_eq!(encode(&"中".repeat(70)).parts().len(), 1);
        let parts = encode(&"中".repeat(71)).parts();
        assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [134, 8]);
        assert_eq!(encode("").parts(), [Vec::<u8>::new()]);
    }

    #[test]
    fn no_letter_is_taken_apart() {
        // The escape would be the 153rd septet.
        let euro = encode(&format!("{}€{}", "a".repeat(152), "b".repeat(20))).parts();
        assert_eq!((euro[0].len(), &euro[1][..2]), (152, &[0x1b, 0x65][..]));
        // A letter beyond the basic plane takes two units.
        let rare = encode(&format!("{}𠮷{}", "中".repeat(66), "文".repeat(10))).parts();
        assert_eq!((rare[0].len(), rare[1].len()), (132, 4 + 20));
        let long = encode(&"长".repeat(5_000)).parts();
        assert_eq!(long.len(), PARTS_LIMIT);
        assert_eq!(header(7, 3, 2), [5, 0, 3, 7, 3, 2]);
    }
}
