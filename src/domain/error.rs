//! What a request fails with: a kind for decisions, words and places for people, a source for logs.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;

use super::charge::Charge;
use super::kind::Kind;
use super::limits;
use super::version::Version;

/// A result whose failure is the domain's.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Where in a request a fault lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A JSON Pointer into the body.
    Pointer(String),
    /// A query or path parameter.
    Parameter(String),
    /// A header field.
    Header(String),
}

/// One thing that is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What, and what to do about it.
    pub detail: String,
}

/// The item that stood in a write's way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Current {
    /// Its version.
    pub version: Version,
    /// Its document, where the caller asked for it.
    pub document: Option<Bytes>,
}

/// An operation of a transaction that kept it from happening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its place among the operations, from 0.
    pub op: usize,
    /// What it would have failed with on its own.
    pub kind: Kind,
    /// The current version of its item, if there is one.
    pub version: Option<Version>,
}

/// Why something was not done.
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    detail: Cow<'static, str>,
    faults: Vec<Fault>,
    limit: Option<(u64, u64)>,
    retry_after: Option<u32>,
    reason: Option<Cow<'static, str>>,
    current: Option<Current>,
    failures: Vec<Failure>,
    status: Option<u16>,
    headers: Vec<(&'static str, String)>,
    charge: Charge,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of a kind, with a sentence for people: lower case, no final stop.
    pub fn new(kind: Kind, detail: impl Into<Cow<'static, str>>) -> Self {
        Error(Box::new(Inner {
            kind,
            detail: detail.into(),
            faults: Vec::new(),
            limit: None,
            retry_after: None,
            reason: None,
            current: None,
            failures: Vec::new(),
            status: None,
            headers: Vec::new(),
            charge: Charge::ZERO,
            source: None,
        }))
    }

    /// An error with exactly one fault, whose text is also the error's.
    pub fn at(kind: Kind, place: Place, detail: impl Into<String>) -> Self {
        Error::new(kind, detail.into()).pointing(place)
    }

    /// A body, document or field that is over its limit, both in bytes.
    pub fn too_large(what: &str, limit: usize, actual: usize) -> Self {
        let detail = format!("{what} is {actual} bytes, the limit is {limit} bytes");
        Error::new(Kind::TooLarge, detail).with_limit(limit as u64, actual as u64)
    }

    /// A text that nests too deep: at least so deep, where it was read no further.
    pub fn too_deep(place: Place, detail: impl Into<String>, nesting: usize) -> Self {
        Error::at(Kind::MalformedJson, place, detail).with_limit(limits::NESTING as u64, nesting as u64)
    }

    /// Nothing lies under a key.
    pub fn no_such_item() -> Self {
        Error::new(Kind::NoSuchItem, "there is no item under this key")
    }

    /// Something that our own code should have made impossible, or a damaged file.
    pub fn internal(detail: impl Into<Cow<'static, str>>) -> Self {
        Error::new(Kind::Internal, detail)
    }

    /// Says that it is about that place, as a fault of its own text.
    #[must_use]
    pub fn pointing(self, place: Place) -> Self {
        let detail = self.detail().to_owned();
        self.with_fault(place, detail)
    }

    /// Adds a fault.
    #[must_use]
    pub fn with_fault(mut self, place: Place, detail: impl Into<String>) -> Self {
        self.0.faults.push(Fault { place, detail: detail.into() });
        self
    }

    /// Sets all faults at once.
    #[must_use]
    pub fn with_faults(mut self, faults: Vec<Fault>) -> Self {
        self.0.faults = faults;
        self
    }

    /// Says which limit was passed, and by what.
    #[must_use]
    pub fn with_limit(mut self, limit: u64, actual: u64) -> Self {
        self.0.limit = Some((limit, actual));
        self
    }

    /// Says which limit was passed, where one was.
    #[must_use]
    pub fn if_beyond(self, limit: u64, actual: u64) -> Self {
        if actual > limit { self.with_limit(limit, actual) } else { self }
    }

    /// Says after how many seconds a repetition may succeed.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// Names the cause within the kind (for `throttled`: `hot-key`, `table` or `account`).
    #[must_use]
    pub fn with_reason(mut self, reason: impl Into<Cow<'static, str>>) -> Self {
        self.0.reason = Some(reason.into());
        self
    }

    /// Shows the item that stood in the way.
    #[must_use]
    pub fn with_current(mut self, current: Option<Current>) -> Self {
        self.0.current = current;
        self
    }

    /// Lists the operations that kept a transaction from happening.
    #[must_use]
    pub fn with_failures(mut self, failures: Vec<Failure>) -> Self {
        self.0.failures = failures;
        self
    }

    /// Uses another HTTP status than the kind's own (414, 431 and their like).
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Adds a header field to the answer (`Allow`, `Accept`, `Accept-Patch` and their like).
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.headers.push((name, value.into()));
        self
    }

    /// Adds what the attempt cost.
    #[must_use]
    pub fn with_charge(mut self, charge: Charge) -> Self {
        self.0.charge += charge;
        self
    }

    /// Keeps the cause, for the log only.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The same error once more, without its cause and its cost, for each of several operations that failed as
    /// one.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        let Inner { kind, ref detail, ref faults, retry_after, ref reason, status, .. } = *self.0;
        let mut error = Error::new(kind, detail.clone()).with_faults(faults.clone());
        error.0.retry_after = retry_after;
        error.0.reason = reason.clone();
        error.0.status = status;
        error
    }

    /// What went wrong.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The sentence for people.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// Each thing that is wrong, where several may be.
    pub fn faults(&self) -> &[Fault] {
        &self.0.faults
    }

    /// The limit that was passed and the size that passed it, in bytes.
    pub fn limit(&self) -> Option<(u64, u64)> {
        self.0.limit
    }

    /// Seconds after which a repetition may succeed.
    pub fn retry_after(&self) -> Option<u32> {
        self.0.retry_after
    }

    /// The cause within the kind.
    pub fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// The item that stood in the way.
    pub fn current(&self) -> Option<&Current> {
        self.0.current.as_ref()
    }

    /// The operations that kept a transaction from happening.
    pub fn failures(&self) -> &[Failure] {
        &self.0.failures
    }

    /// The HTTP status, where it is not the kind's own.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Further header fields of the answer.
    pub fn headers(&self) -> &[(&'static str, String)] {
        &self.0.headers
    }

    /// What the attempt cost.
    pub fn charge(&self) -> Charge {
        self.0.charge
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.kind.name(), self.0.detail)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
