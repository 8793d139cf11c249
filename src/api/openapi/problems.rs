//! Failures, as answers of operations.

use serde_json::{Value, json};

use crate::http::names::PROBLEM;

use crate::domain::Kind;
use crate::http::problem::explanation;

use super::operation::{refer, schema};

/// What every operation under `/v1` can fail with, and the status that it then has.
pub(super) const EVERYWHERE: &[(u16, Kind)] = &[
    (400, Kind::InvalidParameter),
    (400, Kind::InvalidHeader),
    (401, Kind::Unauthenticated),
    (406, Kind::NotAcceptable),
    (408, Kind::InvalidHeader),
    (414, Kind::InvalidKey),
    (415, Kind::UnsupportedMediaType),
    (417, Kind::InvalidHeader),
    (429, Kind::RateLimited),
    (431, Kind::InvalidHeader),
    (500, Kind::Internal),
    (503, Kind::Overloaded),
    (503, Kind::Throttled),
    (503, Kind::StoreUnavailable),
    (504, Kind::DeadlineExceeded),
];

/// What a page about the service can fail with.
pub(super) const OF_PAGES: &[(u16, Kind)] = &[
    (400, Kind::InvalidHeader),
    (406, Kind::NotAcceptable),
    (417, Kind::InvalidHeader),
    (429, Kind::RateLimited),
];

/// The usual status of a kind.
pub(super) fn status(kind: Kind) -> u16 {
    explanation(kind).status
}

/// Every kind, for the list of problems.
pub(super) fn all() -> Value {
    let row = |kind: Kind| {
        let row = explanation(kind);
        json!({
            "type": path(kind), "status": row.status, "title": row.title,
            "meaning": row.meaning, "remedy": row.remedy,
        })
    };
    Kind::ALL.into_iter().map(row).collect()
}

/// The answer of a status under which these kinds come.
pub(super) fn answer(status: u16, kinds: &[Kind], charged: bool) -> Value {
    let titles: Vec<_> = kinds.iter().map(|kind| explanation(*kind).title).collect();
    let types: Vec<_> = kinds.iter().map(|kind| path(*kind)).collect();
    let mut headers = vec!["X-Request-Id!"];
    headers.extend(charged.then_some("Request-Charge!"));
    headers.extend_from_slice(match status {
        401 | 403 => &["WWW-Authenticate!"],
        405 => &["Allow!"],
        409 => &["Retry-After"],
        412 => &["ETag", "Preference-Applied"],
        415 => &["Accept", "Accept-Encoding", "Accept-Patch"],
        429 => &["Retry-After!", "RateLimit!", "RateLimit-Policy!"],
        503 => &["Retry-After!"],
        _ => &[],
    });
    let mut required = vec!["type", "title", "status", "detail", "request_id"];
    // Of what did not come, or is too long to be kept, the path is not known.
    required.extend((!matches!(status, 408 | 414 | 431)).then_some("instance"));
    required.extend_from_slice(match status {
        400 | 422 => &["errors"],
        413 => &["limit", "actual"],
        _ => &[],
    });
    let here = json!({
        "properties": {"status": {"const": status}, "type": {"enum": types}},
        "required": required,
    });
    json!({
        "description": titles.join(", or "),
        "headers": refer(&headers),
        "content": {PROBLEM: {"schema": {"allOf": [schema("Problem"), here]}}},
    })
}

fn path(kind: Kind) -> String {
    format!("/problems/{}", kind.name())
}
