//! Our eye and the yardsticks read the same pictures, in rounds that take turns.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::reader::{Reader, Round};
use super::score::{Score, Truth, score};
use super::yardsticks::{self, cache};
use super::{READER, WORKERS};
use crate::bench::quiet::{Measured, undisturbed};

/// Rounds of each reader.
const ROUNDS: usize = 3;
/// How often a round is measured at most, if the machine is busy.
const ATTEMPTS: usize = 3;
/// Times as many pictures per second as RapidOCR as it comes, on a processor that is faster in bfloat16 and on one that is
/// not; and, on the former, times as many as RapidOCR at its best.
const SPEED_TARGET_BF16: f64 = 5.0;
const SPEED_TARGET: f64 = 2.0;
const SPEED_TARGET_BEST: f64 = 1.5;
/// The share of the memory of RapidOCR as it comes, at most.
const MEMORY_TARGET: f64 = 0.5;

#[derive(Clone, Copy)]
enum Target {
    CerAtMost(f64),
    F1AtLeast(f64),
}

/// What each set must reach; sets not named here, a character error rate of at most 0.02.
const TARGETS: [(&str, Target); 6] = [
    ("syn_en", Target::F1AtLeast(0.98)),
    ("syn_rot90", Target::CerAtMost(0.05)),
    ("syn_rot180", Target::CerAtMost(0.05)),
    ("zhdoc_rot3", Target::CerAtMost(0.065)),
    ("receipt_en", Target::F1AtLeast(0.98)),
    ("receipt_en_180", Target::F1AtLeast(0.98)),
];

/// What a reader showed in all of its rounds.
struct Shown {
    name: &'static str,
    about: String,
    scores: BTreeMap<String, Score>,
    pictures_per_s: f64,
    p50_ms: f64,
    p99_ms: f64,
    peak_mib: u64,
}

/// Reads the pictures of a folder. `own_args` of this program's arguments are the benchmark's.
///
/// # Errors
///
/// If pictures or models are missing, RapidOCR cannot be installed, or a reader fails.
pub(super) fn run(folder: &Path, own_args: usize) -> Result<()> {
    let list = folder.join("truth.json");
    let truth = fs::read(&list).with_context(|| format!("reading {}", list.display()))?;
    let truth: Vec<Truth> = serde_json::from_slice(&truth).context("truth.json")?;
    let (pictures, documents): (Vec<Truth>, Vec<Truth>) =
        truth.into_iter().partition(|item| item.page.is_none());
    if pictures.is_empty() {
        bail!("{} names no pictures", list.display());
    }
    if !documents.is_empty() {
        // RapidOCR reads no PDF.
        println!("{} pages of documents are left out", documents.len());
    }
    let files: Vec<String> =
        pictures.iter().map(|item| folder.join(&item.img).to_string_lossy().into_owned()).collect();
    let shown = measure(&pictures, readers(&files, own_args)?)?;
    report(&shown);
    Ok(())
}

/// Ours first.
fn readers(files: &[String], own_args: usize) -> Result<Vec<Reader>> {
    let models = std::env::var("INKMETER_MODELS").unwrap_or_else(|_| "data/models".to_owned());
    let mut all: Vec<String> = std::env::args().skip(1).collect();
    all.truncate(all.len() - own_args);
    all.extend([READER.to_owned(), models, "auto".to_owned()]);
    all.extend(files.iter().cloned());
    let cache = cache()?;
    let mut readers =
        vec![Reader::start("inkmeter", &std::env::current_exe()?, &all, &cache.join("inkmeter.log"))?];
    readers.push(yardsticks::rapidocr(&cache, files)?);
    readers.push(yardsticks::rapidocr_at_its_best(&cache, files)?);
    readers.extend(yardsticks::tesseract(&cache, WORKERS, files)?);
    Ok(readers)
}

fn measure(pictures: &[Truth], mut readers: Vec<Reader>) -> Result<Vec<Shown>> {
    let mut rounds: Vec<Vec<Round>> = readers.iter().map(|_| Vec::new()).collect();
    let mut spoiled = 0;
    for number in 1..=ROUNDS {
        for (reader, rounds) in readers.iter_mut().zip(&mut rounds) {
            let name = format!("{} round {number}", reader.name);
            let Measured { value, disturbance, .. } =
                undisturbed(&name, ATTEMPTS, |_| None, || reader.round())?;
            spoiled += usize::from(disturbance.is_spoiled());
            println!("{name}: {:.2} pictures/s", pictures.len() as f64 / value.seconds);
            rounds.push(value);
        }
    }
    if spoiled > 0 {
        println!("{spoiled} of {} rounds were disturbed; the figures below suffer", readers.len() * ROUNDS);
    }
    readers.iter().zip(&rounds).map(|(reader, rounds)| shown(pictures, reader, rounds)).collect()
}

