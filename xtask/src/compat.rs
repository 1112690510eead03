//! `compat`: the tables of docs/compat.md, from docs/compat.toml.
//!
//! The list names every endpoint that is published and a client may ask for. That it tells the truth is a test: the
//! routes are those of the server, the tests it names call the SDK's methods, and the page has its tables.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

const LIST: &str = "docs/compat.toml";
const PAGE: &str = "docs/compat.md";

#[derive(Debug, Deserialize)]
struct List {
    endpoint: Vec<Endpoint>,
}

/// One published endpoint.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Endpoint {
    group: String,
    /// Method and path.
    call: String,
    /// The method of the Python SDK, or several with commas between.
    sdk: String,
    /// Which sites publish it, of the Billing Center.
    #[serde(default)]
    sites: String,
    state: State,
    /// What is missing, or what is to be known.
    #[serde(default)]
    note: String,
    /// The test that proves it: it calls the method of the SDK.
    #[serde(default)]
    test: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Works,
    Partly,
    None,
}

/// Writes the tables anew.
///
/// # Errors
///
/// If a file cannot be read or written, or the page has no place for a table.
pub fn run(args: &[String]) -> Result<(), Box<dyn Error>> {
    if !args.is_empty() {
        return Err("usage: compat".into());
    }
    let root = Path::new(".");
    let page = page(root)?;
    fs::write(root.join(PAGE), page).with_context(|| format!("writing {PAGE}"))?;
    println!("{PAGE} is made of {LIST}");
    Ok(())
}

fn list(root: &Path) -> Result<List> {
    let text = fs::read_to_string(root.join(LIST)).with_context(|| format!("reading {LIST}"))?;
    toml::from_str(&text).with_context(|| format!("reading {LIST}"))
}

/// The page with its tables as they should be.
fn page(root: &Path) -> Result<String> {
    let list = list(root)?;
    let mut page = fs::read_to_string(root.join(PAGE)).with_context(|| format!("reading {PAGE}"))?;
    for group in ["ocr", "iam", "billing"] {
        let endpoints: Vec<&Endpoint> = list.endpoint.iter().filter(|e| e.group == group).collect();
        let (begin, end) = (format!("<!-- table: {group} -->\n"), "<!-- end of table -->\n");
        let Some(from) = page.find(&begin).map(|at| at + begin.len()) else {
            bail!("{PAGE} has no {}", begin.trim());
        };
        let length = page[from..].find(end).with_context(|| format!("{PAGE}: {group} has no end"))?;
        page.replace_range(from..from + length, &table(&endpoints));
    }
    Ok(page)
}

fn table(endpoints: &[&Endpoint]) -> String {
    let has_sites = endpoints.iter().any(|endpoint| !endpoint.sites.is_empty());
    let mut text = format!("\n{}\n\n", summary(endpoints));
    let sites = |text: &str| if has_sites { format!(" {text} |") } else { String::new() };
    let _ = writeln!(text, "| call | SDK |{} here | proved by |", sites("sites"));
    let _ = writeln!(text, "|---|---|{}---|---|", if has_sites { "---|" } else { "" });
    for Endpoint { call, sdk, sites: of_sites, state, note, test, .. } in endpoints {
        let word = match state {
            State::Works => "**works**",
            State::Partly => "**partly**",
            State::None => "not published",
        };
        let here = if note.is_empty() { word.to_owned() } else { format!("{word}: {note}") };
        let code = |text: &str| if text.is_empty() { String::new() } else { format!("`{text}`") };
        let cells = format!("| `{call}` | {} |{} {here} | {} |", code(sdk), sites(of_sites), code(test));
        let _ = writeln!(text, "{}", cells.replace("|  |", "| |"));
    }
    text + "\n"
}

