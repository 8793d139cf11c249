//! API keys as the configuration holds them: an id, a hash, scopes; never the secret itself.

use std::collections::HashSet;
use std::fmt;

use ::config::FileFormat;
use serde::Deserialize;

use crate::domain::{Scope, Timestamp};

use super::file;
use super::value::Parser;

/// The keys that may come in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiKeys(pub Vec<ApiKey>);

/// A key, without what makes it one.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// What it is found by: 12 of `[a-z0-9]`, and no secret.
    pub id: String,
    /// What people call it.
    pub name: Option<String>,
    /// SHA-256 of the whole key as callers send it.
    pub sha256: [u8; 32],
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// From when on it is refused.
    pub expires: Option<Timestamp>,
}

impl ApiKey {
    /// Characters of an id.
    pub const ID_CHARS: usize = 12;
    /// Characters of the secret, which are 256 bits in URL-safe Base64.
    pub const SECRET_CHARS: usize = 43;
    /// What every key begins with, so that scanners for leaked secrets find it.
    pub const PREFIX: &str = "lrd_";

    /// Whether this can be an id.
    pub fn is_id(text: &str) -> bool {
        let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        text.len() == ApiKey::ID_CHARS && text.bytes().all(good)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey").field("id", &self.id).field("scopes", &self.scopes).finish_non_exhaustive()
    }
}

/// Says only that keys are there: what is wrong with them [`ApiKeys::parse`] says better.
pub(super) const KEYS: Parser<ApiKeys> = Parser {
    expects: "TOML with a [[keys]] for each key, as app key new prints it",
    read: |text| ApiKeys::parse(text).ok(),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole {
    #[serde(default)]
    keys: Vec<Said>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    id: String,
    sha256: String,
    scopes: Vec<String>,
    name: Option<String>,
    expires: Option<String>,
}

impl ApiKeys {
    /// Reads keys from TOML.
    ///
    /// # Errors
    /// The first thing that is wrong, which never shows more of a key than its id.
    pub fn parse(text: &str) -> Result<ApiKeys, String> {
        let read = file::parse(text, FileFormat::Toml)?;
        let whole: Whole = read.try_deserialize().map_err(|error| {
            // What is quoted is a value, which may be a secret in the wrong place; a name may be a whole key.
            let text = error.to_string();
            let shown = text.split('"').next().unwrap_or_default().split(ApiKey::PREFIX).next();
            format!("is not a list of keys: {}", shown.unwrap_or_default().trim_end_matches(['`', ' ']))
        })?;
        let mut ids = HashSet::new();
        let mut keys = Vec::new();
        for (place, said) in whole.keys.into_iter().enumerate() {
            let key = said.check(place + 1)?;
            if !ids.insert(key.id.clone()) {
                return Err(format!("has the id {} twice", key.id));
            }
            keys.push(key);
        }
        Ok(ApiKeys(keys))
    }
}

impl Said {
    fn check(self, place: usize) -> Result<ApiKey, String> {
        if !ApiKey::is_id(&self.id) {
            return Err(format!("key {place}: an id is {} of a-z and 0-9", ApiKey::ID_CHARS));
        }
        let id = self.id;
        let sha256 = hexadecimal(&self.sha256)
            .ok_or_else(|| format!("key {id}: sha256 is 64 hexadecimal digits, the hash of the whole key"))?;
        let shown = |text: &str| match text.contains(ApiKey::PREFIX) {
            true => "that holds a key".to_owned(),
            false => format!("{text:?}"),
        };
        let scope = |text: &String| {
            Scope::parse(text).map_err(|error| format!("key {id}: the scope {} {error}", shown(text)))
        };
        let scopes = self.scopes.iter().map(scope).collect::<Result<Vec<_>, _>>()?;
        let expires = self.expires.as_deref().map(|text| {
            time(text).ok_or_else(|| format!("key {id}: expires is a time such as 2027-01-31T00:00:00Z"))
        });
        let name = self.name.filter(|name| !name.is_empty());
        if name.as_ref().is_some_and(|name| name.len() > 100 || name.chars().any(char::is_control)) {
            return Err(format!("key {id}: a name is at most 100 bytes without control characters"));
        }
        Ok(ApiKey { sha256, scopes, expires: expires.transpose()?, name, id })
    }
}

fn hexadecimal(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    let mut bytes = [0; 32];
    let (pairs, rest) = digits.as_chunks::<2>();
    if pairs.len() != bytes.len() || !rest.is_empty() {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

fn time(text: &str) -> Option<Timestamp> {
    let time: jiff::Timestamp = text.parse().ok()?;
    u64::try_from(time.as_microsecond()).ok().map(Timestamp::from_micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    fn entry(more: &str) -> String {
        format!("[[keys]]\nid = 'abcdefghij01'\nsha256 = '{HASH}'\n{more}\n")
    }

    #[test]
    fn keys_are_read_with_scopes_and_expiry() {
        let text =
            entry("scopes = ['read:*', 'write:notes/users/']\nname = 'ci'\nexpires = '2027-01-01T00:00:00Z'");
        let keys = ApiKeys::parse(&text).unwrap();
        let key = &keys.0[0];
        assert_eq!((key.id.as_str(), key.name.as_deref(), key.scopes.len()), ("abcdefghij01", Some("ci"), 2));
        assert_eq!(key.expires, Some(Timestamp::from_secs(1_798_761_600)));
        assert_eq!(key.sha256[0], 0x9f);
        assert_eq!(ApiKeys::parse("").unwrap(), ApiKeys::default());
    }

    #[test]
    fn what_is_wrong_is_said_without_showing_a_hash() {
        for (text, said) in [
            (entry("scopes = 'read:*'"), "is not a list of keys"),
            (entry(""), "is not a list of keys"),
            (entry("scopes = []\nscope = 'x'"), "is not a list of keys"),
            (entry("scopes = ['read']"), "key abcdefghij01: the scope \"read\" does not begin with"),
            (entry("scopes = ['read:notes/{sub}/']"), "key abcdefghij01: the scope"),
            (entry("scopes = []\nexpires = 'soon'"), "key abcdefghij01: expires is a time"),
            (entry("scopes = []") + &entry("scopes = []"), "has the id abcdefghij01 twice"),
            ("[[keys]]\nid = 'A'\nsha256 = ''\nscopes = []".into(), "key 1: an id is 12"),
            (entry("scopes = []").replace('9', "x"), "key abcdefghij01: sha256 is 64"),
            ("keys = [".into(), "is no TOML, at line 1"),
        ] {
            let error = ApiKeys::parse(&text).unwrap_err();
            assert!(error.starts_with(said), "{error}");
            assert!(!error.contains("d081"), "{error}");
        }
    }

    #[test]
    fn a_key_in_the_wrong_place_is_not_shown() {
        let key = format!("lrd_aaaaaaaaaa01_{}", "s".repeat(43));
        for (text, said) in [
            (
                entry(&format!("scopes = ['{key}']")),
                "key abcdefghij01: the scope that holds a key does not begin",
            ),
            (entry(&format!("scopes = []\n{key} = 1")), "is not a list of keys: unknown field"),
            (entry(&format!("scopes = []\nname = ['{key}']")), "is not a list of keys: invalid type"),
        ] {
            let error = ApiKeys::parse(&text).unwrap_err();
            assert!(error.starts_with(said), "{error}");
            assert!(!error.contains("sss"), "{error}");
        }
    }
}
