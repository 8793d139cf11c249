//! Which dialect a schema says it is written in: there is one.

use bytes::Bytes;
use serde_json::Value;

use crate::domain::error::{Error, Fault, Place, Result};
use crate::domain::kind::Kind;
use crate::domain::limits;

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Finds every `$schema` of another dialect. What is no JSON is left to others to refuse.
pub(super) fn check(text: &Bytes, at: &str) -> Result<()> {
    let mut faults = Vec::new();
    if let Ok(schema) = serde_json::from_slice(text) {
        find(&schema, at, &mut faults);
    }
    if faults.is_empty() {
        return Ok(());
    }
    faults.truncate(limits::VIOLATIONS_TOLD);
    Err(Error::new(Kind::InvalidParameter, "the schema is of a dialect that is not known here")
        .with_faults(faults))
}

/// Finds not many more than are told: each has a place as long as the names that lead there.
fn find(value: &Value, at: &str, faults: &mut Vec<Fault>) {
    match value {
        _ if faults.len() >= limits::VIOLATIONS_TOLD => {}
        Value::Object(members) => {
            for (name, value) in members {
                let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                match (name.as_str(), value) {
                    ("$schema", Value::String(dialect)) if dialect.trim_end_matches('#') != DIALECT => {
                        let detail =
                            format!("schemas are JSON Schema 2020-12 here: {DIALECT}, or no `$schema`");
                        faults.push(Fault { place: Place::Pointer(at), detail });
                    }
                    // These hold values, not schemas.
                    ("const" | "enum" | "default" | "examples", _) => {}
                    _ => find(value, &at, faults),
                }
            }
        }
        Value::Array(elements) => {
            for (place, value) in elements.iter().enumerate() {
                find(value, &format!("{at}/{place}"), faults);
            }
        }
        _ => {}
    }
}
