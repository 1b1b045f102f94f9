//! The wire between functions and engine: sees every call, counts what it cost, and fails on demand.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};

/// One call that reached the engine.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The function that made it.
    pub(crate) function: String,
    /// DynamoDB's name of the operation.
    pub(crate) operation: String,
    /// What it did to which table, in IAM's words.
    pub(crate) actions: BTreeSet<(String, String)>,
    /// Read or write units.
    pub(crate) units: f64,
    /// Whether every read of it was strongly consistent, or of an index, which decides nothing.
    pub(crate) is_consistent: bool,
}

/// What the wire does to a call instead of passing it on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Says that the table is throttled.
    Throttled,
    /// Says 500.
    ServerError,
    /// Passes it on and says 500 nevertheless.
    AppliedAndLost,
    /// A batch answer with everything unprocessed.
    Unprocessed,
    /// Says that the function may not.
    Denied,
}

#[derive(Default)]
struct Script {
    calls: Vec<Call>,
    faults: Vec<(String, Fault, u32)>,
    holds: Vec<(String, Arc<Gate>)>,
}

struct Gate {
    arrived: Notify,
    open: Semaphore,
}

/// Holds calls back until it is opened or dropped.
pub(crate) struct Hold(Arc<Gate>);

impl Hold {
    /// Returns when a call has come.
    pub(crate) async fn arrived(&self) {
        let arrived = tokio::time::timeout(std::time::Duration::from_secs(10), self.0.arrived.notified());
        arrived.await.expect("no call came");
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.open.close();
    }
}

#[derive(Clone)]
pub(crate) struct Wire {
    engine: String,
    endpoint: String,
    http: reqwest::Client,
    script: Arc<Mutex<Script>>,
}

