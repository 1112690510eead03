//! Tables that are drawn: rulings that touch each other make a lattice, and its lines a grid. Two places of the grid are
//! one cell where no ruling divides them. What surrounds a lattice is taken for ruled, so tables without lines at their
//! sides are whole.

use super::grid::{self, Grid};
use super::rules::{Rule, Rules};

/// Rulings whose ends are nearer to another than this touch it, in heights of text.
const TOUCH: f32 = 0.5;
/// A ruling so many times as long as text is high needs no others at its ends.
const LONG: f32 = 4.0;
/// Rulings nearer to each other are one line of the grid, in heights of text: no row or column is as narrow.
const LINE: f32 = 0.45;
/// The part of a side of a cell that is ruled, if it is divided there.
const DIVIDED: f32 = 0.5;
/// How far beyond the last line a grid goes on, in heights of text, if its side is open.
const OPEN: f32 = 0.8;
/// Most places of a grid. No page has room for more.
const MOST_PLACES: usize = 20_000;

/// The lattices of a page, and the rulings that belong to none.
pub(super) fn lattices(rules: Rules, height: f32) -> (Vec<Grid>, Rules) {
    let (across, down, mut loose) = anchored(rules, height);
    let (mut grids, mut rest) = (Vec::new(), Rules::default());
    for Group { across, down } in groups(across, down, TOUCH * height) {
        if across.len() >= 2 && !down.is_empty() || across.len() == 1 && down.len() >= 2 {
            grids.extend(grid(&across, &down, height));
        } else {
            rest.across.extend(across);
            rest.down.extend(down);
        }
    }
    rest.across.append(&mut loose.across);
    rest.down.append(&mut loose.down);
    (grids, rest)
}

/// Rulings that are long, or end at others on both sides; and those that do not: what divides two cells goes from one
/// line to another, and a stroke of a letter does not.
fn anchored(rules: Rules, height: f32) -> (Vec<Rule>, Vec<Rule>, Rules) {
    let touch = TOUCH * height;
    let (mut across, mut down, mut loose) = (rules.across, rules.down, Rules::default());
    loop {
        let is_anchored = |rule: &Rule, others: &[Rule]| {
            let ends_at = |end: f32| {
                let covers = |other: &Rule| (other.from - touch..=other.to + touch).contains(&rule.at);
                others.iter().any(|other| (other.at - end).abs() <= touch && covers(other))
            };
            rule.length() >= LONG * height || ends_at(rule.from) && ends_at(rule.to)
        };
        let (kept_across, loose_across): (Vec<Rule>, Vec<Rule>) =
            across.iter().copied().partition(|rule| is_anchored(rule, &down));
        let (kept_down, loose_down): (Vec<Rule>, Vec<Rule>) =
            down.iter().copied().partition(|rule| is_anchored(rule, &kept_across));
        let is_done = loose_across.is_empty() && loose_down.is_empty();
        loose.across.extend(loose_across);
        loose.down.extend(loose_down);
        (across, down) = (kept_across, kept_down);
        if is_done {
            return (across, down, loose);
        }
    }
}

/// Rulings that hang together.
#[derive(Default)]
struct Group {
    across: Vec<Rule>,
    down: Vec<Rule>,
}

fn groups(across: Vec<Rule>, down: Vec<Rule>, touch: f32) -> Vec<Group> {
    let first_down = across.len();
    let mut of: Vec<usize> = (0..across.len() + down.len()).collect();
    fn root(of: &mut [usize], mut at: usize) -> usize {
        while of[at] != at {
            of[at] = of[of[at]];
            at = of[at];
        }
        at
    }
    for (i, line) in across.iter().enumerate() {
        for (j, other) in down.iter().enumerate() {
            if touches(line, other, touch) {
                let (a, b) = (root(&mut of, i), root(&mut of, first_down + j));
                of[a.max(b)] = a.min(b);
            }
        }
    }
    let mut groups: Vec<Group> = Vec::new();
    let mut number = vec![usize::MAX; of.len()];
    for at in 0..of.len() {
        let root = root(&mut of, at);
        if number[root] == usize::MAX {
            number[root] = groups.len();
            groups.push(Group::default());
        }
        let group = &mut groups[number[root]];
        if at < first_down {
            group.across.push(across[at]);
        } else {
            group.down.push(down[at - first_down]);
        }
    }
    groups
}

fn touches(across: &Rule, down: &Rule, touch: f32) -> bool {
    (across.from - touch..=across.to + touch).contains(&down.at)
        && (down.from - touch..=down.to + touch).contains(&across.at)
}

