//! The files that are made of documents: what they are called, which are there already, and how a new one comes to be
//! there only when it is whole.
//!
//! `a/b.jpg` gives `DIR/a/b.jpg.txt` and so on. A file is written under a hidden name beside its place and renamed when
//! it is on the disk. So what is there is whole, whatever ended a run before; it is made anew only if the document was
//! changed after it.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, BufWriter};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use ocr::{Page, TextOptions};
use tempfile::NamedTempFile;

use super::walk::{Input, Source};
use crate::export::{self, Format, Sheets};

/// What tells that a file was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    modified: SystemTime,
    bytes: u64,
}

impl Stamp {
    /// Of a file as it is.
    ///
    /// # Errors
    /// If the system has no such times.
    pub fn of(metadata: &Metadata) -> io::Result<Stamp> {
        Ok(Stamp { modified: metadata.modified()?, bytes: metadata.len() })
    }
}

/// Where files are written, and which.
#[derive(Debug)]
pub struct Outputs {
    folder: PathBuf,
    formats: Vec<Format>,
}

/// Files of one document that are being written. Dropped, they leave nothing behind.
pub struct Making {
    files: Vec<OneFile>,
}

/// One of them.
struct OneFile {
    sheets: Box<dyn Sheets>,
    file: NamedTempFile,
    path: PathBuf,
}

impl Outputs {
    /// Makes the folder, if it is not there, and tries whether files can be written in it.
    ///
    /// # Errors
    /// If they cannot.
    pub fn open(folder: &Path, formats: &[Format]) -> io::Result<Outputs> {
        fs::create_dir_all(folder)?;
        let folder = folder.canonicalize()?;
        tempfile::tempfile_in(&folder)?;
        let mut formats = formats.to_vec();
        let mut before = Vec::new();
        formats.retain(|format| !before.contains(format) && (before.push(*format), true).1);
        Ok(Outputs { folder, formats })
    }

    /// The folder, resolved.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a document's file of that format belongs.
    pub fn path(&self, input: &Input, format: Format) -> PathBuf {
        let mut name = OsString::from(input.place.as_os_str());
        name.push(".");
        name.push(format.ending());
        self.folder.join(name)
    }

    /// The formats of which a document's file is missing, or older than the document.
    pub fn missing(&self, input: &Input) -> Vec<Format> {
        let changed = match &input.source {
            Source::Stdin => None,
            Source::File(path) => fs::metadata(path).and_then(|file| file.modified()).ok(),
        };
        let is_there = |format: &Format| {
            let made = fs::metadata(self.path(input, *format)).ok().filter(Metadata::is_file);
            let made = made.and_then(|file| file.modified().ok());
            made.is_some_and(|made| changed.is_some_and(|changed| made >= changed))
        };
        self.formats.iter().copied().filter(|format| !is_there(format)).collect()
    }

    /// All formats.
    pub fn formats(&self) -> &[Format] {
        &self.formats
    }

    /// Begins a document's files.
    ///
    /// # Errors
    /// If they cannot be written; the error says which.
    pub fn begin(&self, input: &Input, formats: &[Format], options: &TextOptions) -> io::Result<Making> {
        let begin = |format: &Format| {
            let path = self.path(input, *format);
            let begun = || {
                let folder = path.parent().unwrap_or(&self.folder);
                fs::create_dir_all(folder)?;
                let file = tempfile::Builder::new()
                    .prefix(".inkmeter-")
                    .suffix(".part")
                    // As any new file: those who may read it are the umask's business.
                    .permissions(Permissions::from_mode(0o666))
                    .tempfile_in(folder)?;
                let out = BufWriter::with_capacity(64 * 1024, file.as_file().try_clone()?);
                Ok((export::begin(*format, options, out), file))
            };
            let (sheets, file) = begun().map_err(|problem| of_file(&path, &problem))?;
            Ok(OneFile { sheets, file, path })
        };
        Ok(Making { files: formats.iter().map(begin).collect::<io::Result<_>>()? })
    }
}

impl Making {
    /// Adds the next page to all.
    ///
    /// # Errors
    /// If it cannot be written; the error says where.
    pub fn page(&mut self, page: &Page) -> io::Result<()> {
        self.files
            .iter_mut()
            .try_for_each(|file| file.sheets.page(page).map_err(|problem| of_file(&file.path, &problem)))
    }

