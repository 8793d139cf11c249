//! Parameters of requests: path, query and header fields.

use serde_json::{Map, Value, json};

use crate::api::routes::{self, Keyed, Sends, Verb};
use crate::domain::limits;

use super::operation::schema;

/// The name of a collection.
pub(super) const COLLECTION: &str = "^[a-z0-9][a-z0-9_-]{0,62}$";
/// A key: segments without control characters, none of them empty, `.` or `..`.
pub(super) const KEY: &str =
    r"^(?!\.{1,2}(/|$))[^/\u0000-\u001f\u007f-\u009f]+(/(?!\.{1,2}(/|$))[^/\u0000-\u001f\u007f-\u009f]+)*$";
/// What a key may begin with.
pub(super) const PREFIX: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";
/// A list of entity tags.
const TAGS: &str =
    concat!(r#"^(W/)?"[!#-~\u0080-\u00ff]*""#, r#"([ \t]*,[ \t]*(W/)?"[!#-~\u0080-\u00ff]*")*$"#);
/// `never`, or seconds up to ten years, without sign or leading zero.
pub(super) const TTL: &str = concat!(
    "^(never|[1-9][0-9]{0,7}|[12][0-9]{8}|30[0-9]{7}|31[0-4][0-9]{6}|",
    "315[0-2][0-9]{5}|3153[0-5][0-9]{4}|315360000)$"
);
/// An entity tag that this service makes.
const OWN_TAG: &str = r#"^"[0-9A-HJKMNP-TV-Z]{11}-[0-9A-F][0-9A-HJKMNP-TV-Z]{12}(-(gzip|br|zstd))?"$"#;

/// `*`, or a list of entity tags.
pub(super) fn tags() -> Value {
    json!({"type": "string", "anyOf": [{"const": "*"}, {"pattern": TAGS}]})
}

/// The names of what an operation takes in path, query and header fields, as the route table has it.
pub(super) fn of(path: &str, method: &str) -> Vec<&'static str> {
    let mut names: Vec<_> =
        ["collection", "key"].into_iter().filter(|name| path.contains(&format!("{{{name}}}"))).collect();
    let Some(route) = routes::all().iter().find(|route| route.pattern == path) else { return names };
    let Some(operation) = route.operation(&method.to_uppercase()) else { return names };
    names.extend(operation.parameters);
    names.extend(operation.min_version.then_some("Min-Version"));
    if operation.conditions {
        names.extend(["If-Match", "If-None-Match", "If-Unmodified-Since"]);
        names.extend((operation.verb == Verb::Get).then_some("If-Modified-Since"));
    }
    names.extend(operation.ttl.then_some("Item-TTL"));
    // Where no document is sent, one may be in the way.
    let in_the_way = operation.sends == Sends::Nothing && operation.conditions;
    names.extend((operation.sends == Sends::JsonIfPreferred || in_the_way).then_some("Prefer"));
    names.extend((operation.keyed == Keyed::Used).then_some("Idempotency-Key"));
    names
}

/// An `Idempotency-Key`, bare or as a string of RFC 8941.
const IDEMPOTENCY_KEY: &str = r#"^([!#-~][!-~]{0,254}|"([!#-\[\]-~]|\\["\\]){1,255}")$"#;

/// Every parameter that several operations share.
pub(super) fn all() -> Value {
    let mut all = Map::new();
    for (component, parameter) in path().into_iter().chain(query()).chain(header()) {
        all.insert(component.into(), parameter);
    }
    all.into()
}

