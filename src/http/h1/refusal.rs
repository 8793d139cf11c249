//! Completes the refusals that the HTTP parser makes by itself.
//!
//! A request that cannot be read (400), whose head is too large (431) or does not arrive in time (408) is refused
//! with an empty body before any of our code runs, and the parser has no hook for it. So the stream below it looks at
//! what is written: a head without `x-request-id` did not pass our middleware, and gets its problem document here. What
//! the request was about is known from what was read, see `request_line`.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;

use crate::domain::{Charge, Error, Kind, Place, RequestId, limits};
use crate::http::names::{PROBLEM, REQUEST_CHARGE};
use crate::telemetry::log::{Ids, RequestEnd};
use crate::telemetry::trace::Span;

use crate::http::observe::Watched;
use crate::http::problem::Problem;
use crate::http::{problem, request_id, route};

use super::request_line::{RequestLine, Unencoded};

/// A head of a bare refusal is shorter than this.
const HEAD_BYTES: usize = 256;

/// Notes refusals as the middleware notes requests.
#[derive(Clone, Debug)]
pub(in crate::http) struct Refusals(Arc<Watched>);

impl Refusals {
    pub(in crate::http) fn new(watcher: Arc<Watched>) -> Refusals {
        Refusals(watcher)
    }

    /// The whole of what is to be written instead, if this ends in a bare refusal. `late` says that it is one because the
    /// head did not come in time.
    pub(super) fn complete(&self, written: &[u8], line: &mut RequestLine, late: bool) -> Option<Vec<u8>> {
        let (begins, status) = bare_refusal(written)?;
        let status = if late { 408 } else { status };
        let head = str::from_utf8(&written[begins..]).ok()?;
        if begins > 0 {
            // The line was that of a request that is answered before.
            line.forget();
        }
        let (error, ids) = (explain(status, line), Ids { request_id: request_id::new(), trace: None });
        self.note(&error, line.path(), &ids);
        let mut whole = written[..begins].to_vec();
        whole.extend_from_slice(&self.with_document(head, &error, line, &ids.request_id));
        Some(whole)
    }

    fn note(&self, error: &Error, path: Option<&str>, ids: &Ids) {
        let end = RequestEnd {
            role: self.0.role,
            method: "other",
            route: route::UNMATCHED,
            path: path.unwrap_or_default(),
            status: problem::status(error),
            duration: Duration::ZERO,
            bytes: 0,
            ids,
            error: Some(error),
            cut_short: false,
        };
        self.0.write(&end, &mut Span::default());
    }

    /// The refusal with its document, and with those fields that it would have from the middleware.
    fn with_document(&self, head: &str, error: &Error, line: &RequestLine, id: &RequestId) -> Vec<u8> {
        let problem = Problem::of(error);
        let status = StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::BAD_REQUEST);
        let body = match line.path() {
            Some(path) => problem.in_request(path, id.as_str()).to_json(),
            None => problem.with_id(id.as_str()).to_json(),
        };
        let mut whole =
            format!("HTTP/1.1 {} {}\r\n", status.as_str(), status.canonical_reason().unwrap_or(""));
        for line in head.split_inclusive("\r\n").skip(1).filter(|line| *line != "\r\n") {
            if !line.starts_with("content-length") && !line.starts_with("connection") {
                whole.push_str(line);
            }
        }
        let mut field = |name: &str, value: &str| whole.extend([name, ": ", value, "\r\n"]);
        if line.is_under_v1() {
            field("cache-control", problem::PRIVATE);
            field(REQUEST_CHARGE.as_str(), &Charge::ZERO.to_string());
        }
        for (name, value) in self.0.secure_fields() {
            field(name.as_str(), value);
        }
        field("content-type", PROBLEM);
        field("content-length", &body.len().to_string());
        field("x-request-id", id.as_str());
        field("connection", "close");
        whole.push_str("\r\n");
        let mut whole = whole.into_bytes();
        // RFC 9110 §9.3.2: HEAD is told how long it would be.
        if !line.is_head() {
            whole.extend_from_slice(&body);
        }
        whole
    }
}

/// Where the bare refusal that ends this begins, and its status.
fn bare_refusal(written: &[u8]) -> Option<(usize, u16)> {
    if !written.ends_with(b"\r\n\r\n") {
        return None;
    }
    let tail = written.len().saturating_sub(HEAD_BYTES);
    let begins = tail + written[tail..].windows(7).rposition(|window| window == b"HTTP/1.")?;
    let head = &written[begins..];
    let status = match head.get(8..12)? {
        b" 400" => 400,
        b" 408" => 408,
        b" 431" => 431,
        _ => return None,
    };
    let has = |field: &[u8]| head.windows(field.len()).any(|window| window.eq_ignore_ascii_case(field));
    // Bodies pass here too, and callers choose what is in them; but this line no JSON can have: within a text its
    // breaks are escaped, and outside of one there is no such word.
    let bare = has(b"\r\ncontent-length: 0\r\n") && !has(b"\r\nx-request-id:");
    bare.then_some((begins, status))
}

fn explain(status: u16, line: &RequestLine) -> Error {
    if line.target_bytes() > limits::TARGET_BYTES {
        return problem::target_too_long(line.target_bytes());
    }
    if status == 400 && line.has_fragment() {
        let detail = "a # in a request target must be percent-encoded, as %23: what follows a plain one is no part of it";
        return Error::at(Kind::InvalidKey, Place::Parameter("key".into()), detail);
    }
    if status == 400
        && let Some(part) = line.not_encoded()
    {
        let (kind, name) = match part {
            Unencoded::Path => (Kind::InvalidKey, "key".to_owned()),
            Unencoded::Parameter(name) => (Kind::InvalidParameter, name),
        };
        let detail = "what is not ASCII must be percent-encoded in a request target, and so must < and >, ` in its path and \" in its query";
        return Error::at(kind, Place::Parameter(name), detail);
    }
    let detail = match status {
        408 => "the head of the request did not arrive in time".to_owned(),
        431 => {
            let (fields, bytes) = (limits::HTTP1_FIELDS, limits::HTTP1_HEAD_BYTES);
            format!("the head of the request has more than {fields} fields, or is over {bytes} bytes")
        }
        _ => {
            "this can't be read as a request of HTTP: look at the request line, the header fields and their framing"
                .to_owned()
        }
    };
    Error::new(Kind::InvalidHeader, detail).with_status(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bare_refusal_at_the_end_is_taken_for_one() {
        let bare = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\ndate: x\r\n\r\n";
        assert_eq!(bare_refusal(bare.as_bytes()), Some((0, 400)));
        let second = format!("HTTP/1.1 204 No Content\r\nx-request-id: a\r\n\r\n{bare}");
        assert_eq!(bare_refusal(second.as_bytes()), Some((second.len() - bare.len(), 400)));
        for other in [
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nx-request-id: a\r\n\r\n",
            "HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\nab",
            "HTTP/1.1 200 OK\r\nx-request-id: a\r\n\r\n\"HTTP/1.1 400\"\r\n\r\n",
            "\"HTTP/1.1 400 Bad Request\"}\n\r\n0\r\n\r\n",
            "\r\n\r\n",
            "",
        ] {
            assert_eq!(bare_refusal(other.as_bytes()), None, "{other}");
        }
    }
}
