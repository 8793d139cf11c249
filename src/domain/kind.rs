//! The kinds of failure, by which code decides; what each means over HTTP is a table in `http::problem`.

/// What went wrong, as far as anybody decides by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is explained to people in http::problem, its only table")]
pub enum Kind {
    MalformedJson,
    InvalidKey,
    InvalidParameter,
    InvalidHeader,
    InvalidCursor,
    InvalidOperation,
    InvalidPatch,
    Unauthenticated,
    InsufficientScope,
    NoSuchItem,
    NoSuchCollection,
    NoSuchPath,
    MethodNotAllowed,
    NotAcceptable,
    UnsupportedMediaType,
    Conflict,
    RequestInProgress,
    CollectionNotEmpty,
    PreconditionFailed,
    TransactionPrecondition,
    TooLarge,
    SchemaViolation,
    IdempotencyKeyReused,
    PreconditionRequired,
    RateLimited,
    Overloaded,
    Throttled,
    StoreUnavailable,
    OutcomeUnknown,
    DeadlineExceeded,
    Internal,
}

impl Kind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [Kind; 31] = [
        Kind::MalformedJson,
        Kind::InvalidKey,
        Kind::InvalidParameter,
        Kind::InvalidHeader,
        Kind::InvalidCursor,
        Kind::InvalidOperation,
        Kind::InvalidPatch,
        Kind::Unauthenticated,
        Kind::InsufficientScope,
        Kind::NoSuchItem,
        Kind::NoSuchCollection,
        Kind::NoSuchPath,
        Kind::MethodNotAllowed,
        Kind::NotAcceptable,
        Kind::UnsupportedMediaType,
        Kind::Conflict,
        Kind::RequestInProgress,
        Kind::CollectionNotEmpty,
        Kind::PreconditionFailed,
        Kind::TransactionPrecondition,
        Kind::TooLarge,
        Kind::SchemaViolation,
        Kind::IdempotencyKeyReused,
        Kind::PreconditionRequired,
        Kind::RateLimited,
        Kind::Overloaded,
        Kind::Throttled,
        Kind::StoreUnavailable,
        Kind::OutcomeUnknown,
        Kind::DeadlineExceeded,
        Kind::Internal,
    ];

    /// The name by which the kind is known outside: the last part of a problem's `type`, a metric label, and
    /// the word that crosses between the roles.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::MalformedJson => "malformed-json",
            Kind::InvalidKey => "invalid-key",
            Kind::InvalidParameter => "invalid-parameter",
            Kind::InvalidHeader => "invalid-header",
            Kind::InvalidCursor => "invalid-cursor",
            Kind::InvalidOperation => "invalid-operation",
            Kind::InvalidPatch => "invalid-patch",
            Kind::Unauthenticated => "unauthenticated",
            Kind::InsufficientScope => "insufficient-scope",
            Kind::NoSuchItem => "no-such-item",
            Kind::NoSuchCollection => "no-such-collection",
            Kind::NoSuchPath => "no-such-path",
            Kind::MethodNotAllowed => "method-not-allowed",
            Kind::NotAcceptable => "not-acceptable",
            Kind::UnsupportedMediaType => "unsupported-media-type",
            Kind::Conflict => "conflict",
            Kind::RequestInProgress => "request-in-progress",
            Kind::CollectionNotEmpty => "collection-not-empty",
            Kind::PreconditionFailed => "precondition-failed",
            Kind::TransactionPrecondition => "transaction-precondition",
            Kind::TooLarge => "too-large",
            Kind::SchemaViolation => "schema-violation",
            Kind::IdempotencyKeyReused => "idempotency-key-reused",
            Kind::PreconditionRequired => "precondition-required",
            Kind::RateLimited => "rate-limited",
            Kind::Overloaded => "overloaded",
            Kind::Throttled => "throttled",
            Kind::StoreUnavailable => "store-unavailable",
            Kind::OutcomeUnknown => "outcome-unknown",
            Kind::DeadlineExceeded => "deadline-exceeded",
            Kind::Internal => "internal-error",
        }
    }

    /// The kind of that name, if there is one.
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
