//! Reads `Authorization`.

use actix_web::http::header::{AUTHORIZATION, HeaderMap};

use crate::domain::{Result, limits};
use crate::telemetry::metrics::Unknown;

use super::challenge::unauthenticated;

/// The credentials of a request.
///
/// # Errors
/// `unauthenticated` where there are none, or several, or not of this kind.
pub(super) fn read(headers: &HeaderMap) -> Result<&str> {
    let mut fields = headers.get_all(AUTHORIZATION);
    let Some(field) = fields.next() else {
        return Err(unauthenticated(Unknown::Missing, "send Authorization: Bearer with a key or a token"));
    };
    let malformed = |detail| Err(unauthenticated(Unknown::Malformed, detail));
    if fields.next().is_some() {
        return malformed("there are several Authorization fields");
    }
    let Some((scheme, credentials)) = field.to_str().ok().and_then(|text| text.split_once(' ')) else {
        return malformed("Authorization is Bearer and a key or a token");
    };
    let credentials = credentials.trim_matches(' ');
    // What RFC 6750 calls b64token.
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    match scheme.eq_ignore_ascii_case("bearer") {
        false => malformed("the only scheme of Authorization here is Bearer"),
        true if credentials.len() > limits::CREDENTIALS_CHARS => malformed("the token is too long"),
        true if credentials.is_empty() || !credentials.bytes().all(good) => {
            malformed("what stands behind Bearer is no token")
        }
        true => Ok(credentials),
    }
}
