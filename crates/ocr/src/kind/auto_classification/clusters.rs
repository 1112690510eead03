//! Which lines of a picture stand together: a tree of clusters, from lines that are close to all of them. Two clusters
//! become one where the room between them is least, measured in heights of their lines; what lies on two sheets comes
//! together last of all.

use crate::page::{Block, Quad};

/// Lines nearer than this, in heights, are never of two documents.
const CLOSE: f32 = 0.6;
/// What joins lines of two sheets counts so much more than any room within one.
pub(super) const ACROSS: f32 = 1e4;
/// No more clusters than this are told apart before the first are joined.
const MOST_PARTS: usize = 120;

/// The tree: its leaves are numbered first, then each join by what it joins; the last one has all lines.
pub(super) struct Clusters {
    /// The lines of each leaf.
    pub leaves: Vec<Vec<usize>>,
    /// Each join, nearest first.
    pub joins: Vec<Join>,
}

/// Two clusters that become one.
pub(super) struct Join {
    pub of: [usize; 2],
    /// The room between them, in heights of lines; more than [`ACROSS`] if they lie on two sheets.
    pub room: f32,
}

impl Clusters {
    /// The lines of a page, each on the sheet of that number, if on any.
    pub fn of(blocks: &[Block], sheets: &[Option<usize>]) -> Clusters {
        let mut edges = spanning(blocks, sheets);
        edges.sort_by(|a, b| a.2.total_cmp(&b.2));
        let close = edges.iter().take_while(|edge| edge.2 <= CLOSE).count();
        let first = close.max(blocks.len().saturating_sub(MOST_PARTS)).min(edges.len());
        let mut nodes: Vec<usize> = (0..blocks.len()).collect();
        for &(a, b, _) in &edges[..first] {
            let (a, b) = (root(&mut nodes, a), root(&mut nodes, b));
            nodes[a.max(b)] = a.min(b);
        }
        let mut leaf_of = vec![usize::MAX; blocks.len()];
        let mut leaves: Vec<Vec<usize>> = Vec::new();
        for line in 0..blocks.len() {
            let first = root(&mut nodes, line);
            if leaf_of[first] == usize::MAX {
                leaf_of[first] = leaves.len();
                leaves.push(Vec::new());
            }
            leaf_of[line] = leaf_of[first];
            leaves[leaf_of[line]].push(line);
        }
        let mut parents: Vec<usize> = (0..leaves.len()).collect();
        let mut joins = Vec::with_capacity(edges.len() - first);
        for &(a, b, room) in &edges[first..] {
            let of = [root(&mut parents, leaf_of[a]), root(&mut parents, leaf_of[b])];
            let joined = parents.len();
            parents.push(joined);
            of.iter().for_each(|part| parents[*part] = joined);
            joins.push(Join { of, room });
        }
        Clusters { leaves, joins }
    }
}

fn root(parents: &mut [usize], mut at: usize) -> usize {
    while parents[at] != at {
        parents[at] = parents[parents[at]];
        at = parents[at];
    }
    at
}

/// The tree of least room that spans all lines, by Prim's method.
fn spanning(blocks: &[Block], sheets: &[Option<usize>]) -> Vec<(usize, usize, f32)> {
    let mut edges = Vec::with_capacity(blocks.len().saturating_sub(1));
    let mut nearest: Vec<(usize, f32)> = vec![(0, f32::MAX); blocks.len()];
    let mut is_in = vec![false; blocks.len()];
    let mut newest = 0;
    for _ in 1..blocks.len() {
        is_in[newest] = true;
        for other in (0..blocks.len()).filter(|other| !is_in[*other]) {
            let across = if sheets[newest] == sheets[other] { 0.0 } else { ACROSS };
            let room = across + room(&blocks[newest].location, &blocks[other].location);
            if room < nearest[other].1 {
                nearest[other] = (newest, room);
            }
        }
        let outside = (0..blocks.len()).filter(|line| !is_in[*line]);
        let Some(next) = outside.min_by(|a, b| nearest[*a].1.total_cmp(&nearest[*b].1)) else { break };
        edges.push((nearest[next].0, next, nearest[next].1));
        newest = next;
    }
    edges
}

