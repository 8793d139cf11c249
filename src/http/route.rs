//! The patterns of routes, by which metrics and logs name requests without naming what is in them.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::PoisonError;

use actix_web::{HttpMessage as _, HttpRequest, Resource, web};

/// What a request is counted under when no route took it.
pub(super) const UNMATCHED: &str = "unmatched";

/// The pattern of a route, such as `/v1/collections/{collection}/items`.
///
/// A handler that finds its routes by itself puts it into the extensions of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route(pub &'static str);

/// A resource whose requests are counted under `label`, which costs less than having the router spell out
/// `pattern` for each of them.
pub fn resource(pattern: &str, label: &'static str) -> Resource {
    web::resource(pattern).app_data(Route(label))
}

/// The pattern of the route that took a request.
pub(super) fn of(request: &HttpRequest) -> &'static str {
    if let Some(Route(label)) = request.extensions().get() {
        return label;
    }
    if let Some(Route(label)) = request.app_data() {
        return label;
    }
    request.match_pattern().map_or(UNMATCHED, intern)
}

/// Patterns are few and fixed, so each is kept for ever.
fn intern(pattern: String) -> &'static str {
    static KNOWN: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    if let Some(pattern) = known.get(pattern.as_str()) {
        return pattern;
    }
    let pattern: &'static str = pattern.leak();
    known.insert(pattern);
    pattern
}