type Component = (&'static str, Value);

fn path() -> [Component; 2] {
    let parameter = |name: &str, text: &str, schema: Value| {
        json!({
            "name": name, "in": "path", "required": true, "description": text, "schema": schema
        })
    };
    [
        (
            "collection",
            parameter("collection", "The collection.", json!({"type": "string", "pattern": COLLECTION})),
        ),
        (
            "key",
            parameter(
                "key",
                "The key: the rest of the path, slashes included (as they are, or as %2F); 1 to 1024 bytes \
                 after decoding, no empty, . or .. segment, no control character.",
                json!({
                    "type": "string", "minLength": 1, "maxLength": limits::KEY_BYTES, "pattern": KEY,
                    "examples": ["users/42/today"]
                }),
            ),
        ),
    ]
}

fn query() -> Vec<Component> {
    let parameter = |name: &str, text: &str, schema: Value| {
        json!({
            "name": name, "in": "query", "description": text, "schema": schema
        })
    };
    let bound = |least: usize| {
        json!({
            "type": "string", "minLength": least, "maxLength": limits::PREFIX_BYTES, "pattern": PREFIX
        })
    };
    let limit = json!({
        "type": "integer", "minimum": 1, "maximum": limits::PAGE_MAX, "default": limits::PAGE_DEFAULT
    });
    let cursor = json!({"type": "string", "minLength": 1, "maxLength": limits::CURSOR_CHARS});
    let delimiter = json!({"type": "string", "minLength": 1, "maxLength": limits::DELIMITER_BYTES});
    let consistency = json!({"type": "string", "enum": ["strong", "eventual"], "default": "strong"});
    vec![
        ("prefix", parameter("prefix", "Only keys that begin so.", bound(0))),
        ("start", parameter("start", "The lower bound of keys, inclusive, with reverse too.", bound(0))),
        ("end", parameter("end", "The upper bound of keys, exclusive, with reverse too.", bound(1))),
        (
            "reverse",
            parameter("reverse", "From the greatest key down.", json!({"type": "boolean", "default": false})),
        ),
        ("limit", parameter("limit", "Entries of the page, at most.", limit)),
        (
            "cursor",
            parameter(
                "cursor",
                "The next of the page before; everything else but limit, fields and consistency must be the \
                 same.",
                cursor,
            ),
        ),
        (
            "fields",
            parameter(
                "fields",
                "Whether entries come with their documents.",
                json!({"type": "string", "enum": ["value", "keys"], "default": "value"}),
            ),
        ),
        (
            "delimiter",
            parameter(
                "delimiter",
                "Folds keys that have this text behind the prefix into one entry of prefixes; 1 to 16 bytes.",
                delimiter,
            ),
        ),
        (
            "consistency",
            parameter("consistency", "How recent the answer has to be; eventual costs half.", consistency),
        ),
    ]
}

fn header() -> Vec<Component> {
    let parameter = |name: &str, text: &str, schema: Value| {
        json!({
            "name": name, "in": "header", "description": text, "schema": schema
        })
    };
    let date = || json!({"type": "string", "examples": ["Mon, 23 Nov 2026 02:09:21 GMT"]});
    let ttl = json!({"type": "string", "pattern": TTL, "examples": ["86400", "never"]});
    let idempotency = json!({
        "type": "string", "pattern": IDEMPOTENCY_KEY, "examples": ["8e03978e-40d5-43dd-bc93-6894a57f9324"]
    });
    vec![
        (
            "If-Match",
            parameter("If-Match", "Only if one of these versions is there; * for any.", schema("Tags")),
        ),
        (
            "If-None-Match",
            parameter(
                "If-None-Match",
                "Only if none of these versions is there; * for a write that must create.",
                schema("Tags"),
            ),
        ),
        (
            "If-Modified-Since",
            parameter(
                "If-Modified-Since",
                "Only if it changed after that; what is no date is ignored.",
                date(),
            ),
        ),
        (
            "If-Unmodified-Since",
            parameter(
                "If-Unmodified-Since",
                "Only if it did not change after that; what is no date is ignored.",
                date(),
            ),
        ),
        (
            "Item-TTL",
            parameter(
                "Item-TTL",
                "Seconds that the item lives from now, or never. A PUT without it takes the default of the \
                 collection; PATCH keeps the end that there is.",
                ttl,
            ),
        ),
        (
            "Min-Version",
            parameter(
                "Min-Version",
                "Read eventually, and once more strongly if that is absent or older than this version.",
                json!({"type": "string", "pattern": OWN_TAG}),
            ),
        ),
        (
            "Prefer",
            parameter(
                "Prefer",
                "return=representation: the document in the answer to a PUT, POST or PATCH of an item, and as current \
                 in any 412; return=minimal: no body. Others are ignored.",
                json!({"type": "string", "examples": ["return=representation"]}),
            ),
        ),
        (
            "Idempotency-Key",
            parameter(
                "Idempotency-Key",
                "A name of your own for this write, so that repeating it does not do it twice. In quotes or \
                 bare, 1 to 255 visible characters.",
                idempotency,
            ),
        ),
    ]
}
