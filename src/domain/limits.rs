//! Every limit of the public contract, in one place; `/openapi.json` and the error texts are made from these.

use std::ops::RangeInclusive;
use std::time::Duration;

/// Bytes of one document as stored, on every backend, so that data can move between them.
/// `DynamoDB` allows 400 KB an item, attribute names and key included.
pub const DOCUMENT_BYTES: usize = 390 * 1024;
/// Bytes of the request body of one item, and of one import line.
pub const ITEM_BODY_BYTES: usize = 512 * 1024;
/// Bytes of the request body of a batch.
pub const BATCH_BODY_BYTES: usize = 8 * 1024 * 1024;
/// Bytes of the request body of a transaction (`DynamoDB`: 4 MB).
pub const TRANSACTION_BODY_BYTES: usize = 4_000_000;
/// Bytes of a JSON Schema.
pub const SCHEMA_BYTES: usize = 64 * 1024;
/// Bytes of documents that one batch or transaction answer holds.
pub const ANSWER_BYTES: usize = 8 * 1024 * 1024;
/// Subschemas that a schema may lead to from its beginning, each as often as it is reached.
pub const SCHEMA_WORK: u64 = 10_000;
/// Subschemas that are entered within each other; each takes some of the stack of a thread.
pub const SCHEMA_DEPTH: u64 = 500;
/// Violations of a schema, and unknown members of an object, that are told at once; a large body could have thousands.
pub const VIOLATIONS_TOLD: usize = 20;
/// Lines of an import that failed and are told.
pub const LINES_TOLD: usize = 100;
/// Bytes that the items which a transaction writes may hold together on `DynamoDB`.
pub const TRANSACTION_ITEMS_BYTES: usize = 4_000_000;
/// Bytes of a key, after percent-decoding.
pub const KEY_BYTES: usize = 1024;
/// Bytes of a list prefix or bound.
pub const PREFIX_BYTES: usize = 1024;
/// Bytes of a list delimiter.
pub const DELIMITER_BYTES: usize = 16;
/// Characters of a collection name.
pub const COLLECTION_CHARS: usize = 63;
/// Bytes of a request target.
pub const TARGET_BYTES: usize = 8 * 1024;
/// Fields of the head of a request over HTTP/1: those of the framework's parser.
pub const HTTP1_FIELDS: usize = 96;
/// Bytes of the head of a request over HTTP/1, likewise.
pub const HTTP1_HEAD_BYTES: usize = 128 * 1024;
/// Fields of the head of a request over HTTP/2, where cookies are several.
pub const HTTP2_FIELDS: usize = 128;
/// Bytes of the head of a request over HTTP/2, decoded and encoded.
pub const HTTP2_HEAD_BYTES: usize = 32 * 1024;
/// Requests that may be open on a connection of HTTP/2 at once.
pub const HTTP2_STREAMS: usize = 128;
/// Characters of the credentials of a request.
pub const CREDENTIALS_CHARS: usize = 8 * 1024;
/// Bytes of the name of somebody in a token.
pub const SUBJECT_BYTES: usize = 255;
/// Bytes of the id of the key in a token.
pub const TOKEN_KEY_ID_BYTES: usize = 256;
/// Characters of a cursor.
pub const CURSOR_CHARS: usize = 2048;
/// Entries of a list page when the caller names no limit.
pub const PAGE_DEFAULT: u16 = 100;
/// Entries of a list page at most.
pub const PAGE_MAX: u16 = 1000;
/// Bytes of documents in a list page.
pub const PAGE_BYTES: usize = 1024 * 1024;
/// Operations of a batch or a transaction.
pub const OPERATIONS: usize = 100;
/// Containers that may enclose one another in a document.
pub const NESTING: usize = 64;
/// Steps of a JSON Patch, and members of an increment.
pub const PATCH_STEPS: usize = 1000;
/// Elements that a JSON Patch may move up or down in arrays, all steps together.
pub const PATCH_MOVES: usize = 50_000_000;
/// Significant digits of a number that takes part in an increment (`DynamoDB`: 38).
pub const INCREMENT_DIGITS: usize = 38;
/// The least and the greatest power of ten that the first digit of such a number may have, as on `DynamoDB`.
pub const INCREMENT_POWERS: RangeInclusive<i64> = -130..=125;
/// Seconds of the longest time to live: ten years.
pub const TTL_SECONDS: u64 = 315_360_000;
/// Shards of a collection at most.
pub const SHARDS: u16 = 64;
/// Characters of an `Idempotency-Key`.
pub const IDEMPOTENCY_KEY_CHARS: usize = 255;
/// Characters of an `X-Request-Id` that is taken over.
pub const REQUEST_ID_CHARS: usize = 128;
/// How long the key of an increment or a transaction is remembered.
pub const IDEMPOTENCY_WINDOW: Duration = Duration::from_secs(600);
/// Tries of a patch or a transaction that others keep overtaking, before the caller is told.
pub const CONTENTION_TRIES: usize = 5;
/// How long collection settings may be out of date where they were not changed.
pub const SETTINGS_AGE: Duration = Duration::from_secs(5);
