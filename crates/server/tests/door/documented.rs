//! What `docs/openapi.json` says of an answer. Whatever the helpers of the tests are answered is compared with it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use serde_json::Value;

/// The document.
pub static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../../docs/openapi.json")).unwrap());

static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// An answer as it came.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    pub status: u16,
    /// `Content-Type`; empty if there is none.
    pub kind: &'a str,
    pub text: &'a str,
}

/// Checks an answer to a path of the document, or to one it does not have, which must be 404. Gives what was called: the
/// method and the path as the document has it.
pub fn check(method: &str, path: &str, answer: Answer<'_>) -> Option<(String, String)> {
    let path = path.split('?').next().unwrap_or_default();
    let Some(template) = template(method, path) else {
        assert_eq!(answer.status, 404, "{method} {path} is not documented: {answer:?}");
        return None;
    };
    check_documented(method, template, answer);
    Some((method.to_uppercase(), template.to_owned()))
}

/// Checks an answer to a path as the document has it, with its braces.
pub fn check_documented(method: &str, template: &str, answer: Answer<'_>) {
    let what = format!("{method} {template}");
    let responses = &DOCUMENT["paths"][template][method.to_lowercase()]["responses"];
    let named = responses.get(answer.status.to_string());
    let failed = responses.get("default").filter(|_| answer.status >= 400);
    let response =
        resolved(named.or(failed).unwrap_or_else(|| panic!("{what}: {answer:?} is not documented")));
    let Some(kinds) = response["content"].as_object() else {
        assert_eq!(answer.text, "", "{what}: a body that is not documented");
        return;
    };
    // Of an answer to HEAD there is only the head.
    if method.eq_ignore_ascii_case("head") {
        return;
    }
    let content = kinds.get(answer.kind).unwrap_or_else(|| panic!("{what}: {answer:?} is not documented"));
    let read = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| panic!("{what}: {answer:?}"));
    match answer.kind {
        "application/json" => conform(&content["schema"], &read(answer.text), &what),
        "application/x-ndjson" => {
            answer.text.lines().for_each(|line| conform(&content["schema"], &read(line), &what));
        }
        _ => conform(&content["schema"], &Value::String(answer.text.to_owned()), &what),
    }
}

/// Checks a body against a schema of the document.
pub fn conform(schema: &Value, body: &Value, what: &str) {
    let validator = validator(schema);
    let faults: Vec<String> =
        validator.iter_errors(body).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    assert!(faults.is_empty(), "{what}: {faults:#?} in {body:#}");
}

fn validator(schema: &Value) -> Arc<Validator> {
    let mut validators = VALIDATORS.lock().unwrap();
    let make = || {
        let mut whole = schema.clone();
        whole["components"] = DOCUMENT["components"].clone();
        Arc::new(jsonschema::options().should_validate_formats(true).build(&whole).unwrap())
    };
    Arc::clone(validators.entry(schema.to_string()).or_insert_with(make))
}

/// The path of the document that a path of a request is; one without parameters before others.
fn template(method: &str, path: &str) -> Option<&'static str> {
    let fits = |template: &&String| {
        let (mut given, mut wanted) = (path.split('/'), template.split('/'));
        loop {
            match (given.next(), wanted.next()) {
                (None, None) => return true,
                (Some(given), Some(wanted)) if given == wanted || wanted.starts_with('{') => {}
                _ => return false,
            }
        }
    };
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let known = paths.iter().filter(|(_, item)| item[method.to_lowercase()].is_object());
    known
        .map(|(template, _)| template)
        .filter(fits)
        .min_by_key(|template| template.matches('{').count())
        .map(String::as_str)
}

fn resolved(response: &'static Value) -> &'static Value {
    let reference = response["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    reference.map_or(response, |pointer| DOCUMENT.pointer(pointer).unwrap())
}
