//! JSON Schema 2020-12: what a collection may demand of its documents.

use bytes::Bytes;
use jsonschema::{Draft, PatternOptions, Retrieve, Uri, Validator};
use serde_json::Value;

use super::error::{Error, Fault, Place, Result};
use super::item::Document;
use super::json::{Json, Number};
use super::kind::Kind;
use super::limits;

/// Violations that are told at once; a large document could have thousands.
const VIOLATIONS: usize = 20;

/// A schema that is ready to judge documents.
///
/// `format` annotates only; regular expressions run in linear time; nothing is ever fetched.
#[derive(Debug)]
pub struct Schema {
    validator: Validator,
}

/// Places of decimals from which on a number is long.
const LONG: u64 = 400;

/// Long numbers that are judged by a schema, at most.
const LONG_NUMBERS: usize = 100;

const TOO_MANY_LONG: &str = "it has more than 100 numbers of over 400 places, which a schema can't judge";
const _: () = assert!(LONG == 400 && LONG_NUMBERS == 100, "TOO_MANY_LONG says so");

/// Refuses every reference that leads out of the schema itself.
struct NoRetrieval;

impl Retrieve for NoRetrieval {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Err(format!("`{uri}` lies outside of the schema, and nothing is fetched").into())
    }
}

impl Schema {
    /// Compiles a schema that stands at `at` (a JSON Pointer) in the request.
    ///
    /// # Errors
    /// `too-large` over 64 KiB; `invalid-parameter` where it is no schema, with the pointer to what is wrong.
    pub fn parse(text: &Bytes, at: &str) -> Result<Schema> {
        if text.len() > limits::SCHEMA_BYTES {
            return Err(Error::too_large("the schema", limits::SCHEMA_BYTES, text.len()));
        }
        let no_schema = |pointer: String, detail: String| {
            let place = Place::Pointer(format!("{at}{pointer}"));
            Error::at(Kind::InvalidParameter, place, format!("this is no JSON Schema: {detail}"))
        };
        let json = Json::parse(text).map_err(|error| no_schema(String::new(), error.detail().to_owned()))?;
        if !judgeable(&json) {
            return Err(no_schema(String::new(), TOO_MANY_LONG.to_owned()));
        }
        let value = json.to_value()?;
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_pattern_options(PatternOptions::regex())
            .should_validate_formats(false)
            .with_retriever(NoRetrieval)
            .build(&value)
            .map(|validator| Schema { validator })
            .map_err(|error| no_schema(error.instance_path().to_string(), error.to_string()))
    }

    /// Judges a document. Pointers to what is wrong begin with `at`.
    ///
    /// # Errors
    /// `schema-violation`, with each place that is wrong. The texts never quote the document, so that they
    /// may be logged.
    pub fn check(&self, document: &Document, at: &str) -> Result<()> {
        let json = Json::parse(document.bytes())
            .map_err(|error| Error::internal("a stored document is no JSON").with_source(error))?;
        if !judgeable(&json) {
            return Err(Error::at(Kind::SchemaViolation, Place::Pointer(at.to_owned()), TOO_MANY_LONG));
        }
        // Not by `serde_json` from the text: it takes some objects for numbers.
        let value = json.to_value()?;
        let faults: Vec<Fault> = self
            .validator
            .iter_errors(&value)
            .take(VIOLATIONS)
            .map(|error| Fault {
                place: Place::Pointer(format!("{at}{}", error.instance_path())),
                detail: error.masked().to_string(),
            })
            .collect();
        if faults.is_empty() {
            return Ok(());
        }
        let detail = "the document does not satisfy the schema of its collection";
        Err(Error::new(Kind::SchemaViolation, detail).with_faults(faults))
    }
}

/// Whether judging takes no longer than it should: a number like `1e9999` is worked out digit by digit, which
/// takes milliseconds, and a document has room for fifty thousand of them.
fn judgeable(json: &Json<'_>) -> bool {
    fn long_numbers(json: &Json<'_>) -> usize {
        match json {
            Json::Number(text) => usize::from(Number::of(text).places() > LONG),
            Json::Array(elements) => elements.iter().map(long_numbers).sum(),
            Json::Object(members) => members.iter().map(|(_, value)| long_numbers(value)).sum(),
            _ => 0,
        }
    }
    long_numbers(json) <= LONG_NUMBERS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(text: &'static str) -> Result<Schema> {
        Schema::parse(&Bytes::from_static(text.as_bytes()), "/schema")
    }

    fn document(text: &'static str) -> Document {
        Document::trusted(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn violations_name_their_places_and_quote_nothing() {
        let schema = schema(r#"{"properties":{"a":{"type":"number"},"b":{"maxLength":2}}}"#).unwrap();
        let error = schema.check(&document(r#"{"a":"secret","b":"secret"}"#), "/ops/0/value").unwrap_err();
        assert_eq!(error.kind(), Kind::SchemaViolation);
        let places: Vec<_> = error.faults().iter().map(|fault| fault.place.clone()).collect();
        let pointer = |text: &str| Place::Pointer(text.into());
        assert_eq!(places, [pointer("/ops/0/value/a"), pointer("/ops/0/value/b")]);
        assert!(!format!("{error:?}").contains("secret"));
    }

    #[test]
    fn what_is_no_schema_is_refused_with_its_place() {
        for (text, place) in [
            (r#"{"properties":{"a":{"type":"nombre"}}}"#, "/schema/properties/a/type"),
            (r#""text""#, "/schema"),
            (r#"{"$ref":"https://example.com/other.json"}"#, "/schema"),
            (r#"{"pattern":"("}"#, "/schema/pattern"),
            (r#"{"pattern":"(?=a)b"}"#, "/schema/pattern"),
        ] {
            let error = schema(text).unwrap_err();
            assert_eq!(error.kind(), Kind::InvalidParameter, "{text}");
            assert_eq!(error.faults()[0].place, Place::Pointer(place.into()), "{text}: {error}");
        }
    }

    #[test]
    fn objects_are_never_taken_for_numbers() {
        let schema = schema(r#"{"type":"object"}"#).unwrap();
        assert!(schema.check(&document(r#"{"$serde_json::private::Number":"1"}"#), "").is_ok());
    }

    #[test]
    fn numbers_that_take_long_to_judge_are_few() {
        let schema = schema(r#"{"items":{"type":"integer"}}"#).unwrap();
        let document =
            |count: usize| Document::trusted(Bytes::from(format!("[{}]", vec!["1e401"; count].join(","))));
        assert!(schema.check(&document(100), "").is_ok());
        assert_eq!(schema.check(&document(101), "/ops/1").unwrap_err().kind(), Kind::SchemaViolation);
        let many = format!(r#"{{"enum":[{}]}}"#, vec!["1e-401"; 101].join(","));
        let error = Schema::parse(&Bytes::from(many), "/schema").unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidParameter);
    }

    #[test]
    fn formats_annotate_and_local_references_resolve() {
        let schema =
            schema(r##"{"$defs":{"n":{"type":"integer"}},"items":{"$ref":"#/$defs/n"},"format":"email"}"##);
        let schema = schema.unwrap();
        assert!(schema.check(&document("[1,2]"), "").is_ok());
        assert!(schema.check(&document("\"no address\""), "").is_ok());
        assert!(schema.check(&document("[1,2.5]"), "").is_err());
    }

    #[test]
    fn numbers_of_any_size_can_be_judged() {
        let schema = schema(r#"{"type":"number","maximum":10}"#).unwrap();
        assert!(schema.check(&document("1e400"), "").is_err());
        assert!(schema.check(&document("-123456789012345678901234567890"), "").is_ok());
    }
}
