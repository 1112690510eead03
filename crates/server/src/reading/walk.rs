//! Which documents are meant: the files that are named, and those in folders that are named, with what lies below them.
//! Of a folder only what is worth a look by the ending of its name is taken. Hidden files and folders are left out, and
//! links to folders are not followed: they may lead back.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use ocr::Format;

/// Where a document's bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Standard input, named `-`.
    Stdin,
    /// A file.
    File(PathBuf),
}

/// A document that is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Where it is.
    pub source: Source,
    /// Its place among others: the name of the file, for one from a folder with the folder's name and the way from there
    /// before it. Never absolute, and never upwards.
    pub place: PathBuf,
}

impl Input {
    /// As it was named.
    pub fn shown(&self) -> &Path {
        match &self.source {
            Source::Stdin => Path::new("-"),
            Source::File(path) => path,
        }
    }
}

/// What was named and is no document, with the reason.
#[derive(Debug, PartialEq, Eq)]
pub struct Unfit {
    /// As it was named.
    pub path: PathBuf,
    /// Why.
    pub reason: String,
}

/// All that is named, in that order, folders by name. `out` is where files are written, resolved: it is not walked
/// through, and nothing is read whose files would lie among what is read.
pub fn inputs(named: &[PathBuf], out: Option<&Path>) -> Vec<Result<Input, Unfit>> {
    let mut found = Vec::new();
    for path in named {
        if path.as_os_str() == "-" {
            found.push(Ok(Input { source: Source::Stdin, place: "stdin".into() }));
        } else if path.is_dir() {
            let before = found.len();
            let place = last_name(path);
            if out.is_some_and(|out| is_same(&out.join(&place), path)) {
                let reason = "its files would lie among its pictures; choose another folder with --out";
                found.push(Err(Unfit { path: path.clone(), reason: reason.to_owned() }));
                continue;
            }
            walk(path, &place, out, &mut found);
            if found.len() == before {
                let endings = Format::ENDINGS.join(", ");
                let reason = format!("nothing in it can be read; what can, ends with one of: {endings}");
                found.push(Err(Unfit { path: path.clone(), reason }));
            }
        } else {
            found.push(Ok(Input { source: Source::File(path.clone()), place: last_name(path) }));
        }
    }
    if out.is_some() { each_in_its_place(found) } else { found }
}

/// What is named twice is read once; of two that would be written to the same place the second is refused.
fn each_in_its_place(found: Vec<Result<Input, Unfit>>) -> Vec<Result<Input, Unfit>> {
    let mut taken: HashMap<PathBuf, PathBuf> = HashMap::new();
    let mut kept = Vec::with_capacity(found.len());
    for input in found {
        let Ok(input) = input else {
            kept.push(input);
            continue;
        };
        match taken.get(&input.place) {
            None => {
                taken.insert(input.place.clone(), input.shown().to_owned());
                kept.push(Ok(input));
            }
            Some(other) if other == input.shown() => {}
            Some(other) => {
                let other = other.display();
                let reason = format!("its files would be those of {other}; read it with another --out");
                kept.push(Err(Unfit { path: input.shown().to_owned(), reason }));
            }
        }
    }
    kept
}

