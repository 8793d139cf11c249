//! Scopes, API keys, and the tokens of an issuer: a scope prints back to itself, a claim never reaches beyond its
//! segment, and nobody comes in whom the issuer has not signed for.
//!
//! The first letter says what the rest is.

#![no_main]

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use larder::api::fuzzing::auth;
use larder::config::{ApiKey, ApiKeys};
use larder::domain::{Access, CollectionName, Scope, Span, Timestamp};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// When tokens are shown, in seconds.
const NOW: u64 = 1_800_000_000;
const SET: &str = include_str!("../signed/set.json");
const HEAD: &[u8] = include_bytes!("../signed/head.json");
const CLAIMS: &[u8] = include_bytes!("../signed/claims.json");
const SIGNATURE: &[u8] = include_bytes!("../signed/signature");

fuzz_target!(|input: &[u8]| {
    let Some((kind, rest)) = input.split_first() else { return };
    let text = std::str::from_utf8(rest);
    match (kind, text) {
        (b's', Ok(text)) => scope(text),
        (b'e', Ok(text)) => claim(text),
        (b'k', Ok(text)) => keys(text),
        (b'b', _) => field(rest),
        (b'c', _) => claims(rest),
        (b't', _) => token(rest),
        (b'j', _) => drop(auth::verified(&written(HEAD, CLAIMS, SIGNATURE), rest, now())),
        _ => {}
    }
});

fn now() -> Timestamp {
    Timestamp::from_secs(NOW)
}

/// A scope and a key, between which a line ends.
fn scope(text: &str) {
    let (text, key) = text.split_once('\n').unwrap_or((text, "a/b"));
    let Ok(scope) = Scope::parse(text) else { return };
    let written = scope.to_string();
    assert_eq!(Scope::parse(&written).as_ref(), Ok(&scope), "{text} is written {written}");
    assert_eq!(Scope::expand(text, |_| None).as_ref(), Some(&scope));
    let collection = CollectionName::parse("c").expect("a name");
    for access in Access::ALL {
        for (end, _) in key.char_indices() {
            if scope.covers(access, &collection, Span::Prefix(&key[..end])) {
                assert!(scope.covers(access, &collection, Span::Key(key)), "{text} {key}");
            }
        }
        for span in [Span::Key(key), Span::Prefix(key)] {
            assert!(!scope.covers(access, &collection, span) || scope.reaches(&collection));
            assert!(Scope::needed(access, &collection, span).covers(access, &collection, span));
        }
    }
}

/// What a claim says and a key, between which a line ends.
fn claim(text: &str) {
    let (value, key) = text.split_once('\n').unwrap_or((text, ""));
    let collection = CollectionName::parse("c").expect("a name");
    let may = |template: &str, key: &str| {
        let scope = Scope::expand(template, |name| (name == "sub").then(|| value.to_owned()))?;
        Some(scope.covers(Access::Write, &collection, Span::Key(key)))
    };
    if let Some(may) = may("write:c/users/{sub}/", key) {
        assert_eq!(may, key.starts_with(&format!("users/{value}/")), "{value} {key}");
    }
    if let Some(may) = may("write:c/users/{sub}", key) {
        let own = format!("users/{value}");
        assert_eq!(may, key == own || key.starts_with(&format!("{own}/")), "{value} {key}");
    }
    // A name that a claim makes is a name, and never the mark for all of them.
    if may("write:{sub}", "a") == Some(true) {
        assert_eq!(value, "c");
    }
}

fn keys(text: &str) {
    match ApiKeys::parse(text) {
        Ok(ApiKeys(keys)) => {
            let ids: HashSet<&str> = keys.iter().map(|key| key.id.as_str()).collect();
            assert_eq!(ids.len(), keys.len());
            assert!(ids.iter().all(|id| ApiKey::is_id(id)));
        }
        // Somebody may have put a whole key where it does not belong.
        Err(error) => {
            for (at, _) in text.match_indices(ApiKey::PREFIX) {
                let whole = ApiKey::PREFIX.len() + ApiKey::ID_CHARS + 1 + ApiKey::SECRET_CHARS;
                if let Some(key) = text.get(at..at + whole).filter(|key| auth::key_id(key).is_some()) {
                    assert!(!error.contains(key), "{error}");
                }
            }
        }
    }
}

fn field(value: &[u8]) {
    let Some(credentials) = auth::credentials(value) else { return };
    assert_eq!(
        auth::credentials(format!("bearer  {credentials} ").as_bytes()).as_deref(),
        Some(&*credentials)
    );
    if let Some(id) = auth::key_id(&credentials) {
        assert!(ApiKey::is_id(id));
    }
    if let Some(bearer) = auth::verified(&credentials, SET.as_bytes(), now()) {
        assert_eq!(
            credentials.rsplit_once('.').map(|(signed, _)| signed),
            Some(&*signed(HEAD, CLAIMS)),
            "{}",
            bearer.name()
        );
    }
}

fn signed(head: &[u8], claims: &[u8]) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(head), URL_SAFE_NO_PAD.encode(claims))
}

fn written(head: &[u8], claims: &[u8], signature: &[u8]) -> String {
    format!("{}.{}", signed(head, claims), URL_SAFE_NO_PAD.encode(signature))
}

/// Claims whose signature nobody looks at.
fn claims(claims: &[u8]) {
    let Some(bearer) = auth::unverified(&written(HEAD, claims, b""), now()) else { return };
    let said: Value = serde_json::from_slice(claims).expect("claims are JSON");
    assert_eq!(said["iss"].as_str(), Some(auth::ISSUER));
    let audience = &said["aud"];
    let one = |audience: &Value| audience.as_str() == Some(auth::AUDIENCE);
    assert!(one(audience) || audience.as_array().is_some_and(|all| all.iter().any(one)));
    assert!(said["exp"].as_f64().is_some_and(|end| end + 60.0 > NOW as f64));
    assert_eq!(bearer.name().strip_prefix("sub:"), said["sub"].as_str());
    let collection = CollectionName::parse("c").expect("a name");
    if said.get("scope").is_none() {
        assert!(!Access::ALL.iter().any(|access| bearer.may(*access, &collection, Span::Key("a"))));
    }
}

/// A head, claims and a signature, between which lines end: only what the issuer signed lets anybody in.
fn token(parts: &[u8]) {
    let parts: Vec<&[u8]> = parts.splitn(3, |byte| *byte == b'\n').collect();
    let [head, claims, signature] = parts[..] else { return };
    if let Some(bearer) = auth::verified(&written(head, claims, signature), SET.as_bytes(), now()) {
        assert_eq!((head, claims), (HEAD, CLAIMS), "{}", bearer.name());
    }
}
