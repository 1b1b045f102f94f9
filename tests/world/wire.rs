//! The wire between functions and engine: sees every call, counts what it cost, and fails on demand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};

use super::fault::{self, Ambush, Fault, Prey};
use super::stall::Stalls;

/// One call that reached the engine.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The SDK's: of every attempt at it the same.
    pub(crate) id: String,
    /// The function that made it.
    pub(crate) function: String,
    /// DynamoDB's name of the operation.
    pub(crate) operation: String,
    /// What it sent.
    pub(crate) sent: Prey,
    /// What it did to which table, in IAM's words.
    pub(crate) actions: BTreeSet<(String, String)>,
    /// Read or write units.
    pub(crate) units: f64,
    /// Whether every read of it was strongly consistent, or of an index, which decides nothing.
    pub(crate) is_consistent: bool,
}

#[derive(Default)]
struct Script {
    calls: Vec<Call>,
    faults: Vec<(String, Fault, u32)>,
    ambush: Option<Ambush>,
    secrets: BTreeMap<String, String>,
    fetched_secrets: BTreeSet<String>,
    put_objects: BTreeSet<String>,
    /// By function and operation.
    holds: Vec<([String; 2], Arc<Gate>)>,
    held_call: Option<(Ambush, Arc<Gate>)>,
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
    stalls: Stalls,
}

