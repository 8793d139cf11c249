//! API keys: found by their id, known by the hash of the whole, compared in constant time.

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::config::{ApiKey, ApiKeys};
use crate::domain::{Result, Timestamp};
use crate::telemetry::log::Audit;
use crate::telemetry::metrics::Unknown;

use super::challenge::unauthenticated;
use super::principal::Principal;

/// The keys that may come in, by their id.
pub(super) struct KeyRing(HashMap<String, Entry>);

struct Entry {
    sha256: [u8; 32],
    expires: Option<Timestamp>,
    principal: Principal,
}

impl Entry {
    fn is(&self, other: &Entry) -> bool {
        self.sha256 == other.sha256 && self.expires == other.expires && self.principal.is(&other.principal)
    }
}

impl KeyRing {
    pub(super) fn new(keys: &ApiKeys) -> KeyRing {
        let entry = |key: &ApiKey| {
            let principal = Principal::known(format!("key:{}", key.id), key.scopes.clone());
            (key.id.clone(), Entry { sha256: key.sha256, expires: key.expires, principal })
        };
        KeyRing(keys.0.iter().map(entry).collect())
    }

    /// Writes into the audit what is different from the ring before.
    pub(super) fn note_changes(&self, before: &KeyRing) {
        let note = |id: &str, outcome| {
            let what = format!("key:{id}");
            Audit { who: "configuration", from: "auth.keys", what: &what, outcome }.log();
        };
        for (id, entry) in &self.0 {
            match before.0.get(id) {
                None => note(id, "added"),
                Some(old) if !old.is(entry) => note(id, "changed"),
                Some(_) => {}
            }
        }
        before.0.keys().filter(|id| !self.0.contains_key(*id)).for_each(|id| note(id, "removed"));
    }

    /// Says whose key this is.
    ///
    /// # Errors
    /// `unauthenticated`. A wrong id and a wrong secret are not told apart.
    pub(super) fn find(&self, key: &str, now: Timestamp) -> Result<Principal> {
        let id =
            id(key).ok_or_else(|| unauthenticated(Unknown::Malformed, "this is not how a key is written"))?;
        let known = self.0.get(id).filter(|entry| {
            let hash: [u8; 32] = Sha256::digest(key).into();
            hash.ct_eq(&entry.sha256).into()
        });
        let entry = known.ok_or_else(|| unauthenticated(Unknown::Key, "there is no such key"))?;
        if entry.expires.is_some_and(|expires| expires <= now) {
            return Err(unauthenticated(Unknown::Time, "this key has expired"));
        }
        Ok(entry.principal.clone())
    }
}

/// The id in a key that is written as keys are.
pub(super) fn id(key: &str) -> Option<&str> {
    let (id, secret) = key.strip_prefix(ApiKey::PREFIX)?.split_once('_')?;
    let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (ApiKey::is_id(id) && secret.len() == ApiKey::SECRET_CHARS && secret.bytes().all(good)).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(key: &str, expires: Option<Timestamp>) -> KeyRing {
        let (id, sha256) = (id(key).unwrap().to_owned(), Sha256::digest(key).into());
        KeyRing::new(&ApiKeys(vec![ApiKey { id, sha256, expires, name: None, scopes: Vec::new() }]))
    }

    #[test]
    fn only_the_whole_key_is_the_key_and_only_until_it_expires() {
        let key = format!("lrd_aaaaaaaaaa01_{}", "s".repeat(43));
        let ring = ring(&key, Some(Timestamp::from_secs(100)));
        let found =
            |key: &str, secs| ring.find(key, Timestamp::from_secs(secs)).map(|who| who.name().to_owned());
        assert_eq!(found(&key, 99).unwrap(), "key:aaaaaaaaaa01");
        assert!(found(&key, 100).is_err());
        for other in [
            format!("lrd_aaaaaaaaaa01_{}t", "s".repeat(42)),
            format!("lrd_aaaaaaaaaa02_{}", "s".repeat(43)),
            format!("lrd_aaaaaaaaaa01_{}", "s".repeat(42)),
            format!("{key}s"),
            format!("LRD_aaaaaaaaaa01_{}", "s".repeat(43)),
            "lrd__".into(),
            "lrd_".into(),
        ] {
            assert!(found(&other, 0).is_err(), "{other}");
        }
    }
}
