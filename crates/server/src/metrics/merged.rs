//! The figures of several shards in one text: each family once, with the figures of every shard under its number.

use std::fmt::Write as _;

use crate::shard::Shard;

/// What begins the lines of a family.
const FAMILY: &str = "# HELP ";

#[derive(Default)]
struct Family {
    head: String,
    samples: String,
}

/// Texts of the same families, each a shard's, as one.
pub(super) fn merged(texts: &[(Shard, String)]) -> String {
    let mut families: Vec<(String, Family)> = Vec::new();
    for (shard, text) in texts {
        let mut at = None;
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix(FAMILY) {
                let name = rest.split(' ').next().unwrap_or_default();
                let known = families.iter().position(|(known, _)| known == name);
                at = Some((known.is_none(), known.unwrap_or(families.len())));
                if known.is_none() {
                    families.push((name.to_owned(), Family::default()));
                }
            }
            let Some((is_new, at)) = at else { continue };
            let family = &mut families[at].1;
            if line.starts_with('#') {
                if is_new {
                    family.head += line;
                    family.head.push('\n');
                }
            } else if !line.is_empty() {
                with_shard(line, *shard, &mut family.samples);
            }
        }
    }
    families.into_iter().map(|(_, family)| family.head + &family.samples).collect()
}

/// A figure with the shard among its labels.
fn with_shard(line: &str, shard: Shard, into: &mut String) {
    let end = line.find(['{', ' ']).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    let _ = match rest.strip_prefix('{') {
        Some(labels) if labels.starts_with('}') => writeln!(into, "{name}{{shard=\"{shard}\"{labels}"),
        Some(labels) => writeln!(into, "{name}{{shard=\"{shard}\",{labels}"),
        None => writeln!(into, "{name}{{shard=\"{shard}\"}}{rest}"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_told_once() {
        let text = |holds: u64| {
            format!(
                "# HELP a_total Some.\n# TYPE a counter\na_total{{x=\"1\"}} {holds}\n# HELP b Other.\n# TYPE b gauge\nb {holds}\n"
            )
        };
        let told = merged(&[(Shard(0), text(3)), (Shard(2), text(4))]);
        assert_eq!(
            told,
            "# HELP a_total Some.\n# TYPE a counter\na_total{shard=\"0\",x=\"1\"} 3\na_total{shard=\"2\",x=\"1\"} 4\n\
             # HELP b Other.\n# TYPE b gauge\nb{shard=\"0\"} 3\nb{shard=\"2\"} 4\n"
        );
        assert_eq!(merged(&[]), "");
    }
}
