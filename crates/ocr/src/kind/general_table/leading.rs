//! Cells of several lines: which rows of text are one row of a table. Lines of one cell are as far apart as lines are
//! set; rows of a table are further apart, and by how much the page itself says.
//!
//! Not where rows are as close as lines: nothing tells them apart then, and each row of text is one of the table.

use super::gutters::columns;
use super::piece::Piece;
use super::rules::{Rule, Rules};

/// Lines are set no further apart, in heights of text.
const MOST: f32 = 1.7;
/// Lines are set evenly: the widest distance is at most so many times the least.
const EVEN: f32 = 1.25;
/// The least distance between rows is at least so many times the widest between lines.
const WIDER: f32 = 1.2;

/// For each row of text the number of the table's row that it is of.
pub(super) fn rows_of(rows: &[Vec<Piece>], gutters: &[f32], rules: &Rules, height: f32) -> Vec<usize> {
    joined(rows, gutters, rules, height).unwrap_or_else(|| (0..rows.len()).collect())
}

/// The same; none if no cell is known to have several lines.
pub(super) fn joined(rows: &[Vec<Piece>], gutters: &[f32], rules: &Rules, height: f32) -> Option<Vec<usize>> {
    // Lines that follow each other in a column: their rows of text, and how far apart they are.
    let mut pairs: Vec<(usize, usize, f32)> = Vec::new();
    let mut last: Vec<Option<(usize, &Piece)>> = vec![None; gutters.len() + 1];
    for (row, pieces) in rows.iter().enumerate() {
        for piece in pieces {
            let columns = columns(piece, gutters, height);
            let Some(last) = last.get_mut(columns.start).filter(|_| columns.len() == 1) else { continue };
            if let Some((row_above, above)) = *last
                && row_above < row
                && !is_ruled(rules, above, piece)
            {
                pairs.push((row_above, row, piece.middle() - above.middle()));
            }
            *last = Some((row, piece));
        }
    }
    let most = widest_leading(pairs.iter().map(|(_, _, apart)| *apart).collect(), height)?;
    let mut is_joined = vec![false; rows.len()];
    for (above, below, _) in pairs.into_iter().filter(|(_, _, apart)| *apart <= most) {
        is_joined[above + 1..=below].fill(true);
    }
    let mut number = 0;
    let of: Vec<usize> = (is_joined.iter().enumerate())
        .map(|(row, is_joined)| {
            number += usize::from(row > 0 && !is_joined);
            number
        })
        .collect();
    is_likely(rows, &of, gutters, height).then_some(of)
}

/// Whether a ruling lies between them.
fn is_ruled(rules: &Rules, above: &Piece, below: &Piece) -> bool {
    let (left, right) = (above.left.min(below.left), above.right.max(below.right));
    let is_between = |rule: &&Rule| (above.middle()..below.middle()).contains(&rule.at);
    rules.across.iter().filter(is_between).any(|rule| rule.covers(left, right) > 0.5 * (right - left))
}

/// How far apart the lines of a cell are at most, if they are closer than rows.
fn widest_leading(mut distances: Vec<f32>, height: f32) -> Option<f32> {
    distances.sort_by(f32::total_cmp);
    let least = *distances.first()?;
    let lines = distances.iter().take_while(|apart| **apart <= EVEN * least).count();
    let widest = distances[lines - 1];
    let is_told = distances.get(lines).is_some_and(|next| *next >= WIDER * widest);
    (is_told && widest <= MOST * height).then_some(widest)
}

