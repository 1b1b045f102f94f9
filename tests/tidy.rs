//! Tidiness: what the house's rules say, held by looking.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use local::functions::{EVENT_FUNCTIONS, FUNCTIONS};
use local::template::Template;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn names(folder: &str, suffix: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| Some(name.strip_suffix(suffix)?.to_owned()))
        .collect()
}

fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push((
                    path.strip_prefix(root()).unwrap().display().to_string(),
                    std::fs::read_to_string(&path).unwrap(),
                ));
            }
        }
    }
    found.sort();
    found
}

/// Of every function.
fn linked() -> BTreeSet<String> {
    let endpoints = FUNCTIONS.iter().map(|endpoint| endpoint.name);
    endpoints.chain(EVENT_FUNCTIONS.iter().map(|function| function.name)).map(str::to_owned).collect()
}

#[test]
fn a_function_has_one_name_everywhere() {
    let linked = linked();
    let template = Template::of_this_build().unwrap();
    let deployed: BTreeSet<_> = template.functions().unwrap().into_iter().map(|(name, _)| name.to_owned()).collect();
    let mut events = names("events", ".json");
    for other in ["answers", "env"] {
        assert!(events.remove(other), "{other}");
    }
    assert_eq!(linked, names("functions", ""), "folders");
    assert_eq!(linked, deployed, "template");
    assert_eq!(linked, events, "events");
    for name in &linked {
        let manifest: toml::Table = read(format!("functions/{name}/Cargo.toml")).parse().unwrap();
        assert_eq!(manifest["package"]["name"].as_str(), Some(name.as_str()));
        assert_eq!(manifest["bin"][0]["name"].as_str(), Some(name.as_str()));
    }
    for (resource, properties) in template.resources("AWS::Serverless::Function") {
        let binary = properties["Metadata"]["BuildProperties"]["Binary"].as_str().unwrap();
        let pascal: String = binary.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
        assert_eq!(resource, pascal);
    }
}

#[test]
fn a_function_is_short_and_knows_no_cloud() {
    for name in names("functions", "") {
        let (library, main) =
            (read(format!("functions/{name}/src/lib.rs")), read(format!("functions/{name}/src/main.rs")));
        assert!(library.lines().count() <= 100, "{name} has {} lines", library.lines().count());
        assert!(main.lines().count() <= 10, "{name}'s main has {} lines", main.lines().count());
        for forbidden in ["aws_", "reqwest", "std::env::", "dynamo", "lambda_http", "tracing::", "unwrap(", "expect("] {
            assert!(!library.contains(forbidden), "{name} names {forbidden}");
        }
    }
}

/// Its tests are in one binary with all others. A harness without a test would still be linked, with all that a function links.
#[test]
fn a_function_has_no_test_harness() {
    for name in names("functions", "") {
        let manifest: toml::Table = read(format!("functions/{name}/Cargo.toml")).parse().unwrap();
        let is_off = |target: &toml::Value, flag| target.get(flag).and_then(toml::Value::as_bool) == Some(false);
        assert!(is_off(&manifest["bin"][0], "test"), "{name}'s binary");
        assert!(is_off(&manifest["lib"], "test") && is_off(&manifest["lib"], "doctest"), "{name}'s library");
    }
}

#[test]
fn the_mains_differ_in_one_name() {
    let mains: BTreeSet<_> = names("functions", "")
        .into_iter()
        .map(|name| {
            read(format!("functions/{name}/src/main.rs"))
                .replace(&name.replace('-', "_"), "NAME")
                .replace(&name, "NAME")
        })
        .collect();
    assert_eq!(mains.len(), 2, "one for requests, one for other events: {mains:#?}");
}

/// `sam build` builds each function by itself: dependencies are compiled once for all of them while all have the same features.
#[test]
fn a_function_adds_nothing_to_what_is_compiled() {
    let dependencies = |folder: &str| -> toml::Table {
        let manifest: toml::Table = read(format!("{folder}/Cargo.toml")).parse().unwrap();
        manifest["dependencies"].as_table().unwrap().clone()
    };
    let (ours, common) = (names("functions", ""), dependencies("shared"));
    let features_are_the_workspaces = toml::Value::Table([("workspace".to_owned(), true.into())].into_iter().collect());
    for name in &ours {
        for (dependency, how) in dependencies(&format!("functions/{name}")) {
            if !ours.contains(&dependency) {
                let is_common = dependency == "shared" || common.contains_key(&dependency);
                assert!(is_common, "{name}: {dependency} belongs into shared");
                assert_eq!(how, features_are_the_workspaces, "{name}: {dependency}");
            }
        }
    }
}