/// The last name of a path; none if it ends with `.` or `..`.
fn last_name(path: &Path) -> PathBuf {
    match path.components().next_back() {
        Some(Component::Normal(name)) => name.into(),
        _ => PathBuf::new(),
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

fn walk(folder: &Path, place: &Path, out: Option<&Path>, found: &mut Vec<Result<Input, Unfit>>) {
    let names = match names(folder) {
        Ok(names) => names,
        Err(problem) => {
            found.push(Err(Unfit { path: folder.to_owned(), reason: problem.to_string() }));
            return;
        }
    };
    for name in names {
        let (path, place) = (folder.join(&name), place.join(&name));
        let is_link = path.is_symlink();
        if path.is_dir() {
            if !is_link && !out.is_some_and(|out| is_same(out, &path)) {
                walk(&path, &place, out, found);
            }
        } else if is_picture(&name) {
            found.push(Ok(Input { source: Source::File(path), place }));
        }
    }
}

/// What lies in a folder and is not hidden, sorted.
fn names(folder: &Path) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if !name.as_encoded_bytes().starts_with(b".") {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Whether its ending is that of a picture.
fn is_picture(name: &OsStr) -> bool {
    let ending = Path::new(name).extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
    ending.is_some_and(|ending| Format::ENDINGS.contains(&ending.as_str()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    /// The places of what is found below a folder, as long as it is nothing but documents.
    fn places(named: &Path, out: Option<&Path>) -> Vec<String> {
        let found = inputs(&[named.to_owned()], out).into_iter();
        found.map(|input| input.unwrap().place.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_folder_is_walked_by_name() {
        let folder = folder(&[
            "scans/b.JPG",
            "scans/a/2.png",
            "scans/a/1.pdf",
            "scans/c.txt",
            "scans/.hidden.jpg",
            "scans/.trash/x.jpg",
            "scans/jpg",
            "elsewhere/y.jpg",
        ]);
        let scans = folder.path().join("scans");
        symlink(folder.path().join("elsewhere"), scans.join("d.jpg")).unwrap();
        symlink(folder.path().join("elsewhere/y.jpg"), scans.join("z.jpg")).unwrap();
        symlink(folder.path().join("gone.jpg"), scans.join("gone.jpg")).unwrap();
        let wanted = ["scans/a/1.pdf", "scans/a/2.png", "scans/b.JPG", "scans/gone.jpg", "scans/z.jpg"];
        assert_eq!(places(&scans, None), wanted);
        // Named with a way that has no name, it is what lies in it.
        assert_eq!(places(&scans.join("a/.."), None)[0], "a/1.pdf");
    }

    #[test]
    fn what_is_written_is_not_read() {
        let folder = folder(&["scans/a.jpg", "scans/texts/scans/a.jpg.pdf"]);
        let scans = folder.path().join("scans");
        let texts = scans.join("texts").canonicalize().unwrap();
        assert_eq!(places(&scans, Some(&texts)), ["scans/a.jpg"]);
        let beside = folder.path().canonicalize().unwrap();
        let refused = inputs(&[scans], Some(&beside));
        assert!(refused[0].as_ref().unwrap_err().reason.contains("choose another folder"), "{refused:?}");
    }

    #[test]
    fn files_are_taken_whatever_they_are_called() {
        let folder = folder(&["notes"]);
        let (notes, gone) = (folder.path().join("notes"), folder.path().join("gone.jpg"));
        let found = inputs(&["-".into(), notes.clone(), gone.clone()], None);
        let found: Vec<Input> = found.into_iter().map(Result::unwrap).collect();
        let sources: Vec<&Source> = found.iter().map(|input| &input.source).collect();
        assert_eq!(sources, [&Source::Stdin, &Source::File(notes), &Source::File(gone)]);
        assert_eq!(found[1].place, Path::new("notes"));
    }

    #[test]
    fn no_two_are_written_to_one_place() {
        let folder = folder(&["one/a.jpg", "two/a.jpg", "out/x"]);
        let [one, two] = ["one/a.jpg", "two/a.jpg"].map(|file| folder.path().join(file));
        let out = folder.path().join("out");
        let found = inputs(&[one.clone(), two.clone(), one.clone()], Some(&out));
        let [Ok(first), Err(second)] = &found[..] else { panic!("{found:?}") };
        assert!(
            first.shown() == one && second.path == two && second.reason.contains("one/a.jpg"),
            "{second:?}"
        );
        // Folders keep their names, so they are apart.
        assert_eq!(inputs(&["one", "two"].map(|name| folder.path().join(name)), Some(&out)).len(), 2);
        assert!(
            inputs(&["one", "two"].map(|name| folder.path().join(name)), Some(&out))
                .iter()
                .all(Result::is_ok)
        );
    }

    #[test]
    fn a_folder_of_other_things_is_named() {
        let folder = folder(&["a/notes.txt"]);
        let found = inputs(&[folder.path().to_owned()], None);
        let unfit = found[0].as_ref().unwrap_err();
        assert!(unfit.path == folder.path() && unfit.reason.contains("jpg, jpeg"), "{unfit:?}");
    }
}