/// Whether rows of a table come out: of most that have several lines, the first cell or half of the others have one. Of
/// rows that merely stand in groups all cells would have several.
fn is_likely(rows: &[Vec<Piece>], of: &[usize], gutters: &[f32], height: f32) -> bool {
    let count = of.last().map_or(0, |last| last + 1);
    let mut lines = vec![vec![0_usize; gutters.len() + 1]; count];
    for (pieces, row) in rows.iter().zip(of) {
        for piece in pieces {
            lines[*row][columns(piece, gutters, height).start.min(gutters.len())] += 1;
        }
    }
    let of_several: Vec<&Vec<usize>> =
        lines.iter().filter(|cells| cells.iter().any(|lines| *lines > 1)).collect();
    let is_cell_row = |cells: &&&Vec<usize>| {
        let single = cells.iter().filter(|lines| **lines == 1).count();
        let several = cells.iter().filter(|lines| **lines > 1).count();
        cells[0] == 1 || single >= several
    };
    count >= 2 && 2 * of_several.iter().filter(is_cell_row).count() > of_several.len()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{found, ruled};
    use crate::sheet::tests::page;

    #[test]
    fn cells_of_several_lines_stand_at_the_middle_of_their_rows_too() {
        // Rows are 90 apart or more, lines 40; the second column has one line, two, four, none and three.
        let lines = [
            (100, 0, "kind"),
            (400, 0, "place"),
            (700, 0, "left"),
            (100, 90, "flour"),
            (400, 70, "shelf at"),
            (400, 110, "the left"),
            (700, 90, "2"),
            (400, 190, "cellar"),
            (400, 230, "behind"),
            (100, 250, "oil"),
            (700, 250, "1"),
            (400, 270, "the old"),
            (400, 310, "barrel"),
            (100, 400, "salt"),
            (700, 400, "7"),
            (100, 530, "rice"),
            (400, 490, "upper"),
            (400, 530, "shelf in"),
            (400, 570, "the hall"),
            (700, 530, "3"),
        ];
        let wanted = [
            "5x3",
            "0,0 kind",
            "0,1 place",
            "0,2 left",
            "1,0 flour",
            "1,1 shelf at+the left",
            "1,2 2",
            "2,0 oil",
            "2,1 cellar+behind+the old+barrel",
            "2,2 1",
            "3,0 salt",
            "3,1",
            "3,2 7",
            "4,0 rice",
            "4,1 upper+shelf in+the hall",
            "4,2 3",
        ];
        assert_eq!(found(page(&lines)), wanted);
        let rulings = [[90, -20, 800, -20], [90, 50, 800, 50], [90, 620, 800, 620]];
        assert_eq!(found(ruled(&lines, &rulings)), wanted, "between rulings");
    }

    #[test]
    fn a_row_without_its_last_cells_does_not_end_a_table() {
        // What stands beside it at the middle of its row has two lines, and so has that of the next row.
        let row = |top: i32, is_long: bool, has_count: bool| {
            let mut cells = vec![(100, top + 20, "bread"), (250, top + 20, "7")];
            cells.extend(has_count.then_some((400, top + 20, "250")));
            if is_long {
                cells.extend([(700, top, "on the"), (700, top + 40, "shelf")]);
            } else {
                cells.push((700, top + 20, "cellar"));
            }
            cells
        };
        let rows =
            [(0, false, true), (90, false, true), (200, true, false), (310, true, true), (420, false, true)];
        let lines: Vec<_> = rows.into_iter().flat_map(|(top, long, count)| row(top, long, count)).collect();
        let said = found(page(&lines));
        assert_eq!((said.len(), said[0].as_str()), (21, "5x4"), "{said:?}");
    }

    #[test]
    fn rows_in_groups_are_no_cells_of_several_lines() {
        // Three rows, more room, three rows: in every column.
        let row = |at: i32| [(100, at, "bread"), (400, at, "250"), (700, at, "2600")];
        let lines: Vec<_> = [0, 40, 80, 170, 210, 250].into_iter().flat_map(row).collect();
        assert_eq!(found(page(&lines))[0], "6x3");
    }

    #[test]
    fn an_empty_cell_does_not_join_its_row_to_another() {
        // No cell has several lines, so only what is whole tells how far apart rows are.
        let lines = [
            (100, 10, "kind"),
            (400, 10, "grams"),
            (700, 10, "kJ"),
            (100, 60, "bread"),
            (400, 60, "250"),
            (700, 60, "2600"),
            (100, 112, "water"),
            (700, 112, "0"),
            (100, 164, "salt"),
            (400, 164, "3"),
            (700, 164, "0"),
        ];
        let rulings = [[90, 0, 800, 0], [90, 50, 800, 50], [90, 200, 800, 200]];
        assert_eq!(found(ruled(&lines, &rulings))[0], "4x3");
    }
}
