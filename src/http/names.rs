//! Names of header fields and media types that more than one place says.

use actix_web::http::header::HeaderName;

/// What a request cost, in units of capacity.
pub const REQUEST_CHARGE: HeaderName = HeaderName::from_static("request-charge");
/// The preference that an answer honours (RFC 7240).
pub const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// JSON.
pub const JSON: &str = "application/json";
/// A problem document (RFC 9457).
pub const PROBLEM: &str = "application/problem+json";
