//! `GET /openapi.json`: the reference is what the code makes, and the service does what it says.

pub(crate) mod access;
mod bodies;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use expect_test::expect_file;
use jsonschema::Validator;
use local::functions::FUNCTIONS;
use local::openapi;
use reqwest::Method;
use serde_json::{Value, json};
use shared::http::{ErrorCode, ROUTES};

use crate::world::*;

/// The document, and a validator of each schema that was asked for: they take long to make.
pub(crate) struct Document {
    value: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// One operation of it.
pub(crate) struct Operation<'d> {
    document: &'d Document,
    pub(crate) method: Method,
    path: &'d str,
    about: &'d Value,
}

impl Document {
    pub(crate) fn of_this_build() -> Self {
        Self { value: openapi::document().unwrap(), validators: Mutex::default() }
    }

    pub(crate) fn operations(&self) -> Vec<Operation<'_>> {
        let mut operations = Vec::new();
        for (path, methods) in self.value["paths"].as_object().unwrap() {
            for (method, about) in methods.as_object().unwrap() {
                let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                operations.push(Operation { document: self, method, path, about });
            }
        }
        operations
    }

    /// Follows a reference, if it is one.
    fn resolve<'d>(&'d self, value: &'d Value) -> &'d Value {
        let reference = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        reference
            .map_or(value, |pointer| self.value.pointer(pointer).unwrap_or_else(|| panic!("{pointer} leads nowhere")))
    }

    fn validator(&self, schema: &Value) -> Arc<Validator> {
        let make = || {
            let schema = json!({"components": {"schemas": self.value["components"]["schemas"]}, "allOf": [schema]});
            Arc::new(jsonschema::options().should_validate_formats(true).build(&schema).unwrap())
        };
        Arc::clone(self.validators.lock().unwrap().entry(schema.to_string()).or_insert_with(make))
    }

    #[track_caller]
    fn assert_valid(&self, schema: &Value, value: &Value, what: &str) {
        let validator = self.validator(schema);
        let problems: Vec<_> = validator.iter_errors(value).map(|error| error.to_string()).collect();
        assert!(problems.is_empty(), "{what}: {problems:?} in {value}");
    }

    /// The same document, whose answers may hold nothing that is not in it.
    fn closed(mut self) -> Self {
        for schema in self.value["components"]["schemas"].as_object_mut().unwrap().values_mut() {
            close(schema);
        }
        for methods in self.value["paths"].as_object_mut().unwrap().values_mut() {
            close(methods);
        }
        self.value["components"]["schemas"]["OpenApi"]["additionalProperties"] = json!(true);
        self
    }
}

fn close(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.values_mut().for_each(close);
            if object.get("properties").is_some_and(Value::is_object) && object.contains_key("type") {
                object.entry("additionalProperties").or_insert(json!(false));
            }
        }
        Value::Array(values) => values.iter_mut().for_each(close),
        _ => {}
    }
}

impl Operation<'_> {
    pub(crate) fn name(&self) -> &str {
        self.about["operationId"].as_str().unwrap()
    }

    /// The media type of its body, and what is said of that.
    pub(crate) fn body(&self) -> Option<(&str, &Value)> {
        let content = self.about.pointer("/requestBody/content")?.as_object().unwrap();
        content.iter().next().map(|(media_type, about)| (media_type.as_str(), about))
    }

    /// The codes that it may answer.
    fn codes(&self) -> BTreeSet<String> {
        let responses = self.about["responses"].as_object().unwrap().values();
        let codes = responses.filter_map(|response| {
            let schema = self.document.resolve(response).pointer("/content/application~1json/schema")?;
            self.document.resolve(schema).pointer("/allOf/1/properties/code/enum")
        });
        codes.flat_map(|codes| codes.as_array().unwrap()).map(|code| code.as_str().unwrap().to_owned()).collect()
    }

    /// A real answer is one of those that the document has.
    #[track_caller]
    fn assert_answers(&self, answer: &Answer) {
        let what = format!("{} {}", self.name(), answer.text());
        let response = self.document.resolve(&self.about["responses"][answer.status.to_string()]);
        assert!(!response.is_null(), "{what}: the status is not in the document");
        match response.pointer("/content/application~1json/schema") {
            None => assert_eq!(answer.body, "", "{what}"),
            Some(schema) => {
                assert_eq!(answer.header("content-type"), Some("application/json"), "{what}");
                self.document.assert_valid(schema, &answer.json(), &what);
            }
        }
        for (header, about) in response["headers"].as_object().into_iter().flatten() {
            let value = answer.header(header).unwrap_or_else(|| panic!("{what}: no {header}"));
            let value = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
            self.document.assert_valid(&self.document.resolve(about)["schema"], &value, &what);
        }
    }
}

