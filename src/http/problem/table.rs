//! The table of problems: for each kind its HTTP status, its title, what it means, and what to do about it.

use crate::domain::{Error, Kind};

/// What a kind of failure means over HTTP, and to a person.
#[derive(Clone, Copy, Debug)]
pub struct Explanation {
    /// Which kind.
    pub kind: Kind,
    /// The usual status.
    pub status: u16,
    /// A few words, the same for every occurrence.
    pub title: &'static str,
    /// What happened.
    pub meaning: &'static str,
    /// What the caller can do.
    pub remedy: &'static str,
}

/// The row of a kind.
pub fn explanation(kind: Kind) -> &'static Explanation {
    &TABLE[kind as usize]
}

/// The status of an error: its own, or that of its kind.
pub fn status(error: &Error) -> u16 {
    error.status().unwrap_or(explanation(error.kind()).status)
}

const fn row(
    kind: Kind,
    status: u16,
    title: &'static str,
    meaning: &'static str,
    remedy: &'static str,
) -> Explanation {
    Explanation { kind, status, title, meaning, remedy }
}

/// What to do about a write of which nobody knows whether it was done.
const REPEAT: &str = "Repeat it with the same Idempotency-Key, and where others write the item too, with the same If-Match \
    or If-None-Match: then it is never done over a write of theirs. Without a key, read the item before deciding.";

