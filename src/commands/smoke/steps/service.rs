//! What the service says about itself.

use std::time::Duration;

use reqwest::Method;

use crate::commands::smoke::answer::Broken;
use crate::commands::smoke::cleanup;
use crate::commands::smoke::system::System;
use crate::domain::Kind;

use super::{Step, step};

/// Seconds for which balancers may send to a process that was told to stop.
const PATIENCE: u32 = 3;

pub(super) const STEPS: [Step; 6] = [
    step!("health", "/healthz answers 200 and nothing more", health),
    step!("openapi", "/openapi.json is OpenAPI 3.1 and knows every resource", openapi),
    step!("docs", "/docs is a page", docs),
    step!("problem-pages", "/problems/… explains every kind of problem to a person", problem_pages),
    step!("options", "OPTIONS says what can be done with an item, whether it exists or not", options),
    step!("leftovers", "what killed runs left behind can be removed", leftovers),
];

/// A process that was told to stop says 503 while balancers still send to it: it is asked again, and another answers.
async fn health(system: &System) -> Result<(), Broken> {
    let mut asked = system.ask(Method::GET, "/healthz").expect(200).await;
    for _ in 0..PATIENCE {
        if asked.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        asked = system.ask(Method::GET, "/healthz").expect(200).await;
    }
    asked?.body_is("")
}

async fn openapi(system: &System) -> Result<(), Broken> {
    let answer = system.ask(Method::GET, "/openapi.json").expect(200).await?;
    let document = answer.json()?;
    let version = document["openapi"].as_str().unwrap_or_default();
    answer.check(version.starts_with("3.1"), "version 3.1 of OpenAPI")?;
    for path in
        ["/v1/collections/{collection}/items", "/v1/collections/{collection}/items/{key}", "/v1/transactions"]
    {
        answer.check(document["paths"][path].is_object(), format!("the path {path} in the document"))?;
    }
    Ok(())
}

async fn docs(system: &System) -> Result<(), Broken> {
    page(system, "/docs").await
}

async fn problem_pages(system: &System) -> Result<(), Broken> {
    for kind in Kind::ALL {
        page(system, &format!("/problems/{}", kind.name())).await?;
    }
    Ok(())
}

async fn page(system: &System, path: &str) -> Result<(), Broken> {
    let answer = system.ask(Method::GET, path).expect(200).await?;
    let media = answer.header("content-type")?;
    answer.check(media.starts_with("text/html"), format!("text/html, but it was {media}"))?;
    answer.check(!answer.body.is_empty(), "a page that is not empty")
}

async fn options(system: &System) -> Result<(), Broken> {
    let answer = system.item(Method::OPTIONS, "never/written").expect(204).await?;
    let allowed: Vec<_> = answer.header("allow")?.split(',').map(str::trim).collect();
    for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        answer.check(allowed.contains(&method), format!("{method} among Allow"))?;
    }
    let patches = answer.header("accept-patch")?;
    for media in ["merge-patch", "json-patch", "vnd.larder.increment"] {
        let media = format!("application/{media}+json");
        answer.check(patches.contains(&media), format!("{media} among Accept-Patch"))?;
    }
    Ok(())
}

async fn leftovers(system: &System) -> Result<(), Broken> {
    cleanup::leftovers(system).await
}