fn summary(endpoints: &[&Endpoint]) -> String {
    let count = |state| endpoints.iter().filter(|endpoint| endpoint.state == state).count();
    let (works, partly) = (count(State::Works), count(State::Partly));
    format!("{works} of {} published calls work here, {partly} more in part.", endpoints.len())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn root() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
    }

    #[test]
    fn the_page_is_made_of_the_list() {
        let found = fs::read_to_string(root().join(PAGE)).unwrap();
        assert_eq!(found, page(root()).unwrap(), "run `cargo xtask compat`");
    }

    #[test]
    fn what_is_said_to_be_served_is_what_is_served() {
        let served: BTreeSet<String> = server::http::published_routes()
            .names()
            .into_iter()
            .map(|(method, path)| format!("{method} {path}"))
            .collect();
        let list = list(root()).unwrap();
        let said = list.endpoint.iter().filter(|endpoint| endpoint.state != State::None);
        let said: BTreeSet<String> = said.map(|endpoint| endpoint.call.clone()).collect();
        assert_eq!(said, served);
    }

    #[test]
    fn every_state_has_its_reason_and_its_test() {
        let folder = root().join("crates/server/tests/door");
        let items = items(&folder);
        for Endpoint { call, sdk, state, note, test, .. } in list(root()).unwrap().endpoint {
            assert_eq!(test.is_empty(), state == State::None, "{call}");
            assert!(state != State::Partly || !note.is_empty(), "{call}: what is missing?");
            if state == State::None {
                continue;
            }
            let proof = proof(&items, &test).unwrap_or_else(|| panic!("{call}: there is no test {test}"));
            for method in sdk.split(", ").filter(|method| !method.is_empty()) {
                let is_driven = proof.contains(&format!("\"{method}\""))
                    || programs(&proof, &folder).any(|program| program.contains(&format!(".{method}(")));
                assert!(is_driven, "{call}: {test} does not call {method} of the SDK");
            }
        }
    }

    /// A method that both sites publish is driven with both sites' SDKs: by its name beside the site's, or beside a
    /// variable that is each of them in turn.
    #[test]
    fn every_site_is_driven() {
        let items = items(&root().join("crates/server/tests/door"));
        for Endpoint { call, sdk, sites, state, test, .. } in list(root()).unwrap().endpoint {
            if state == State::None {
                continue;
            }
            let proof = proof(&items, &test).unwrap_or_else(|| panic!("{call}: there is no test {test}"));
            let proof = proof.split_whitespace().collect::<Vec<_>>().join(" ");
            for site in sites.split(' ').filter(|site| !site.is_empty()) {
                let package = if site == "cn" { "bss" } else { "bssintl" };
                let is_driven = proof.contains(&format!("\"{package}\", \"{sdk}\""))
                    || proof.contains(&format!("site, \"{sdk}\""))
                    || proof.contains("site, method") && proof.contains(&format!("\"{sdk}\""));
                assert!(is_driven, "{call}: {test} does not call {sdk} with {package}");
            }
        }
    }

    /// What stands in a source: its functions and constants, by name.
    type Items = BTreeMap<String, String>;

    /// Those of each source of the tests.
    fn items(folder: &Path) -> Vec<Items> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
        let sources = files.into_iter().filter(|path| path.extension().is_some_and(|kind| kind == "rs"));
        let of_source = |path| {
            let mut items = Items::new();
            let mut name = String::new();
            for line in fs::read_to_string(path).unwrap().lines() {
                let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
                let mut words = words.skip_while(|word| matches!(*word, "pub" | "async" | "crate"));
                if !line.starts_with(char::is_whitespace)
                    && matches!(words.next(), Some("fn" | "const" | "static"))
                {
                    name = words.next().unwrap_or_default().to_owned();
                }
                *items.entry(name.clone()).or_default() += &(line.to_owned() + "\n");
            }
            items
        };
        sources.map(of_source).chain(folders.iter().flat_map(|folder| self::items(folder))).collect()
    }

    /// The text of a test, and of whatever it uses of its own source.
    fn proof(items: &[Items], test: &str) -> Option<String> {
        let of_source = items.iter().find(|of_source| of_source.contains_key(test))?;
        let (mut seen, mut next) = (BTreeSet::new(), vec![test]);
        while let Some(name) = next.pop() {
            if let Some((name, text)) = of_source.get_key_value(name)
                && seen.insert(name)
            {
                next.extend(text.split(|c: char| !c.is_alphanumeric() && c != '_'));
            }
        }
        Some(seen.into_iter().map(|name| of_source[name].as_str()).collect())
    }

    /// The programs in Python that a test starts.
    fn programs(proof: &str, folder: &Path) -> impl Iterator<Item = String> {
        let named = proof.split(['"', '/']).filter(|name| name.ends_with(".py"));
        named.map(|name| fs::read_to_string(folder.join(name)).unwrap_or_default())
    }
}
