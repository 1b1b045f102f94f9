//! The DynamoDB engine behind a local service: the embedded one, or another that is already there.

use std::path::PathBuf;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType, TimeToLiveSpecification,
};
use dynoxide::Database;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::template::{self, Template};

/// Which engine keeps the tables.
#[derive(Clone, Debug)]
pub enum Engine {
    /// The embedded one, in memory.
    Memory,
    /// The embedded one, in a file.
    File(PathBuf),
    /// Another one, at a URL.
    At(String),
}

/// The engine cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The embedded one does not start.
    #[error("the embedded DynamoDB engine does not start with {data}: {problem}")]
    Start {
        /// Its file.
        data: String,
        /// Why.
        problem: String,
    },
    /// It has no port.
    #[error("the embedded DynamoDB engine gets no port")]
    Port(#[from] std::io::Error),
    /// A table cannot be made or used.
    #[error("the tables at {endpoint} cannot be used")]
    Table {
        /// The engine's URL.
        endpoint: String,
        /// Why.
        source: Failure,
    },
    /// The template does not say what tables there are.
    #[error(transparent)]
    Template(#[from] template::Error),
}

/// Serves the embedded engine until the runtime ends. Answers its URL.
pub async fn start_embedded(path: Option<&str>) -> Result<String, Error> {
    let database = match path {
        Some(path) => Database::new(path),
        None => Database::memory(),
    };
    let database = database
        .map_err(|error| Error::Start { data: path.unwrap_or("memory").to_owned(), problem: error.to_string() })?;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    Ok(format!("http://{address}"))
}

/// Makes the three tables of the template, each under `prefix` and its short name, where they are not there yet.
pub async fn make_tables(endpoint: &str, prefix: &str) -> Result<(), Error> {
    let client = Client::new(&shared::aws::of_local_engine(endpoint));
    let template = Template::of_this_build()?;
    let there = tables(&client).await.map_err(|source| Error::Table { endpoint: endpoint.to_owned(), source })?;
    for (resource, name) in [("UsersTable", "users"), ("AppsTable", "apps"), ("GuardsTable", "guards")] {
        let name = format!("{prefix}{name}");
        if there.contains(&name) {
            require_ttl(&client, &name)
                .await
                .map_err(|source| Error::Table { endpoint: endpoint.to_owned(), source })?;
            continue;
        }
        let made = make_table(&client, &name, template.table(resource)?).await;
        made.map_err(|source| Error::Table { endpoint: endpoint.to_owned(), source })?;
    }
    Ok(())
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

async fn tables(client: &Client) -> Result<Vec<String>, Failure> {
    Ok(client.list_tables().into_paginator().items().send().collect::<Result<_, _>>().await?)
}

/// Without it nothing that has expired would ever be deleted.
async fn require_ttl(client: &Client, name: &str) -> Result<(), Failure> {
    let answer = client.describe_time_to_live().table_name(name).send().await?;
    let ttl = answer.time_to_live_description;
    let attribute = ttl.as_ref().and_then(|ttl| ttl.attribute_name());
    if attribute == Some("expires_at") { Ok(()) } else { Err(format!("{name} has no TTL on expires_at").into()) }
}

async fn make_table(client: &Client, name: &str, table: &Value) -> Result<(), Failure> {
    let made = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(list(table, "AttributeDefinitions", attribute)?)
        .set_key_schema(list(table, "KeySchema", key)?)
        .set_global_secondary_indexes(list(table, "GlobalSecondaryIndexes", index)?)
        .send()
        .await;
    match made {
        Ok(_) => {}
        Err(error) if error.as_service_error().is_some_and(|error| error.is_resource_in_use_exception()) => {
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    }
    let ttl = text(table, "/TimeToLiveSpecification/AttributeName");
    let ttl = TimeToLiveSpecification::builder().enabled(true).set_attribute_name(ttl).build()?;
    client.update_time_to_live().table_name(name).time_to_live_specification(ttl).send().await?;
    Ok(())
}

type Part<T> = Result<T, aws_sdk_dynamodb::error::BuildError>;

/// The parts under `key`, if there are any: the engine says what is wrong about a table that lacks some.
fn list<T>(table: &Value, key: &str, read: fn(&Value) -> Part<T>) -> Part<Option<Vec<T>>> {
    table.get(key).and_then(Value::as_array).map(|parts| parts.iter().map(read).collect()).transpose()
}

fn attribute(value: &Value) -> Part<AttributeDefinition> {
    let kind = text(value, "/AttributeType").map(|kind| ScalarAttributeType::from(kind.as_str()));
    AttributeDefinition::builder().set_attribute_name(text(value, "/AttributeName")).set_attribute_type(kind).build()
}

fn key(value: &Value) -> Part<KeySchemaElement> {
    let kind = text(value, "/KeyType").map(|kind| KeyType::from(kind.as_str()));
    KeySchemaElement::builder().set_attribute_name(text(value, "/AttributeName")).set_key_type(kind).build()
}

fn index(value: &Value) -> Part<GlobalSecondaryIndex> {
    let projection = text(value, "/Projection/ProjectionType").map(|kind| ProjectionType::from(kind.as_str()));
    let beside = value.pointer("/Projection/NonKeyAttributes").and_then(Value::as_array);
    let beside = beside.map(|names| names.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    GlobalSecondaryIndex::builder()
        .set_index_name(text(value, "/IndexName"))
        .set_key_schema(list(value, "KeySchema", key)?)
        .projection(Projection::builder().set_projection_type(projection).set_non_key_attributes(beside).build())
        .build()
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer)?.as_str().map(str::to_owned)
}
