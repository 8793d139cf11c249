//! Tokens (JWT): what one says, and whether that lets its bearer in.
//!
//! The text is read strictly, by ourselves, before any cryptography: an algorithm counts only if it is allowed, what
//! must be understood (`crit`) is refused because we understand none of it, and keys in the token are never used.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use jsonwebtoken::crypto;
use serde_json::{Map, Value};

use crate::config::Jwt;
use crate::domain::{Document, Result, Scope, Timestamp, limits};
use crate::telemetry::metrics::Unknown;

use super::challenge::unauthenticated;
use super::jwks::IssuerKey;
use super::principal::Principal;

/// A token whose head has been read, and nothing else.
pub(super) struct Token<'a> {
    /// The name of its algorithm, which is one that is allowed.
    pub(super) algorithm: &'static str,
    /// The id of the key that it is signed with, if it says one.
    pub(super) kid: Option<String>,
    signed: &'a str,
    claims: &'a str,
    signature: &'a str,
}

fn malformed<T>(detail: &'static str) -> Result<T> {
    Err(unauthenticated(Unknown::Malformed, detail))
}

fn claims_fault<T>(detail: &'static str) -> Result<T> {
    Err(unauthenticated(Unknown::Claims, detail))
}

impl<'a> Token<'a> {
    /// Reads the head of a token.
    ///
    /// # Errors
    /// `unauthenticated`.
    pub(super) fn parse(text: &'a str, settings: &Jwt) -> Result<Token<'a>> {
        let parts = text
            .rsplit_once('.')
            .and_then(|(signed, signature)| Some((signed, signed.split_once('.')?, signature)));
        let Some((signed, (head, claims), signature)) = parts else {
            return malformed("this is neither a key nor a token");
        };
        if claims.contains('.') {
            return malformed("this is neither a key nor a token");
        }
        let head = object(head)?;
        let name = head.get("alg").and_then(Value::as_str);
        let allowed = settings.algorithms.0.iter().find(|allowed| Some(**allowed) == name);
        let Some(algorithm) = allowed else {
            return Err(unauthenticated(Unknown::Signature, "the algorithm of the token is not allowed"));
        };
        if ["crit", "b64", "zip", "enc"].iter().any(|name| head.contains_key(*name)) {
            return malformed("the token demands an extension that is not known here");
        }
        let known_type = |kind: &Value| {
            kind.as_str().is_some_and(|kind| {
                ["jwt", "at+jwt", "application/at+jwt"].iter().any(|known| kind.eq_ignore_ascii_case(known))
            })
        };
        if head.get("typ").is_some_and(|kind| !known_type(kind)) {
            return malformed("the token is of another type");
        }
        let kid = match head.get("kid") {
            None => None,
            Some(Value::String(kid)) if (1..=limits::TOKEN_KEY_ID_BYTES).contains(&kid.len()) => {
                Some(kid.clone())
            }
            Some(_) => return malformed("the id of the token's key is not one"),
        };
        Ok(Token { algorithm, kid, signed, claims, signature })
    }

    /// Says whose token it is, if that key has signed it and it holds now.
    ///
    /// # Errors
    /// `unauthenticated`.
    pub(super) fn verify(&self, key: &IssuerKey, settings: &Jwt, now: Timestamp) -> Result<Principal> {
        let signed = crypto::verify(self.signature, self.signed.as_bytes(), &key.key, key.algorithm);
        if !signed.unwrap_or(false) {
            return Err(unauthenticated(Unknown::Signature, "the signature of the token is not good"));
        }
        self.bearer(settings, now)
    }

    /// Says whose token it would be; only for one whose signature is good.
    pub(super) fn bearer(&self, settings: &Jwt, now: Timestamp) -> Result<Principal> {
        let claims = object(self.claims)?;
        check_place(&claims, settings)?;
        check_time(&claims, settings, now)?;
        let Some(subject) = claims.get("sub").and_then(Value::as_str).filter(|name| is_subject(name)) else {
            return claims_fault("the token does not say who its bearer is");
        };
        Ok(Principal::known(format!("sub:{subject}"), scopes(&claims, &settings.scope_claim)))
    }
}

fn is_subject(name: &str) -> bool {
    (1..=limits::SUBJECT_BYTES).contains(&name.len()) && !name.chars().any(char::is_control)
}

/// The JSON object in a part of a token; one that has a member twice means nothing.
fn object(part: &str) -> Result<Map<String, Value>> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok();
    let document = bytes.and_then(|bytes| Document::parse(Bytes::from(bytes)).ok());
    let value = document.and_then(|document| serde_json::from_slice(document.bytes()).ok());
    match value {
        Some(Value::Object(object)) => Ok(object),
        _ => malformed("a part of the token is no JSON object"),
    }
}

/// Whether it comes from the issuer, and is meant for us.
fn check_place(claims: &Map<String, Value>, settings: &Jwt) -> Result<()> {
    if claims.get("iss").and_then(Value::as_str) != Some(settings.issuer.as_str()) {
        return claims_fault("the token is of another issuer");
    }
    let us = |audience: &Value| audience.as_str() == Some(&settings.audience);
    let for_us = match claims.get("aud") {
        Some(Value::Array(audiences)) => audiences.iter().all(Value::is_string) && audiences.iter().any(us),
        Some(audience) => us(audience),
        None => false,
    };
    if for_us { Ok(()) } else { claims_fault("the token is for another audience") }
}

/// Whether it holds now. It must say its end.
fn check_time(claims: &Map<String, Value>, settings: &Jwt, now: Timestamp) -> Result<()> {
    #[expect(clippy::cast_precision_loss, reason = "microseconds of this age are exact in 53 bits")]
    let now = now.micros() as f64 / 1e6;
    let leeway = settings.leeway.as_secs_f64();
    let seconds = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(Value::Number(number)) => match number.as_f64().filter(|seconds| seconds.is_finite()) {
            Some(seconds) => Ok(Some(seconds)),
            None => claims_fault("a time of the token is not one"),
        },
        Some(_) => claims_fault("a time of the token is not one"),
    };
    let (end, start, made) = (seconds("exp")?, seconds("nbf")?, seconds("iat")?);
    let Some(end) = end else { return claims_fault("the token does not say when it ends") };
    if now >= end + leeway {
        return Err(unauthenticated(Unknown::Time, "the token has expired"));
    }
    if start.is_some_and(|start| now < start - leeway) {
        return Err(unauthenticated(Unknown::Time, "the token does not hold yet"));
    }
    if made.is_some_and(|made| now < made - leeway) {
        return Err(unauthenticated(Unknown::Time, "the token was made in the future"));
    }
    Ok(())
}

/// The scopes that a token gives. What is none of ours means nothing to us: an issuer has others too.
fn scopes(claims: &Map<String, Value>, name: &str) -> Vec<Scope> {
    let claim = |name: &str| match claims.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => number.as_u64().map(|number| number.to_string()),
        _ => None,
    };
    let texts: Vec<&str> = match claims.get(name) {
        Some(Value::String(text)) => text.split(' ').collect(),
        Some(Value::Array(texts)) => texts.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    texts.into_iter().filter_map(|text| Scope::expand(text, claim)).collect()
}
