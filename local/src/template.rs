//! `template.yaml`, read: which function answers which route, and which tables there are. What runs here is what is deployed.

use std::sync::OnceLock;

use saphyr::{LoadableYamlNode, Scalar, ScanError, Yaml};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The template of this build.
pub const TEXT: &str = include_str!("../../template.yaml");

/// The template cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not YAML.
    #[error("template.yaml is not YAML")]
    Syntax(#[from] ScanError),
    /// Something that guildpass needs of it is not there.
    #[error("template.yaml: {0}")]
    Missing(String),
}

/// A template as JSON. CloudFormation's `!Name value` is `{"!Name": value}`.
#[derive(Clone, Debug)]
pub struct Template(Value);

/// A name, and what stands under it.
pub type Named<'t> = (&'t str, &'t Value);

/// A route of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// In capitals.
    pub method: String,
    /// With parameters in braces.
    pub path: String,
    /// The function that answers.
    pub function: String,
}

/// What the API allows to scripts of other origins, where any origin is allowed.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CorsRules {
    /// Methods of a request.
    pub allow_methods: Vec<String>,
    /// Headers of a request.
    pub allow_headers: Vec<String>,
    /// Headers of an answer, besides those that any script may read.
    pub expose_headers: Vec<String>,
    /// For how many seconds a browser keeps the answer to a preflight.
    pub max_age: u32,
}

impl Template {
    /// The template of this build.
    pub fn of_this_build() -> Result<&'static Self, Error> {
        static READ: OnceLock<Template> = OnceLock::new();
        if let Some(template) = READ.get() {
            return Ok(template);
        }
        let template = Self::read(TEXT)?;
        Ok(READ.get_or_init(|| template))
    }

    /// Reads a template.
    pub fn read(text: &str) -> Result<Self, Error> {
        let documents = Yaml::load_from_str(text)?;
        documents.first().map(|document| Self(to_json(document))).ok_or_else(|| Error::Missing("is empty".into()))
    }

    /// All resources of a type, as name and properties.
    pub fn resources(&self, kind: &str) -> Vec<(&str, &Value)> {
        let resources = self.0.get("Resources").and_then(Value::as_object).into_iter().flatten();
        resources
            .filter(|(_, resource)| text(resource, "/Type") == Some(kind))
            .map(|(name, resource)| (name.as_str(), resource))
            .collect()
    }

    /// The parameters with their properties, in the groups and the order that the console shows.
    pub fn parameter_groups(&self) -> Result<Vec<(&str, Vec<Named<'_>>)>, Error> {
        let groups = self.0.pointer("/Metadata/AWS::CloudFormation::Interface/ParameterGroups");
        let groups = groups.and_then(Value::as_array).into_iter().flatten();
        groups.map(|group| self.parameter_group(group)).collect()
    }

    fn parameter_group<'t>(&'t self, group: &'t Value) -> Result<(&'t str, Vec<Named<'t>>), Error> {
        let missing = |what: &str| Error::Missing(format!("a parameter group has no {what}"));
        let label = text(group, "/Label/default").ok_or_else(|| missing("label"))?;
        let names = group.get("Parameters").and_then(Value::as_array).ok_or_else(|| missing("parameters"))?;
        let all = self.0.get("Parameters").ok_or_else(|| missing("parameter"))?;
        let parameter = |name| all.get(name).map(|parameter| (name, parameter)).ok_or_else(|| missing(name));
        Ok((label, names.iter().filter_map(Value::as_str).map(parameter).collect::<Result<_, _>>()?))
    }

    /// How many parameters there are, whether or not in a group.
    pub fn parameter_count(&self) -> usize {
        self.0.get("Parameters").and_then(Value::as_object).map_or(0, Map::len)
    }

    /// Every function's resource, by the name of its binary.
    pub fn functions(&self) -> Result<Vec<(&str, &Value)>, Error> {
        let functions = self.resources("AWS::Serverless::Function").into_iter();
        functions
            .map(|(name, resource)| {
                let binary = text(resource, "/Metadata/BuildProperties/Binary");
                Ok((binary.ok_or_else(|| Error::Missing(format!("{name} has no Binary")))?, resource))
            })
            .collect()
    }

    /// Every route, and the function of what no route takes.
    pub fn routes(&self) -> Result<(Vec<Route>, String), Error> {
        let (mut routes, mut unmatched) = (Vec::new(), None);
        for (function, resource) in self.functions()? {
            let events = resource.pointer("/Properties/Events").and_then(Value::as_object).into_iter().flatten();
            for (_, event) in events.filter(|(_, event)| text(event, "/Type") == Some("HttpApi")) {
                match (text(event, "/Properties/Path"), text(event, "/Properties/Method")) {
                    (Some("$default"), _) => unmatched = Some(function.to_owned()),
                    (Some(path), Some(method)) => {
                        routes.push(Route {
                            method: method.to_owned(),
                            path: path.to_owned(),
                            function: function.to_owned(),
                        });
                    }
                    _ => return Err(Error::Missing(format!("{function} has a route without path or method"))),
                }
            }
        }
        Ok((routes, unmatched.ok_or_else(|| Error::Missing("no function has the route $default".into()))?))
    }

    /// What the API allows to scripts of other origins, while its parameters have their defaults.
    pub fn cors(&self) -> Result<CorsRules, Error> {
        let apis = self.resources("AWS::Serverless::HttpApi").into_iter();
        let mut rules = apis.filter_map(|(_, api)| api.pointer("/Properties/CorsConfiguration/!If/1"));
        let rules = rules.next().cloned().and_then(|mut rules| {
            let headers = self.allow_headers(&rules)?;
            rules.as_object_mut()?.insert("AllowHeaders".into(), headers);
            CorsRules::deserialize(rules).ok()
        });
        rules.ok_or_else(|| Error::Missing("the API has no CorsConfiguration under a condition".into()))
    }

    /// `!Split [" ", !If [HasCorsHeaders, !Sub "… ${CorsHeaders}", …]]` as CloudFormation resolves it.
    fn allow_headers(&self, rules: &Value) -> Option<Value> {
        let headers = text(&self.0, "/Parameters/CorsHeaders/Default")?;
        let either = rules.pointer("/AllowHeaders/!Split/1/!If")?;
        let all = match headers {
            "" => text(either, "/2")?.to_owned(),
            _ => text(either, "/1/!Sub")?.replace("${CorsHeaders}", headers),
        };
        Some(all.split(' ').collect())
    }

    /// The properties of a table's resource.
    pub fn table(&self, resource: &str) -> Result<&Value, Error> {
        let tables = self.resources("AWS::DynamoDB::Table").into_iter();
        let found = tables.filter(|(name, _)| *name == resource).find_map(|(_, table)| table.get("Properties"));
        found.ok_or_else(|| Error::Missing(format!("there is no table {resource}")))
    }
}