/// The room between two lines, in heights of the higher one.
fn room(a: &Quad, b: &Quad) -> f32 {
    let height = height(a).max(height(b)).max(1.0);
    if a.iter().any(|corner| has(b, corner)) || b.iter().any(|corner| has(a, corner)) {
        return 0.0;
    }
    let from = |one: &Quad, other: &Quad| {
        let sides = |corner: &[i32; 2]| {
            (0..4).map(|at| to_side(corner, &other[at], &other[(at + 1) % 4])).fold(f32::MAX, f32::min)
        };
        one.iter().map(sides).fold(f32::MAX, f32::min)
    };
    from(a, b).min(from(b, a)) / height
}

/// How high a line is.
pub(super) fn height(quad: &Quad) -> f32 {
    ((quad[3][0] - quad[0][0]) as f32).hypot((quad[3][1] - quad[0][1]) as f32)
}

/// Whether a point lies in a quadrilateral whose corners go clockwise as seen.
pub(super) fn has(quad: &Quad, [x, y]: &[i32; 2]) -> bool {
    (0..4).all(|at| {
        let ([ax, ay], [bx, by]) = (quad[at], quad[(at + 1) % 4]);
        i64::from(bx - ax) * i64::from(y - ay) >= i64::from(by - ay) * i64::from(x - ax)
    })
}

/// How far a point is from a side.
fn to_side(at: &[i32; 2], from: &[i32; 2], to: &[i32; 2]) -> f32 {
    let (dx, dy) = ((to[0] - from[0]) as f32, (to[1] - from[1]) as f32);
    let (x, y) = ((at[0] - from[0]) as f32, (at[1] - from[1]) as f32);
    let length = dx * dx + dy * dy;
    let along = if length > 0.0 { ((x * dx + y * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
    (x - along * dx).hypot(y - along * dy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::page;

    #[test]
    fn what_is_close_comes_together_first() {
        // Lines of 30 px: two of them close, a third one nearby, and two far away.
        let page =
            page(&[(0, 0, "one"), (0, 40, "two"), (0, 110, "three"), (0, 500, "four"), (0, 535, "five")]);
        let clusters = Clusters::of(&page.blocks, &[None; 5]);
        assert_eq!(clusters.leaves, [vec![0, 1], vec![2], vec![3, 4]]);
        let joins: Vec<_> = clusters.joins.iter().map(|join| join.of).collect();
        assert_eq!(joins, [[0, 1], [3, 2]]);
        assert!((clusters.joins[1].room - 12.0).abs() < 0.01, "{}", clusters.joins[1].room);
        // On two sheets, the nearest ones come together last.
        let clusters = Clusters::of(&page.blocks, &[Some(0), Some(1), Some(1), Some(1), Some(1)]);
        assert!(clusters.joins.last().is_some_and(|join| join.room > ACROSS && join.of.contains(&0)));
    }

    #[test]
    fn any_number_of_lines_makes_a_tree() {
        let none = Clusters::of(&[], &[]);
        assert!(none.leaves.is_empty() && none.joins.is_empty());
        let lines: Vec<_> = (0..300).map(|at| (0, 100 * at, "line")).collect();
        let page = page(&lines);
        let many = Clusters::of(&page.blocks, &[None; 300]);
        assert_eq!((many.leaves.len(), many.joins.len()), (MOST_PARTS, MOST_PARTS - 1));
        assert_eq!(many.leaves.iter().map(Vec::len).sum::<usize>(), 300);
    }

    #[test]
    fn room_is_measured_between_sides() {
        let quad = |x: i32, y: i32| [[x, y], [x + 100, y], [x + 100, y + 10], [x, y + 10]];
        assert_eq!(room(&quad(0, 0), &quad(0, 30)), 2.0);
        assert_eq!(room(&quad(0, 0), &quad(130, 0)), 3.0);
        assert_eq!(room(&quad(0, 0), &quad(50, 5)), 0.0);
        assert!(has(&quad(0, 0), &[5, 5]) && !has(&quad(0, 0), &[5, 15]));
    }
}
