//! Short forms, and what they stand for.
//!
//! - `{$ref: Name}` is a schema of the document.
//! - A path `/v1[/admin/accounts/{name}]/caps` is two: the customer's own, and the operator's twin of it, with the same
//!   operations; the operator's are called `admin…`.
//! - `{name}` in a path is the parameter of that name in `components`, unless the operation has its own; in a list of
//!   `parameters` a name alone is one of those too.
//! - `asks: Schema` are the fields of a schema as parameters of the query.
//! - `takes: Schema` is a body in JSON, `may_take: Schema` one that can be left out, `answer: Schema` one of a 200;
//!   `[Schema]` is a list of them, and an object a schema of its own. `answers: {204: null}` are those of other statuses,
//!   without a body here.
//! - `charged: Schema` is the answer of a metered call: a 200 with the headers that `receipt` of the defaults names.
//!   `files: [media/type]` beside it are what it is answered as for who accepts nothing else.
//! - What `defaults` says of the longest beginning of the path (a tag, `security`, `parameters`, the form of a failure)
//!   goes for every operation that does not say otherwise.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use super::SCHEMAS;

type Object = Map<String, Value>;

/// The whole document with all its short forms spelt out.
pub fn spelt_out(mut whole: Object) -> Result<Object> {
    let Some(Value::Object(defaults)) = whole.shift_remove("defaults") else {
        bail!("there are no defaults")
    };
    let Some(Value::Object(short)) = whole.shift_remove("paths") else { bail!("there are no paths") };
    let mut asked = Vec::new();
    let mut paths = Object::new();
    for (path, operations) in short {
        let Value::Object(operations) = operations else { bail!("{path} has no operations") };
        for (path, is_twin) in twins(&path) {
            let mut full = Object::new();
            for (method, operation) in &operations {
                let Value::Object(operation) = operation else { bail!("{method} {path} is no object") };
                let writer = Writer { whole: &whole, path: &path, default: default(&defaults, &path) };
                let written = writer.operation(operation.clone(), is_twin, &mut asked);
                full.insert(method.clone(), written.with_context(|| format!("{method} {path}"))?.into());
            }
            // A path may be one of a pair for some of its methods, and alone for others.
            let there = paths.entry(&path).or_insert_with(|| Object::new().into());
            for (method, operation) in full {
                if there.as_object_mut().and_then(|there| there.insert(method, operation)).is_some() {
                    bail!("a method of {path} is there twice");
                }
            }
        }
    }
    // What was made parameters is no schema any more.
    let schemas = whole["components"]["schemas"].as_object_mut().context("there are no schemas")?;
    for name in asked {
        schemas.shift_remove(&name);
    }
    whole.insert("paths".into(), paths.into());
    for value in whole.values_mut() {
        lengthen(value);
    }
    Ok(whole)
}

/// The paths a short one stands for, and whether each is the operator's twin.
fn twins(path: &str) -> Vec<(String, bool)> {
    let parts = path.split_once('[').and_then(|(before, rest)| Some((before, rest.split_once(']')?)));
    match parts {
        None => vec![(path.to_owned(), false)],
        Some((before, (between, after))) => {
            vec![(format!("{before}{after}"), false), (format!("{before}{between}{after}"), true)]
        }
    }
}

fn default<'a>(defaults: &'a Object, path: &str) -> Option<&'a Value> {
    let fitting = defaults.iter().filter(|(beginning, _)| path.starts_with(beginning.as_str()));
    fitting.max_by_key(|(beginning, _)| beginning.len()).map(|(_, default)| default)
}

/// `{$ref: Name}` becomes `{$ref: #/components/schemas/Name}`.
fn lengthen(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get_mut("$ref")
                && !reference.starts_with('#')
            {
                reference.insert_str(0, SCHEMAS);
            }
            object.values_mut().for_each(lengthen);
        }
        Value::Array(list) => list.iter_mut().for_each(lengthen),
        _ => {}
    }
}

/// Writes the operations of one path.
struct Writer<'a> {
    whole: &'a Object,
    path: &'a str,
    default: Option<&'a Value>,
}

