//! API keys as the configuration holds them: an id, a hash, scopes; never the secret itself.

use std::collections::{HashMap, HashSet};
use std::fmt;

use ::config::{FileFormat, Value, ValueKind};

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

/// The fields of a key, as they were said.
struct Said {
    /// Which key it is, as far as that is known.
    who: String,
    fields: HashMap<String, Value>,
}

const FIELDS: [&str; 5] = ["id", "sha256", "scopes", "name", "expires"];

impl ApiKeys {
    /// Reads keys from TOML.
    ///
    /// # Errors
    /// The first thing that is wrong, which never shows more of a key than its id.
    pub fn parse(text: &str) -> Result<ApiKeys, String> {
        const ADVICE: &str = "begin each with [[keys]]";
        let mut whole = file::parse(text, FileFormat::Toml)?;
        let list = match whole.remove("keys").map(|keys| keys.kind) {
            None => Vec::new(),
            Some(ValueKind::Array(list)) => list,
            Some(_) => return Err(format!("is not a list of keys; {ADVICE}")),
        };
        if let Some(other) = whole.keys().min() {
            return Err(format!("has {} beside its keys; {ADVICE}", shown("a field", other)));
        }
        let mut ids = HashSet::new();
        let mut keys = Vec::new();
        for (place, value) in list.into_iter().enumerate() {
            let who = format!("key {}", place + 1);
            let ValueKind::Table(fields) = value.kind else {
                return Err(format!("{who}: is no table; begin each key with [[keys]]"));
            };
            let key = Said { who, fields }.check()?;
            if !ids.insert(key.id.clone()) {
                return Err(format!("has the id {} twice", key.id));
            }
            keys.push(key);
        }
        Ok(ApiKeys(keys))
    }
}

impl Said {
    fn check(mut self) -> Result<ApiKey, String> {
        let id = self.needed("id")?;
        if !ApiKey::is_id(&id) {
            return Err(self.wrong(&format!("an id is {} of a-z and 0-9", ApiKey::ID_CHARS)));
        }
        self.who = format!("key {id}");
        if let Some(other) = self.fields.keys().filter(|name| !FIELDS.contains(&name.as_str())).min() {
            let other = shown("field", other);
            return Err(
                self.wrong(&format!("there is no {other}; a key has id, sha256, scopes, name and expires"))
            );
        }
        let sha256 = hexadecimal(&self.needed("sha256")?)
            .ok_or_else(|| self.wrong("sha256 is 64 hexadecimal digits, the hash of the whole key"))?;
        let scopes = self.scopes()?;
        let expires = self.text("expires")?.map(|text| {
            time(&text).ok_or_else(|| self.wrong("expires is a time such as 2027-01-31T00:00:00Z"))
        });
        let expires = expires.transpose()?;
        let name = self.text("name")?.filter(|name| !name.is_empty());
        if name.as_ref().is_some_and(|name| name.len() > 100 || name.chars().any(char::is_control)) {
            return Err(self.wrong("a name is at most 100 bytes without control characters"));
        }
        Ok(ApiKey { id, name, sha256, scopes, expires })
    }

    fn scopes(&mut self) -> Result<Vec<Scope>, String> {
        let list = self.fields.remove("scopes").ok_or_else(|| self.wrong("scopes is missing"))?;
        let ValueKind::Array(list) = list.kind else { return Err(self.wrong("scopes is a list of texts")) };
        let scope = |value: Value| {
            let text = value.into_string().map_err(|_| self.wrong("scopes is a list of texts"))?;
            Scope::parse(&text).map_err(|error| self.wrong(&format!("the {} {error}", shown("scope", &text))))
        };
        list.into_iter().map(scope).collect()
    }

    fn text(&mut self, field: &str) -> Result<Option<String>, String> {
        let text = self.fields.remove(field).map(Value::into_string).transpose();
        text.map_err(|_| self.wrong(&format!("{field} is a text")))
    }

    fn needed(&mut self, field: &str) -> Result<String, String> {
        self.text(field)?.ok_or_else(|| self.wrong(&format!("{field} is missing")))
    }

    fn wrong(&self, what: &str) -> String {
        format!("{}: {what}", self.who)
    }
}

/// Something that was said, unless it holds a whole key.
fn shown(what: &str, text: &str) -> String {
    match text.contains(ApiKey::PREFIX) {
        true => format!("{what} that holds a key"),
        false => format!("{what} {text:?}"),
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
            (entry("scopes = 'read:*'"), "key abcdefghij01: scopes is a list of texts"),
            (entry("scopes = [['read:*']]"), "key abcdefghij01: scopes is a list of texts"),
            (entry(""), "key abcdefghij01: scopes is missing"),
            (
                entry("scopes = []\nscope = 'x'"),
                "key abcdefghij01: there is no field \"scope\"; a key has id, sha256, scopes, name and expires",
            ),
            (
                entry("scopes = []").replace("sha256", "sha-256"),
                "key abcdefghij01: there is no field \"sha-256\"",
            ),
            ("[[keys]]\nid = 'abcdefghij01'\nscopes = []".into(), "key abcdefghij01: sha256 is missing"),
            (entry("scopes = []") + "[[keys]]\nscopes = []", "key 2: id is missing"),
            (entry("scopes = []\nname = {}"), "key abcdefghij01: name is a text"),
            ("[[keys]]\nid = []".into(), "key 1: id is a text"),
            ("keys = [1]".into(), "key 1: is no table; begin each key with [[keys]]"),
            ("keys = 'x'".into(), "is not a list of keys; begin each with [[keys]]"),
            ("[[key]]".into(), "has a field \"key\" beside its keys; begin each with [[keys]]"),
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
            (
                entry(&format!("scopes = []\n{key} = 1")),
                "key abcdefghij01: there is no field that holds a key;",
            ),
            (entry(&format!("scopes = []\nname = ['{key}']")), "key abcdefghij01: name is a text"),
            (entry(&format!("scopes = []\nid = '{key}'")), "is no TOML, at line "),
            (format!("[[keys]]\nid = '{key}'"), "key 1: an id is 12"),
            (format!("{key} = 1"), "has a field that holds a key beside its keys;"),
        ] {
            let error = ApiKeys::parse(&text).unwrap_err();
            assert!(error.starts_with(said), "{error}");
            assert!(!error.contains("sss"), "{error}");
        }
    }
}
