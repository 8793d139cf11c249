//! The description and the service say the same.

use std::collections::BTreeSet;

use reqwest::{Client, Method, StatusCode};
use serde_json::Value;

use crate::support::cluster::Cluster;

/// A path of the description with something in place of its parameters.
fn target(pattern: &str) -> String {
    pattern.replace("{collection}", "c").replace("{key}", "a/b").replace("{type}", "too-large")
}

async fn described(cluster: &Cluster) -> Value {
    let answer = reqwest::get(cluster.url() + "/openapi.json").await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "application/json");
    serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON")
}

#[tokio::test]
async fn each_path_has_the_methods_that_are_described() {
    let cluster = Cluster::all().await;
    let spec = described(&cluster).await;
    let client = Client::new();
    for (pattern, operations) in
        spec["paths"].as_object().unwrap().iter().filter(|(path, _)| *path != "/healthz")
    {
        let url = cluster.url() + &target(pattern);
        let mut methods: BTreeSet<String> =
            operations.as_object().unwrap().keys().map(|m| m.to_uppercase()).collect();
        methods.insert("OPTIONS".into());
        if methods.contains("GET") {
            methods.insert("HEAD".into());
        }
        let options = client.request(Method::OPTIONS, &url).send().await.unwrap();
        assert_eq!(options.status(), StatusCode::NO_CONTENT, "{pattern}");
        let allow = options.headers()["allow"].to_str().unwrap().to_owned();
        let allowed: BTreeSet<String> = allow.split(", ").map(String::from).collect();
        assert_eq!(allowed, methods, "{pattern}");
        for method in ["TRACE", "BREW", "QUERY"] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let answer = client.request(method, &url).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{pattern}");
            assert_eq!(answer.headers()["allow"], allow, "{pattern}");
        }
    }
    cluster.stop().await;
}

#[tokio::test]
async fn long_pages_are_compressed_when_asked_for() {
    let cluster = Cluster::all().await;
    for target in ["/openapi.json", "/docs", "/problems"] {
        for (accepted, coding) in [("gzip", Some("gzip")), ("identity", None)] {
            let asked = Client::new().get(cluster.url() + target).header("Accept-Encoding", accepted);
            let answer = asked.send().await.expect("an answer");
            let said = |name: &str| answer.headers().get(name).map(|value| value.to_str().expect("text"));
            assert_eq!(
                (said("content-encoding"), said("vary")),
                (coding, Some("Accept-Encoding")),
                "{target}"
            );
            let bytes = answer.bytes().await.expect("a body");
            assert_eq!(bytes.starts_with(&[0x1f, 0x8b]), coding.is_some(), "{target}");
        }
    }
    cluster.stop().await;
}

#[tokio::test]
async fn what_is_described_is_there() {
    let cluster = Cluster::all().await;
    let spec = described(&cluster).await;
    for (pattern, operations) in spec["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let answer =
                Client::new().request(method.clone(), cluster.url() + &target(pattern)).send().await.unwrap();
            let status = answer.status();
            let described = operations[method.as_str().to_lowercase()]["responses"].get(status.as_str());
            assert!(described.is_some(), "{method} {pattern} answers {status}, which is not described");
        }
    }
    cluster.stop().await;
}

/// What others do meanwhile can be in the way of every write.
#[tokio::test]
async fn a_conflict_is_described_of_every_write_of_an_item() {
    let cluster = Cluster::all().await;
    let spec = described(&cluster).await;
    let items = "/v1/collections/{collection}/items";
    let one = format!("{items}/{{key}}");
    for (path, method) in [(items, "post"), (&one, "put"), (&one, "patch"), (&one, "delete")] {
        let conflict = &spec["paths"][path][method]["responses"]["409"];
        assert!(conflict.to_string().contains("conflict"), "{method} {path}: {conflict}");
    }
    cluster.stop().await;
}
