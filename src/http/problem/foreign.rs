//! Failures that the framework finds before or beside our handlers, as errors of ours.

use std::io;

use actix_web::HttpResponse;
use actix_web::error::PayloadError;
use actix_web::http::StatusCode;

use crate::domain::{Error, Kind, Place, limits};

/// Answers a path that leads nowhere.
///
/// # Errors
/// Always `no-such-path`.
pub async fn no_such_path() -> Result<HttpResponse, Error> {
    Err(Error::new(Kind::NoSuchPath, "nothing is served under this path; /openapi.json lists those that are"))
}

/// The error of a method that a resource does not have; `allow` lists those that it has.
pub fn method_not_allowed(allow: &str) -> Error {
    Error::new(Kind::MethodNotAllowed, format!("this resource takes {allow}")).with_header("allow", allow)
}

/// The error of a body that could not be read to its end.
pub fn bad_payload(error: PayloadError) -> Error {
    let whole = Place::Pointer(String::new());
    match error {
        PayloadError::Overflow => Error::new(Kind::TooLarge, "the body is larger than this resource takes"),
        PayloadError::EncodingCorrupted => Error::new(
            Kind::UnsupportedMediaType,
            "the body can't be decoded; send it without Content-Encoding",
        ),
        PayloadError::Io(cause) if cause.kind() == io::ErrorKind::TimedOut => {
            Error::at(Kind::MalformedJson, whole, "the body did not arrive in time").with_source(cause)
        }
        other => Error::at(Kind::MalformedJson, whole, "the body ended before it was complete")
            .with_source(other.to_string()),
    }
}

/// The error of a target of so many bytes.
pub(in crate::http) fn target_too_long(actual: usize) -> Error {
    let limit = limits::TARGET_BYTES;
    let detail = format!("the request target is {actual} bytes, the limit is {limit} bytes");
    let error = Error::at(Kind::InvalidKey, Place::Parameter("key".into()), detail);
    error.with_status(414).with_limit(limit as u64, actual as u64)
}

/// A failure of the framework as an error of ours, by the status that it would have had.
pub(super) fn translate(failure: &actix_web::Error, status: StatusCode) -> Error {
    let cause = failure.to_string();
    let error = match status.as_u16() {
        404 => Error::new(Kind::NoSuchPath, "nothing is served under this path"),
        405 => Error::new(Kind::MethodNotAllowed, "this resource does not have this method"),
        406 => Error::new(Kind::NotAcceptable, "nothing that Accept names can be sent"),
        413 => Error::new(Kind::TooLarge, "the body is larger than this resource takes"),
        415 => Error::new(Kind::UnsupportedMediaType, "this resource does not take such a body"),
        status @ 400..=499 => {
            Error::at(Kind::InvalidParameter, Place::Parameter("path".into()), "the request can't be read")
                .with_status(status)
        }
        503 => Error::new(Kind::Overloaded, "the server has no room for this request now"),
        504 => Error::new(Kind::DeadlineExceeded, "the answer was not ready in time"),
        _ => Error::internal("something went wrong that should not have"),
    };
    error.with_source(cause)
}
