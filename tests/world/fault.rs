//! What the wire does to a call instead of passing it on, and to which.

use axum::body::Body;
use axum::http::{HeaderMap, Response, StatusCode};
use futures_util::{StreamExt, stream};
use serde_json::{Map, Value, json};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Says that the table is throttled.
    Throttled,
    /// Says 500.
    ServerError,
    /// Says that the function may not.
    Denied,
    /// A batch answer with everything unprocessed.
    Unprocessed,
    /// A batch of which half is done, and the rest unprocessed.
    Partial,
    /// Says 200, and nothing else.
    Empty,
    /// Passes it on and takes that part out of the answer.
    Lacks(&'static str),
    /// Never answers.
    Stalled,
    /// Closes the connection in place of an answer.
    Reset,
    /// Passes it on and says 500 nevertheless.
    AppliedAndLost,
    /// Passes it on and never answers.
    AppliedAndStalled,
    /// Passes it on and closes the connection.
    AppliedAndReset,
    /// Passes it on and closes the connection in the middle of the answer.
    CutOff,
    /// Passes it on and answers the first half of the answer's text as if it were all.
    Garbled,
}

impl Fault {
    /// Whether the engine gets the call, so that a write is done.
    pub(crate) fn is_applied(self) -> bool {
        matches!(
            self,
            Self::AppliedAndLost
                | Self::AppliedAndStalled
                | Self::AppliedAndReset
                | Self::CutOff
                | Self::Garbled
                | Self::Lacks(_)
        )
    }

    /// The answer in place of the engine's, which has not been asked; `None` if it has to be.
    pub(super) fn instead(self, operation: &str, body: &Value) -> Option<Response<Body>> {
        let unprocessed = if operation == "BatchWriteItem" { "UnprocessedItems" } else { "UnprocessedKeys" };
        Some(match self {
            Self::Throttled => refusal(StatusCode::BAD_REQUEST, "ProvisionedThroughputExceededException"),
            Self::ServerError => refusal(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError"),
            Self::Denied => refusal(StatusCode::BAD_REQUEST, "AccessDeniedException"),
            Self::Unprocessed => {
                text(StatusCode::OK, json!({"Responses": {}, unprocessed: body["RequestItems"]}).to_string())
            }
            Self::Empty => text(StatusCode::OK, "{}".into()),
            Self::Reset => closed(),
            _ => return None,
        })
    }

    /// What becomes of the engine's answer.
    pub(super) fn after(self, status: StatusCode, answer: String) -> Response<Body> {
        let half = answer[..answer.len() / 2].to_owned();
        match self {
            Self::AppliedAndLost => refusal(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError"),
            Self::AppliedAndReset => closed(),
            Self::CutOff => cut_off(half, answer.len()),
            Self::Garbled => text(status, if half.len() < 2 { "{".into() } else { half }),
            Self::Lacks(part) => {
                let mut answer: Value = serde_json::from_str(&answer).unwrap();
                answer.as_object_mut().unwrap().remove(part);
                text(status, answer.to_string())
            }
            _ => text(status, answer),
        }
    }
}

/// Halves what a batch asks for: what is to be done, and what is to be left.
pub(super) fn halved(body: &Value) -> (Value, Value) {
    let wanted: Vec<(&String, Value)> = body["RequestItems"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(table, of_table)| match of_table["Keys"].as_array() {
            Some(keys) => {
                let one = |key: &Value| json!({"Keys": [key], "ConsistentRead": of_table["ConsistentRead"]});
                keys.iter().map(|key| (table, one(key))).collect::<Vec<_>>()
            }
            None => of_table.as_array().unwrap().iter().map(|write| (table, json!([write]))).collect(),
        })
        .collect();
    let (done, left) = wanted.split_at(wanted.len() / 2);
    (joined(done), joined(left))
}

fn joined(wanted: &[(&String, Value)]) -> Value {
    let mut tables = Map::new();
    for (table, one) in wanted {
        match tables.get_mut(*table) {
            None => drop(tables.insert((*table).clone(), one.clone())),
            Some(Value::Array(writes)) => writes.push(one[0].clone()),
            Some(of_table) => of_table["Keys"].as_array_mut().unwrap().push(one["Keys"][0].clone()),
        }
    }
    Value::Object(tables)
}

/// Waits for one call of a request, counted from 0, and fails it.
pub(super) struct Ambush {
    at: usize,
    fault: Fault,
    times: u32,
    seen: Vec<String>,
    prey: Option<Prey>,
}

/// A call, as it is known again when it comes a second time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Prey {
    pub(crate) operation: String,
    pub(crate) body: Value,
}

impl Prey {
    pub(crate) fn is_write(&self) -> bool {
        !matches!(self.operation.as_str(), "BatchGetItem" | "GetItem" | "Query")
    }

