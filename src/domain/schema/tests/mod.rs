//! What schemas say of documents, and which of them are taken.

mod work;

use serde_json::json;

use super::*;

fn schema(text: &'static str) -> Result<Schema> {
    Schema::parse(&Bytes::from_static(text.as_bytes()), "/schema")
}

fn document(text: &'static str) -> Document {
    Document::trusted(Bytes::from_static(text.as_bytes()))
}

fn built(value: &Value) -> Result<Schema> {
    Schema::parse(&Bytes::from(value.to_string()), "/schema")
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
fn a_schema_that_would_not_be_taken_any_more_refuses_documents_and_says_why() {
    let error = Schema::kept(&Bytes::from_static(b"7")).check(&document("1"), "/ops/2").unwrap_err();
    assert_eq!((error.kind(), error.faults().len()), (Kind::SchemaViolation, 1));
    assert_eq!(error.faults()[0].place, Place::Pointer("/ops/2".into()));
    assert!(error.detail().contains("set another one, or none"), "{error}");
    assert!(Schema::kept(&Bytes::from_static(b"{}")).check(&document("1"), "").is_ok());
}

#[test]
fn all_that_is_wrong_with_a_schema_is_told() {
    let text = r#"{"minimum":"1","properties":{"a":{"type":"nombre"},"b/c":7,"d":{"type":7,"$defs":[]}},"required":true}"#;
    let error = schema(text).unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidParameter);
    let places = error.faults().iter().map(|fault| fault.place.clone()).collect::<Vec<_>>();
    let expected = [
        "/properties/a/type",
        "/properties/b~1c",
        "/properties/d/$defs",
        "/properties/d/type",
        "/minimum",
        "/required",
    ];
    assert_eq!(places, expected.map(|place| Place::Pointer(format!("/schema{place}"))));
    let wrong: serde_json::Map<_, _> = (0..500).map(|n| (format!("p{n}"), json!({"type": 7}))).collect();
    assert_eq!(built(&json!({"properties": wrong})).unwrap_err().faults().len(), limits::VIOLATIONS_TOLD);
    let far_inside = json!({"properties": {"n".repeat(30_000): {"allOf": vec![json!({"type": 7}); 2000]}}});
    assert_eq!(built(&far_inside).unwrap_err().faults().len(), 1);
}

#[test]
fn another_dialect_is_taken_for_nothing_new() {
    let old = "http://json-schema.org/draft-07/schema#";
    let draft = "https://json-schema.org/draft/2020-12/schema";
    for (value, places) in [
        (json!({"$schema": draft, "properties": {"$schema": {"const": old}}}), vec![]),
        (json!({"$schema": format!("{draft}#"), "default": {"$schema": old}}), vec![]),
        (json!({"$schema": old}), vec!["/$schema"]),
        (json!({"$schema": "https://example.com/own", "type": 7}), vec!["/$schema"]),
        (
            json!({"$defs": {"a/b": {"$id": "a", "$schema": "https://json-schema.org/draft/2019-09/schema"}, "c": {"$schema": old}}}),
            vec!["/$defs/a~1b/$schema", "/$defs/c/$schema"],
        ),
    ] {
        let text = Bytes::from(value.to_string());
        let error = Schema::accept(&text, "/schema").err();
        let found = error.iter().flat_map(Error::faults).map(|fault| fault.place.clone()).collect::<Vec<_>>();
        let places = places.iter().map(|place| Place::Pointer(format!("/schema{place}"))).collect::<Vec<_>>();
        assert_eq!(found, places, "{value}");
        assert!(error.is_none_or(|error| error.kind() == Kind::InvalidParameter));
    }
    assert!(Schema::parse(&Bytes::from(json!({"$schema": old}).to_string()), "").is_ok());
    let many = json!({"$schema": old, "allOf": vec![json!({"$schema": old}); 500]});
    let error = Schema::accept(&Bytes::from(many.to_string()), "").unwrap_err();
    assert_eq!(error.faults().len(), limits::VIOLATIONS_TOLD);
}

#[test]
fn objects_are_never_taken_for_numbers() {
    let schema = schema(r#"{"type":"object"}"#).unwrap();
    assert!(schema.check(&document(r#"{"$serde_json::private::Number":"1"}"#), "").is_ok());
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

#[test]
fn violations_without_number_are_told_in_one_sentence() {
    let schema = built(&json!({"items": {"allOf": vec![false; 200]}})).unwrap();
    let document = |count: usize| Document::trusted(Bytes::from(format!("[{}]", vec!["1"; count].join(","))));
    assert_eq!(schema.check(&document(10), "").unwrap_err().faults().len(), limits::VIOLATIONS_TOLD);
    // As many as these would fill the memory with their places.
    let schema_of_one = built(&json!({"additionalProperties": {"items": false}})).unwrap();
    for (name, ones, told) in
        [(100, 20_000, limits::VIOLATIONS_TOLD), (5_000, 20, 3), (20_000, 20, 1), (20_000, 20_000, 1)]
    {
        let text = json!({"n".repeat(name): vec![1; ones]}).to_string();
        let error = schema_of_one.check(&Document::trusted(text.into()), "").unwrap_err();
        assert_eq!(error.faults().len(), told, "{name}");
    }
    let error = schema.check(&document(50_000), "/ops/0").unwrap_err();
    assert_eq!(error.kind(), Kind::SchemaViolation);
    assert_eq!(error.faults().len(), 1);
    assert_eq!(error.faults()[0].place, Place::Pointer("/ops/0".into()));
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

/// Dividing by a fraction takes microseconds for each number, and a schema can ask for it again and again.
#[test]
fn numbers_are_divided_no_longer_than_anybody_should_wait() {
    let divided = |multiple: &str, times: usize| {
        let parts = vec![format!(r#"{{"multipleOf":{multiple}}}"#); times].join(",");
        let text = format!(r#"{{"items":{{"allOf":[{parts}]}}}}"#);
        Schema::parse(&Bytes::from(text), "/schema")
    };
    let numbers = |number: &str, count: usize| {
        Document::trusted(Bytes::from(format!("[{}]", vec![number; count].join(","))))
    };
    for (schema, document) in
        [(divided("1e-300", 1), numbers("1e308", 60_000)), (divided("0.01", 20), numbers("1e308", 60_000))]
    {
        let error = schema.unwrap().check(&document, "").unwrap_err();
        assert!(error.detail().contains("multipleOf"), "{error}");
    }
    assert!(divided("1e-300", 1000).is_err());
    // Prices, and numbers that look like some.
    divided("0.01", 3).unwrap().check(&numbers("123456.78", 30_000), "").unwrap();
    divided("1", 20).unwrap().check(&numbers("12345678", 30_000), "").unwrap();
    let error = divided("0.01", 1).unwrap().check(&numbers("0.005", 90), "").unwrap_err();
    assert_eq!(error.faults().first().map(|fault| fault.place.clone()), Some(Place::Pointer("/0".into())));
}
