//! The template, where no tool of AWS's looks: what it says twice, or says about the code, is the same.

use std::collections::{BTreeMap, BTreeSet};

use expect_test::expect_file;
use local::template::Template;
use serde_json::{Value, json};
use shared::domain::Tally;
use shared::http::ROUTES;

use crate::world::*;

/// The namespace of this stack's own metrics.
const NAMESPACE: &str = "guildpass/${AWS::StackName}";

fn template() -> &'static Template {
    Template::of_this_build().unwrap()
}

fn properties(kind: &str) -> BTreeMap<String, Value> {
    let template = template();
    let resources = template.resources(kind).into_iter();
    resources.map(|(name, resource)| (name.to_owned(), resource["Properties"].clone())).collect()
}

/// The namespace's metrics, with the selector that counts each.
fn counted() -> BTreeMap<String, String> {
    let filters = properties("AWS::Logs::MetricFilter").into_values();
    filters
        .map(|filter| {
            let metric = &filter["MetricTransformations"][0];
            assert_eq!(metric["MetricNamespace"]["!Sub"], NAMESPACE);
            let name = metric["MetricName"].as_str().unwrap().to_owned();
            (name, filter["FilterPattern"].as_str().unwrap().to_owned())
        })
        .collect()
}

/// Whether a JSON line matches a selector of CloudWatch's: `=` of texts and numbers, in `&&`, `||` and parentheses.
fn matches(selector: &str, line: &str) -> bool {
    let line = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let inside = selector.strip_prefix("{ ").and_then(|rest| rest.strip_suffix(" }"));
    holds(inside.unwrap_or_else(|| panic!("{selector} is no selector of fields")), &line)
}

fn holds(expression: &str, line: &Value) -> bool {
    for (operator, is_enough) in [("||", true), ("&&", false)] {
        if let Some((left, right)) = split_outside(expression, operator) {
            let (left, right) = (holds(left, line), holds(right, line));
            return if is_enough { left || right } else { left && right };
        }
    }
    if let Some(inside) = expression.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        return holds(inside, line);
    }
    let (field, value) = expression.strip_prefix("$.").and_then(|rest| rest.split_once(" = ")).unwrap();
    assert!(!value.contains('*'), "{value}: wildcards are not read here");
    line.pointer(&format!("/{}", field.replace('.', "/"))) == Some(&serde_json::from_str(value).unwrap())
}

/// The two sides of an operator's first place outside of parentheses.
fn split_outside<'e>(expression: &'e str, operator: &str) -> Option<(&'e str, &'e str)> {
    let mut places = expression.match_indices(operator).map(|(place, _)| expression.split_at(place));
    let (left, right) = places.find(|(left, _)| left.matches('(').count() == left.matches(')').count())?;
    Some((left.trim(), right[operator.len()..].trim()))
}

/// The names after `$.` in a selector.
fn fields_of(selector: &str) -> impl Iterator<Item = &str> {
    let is_of_name = |character: char| character.is_ascii_alphanumeric() || "._".contains(character);
    selector.split("$.").skip(1).map(move |rest| &rest[..rest.find(|at| !is_of_name(at)).unwrap()])
}

#[test]
fn selectors_are_read_as_cloudwatch_reads_them() {
    let line = r#"{"a": "x", "n": 200, "record": {"status": "error"}}"#;
    for selector in [
        r#"{ $.a = "x" }"#,
        r#"{ $.n = 200 && $.a = "x" }"#,
        r#"{ ($.a = "y" && $.n = 200) || ($.record.status = "error") }"#,
        r#"{ $.a = "x" || $.a = "y" && $.n = 1 }"#,
    ] {
        assert!(matches(selector, line), "{selector}");
    }
    for selector in [
        r#"{ $.n = "200" }"#,
        r#"{ $.absent = "x" }"#,
        r#"{ ($.a = "x") && ($.n = 1) }"#,
        r#"{ ($.a = "x" || $.a = "y") && $.n = 1 }"#,
    ] {
        assert!(!matches(selector, line), "{selector}");
    }
}

