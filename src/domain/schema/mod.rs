//! JSON Schema 2020-12: what a collection may demand of its documents.

use bytes::Bytes;
use jsonschema::draft202012::meta;
use jsonschema::{Draft, PatternOptions, Retrieve, Uri};
use serde_json::Value;

use super::error::{Error, Place, Result};
use super::item::Document;
use super::json::Json;
use super::kind::Kind;
use super::limits;

mod dialect;
mod graph;
mod judge;
mod pattern;
mod told;
mod weight;
mod work;

use graph::Graph;
use judge::Judge;
use weight::Weight;
use work::Work;

/// A schema that is ready to judge documents.
///
/// `format` annotates only; regular expressions run in linear time; nothing is ever fetched.
#[derive(Debug)]
pub struct Schema(std::result::Result<Judge, String>);

/// Refuses every reference that leads out of the schema itself.
struct NoRetrieval;

impl Retrieve for NoRetrieval {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Err(format!("`{uri}` lies outside of the schema, and nothing is fetched").into())
    }
}

impl Schema {
    /// Compiles a schema that is to be kept, and stands at `at` (a JSON Pointer) in the request. Those that were kept
    /// before there was a rule about `$schema` go on to be judged by.
    ///
    /// # Errors
    /// `too-large` over 64 KiB; `invalid-parameter` where it is no schema, or of another dialect, with pointers to
    /// what is wrong.
    pub fn accept(text: &Bytes, at: &str) -> Result<Schema> {
        let schema = Schema::parse(text, at);
        dialect::check(text, at).and(schema)
    }

    /// Compiles a schema that was taken before. One that would not be taken any more refuses every document.
    pub fn kept(text: &Bytes) -> Schema {
        Schema::parse(text, "").unwrap_or_else(|error| {
            let detail = "the schema of this collection was taken once and can't be judged by any more, so that its items \
                          can be read and deleted, but not written; set another one, or none, in the settings of the \
                          collection";
            Schema(Err(format!("{detail}: {}", error.detail())))
        })
    }

    fn parse(text: &Bytes, at: &str) -> Result<Schema> {
        if text.len() > limits::SCHEMA_BYTES {
            return Err(Error::too_large("the schema", limits::SCHEMA_BYTES, text.len()));
        }
        let no_schema = |pointer: String, detail: String| {
            let place = Place::Pointer(format!("{at}{pointer}"));
            Error::at(Kind::InvalidParameter, place, format!("this is no JSON Schema: {detail}"))
        };
        let json = Json::parse(text).map_err(|error| no_schema(String::new(), error.detail().to_owned()))?;
        if Work::of(&json).is_none() {
            return Err(no_schema(String::new(), work::TOO_MUCH.to_owned()));
        }
        let value = json.to_value()?;
        let weight = Weight::of(&Graph::of(&value));
        if let Some(detail) = too_heavy(&weight) {
            return Err(no_schema(String::new(), detail));
        }
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_pattern_options(PatternOptions::regex())
            .should_validate_formats(false)
            .with_retriever(NoRetrieval)
            .build(&value)
            .map(|validator| Schema(Ok(Judge::new(validator, weight))))
            .map_err(|error| {
                let found = no_schema(error.instance_path().to_string(), error.to_string());
                let told = match work::places(&json) > judge::PLACES {
                    true => Vec::new(),
                    // Each vocabulary of the dialect finds the same thing wrong with what is no schema at all.
                    false => told::different(told::faults(&meta::validator(), &value, at)),
                };
                if told.len() > 1 { found.with_faults(told) } else { found }
            })
    }

    /// Judges a document. Pointers to what is wrong begin with `at`.
    ///
    /// # Errors
    /// `schema-violation`, with each place that is wrong. The texts never quote the document, so that they
    /// may be logged.
    pub fn check(&self, document: &Document, at: &str) -> Result<()> {
        match &self.0 {
            Ok(judge) => judge.check(document, at),
            Err(detail) => {
                Err(Error::at(Kind::SchemaViolation, Place::Pointer(at.to_owned()), detail.clone()))
            }
        }
    }
}

