//! The title of each type of problem, as the contract has them.

const TITLES: &[(&str, &str)] = &[
    ("malformed-json", "Malformed JSON"),
    ("invalid-key", "Invalid key"),
    ("invalid-parameter", "Invalid parameter"),
    ("invalid-header", "Invalid header field"),
    ("invalid-cursor", "Invalid cursor"),
    ("invalid-operation", "Invalid operation"),
    ("invalid-patch", "Invalid patch"),
    ("unauthenticated", "Unauthenticated"),
    ("insufficient-scope", "Insufficient scope"),
    ("no-such-item", "No such item"),
    ("no-such-collection", "No such collection"),
    ("no-such-path", "No such path"),
    ("method-not-allowed", "Method not allowed"),
    ("not-acceptable", "Not acceptable"),
    ("unsupported-media-type", "Unsupported media type"),
    ("conflict", "Conflict"),
    ("request-in-progress", "Request in progress"),
    ("collection-not-empty", "Collection not empty"),
    ("precondition-failed", "Precondition failed"),
    ("transaction-precondition", "Transaction precondition failed"),
    ("too-large", "Too large"),
    ("schema-violation", "Schema violation"),
    ("idempotency-key-reused", "Idempotency key reused"),
    ("precondition-required", "Precondition required"),
    ("rate-limited", "Rate limited"),
    ("overloaded", "Overloaded"),
    ("throttled", "Throttled"),
    ("store-unavailable", "Store unavailable"),
    ("outcome-unknown", "Outcome unknown"),
    ("deadline-exceeded", "Deadline exceeded"),
    ("internal-error", "Internal error"),
];

/// The title of a type.
pub fn title(kind: &str) -> &'static str {
    TITLES.iter().find(|(name, _)| *name == kind).map_or("?", |(_, title)| title)
}