#[test]
fn what_reads_the_log_names_fields_that_docs_logging_md_has() {
    let documented = include_str!("../docs/logging.md");
    for selector in counted().values() {
        for field in fields_of(selector) {
            assert!(documented.contains(&format!("`{field}`")), "{field} of {selector}");
        }
    }
    let dashboard = &properties("AWS::CloudWatch::Dashboard")["Dashboard"];
    let body: Value = serde_json::from_str(dashboard["DashboardBody"]["!Sub"].as_str().unwrap()).unwrap();
    let widgets = body["widgets"].as_array().unwrap();
    let queries: Vec<_> = widgets.iter().filter_map(|widget| widget["properties"]["query"].as_str()).collect();
    assert_eq!(queries.len(), 3);
    let runbooks = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/runbooks")).unwrap();
    let runbooks: Vec<_> = runbooks
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    assert!(runbooks.len() > 5);
    let texts = queries.into_iter().chain(runbooks.iter().map(String::as_str)).chain([documented]);
    for text in texts {
        for old in ["request.id", "caller.kind", "user.id", "app.id", "error.code", "duration.ms", "\"answered\""] {
            assert!(!text.contains(old), "{old} in {text}");
        }
    }
}

#[test]
fn lambdas_own_lines_count_the_invocations_that_failed() {
    let selector = &counted()["FailedInvocations"];
    for (status, is_counted) in [("success", false), ("error", true), ("failure", true), ("timeout", true)] {
        let line = json!({"time": "2026-11-29T12:00:00.000Z", "type": "platform.report", "record": {"status": status}});
        assert_eq!(matches(selector, &line.to_string()), is_counted, "{status}");
    }
}

#[test]
fn each_function_is_built_from_its_own_folder() {
    for (name, function) in template().functions().unwrap() {
        assert_eq!(function["Properties"]["CodeUri"], format!("functions/{name}"));
        assert_eq!(function["Metadata"]["BuildMethod"], "rust-cargolambda");
    }
}

#[test]
fn sam_local_is_given_variables_that_the_template_names() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../events/env.json");
    let environment: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let given = environment["Parameters"].as_object().unwrap();
    let words: BTreeSet<_> =
        local::template::TEXT.split_whitespace().map(|word| word.trim_start_matches('{')).collect();
    for name in given.keys() {
        assert!(words.contains(&*format!("{name}:")), "{name} would not be handed on");
    }
    let keys: Value = serde_json::from_str(given["SEALING_KEYS_JSON"].as_str().unwrap()).unwrap();
    assert_eq!(keys["sealing_key"], local::example::sealing_key(), "the example app's token is sealed with it");
    for secret in ["SEALING_KEYS", "CLIENT_SECRET", "BOT_TOKEN"] {
        assert!(given.contains_key(&format!("{secret}_JSON")));
        assert_eq!(given[&format!("{secret}_ARN")], "", "beside {secret}_JSON it would stop the function");
    }
}

#[test]
fn limits_are_of_routes_that_there_are() {
    let of = |method: &str, path: &str| format!("{method} {path}");
    let heads = ROUTES.iter().filter(|route| route.takes_head).map(|route| of("HEAD", route.path));
    let routes: BTreeSet<_> = ROUTES.iter().map(|route| of(route.method, route.path)).chain(heads).collect();
    let api = &properties("AWS::Serverless::HttpApi")["Api"];
    let limited: BTreeSet<_> = api["RouteSettings"].as_object().unwrap().keys().cloned().collect();
    assert!(limited.is_subset(&routes), "{limited:?}");
}

#[test]
fn scripts_elsewhere_may_use_the_methods_of_the_routes() {
    let allowed: BTreeSet<_> = template().cors().unwrap().allow_methods.into_iter().collect();
    let methods = ROUTES.iter().map(|route| route.method.to_owned());
    assert_eq!(allowed, methods.chain(["HEAD".to_owned()]).collect());
    let api = &properties("AWS::Serverless::HttpApi")["Api"];
    assert_eq!(api["CorsConfiguration"]["!If"][1].get("AllowCredentials"), None);
}

#[test]
fn alarms_and_the_dashboard_show_what_is_counted() {
    let counted = counted();
    for (name, alarm) in properties("AWS::CloudWatch::Alarm") {
        if alarm["Namespace"]["!Sub"] == NAMESPACE {
            assert!(counted.contains_key(alarm["MetricName"].as_str().unwrap()), "{name}");
        }
        if alarm["Namespace"] == "guildpass" {
            let audit = include_str!("../shared/src/audit/metrics.rs");
            assert!(audit.contains(&alarm["MetricName"].to_string()), "{name}");
            assert_eq!(alarm["Dimensions"][0], json!({"Name": "function_name", "Value": {"!Ref": "SessionAudit"}}));
        }
        for heard in ["AlarmActions", "OKActions"] {
            assert_eq!(alarm[heard]["!If"][0], "HasAlarmMail", "{name}");
        }
    }

    let dashboard = &properties("AWS::CloudWatch::Dashboard")["Dashboard"];
    let body: Value = serde_json::from_str(dashboard["DashboardBody"]["!Sub"].as_str().unwrap()).unwrap();
    let widgets = body["widgets"].as_array().unwrap();
    let metrics: Vec<_> =
        widgets.iter().filter_map(|widget| widget["properties"]["metrics"].as_array()).flatten().collect();
    let shown = |namespace: &str| -> Vec<&str> {
        metrics.iter().filter(|metric| metric[0] == namespace).map(|metric| metric[1].as_str().unwrap()).collect()
    };
    let (own, of_audits) = (shown(NAMESPACE), shown("guildpass"));
    assert!(!own.is_empty() && own.iter().all(|name| counted.contains_key(*name)), "{own:?}");
    let tally = serde_json::to_value(Tally::default()).unwrap();
    assert!(!of_audits.is_empty() && of_audits.iter().all(|name| tally.get(*name).is_some()), "{of_audits:?}");
}

