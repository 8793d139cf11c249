//! Header fields of answers.

use serde_json::{Map, Value, json};

/// An HTTP date.
const DATE: &str = "^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT$";

/// Name, meaning, and the pattern that values have.
const FIELDS: [(&str, &str, &str); 20] = [
    (
        "ETag",
        "The version of the item or the settings. Strong; with the coding as a suffix if the answer is \
         compressed.",
        r#"^"[^"]+"$"#,
    ),
    ("Last-Modified", "When that version was written.", DATE),
    (
        "Sunset",
        "When the item ends (RFC 8594), rounded up to a whole second. Missing where it has no end.",
        DATE,
    ),
    ("Location", "The path of what was created.", "^/v1/collections/"),
    ("Cache-Control", "Caches may keep it, but must ask each time.", "^private, no-cache$"),
    ("Vary", "Answers may be compressed.", "(?i)accept-encoding"),
    ("Link", "The next page, rel=\"next\".", "^<[^>]+>; rel=\"?next\"?$"),
    ("Consistency", "How recent the answer is.", "^(strong|eventual)$"),
    ("Preference-Applied", "The Prefer that was honoured.", "^return=(minimal|representation)$"),
    (
        "Request-Charge",
        "Capacity units that the database charged, or would have.",
        r"^rcu=[0-9]+(\.5)?, wcu=[0-9]+$",
    ),
    ("X-Request-Id", "The id of this request: yours, or a new UUIDv7.", "^[!-~]{1,128}$"),
    ("Allow", "The methods of this resource.", "^[A-Z]+(, [A-Z]+)*$"),
    ("Accept", "The media types that this resource takes.", "/"),
    ("Accept-Encoding", "The codings that a body may have: none.", "^identity$"),
    ("Accept-Patch", "The media types that PATCH takes.", "/"),
    ("Retry-After", "Seconds after which the same request may succeed.", "^[0-9]+$"),
    (
        "WWW-Authenticate",
        "What credentials are expected, what was wrong with those that came, or which scope they lack (RFC 6750).",
        "^Bearer ",
    ),
    (
        "RateLimit",
        "What is left of the limit named: r units, and t seconds until all of it is back. Only where there is a limit.",
        "^\"[a-z]+\";r=[0-9]+;t=[0-9]+$",
    ),
    (
        "RateLimit-Policy",
        "The limit: q units in w seconds. Only where there is a limit.",
        "^\"[a-z]+\";q=[0-9]+;w=[0-9]+",
    ),
    ("Content-Security-Policy", "The page loads nothing from elsewhere.", "default-src 'none'"),
];

/// Each field twice: as one that may be there, and (`…Always`) as one that is.
pub(super) fn all() -> Value {
    let mut all = Map::new();
    for (name, text, pattern) in FIELDS {
        let schema = json!({"type": "string", "pattern": pattern});
        all.insert(name.into(), json!({"description": text, "schema": schema}));
        let always = json!({"description": text, "required": true, "schema": schema});
        all.insert(format!("{name}Always"), always);
    }
    all.into()
}
