//! How alike two tables are: TEDS, the similarity by edits of trees ("Image-based table recognition: data, model, and
//! evaluation", 2020). A table is a tree of rows and cells; an edit puts in, takes out or changes a node. Changing a cell
//! costs 1 if it takes up other rows or columns, else the share of its text that has to be changed.

use super::score::{distance, normal};

/// A cell as it is compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Its first row.
    pub row: usize,
    /// Its first column.
    pub column: usize,
    /// How many rows it takes up.
    pub rows: usize,
    /// How many columns it takes up.
    pub columns: usize,
    /// What stands in it; white space is ignored.
    pub text: String,
}

/// A node of the tree; of the nodes only cells differ.
#[derive(Debug, PartialEq)]
enum Node {
    Table,
    Row,
    Cell { rows: usize, columns: usize, text: Vec<char> },
}

/// A tree: its nodes, each after its children, and for each the first node of the part that it is the last of.
struct Tree {
    nodes: Vec<Node>,
    first: Vec<usize>,
}

impl Tree {
    fn of(cells: &[Cell], with_text: bool) -> Tree {
        let mut cells: Vec<&Cell> = cells.iter().collect();
        cells.sort_by_key(|cell| (cell.row, cell.column));
        let mut tree = Tree { nodes: Vec::new(), first: Vec::new() };
        for row in cells.chunk_by(|a, b| a.row == b.row) {
            let first = tree.nodes.len();
            for cell in row {
                let text = if with_text { &cell.text } else { "" };
                let text = normal(text).chars().filter(|char| !char.is_whitespace()).collect();
                tree.first.push(tree.nodes.len());
                tree.nodes.push(Node::Cell { rows: cell.rows, columns: cell.columns, text });
            }
            tree.first.push(first);
            tree.nodes.push(Node::Row);
        }
        tree.first.push(0);
        tree.nodes.push(Node::Table);
        tree
    }

    /// The nodes that begin a part of the tree that no larger one with the same first node has.
    fn keys(&self) -> Vec<usize> {
        let is_key = |at: &usize| !self.first[at + 1..].contains(&self.first[*at]);
        (0..self.nodes.len()).filter(is_key).collect()
    }
}

/// From 0 to 1; of equal tables 1. Without text only rows, columns and cells count.
pub fn similarity(truth: &[Cell], found: &[Cell], with_text: bool) -> f64 {
    let (a, b) = (Tree::of(truth, with_text), Tree::of(found, with_text));
    let size = a.nodes.len().max(b.nodes.len()) as f64;
    1.0 - edits(&a, &b) / size
}

fn change(a: &Node, b: &Node) -> f64 {
    match (a, b) {
        (
            Node::Cell { rows, columns, text },
            Node::Cell { rows: other_rows, columns: other_columns, text: other },
        ) => {
            if (rows, columns) != (other_rows, other_columns) {
                return 1.0;
            }
            distance(text, other) as f64 / text.len().max(other.len()).max(1) as f64
        }
        _ if a == b => 0.0,
        _ => 1.0,
    }
}

/// The cheapest edits that make one tree of the other (Zhang and Shasha, 1989).
fn edits(a: &Tree, b: &Tree) -> f64 {
    let (rows, columns) = (a.nodes.len(), b.nodes.len());
    let mut of_trees = vec![vec![0.0; columns]; rows];
    for i in a.keys() {
        for j in b.keys() {
            let (first_i, first_j) = (a.first[i], b.first[j]);
            let (height, width) = (i - first_i + 2, j - first_j + 2);
            let mut of_forests = vec![vec![0.0; width]; height];
            for (x, row) in of_forests.iter_mut().enumerate() {
                row[0] = x as f64;
            }
            for (y, cost) in of_forests[0].iter_mut().enumerate() {
                *cost = y as f64;
            }
            for x in 1..height {
                for y in 1..width {
                    let (at, other) = (first_i + x - 1, first_j + y - 1);
                    let without = (of_forests[x - 1][y] + 1.0_f64).min(of_forests[x][y - 1] + 1.0);
                    of_forests[x][y] = if a.first[at] == first_i && b.first[other] == first_j {
                        let cost =
                            without.min(of_forests[x - 1][y - 1] + change(&a.nodes[at], &b.nodes[other]));
                        of_trees[at][other] = cost;
                        cost
                    } else {
                        let before = of_forests[a.first[at] - first_i][b.first[other] - first_j];
                        without.min(before + of_trees[at][other])
                    };
                }
            }
        }
    }
    of_trees[rows - 1][columns - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(row: usize, column: usize, columns: usize, text: &str) -> Cell {
        Cell { row, column, rows: 1, columns, text: text.to_owned() }
    }

    fn like(a: &[Cell], b: &[Cell]) -> f64 {
        similarity(a, b, true)
    }

    #[test]
    fn edits_are_counted_by_nodes() {
        // A table, two rows, four cells: seven nodes.
        let table = [cell(0, 0, 1, "a"), cell(0, 1, 1, "bc"), cell(1, 0, 1, "d"), cell(1, 1, 1, "")];
        assert_eq!(like(&table, &table), 1.0);
        let near = |found: &[Cell], edits: f64| {
            let by_edits = 1.0 - edits / 7.0;
            assert!((like(&table, found) - by_edits).abs() < 1e-9, "{} {by_edits}", like(&table, found));
        };
        let changed = |at: usize, cell: Cell| {
            let mut cells = table.to_vec();
            cells[at] = cell;
            cells
        };
        near(&table[..3], 1.0);
        near(&changed(1, cell(0, 1, 1, "bx")), 0.5);
        near(&changed(1, cell(0, 1, 1, "b c")), 0.0);
        near(&changed(1, cell(0, 1, 2, "bc")), 1.0);
        // Without its second row.
        near(&table[..2], 3.0);
        near(&[], 6.0);
        assert_eq!(similarity(&table, &changed(0, cell(0, 0, 1, "zz")), false), 1.0);
    }
}
