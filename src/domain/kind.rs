//! The kinds of failure, by which code decides; what each means over HTTP is a table in `http::problem`.

macro_rules! kinds {
    ($($kind:ident = $name:literal,)*) => {
        /// What went wrong, as far as anybody decides by it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "each is explained to people in http::problem, its only table")]
        pub enum Kind {
            $($kind,)*
        }

        impl Kind {
            /// Every kind, in the order of the documentation.
            pub const ALL: [Kind; [$($name),*].len()] = [$(Kind::$kind),*];

            /// The name by which the kind is known outside: the last part of a problem's `type`, a metric label, and
            /// the word that crosses between the roles.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Kind::$kind => $name,)*
                }
            }
        }
    };
}

kinds! {
    MalformedJson = "malformed-json",
    InvalidKey = "invalid-key",
    InvalidParameter = "invalid-parameter",
    InvalidHeader = "invalid-header",
    InvalidCursor = "invalid-cursor",
    InvalidOperation = "invalid-operation",
    InvalidPatch = "invalid-patch",
    Unauthenticated = "unauthenticated",
    InsufficientScope = "insufficient-scope",
    NoSuchItem = "no-such-item",
    NoSuchCollection = "no-such-collection",
    NoSuchPath = "no-such-path",
    MethodNotAllowed = "method-not-allowed",
    NotAcceptable = "not-acceptable",
    UnsupportedMediaType = "unsupported-media-type",
    Conflict = "conflict",
    RequestInProgress = "request-in-progress",
    CollectionNotEmpty = "collection-not-empty",
    PreconditionFailed = "precondition-failed",
    TransactionPrecondition = "transaction-precondition",
    TooLarge = "too-large",
    SchemaViolation = "schema-violation",
    IdempotencyKeyReused = "idempotency-key-reused",
    PreconditionRequired = "precondition-required",
    RateLimited = "rate-limited",
    Overloaded = "overloaded",
    Throttled = "throttled",
    StoreUnavailable = "store-unavailable",
    OutcomeUnknown = "outcome-unknown",
    DeadlineExceeded = "deadline-exceeded",
    Internal = "internal-error",
}

impl Kind {
    /// The kind of that name, if there is one.
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
