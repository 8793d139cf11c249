//! The system under test, and the names that a run uses in it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::Method;

use crate::commands::Failure;
use crate::commands::client::{Client, encode};

use super::Options;
use super::ask::Ask;

/// How long the given part of a collection's name may be.
pub(super) const PREFIX_CHARS: usize = 36;

/// What the collections of a run are for; the last part of their names.
pub(super) const PURPOSES: [&str; 6] = ["items", "schema", "guarded", "sharded", "copy", "settings"];

/// A system under test, as one run sees it.
#[derive(Debug)]
pub(super) struct System {
    pub client: Client,
    names: Names,
    /// How old collections of other runs have to be before they are left-overs.
    pub leftovers_after: Duration,
}

impl System {
    /// Prepares a run.
    pub(super) fn new(options: &Options) -> Result<Self, Failure> {
        let client = Client::new(&options.connection, options.timeout)?;
        let names = Names { prefix: options.collection_prefix.clone(), began: now(), run: random()? };
        Ok(System { client, names, leftovers_after: options.leftovers_after })
    }

    /// Begins a request for an encoded target.
    pub(super) fn ask(&self, method: Method, target: impl Into<String>) -> Ask<'_> {
        Ask::new(&self.client, method, target.into())
    }

    /// Begins a request for an item of the run's main collection.
    pub(super) fn item(&self, method: Method, key: &str) -> Ask<'_> {
        self.ask(method, self.item_path(key))
    }

    /// The path of an item in the run's main collection.
    pub(super) fn item_path(&self, key: &str) -> String {
        format!("{}/items/{}", self.path("items"), encode(key))
    }

    /// The path of the collection for a purpose.
    pub(super) fn path(&self, purpose: &str) -> String {
        format!("/v1/collections/{}", self.name(purpose))
    }

    /// The name of the collection for a purpose.
    pub(super) fn name(&self, purpose: &str) -> String {
        let Names { prefix, began, run } = &self.names;
        format!("{prefix}-{began:08x}-{run:08x}-{purpose}")
    }

    /// Whether a collection was made by another run, so long ago that it can't be at work.
    pub(super) fn is_leftover(&self, collection: &str) -> bool {
        let Some((began, run)) = self.names.parse(collection) else { return false };
        run != self.names.run && now().saturating_sub(began) >= self.leftovers_after.as_secs()
    }
}

#[derive(Debug)]
struct Names {
    prefix: String,
    /// Seconds since the epoch.
    began: u64,
    /// Random.
    run: u32,
}

impl Names {
    /// When the run that made a collection began, and its number; none where no run made it.
    fn parse(&self, collection: &str) -> Option<(u64, u32)> {
        let rest = collection.strip_prefix(&self.prefix)?.strip_prefix('-')?;
        let (began, rest) = rest.split_once('-')?;
        let (run, purpose) = rest.split_once('-')?;
        let digits = began.len() == 8 && run.len() == 8;
        let began = u64::from_str_radix(began, 16).ok()?;
        let run = u32::from_str_radix(run, 16).ok()?;
        (digits && PURPOSES.contains(&purpose)).then_some((began, run))
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn random() -> Result<u32, Failure> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).map_err(|error| Failure::because("no random numbers", &error))?;
    Ok(u32::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_collections_of_runs_are_known_as_such() {
        let names = Names { prefix: "smoke".into(), began: 7, run: 9 };
        assert_eq!(names.parse("smoke-00000007-00000009-items"), Some((7, 9)));
        for other in [
            "smoke",
            "smoke-notes",
            "smoke-00000007-00000009-mine",
            "x-00000007-00000009-items",
            "smoke-7-9-items",
        ] {
            assert_eq!(names.parse(other), None, "{other}");
        }
    }
}
