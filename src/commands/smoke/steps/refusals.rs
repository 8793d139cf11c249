//! What is wrong is refused, with a problem document that says so.

use reqwest::Method;
use serde_json::json;

use crate::commands::smoke::answer::Broken;
use crate::commands::smoke::system::System;
use crate::domain::{Kind, limits};

use super::{Step, step};

const ID: &str = "smoke-request-1";

pub(super) const STEPS: [Step; 4] = [
    step!("refused-path", "an unknown path, collection and method are told apart", path),
    step!("refused-document", "what is no JSON, or too large, is refused and changes nothing", document),
    step!("refused-header", "a header field that matters and is wrong is never ignored", header),
    step!("request-id", "a request id that came along is taken over, and every answer has one", request_id),
];

async fn path(system: &System) -> Result<(), Broken> {
    system.ask(Method::GET, "/v1/colections").refused(404, Kind::NoSuchPath).await?;
    let nowhere = format!("{}/items/a", system.path("settings"));
    system.ask(Method::GET, nowhere).refused(404, Kind::NoSuchCollection).await?;
    let answer = system.ask(Method::POST, system.item_path("refusals/path")).json("1").expect(405).await?;
    answer.problem(Kind::MethodNotAllowed)?;
    answer.header("allow")?;
    let key = format!("{}/items/a%0Ab", system.path("items"));
    system.ask(Method::PUT, key).json("1").refused(400, Kind::InvalidKey).await.map(|_| ())
}

async fn document(system: &System) -> Result<(), Broken> {
    let item = |method| system.item(method, "refusals/document");
    for text in ["", "{", r#"{"a":1,"a":2}"#] {
        item(Method::PUT).json(text).refused(400, Kind::MalformedJson).await?;
    }
    item(Method::PUT).body("text/plain", "1").refused(415, Kind::UnsupportedMediaType).await?;
    let large = format!("\"{}\"", "x".repeat(limits::DOCUMENT_BYTES));
    let bytes = large.len();
    let answer = item(Method::PUT).json(large).expect(413).await?;
    answer.problem(Kind::TooLarge)?;
    answer.json_has("/limit", &json!(limits::DOCUMENT_BYTES))?;
    answer.json_has("/actual", &json!(bytes))?;
    item(Method::GET).refused(404, Kind::NoSuchItem).await.map(|_| ())
}

async fn header(system: &System) -> Result<(), Broken> {
    let put = || system.item(Method::PUT, "refusals/header").json("1");
    for (name, value) in [("Item-TTL", "soon"), ("If-Match", "no quotes"), ("Idempotency-Key", "")] {
        let answer = put().header(name, value).expect(400).await?;
        answer.problem(Kind::InvalidHeader)?;
        let said = answer.json()?["errors"][0]["header"].as_str().unwrap_or_default().to_ascii_lowercase();
        answer.check(said == name.to_ascii_lowercase(), format!("{name} as the place of the fault"))?;
    }
    let get = system.item(Method::GET, "refusals/header").header("Item-TTL", "60");
    get.refused(400, Kind::InvalidHeader).await?;
    system
        .item(Method::GET, "reads/read")
        .header("Accept", "text/html")
        .refused(406, Kind::NotAcceptable)
        .await
        .map(|_| ())
}

async fn request_id(system: &System) -> Result<(), Broken> {
    let health = system.ask(Method::GET, system.path("items"));
    health.header("X-Request-Id", ID).expect(200).await?.has("x-request-id", ID)?;
    let refused = system.item(Method::GET, "refusals/absent").header("X-Request-Id", ID).expect(404).await?;
    refused.problem(Kind::NoSuchItem)?;
    refused.has("x-request-id", ID)
}