/// In the order of `Kind`, which a test holds (in `mod.rs`, since this file is long enough).
static TABLE: [Explanation; Kind::ALL.len()] = [
    row(
        Kind::MalformedJson,
        400,
        "Malformed JSON",
        "The body, or a value in it, is not a JSON document that the store keeps: the syntax is broken, a \
         member name appears twice in one object, an escape stands for half a character, there is a byte \
         order mark, containers are nested more than 64 deep, or there is no body at all.",
        "errors names the place. Send one JSON value in UTF-8, with each member name once. Numbers may be \
         of any size.",
    ),
    row(
        Kind::InvalidKey,
        400,
        "Invalid key",
        "The key of the item can't be one: it is empty or longer than 1024 bytes, has an empty, . or .. \
         segment, or a control character, or its percent-encoding is broken, or there is a plain # in the \
         request target. With status 414 the whole request target is over 8 KiB.",
        "Use 1 to 1024 bytes of UTF-8. Slashes are allowed between segments; everything else that a URI \
         does not allow must be percent-encoded, once.",
    ),
    row(
        Kind::InvalidParameter,
        400,
        "Invalid parameter",
        "A query parameter, a part of the path or a setting is not one that this resource has, appears \
         twice, is empty, or has a value out of its range.",
        "errors names each of them. Unknown parameters are refused on purpose, so that a misspelt limit \
         does not read a whole collection.",
    ),
    row(
        Kind::InvalidHeader,
        400,
        "Invalid header field",
        "A header field that matters can't be understood, or has no meaning for this request (If-Match on a \
         list, Item-TTL on a GET). It is refused instead of ignored, because you meant something by it. \
         Status 417 is an Expect that the server does not know, 431 a head that is too large, 408 a request \
         that did not arrive in time.",
        "errors names each field. Correct it, or leave it out.",
    ),
    row(
        Kind::InvalidCursor,
        400,
        "Invalid cursor",
        "The cursor was not made by this service, was changed, or belongs to another query.",
        "Follow next or the Link field exactly as they came. With a cursor only limit, fields and \
         consistency may change. To ask another question, begin without a cursor.",
    ),
    row(
        Kind::InvalidOperation,
        400,
        "Invalid operation",
        "A batch or transaction is not written as the grammar has it: an operation or member is unknown or \
         missing, there are more than 100 operations, two are about one item, a check has no condition, or \
         gets and writes are mixed: nothing was done. As the problem of one operation of a batch: its ttl or \
         condition can't be read, and only that one was not done.",
        "errors has a pointer like /ops/3/key for each fault. Correct them all and send them again.",
    ),
    row(
        Kind::InvalidPatch,
        400,
        "Invalid patch",
        "The body is JSON, but no patch of the media type that it claims to be: an unknown operation, a \
         pointer that is none, more than 1000 steps, an increment that is empty, has no number, or has two \
         places of which one lies in the other.",
        "errors names the place in the patch. See RFC 6902 and RFC 7396; an increment is an object of JSON \
         Pointers and numbers.",
    ),
    row(
        Kind::Unauthenticated,
        401,
        "Unauthenticated",
        "The request names nobody, or its token or key is unknown, has expired, or is not meant for this \
         service.",
        "Send Authorization: Bearer with a valid API key or token. WWW-Authenticate says what is expected.",
    ),
    row(
        Kind::InsufficientScope,
        403,
        "Insufficient scope",
        "You are known, but your scopes do not reach this collection, this key, or this prefix.",
        "WWW-Authenticate names the scope that is missing. A list needs a prefix that lies within your \
         scope.",
    ),
    row(
        Kind::NoSuchItem,
        404,
        "No such item",
        "The collection has no item under this key: there never was one, it was deleted, or its time to \
         live has passed.",
        "To create it, use PUT, or an increment. Patches never create an item.",
    ),
    row(
        Kind::NoSuchCollection,
        404,
        "No such collection",
        "There is no collection of this name.",
        "The first write to a collection makes it, unless the operator has switched that off; else PUT its \
         settings first. GET /v1/collections lists those that are there.",
    ),
    row(
        Kind::NoSuchPath,
        404,
        "No such path",
        "Nothing is served under this path. A trailing slash counts.",
        "See /docs, or /openapi.json, for the paths that there are.",
    ),
    row(
        Kind::MethodNotAllowed,
        405,
        "Method not allowed",
        "The resource is there, but does not have this method.",
        "Allow lists the methods that it has.",
    ),
    row(
        Kind::NotAcceptable,
        406,
        "Not acceptable",
        "Accept rules out the only media type that would be sent.",
        "Leave Accept out, or allow application/json (application/x-ndjson for an export, text/html for a page).",
    ),
    row(
        Kind::UnsupportedMediaType,
        415,
        "Unsupported media type",
        "The body has a Content-Type that this resource does not take, or any Content-Encoding.",
        "Accept, or Accept-Patch, lists the media types that are taken. Send bodies uncompressed.",
    ),
    row(
        Kind::Conflict,
        409,
        "Conflict",
        "The change does not fit what is there: a patch test failed, a place is missing, a number was \
         expected, or the shards of a collection would change. Or others kept changing the item at the same \
         time.",
        "With Retry-After, the same request may succeed later. Without it, read the item, and send a change \
         that fits; where a document does not fit, errors names the place in it.",
    ),
    row(
        Kind::RequestInProgress,
        409,
        "Request in progress",
        "A request with the same Idempotency-Key is still running.",
        "Wait as Retry-After says, then repeat it with the same key to get its answer.",
    ),
    row(
        Kind::CollectionNotEmpty,
        409,
        "Collection not empty",
        "A collection can be deleted only when it holds no items.",
        "Delete its items first.",
    ),
    row(
        Kind::PreconditionFailed,
        412,
        "Precondition failed",
        "The item is not in the state that If-Match, If-None-Match or If-Unmodified-Since names. Nothing \
         was changed.",
        "The ETag field and current_etag name the version that is there (neither, when there is none); with \
         Prefer: return=representation, current holds its document. Decide again on that basis.",
    ),
    row(
        Kind::TransactionPrecondition,
        412,
        "Transaction precondition failed",
        "At least one operation of the transaction has a condition that does not hold. None was done.",
        "failures names each of those operations, with its status and the current ETag. Read these items and \
         decide again.",
    ),
    row(
        Kind::TooLarge,
        413,
        "Too large",
        "The body, a document, or what a patch would make of it, is over its limit; limit and actual are \
         bytes. In the results of a batch: the answer holds no more.",
        "Split the document or the request. The limits are listed in /docs.",
    ),
    row(
        Kind::SchemaViolation,
        422,
        "Schema violation",
        "The document is JSON, but not what the schema of its collection demands. Nothing was stored.",
        "errors has a pointer into the document for each violation. GET the collection to see its schema.",
    ),
    row(
        Kind::IdempotencyKeyReused,
        422,
        "Idempotency key reused",
        "This Idempotency-Key came before with another content.",
        "Make a new key for each new request; keep the key only to repeat the very same one.",
    ),
    row(
        Kind::PreconditionRequired,
        428,
        "Precondition required",
        "The collection takes writes only under a condition, so that nobody overwrites what they have not \
         seen.",
        "Send If-Match with the ETag that you read, or If-None-Match: * to create.",
    ),
    row(
        Kind::RateLimited,
        429,
        "Rate limited",
        "You have sent more requests than you may for now.",
        "Wait as Retry-After says. RateLimit and RateLimit-Policy tell how much is left.",
    ),
    row(
        Kind::Overloaded,
        503,
        "Overloaded",
        "The service has as much work in flight as it can bear, and refused this request at once. Nothing \
         was done.",
        "Repeat it after Retry-After, with growing pauses.",
    ),
    row(
        Kind::Throttled,
        503,
        "Throttled",
        "The database refused the request because a capacity limit was reached: reason is hot-key, table or \
         account. Nothing was done.",
        "Repeat it after Retry-After. For hot-key, spread the load over more keys; for table or account, \
         the operator has to raise the capacity.",
    ),
    row(
        Kind::StoreUnavailable,
        503,
        "Store unavailable",
        "No store could be reached, or the one that was takes no writes any more, as when its disk is full. Nothing was \
         done.",
        "Repeat the request after Retry-After. If it lasts, the operator finds the reason in the log and in \
         /readyz.",
    ),
    row(
        Kind::OutcomeUnknown,
        504,
        "Outcome unknown",
        "The write was sent, but its answer was lost, on the way or with the disk, and the store can't tell \
         whether it was done.",
        REPEAT,
    ),
    row(
        Kind::DeadlineExceeded,
        504,
        "Deadline exceeded",
        "The answer was not there in time. A write may still have been done.",
        REPEAT,
    ),
    row(
        Kind::Internal,
        500,
        "Internal error",
        "Something is wrong with the service itself.",
        "Tell its operator the request_id. Repeating the request is safe for reads, for increments and transactions with \
         an Idempotency-Key, and for other writes with If-Match or If-None-Match.",
    ),
];
