//! A set of public keys (RFC 7517), of which only those count that can verify an allowed algorithm.

use std::sync::Arc;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;

/// More keys than this no issuer needs.
const KEYS: usize = 64;

/// A key that verifies one algorithm.
pub(in crate::api::auth) struct IssuerKey {
    pub(in crate::api::auth) key: DecodingKey,
    pub(in crate::api::auth) algorithm: Algorithm,
    kid: Option<String>,
    name: &'static str,
}

/// The keys of an issuer.
#[derive(Default)]
pub(super) struct KeySet {
    keys: Vec<Arc<IssuerKey>>,
    ids: Vec<String>,
}

impl KeySet {
    /// Reads a set; a key that is of no use here is left out.
    ///
    /// # Errors
    /// Where it is no set, in words. One without a key that can be used is a set: it withdraws those before.
    pub(super) fn parse(bytes: &[u8], allowed: &[&'static str]) -> Result<KeySet, String> {
        let whole: Value = serde_json::from_slice(bytes).map_err(|_| "the set of keys is no JSON")?;
        let listed = whole["keys"].as_array().ok_or("the set of keys has no list of keys")?;
        let mut set = KeySet::default();
        for value in listed.iter().take(KEYS) {
            let Ok(jwk) = serde_json::from_value::<Jwk>(value.clone()) else { continue };
            set.take(&jwk, allowed);
        }
        Ok(set)
    }

    fn take(&mut self, jwk: &Jwk, allowed: &[&'static str]) {
        let common = &jwk.common;
        let signs = !matches!(&common.public_key_use, Some(other) if *other != PublicKeyUse::Signature);
        let verifies = common.key_operations.as_ref().is_none_or(|all| all.contains(&KeyOperations::Verify));
        if !signs || !verifies {
            return;
        }
        let own = common.key_algorithm.map(|algorithm| algorithm.to_string());
        let names = allowed.iter().filter(|name| own.as_deref().is_none_or(|own| own == **name));
        for name in names {
            let (Some(algorithm), Ok(key)) = (fitting(jwk, name), DecodingKey::from_jwk(jwk)) else {
                continue;
            };
            let kid = common.key_id.clone();
            let shown = kid.clone().unwrap_or_default();
            if !self.ids.contains(&shown) {
                self.ids.push(shown);
            }
            self.keys.push(Arc::new(IssuerKey { key, algorithm, kid, name }));
        }
    }

    /// The key of that id for an algorithm. A token that names none means the only key that there is.
    pub(super) fn find(&self, kid: Option<&str>, algorithm: &str) -> Option<Arc<IssuerKey>> {
        let mut fitting = self.keys.iter().filter(|key| key.name == algorithm);
        match kid {
            Some(kid) => fitting.find(|key| key.kid.as_deref() == Some(kid)).cloned(),
            None => {
                let only = fitting.next()?;
                fitting.next().is_none().then(|| Arc::clone(only))
            }
        }
    }

    /// Whether there is no key.
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The ids of its keys.
    pub(super) fn ids(&self) -> &[String] {
        &self.ids
    }
}

/// The algorithm of that name, if the key is of its kind.
fn fitting(jwk: &Jwk, name: &str) -> Option<Algorithm> {
    let (kind, curve) = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => ("RSA", None),
        AlgorithmParameters::EllipticCurve(key) => ("EC", Some(&key.curve)),
        AlgorithmParameters::OctetKeyPair(key) => ("OKP", Some(&key.curve)),
        // A shared secret is no public key, whatever it says of itself.
        _ => return None,
    };
    Some(match (name, kind, curve) {
        ("RS256", "RSA", _) => Algorithm::RS256,
        ("RS384", "RSA", _) => Algorithm::RS384,
        ("RS512", "RSA", _) => Algorithm::RS512,
        ("PS256", "RSA", _) => Algorithm::PS256,
        ("PS384", "RSA", _) => Algorithm::PS384,
        ("PS512", "RSA", _) => Algorithm::PS512,
        ("ES256", "EC", Some(EllipticCurve::P256)) => Algorithm::ES256,
        ("ES384", "EC", Some(EllipticCurve::P384)) => Algorithm::ES384,
        ("EdDSA", "OKP", Some(EllipticCurve::Ed25519)) => Algorithm::EdDSA,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(keys: &Value, allowed: &[&'static str]) -> Result<KeySet, String> {
        KeySet::parse(json!({"keys": keys}).to_string().as_bytes(), allowed)
    }

    #[test]
    fn only_keys_of_the_right_kind_and_use_count() {
        let ec = json!({"kty": "EC", "crv": "P-256", "kid": "a", "x": "AA", "y": "AA"});
        let with = |name: &str, value: Value| {
            let mut key = ec.clone();
            key[name] = value;
            json!([key])
        };
        assert!(set(&json!([ec]), &["ES256"]).unwrap().find(Some("a"), "ES256").is_some());
        assert!(set(&json!([ec]), &["ES256"]).unwrap().find(Some("b"), "ES256").is_none());
        assert!(set(&json!([ec]), &["ES256"]).unwrap().find(None, "ES256").is_some());
        let two = json!([ec, {"kty": "EC", "crv": "P-256", "kid": "b", "x": "AA", "y": "AA"}]);
        assert!(set(&two, &["ES256"]).unwrap().find(None, "ES256").is_none());
        for none in [
            json!([]),
            json!([{"kty": "oct", "k": "c2VjcmV0", "kid": "a"}]),
            json!([{"kty": "oct", "k": "c2VjcmV0", "kid": "a", "alg": "ES256"}]),
            with("use", json!("enc")),
            with("key_ops", json!(["encrypt"])),
            with("alg", json!("ES384")),
            with("crv", json!("P-384")),
            with("x", json!("!")),
        ] {
            assert!(set(&none, &["ES256"]).unwrap().is_empty(), "{none}");
        }
        for no_set in ["", "7", "[]", "{}", r#"{"keys":7}"#, r#"{"keys":null}"#] {
            assert!(KeySet::parse(no_set.as_bytes(), &["ES256"]).is_err(), "{no_set}");
        }
    }
}
