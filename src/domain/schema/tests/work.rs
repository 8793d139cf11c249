//! What a schema may make of a document, so that nobody waits for it too long.

use proptest::prelude::*;
use serde_json::json;

use super::*;

#[test]
fn what_takes_long_is_not_judged_quickly() {
    let schema = schema(r#"{"items":{"pattern":"[ab]*a[ab]{99}[c-z]"}}"#).unwrap();
    assert!(schema.check_quickly(&document(r#"["a"]"#), "").is_some());
    let long = Document::trusted(Bytes::from(format!(r#"["{}"]"#, "ab".repeat(50_000))));
    assert!(schema.check_quickly(&long, "").is_none());
    assert!(schema.check(&long, "").is_err());
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
        chain(20, "#/$defs/d0", |to| json!({"patternProperties": {"a": {"$ref": to}, "b": {"$ref": to}}})),
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
        (json!({"properties": names, "additionalProperties": false}), r#"{"name7":"x"}"#.to_owned(), true),
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
    let members =
        |expression: &Value| json!({"patternProperties": {expression["pattern"].as_str().unwrap(): true}});
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
    for schema in [costly(2000), json!({"items": {"$ref": "#/$defs/a"}, "$defs": {"a": named(costly(2000))}})]
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