/// What is wrong with a schema that makes too much work.
fn too_heavy(weight: &Weight) -> Option<String> {
    if weight.once > limits::SCHEMA_WORK || weight.deep(0) > limits::SCHEMA_DEPTH {
        return Some(format!(
            "it leads to more than {} subschemas for one value, to more than {} within each other, or around in a \
             circle without going into the value; refer to the same subschema less often, or from fewer places",
            limits::SCHEMA_WORK,
            limits::SCHEMA_DEPTH
        ));
    }
    (weight.matching > limits::SCHEMA_WORK).then(|| {
        "its regular expressions take too long to match; repeat less in them, begin them with ^, and use fewer for the \
         same value"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

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
        let far_inside =
            json!({"properties": {"n".repeat(30_000): {"allOf": vec![json!({"type": 7}); 2000]}}});
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
            let found =
                error.iter().flat_map(Error::faults).map(|fault| fault.place.clone()).collect::<Vec<_>>();
            let places =
                places.iter().map(|place| Place::Pointer(format!("/schema{place}"))).collect::<Vec<_>>();
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

    fn built(value: &Value) -> Result<Schema> {
        Schema::parse(&Bytes::from(value.to_string()), "/schema")
    }

    /// Schemas that refer to the next one, each as `link` writes it, from `first` on.
    fn chain(links: usize, first: &str, link: impl Fn(String) -> Value) -> Value {
        let mut defs: serde_json::Map<_, _> =
            (0..links).map(|n| (format!("d{n}"), link(format!("#/$defs/d{}", n + 1)))).collect();
        defs.insert(format!("d{links}"), json!({"type": "number"}));
        json!({"$defs": defs, "$ref": first})
    }

    #[test]
    fn schemas_that_double_themselves_are_refused() {
        let twice = |name: &str, to: String| json!({name: [{"$ref": to}, {"$ref": to}]});
        let mut bombs: Vec<Value> = ["allOf", "anyOf", "oneOf"]
            .into_iter()
            .map(|name| chain(20, "#/$defs/d0", |to| twice(name, to)))
            .collect();
        let wrapped = |wrap: fn(Value) -> Value| chain(20, "#/$defs/d0", |to| wrap(twice("allOf", to)));
        bombs.extend([
            wrapped(|twice| json!({"properties": {"a": twice}})),
            wrapped(|twice| json!({"prefixItems": [twice]})),
            wrapped(|twice| json!({"not": twice})),
            wrapped(|twice| json!({"if": true, "then": twice})),
            wrapped(|twice| json!({"dependentSchemas": {"a": twice}})),
            chain(20, "#/%24defs/d0", |to| json!({"items": {"$ref": to}, "contains": {"$ref": to}})),
            chain(20, "#/$defs/d0", |to| json!({"allOf": [{"$ref": to}], "unevaluatedProperties": false})),
            chain(
                20,
                "#/$defs/d0",
                |to| json!({"patternProperties": {"a": {"$ref": to}, "b": {"$ref": to}}}),
            ),
        ]);
        let anchored = |keyword: &str, anchor: &str| {
            let link = |n: usize| {
                let to = format!("#a{}", n + 1);
                json!({anchor: format!("a{n}"), "allOf": [{keyword: to}, {keyword: to}]})
            };
            let mut defs: Vec<Value> = (0..20).map(link).collect();
            defs.push(json!({anchor: "a20"}));
            json!({"allOf": [{keyword: "#a0"}], "definitions": {"x": {"allOf": defs}}})
        };
        bombs.extend([anchored("$ref", "$anchor"), anchored("$dynamicRef", "$dynamicAnchor")]);
        let mut elsewhere = chain(20, "#/$defs/d0", |to| twice("allOf", to));
        elsewhere["$id"] = json!("https://example.com/whole");
        elsewhere["$ref"] = json!("whole#/$defs/d0");
        bombs.push(elsewhere);
        let mut escaped = chain(20, "#/$defs/~0~1", |to| twice("allOf", to));
        escaped["$defs"]["~/"] = escaped["$defs"]["d0"].clone();
        bombs.push(escaped);
        let around = json!({"allOf": [{"$ref": "#/$defs/d0"}], "unevaluatedProperties": false});
        bombs.push(json!({"$defs": {"d0": around}, "$ref": "#/$defs/d0"}));
        bombs.push(json!({"properties": {"a": {"$ref": "#/$defs/d"}}, "$defs": {"d": {"allOf": [{"$ref": "#/$defs/d"}, {"$ref": "#"}]}}}));
        for bomb in bombs {
            let error = built(&bomb).map(|_| ()).expect_err(&bomb.to_string());
            assert_eq!(error.kind(), Kind::InvalidParameter, "{bomb}");
            assert!(error.to_string().contains("10000"), "{error}: {bomb}");
        }
    }

    #[test]
    fn a_reference_chain_without_end_is_refused_or_leaves_the_stack_alone() {
        let long = chain(1500, "#/$defs/d0", |to| json!({"$ref": to}));
        assert_eq!(built(&long).map(|_| ()).unwrap_err().kind(), Kind::InvalidParameter);
        // At the limit for one value, and far beyond it for one that is nested.
        let mut nested = chain(90, "#/$defs/d0", |to| json!({"$ref": to}));
        nested["$defs"]["d90"] = json!({"items": {"$ref": "#/$defs/d0"}});
        let schema = built(&nested).unwrap();
        assert!(schema.check(&document("[[[[1]]]]"), "").is_ok());
        let deep = Document::trusted(Bytes::from(format!("{}{}", "[".repeat(60), "]".repeat(60))));
        assert_eq!(schema.check(&deep, "/a").unwrap_err().kind(), Kind::SchemaViolation);
    }

    #[test]
    fn what_a_thread_can_nest_is_within_the_limit_of_depth() {
        // 7 steps for each of 64 levels, in a thread as small as a worker's.
        let mut schema = chain(6, "#/$defs/d0", |to| json!({"allOf": [{"$ref": to}]}));
        schema["$defs"]["d6"] = json!({"items": {"$ref": "#/$defs/d0"}, "not": {"type": "number"}});
        let schema = built(&schema).unwrap();
        for inside in ["", "7"] {
            let deep = format!("{}{inside}{}", "[".repeat(33), "]".repeat(33));
            let valid = schema.check(&Document::trusted(Bytes::from(deep)), "");
            assert_eq!(valid.is_ok(), inside.is_empty(), "{valid:?}");
        }
    }

    #[test]
    fn ordinary_schemas_are_accepted_and_judge_deep_documents() {
        let node = json!({"$ref": "#"});
        let component = |kind: &str| {
            let children = json!({"type": "array", "items": node});
            json!({"required": ["type"], "properties": {"type": {"const": kind}, "children": children}})
        };
        let kinds: Vec<Value> = (0..12).map(|n| component(&format!("k{n}"))).collect();
        let names: serde_json::Map<_, _> =
            (0..1500).map(|n| (format!("name{n}"), json!({"type": "string"}))).collect();
        for (schema, document, valid) in [
            (
                json!({"properties": {"next": node}, "required": ["value"]}),
                r#"{"next":{"value":1},"value":1}"#.to_owned(),
                true,
            ),
            (
                json!({"properties": {"children": {"items": node}}}),
                r#"{"children":[{"children":[]}]}"#.to_owned(),
                true,
            ),
            (
                json!({"oneOf": kinds}),
                format!("{}{}", r#"{"type":"k3","children":["#.repeat(30), "]}".repeat(30)),
                true,
            ),
            (
                json!({"oneOf": kinds}),
                format!("{}7{}", r#"{"type":"k3","children":["#.repeat(30), "]}".repeat(30)),
                false,
            ),
            (
                json!({"anyOf": [{"properties": {"a": node}}, {"properties": {"a": node}}], "type": "object"}),
                format!("{}7{}", r#"{"a":"#.repeat(60), "}".repeat(60)),
                false,
            ),
            (
                json!({"allOf": [{"properties": {"a": node}}, {"properties": {"a": node}}], "type": "object"}),
                format!("{}7{}", r#"{"a":"#.repeat(60), "}".repeat(60)),
                false,
            ),
            (
                json!({"oneOf": [{"type": "number"}, {"type": "array", "items": node}, {"type": "object", "additionalProperties": node}]}),
                format!("{}7{}", r#"[{"a":"#.repeat(30), "}]".repeat(30)),
                true,
            ),
            (
                json!({"properties": names, "additionalProperties": false}),
                r#"{"name7":"x"}"#.to_owned(),
                true,
            ),
            (
                json!({"$id": "https://a.example/b", "allOf": [{"$ref": "c"}], "$defs": {"c": {"$id": "c", "items": {"$ref": "b"}}}}),
                "[[1]]".to_owned(),
                true,
            ),
            (
                json!({"$ref": "https://json-schema.org/draft/2020-12/schema"}),
                r#"{"type":"object"}"#.to_owned(),
                true,
            ),
        ] {
            let began = std::time::Instant::now();
            let text = schema.to_string();
            let judge = built(&schema).unwrap_or_else(|error| panic!("{error}: {text}"));
            let judged = judge.check(&Document::trusted(Bytes::from(document.clone())), "");
            assert_eq!(judged.is_ok(), valid, "{text}: {document}: {judged:?}");
            assert!(began.elapsed().as_secs() < 5, "{text}: {:?}", began.elapsed());
        }
    }

    #[test]
    fn violations_without_number_are_told_in_one_sentence() {
        let schema = built(&json!({"items": {"allOf": vec![false; 200]}})).unwrap();
        let document =
            |count: usize| Document::trusted(Bytes::from(format!("[{}]", vec!["1"; count].join(","))));
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
    fn a_list_of_allowed_objects_counts_for_each_value() {
        let allowed: Vec<Value> = (0..3000).map(|n| json!({"b": n})).collect();
        let schema = built(&json!({"items": {"enum": allowed}})).unwrap();
        assert!(schema.check(&document(r#"[{"b":2999},{"b":0}]"#), "").is_ok());
        let many = Document::trusted(Bytes::from(format!("[{}]", vec![r#"{"a":1}"#; 20_000].join(","))));
        let began = std::time::Instant::now();
        assert_eq!(schema.check(&many, "").unwrap_err().kind(), Kind::SchemaViolation);
        assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
    }

    #[test]
    fn expressions_that_take_long_to_match_are_refused_or_judge_less_text() {
        let costly = |times: usize| json!({"pattern": format!("[ab]*a[ab]{{{times}}}[^ab]")});
        let twice = json!({"allOf": [costly(500), costly(501)]});
        let named = |expression: Value| json!({"propertyNames": {"items": false, "anyOf": [expression]}});
        let members = |expression: &Value| json!({"patternProperties": {expression["pattern"].as_str().unwrap(): true}});
        let large = |begin: &str, end: &str| {
            let text = "ab".repeat((limits::DOCUMENT_BYTES - 20) / 2);
            Document::trusted(Bytes::from(format!("{begin}{text}{end}")))
        };
        for (schema, begin, end) in [
            (costly(500), "\"", "\""),
            (twice, "\"", "\""),
            (json!({"properties": {"x": costly(500)}}), r#"{"x":""#, "\"}"),
            (named(costly(500)), r#"{""#, r#"":1}"#),
            (members(&costly(500)), r#"{""#, r#"":1}"#),
            (json!({"patternProperties": {"x": costly(500)}}), r#"{"x":""#, "\"}"),
        ] {
            let judge = built(&schema).unwrap();
            let began = std::time::Instant::now();
            let error = judge.check(&large(begin, end), "/a").unwrap_err();
            assert!(began.elapsed().as_secs() < 5, "{schema}: {:?}", began.elapsed());
            assert_eq!((error.kind(), error.faults().len()), (Kind::SchemaViolation, 1), "{schema}");
            assert!(error.detail().contains("too much text"), "{schema}: {error}");
            // What is wrong with a small one is told.
            let small = Document::trusted(Bytes::from(format!("{begin}ab{end}")));
            let told = judge.check(&small, "").map_err(|error| error.to_string());
            assert!(!told.is_err_and(|error| error.contains("too much text")), "{schema}");
        }
        for schema in
            [costly(2000), json!({"items": {"$ref": "#/$defs/a"}, "$defs": {"a": named(costly(2000))}})]
        {
            let error = built(&schema).map(|_| ()).unwrap_err();
            assert_eq!(error.kind(), Kind::InvalidParameter, "{schema}");
            assert!(error.to_string().contains("regular expressions"), "{error}");
        }
    }

    #[test]
    fn ordinary_expressions_judge_the_largest_documents() {
        let uuid = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";
        for (pattern, text) in [
            ("^[a-z0-9-]{1,63}$", "some-name-1"),
            (uuid, "8e03978e-40d5-43dd-bc93-6894a57f9324"),
            (uuid.trim_matches(['^', '$']), "8e03978e-40d5-43dd-bc93-6894a57f9324"),
            (r"^\d{4}-\d{2}-\d{2}$", "2026-11-27"),
            (r"^[^@\s]{1,64}@[^@\s]{1,255}$", "ada.lovelace@example.com"),
            (r"^[\p{L}\p{N} '-]{1,100}$", "Žofie Nováková-Černá"),
            (r"^\p{Lu}", "Čaj"),
            ("^(?:get|put|post|delete)$", "delete"),
            ("[0-9a-f]{64}", &"8e03978e".repeat(8)),
            (
                r"^https?:\/\/(www\.)?[-a-zA-Z0-9@:%._\+~#=]{1,256}\.[a-zA-Z0-9()]{1,6}\b([-a-zA-Z0-9()@:%_\+.~#?&\/=]*)$",
                "https://www.example.com/a?b=c",
            ),
        ] {
            let (quoted, named) = (format!("\"{text}\","), format!("\"a{text}\":\"{text}\","));
            let items = format!("[{}", quoted.repeat(limits::DOCUMENT_BYTES / quoted.len() - 1));
            let member = |n: usize| named.replacen('a', &format!("{n}"), 1);
            let names: String = (0..limits::DOCUMENT_BYTES / (named.len() + 5)).map(member).collect();
            for (schema, list, end) in [
                (json!({"items": {"pattern": pattern}}), items, "]"),
                (
                    json!({"patternProperties": {pattern: true}, "additionalProperties": {"type": "string"}}),
                    format!("{{{names}"),
                    "}",
                ),
            ] {
                let document = format!("{}{end}", list.trim_end_matches(','));
                let judged = built(&schema).unwrap().check(&Document::trusted(document.into()), "");
                assert!(judged.is_ok(), "{schema}: {judged:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_judged_soon(links in prop::collection::vec((0_usize..9, 0_usize..12, 0_usize..12), 1..12)) {
            let link = |(kind, one, other): &(usize, usize, usize)| {
                let to = |n: &usize| json!({"$ref": format!("#/$defs/d{}", n % links.len())});
                let (one, other) = (to(one), to(other));
                match kind {
                    0 => json!({"allOf": [one, other]}),
                    1 => json!({"anyOf": [one, other]}),
                    2 => json!({"oneOf": [one, other, {"type": "number"}]}),
                    3 => json!({"properties": {"a": one, "b": other}, "type": "object"}),
                    4 => json!({"items": one, "contains": other}),
                    5 => json!({"not": one, "then": other, "if": {"type": "array"}}),
                    6 => json!({"additionalProperties": {"allOf": [one, other]}}),
                    7 => json!({"properties": {"a": one}, "allOf": [other], "unevaluatedProperties": false}),
                    _ => json!({"items": {"anyOf": [one, other]}}),
                }
            };
            let defs: serde_json::Map<_, _> =
                links.iter().enumerate().map(|(n, made)| (format!("d{n}"), link(made))).collect();
            let began = std::time::Instant::now();
            if let Ok(schema) = built(&json!({"$defs": defs, "$ref": "#/$defs/d0"})) {
                for level in [r#"{"a":"#, "["] {
                    let end = if level == "[" { "]" } else { "}" };
                    let text = format!("{}7{}", level.repeat(40), end.repeat(40));
                    let _judged = schema.check(&Document::trusted(Bytes::from(text)), "");
                }
            }
            prop_assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
        }
    }
}