    /// What its answer cannot be without.
    pub(crate) fn parts(&self) -> &'static [&'static str] {
        match self.operation.as_str() {
            "BatchGetItem" => &["Responses", "UnprocessedKeys"],
            "BatchWriteItem" => &["UnprocessedItems"],
            "Query" | "Scan" if self.body["Select"] == "COUNT" => &["Count", "ScannedCount"],
            "Query" | "Scan" => &["Items", "Count", "ScannedCount"],
            _ if self.body["ReturnValues"] == "ALL_NEW" => &["Attributes"],
            _ => &[],
        }
    }

    pub(super) fn of(operation: &str, body: &Value) -> Self {
        let mut body = body.clone();
        // Of a batch, what is sent again is what was left.
        for name in ["RequestItems", "ClientRequestToken", "ReturnConsumedCapacity"] {
            body.as_object_mut().unwrap().remove(name);
        }
        Self { operation: operation.to_owned(), body }
    }
}

impl Ambush {
    pub(super) fn at(at: usize, fault: Fault, times: u32) -> Self {
        Self { at, fault, times, seen: Vec::new(), prey: None }
    }

    /// The fault for a call, if it is the one that is waited for: the SDK sends it again under the same id, we under another one.
    pub(super) fn strikes(&mut self, headers: &HeaderMap, operation: &str, body: &Value) -> Option<Fault> {
        let id = invocation_id(headers);
        let number = self.seen.iter().position(|seen| *seen == id).unwrap_or_else(|| {
            self.seen.push(id);
            self.seen.len() - 1
        });
        let call = Prey::of(operation, body);
        if number == self.at {
            self.prey.get_or_insert_with(|| call.clone());
        }
        let strikes = number >= self.at && self.prey.as_ref() == Some(&call) && self.times > 0;
        self.times -= u32::from(strikes);
        strikes.then_some(self.fault)
    }

    pub(super) fn prey(&self) -> Option<Prey> {
        self.prey.clone()
    }
}

/// The id under which the SDK sends a call, each time that it does.
pub(super) fn invocation_id(headers: &HeaderMap) -> String {
    headers["amz-sdk-invocation-id"].to_str().unwrap().to_owned()
}

fn refusal(status: StatusCode, kind: &str) -> Response<Body> {
    let kind = format!("com.amazonaws.dynamodb.v20120810#{kind}");
    text(status, json!({"__type": kind, "message": "by the suite"}).to_string())
}

pub(super) fn text(status: StatusCode, text: String) -> Response<Body> {
    answer(status, Body::from(text), None)
}

/// A body that fails before its first byte makes hyper close without having sent the head.
fn closed() -> Response<Body> {
    let broken: [Result<String, std::io::Error>; 1] = [Err(std::io::ErrorKind::ConnectionReset.into())];
    answer(StatusCode::OK, Body::from_stream(stream::iter(broken)), None)
}

/// One that fails after its first half, when that is on its way, makes hyper close where it is.
fn cut_off(half: String, length: usize) -> Response<Body> {
    let rest = stream::once(async {
        tokio::task::yield_now().await;
        Err(std::io::ErrorKind::ConnectionReset.into())
    });
    let body = stream::iter([Ok::<_, std::io::Error>(half)]).chain(rest);
    answer(StatusCode::OK, Body::from_stream(body), Some(length))
}

fn answer(status: StatusCode, body: Body, length: Option<usize>) -> Response<Body> {
    let response = Response::builder().status(status).header("content-type", "application/x-amz-json-1.0");
    let response = if let Some(length) = length { response.header("content-length", length) } else { response };
    response.body(body).unwrap()
}