#[test]
fn arrows_point_one_way() {
    for (room, forbidden) in [
        // What else it could know is not among its dependencies.
        ("shared/domain/src", vec!["async fn"]),
        ("shared/src/store", vec!["crate::http", "crate::discord", "lambda_http", "reqwest"]),
        ("shared/src/http", vec!["aws_sdk", "reqwest"]),
        ("local/src/stand_in", vec!["shared::", "crate::gateway", "crate::engine", "crate::service"]),
    ] {
        for (path, text) in sources(room) {
            for name in &forbidden {
                assert!(!text.contains(name), "{path} names {name}");
            }
        }
    }
}

#[test]
fn only_the_store_names_tables_and_attributes() {
    for (path, text) in sources("shared/src").into_iter().chain(sources("functions")) {
        if !path.starts_with("shared/src/store") {
            for name in ["AttributeValue", "table_name(", "condition_expression", "\"token_hash\"", "\"expires_at\""] {
                assert!(!text.contains(name), "{path} names {name}");
            }
        }
    }
}

#[test]
fn every_file_begins_with_what_it_is_for() {
    for folder in ["shared", "functions", "cli", "local", "tests"] {
        for (path, text) in sources(folder) {
            assert!(text.starts_with("//! "), "{path} has no module doc");
        }
    }
}

/// Packages that the build of some others reaches, by the lock.
fn reached_by<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, BTreeSet<String>> {
    let lock: toml::Table = read("Cargo.lock").parse().unwrap();
    let packages = lock["package"].as_array().unwrap();
    let text = |package: &toml::Value, key: &str| package[key].as_str().unwrap().to_owned();
    let of = |reference: &str| {
        let mut words = reference.split(' ');
        let (name, version) = (words.next().unwrap(), words.next());
        packages
            .iter()
            .find(|package| {
                text(package, "name") == name && version.is_none_or(|version| text(package, "version") == version)
            })
            .unwrap()
    };
    let mut reached: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut waiting: Vec<_> = names.into_iter().map(of).collect();
    while let Some(package) = waiting.pop() {
        if reached.entry(text(package, "name")).or_default().insert(text(package, "version")) {
            let dependencies = package.get("dependencies").and_then(toml::Value::as_array).into_iter().flatten();
            waiting.extend(dependencies.map(|dependency| of(dependency.as_str().unwrap())));
        }
    }
    reached
}

fn reached_by_functions() -> BTreeMap<String, BTreeSet<String>> {
    reached_by(linked().iter().map(String::as_str))
}

/// Cargo refuses circles. What a crate has no business with, it would add.
#[test]
fn crates_reach_only_what_is_below_them() {
    let above = ["shared", "local", "tests", "dynoxide-rs", "rusqlite", "lambda_http", "lambda_runtime", "askama"];
    for (name, forbidden) in [
        ("domain", vec!["discord", "cli", "tokio", "reqwest", "hyper", "axum", "clap"]),
        ("discord", vec!["cli", "axum", "clap"]),
        ("cli", vec!["discord"]),
    ] {
        let reached = reached_by([name]);
        assert!(reached.contains_key("domain"), "{name}");
        for package in above.into_iter().chain(forbidden) {
            assert!(!reached.contains_key(package), "{name} reaches {package}");
        }
        assert!(reached.keys().all(|package| !package.starts_with("aws-")), "{name}: {reached:?}");
    }
}

#[test]
fn a_function_links_one_tls_stack_on_ring() {
    let reached = reached_by_functions();
    for package in ["aws-lc-sys", "aws-lc-rs", "openssl-sys", "native-tls", "aws-sdk-sso", "aws-sdk-ssooidc"] {
        assert!(!reached.contains_key(package), "{package}");
    }
    for package in ["rustls", "hyper", "ring", "tokio", "http", "lambda_http", "aws-sdk-dynamodb"] {
        assert_eq!(reached.get(package).map(BTreeSet::len), Some(1), "{package}: {:?}", reached.get(package));
    }
}

#[test]
fn no_function_links_what_is_for_development() {
    let reached = reached_by_functions();
    for package in ["local", "dynoxide-rs", "rusqlite", "axum", "clap", "saphyr", "tests"] {
        assert!(!reached.contains_key(package), "{package}");
    }
}

#[test]
fn every_dependency_says_why_it_is_there() {
    let manifest = read("Cargo.toml");
    let section = manifest.split("[workspace.dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    for (before, line) in section.lines().zip(section.lines().skip(1)) {
        let is_dependency = !line.is_empty() && !line.starts_with('#');
        assert!(!is_dependency || before.starts_with("# "), "no reason above: {line}");
    }
}

#[test]
fn no_test_sleeps() {
    for (path, text) in sources("tests") {
        // The second is what the SDK waits with, so that no test has to.
        if !matches!(path.as_str(), "tests/tidy.rs" | "tests/world/stall.rs") {
            assert!(!text.contains("sleep("), "{path} sleeps");
        }
    }
}
