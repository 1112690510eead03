//! `bench-ocr tables [FOLDER]`: how well tables are found. FOLDER holds pictures and what their cells say; without one,
//! pages of each kind are drawn first, the same every time, by a script beside the test pictures.
//!
//! The figure is the mean TEDS of the pages of a kind, with the text of the cells. A page on which more tables are found
//! than there are has it divided among them, and one on which none is found has 0. Pages without a table count by how
//! many of them none is found on.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use ocr::Engine;
use ocr::kind::GeneralTable;
use ocr::kind::general_table::{Asked, Region};
use serde::Deserialize;

use super::drawn::{drawn, eye};
use super::teds::{Cell, similarity};

/// Draws the pages.
const SCRIPT: &str = "crates/ocr/tests/pictures/tables.py";
/// How many of each kind.
const PAGES: usize = 40;
/// What each kind must reach.
const TARGETS: [(&str, f64); 4] =
    [("bordered", 0.90), ("three_line", 0.85), ("borderless", 0.85), ("prose", 1.0)];

/// A page, and the cells of its table.
#[derive(Debug, Deserialize)]
struct Truth {
    img: String,
    set: String,
    /// None on a page without a table.
    cells: Option<Vec<TruthCell>>,
}

#[derive(Debug, Deserialize)]
struct TruthCell {
    rows: Vec<usize>,
    columns: Vec<usize>,
    text: String,
}

/// Sums over the pages of a kind.
#[derive(Debug, Default)]
struct Sum {
    pages: usize,
    similarity: f64,
    /// Without text.
    structure: f64,
    times_ms: Vec<f64>,
}

/// Draws the pages with that Python, if no folder is given, and reads them.
///
/// # Errors
///
/// If they cannot be drawn, or a picture or the models are missing.
pub fn run(folder: Option<&Path>, python: impl FnOnce() -> Result<PathBuf>, cache: &Path) -> Result<()> {
    let (folder, truth) = drawn::<Truth>(folder, python, (SCRIPT, PAGES), &cache.join("tables"))?;
    let engine = eye(1)?;
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    for page in &truth {
        let bytes = fs::read(folder.join(&page.img)).with_context(|| page.img.clone())?;
        let begun = Instant::now();
        let tables = tables(&engine, &bytes).with_context(|| page.img.clone())?;
        let sum = sums.entry(page.set.clone()).or_default();
        sum.pages += 1;
        sum.times_ms.push(begun.elapsed().as_secs_f64() * 1e3);
        let [with_text, without] = [true, false].map(|with_text| compared(page, &tables, with_text));
        sum.similarity += with_text;
        sum.structure += without;
        if with_text < target(&page.set) {
            println!("{}: {with_text:.3}, without text {without:.3}", page.img);
        }
    }
    println!("{:16}{:>4}  {:>6}  {:>10}  {:>10}", "tables", "n", "TEDS", "structure", "median ms");
    let mean = |total: f64, sum: &Sum| total / sum.pages.max(1) as f64;
    for (set, sum) in &mut sums {
        sum.times_ms.sort_by(f64::total_cmp);
        let (similarity, structure) = (mean(sum.similarity, sum), mean(sum.structure, sum));
        let median_ms = sum.times_ms[sum.times_ms.len() / 2];
        println!("{set:16}{:>4}  {similarity:>6.4}  {structure:>10.4}  {median_ms:>10.1}", sum.pages);
    }
    println!();
    for (set, sum) in &sums {
        println!("RATIO ocr_teds_{set} {:.4} {:.2}", mean(sum.similarity, sum), target(set));
    }
    Ok(())
}

fn target(set: &str) -> f64 {
    TARGETS.iter().find(|(name, _)| *name == set).map_or(0.85, |(_, target)| *target)
}

/// The tables of a picture, by their cells.
fn tables(engine: &Engine, bytes: &[u8]) -> Result<Vec<Vec<Cell>>> {
    let found = engine.find::<GeneralTable>(bytes, &Asked::default())?;
    let tables = found.regions.into_iter().filter_map(|region| match region {
        Region::Table(table) => Some(table),
        Region::Text(_) => None,
    });
    let cell = |cell: ocr::kind::general_table::Cell| Cell {
        row: cell.rows.start,
        column: cell.columns.start,
        rows: cell.rows.len(),
        columns: cell.columns.len(),
        text: cell.text(),
    };
    Ok(tables.map(|table| table.cells.into_iter().map(cell).collect()).collect())
}

/// How alike what was found is to what is there.
fn compared(page: &Truth, tables: &[Vec<Cell>], with_text: bool) -> f64 {
    let Some(cells) = &page.cells else { return if tables.is_empty() { 1.0 } else { 0.0 } };
    let first = |of: &[usize]| of.first().copied().unwrap_or_default();
    let cell = |cell: &TruthCell| Cell {
        row: first(&cell.rows),
        column: first(&cell.columns),
        rows: cell.rows.len(),
        columns: cell.columns.len(),
        text: cell.text.clone(),
    };
    let truth: Vec<Cell> = cells.iter().map(cell).collect();
    let best = tables.iter().map(|table| similarity(&truth, table, with_text)).fold(0.0, f64::max);
    best / tables.len().max(1) as f64
}
