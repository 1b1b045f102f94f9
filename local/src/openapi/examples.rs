//! Examples of bodies, answers and parameters, put together from those of their fields.

use serde_json::{Map, Value, json};

use super::Error;

const MOMENT: &str = "2027-01-31T12:00:00.000Z";

/// Gives an example to each body, answer and parameter of `paths`.
pub(super) fn fill(paths: &mut Map<String, Value>, components: &Value) -> Result<(), Error> {
    for (path, methods) in paths {
        // What has two examples has one about guilds and one about users.
        let place = usize::from(path.contains("users/"));
        Examples { components, place }.fill(methods)?;
    }
    Ok(())
}

struct Examples<'c> {
    components: &'c Value,
    place: usize,
}

impl Examples<'_> {
    fn fill(&self, value: &mut Value) -> Result<(), Error> {
        match value {
            Value::Object(object) => match object.get("schema").map(|schema| self.example(schema)) {
                None => object.values_mut().try_for_each(|value| self.fill(value)),
                // A parameter that is any text needs none.
                Some(Err(_)) if object.contains_key("in") => Ok(()),
                Some(example) => {
                    object.insert("example".into(), example?);
                    Ok(())
                }
            },
            Value::Array(values) => values.iter_mut().try_for_each(|value| self.fill(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
        }
    }

    /// The schema's own example, or one that is made of those of its parts.
    fn example(&self, schema: &Value) -> Result<Value, Error> {
        if let Some(own) = self.own_example(schema) {
            return Ok(own.clone());
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            return self.example(part(self.components, reference.rsplit('/').next().unwrap_or_default())?);
        }
        match kind(schema) {
            Some("object") => self.object(schema),
            Some("array") => Ok(json!([self.example(part(schema, "items")?)?])),
            Some("boolean") => Ok(json!(false)),
            Some("null") => Ok(Value::Null),
            Some("string") if schema.get("format").is_some_and(|format| format == "date-time") => Ok(json!(MOMENT)),
            Some(_) => Err(Error::NoExample(schema.to_string())),
            None => self.example(part(schema, "anyOf")?.get(0).unwrap_or_default()),
        }
    }

    fn own_example<'s>(&self, schema: &'s Value) -> Option<&'s Value> {
        let examples = schema.get("examples");
        examples
            .and_then(|examples| examples.get(self.place).or_else(|| examples.get(0)))
            .or_else(|| schema.get("const"))
            .or_else(|| schema.get("enum")?.get(0))
    }

    fn object(&self, schema: &Value) -> Result<Value, Error> {
        let fields = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        fields.map(|(name, field)| Ok((name.clone(), self.example(field)?))).collect()
    }
}

fn part<'v>(value: &'v Value, name: &str) -> Result<&'v Value, Error> {
    value.get(name).ok_or_else(|| Error::NoExample(value.to_string()))
}

/// Its type; the first of several, since the other is null. None for a choice.
fn kind(schema: &Value) -> Option<&str> {
    let kind = schema.get("type").filter(|_| schema.get("anyOf").is_none())?;
    kind.as_str().or_else(|| kind.get(0)?.as_str())
}
