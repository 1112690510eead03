//! What was written by hand. The model reads it as it reads print; a caller who knows that there are only digits, or only
//! letters, says so.

use super::Kind;
use crate::{Limits, Page, ReadError, TextOptions};

/// Something written by hand.
#[derive(Debug)]
pub struct Handwriting;

/// What may be asked of it.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// The picture holds a single line.
    pub single_line: bool,
    /// There are digits.
    pub digits: bool,
    /// There are Latin letters.
    pub letters: bool,
    /// There is everything else.
    pub others: bool,
}

impl Asked {
    fn allows(&self, char: char) -> bool {
        match char {
            '0'..='9' => self.digits,
            'A'..='Z' | 'a'..='z' => self.letters,
            _ => self.others,
        }
    }

    /// A character as one of those there are; `None` if it looks like none of them.
    fn among(&self, char: char) -> Option<char> {
        let alike = match char {
            'O' | 'o' | 'Q' | 'D' => '0',
            'I' | 'l' | 'i' | '|' => '1',
            'Z' | 'z' => '2',
            'S' | 's' => '5',
            'b' | 'G' => '6',
            'B' => '8',
            'g' | 'q' => '9',
            '0' => 'O',
            '1' => 'l',
            '2' => 'Z',
            '5' => 'S',
            '8' => 'B',
            other => other,
        };
        [char, alike].into_iter().find(|char| self.allows(*char))
    }
}

impl Kind for Handwriting {
    type Asked = Asked;
    type Found = Page;

    fn options(asked: &Asked) -> TextOptions {
        TextOptions {
            quick_mode: asked.single_line,
            limits: Limits { min_side_px: 8, ..Limits::PHOTOGRAPH },
            ..TextOptions::default()
        }
    }

    fn find(mut page: Page, asked: &Asked) -> Result<Page, ReadError> {
        if asked.digits && asked.letters && asked.others {
            return Ok(page);
        }
        for block in &mut page.blocks {
            let words: String = block
                .words
                .chars()
                .filter_map(|char| if char == ' ' { Some(char) } else { asked.among(char) })
                .collect();
            block.words = words.trim().to_owned();
        }
        page.blocks.retain(|block| !block.words.is_empty());
        Ok(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::page;

    #[test]
    fn only_what_there_is_is_read() {
        let read = |digits, letters, others| {
            let page = page(&[(0, 0, "No. 1O7 z"), (0, 40, "收到")]);
            let asked = Asked { single_line: false, digits, letters, others };
            let page = Handwriting::find(page, &asked).unwrap();
            page.blocks.into_iter().map(|block| block.words).collect::<Vec<_>>()
        };
        assert_eq!(read(true, true, true), ["No. 1O7 z", "收到"]);
        assert_eq!(read(true, true, false), ["No 1O7 z"]);
        assert_eq!(read(true, false, false), ["0 107 2"]);
        assert_eq!(read(false, true, false), ["No lO z"]);
    }
}
