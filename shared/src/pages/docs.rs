//! The API reference, from the OpenAPI document.

use std::collections::BTreeMap;

use askama::Template;
use serde::Deserialize;
use serde_json::Value;

use super::Frame;

/// The API reference.
#[derive(Debug, Template)]
#[template(path = "docs.html")]
pub struct DocsPage {
    frame: Frame,
    groups: Vec<Group>,
}

/// Operations that belong together.
#[derive(Debug)]
struct Group {
    anchor: String,
    name: String,
    description: String,
    operations: Vec<Shown>,
}

/// One operation, as people read it.
#[derive(Debug)]
struct Shown {
    id: String,
    method: String,
    path: String,
    summary: String,
    credential: String,
    parameters: Vec<Parameter>,
    body: Option<String>,
    answers: Vec<Answer>,
    refusals: Vec<Refusal>,
}

#[derive(Debug)]
struct Answer {
    status: String,
    description: String,
    example: Option<String>,
}

#[derive(Debug)]
struct Refusal {
    status: String,
    codes: String,
}

/// What of the document is shown.
#[derive(Deserialize)]
struct Document {
    tags: Vec<Tag>,
    paths: BTreeMap<String, BTreeMap<String, Operation>>,
}

#[derive(Deserialize)]
struct Tag {
    name: String,
    #[serde(default)]
    description: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Operation {
    operation_id: String,
    summary: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    parameters: Vec<Parameter>,
    request_body: Option<Content>,
    #[serde(default)]
    responses: BTreeMap<String, Response>,
}

#[derive(Clone, Debug, Deserialize)]
struct Parameter {
    name: String,
    r#in: String,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    description: String,
}

#[derive(Deserialize)]
struct Content {
    content: BTreeMap<String, Media>,
}

#[derive(Deserialize)]
struct Media {
    example: Option<Value>,
}

#[derive(Deserialize)]
struct Response {
    #[serde(rename = "$ref")]
    reference: Option<String>,
    #[serde(default)]
    description: String,
    #[serde(default)]
    content: BTreeMap<String, Media>,
}

impl DocsPage {
    /// The reference that an OpenAPI document is.
    pub fn of(frame: Frame, document: &str) -> Result<Self, serde_json::Error> {
        let Document { tags, paths } = serde_json::from_str(document)?;
        let operations: Vec<_> = paths.into_iter().flat_map(|(path, methods)| in_order(&path, methods)).collect();
        let groups = tags.into_iter().map(|tag| Group::of(tag, &operations));
        Ok(Self { frame, groups: groups.collect() })
    }
}

/// The operations of a path, what reads before what writes.
fn in_order(path: &str, methods: BTreeMap<String, Operation>) -> Vec<(String, String, Operation)> {
    const ORDER: [&str; 5] = ["get", "post", "put", "patch", "delete"];
    let mut operations: Vec<_> =
        methods.into_iter().map(|(method, operation)| (path.to_owned(), method, operation)).collect();
    operations.sort_by_key(|(_, method, _)| ORDER.iter().position(|known| known == method));
    operations
}

impl Group {
    fn of(tag: Tag, operations: &[(String, String, Operation)]) -> Self {
        let own = operations.iter().filter(|(_, _, operation)| operation.tags.contains(&tag.name));
        Self {
            anchor: tag.name.to_lowercase().replace(' ', "-"),
            operations: own.map(|(path, method, operation)| Shown::of(path, method, operation)).collect(),
            name: tag.name,
            description: tag.description,
        }
    }
}

impl Shown {
    fn of(path: &str, method: &str, operation: &Operation) -> Self {
        let (refused, done): (Vec<_>, Vec<_>) =
            operation.responses.iter().partition(|(status, _)| status.starts_with(['4', '5']));
        Self {
            id: operation.operation_id.clone(),
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: operation.summary.clone(),
            credential: operation.description.clone(),
            parameters: operation.parameters.clone(),
            body: operation.request_body.as_ref().and_then(|body| example(&body.content)),
            answers: done.into_iter().map(Answer::of).collect(),
            refusals: refused.into_iter().map(Refusal::of).collect(),
        }
    }
}

impl Answer {
    fn of((status, response): (&String, &Response)) -> Self {
        let example = example(&response.content);
        Self { status: status.clone(), description: response.description.clone(), example }
    }
}

impl Refusal {
    /// The codes stand in the name of the shared answer: `RestrictedOrCrossOrigin`.
    fn of((status, response): (&String, &Response)) -> Self {
        let name = response.reference.as_deref().and_then(|reference| reference.rsplit('/').next());
        Self { status: status.clone(), codes: name.unwrap_or_default().replace("Or", ", ").replace(", igin", "Origin") }
    }
}

fn example(content: &BTreeMap<String, Media>) -> Option<String> {
    content.values().find_map(|media| media.example.as_ref()).map(Value::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::Room;

    const DOCUMENT: &str = r##"{"tags": [{"name": "For apps", "description": "d"}], "paths": {"/app": {
        "post": {"operationId": "p", "summary": "s", "tags": ["For apps"]},
        "get": {"operationId": "g", "summary": "Get <who>", "tags": ["For apps"], "parameters": [{"name": "limit", "in": "query"}],
            "requestBody": {"content": {"application/json": {"example": {"a": 1}}}},
            "responses": {"200": {"description": "Done.", "content": {"application/json": {"example": {"b": null}}}},
                "403": {"$ref": "#/components/responses/RestrictedOrCrossOrigin"}}}}}}"##;

    #[test]
    fn a_reference_shows_what_the_document_says() {
        let page = DocsPage::of(Frame::outside(Room::Docs), DOCUMENT).unwrap();
        let ids: Vec<_> = page.groups[0].operations.iter().map(|operation| operation.id.as_str()).collect();
        assert_eq!((page.groups[0].anchor.as_str(), ids), ("for-apps", vec!["g", "p"]));
        let get = &page.groups[0].operations[0];
        assert_eq!(
            (get.body.as_deref(), get.answers[0].example.as_deref()),
            (Some(r#"{"a":1}"#), Some(r#"{"b":null}"#))
        );
        assert_eq!(get.refusals[0].codes, "Restricted, CrossOrigin");
        let html = page.render().unwrap();
        assert!(html.contains("Get &#60;who&#62;."), "{html}");
    }
}
