//! What an audit counted, as metrics of CloudWatch: a line of the log in its embedded metric format.

use std::io::Write as _;

use serde_json::{Map, Value, json};

use super::{Summary, Watch};

const NAMESPACE: &str = "guildpass";

/// Writes the line to standard output when an audit ends.
pub struct EmbeddedMetrics {
    function_name: String,
}

impl EmbeddedMetrics {
    /// Those of a function, by whose name one deployment's are told from another's.
    pub fn of(function_name: &str) -> Self {
        Self { function_name: function_name.to_owned() }
    }

    fn line(&self, summary: &Summary) -> Value {
        let counts: Map<String, Value> =
            summary.tally.counts().map(|(count, many)| (count.to_string(), json!(many))).collect();
        let metrics = counts.keys().map(|name| json!({"Name": name, "Unit": "Count"}));
        let metrics: Vec<_> = metrics.chain([json!({"Name": "audits_ended", "Unit": "Count"})]).collect();
        let mut line = json!({
            "_aws": {
                "Timestamp": summary.at.timestamp_millis(),
                "CloudWatchMetrics": [
                    {"Namespace": NAMESPACE, "Dimensions": [["function_name"]], "Metrics": metrics},
                ],
            },
            "function_name": self.function_name,
            "audit": summary.audit,
            "audits_ended": 1,
        });
        if let Value::Object(line) = &mut line {
            line.extend(counts);
        }
        line
    }
}

impl Watch for EmbeddedMetrics {
    fn walked(&self, _: u64) {}

    fn ended(&self, summary: &Summary) {
        let line = format!("{}\n", self.line(summary));
        if let Err(error) = std::io::stdout().write_all(line.as_bytes()) {
            tracing::error!(%error, "audit metrics not written");
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::domain::{AuditName, Tally};

    #[test]
    fn the_line_is_in_the_embedded_metric_format() {
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let summary = Summary { audit: AuditName::of_day(at), at, tally: Tally::default() };
        let line = EmbeddedMetrics::of("a-function").line(&summary);
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(line["_aws"]["Timestamp"], 1_800_000_000_000_i64);
        assert_eq!(
            (&directive["Namespace"], &directive["Dimensions"]),
            (&json!("guildpass"), &json!([["function_name"]]))
        );
        assert_eq!((&line["function_name"], &line["audit"]), (&json!("a-function"), &json!("2027-01-15")));
        let metrics = directive["Metrics"].as_array().unwrap();
        assert_eq!(metrics.len(), 14);
        for metric in metrics {
            assert!(line[metric["Name"].as_str().unwrap()].is_u64(), "{metric} has no value");
        }
    }
}
