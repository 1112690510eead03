//! `inkmeter ocr` with folders and documents of many pages: into files of every format, once and again, and printed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use krilla::Document;
use krilla::geom::Point;
use krilla::page::PageSettings;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use serde_json::Value;
use ttf_parser::Face;

use crate::server::{INKMETER, picture};
use crate::waiting::until;
use crate::wanted::wanted;

const FORMATS: [&str; 5] = ["txt", "md", "json", "pdf", "docx"];
/// So many pictures that a run can be stopped half way.
const COUNT: usize = 40;
const PAGES: [&str; 3] = ["The first of three pages", "第二页的内容", "Here the document ends"];

/// A document with a page for each text.
fn document(texts: &[&str]) -> Vec<u8> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/fonts/NotoSansCJKsc-Regular-subset.otf");
    let bytes = fs::read(file).unwrap();
    let face = Face::parse(&bytes, 0).unwrap();
    let font = Font::new(bytes.clone().into(), 0).unwrap();
    let mut document = Document::new();
    for text in texts {
        let glyphs = text.char_indices().map(|(at, letter)| {
            let glyph = face.glyph_index(letter).unwrap();
            let advance = f32::from(face.glyph_hor_advance(glyph).unwrap()) / f32::from(face.units_per_em());
            let range = at..at + letter.len_utf8();
            KrillaGlyph::new(GlyphId::new(glyph.0.into()), advance, 0.0, 0.0, 0.0, range, None)
        });
        let glyphs: Vec<KrillaGlyph> = glyphs.collect();
        let mut page = document.start_page_with(PageSettings::from_wh(500.0, 300.0).unwrap());
        let mut surface = page.surface();
        surface.draw_glyphs(Point::from_xy(50.0, 150.0), &glyphs, font.clone(), text, 24.0, false);
        surface.finish();
        page.finish();
    }
    document.finish().unwrap()
}

/// A folder with a picture and a document below each other, and things that are none.
fn scans() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let scans = folder.path().join("scans");
    fs::create_dir_all(scans.join("2026")).unwrap();
    fs::copy(picture("receipt_en.jpg"), scans.join("receipt.jpg")).unwrap();
    fs::write(scans.join("2026/three.pdf"), document(&PAGES)).unwrap();
    fs::write(scans.join("notes.txt"), "no picture").unwrap();
    (folder, scans)
}