    /// Puts the files in their places, if the document is still what it was when its bytes were taken.
    ///
    /// # Errors
    /// If it is not, or a file cannot be written; the error says which.
    pub fn finish(self, input: &Input, stamp: Option<Stamp>) -> io::Result<()> {
        let mut written = Vec::with_capacity(self.files.len());
        for OneFile { sheets, file, path } in self.files {
            let finished = sheets.finish().and_then(|()| file.as_file().sync_data());
            finished.map_err(|problem| of_file(&path, &problem))?;
            written.push((file, path));
        }
        if let (Source::File(path), Some(stamp)) = (&input.source, stamp)
            && Stamp::of(&File::open(path)?.metadata()?)? != stamp
        {
            return Err(io::Error::other("it was changed while it was read; run the command again"));
        }
        for (file, path) in written {
            file.persist(&path).map_err(|problem| of_file(&path, &problem.error))?;
        }
        Ok(())
    }
}

fn of_file(path: &Path, problem: &io::Error) -> io::Error {
    io::Error::new(problem.kind(), format!("{} cannot be written: {problem}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A folder with a document, and where its files are written.
    fn scene() -> (tempfile::TempDir, Input, Outputs) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.jpg");
        fs::write(&path, "a picture").unwrap();
        let input = Input { source: Source::File(path), place: "a/b.jpg".into() };
        let formats = [Format::Text, Format::Json, Format::Text];
        let outputs = Outputs::open(&folder.path().join("out"), &formats).unwrap();
        (folder, input, outputs)
    }

    fn stamp(input: &Input) -> Stamp {
        Stamp::of(&fs::metadata(input.shown()).unwrap()).unwrap()
    }

    fn make(outputs: &Outputs, input: &Input, formats: &[Format]) -> io::Result<()> {
        let stamp = stamp(input);
        let mut making = outputs.begin(input, formats, &TextOptions::default())?;
        making.page(&Page::blank(100, 100))?;
        making.finish(input, Some(stamp))
    }

    /// All that lies below a folder.
    fn files(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
    }

    #[test]
    fn what_is_there_is_not_missing() {
        let (_folder, input, outputs) = scene();
        assert_eq!(outputs.missing(&input), [Format::Text, Format::Json]);
        make(&outputs, &input, &[Format::Text]).unwrap();
        let text = outputs.path(&input, Format::Text);
        assert_eq!(
            (text.strip_prefix(outputs.folder()).unwrap(), text.is_file()),
            (Path::new("a/b.jpg.txt"), true)
        );
        assert_eq!(outputs.missing(&input), [Format::Json]);
        make(&outputs, &input, &[Format::Json]).unwrap();
        assert_eq!(outputs.missing(&input), []);
        // The document is changed.
        let file = File::options().write(true).open(input.shown()).unwrap();
        let made = fs::metadata(&text).unwrap().modified().unwrap();
        file.set_modified(made).unwrap();
        assert_eq!(outputs.missing(&input), []);
        file.set_modified(made + Duration::from_secs(1)).unwrap();
        assert!(outputs.missing(&input).contains(&Format::Text));
        assert_eq!(files(outputs.folder()).len(), 2);
    }

    #[test]
    fn what_is_not_finished_leaves_nothing() {
        let (_folder, input, outputs) = scene();
        let mut making = outputs.begin(&input, outputs.formats(), &TextOptions::default()).unwrap();
        making.page(&Page::blank(100, 100)).unwrap();
        assert_eq!(files(outputs.folder()).len(), 2);
        assert_eq!(outputs.missing(&input).len(), 2);
        drop(making);
        assert_eq!(files(outputs.folder()), Vec::<PathBuf>::new());
    }

    #[test]
    fn what_was_changed_while_it_was_read_is_not_kept() {
        let (_folder, input, outputs) = scene();
        let before = stamp(&input);
        let making = outputs.begin(&input, outputs.formats(), &TextOptions::default()).unwrap();
        fs::write(input.shown(), "another picture").unwrap();
        let problem = making.finish(&input, Some(before)).unwrap_err().to_string();
        assert!(problem.contains("changed while it was read"), "{problem}");
        assert_eq!(files(outputs.folder()), Vec::<PathBuf>::new());
    }

    #[test]
    fn a_file_that_cannot_be_written_is_named() {
        let (_folder, input, outputs) = scene();
        fs::write(outputs.folder().join("a"), "a file in the way").unwrap();
        let problem = make(&outputs, &input, &[Format::Text]).unwrap_err().to_string();
        assert!(problem.contains("a/b.jpg.txt cannot be written"), "{problem}");
    }
}
