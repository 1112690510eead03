//! In which order the parts of a page are read: from the top, and column by column where the page has columns.

/// Columns are at least so many heights of text apart; rows may overlap by so much.
const COLUMNS: f32 = 0.5;
const ROWS: f32 = 0.3;

/// The order of boxes (left, top, right, bottom), by their numbers.
pub(super) fn order(bounds: &[[f32; 4]], height: f32) -> Vec<usize> {
    let mut order = Vec::with_capacity(bounds.len());
    cut((0..bounds.len()).collect(), bounds, height, &mut order);
    order
}

/// Divides parts into what stands beside each other, then into what stands below each other, for as long as that is
/// possible.
fn cut(of: Vec<usize>, bounds: &[[f32; 4]], height: f32, order: &mut Vec<usize>) {
    let columns = groups(&of, bounds, 0, COLUMNS * height);
    if columns.len() > 1 {
        columns.into_iter().for_each(|column| cut(column, bounds, height, order));
        return;
    }
    let mut rows: Vec<Vec<usize>> = Vec::new();
    for row in groups(&of, bounds, 1, -ROWS * height) {
        // Rows that have the same columns are read column by column.
        let joined = rows.last().map(|last| [last.as_slice(), row.as_slice()].concat());
        let has_columns = |of: &[usize]| groups(of, bounds, 0, COLUMNS * height).len() > 1;
        match (joined, rows.last_mut()) {
            (Some(joined), Some(last)) if has_columns(last) && has_columns(&joined) => *last = joined,
            _ => rows.push(row),
        }
    }
    if rows.len() > 1 {
        rows.into_iter().for_each(|row| cut(row, bounds, height, order));
        return;
    }
    // Parts within each other.
    let mut of = of;
    of.sort_by(|a, b| bounds[*a][1].total_cmp(&bounds[*b][1]).then(bounds[*a][0].total_cmp(&bounds[*b][0])));
    order.extend(of);
}

/// Parts in groups between which there is at least so much room along one axis.
fn groups(of: &[usize], bounds: &[[f32; 4]], axis: usize, room: f32) -> Vec<Vec<usize>> {
    let mut of = of.to_vec();
    of.sort_by(|a, b| bounds[*a][axis].total_cmp(&bounds[*b][axis]));
    let mut groups: Vec<(Vec<usize>, f32)> = Vec::new();
    for at in of {
        match groups.last_mut() {
            Some((group, end)) if bounds[at][axis] < *end + room => {
                group.push(at);
                *end = end.max(bounds[at][axis + 2]);
            }
            _ => groups.push((vec![at], bounds[at][axis + 2])),
        }
    }
    groups.into_iter().map(|(group, _)| group).collect()
}