fn ocr(models: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> Output {
    Command::new(INKMETER).arg("ocr").args(args).env("INKMETER_MODELS", models.as_ref()).output().unwrap()
}

/// What it printed, if it ended well.
fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn changed(file: &Path) -> SystemTime {
    fs::metadata(file).unwrap().modified().unwrap()
}

#[test]
fn a_folder_is_read_into_files_once() {
    let Some(models) = wanted("INKMETER_TEST_MODELS") else { return };
    let (folder, scans) = scans();
    let out = folder.path().join("out");
    let args = ["--out", out.to_str().unwrap(), "--format", "text,markdown,json", "--format", "pdf,docx"];
    let args = [&[scans.to_str().unwrap()], &args[..]].concat();
    let first = said(&ocr(&models, &args));
    assert_eq!(first, "2 files read (4 pages), 0 there already, 0 could not be read\n");

    let made = |document: &str, ending: &str| out.join(format!("scans/{document}.{ending}"));
    let read = |document: &str, ending: &str| fs::read_to_string(made(document, ending)).unwrap();
    assert_eq!(read("2026/three.pdf", "txt"), PAGES.join("\n\x0c") + "\n");
    let [one, two, three] = PAGES;
    let wanted = format!("{one}\n\n---\n\n<!-- page 2 -->\n\n{two}\n\n---\n\n<!-- page 3 -->\n\n{three}\n");
    assert_eq!(read("2026/three.pdf", "md"), wanted);
    let pages: Value = serde_json::from_str(&read("2026/three.pdf", "json")).unwrap();
    let words: Vec<&Value> =
        pages.as_array().unwrap().iter().map(|page| &page["words_block_list"][0]["words"]).collect();
    assert_eq!(words, PAGES);
    assert!(read("receipt.jpg", "txt").contains("HARBOUR STREET STATIONERS"));
    assert!(read("receipt.jpg", "md").contains("HARBOUR STREET STATIONERS"));
    let docx = fs::read(made("2026/three.pdf", "docx")).unwrap();
    let docx = docx_rs::read_docx(&docx).unwrap().json();
    assert!(PAGES.iter().all(|text| docx.contains(text)), "{docx}");

    // The text can be taken out of the searchable document, and it shows the same page to whoever reads its picture.
    let searchable = made("2026/three.pdf", "pdf");
    let pdf = lopdf::Document::load(&searchable).unwrap();
    let texts: Vec<String> =
        (1..=3).map(|page| pdf.extract_text(&[page]).unwrap().trim().to_owned()).collect();
    assert_eq!(texts, PAGES);
    let seen = said(&ocr(&models, &[searchable.to_str().unwrap(), "--page", "2"]));
    assert_eq!(seen.trim(), PAGES[1]);
    let receipt = lopdf::Document::load(made("receipt.jpg", "pdf")).unwrap();
    assert!(receipt.extract_text(&[1]).unwrap().contains("HARBOUR STREET STATIONERS"));
    let picture = fs::read(scans.join("receipt.jpg")).unwrap();
    let streams = receipt.objects.values().filter_map(|object| object.as_stream().ok());
    assert!(
        streams.map(|stream| &stream.content).any(|content| *content == picture),
        "the picture lost nothing"
    );

    // Again: nothing is read, not even with models that are not there.
    let files = ["receipt.jpg", "2026/three.pdf"].into_iter();
    let files: Vec<PathBuf> =
        files.flat_map(|document| FORMATS.map(|ending| made(document, ending))).collect();
    let times: Vec<SystemTime> = files.iter().map(|file| changed(file)).collect();
    let again = said(&ocr(folder.path(), &args));
    assert_eq!(again, "0 files read (0 pages), 2 there already, 0 could not be read\n");
    assert_eq!(files.iter().map(|file| changed(file)).collect::<Vec<_>>(), times);

    // One was changed, and of the other a file is missing.
    let newer = times[0] + Duration::from_secs(1);
    File::options().write(true).open(scans.join("receipt.jpg")).unwrap().set_modified(newer).unwrap();
    let touched = said(&ocr(&models, &args));
    assert_eq!(touched, "1 file read (1 page), 1 there already, 0 could not be read\n");
    fs::remove_file(made("2026/three.pdf", "md")).unwrap();
    fs::remove_file(scans.join("receipt.jpg")).unwrap();
    let completed = said(&ocr(&models, &args));
    assert_eq!(completed, "1 file read (3 pages), 0 there already, 0 could not be read\n");
    assert_eq!((read("2026/three.pdf", "md"), changed(&files[5])), (wanted, times[5]));
    let anew = said(&ocr(&models, &[&args[..], &["--again"]].concat()));
    assert_eq!(anew, "1 file read (3 pages), 0 there already, 0 could not be read\n");
    assert!(changed(&files[5]) > times[5]);
    assert!(
        fs::read_dir(out.join("scans")).unwrap().all(|entry| !entry
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with('.'))
    );
}

#[tokio::test]
async fn a_run_that_was_stopped_goes_on() {
    let Some(models) = wanted("INKMETER_TEST_MODELS") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (scans, out) = (folder.path().join("scans"), folder.path().join("out"));
    fs::create_dir(&scans).unwrap();
    for number in 0..COUNT {
        fs::copy(picture("receipt_en.jpg"), scans.join(format!("{number}.jpg"))).unwrap();
    }
    let mut command = Command::new(INKMETER);
    command.arg("ocr").arg(&scans).arg("--out").arg(&out).env("INKMETER_MODELS", &models);
    let running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let names = || -> Vec<String> {
        let entries = fs::read_dir(out.join("scans")).into_iter().flatten();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    until("a file is made", || names().iter().any(|name| name.ends_with(".txt"))).await;
    let pid = running.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let stopped = running.wait_with_output().unwrap();
    assert_eq!(stopped.status.code(), Some(130), "{stopped:?}");
    assert!(String::from_utf8_lossy(&stopped.stderr).contains("the same command goes on"), "{stopped:?}");
    let made = names();
    assert!(made.len() < COUNT && made.iter().all(|name| name.ends_with(".jpg.txt")), "{made:?}");
    assert!(made.iter().all(|name| fs::metadata(out.join("scans").join(name)).unwrap().len() > 0));
    let rest = COUNT - made.len();
    let went_on = said(&command.output().unwrap());
    let there = made.len();
    assert!(
        went_on.starts_with(&format!("{rest} file")) && went_on.contains(&format!(", {there} there")),
        "{went_on}"
    );
    assert_eq!(names().len(), COUNT);
}

#[test]
fn what_cannot_be_read_is_named_and_keeps_no_other() {
    let Some(models) = wanted("INKMETER_TEST_MODELS") else { return };
    let (folder, scans) = scans();
    let empty = folder.path().join("nothing here");
    fs::create_dir(&empty).unwrap();
    fs::write(scans.join("a.png"), "").unwrap();
    fs::write(scans.join("b.pdf"), "%PDF-1.4, or not").unwrap();
    let out = folder.path().join("out");
    let [scans, empty, out] = [&scans, &empty, &out].map(|path| path.to_str().unwrap());
    let output = ocr(&models, &[scans, empty, "gone.jpg", "--out", out]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<&str> = told.lines().collect();
    for (line, wanted) in lines.iter().zip([
        "scans/a.png: the file is empty",
        "scans/b.pdf: AIS.0102: ",
        "nothing here: nothing in it can be read",
        "gone.jpg: No such file",
    ]) {
        assert!(line.contains(wanted), "{told}");
    }
    assert_eq!(lines.len(), 4, "{told}");
    let tally = String::from_utf8(output.stdout).unwrap();
    assert_eq!(tally, "2 files read (4 pages), 0 there already, 4 could not be read\n");

    // Where nothing can be written, nothing is read: this needs no models.
    for (out, wanted) in
        [("/proc/texts", "files cannot be written to /proc/texts"), (".", "choose another folder")]
    {
        let mut command = Command::new(INKMETER);
        let output =
            command.current_dir(folder.path()).args(["ocr", "scans", "--out", out]).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && told.contains(wanted), "{told}");
    }
}

#[test]
fn pages_are_printed_in_order() {
    let Some(models) = wanted("INKMETER_TEST_MODELS") else { return };
    let (_folder, scans) = scans();
    let scans = scans.to_str().unwrap();
    let lines = |args: &[&str]| -> Vec<Value> {
        said(&ocr(&models, args)).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let all = lines(&[scans, "--json", "--all-pages"]);
    let [pages @ .., receipt] = &all[..] else { panic!("{all:?}") };
    for (number, (page, text)) in (1..).zip(pages.iter().zip(PAGES)) {
        assert_eq!(
            (&page["page"], &page["result"]["words_block_list"][0]["words"]),
            (&number.into(), &text.into())
        );
        assert!(page["file"].as_str().unwrap().ends_with("scans/2026/three.pdf"), "{page}");
    }
    assert_eq!((pages.len(), &receipt["page"]), (3, &1.into()));
    // Without it, one page of each, as it always was.
    let ones = lines(&[scans, "--json"]);
    let fields = |line: &Value| line.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert!(ones.len() == 2 && ones.iter().all(|line| fields(line) == ["file", "result"]), "{ones:?}");
    let text = said(&ocr(&models, &[&format!("{scans}/2026/three.pdf"), "--all-pages"]));
    let heads = text.lines().filter(|line| line.starts_with("== ")).count();
    assert_eq!((heads, PAGES.iter().all(|page| text.contains(page))), (3, true), "{text}");
}