impl Writer<'_> {
    fn operation(&self, mut short: Object, is_twin: bool, asked: &mut Vec<String>) -> Result<Object> {
        let id = short.shift_remove("operationId").context("it has no operationId")?;
        let id = id.as_str().context("operationId is a text")?;
        let mut full = Object::new();
        full.insert("operationId".into(), if is_twin { twin_id(id) } else { id.to_owned() }.into());
        for key in ["summary", "description"] {
            full.extend(short.shift_remove(key).map(|text| (key.to_owned(), text)));
        }
        let tag = self.of_default("tag").context("defaults say nothing of this path")?;
        full.insert("tags".into(), short.shift_remove("tags").unwrap_or(json!([tag])));
        let security = short.shift_remove("security").or_else(|| self.of_default("security").cloned());
        full.insert("security".into(), security_of(security.unwrap_or(json!([]))));
        let parameters = self.parameters(&mut short, asked)?;
        if !parameters.is_empty() {
            full.insert("parameters".into(), parameters.into());
        }
        for (key, required) in [("takes", true), ("may_take", false)] {
            if let Some(taken) = short.shift_remove(key) {
                let body = json!({ "required": required, "content": in_json(taken) });
                full.insert("requestBody".into(), body);
            }
        }
        let responses = self.responses(&mut short)?;
        full.extend(short);
        full.insert("responses".into(), responses.into());
        Ok(full)
    }

    fn of_default(&self, key: &str) -> Option<&Value> {
        self.default?.get(key)
    }

    /// Those of the path, those of the query, those that are given, those of the default.
    fn parameters(&self, short: &mut Object, asked: &mut Vec<String>) -> Result<Vec<Value>> {
        let given = short.shift_remove("parameters");
        let given = given.iter().chain(self.of_default("parameters")).filter_map(Value::as_array).flatten();
        let mut given: Vec<Value> =
            given.map(|parameter| self.parameter(parameter)).collect::<Result<_>>()?;
        let mut all = Vec::new();
        for name in self.path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
        {
            let is_it = |parameter: &Value| {
                let parameter = self.resolved(parameter);
                parameter["in"] == "path" && parameter["name"] == name
            };
            match given.iter().position(is_it) {
                Some(at) => all.push(given.remove(at)),
                None => all.push(self.parameter(&name.into())?),
            }
        }
        if let Some(schema) = short.shift_remove("asks") {
            let name = schema.as_str().context("asks is the name of a schema")?;
            let schema = &self.whole["components"]["schemas"][name];
            all.extend(fields_as_parameters(schema).with_context(|| format!("{name} has no fields"))?);
            asked.push(name.to_owned());
        }
        all.append(&mut given);
        Ok(all)
    }

    fn parameter(&self, parameter: &Value) -> Result<Value> {
        let Some(name) = parameter.as_str() else { return Ok(parameter.clone()) };
        let reference = json!({ "$ref": format!("#/components/parameters/{name}") });
        if self.resolved(&reference).is_null() {
            bail!("there is no parameter {name}: describe it here, or in components");
        }
        Ok(reference)
    }

    fn resolved<'a>(&'a self, parameter: &'a Value) -> &'a Value {
        let reference = parameter["$ref"].as_str().unwrap_or_default();
        match reference.strip_prefix("#/components/parameters/") {
            Some(name) => &self.whole["components"]["parameters"][name],
            None => parameter,
        }
    }

    fn responses(&self, short: &mut Object) -> Result<Object> {
        let mut responses = match short.shift_remove("responses") {
            Some(Value::Object(responses)) => responses,
            Some(_) => bail!("responses is no object"),
            None => Object::new(),
        };
        let answer = short.shift_remove("answer").map(|schema| ("200".to_owned(), schema));
        let answers = short.shift_remove("answers");
        let answers = answers.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
        for (status, schema) in answer.into_iter().chain(answers) {
            let mut response = json!({ "description": "Done." });
            if !schema.is_null() {
                response["content"] = in_json(schema);
            }
            responses.insert(status, response);
        }
        if let Some(schema) = short.shift_remove("charged") {
            let headers = self.of_default("receipt").context("defaults name no receipt for this path")?;
            let description = "What was read, and its receipt. It is charged if and only if this is the answer, which is \
                               written when its charge is durable.";
            let mut content = in_json(schema);
            if let Some(Value::Array(files)) = short.shift_remove("files") {
                for file in files.iter().filter_map(Value::as_str) {
                    content[file] = json!({});
                }
            }
            let read = json!({ "description": description, "headers": headers, "content": content });
            responses.insert("200".into(), read);
        }
        for response in responses.values_mut() {
            let id = json!({ "$ref": "#/components/headers/X-Request-Id" });
            response["headers"]["X-Request-Id"] = id;
        }
        if let Some(name) = self.of_default("failure").and_then(Value::as_str) {
            let failure = json!({ "$ref": format!("#/components/responses/{name}") });
            responses.entry("default").or_insert(failure);
        }
        Ok(responses)
    }
}