fn text<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer)?.as_str()
}

fn to_json(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(Scalar::Boolean(value)) => Value::Bool(*value),
        Yaml::Value(Scalar::Integer(value)) => json!(value),
        Yaml::Value(Scalar::FloatingPoint(value)) => json!(value.into_inner()),
        Yaml::Value(Scalar::String(value)) => Value::String(value.to_string()),
        Yaml::Sequence(values) => values.iter().map(to_json).collect(),
        Yaml::Mapping(pairs) => {
            let pair = |(key, value): (&Yaml<'_>, &Yaml<'_>)| Some((key.as_str()?.to_owned(), to_json(value)));
            Value::Object(pairs.iter().filter_map(pair).collect())
        }
        Yaml::Tagged(tag, value) => Value::Object(Map::from_iter([(format!("!{}", tag.suffix), to_json(value))])),
        Yaml::Value(Scalar::Null) | Yaml::Representation(..) | Yaml::Alias(_) | Yaml::BadValue => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intrinsic_functions_are_kept_by_name() {
        let template =
            Template::read("Resources: {A: {Type: T, Properties: {Arn: !GetAtt Users.Arn, Refs: [!Ref X]}}}").unwrap();
        let (_, resource) = template.resources("T")[0];
        assert_eq!(resource["Properties"], json!({"Arn": {"!GetAtt": "Users.Arn"}, "Refs": [{"!Ref": "X"}]}));
    }

    #[test]
    fn a_map_may_go_on_in_the_next_line() {
        let text = r#"
Resources:
  A:
    Type: T
    Properties:
      Timeout: 29 # Discord
      Environment: {Variables: {TABLE: !Ref Table,
        URL: !If [HasDomain, !Sub "https://${Domain}", ""]}}
"#;
        let template = Template::read(text).unwrap();
        let (_, resource) = template.resources("T")[0];
        let variables =
            json!({"TABLE": {"!Ref": "Table"}, "URL": {"!If": ["HasDomain", {"!Sub": "https://${Domain}"}, ""]}});
        assert_eq!(resource["Properties"], json!({"Timeout": 29, "Environment": {"Variables": variables}}));
    }

    #[test]
    fn the_template_has_the_routes_and_tables() {
        let template = Template::of_this_build().unwrap();
        let (routes, unmatched) = template.routes().unwrap();
        assert!(routes.iter().any(|route| route.method == "DELETE" && route.path == "/sessions/{session_id}"));
        assert_eq!(unmatched, "route-unmatched");
        assert_eq!(template.table("UsersTable").unwrap()["TimeToLiveSpecification"]["AttributeName"], "expires_at");
        assert!(template.table("NoTable").is_err());
    }
}