fn grid(across: &[Rule], down: &[Rule], height: f32) -> Option<Grid> {
    let ys = edges(across, down, height);
    let xs = edges(down, across, height);
    let (rows, columns) = (ys.len() - 1, xs.len() - 1);
    if rows == 0 || columns == 0 || rows * columns > MOST_PLACES {
        return None;
    }
    let across = by_edge(across, &ys, height);
    let down = by_edge(down, &xs, height);
    let is_ruled = |rules: &[&Rule], from: f32, to: f32| {
        rules.iter().map(|rule| rule.covers(from, to)).sum::<f32>() >= DIVIDED * (to - from)
    };
    let rooms = grid::rooms(
        rows,
        columns,
        |row, column| is_ruled(&down[column + 1], ys[row], ys[row + 1]),
        |row, column| is_ruled(&across[row + 1], xs[column], xs[column + 1]),
    );
    Some(Grid { xs, ys, rooms, is_bordered: true }.compressed())
}

/// The lines of a grid in one direction: where rulings lie, and the ends of those across them, if they go on beyond.
fn edges(rules: &[Rule], others: &[Rule], height: f32) -> Vec<f32> {
    let mut places: Vec<(f32, f32)> = rules.iter().map(|rule| (rule.at, rule.length().max(1.0))).collect();
    places.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut edges: Vec<f32> = Vec::new();
    let mut last: Option<(f32, f32)> = None;
    for (at, weight) in places {
        match (&mut last, edges.last_mut()) {
            (Some((sum, weights)), Some(edge)) if at - *edge <= LINE * height => {
                (*sum, *weights) = (*sum + at * weight, *weights + weight);
                *edge = *sum / *weights;
            }
            _ => {
                edges.push(at);
                last = Some((at * weight, weight));
            }
        }
    }
    let first = others.iter().map(|rule| rule.from).fold(f32::MAX, f32::min);
    let past = others.iter().map(|rule| rule.to).fold(f32::MIN, f32::max);
    if edges.first().is_none_or(|edge| edge - first > OPEN * height) && first < f32::MAX {
        edges.insert(0, first);
    }
    if edges.last().is_none_or(|edge| past - edge > OPEN * height) && past > f32::MIN {
        edges.push(past);
    }
    edges
}

/// The rulings on each line of the grid.
fn by_edge<'a>(rules: &'a [Rule], edges: &[f32], height: f32) -> Vec<Vec<&'a Rule>> {
    let near = |edge: f32| rules.iter().filter(move |rule| (rule.at - edge).abs() <= LINE * height).collect();
    edges.iter().map(|edge| near(*edge)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(at: i32, from: i32, to: i32) -> Rule {
        Rule { at: at as f32, from: from as f32, to: to as f32 }
    }

    /// The rooms as rows and columns.
    fn rooms(grid: &Grid) -> Vec<([usize; 2], [usize; 2])> {
        let ends = |range: &std::ops::Range<usize>| [range.start, range.end];
        grid.rooms.iter().map(|room| (ends(&room.rows), ends(&room.columns))).collect()
    }

    #[test]
    fn where_a_ruling_is_missing_cells_are_one() {
        // Three rows and three columns; the first row is one cell of two columns and one, the last column goes down.
        let across = vec![rule(0, 0, 300), rule(40, 0, 200), rule(80, 0, 300), rule(120, 0, 300)];
        let down = vec![rule(0, 0, 120), rule(100, 40, 120), rule(200, 0, 120), rule(300, 0, 120)];
        let (grids, rest) = lattices(Rules { across, down }, 24.0);
        assert_eq!((grids.len(), rest.across.len(), rest.down.len()), (1, 0, 0));
        let wanted = [
            ([0, 1], [0, 2]),
            ([0, 2], [2, 3]),
            ([1, 2], [0, 1]),
            ([1, 2], [1, 2]),
            ([2, 3], [0, 1]),
            ([2, 3], [1, 2]),
            ([2, 3], [2, 3]),
        ];
        assert_eq!(rooms(&grids[0]), wanted);
    }

    #[test]
    fn open_sides_and_double_lines() {
        // No line at the left and right; the upper one is double.
        let across = vec![rule(0, 0, 300), rule(5, 0, 300), rule(60, 0, 300), rule(120, 0, 300)];
        let down = vec![rule(100, 2, 120), rule(200, 0, 119)];
        let (grids, _) = lattices(Rules { across, down }, 24.0);
        assert_eq!((grids[0].xs.clone(), rooms(&grids[0]).len()), (vec![0.0, 100.0, 200.0, 300.0], 6));
    }

    #[test]
    fn lines_by_themselves_are_no_lattice() {
        let across = vec![rule(0, 0, 300), rule(60, 0, 300)];
        let (grids, rest) = lattices(Rules { across, down: vec![rule(500, 0, 300)] }, 24.0);
        assert_eq!((grids.len(), rest.across.len(), rest.down.len()), (0, 2, 1));
    }
}
