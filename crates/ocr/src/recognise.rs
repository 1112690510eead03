//! What a line says: from pixels 48 high to characters with their columns.
//!
//! The model looks at every eighth column and says, for each, how likely every character it knows is and "none"
//! (connectionist temporal classification), as logits. The likeliest is taken; repeats of one
//! character without a "none" between them are the same character.

use crate::ReadError;
use crate::crop::LINE_HEIGHT;
use crate::logits::probability_of;
use crate::picture::Picture;
use crate::runtime::{Session, Tensor};

/// Widths come in steps of this: each new one costs the runtime memory and time.
pub(crate) const WIDTH_STEP: usize = 64;
/// Longer lines are read in pieces, cut where the line shows least.
const MAX_WIDTH: usize = 1920;
/// A piece is at least this long.
const MIN_PIECE: usize = 1536;

/// One character as read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Glyph {
    pub char: char,
    pub confidence: f32,
    /// Where its middle is, as a fraction of the line's width.
    pub at: f32,
}

/// The characters the model knows, in its order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Alphabet(Vec<char>);

impl Alphabet {
    /// From the list in the model's metadata, one character per line; the space comes after them.
    pub fn parse(list: &str) -> Self {
        let mut chars: Vec<char> = list.lines().filter_map(|line| line.chars().next()).collect();
        chars.push(' ');
        Self(chars)
    }

    /// How many classes the model must give: the characters and "none".
    pub fn classes(&self) -> usize {
        self.0.len() + 1
    }
}

/// Reads a line.
pub(crate) fn glyphs(
    line: &Picture,
    alphabet: &Alphabet,
    session: &mut dyn Session,
) -> Result<Vec<Glyph>, ReadError> {
    let mut glyphs = Vec::new();
    let mut start = 0;
    while start < line.width {
        let end = piece_end(line, start);
        let (input, padded) = tensor(line, start, end);
        let mut fits = false;
        let first = glyphs.len();
        session
            .run(&input, &mut |shape, output| {
                let &[_, columns, classes] = shape else { return };
                fits = classes == alphabet.classes() && output.len() == columns * classes;
                if fits {
                    decode(output, alphabet, &mut glyphs);
                }
            })
            .map_err(|error| ReadError::Engine(error.to_string()))?;
        if !fits {
            return Err(ReadError::Engine("the recognition model does not fit its alphabet".to_owned()));
        }
        for glyph in &mut glyphs[first..] {
            glyph.at = ((start as f32 + glyph.at * padded as f32) / line.width as f32).min(1.0);
        }
        start = end;
    }
    let is_text = |glyph: &Glyph| glyph.char != ' ';
    let Some(last) = glyphs.iter().rposition(is_text) else { return Ok(Vec::new()) };
    glyphs.truncate(last + 1);
    let first = glyphs.iter().position(is_text).unwrap_or(0);
    Ok(glyphs.split_off(first))
}

/// The text of some glyphs and the mean of their confidences.
pub(crate) fn text(glyphs: &[Glyph]) -> (String, f32) {
    let sum: f32 = glyphs.iter().map(|glyph| glyph.confidence).sum();
    (glyphs.iter().map(|glyph| glyph.char).collect(), sum / glyphs.len().max(1) as f32)
}

/// The input for the columns from `start` to `end`, padded with grey to a step of widths, and that width.
fn tensor(line: &Picture, start: usize, end: usize) -> (Tensor, usize) {
    let width = end - start;
    let padded = width.div_ceil(WIDTH_STEP) * WIDTH_STEP;
    let mut data = Vec::with_capacity(3 * LINE_HEIGHT * padded);
    for channel in [2, 1, 0] {
        for y in 0..LINE_HEIGHT {
            let row = &line.rgb[(y * line.width + start) * 3..(y * line.width + end) * 3];
            data.extend(row.as_chunks::<3>().0.iter().map(|pixel| f32::from(pixel[channel]) / 127.5 - 1.0));
            data.resize(data.len() + padded - width, 0.0);
        }
    }
    (Tensor { shape: [1, 3, LINE_HEIGHT, padded], data }, padded)
}

fn decode(output: &[f32], alphabet: &Alphabet, glyphs: &mut Vec<Glyph>) {
    let classes = alphabet.classes();
    let columns = output.len() / classes;
    // The character going on, with its first and last column.
    let mut current: Option<(usize, usize, Glyph)> = None;
    for (column, logits) in output.chunks_exact(classes).enumerate() {
        let (class, logit) = likeliest(logits);
        if let Some((going, first, glyph)) = &mut current {
            if *going == class {
                glyph.confidence = glyph.confidence.max(probability_of(logit, logits));
                glyph.at = (*first + column + 1) as f32 / (2 * columns) as f32;
                continue;
            }
            glyphs.push(*glyph);
            current = None;
        }
        if class > 0 {
            let at = (2 * column + 1) as f32 / (2 * columns) as f32;
            let confidence = probability_of(logit, logits);
            current = Some((class, column, Glyph { char: alphabet.0[class - 1], confidence, at }));
        }
    }
    glyphs.extend(current.map(|(_, _, glyph)| glyph));
}

/// The index and value of the greatest number.
fn likeliest(logits: &[f32]) -> (usize, f32) {
    // First the greatest of each lane, which compiles to vector instructions, then where it is.
    let (chunks, rest) = logits.as_chunks::<16>();
    let mut lanes = [f32::MIN; 16];
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane = if value > *lane { value } else { *lane };
        }
    }
    let greatest = lanes.iter().chain(rest).copied().fold(f32::MIN, f32::max);
    (logits.iter().position(|&value| value == greatest).unwrap_or(0), greatest)
}

