//! `openapi`: docs/openapi.json, put together of its parts in docs/openapi/.
//!
//! A part is a piece of an OpenAPI document about one subject, in YAML, in which an operation may be written shortly
//! (`short`). The bodies of Huawei's calls are not written at all: they are those of `wire` (`shapes`). That the document
//! tells the truth is a test of the server: its routes are those that are served, and answers have its shapes.

mod shapes;
mod short;

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};

const PARTS: &str = "docs/openapi";
const DOCUMENT: &str = "docs/openapi.json";
const SCHEMAS: &str = "#/components/schemas/";

/// Writes the document anew.
///
/// # Errors
///
/// If a part cannot be read, says what another says too, or means what is nowhere.
pub fn run(args: &[String]) -> Result<(), Box<dyn Error>> {
    if !args.is_empty() {
        return Err("usage: openapi".into());
    }
    let text = document(Path::new("."))?;
    fs::write(DOCUMENT, text).with_context(|| format!("writing {DOCUMENT}"))?;
    println!("{DOCUMENT} is made of {PARTS}");
    Ok(())
}

/// The document as it should be.
fn document(root: &Path) -> Result<String> {
    let folder = root.join(PARTS);
    let entries = fs::read_dir(&folder).with_context(|| format!("reading {PARTS}"))?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.sort();
    let mut whole = Map::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "yaml")) {
        let name = file.display();
        let text = fs::read_to_string(file).with_context(|| format!("reading {name}"))?;
        let part = read(&text).with_context(|| format!("reading {name}"))?;
        merge(&mut whole, part, 0).with_context(|| format!("adding {name}"))?;
    }
    merge(&mut whole, shapes::of_wire()?, 0).context("adding the shapes of wire")?;
    let mut whole = short::spelt_out(whole)?;
    whole.get_mut("paths").and_then(Value::as_object_mut).context("there are no paths")?.sort_keys();
    for kind in whole["components"].as_object_mut().context("there are no components")?.values_mut() {
        kind.as_object_mut().context("a kind of component is an object")?.sort_keys();
    }
    let whole = Value::Object(whole);
    check(&whole)?;
    Ok(serde_json::to_string_pretty(&whole)? + "\n")
}

/// A part, in YAML 1.2, where `no` is a word and not false.
fn read(text: &str) -> Result<Map<String, Value>> {
    let options = serde_saphyr::options! { strict_booleans: true };
    Ok(serde_saphyr::from_str_with_options(text, options)?)
}

/// Adds a part to what there is. Paths and kinds of components may be spread over parts; a method of a path, and a
/// component, is in one.
fn merge(into: &mut Map<String, Value>, part: Map<String, Value>, depth: usize) -> Result<()> {
    for (key, value) in part {
        match (into.get_mut(&key), value) {
            (Some(Value::Object(there)), Value::Object(more)) if depth < 2 => {
                merge(there, more, depth + 1).with_context(|| key)?;
            }
            (Some(_), _) => bail!("{key} is there twice"),
            (None, value) => drop(into.insert(key, value)),
        }
    }
    Ok(())
}

/// What is meant is there, what is there is meant, and no two operations have one name.
fn check(whole: &Value) -> Result<()> {
    let mut meant = BTreeSet::new();
    references(whole, &mut meant);
    for reference in &meant {
        let there = reference.strip_prefix('#').and_then(|pointer| whole.pointer(pointer));
        ensure!(there.is_some(), "{reference} is meant and is not there");
    }
    for (kind, components) in whole["components"].as_object().into_iter().flatten() {
        if kind == "securitySchemes" {
            continue;
        }
        for name in components.as_object().into_iter().flat_map(Map::keys) {
            let reference = format!("#/components/{kind}/{name}");
            ensure!(meant.contains(&reference), "{reference} is there and nothing means it");
        }
    }
    let mut ids = BTreeSet::new();
    let operations = whole["paths"].as_object().into_iter().flat_map(Map::values);
    for operation in operations.filter_map(Value::as_object).flat_map(Map::values) {
        let id = operation["operationId"].as_str().context("an operation has no operationId")?;
        ensure!(ids.insert(id), "two operations are called {id}");
    }
    Ok(())
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get("$ref") {
                found.insert(reference.clone());
            }
            object.values().for_each(|value| references(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_document_is_made_of_its_parts() {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        let found = fs::read_to_string(root.join(DOCUMENT)).unwrap();
        assert!(found == document(root).unwrap(), "run `cargo xtask openapi`");
    }

    #[test]
    fn nothing_is_said_twice() {
        let mut whole = read("paths: {/a: {get: {}}}").unwrap();
        merge(&mut whole, read("paths: {/a: {put: {}}, /b: {get: {}}}").unwrap(), 0).unwrap();
        assert_eq!(
            (&whole["paths"]["/a"]["put"], whole["paths"]["/b"]["get"].is_object()),
            (&json!({}), true)
        );
        let twice = merge(&mut whole, read("paths: {/a: {put: {}}}").unwrap(), 0).unwrap_err();
        assert_eq!(format!("{twice:#}"), "paths: /a: put is there twice");
    }
}
