//! The lines of the audit that requests leave: who was refused, and who changed a collection.

use actix_web::{HttpMessage, HttpRequest};

use crate::domain::Error;
use crate::http::{Caller, Route};
use crate::telemetry::log::Audit;

/// Notes that `who` was refused.
pub(crate) fn note(http: &HttpRequest, who: &str, error: &Error) {
    change(http, who, &format!("{}: {}", error.kind().name(), error.detail()));
}

/// Notes what came of something that `who` asked for.
pub(crate) fn change(http: &HttpRequest, who: &str, outcome: &str) {
    let from = Caller::named(http);
    let extensions = http.extensions();
    let route = extensions.get::<Route>().map_or("-", |route| route.0);
    let what = format!("{} {route}", http.method());
    Audit { who, from: &from, what: &what, outcome }.log();
}
