//! Schemas: of what is read and of what is answered, in one set of names.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use shared::http::{ErrorAnswer, SchemaOf};

use super::Error;

/// What serde reads and what it writes differ: a field that may be left out of a body is always there in an answer.
pub(super) struct Schemas {
    bodies: SchemaGenerator,
    answers: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let settings =
            || SchemaSettings::draft2020_12().with(|settings| settings.definitions_path = "/components/schemas".into());
        Self {
            bodies: settings().for_deserialize().into_generator(),
            answers: settings().for_serialize().into_generator(),
        }
    }

    pub(super) fn of_body(&mut self, schema: SchemaOf) -> Value {
        schema(&mut self.bodies).to_value()
    }

    pub(super) fn of_answer(&mut self, schema: SchemaOf) -> Value {
        schema(&mut self.answers).to_value()
    }

    /// All that were named.
    pub(super) fn into_components(mut self) -> Result<Value, Error> {
        self.of_answer(SchemaGenerator::subschema_for::<ErrorAnswer<'_>>);
        let mut components = self.answers.take_definitions(true);
        for (name, schema) in self.bodies.take_definitions(true) {
            if components.get(&name).is_some_and(|answered| *answered != schema) {
                return Err(Error::TwoSchemas(name));
            }
            components.insert(name, schema);
        }
        let mut components = Value::Object(components);
        simplify(&mut components);
        Ok(components)
    }
}

/// schemars writes an enum whose variants have docs as a choice of constants: here it is a list of names, with the docs in one text. And it
/// has a field that may be left out default to null, which is not what leaving it out means.
pub(super) fn simplify(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if let Some(variants) = variants(object) {
                list_variants(object, &variants);
            }
            if object.get("default").is_some_and(Value::is_null) {
                object.remove("default");
            }
            object.values_mut().for_each(simplify);
        }
        Value::Array(values) => values.iter_mut().for_each(simplify),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Each variant's name and docs.
fn variants(object: &Map<String, Value>) -> Option<Vec<(String, String)>> {
    let variant = |variant: &Value| {
        let docs = variant.get("description").and_then(Value::as_str).unwrap_or_default();
        Some((variant.get("const")?.as_str()?.to_owned(), docs.to_owned()))
    };
    object.get("oneOf")?.as_array()?.iter().map(variant).collect()
}

fn list_variants(object: &mut Map<String, Value>, variants: &[(String, String)]) {
    let docs: String = variants.iter().map(|(name, docs)| format!("\n- `{name}`: {docs}")).collect();
    let description = object.get("description").and_then(Value::as_str).unwrap_or_default();
    let description = format!("{description}\n{docs}");
    object.remove("oneOf");
    object.insert("type".into(), json!("string"));
    object.insert("enum".into(), variants.iter().map(|(name, _)| json!(name)).collect());
    object.insert("description".into(), json!(description));
}