impl Wire {
    pub(crate) async fn before(engine: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let wire = Self {
            engine: engine.to_owned(),
            endpoint,
            http: super::client(),
            script: Arc::default(),
            stalls: Stalls::default(),
        };
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

    /// Whose time limits end when a call stalls here.
    pub(crate) fn stalls(&self) -> &Stalls {
        &self.stalls
    }

    /// Never answers.
    async fn stall(&self) -> Response<Body> {
        self.stalls.begin();
        std::future::pending().await
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

    /// The call of that number from now on, counted from 0, fails: the first so many times that it is sent.
    pub(crate) fn ambush(&self, at: usize, fault: Fault, times: u32) {
        self.stalls.skip_pauses(true);
        self.script.lock().unwrap().ambush = Some(Ambush::at(at, fault, times));
    }

    /// The call that came to be ambushed.
    pub(crate) fn ambushed(&self) -> Option<Prey> {
        self.script.lock().unwrap().ambush.as_ref().and_then(Ambush::prey)
    }

    pub(crate) fn heal(&self) {
        self.stalls.skip_pauses(false);
        let mut script = self.script.lock().unwrap();
        script.faults.clear();
        script.ambush = None;
        script.held_call = None;
    }

    /// From now on Secrets Manager is here too, and gives this under an ARN.
    pub(crate) fn keep_secret(&self, arn: &str, secret: &Value) {
        self.script.lock().unwrap().secrets.insert(arn.to_owned(), secret.to_string());
    }

    /// The ARNs of the secrets that Secrets Manager gave since this was last asked.
    pub(crate) fn take_fetched_secrets(&self) -> BTreeSet<String> {
        std::mem::take(&mut self.script.lock().unwrap().fetched_secrets)
    }

    /// The paths of the objects that S3, which is here too, was given since this was last asked.
    pub(crate) fn take_put_objects(&self) -> BTreeSet<String> {
        std::mem::take(&mut self.script.lock().unwrap().put_objects)
    }

    /// Calls of an operation wait before they reach the engine.
    pub(crate) fn hold(&self, operation: &str) -> Hold {
        self.hold_of("", operation)
    }

    /// Those of one function alone; of all for an empty name.
    pub(crate) fn hold_of(&self, function: &str, operation: &str) -> Hold {
        let gate = Arc::new(Gate { arrived: Notify::new(), open: Semaphore::new(0) });
        self.script.lock().unwrap().holds.push(([function, operation].map(str::to_owned), Arc::clone(&gate)));
        Hold(gate)
    }

    /// The call of that number from now on, counted from 0, waits before it reaches the engine.
    pub(crate) fn hold_call(&self, at: usize) -> Hold {
        let gate = Arc::new(Gate { arrived: Notify::new(), open: Semaphore::new(0) });
        self.script.lock().unwrap().held_call = Some((Ambush::at(at, Fault::Empty, 1), Arc::clone(&gate)));
        Hold(gate)
    }

    fn next_fault(&self, headers: &HeaderMap, operation: &str, body: &Value) -> Option<Fault> {
        let mut script = self.script.lock().unwrap();
        if let Some(fault) = script.ambush.as_mut().and_then(|ambush| ambush.strikes(headers, operation, body)) {
            return Some(fault);
        }
        let fault =
            script.faults.iter_mut().find(|(name, _, times)| (name == operation || name == "*") && *times > 0)?;
        fault.2 -= 1;
        Some(fault.1)
    }

    fn gate(&self, headers: &HeaderMap, operation: &str, body: &Value) -> Option<Arc<Gate>> {
        let mut script = self.script.lock().unwrap();
        if let Some((ambush, gate)) = &mut script.held_call
            && ambush.strikes(headers, operation, body).is_some()
        {
            return Some(Arc::clone(gate));
        }
        let is_held = |[by, of]: &[String; 2]| of == operation && (by.is_empty() || *by == function(headers));
        script
            .holds
            .iter()
            .find(|(call, gate)| is_held(call) && !gate.open.is_closed())
            .map(|(_, gate)| Arc::clone(gate))
    }

    /// Does the first half of a batch, and says that the rest was left.
    async fn forward_half(&self, request: &Parts, operation: &str, mut body: Value) -> Response<Body> {
        let (done, left) = fault::halved(&body);
        if done == json!({}) {
            return Fault::Unprocessed.instead(operation, &body).unwrap();
        }
        body["RequestItems"] = done;
        let (status, text) = self.forward(request, operation, &body).await;
        let mut answer: Value = serde_json::from_str(&text).unwrap();
        let unprocessed = if operation == "BatchWriteItem" { "UnprocessedItems" } else { "UnprocessedKeys" };
        answer[unprocessed] = left;
        fault::text(status, answer.to_string())
    }

    fn secret(&self, arn: &str) -> Option<String> {
        let mut script = self.script.lock().unwrap();
        let secret = script.secrets.get(arn).cloned()?;
        script.fetched_secrets.insert(arn.to_owned());
        Some(secret)
    }

    /// The engine's answer, noted.
    async fn forward(&self, request: &Parts, operation: &str, body: &Value) -> (StatusCode, String) {
        if let (GET_SECRET, Some(arn)) = (operation, body["SecretId"].as_str())
            && let Some(secret) = self.secret(arn)
        {
            return (StatusCode::OK, json!({"ARN": arn, "SecretString": secret}).to_string());
        }
        let mut forwarded = self.http.post(&self.engine);
        for name in ["x-amz-target", "content-type", "authorization", "x-amz-date"] {
            if let Some(value) = request.headers.get(name) {
                forwarded = forwarded.header(name, value);
            }
        }
        let response = forwarded.body(body.to_string()).send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        if has_capacity(operation) {
            let call = call(request, operation, body, &serde_json::from_str(&text).unwrap_or_default());
            self.script.lock().unwrap().calls.push(call);
        }
        (status, text)
    }
}

const GET_SECRET: &str = "GetSecretValue";

fn has_capacity(operation: &str) -> bool {
    !matches!(
        operation,
        "CreateTable" | "UpdateTimeToLive" | "DescribeTimeToLive" | "ListTables" | "DescribeTable" | GET_SECRET
    )
}

async fn pass(State(wire): State<Wire>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 16 << 20).await.unwrap();
    if parts.uri.query() == Some("x-id=PutObject") {
        wire.script.lock().unwrap().put_objects.insert(parts.uri.path().to_owned());
        return fault::text(StatusCode::OK, String::new());
    }
    let mut body: Value = serde_json::from_slice(&body).unwrap();
    let target = parts.headers["x-amz-target"].to_str().unwrap();
    let operation = target.rsplit('.').next().unwrap().to_owned();
    if let Some(gate) = wire.gate(&parts.headers, &operation, &body) {
        gate.arrived.notify_one();
        let _opened = gate.open.acquire().await;
    }
    let fault = wire.next_fault(&parts.headers, &operation, &body);
    if fault == Some(Fault::Stalled) {
        return wire.stall().await;
    }
    if let Some(fault) = fault
        && let Some(answer) = fault.instead(&operation, &body)
    {
        return answer;
    }
    if has_capacity(&operation) {
        body["ReturnConsumedCapacity"] = json!("TOTAL");
    }
    if fault == Some(Fault::Partial) {
        return wire.forward_half(&parts, &operation, body).await;
    }
    let (status, text) = wire.forward(&parts, &operation, &body).await;
    match fault {
        Some(Fault::AppliedAndStalled) => wire.stall().await,
        Some(fault) => fault.after(status, text),
        None => fault::text(status, text),
    }
}

/// The function that a call is of.
fn function(headers: &HeaderMap) -> &str {
    let agent = headers.get("user-agent").unwrap().to_str().unwrap();
    agent.split(' ').find_map(|part| part.strip_prefix("app/")).unwrap_or("?")
}

fn call(parts: &Parts, operation: &str, body: &Value, answer: &Value) -> Call {
    Call {
        id: fault::invocation_id(&parts.headers),
        function: function(&parts.headers).to_owned(),
        operation: operation.to_owned(),
        sent: Prey::of(operation, body),
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

/// A write whose condition fails costs as much as one that is done, and does not say so.
fn units(answer: &Value) -> f64 {
    if answer["__type"].as_str().is_some_and(|kind| kind.ends_with("#ConditionalCheckFailedException")) {
        return 1.0;
    }
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
