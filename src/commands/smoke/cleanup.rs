//! Removes what runs made: this one's collections, and what killed runs left behind.

use futures_util::future::join_all;
use reqwest::Method;

use crate::commands::client::encode;
use crate::domain::Kind;

use super::answer::Broken;
use super::system::{PURPOSES, System};

/// Items that are removed at once.
const AT_ONCE: usize = 16;

/// Removes all collections of this run, and looks whether they are gone.
pub(super) async fn own(system: &System) -> Result<(), Broken> {
    let mut outcome = Ok(());
    for purpose in PURPOSES {
        let removed = remove(system, &system.name(purpose)).await;
        if matches!(&removed, Err(broken) if broken.unreachable) {
            return removed;
        }
        outcome = outcome.and(removed);
    }
    outcome?;
    for purpose in PURPOSES {
        system.ask(Method::GET, system.path(purpose)).refused(404, Kind::NoSuchCollection).await?;
    }
    Ok(())
}

/// Removes the collections of runs that can't be at work any more.
pub(super) async fn leftovers(system: &System) -> Result<(), Broken> {
    for name in collections(system).await? {
        if system.is_leftover(&name) {
            remove(system, &name).await?;
        }
    }
    Ok(())
}

/// The names of all collections, page after page.
pub(super) async fn collections(system: &System) -> Result<Vec<String>, Broken> {
    let mut names = Vec::new();
    let mut target = "/v1/collections?limit=1000".to_owned();
    loop {
        let answer = system.ask(Method::GET, &target).expect(200).await?;
        let page = answer.json()?;
        let found = page["collections"].as_array();
        let found = found.ok_or_else(|| answer.broken("expected a list of collections"))?;
        names.extend(found.iter().filter_map(|one| one["name"].as_str()).map(str::to_owned));
        match page["next"].as_str() {
            Some(next) => target = format!("/v1/collections?limit=1000&cursor={}", encode(next)),
            None => return Ok(names),
        }
    }
}

/// Removes a collection with everything in it, if it is there.
async fn remove(system: &System, name: &str) -> Result<(), Broken> {
    let path = format!("/v1/collections/{name}");
    if system.ask(Method::GET, &path).send().await?.status == 404 {
        return Ok(());
    }
    while remove_items(system, &path).await? {}
    let answer = system.ask(Method::DELETE, &path).send().await?;
    answer.check(matches!(answer.status, 204 | 404), format!("status 204, but it was {}", answer.status))
}

/// Removes the items of a page, side by side; says whether there was one.
async fn remove_items(system: &System, path: &str) -> Result<bool, Broken> {
    let keys = format!("{path}/items?fields=keys&limit={AT_ONCE}");
    let answer = system.ask(Method::GET, keys).expect(200).await?;
    let page = answer.json()?;
    let items = page["items"].as_array().map_or(&[][..], Vec::as_slice);
    let keys = items.iter().filter_map(|item| item["key"].as_str());
    // Under a condition, since its settings may ask for one. To lift that first would not do: other stores go by
    // the old settings for seconds.
    let delete = |key: &str| {
        system.ask(Method::DELETE, format!("{path}/items/{}", encode(key))).header("If-Match", "*").send()
    };
    for answer in join_all(keys.map(delete)).await {
        let answer = answer?;
        // Something else, such as its end, may have removed it.
        let gone = matches!(answer.status, 204 | 404 | 412);
        answer.check(gone, format!("status 204, but it was {}", answer.status))?;
    }
    Ok(!items.is_empty() || !page["next"].is_null())
}
