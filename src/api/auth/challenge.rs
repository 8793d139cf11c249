//! The values of `WWW-Authenticate` (RFC 6750): what is expected, and what was wrong.

use crate::domain::{Error, Kind};
use crate::telemetry::metrics::{self, Unknown};

/// The name of the field.
pub(super) const FIELD: &str = "www-authenticate";

/// Longer scopes are left out of the field; the document has them.
const SCOPE_CHARS: usize = 1024;

/// The refusal of a request that names nobody; it is counted.
pub(super) fn unauthenticated(reason: Unknown, detail: &'static str) -> Error {
    metrics::authentication_failure(reason);
    let field = match reason {
        // Whoever sent nothing made no mistake yet.
        Unknown::Missing => "Bearer realm=\"larder\"".to_owned(),
        _ => format!("Bearer realm=\"larder\", error=\"invalid_token\", error_description=\"{detail}\""),
    };
    Error::new(Kind::Unauthenticated, detail).with_header(FIELD, field)
}

/// What a caller is told who may come in, but not do this.
pub(super) fn insufficient(scope: &str) -> String {
    let field = "Bearer realm=\"larder\", error=\"insufficient_scope\"";
    match scope.len() {
        0..=SCOPE_CHARS => format!("{field}, scope=\"{scope}\""),
        _ => field.to_owned(),
    }
}