#[tokio::test]
async fn a_request_that_discord_does_not_answer_is_counted_once() {
    let world = World::with(&[("DISCORD_URL", "http://127.0.0.1:1")]).await;
    let answer = world.exchange(json!({"code": "any", "redirect_uri": WEB})).await;
    assert_eq!(answer.code(), "DiscordUnavailable");
    let lines = logged_lines(answer.json()["request_id"].as_str().unwrap());
    let selectors = counted();
    let of = |metric: &str| lines.iter().filter(|line| matches(&selectors[metric], line)).count();
    assert_eq!((of("DiscordUnavailable"), of("DiscordRefusesUs")), (1, 0), "{lines:#?}");
}

#[tokio::test]
async fn a_wrong_client_secret_or_bot_token_is_counted() {
    let world = World::with(&[("CLIENT_SECRET_JSON", r#"{"discord_client_secret": "wrong"}"#)]).await;
    let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
    let refused = world.exchange(json!({"code": code, "redirect_uri": WEB})).await;

    let world = World::with(&[("BOT_TOKEN_JSON", r#"{"discord_bot_token": "wrong"}"#)]).await;
    let fay = world.sign_in_with(FAY, "guilds.join").await;
    let refused_bot = fay.put(&format!("/users/@me/guilds/{LIGHTHOUSE}"), json!({})).await;

    let selector = &counted()["DiscordRefusesUs"];
    for answer in [refused, refused_bot] {
        let lines = logged_lines(answer.json()["request_id"].as_str().unwrap());
        assert_eq!(lines.iter().filter(|line| matches(selector, line)).count(), 1, "{lines:#?}");
    }
}

#[tokio::test]
async fn signing_in_logs_what_sign_ins_are_counted_by() {
    let world = World::new().await;
    let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
    let answer = world.exchange(json!({"code": code, "redirect_uri": WEB})).await;
    assert_eq!(answer.status, 200);
    world.browser_of(ANNA).await;
    let selector = &counted()["SignIns"];
    for message in ["POST /oauth2 200", "GET /oauth2/callback 303"] {
        let lines = logged_lines(&format!("\"message\":\"{message}\""));
        assert!(!lines.is_empty() && lines.iter().all(|line| matches(selector, line)), "{message}: {lines:#?}");
    }
    let others = logged_lines("\"message\":\"POST /oauth2 503\"");
    assert!(!others.iter().any(|line| matches(selector, line)), "{others:#?}");
}

/// A default as the document shows it: what is long is in the template.
fn shown_default(parameter: &Value) -> String {
    match &parameter["Default"] {
        Value::Null => "required".to_owned(),
        Value::String(text) if text.is_empty() => "empty".to_owned(),
        Value::String(text) if text.chars().count() > 60 => "in the template".to_owned(),
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}

#[test]
fn docs_parameters_md_describes_each_parameter() {
    let template = template();
    let groups = template.parameter_groups().unwrap();
    let mut page = "# Each parameter of the template\n\nMade from `template.yaml` by a test. `sam deploy --guided` asks for them; \
        `samconfig.toml` keeps the answers.\n"
        .to_owned();
    for (label, parameters) in &groups {
        page += &format!("\n## {label}\n\n| parameter | default | |\n|---|---|---|\n");
        for (name, parameter) in parameters {
            let description = parameter["Description"].as_str().unwrap().trim().replace('|', "\\|");
            page += &format!("| `{name}` | {} | {description} |\n", shown_default(parameter));
        }
    }

    let grouped: BTreeSet<_> = groups.iter().flat_map(|(_, parameters)| parameters).map(|(name, _)| name).collect();
    assert_eq!(grouped.len(), template.parameter_count(), "each parameter is in one group");
    expect_file!["../docs/parameters.md"].assert_eq(&page);
}
