//! Writing one item: create, replace, delete, and keys that the server makes.

use reqwest::Method;

use crate::commands::smoke::answer::Broken;
use crate::commands::smoke::system::System;
use crate::domain::Kind;

use super::{Step, step};

/// Numbers as written, member order, and blanks: all of it is kept.
pub(super) const DOCUMENT: &str = r#"{ "title": "hello", "size": 1.50, "a": [1, 2e3, {"deep": null}] }"#;

pub(super) const STEPS: [Step; 4] = [
    step!("item-create", "PUT makes an item once, and says its tag, place, end and charge", create),
    step!("item-replace", "PUT replaces an item, and shows it only when asked", replace),
    step!("item-delete", "DELETE removes an item, which is then absent", delete),
    step!("item-post", "POST stores under keys that the server makes", post),
];

async fn create(system: &System) -> Result<(), Broken> {
    let put = || system.item(Method::PUT, "items/create é").header("If-None-Match", "*").json(DOCUMENT);
    let made = put().expect(201).await?;
    made.body_is("")?;
    made.has("location", &system.item_path("items/create é"))?;
    for name in ["etag", "last-modified", "sunset", "request-charge", "x-request-id"] {
        made.header(name)?;
    }
    put().refused(412, Kind::PreconditionFailed).await.map(|_| ())
}

async fn replace(system: &System) -> Result<(), Broken> {
    let put = |body: &'static str| system.item(Method::PUT, "items/replace").json(body);
    let first = put("1").expect(201).await?.etag()?;
    let answer = put("2").expect(204).await?;
    answer.check(answer.etag()? != first, "another tag than before")?;
    let shown = put(DOCUMENT).header("Prefer", "return=representation").expect(200).await?;
    shown.has("preference-applied", "return=representation")?;
    shown.body_is(DOCUMENT)
}

async fn delete(system: &System) -> Result<(), Broken> {
    let item = |method| system.item(method, "items/delete");
    let first = item(Method::PUT).json("1").expect(201).await?.etag()?;
    item(Method::DELETE).expect(204).await?;
    item(Method::GET).refused(404, Kind::NoSuchItem).await?;
    item(Method::DELETE).refused(404, Kind::NoSuchItem).await?;
    let again = item(Method::PUT).json("1").expect(201).await?;
    again.check(again.etag()? != first, "a tag that was never there before")
}

async fn post(system: &System) -> Result<(), Broken> {
    let post = || system.ask(Method::POST, format!("{}/items", system.path("items"))).json(DOCUMENT);
    let (one, other) = (post().expect(201).await?, post().expect(201).await?);
    let place = one.header("location")?;
    other.check(other.header("location")? != place, "another key for another document")?;
    let key = place.rsplit('/').next().unwrap_or_default();
    one.check(key.len() == 26 && !key.contains(char::is_uppercase), "a key of 26 lower-case characters")?;
    let read = system.ask(Method::GET, place).expect(200).await?;
    read.has("etag", &one.etag()?)?;
    read.body_is(DOCUMENT)
}
