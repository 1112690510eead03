//! Many documents read without a server: which (`walk`), by how many at once (`workers`), into which files and which of
//! those are there already (`outputs`), with what is to be told about it (`filing`). What stands in the files is
//! `export`'s.

pub mod filing;
pub mod outputs;
pub mod walk;
pub mod workers;

use std::fs::File;
use std::io::{self, Read};
use std::ops::{ControlFlow, RangeInclusive};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use ocr::{Engine, Page, TextOptions};

use outputs::Stamp;
use walk::{Input, Source, Unfit};

/// Pages that may be read ahead of the one that is due, by worker: a long one keeps the others busy, and memory is
/// bounded.
const AHEAD_BY_WORKER: usize = 4;

/// Which pages of a document are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// One, by its number from 1.
    One(u32),
    /// All that it has.
    All,
}

/// A document that is being read.
#[derive(Debug)]
pub struct Document {
    /// What it is.
    pub input: Input,
    /// What its file was like when its bytes were taken; nothing of standard input.
    pub stamp: Option<Stamp>,
    /// The pages that are read. There is at least one.
    pub pages: RangeInclusive<u32>,
    bytes: Result<Vec<u8>, String>,
    is_given_up: AtomicBool,
}

impl Document {
    /// Takes the bytes of a document, and counts its pages if they are wanted. That it cannot be read is told by its
    /// page.
    pub fn open(input: Input, wanted: Wanted) -> Document {
        let (bytes, stamp) = match bytes_of(&input.source) {
            Ok((bytes, _)) if bytes.is_empty() => (Err("the file is empty".to_owned()), None),
            Ok((bytes, stamp)) => (Ok(bytes), stamp),
            Err(problem) => (Err(problem.to_string()), None),
        };
        let mut document =
            Document { input, stamp, pages: 1..=1, bytes, is_given_up: AtomicBool::new(false) };
        document.pages = match wanted {
            Wanted::One(page) => page..=page,
            Wanted::All => 1..=document.page_count().unwrap_or(1),
        };
        document
    }

    /// What was named and is none: its page says why.
    pub fn unfit(unfit: Unfit) -> Document {
        Document {
            input: Input { source: Source::File(unfit.path), place: PathBuf::new() },
            stamp: None,
            pages: 1..=1,
            bytes: Err(unfit.reason),
            is_given_up: AtomicBool::new(false),
        }
    }

    /// Whether there are bytes to be read; what else is wrong is one of its pages.
    pub fn is_open(&self) -> bool {
        self.bytes.is_ok()
    }

    /// How many pages it has, if it is a PDF that can be opened.
    pub fn page_count(&self) -> Option<u32> {
        let count = ocr::pdf_page_count(self.bytes.as_ref().ok()?)?;
        u32::try_from(count).ok().filter(|count| *count > 0)
    }

    /// Has none of its other pages read.
    pub fn give_up(&self) {
        self.is_given_up.store(true, Ordering::Relaxed);
    }

    /// Whether that was said.
    pub fn is_given_up(&self) -> bool {
        self.is_given_up.load(Ordering::Relaxed)
    }
}

/// The bytes, and what the file was like before they were taken. No more than one beyond what the eye takes: a mistyped
/// path to something huge fills no memory.
fn bytes_of(source: &Source) -> io::Result<(Vec<u8>, Option<Stamp>)> {
    let (from, stamp): (Box<dyn Read>, _) = match source {
        Source::Stdin => (Box::new(io::stdin().lock()), None),
        Source::File(path) => {
            let file = File::open(path)?;
            let stamp = Stamp::of(&file.metadata()?)?;
            (Box::new(file), Some(stamp))
        }
    };
    let mut bytes = Vec::new();
    from.take(ocr::MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok((bytes, stamp))
}

/// How many pages there are to read, as far as that matters: no more than `most` are counted.
pub fn pages_up_to(most: usize, inputs: &[Input], wanted: Wanted) -> usize {
    let mut pages = inputs.len();
    for input in inputs {
        if pages >= most || wanted != Wanted::All {
            break;
        }
        // Standard input can be taken once only.
        if matches!(input.source, Source::File(_)) {
            pages += Document::open(input.clone(), wanted).pages.count() - 1;
        }
    }
    pages.min(most)
}

/// Reads documents with all workers of the engine, and gives page by page in order, each with its document and number.
/// It ends with the last, or when told to.
pub fn read(
    engine: &Engine,
    options: &TextOptions,
    documents: impl Iterator<Item = Document> + Send,
    take: impl FnMut(&Document, u32, Result<Page, String>) -> ControlFlow<()>,
) {
    let look = |document: &Document, page: u32| {
        let bytes = document.bytes.as_ref().map_err(Clone::clone)?;
        if document.is_given_up() {
            return Err("another page could not be read".to_owned());
        }
        let options = TextOptions { pdf_page_number: page, ..*options };
        engine.general_text(bytes, &options).map_err(|problem| format!("{}: {problem}", problem.code()))
    };
    let pages = |document: &Document| document.pages.clone();
    workers::in_order(engine.workers(), AHEAD_BY_WORKER, documents, pages, look, take);
}
