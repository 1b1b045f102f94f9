//! What is read: the service takes and refuses the bodies that the document does.

use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::Name;

use super::Document;
use super::access::{Cast, Credential, Door, world};

/// A body, changed in every way that a schema can tell: without a field, with another one, with another type.
fn changed(body: &Value) -> Vec<Value> {
    let object = body.as_object().unwrap();
    let mut changed = vec![body.clone(), json!({})];
    let mut put = |name: &str, value: Option<Value>| {
        let mut object = object.clone();
        match value {
            Some(value) => object.insert(name.to_owned(), value),
            None => object.remove(name),
        };
        changed.push(Value::Object(object));
    };
    put("unheard_of", Some(json!("x")));
    for name in object.keys() {
        put(name, None);
        for other in [
            json!(null),
            json!(true),
            json!(0),
            json!(1),
            json!(-1),
            json!(1.5),
            json!(9_223_372_036_854_775_u64),
            json!(9_223_372_036_854_776_u64),
            json!(""),
            json!("x"),
            json!("x".repeat(64)),
            json!("x".repeat(65)),
            json!("x".repeat(600)),
            json!(format!("https://cdn.example/{}", "x".repeat(2028))),
            json!(format!("https://cdn.example/{}", "x".repeat(2029))),
            json!("http://cdn.example/x"),
            json!([]),
            json!(["VIEW_CASES", "VIEW_CASES"]),
            json!(["view_cases"]),
            json!({}),
        ] {
            put(name, Some(other));
        }
    }
    changed
}

#[tokio::test]
async fn bodies_are_read_as_the_document_says() {
    let document = Document::of_this_build().closed();
    let mut bodies = 0;
    for operation in document.operations() {
        let Some(("application/json", body)) = operation.body() else { continue };
        let world = world().await;
        let cast = Cast::of(&world).await;
        let validator = document.validator(&body["schema"]);
        let credential = match operation.door() {
            Door::Operator => Credential::Operator,
            Door::BackEnd => Credential::TrustedApp,
            _ => Credential::Login,
        };
        for changed in changed(&body["example"]) {
            let answer = cast.call_with(&operation, cast.token(credential), Some(&changed)).await;
            operation.assert_answers(&answer);
            // An API token of another type is `Restricted`: understood, and refused.
            let is_read = answer.code() != "BadRequest" && answer.json()["message"].as_str() != Some(NOT_AN_API_TOKEN);
            let what = format!("{} {changed}: {}", operation.name(), answer.text());
            assert_eq!(is_read, validator.is_valid(&changed), "{what}");
            bodies += 1;
        }
    }
    assert!(bodies > 200, "{bodies}");
}

#[tokio::test]
async fn operation_that_takes_no_body_refuses_one_and_writes_nothing() {
    let (world, document) = (world().await, Document::of_this_build().closed());
    let cast = Cast::of(&world).await;
    let mut refused = 0;
    for operation in document.operations() {
        if operation.method == Method::GET || operation.body().is_some() || operation.door() == Door::Anybody {
            continue;
        }
        let credential = match operation.door() {
            Door::Operator => Credential::Operator,
            Door::App => Credential::App,
            _ => Credential::Login,
        };
        let token = cast.token(credential);
        world.get_with("/sessions/@me", token).await;
        for (body, field) in [
            (json!({"unheard_of": 1}), json!("unheard_of")),
            (json!([]), json!(null)),
            (json!("x"), json!(null)),
            (json!({"permissions": ["VIEW_CASES"], "expiry": 600}), json!("expiry")),
        ] {
            let answer = world.leaves_nothing(cast.call_with(&operation, token, Some(&body))).await;
            let what = format!("{} {body}: {}", operation.name(), answer.text());
            assert_eq!((answer.status, answer.code().as_str()), (400, "BadRequest"), "{what}");
            assert_eq!(answer.json()["field"], field, "{what}");
            operation.assert_answers(&answer);
        }
        refused += 1;
    }
    assert!(refused >= 12, "{refused}");
}

/// A name has a pattern in the document and rules in the code: both are asked about each character, alone and between others.
#[test]
fn names_are_read_as_the_document_says() {
    let document = Document::of_this_build();
    let validator = document.validator(&document.value["components"]["schemas"]["AppCreate"]["properties"]["name"]);
    let mut refused = 0;
    for char in (0..=0xFFFF).chain([0x1F600, 0x10_FFFF]).filter_map(char::from_u32) {
        for name in [json!(char), json!(format!("a{char}a"))] {
            let is_read = serde_json::from_value::<Name>(name.clone()).is_ok();
            assert_eq!(is_read, validator.is_valid(&name), "{name:?}: U+{:04X}", u32::from(char));
            refused += u32::from(!is_read);
        }
    }
    assert!(refused > 200, "{refused}");
}

const NOT_AN_API_TOKEN: &str = "Only `api` sessions can be created here. Sign in to get the other types.";
