//! How well seals are found and read. A field of a seal is one of its texts, and counts if all of it is right; a text that
//! is not there counts against what was found. Which seal of a picture is which is told by what they say.

use std::collections::BTreeMap;

use ocr::Seal;

use super::kinds::{CLEAN_TARGET, NOISY_TARGET, SURE, Score, normal};

/// All that was read.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// By noise, and by what a text is.
    texts: BTreeMap<(bool, &'static str), Score>,
    /// The seals themselves, with their shapes.
    seals: BTreeMap<bool, Score>,
}

/// What a text is, by the shape of its seal.
fn part(shape: &str, at: usize, words: &str) -> &'static str {
    match shape {
        "rectangle" => "in a box",
        _ if at == 0 => "along the ring",
        _ if words.bytes().all(|byte| byte.is_ascii_alphanumeric()) => "a number",
        _ => "a line",
    }
}

fn shape(seal: &Seal) -> String {
    let shape = serde_json::to_value(seal.shape).unwrap_or_default();
    shape.as_str().map(str::to_owned).unwrap_or_default()
}

/// How much of what is wanted a seal says: texts, and then characters.
fn agreement(wanted: &[&str], seal: &Seal) -> (usize, usize) {
    let said: Vec<String> = seal.words.iter().map(|text| normal(&text.words)).collect();
    let texts = wanted.iter().filter(|text| said.iter().any(|words| *words == normal(text))).count();
    let all = said.concat();
    let characters = wanted.iter().flat_map(|text| text.chars()).filter(|char| all.contains(*char)).count();
    (texts, characters)
}

impl Read {
    /// Adds a picture: what stands on its seals, each as its shape and its texts between bars, and what was found.
    pub fn add(
        &mut self,
        img: &str,
        is_noisy: bool,
        fields: &BTreeMap<String, String>,
        found: &[Seal],
        misses: bool,
    ) {
        let mut left: Vec<&Seal> = found.iter().collect();
        let seals = self.seals.entry(is_noisy).or_default();
        seals.pictures += 1;
        seals.there += fields.len();
        seals.found += found.len();
        for field in fields.values() {
            let mut wanted = field.split('|');
            let kind = wanted.next().unwrap_or_default();
            let wanted: Vec<&str> = wanted.collect();
            let best = (0..left.len()).max_by_key(|at| agreement(&wanted, left[*at]));
            // One that says nothing of it is another one, unless nothing at all was read.
            let seal = best
                .filter(|at| agreement(&wanted, left[*at]).1 > 0 || left[*at].words.is_empty())
                .map(|at| left.swap_remove(at));
            let has_shape = seal.is_some_and(|seal| shape(seal) == kind);
            self.seals.entry(is_noisy).or_default().right += usize::from(has_shape);
            let mut said: Vec<(String, f32)> = seal.map(texts).unwrap_or_default();
            if misses && said.iter().map(|text| text.0.clone()).ne(wanted.iter().map(|text| normal(text))) {
                println!("{img}: {kind} {wanted:?} read {said:?}");
            }
            for (at, words) in wanted.iter().enumerate() {
                let score = self.texts.entry((is_noisy, part(kind, at, words))).or_default();
                score.there += 1;
                if let Some(place) = said.iter().position(|text| text.0 == normal(words)) {
                    add_found(score, said.swap_remove(place).1, true);
                }
            }
            self.add_others(is_noisy, said);
        }
        for seal in left {
            if misses {
                println!("{img}: no such seal {:?} {:?}", seal.location, texts(seal));
            }
            self.add_others(is_noisy, texts(seal));
        }
    }

    /// Texts that are not there, or are wrong.
    fn add_others(&mut self, is_noisy: bool, said: Vec<(String, f32)>) {
        let score = self.texts.entry((is_noisy, "others")).or_default();
        said.into_iter().for_each(|(_, confidence)| add_found(score, confidence, false));
    }

    /// Prints what came of it, and gives the sum.
    pub fn report(&self) -> Score {
        let mut total = Score::default();
        for (is_noisy, how, target) in [(false, "clean", CLEAN_TARGET), (true, "noisy", NOISY_TARGET)] {
            let Some(seals) = self.seals.get(&is_noisy) else { continue };
            println!(
                "{} {how} pictures of seals: {} there, {} found, {} right",
                seals.pictures, seals.there, seals.found, seals.right
            );
            let mut all = Score::default();
            for ((_, part), score) in self.texts.iter().filter(|((noisy, _), _)| *noisy == is_noisy) {
                println!(
                    "    {part:16}{:>4} there, {:>4} found, {:>4} right",
                    score.there, score.found, score.right
                );
                all.add(score);
            }
            println!("RATIO ocr_seals_{how} {:.4} {target}", seals.f1());
            println!("RATIO ocr_fields_{how}_seal {:.4} {target}", all.f1());
            total.add(&all);
        }
        total
    }
}

fn texts(seal: &Seal) -> Vec<(String, f32)> {
    seal.words.iter().map(|text| (normal(&text.words), text.confidence)).collect()
}

fn add_found(score: &mut Score, confidence: f32, is_right: bool) {
    score.found += 1;
    score.right += usize::from(is_right);
    score.sure += usize::from(confidence > SURE);
    score.sure_and_right += usize::from(confidence > SURE && is_right);
}
