//! Doors for the fuzz targets to credentials: fields, keys, tokens and sets of keys.

use std::time::Duration;

use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};

use crate::config::{Algorithms, Jwt, Url};
use crate::domain::{CollectionName, KeySet, Timestamp};

use super::token::Token;
use super::{Access, Principal, bearer, jwks, keys};

/// The issuer of the tokens that are read here.
pub const ISSUER: &str = "https://id.example.com";
/// Whom they are for.
pub const AUDIENCE: &str = "larder";

/// The credentials of an `Authorization` field.
pub fn credentials(field: &[u8]) -> Option<String> {
    let mut headers = HeaderMap::new();
    headers.append(AUTHORIZATION, HeaderValue::from_bytes(field).ok()?);
    bearer::read(&headers).ok().map(str::to_owned)
}

/// The id of an API key.
pub fn key_id(key: &str) -> Option<&str> {
    keys::id(key)
}

fn settings() -> Jwt {
    Jwt {
        issuer: Url::parse(ISSUER).expect("an address"),
        audience: AUDIENCE.into(),
        jwks_url: None,
        algorithms: Algorithms(vec![
            "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA",
        ]),
        scope_claim: "scope".into(),
        leeway: Duration::from_secs(60),
        ca: None,
    }
}

/// Who comes in with a token.
pub struct Bearer(Principal);

impl Bearer {
    /// Their name.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// Whether they may do that.
    pub fn may(&self, access: Access, collection: &CollectionName, keys: KeySet<'_>) -> bool {
        self.0.may(access, collection, keys)
    }
}

/// Whose a token would be, if its signature were good.
pub fn unverified(token: &str, now: Timestamp) -> Option<Bearer> {
    let settings = settings();
    Token::parse(token, &settings).ok()?.bearer(&settings, now).ok().map(Bearer)
}

/// Whose a token is, where its issuer has that set of keys.
pub fn verified(token: &str, set: &[u8], now: Timestamp) -> Option<Bearer> {
    let settings = settings();
    let token = Token::parse(token, &settings).ok()?;
    let key = jwks::key_of(set, token.kid.as_deref(), token.algorithm)?;
    token.verify(&key, &settings, now).ok().map(Bearer)
}
