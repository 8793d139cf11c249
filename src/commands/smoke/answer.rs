//! One answer of the system under test, and what can be demanded of it.

use std::fmt;

use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::commands::client::problem;
use crate::domain::Kind;

/// A promise that was not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    /// Method and target.
    pub request: String,
    /// What was promised, and what came.
    pub detail: String,
    /// Whether no answer came at all, so that nothing else need be tried.
    pub unreachable: bool,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.request, self.detail)
    }
}

/// An answer with its whole body.
#[derive(Debug)]
pub(super) struct Answer {
    pub request: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    /// The status must be this one.
    pub(super) fn status(self, status: u16) -> Result<Self, Broken> {
        if self.status == status {
            return Ok(self);
        }
        let came = problem(self.status, &self.body);
        Err(self.broken(&format!("expected status {status}, but it was {came}")))
    }

    /// Something about it must hold.
    pub(super) fn check(&self, holds: bool, promise: impl fmt::Display) -> Result<(), Broken> {
        if holds { Ok(()) } else { Err(self.broken(&format!("expected {promise}"))) }
    }

    /// A header field must be there.
    pub(super) fn header(&self, name: &str) -> Result<&str, Broken> {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.ok_or_else(|| self.broken(&format!("expected a header field {name}")))
    }

    /// A header field must be exactly so.
    pub(super) fn has(&self, name: &str, value: &str) -> Result<(), Broken> {
        let came = self.header(name)?;
        self.check(came == value, format!("{name}: {value}, but it was {came}"))
    }

    /// A header field must not be there.
    pub(super) fn lacks(&self, name: &str) -> Result<(), Broken> {
        self.check(!self.headers.contains_key(name), format!("no header field {name}"))
    }

    /// The entity tag must be there.
    pub(super) fn etag(&self) -> Result<String, Broken> {
        self.header("etag").map(str::to_owned)
    }

    /// The body must be exactly so.
    pub(super) fn body_is(&self, body: impl AsRef<[u8]>) -> Result<(), Broken> {
        let body = body.as_ref();
        let shown = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
        self.check(
            self.body == body,
            format!("the body `{}`, but it was `{}`", shown(body), shown(&self.body)),
        )
    }

    /// The body must be JSON.
    pub(super) fn json(&self) -> Result<Value, Broken> {
        serde_json::from_slice(&self.body)
            .map_err(|error| self.broken(&format!("expected a JSON body: {error}")))
    }

    /// The part of the JSON body under a pointer must be this.
    pub(super) fn json_has(&self, pointer: &str, value: &Value) -> Result<(), Broken> {
        let body = self.json()?;
        let came = body.pointer(pointer).unwrap_or(&Value::Null);
        self.check(came == value, format!("{value} under {pointer:?} of the body, but it was {came}"))
    }

    /// It must be a whole problem document of this kind; gives that back.
    pub(super) fn problem(&self, kind: Kind) -> Result<Value, Broken> {
        self.has("content-type", "application/problem+json")?;
        let body = self.json()?;
        let text = |name: &str| body[name].as_str().unwrap_or_default();
        let (name, came) = (format!("/problems/{}", kind.name()), text("type"));
        self.check(came == name, format!("a problem of type {name}, but it was {came}"))?;
        self.check(body["status"] == self.status, "the status in the problem document too")?;
        self.check(!text("title").is_empty() && !text("detail").is_empty(), "a title and a detail")?;
        let id = self.header("x-request-id")?;
        self.check(text("request_id") == id, "the request id in the problem document")?;
        let path = self.request.split([' ', '?']).nth(1).unwrap_or_default();
        self.check(text("instance").ends_with(path), format!("{path} as the problem's instance"))?;
        Ok(body)
    }

    /// What to say where something else does not hold.
    pub(super) fn broken(&self, detail: &str) -> Broken {
        let id = self.headers.get("x-request-id").and_then(|id| id.to_str().ok());
        let id =
            id.filter(|id| !detail.contains(*id)).map(|id| format!(" (request {id})")).unwrap_or_default();
        Broken { request: self.request.clone(), detail: format!("{detail}{id}"), unreachable: false }
    }
}