#[test]
fn the_committed_document_is_the_one_that_the_code_makes() {
    let made = format!("{:#}\n", Document::of_this_build().value);
    expect_file!["../../functions/openapi-get/openapi.json"].assert_eq(&made);
}

#[tokio::test]
async fn the_committed_document_is_what_is_answered() {
    let world = World::new().await;
    let answer = world.get("/openapi.json", &[]).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    assert_eq!(answer.json(), Document::of_this_build().value);
    assert!(world.wire.calls().is_empty());
}

#[test]
fn every_route_but_the_pages_is_in_it() {
    let document = Document::of_this_build();
    let described: BTreeSet<_> = document
        .operations()
        .iter()
        .map(|operation| (operation.method.to_string(), operation.path.to_owned(), operation.name().to_owned()))
        .collect();
    let is_page = |name: &str| name.starts_with("page-") || name == "oauth2-callback";
    let routes: BTreeSet<_> = ROUTES
        .iter()
        .filter(|route| !is_page(route.function))
        .map(|route| (route.method.to_owned(), route.path.to_owned(), route.function.to_owned()))
        .collect();
    assert_eq!(described, routes);
    for (_, _, name) in &described {
        assert!(FUNCTIONS.iter().any(|endpoint| endpoint.name == name), "{name}");
    }
}

#[test]
fn everything_in_it_is_said_once_and_leads_somewhere() {
    let document = Document::of_this_build();
    let tags: BTreeSet<_> =
        document.value["tags"].as_array().unwrap().iter().map(|tag| tag["name"].to_string()).collect();
    let used: BTreeSet<_> =
        document.operations().iter().map(|operation| operation.about["tags"][0].to_string()).collect();
    assert_eq!(tags, used);

    let references = references(&document.value);
    for reference in &references {
        document.resolve(&json!({"$ref": reference}));
    }
    for kind in ["schemas", "responses", "headers"] {
        for (name, about) in document.value["components"][kind].as_object().unwrap() {
            assert!(references.contains(&format!("#/components/{kind}/{name}")), "nothing refers to {name}");
            let is_doubled = kind == "schemas" && name.ends_with(|char: char| char.is_ascii_digit());
            assert!(!is_doubled, "two types are called {name}: {about}");
        }
    }
}

fn references(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(object) => {
            let own = object.get("$ref").and_then(Value::as_str).map(str::to_owned);
            object.values().flat_map(references).chain(own).collect()
        }
        Value::Array(values) => values.iter().flat_map(references).collect(),
        _ => BTreeSet::new(),
    }
}

#[test]
fn every_example_is_valid() {
    let document = Document::of_this_build().closed();
    let mut examples = Vec::new();
    for part in ["/paths", "/components/responses", "/components/headers"] {
        gather(document.value.pointer(part).unwrap(), &mut examples);
    }
    assert!(examples.len() > 100, "{}", examples.len());
    for (schema, example) in examples {
        document.assert_valid(schema, example, "an example");
    }
    for (name, schema) in document.value["components"]["schemas"].as_object().unwrap() {
        for example in schema["examples"].as_array().into_iter().flatten() {
            document.assert_valid(schema, example, name);
        }
    }
}

/// Whatever has a schema, with its examples.
fn gather<'v>(value: &'v Value, examples: &mut Vec<(&'v Value, &'v Value)>) {
    match value {
        Value::Object(object) => {
            if let Some(schema) = object.get("schema") {
                let several = object.get("examples").and_then(Value::as_object).into_iter().flatten();
                let several = several.map(|(_, example)| &example["value"]);
                examples.extend(several.chain(object.get("example")).map(|example| (schema, example)));
            }
            object.values().for_each(|value| gather(value, examples));
        }
        Value::Array(values) => values.iter().for_each(|value| gather(value, examples)),
        _ => {}
    }
}

#[test]
fn every_code_but_that_of_unknown_methods_is_of_some_operation() {
    let document = Document::of_this_build();
    let used: BTreeSet<_> = document.operations().iter().flat_map(Operation::codes).collect();
    let all = ErrorCode::ALL.iter().filter(|code| **code != ErrorCode::MethodNotAllowed);
    assert_eq!(used, all.map(|code| code.as_str().to_owned()).collect());
}
