//! What is read: the service takes and refuses the bodies that the document does.

use serde_json::{Value, json};

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
        let credential = if operation.door() == Door::Operator { Credential::Operator } else { Credential::Login };
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

const NOT_AN_API_TOKEN: &str = "Only sessions of type `api` can be created here; the others come from signing in.";
