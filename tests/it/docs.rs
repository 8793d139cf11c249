//! Holds code and documentation together: every setting, metric and limit is described, and nothing else is.

use std::fs;

use larder::config::{self, About, Preset, Role};
use larder::telemetry::metrics::{self, Family, Type};
use serde_json::Value;

use crate::support::cluster::Cluster;

fn page(name: &str) -> String {
    let path = format!("{}/docs/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The rows of the table that begins with this head, without the line below it.
fn rows<'a>(page: &'a str, head: &str) -> Vec<&'a str> {
    let table = page.lines().skip_while(|line| *line != head).skip(2);
    table.take_while(|line| line.starts_with('|')).collect()
}

fn same(page: &str, head: &str, expected: &[String]) {
    let found = rows(page, head);
    let missing: Vec<_> = expected.iter().filter(|row| !found.contains(&row.as_str())).collect();
    let surplus: Vec<_> = found.iter().filter(|row| !expected.iter().any(|good| good == **row)).collect();
    let lines = |rows: Vec<&str>| rows.join("\n");
    let missing = lines(missing.into_iter().map(String::as_str).collect());
    let surplus = lines(surplus.into_iter().copied().collect());
    assert!(missing.is_empty() && surplus.is_empty(), "add:\n{missing}\n\nremove:\n{surplus}");
}

#[test]
fn every_setting_is_documented_and_nothing_else() {
    let expected: Vec<String> = config::ALL.iter().map(setting_row).collect();
    same(&page("configuration.md"), "| key | default | roles | value | meaning |", &expected);
}

fn setting_row(about: &About) -> String {
    let default = match about.preset {
        Preset::None => "–".to_owned(),
        Preset::Text(text) => format!("`{text}`"),
        Preset::ByRole { api, store } => format!("`{api}`, in the store role `{store}`"),
    };
    let roles: Vec<_> = about.roles.iter().map(|role| role.name()).collect();
    let roles = if roles.len() == Role::EVERY.len() { "every".to_owned() } else { roles.join(", ") };
    let secret = match (about.secret, about.in_file) {
        (true, _) => format!(" Secret; also as `{}_file`.", about.key),
        (false, true) => format!(" Also as `{}_file`.", about.key),
        (false, false) => String::new(),
    };
    let reloads = if about.reloads { " Reloads." } else { "" };
    let (key, expects, meaning) = (about.key, about.expects, about.meaning);
    format!("| `{key}` | {default} | {roles} | {expects} | {meaning}{secret}{reloads} |")
}

#[tokio::test]
async fn every_limit_is_documented_and_nothing_else() {
    let cluster = Cluster::all().await;
    let spec = reqwest::get(cluster.url() + "/openapi.json").await.expect("an answer");
    let spec: Value = serde_json::from_slice(&spec.bytes().await.expect("a body")).expect("JSON");
    let row = |row: &Value| format!("| {} | {} {} |", text(&row["what"]), row["limit"], text(&row["unit"]));
    let expected: Vec<String> = spec["x-limits"].as_array().expect("limits").iter().map(row).collect();
    same(&page("api.md"), "| what | limit |", &expected);
    cluster.stop().await;
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

#[test]
fn every_metric_is_documented_and_nothing_else() {
    let expected: Vec<String> = metrics::ALL.iter().map(metric_row).collect();
    let page = page("metrics.md");
    same(&page, "| name | type | labels | meaning |", &expected);
    let expected: Vec<String> = metrics::SMOKE.iter().map(metric_row).collect();
    same(&page, "| name in the smoke test | type | labels | meaning |", &expected);
    let names: Vec<_> = rows(&page, "| name of the process | meaning |")
        .into_iter()
        .filter_map(|row| row.split('`').nth(1))
        .collect();
    assert_eq!(names, metrics::PROCESS);
}

fn metric_row(family: &Family) -> String {
    let kind = match family.r#type {
        Type::Counter => "counter",
        Type::Gauge => "gauge",
        Type::Histogram(_) => "histogram",
    };
    let labels: Vec<_> = family.labels.iter().map(|label| format!("`{label}`")).collect();
    format!("| `{}` | {kind} | {} | {} |", family.name, labels.join(" "), family.meaning)
}
