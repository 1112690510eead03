//! Letters and digits that are taken for each other.

/// What a character may be instead, likeliest first.
pub(super) fn alike(char: char) -> &'static [char] {
    match char {
        '0' => &['O', 'D', 'Q', 'U', '8'],
        '1' => &['I', 'L', 'T', '7'],
        '2' => &['Z', '7'],
        '3' => &['8', '5'],
        '4' => &['A'],
        '5' => &['S', '6', '3'],
        '6' => &['G', '8', '5', 'B'],
        '7' => &['T', '1', 'Z', '2'],
        '8' => &['B', '3', '6', '0', 'S'],
        '9' => &['G', 'P'],
        'A' => &['4', 'R', 'H'],
        'B' => &['8', 'R', 'E', '3', '6'],
        'C' => &['G', 'O', '0'],
        'D' => &['0', 'O'],
        'E' => &['F', 'B'],
        'F' => &['E', 'P'],
        'G' => &['6', 'C', '9'],
        'H' => &['N', 'M', 'A'],
        'I' => &['1', 'L', 'J'],
        'J' => &['I', '1'],
        'K' => &['X', 'R'],
        'L' => &['1', 'I'],
        'M' => &['N', 'W', 'H'],
        'N' => &['M', 'H'],
        'O' => &['0', 'D', 'Q'],
        'P' => &['F', 'R', '9'],
        'Q' => &['0', 'O'],
        'R' => &['B', 'K', 'P', 'A'],
        'S' => &['5', '8'],
        'T' => &['7', '1', 'Y'],
        'U' => &['V', '0', 'J'],
        'V' => &['U', 'Y'],
        'W' => &['M', 'V'],
        'X' => &['K', 'Y'],
        'Y' => &['V', 'X', 'T'],
        'Z' => &['2', '7'],
        _ => &[],
    }
}

/// A character where only digits are: itself, or the digit it was taken for.
pub(super) fn digit_like(char: char) -> Option<char> {
    match char {
        '0'..='9' => Some(char),
        'O' | 'o' | 'D' | 'Q' => Some('0'),
        'I' | 'i' | 'l' | 'L' | '|' => Some('1'),
        'Z' | 'z' => Some('2'),
        'S' | 's' => Some('5'),
        'G' | 'b' => Some('6'),
        'T' => Some('7'),
        'B' => Some('8'),
        _ => None,
    }
}

/// A character where only letters are.
pub(super) fn letter_like(char: char) -> char {
    match char {
        '0' => 'O',
        '1' => 'I',
        '2' => 'Z',
        '5' => 'S',
        '6' => 'G',
        '8' => 'B',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stay_what_they_are() {
        for digit in '0'..='9' {
            assert_eq!(digit_like(digit), Some(digit));
        }
        for (char, digit) in [('O', '0'), ('I', '1'), ('Z', '2'), ('S', '5'), ('B', '8')] {
            assert_eq!((digit_like(char), letter_like(digit)), (Some(digit), char));
        }
        assert_eq!((digit_like('M'), letter_like('M')), (None, 'M'));
    }

    #[test]
    fn nothing_is_like_itself() {
        assert!(
            ('0'..='9').chain('A'..='Z').all(|char| !alike(char).is_empty() && !alike(char).contains(&char))
        );
    }
}