fn shown(pictures: &[Truth], reader: &Reader, rounds: &[Round]) -> Result<Shown> {
    let last = rounds.last().context("no rounds")?;
    if last.lines.len() != pictures.len() || last.latencies_s.len() != pictures.len() {
        bail!("{} read {} of {} pictures", reader.name, last.lines.len(), pictures.len());
    }
    let sorted = |values: Vec<f64>| {
        let mut values = values;
        values.sort_by(f64::total_cmp);
        values
    };
    let seconds = sorted(rounds.iter().map(|round| round.seconds).collect());
    let latencies = sorted(rounds.iter().flat_map(|round| round.latencies_s.iter().copied()).collect());
    let latency_ms = |hundredths: usize| 1e3 * latencies[(latencies.len() * hundredths).div_ceil(100) - 1];
    Ok(Shown {
        name: reader.name,
        about: reader.about.clone(),
        scores: score(pictures, &last.lines),
        pictures_per_s: pictures.len() as f64 / seconds[seconds.len() / 2],
        p50_ms: latency_ms(50),
        p99_ms: latency_ms(99),
        peak_mib: match rounds.iter().filter_map(|round| round.children_kib).max() {
            Some(kib) => kib / 1024,
            None => reader.peak_mib()?,
        },
    })
}

fn report(all: &[Shown]) {
    let (ours, theirs) = (&all[0], &all[1..]);
    print!("\n{:16}{:>4}", "set", "n");
    for Shown { name, .. } in all {
        print!("  {:>22}", format!("{name} CER F1"));
    }
    println!();
    for (set, score) in &ours.scores {
        print!("{set:16}{:>4}", score.pictures);
        for shown in all {
            let score = shown.scores.get(set).copied().unwrap_or_default();
            print!("  {:>15.4} {:.4}", score.cer(), score.f1());
        }
        println!();
    }
    println!("\n{:22}{:>12}{:>12}{:>12}{:>11}", "reader", "pictures/s", "median ms", "p99 ms", "peak MiB");
    for Shown { name, about, pictures_per_s, p50_ms, p99_ms, peak_mib, .. } in all {
        println!("{name:22}{pictures_per_s:>12.2}{p50_ms:>12.0}{p99_ms:>12.0}{peak_mib:>11}  {about}");
    }
    println!(
        "\nOf the figures below, ocr_cer_… and ocr_peak_memory_… are to be at most their targets, all others at least theirs."
    );
    for (set, score) in &ours.scores {
        match target_of(set) {
            Target::CerAtMost(most) => println!("RATIO ocr_cer_{set} {:.4} {most}", score.cer()),
            Target::F1AtLeast(least) => println!("RATIO ocr_f1_{set} {:.4} {least}", score.f1()),
        }
    }
    for (set, score) in &ours.scores {
        let most = theirs.iter().filter_map(|shown| shown.scores.get(set).map(|score| accuracy(set, score)));
        let most = most.fold(f64::MIN_POSITIVE, f64::max);
        println!("RATIO ocr_accuracy_{set}_vs_best_reader {:.4} 1", accuracy(set, score) / most);
    }
    let [default, best, ..] = theirs else { return };
    let times = |theirs: &Shown| ours.pictures_per_s / theirs.pictures_per_s;
    let is_bf16 = ocr::pays_bf16();
    let target = if is_bf16 { SPEED_TARGET_BF16 } else { SPEED_TARGET };
    println!("RATIO ocr_images_per_s_vs_rapidocr {:.2} {target:.1}", times(default));
    if is_bf16 {
        println!("RATIO ocr_images_per_s_vs_rapidocr_best {:.2} {SPEED_TARGET_BEST:.1}", times(best));
    }
    let memory = ours.peak_mib as f64 / default.peak_mib as f64;
    println!("RATIO ocr_peak_memory_vs_rapidocr {memory:.2} {MEMORY_TARGET}");
}

fn target_of(set: &str) -> Target {
    TARGETS.iter().find(|(name, _)| *name == set).map_or(Target::CerAtMost(0.02), |(_, target)| *target)
}

/// The share of a set that was read right: of its words, or of its letters.
fn accuracy(set: &str, score: &Score) -> f64 {
    match target_of(set) {
        Target::CerAtMost(_) => (1.0 - score.cer()).max(0.0),
        Target::F1AtLeast(_) => score.f1(),
    }
}
