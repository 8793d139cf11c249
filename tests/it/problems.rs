//! Problems as callers meet them: the document, its header fields, and the page that its type leads to.

use larder::domain::Kind;
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;

use crate::support::cluster::Cluster;

fn field<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).unwrap_or_else(|| panic!("{name} is missing")).to_str().expect("text")
}

#[tokio::test]
async fn every_type_leads_to_a_page_that_loads_nothing() {
    let cluster = Cluster::all().await;
    let client = Client::new();
    let names = Kind::ALL.map(Kind::name);
    let pages =
        names.iter().map(|name| format!("/problems/{name}")).chain(["/problems".into(), "/docs".into()]);
    for path in pages {
        let answer = client.get(cluster.url() + &path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert_eq!(field(&answer, "content-type"), "text/html; charset=utf-8");
        assert!(field(&answer, "content-security-policy").contains("default-src 'none'"));
        let text = answer.text().await.unwrap();
        assert!(!text.contains("http://") && !text.contains("https://") && !text.contains("src="), "{path}");
    }
    cluster.stop().await;
}

#[tokio::test]
async fn what_is_no_problem_has_no_page() {
    let cluster = Cluster::all().await;
    for path in ["/problems/", "/problems/no-such-thing", "/problems/too-large/x", "/nowhere?a=b"] {
        let answer =
            Client::new().get(cluster.url() + path).header("x-request-id", "mine-1").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(field(&answer, "content-type"), "application/problem+json");
        assert_eq!(field(&answer, "x-request-id"), "mine-1");
        let problem: Value = serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON");
        assert_eq!(problem["type"], "/problems/no-such-path");
        assert_eq!(problem["status"], 404);
        assert_eq!(problem["instance"], path.split('?').next().unwrap());
        assert_eq!(problem["request_id"], "mine-1");
    }
    cluster.stop().await;
}