impl Wire {
    pub(crate) async fn before(engine: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let wire = Self { engine: engine.to_owned(), endpoint, http: super::client(), script: Arc::default() };
        let router = Router::new().fallback(pass).with_state(wire.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        wire
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub(crate) fn engine(&self) -> &str {
        &self.engine
    }

    /// Every call since the last [`Wire::forget`].
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.script.lock().unwrap().calls.clone()
    }

    pub(crate) fn forget(&self) {
        self.script.lock().unwrap().calls.clear();
    }

    /// The next so many calls of an operation fail.
    pub(crate) fn fail(&self, operation: &str, fault: Fault, times: u32) {
        self.script.lock().unwrap().faults.push((operation.to_owned(), fault, times));
    }

    pub(crate) fn heal(&self) {
        self.script.lock().unwrap().faults.clear();
    }

    /// Calls of an operation wait before they reach the engine.
    pub(crate) fn hold(&self, operation: &str) -> Hold {
        let gate = Arc::new(Gate { arrived: Notify::new(), open: Semaphore::new(0) });
        self.script.lock().unwrap().holds.push((operation.to_owned(), Arc::clone(&gate)));
        Hold(gate)
    }

    fn next_fault(&self, operation: &str) -> Option<Fault> {
        let mut script = self.script.lock().unwrap();
        let fault =
            script.faults.iter_mut().find(|(name, _, times)| (name == operation || name == "*") && *times > 0)?;
        fault.2 -= 1;
        Some(fault.1)
    }

    fn gate(&self, operation: &str) -> Option<Arc<Gate>> {
        let script = self.script.lock().unwrap();
        script
            .holds
            .iter()
            .find(|(name, gate)| name == operation && !gate.open.is_closed())
            .map(|(_, gate)| Arc::clone(gate))
    }

    async fn forward(&self, request: &axum::http::request::Parts, body: &Value) -> (StatusCode, String) {
        let mut forwarded = self.http.post(&self.engine);
        for name in ["x-amz-target", "content-type", "authorization", "x-amz-date"] {
            if let Some(value) = request.headers.get(name) {
                forwarded = forwarded.header(name, value);
            }
        }
        let response = forwarded.body(body.to_string()).send().await.unwrap();
        (response.status(), response.text().await.unwrap())
    }
}

async fn pass(State(wire): State<Wire>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let mut body: Value = serde_json::from_slice(&to_bytes(body, 16 << 20).await.unwrap()).unwrap();
    let target = parts.headers["x-amz-target"].to_str().unwrap();
    let operation = target.rsplit('.').next().unwrap().to_owned();
    if let Some(gate) = wire.gate(&operation) {
        gate.arrived.notify_one();
        let _opened = gate.open.acquire().await;
    }
    let has_capacity = !matches!(
        operation.as_str(),
        "CreateTable" | "UpdateTimeToLive" | "DescribeTimeToLive" | "ListTables" | "GetSecretValue"
    );
    if has_capacity {
        body["ReturnConsumedCapacity"] = json!("TOTAL");
    }
    match wire.next_fault(&operation) {
        None => {}
        Some(Fault::AppliedAndLost) => {
            wire.forward(&parts, &body).await;
            return answer(StatusCode::INTERNAL_SERVER_ERROR, error("InternalServerError"));
        }
        Some(Fault::ServerError) => return answer(StatusCode::INTERNAL_SERVER_ERROR, error("InternalServerError")),
        Some(Fault::Throttled) => {
            return answer(StatusCode::BAD_REQUEST, error("ProvisionedThroughputExceededException"));
        }
        Some(Fault::Denied) => return answer(StatusCode::BAD_REQUEST, error("AccessDeniedException")),
        Some(Fault::Unprocessed) => {
            return answer(
                StatusCode::OK,
                match operation.as_str() {
                    "BatchWriteItem" => json!({"UnprocessedItems": body["RequestItems"]}).to_string(),
                    _ => json!({"Responses": {}, "UnprocessedKeys": body["RequestItems"]}).to_string(),
                },
            );
        }
    }
    let (status, text) = wire.forward(&parts, &body).await;
    if has_capacity {
        let call = call(&parts, &operation, &body, &serde_json::from_str(&text).unwrap_or_default());
        wire.script.lock().unwrap().calls.push(call);
    }
    answer(status, text)
}

fn call(parts: &axum::http::request::Parts, operation: &str, body: &Value, answer: &Value) -> Call {
    let agent = parts.headers.get("user-agent").unwrap().to_str().unwrap();
    let function = agent.split(' ').find_map(|part| part.strip_prefix("app/")).unwrap_or("?").to_owned();
    Call {
        function,
        operation: operation.to_owned(),
        actions: actions(operation, body),
        units: units(answer),
        is_consistent: is_consistent(operation, body),
    }
}

fn actions(operation: &str, body: &Value) -> BTreeSet<(String, String)> {
    let table = |value: &Value| value["TableName"].as_str().unwrap_or_default().to_owned();
    match operation {
        "BatchGetItem" | "BatchWriteItem" => body["RequestItems"]
            .as_object()
            .unwrap()
            .keys()
            .map(|table| (table.clone(), operation.to_owned()))
            .collect(),
        "TransactWriteItems" => {
            let parts = body["TransactItems"].as_array().unwrap().iter().flat_map(|part| part.as_object().unwrap());
            let action =
                |kind: &str| if kind == "ConditionCheck" { "ConditionCheckItem".into() } else { format!("{kind}Item") };
            parts.map(|(kind, part)| (table(part), action(kind))).collect()
        }
        _ => match body["IndexName"].as_str() {
            Some(index) => [(format!("{}/index/{index}", table(body)), operation.to_owned())].into(),
            None => [(table(body), operation.to_owned())].into(),
        },
    }
}

fn units(answer: &Value) -> f64 {
    match &answer["ConsumedCapacity"] {
        Value::Array(tables) => tables.iter().filter_map(|table| table["CapacityUnits"].as_f64()).sum(),
        table => table["CapacityUnits"].as_f64().unwrap_or_default(),
    }
}

fn is_consistent(operation: &str, body: &Value) -> bool {
    match operation {
        "BatchGetItem" => {
            body["RequestItems"].as_object().unwrap().values().all(|table| table["ConsistentRead"] == true)
        }
        "GetItem" | "Query" | "Scan" => body["ConsistentRead"] == true || body["IndexName"].is_string(),
        _ => true,
    }
}

fn error(kind: &str) -> String {
    json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{kind}"), "message": "by the suite"}).to_string()
}

fn answer(status: StatusCode, text: String) -> Response<Body> {
    Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.0")
        .body(Body::from(text))
        .unwrap()
}