/// Where to cut a long line that begins at `start`: after the most even column near its longest end.
fn piece_end(line: &Picture, start: usize) -> usize {
    if line.width - start <= MAX_WIDTH {
        return line.width;
    }
    let unevenness = |x: usize| {
        let grey = |y: usize| {
            let pixel = &line.rgb[(y * line.width + x) * 3..][..3];
            i32::from(pixel[0]) + i32::from(pixel[1]) + i32::from(pixel[2])
        };
        (1..LINE_HEIGHT).map(|y| (grey(y) - grey(y - 1)).abs()).sum::<i32>()
    };
    // A gap is wide: look for the most even stretch of eight columns.
    let stretch = |x: &usize| (*x..*x + 8).map(unevenness).sum::<i32>();
    let cut = (start + MIN_PIECE..start + MAX_WIDTH - 8).min_by_key(stretch);
    cut.map_or(start + MAX_WIDTH, |x| x + 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::FnSession;

    fn alphabet() -> Alphabet {
        Alphabet::parse("a\nb\n中")
    }

    /// Logits with these classes the likeliest, each a little more than the one before.
    fn output(classes: &[usize]) -> Vec<f32> {
        let count = alphabet().classes();
        let mut output = Vec::new();
        for (column, class) in classes.iter().enumerate() {
            let greatest = probability(column);
            let others = (1.0 - greatest) / (count - 1) as f32;
            output.extend((0..count).map(|at| if at == *class { greatest.ln() } else { others.ln() }));
        }
        output
    }

    fn probability(column: usize) -> f32 {
        0.5 + column as f32 / 100.0
    }

    fn read(classes: &'static [usize], width: usize) -> Vec<Glyph> {
        let line = blank(width);
        let mut session = FnSession::new(move |input: &Tensor| {
            assert_eq!(input.shape[3] % WIDTH_STEP, 0);
            (vec![1, classes.len(), 5], output(classes))
        });
        glyphs(&line, &alphabet(), &mut session).unwrap()
    }

    #[test]
    fn repeats_fold_and_none_separates() {
        // none a a none a b space 中
        let glyphs = read(&[0, 1, 1, 0, 1, 2, 4, 3], 64);
        assert_eq!(text(&glyphs).0, "aab 中");
        assert_eq!(glyphs[0].at, 2.0 / 8.0);
        // The greater of both columns.
        assert!((glyphs[0].confidence - probability(2)).abs() < 1e-5);
        assert_eq!(glyphs[4].at, 7.5 / 8.0);
    }

    fn blank(width: usize) -> Picture {
        Picture { width, height: LINE_HEIGHT, rgb: vec![255; width * LINE_HEIGHT * 3] }
    }

    #[test]
    fn spaces_at_the_ends_go() {
        assert_eq!(text(&read(&[4, 0, 1, 4, 0, 0, 4, 0], 64)).0, "a");
        assert!(read(&[0, 4, 0, 0, 0, 0, 0, 0], 64).is_empty());
    }

    #[test]
    fn places_refer_to_the_line_without_its_padding() {
        let glyphs = read(&[0, 0, 1, 0, 0, 0, 0, 0], 40);
        assert_eq!(glyphs[0].at, 2.5 / 8.0 * 64.0 / 40.0);
    }

    #[test]
    fn long_lines_are_cut_at_gaps() {
        let width = 5000;
        let mut line = Picture { width, height: 48, rgb: vec![255; width * 48 * 3] };
        for x in 0..width {
            // Text everywhere but around 1700 and 3400.
            if x.abs_diff(1700) > 8 && x.abs_diff(3400) > 8 {
                for y in (0..48).step_by(2) {
                    line.rgb[(y * width + x) * 3] = 0;
                }
            }
        }
        let first = piece_end(&line, 0);
        assert!(first.abs_diff(1700) <= 8, "{first}");
        assert!(piece_end(&line, first).abs_diff(3400) <= 8);
        assert_eq!(piece_end(&line, 3400), width);
        let mut pieces = 0;
        let mut session = FnSession::new(move |_: &Tensor| {
            pieces += 1;
            (vec![1, 8, 5], output(&[0, 0, 0, pieces, 0, 0, 0, 0]))
        });
        let glyphs = glyphs(&line, &alphabet(), &mut session).unwrap();
        assert_eq!(text(&glyphs).0, "ab中");
        assert!(glyphs[0].at < 0.34 && glyphs[1].at > 0.34 && glyphs[2].at > 0.68);
    }

    #[test]
    fn a_model_with_another_alphabet_is_an_error() {
        let line = Picture { width: 64, height: 48, rgb: vec![0; 64 * 48 * 3] };
        for shape in [vec![1, 8, 6], vec![8, 5], vec![1, 9, 5]] {
            let mut session = FnSession::new(move |_: &Tensor| (shape.clone(), vec![0.0; 40]));
            assert_eq!(glyphs(&line, &alphabet(), &mut session).unwrap_err().code(), "AIS.0105");
        }
    }

    #[test]
    fn the_greatest_is_found_anywhere() {
        for at in [0, 15, 16, 30, 33, 39] {
            let mut values = vec![0.1; 40];
            values[at] = 0.9;
            assert_eq!(likeliest(&values), (at, 0.9));
        }
        // Which is none.
        assert_eq!(likeliest(&[f32::NAN; 3]).0, 0);
    }
}