fn twin_id(id: &str) -> String {
    let (first, rest) = id.split_at(id.chars().next().map_or(0, char::len_utf8));
    format!("admin{}{rest}", first.to_uppercase())
}

/// One of these is enough; what is there already in OpenAPI's own form stays.
fn security_of(security: Value) -> Value {
    let Value::Array(schemes) = security else { return security };
    let one = |scheme: Value| match scheme {
        Value::String(name) => json!({ name: [] }),
        other => other,
    };
    schemes.into_iter().map(one).collect()
}

fn in_json(short: Value) -> Value {
    let schema = match short {
        Value::String(name) => json!({ "$ref": name }),
        Value::Array(mut one) => {
            json!({ "type": "array", "items": one.pop().map(|name| json!({ "$ref": name })) })
        }
        schema => schema,
    };
    json!({ "application/json": { "schema": schema } })
}

fn fields_as_parameters(schema: &Value) -> Option<Vec<Value>> {
    let required = schema["required"].as_array();
    let parameter = |(name, schema): (&String, &Value)| {
        let mut schema = schema.clone();
        super::shapes::never_null(&mut schema);
        let description = schema.as_object_mut().and_then(|schema| schema.shift_remove("description"));
        let is_required = required.is_some_and(|required| required.iter().any(|field| field == name));
        let mut parameter = json!({ "name": name, "in": "query", "required": is_required, "schema": schema });
        if let Some(description) = description {
            parameter["description"] = description;
        }
        parameter
    };
    Some(schema["properties"].as_object()?.iter().map(parameter).collect())
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    #[test]
    fn short_forms_are_spelt_out() {
        let short = "
            defaults:
              /v1: {tag: customer, security: [token], failure: No}
              /v2: {tag: metered, receipt: {X-Cost: {schema: {type: string}}}}
            paths:
              /v2/read: {post: {operationId: read, charged: Cap}}
              /v1[/admin/{name}]/caps/{api}:
                put: {operationId: setCap, asks: Query, takes: Cap, answers: {201: [Cap], 204: null}}
            components:
              parameters: {name: {name: name, in: path}, api: {name: api, in: path}}
              schemas:
                Query: {properties: {limit: {type: [integer, 'null'], description: How many.}}}
                Cap: {properties: {other: {$ref: Cap}}}
            ";
        let full = Value::Object(spelt_out(read(short).unwrap()).unwrap());
        let put = &full["paths"]["/v1/admin/{name}/caps/{api}"]["put"];
        assert_eq!((&put["operationId"], &put["tags"][0]), (&json!("adminSetCap"), &json!("customer")));
        assert_eq!(full["paths"]["/v1/caps/{api}"]["put"]["operationId"], "setCap");
        assert_eq!(put["security"], json!([{ "token": [] }]));
        let parameter = json!({ "name": "limit", "in": "query", "required": false,
            "schema": { "type": "integer" }, "description": "How many." });
        let name = |name: &str| json!({ "$ref": format!("#/components/parameters/{name}") });
        assert_eq!(put["parameters"], json!([name("name"), name("api"), parameter]));
        let cap = json!({ "$ref": "#/components/schemas/Cap" });
        assert_eq!(put["requestBody"]["content"]["application/json"]["schema"], cap);
        let read = &full["paths"]["/v2/read"]["post"]["responses"]["200"];
        assert_eq!(read["content"]["application/json"]["schema"], cap);
        assert_eq!(read["headers"]["X-Cost"]["schema"]["type"], "string");
        let list = json!({ "type": "array", "items": cap });
        assert_eq!(put["responses"]["201"]["content"]["application/json"]["schema"], list);
        assert_eq!(put["responses"]["204"].get("content"), None);
        assert_eq!(put["responses"]["default"]["$ref"], "#/components/responses/No");
        assert_eq!(full["components"]["schemas"], json!({ "Cap": { "properties": { "other": cap } } }));
    }

    #[test]
    fn what_is_missing_is_named() {
        let short = "
            defaults: {/v1: {tag: customer}}
            paths: {'/v1/caps/{api}': {put: {operationId: setCap, answer: Cap}}}
            components: {parameters: {}, schemas: {}}
            ";
        let problem = spelt_out(read(short).unwrap()).unwrap_err();
        assert!(
            format!("{problem:#}").contains("put /v1/caps/{api}: there is no parameter api"),
            "{problem:#}"
        );
    }
}
