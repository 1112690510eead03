//! `compat`: the tables of docs/compat.md, from docs/compat.toml.
//!
//! The list names every endpoint that is published and a client may ask for. That it tells the truth is a test: the
//! routes are those of the server, the tests it names exist, and the page has its tables.

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
    /// The method of the Python SDK.
    sdk: String,
    /// Which sites publish it, of the Billing Center.
    #[serde(default)]
    sites: String,
    state: State,
    /// What is missing, or what is to be known.
    #[serde(default)]
    note: String,
    /// The test that proves it.
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
    use std::collections::BTreeSet;

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
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let sources = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
        let tests: String = sources.map(|path| fs::read_to_string(path).unwrap()).collect();
        for Endpoint { call, state, note, test, .. } in list(root()).unwrap().endpoint {
            assert_eq!(test.is_empty(), state == State::None, "{call}");
            assert!(state != State::Partly || !note.is_empty(), "{call}: what is missing?");
            assert!(
                test.is_empty() || tests.contains(&format!("fn {test}(")),
                "{call}: there is no test {test}"
            );
        }
    }
}
