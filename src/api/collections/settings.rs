//! Settings as JSON: read with every fault at once, written with the schema as it came.

use std::collections::BTreeMap;

use bytes::{BufMut, Bytes, BytesMut};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::api::faults::Faults;
use crate::api::json::put_string;
use crate::domain::{Collection, Document, Error, Kind, Place, Pointer, Result, Schema, limits};

/// What the body of a PUT asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) default_ttl: Option<u64>,
    pub(super) schema: Option<Bytes>,
    pub(super) require_preconditions: bool,
    pub(super) shards: Option<u16>,
}

/// Reads settings.
///
/// # Errors
/// `malformed-json`; `too-large` for a schema; `invalid-parameter` with a pointer to everything that is wrong.
pub(super) fn parse(body: Bytes) -> Result<Asked> {
    let body = Document::parse(body)?.into_bytes();
    let mut faults = Faults::default();
    let mut asked = Asked::default();
    match serde_json::from_slice::<BTreeMap<String, &RawValue>>(&body) {
        Ok(members) => {
            check_size(&members)?;
            let mut unknown = 0;
            for (name, value) in members {
                member(&mut asked, &name, value, &mut faults, &mut unknown);
            }
            if unknown > limits::VIOLATIONS_TOLD {
                let detail =
                    format!("there are no {} other settings either", unknown - limits::VIOLATIONS_TOLD);
                faults.add(Kind::InvalidParameter, Place::Pointer(String::new()), detail);
            }
        }
        Err(_) => {
            faults.add(Kind::InvalidParameter, Place::Pointer(String::new()), "settings are a JSON object");
        }
    }
    faults.judge()?;
    Ok(asked)
}

/// Size is judged before everything that is said inside.
fn check_size(members: &BTreeMap<String, &RawValue>) -> Result<()> {
    match members.get("schema").map(|schema| schema.get().len()) {
        Some(bytes) if bytes > limits::SCHEMA_BYTES => {
            Err(Error::too_large("the schema", limits::SCHEMA_BYTES, bytes))
        }
        _ => Ok(()),
    }
}

/// Reads one of them. Of those that are unknown a few are told, and all are counted.
fn member(asked: &mut Asked, name: &str, value: &RawValue, faults: &mut Faults, unknown: &mut usize) {
    let null = value.get() == "null";
    match name {
        "default_ttl" if null => {}
        "default_ttl" => {
            let detail = format!("this is whole seconds from 1 to {}, or null", limits::TTL_SECONDS);
            asked.default_ttl = faults.absorb(whole(name, value, limits::TTL_SECONDS, &detail));
        }
        "schema" if null => {}
        "schema" => {
            let text = Bytes::copy_from_slice(value.get().as_bytes());
            faults.absorb(Schema::accept(&text, "/schema"));
            asked.schema = Some(text);
        }
        "require_preconditions" => match value.get() {
            "true" => asked.require_preconditions = true,
            "false" => {}
            _ => fault(faults, name, "this is true or false"),
        },
        "shards" => {
            let detail = format!("this is a whole number from 1 to {}", limits::SHARDS);
            let shards = faults.absorb(whole(name, value, limits::SHARDS.into(), &detail));
            asked.shards = shards.and_then(|shards| u16::try_from(shards).ok());
        }
        "name" | "etag" => fault(faults, name, "this is not for you to set; leave it out"),
        _ => {
            *unknown += 1;
            if *unknown <= limits::VIOLATIONS_TOLD {
                let known = "default_ttl, schema, require_preconditions and shards";
                fault(faults, name, &format!("there is no such setting; there are {known}"));
            }
        }
    }
}

/// A whole number from one to `most`.
fn whole(name: &str, value: &RawValue, most: u64, detail: &str) -> Result<u64> {
    let number = u64::deserialize(value).unwrap_or_default();
    match (1..=most).contains(&number) {
        true => Ok(number),
        false => Err(Error::at(Kind::InvalidParameter, pointer(name), detail).if_beyond(most, number)),
    }
}

fn fault(faults: &mut Faults, name: &str, detail: &str) {
    faults.add(Kind::InvalidParameter, pointer(name), detail);
}

fn pointer(name: &str) -> Place {
    Place::Pointer(Pointer::root().child(name).as_str().to_owned())
}

/// Appends a collection with its settings.
pub(super) fn put_collection(out: &mut BytesMut, collection: &Collection) {
    let settings = &collection.settings;
    out.put_slice(b"{\"name\":");
    put_string(out, collection.name.as_str());
    out.put_slice(b",\"etag\":");
    put_string(out, &collection.version.etag());
    out.put_slice(b",\"default_ttl\":");
    let default_ttl = settings.default_ttl.map(|seconds| seconds.to_string());
    out.put_slice(default_ttl.as_deref().unwrap_or("null").as_bytes());
    out.put_slice(b",\"schema\":");
    out.put_slice(settings.schema.as_deref().unwrap_or(b"null"));
    let rest = format!(
        ",\"require_preconditions\":{},\"shards\":{}}}",
        settings.require_preconditions, settings.shards
    );
    out.put_slice(rest.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CollectionName, Settings, Version, WriteId};

    fn said(text: &'static str) -> Result<Asked> {
        parse(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn everything_that_is_wrong_is_told() {
        let text = r#"{"default_ttl":0,"shards":65,"require_preconditions":1,"name":"a","b/~c":1,"schema":{"type":7}}"#;
        let error = said(text).unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidParameter);
        let places: Vec<_> = error.faults().iter().map(|fault| fault.place.clone()).collect();
        let expected =
            ["/b~1~0c", "/default_ttl", "/name", "/require_preconditions", "/schema/type", "/shards"];
        assert_eq!(places, expected.map(|pointer| Place::Pointer(pointer.into())));
    }

    #[test]
    fn size_is_judged_first() {
        let text =
            format!("{{\"shards\":0,\"schema\":{{\"title\":\"{}\"}}}}", "x".repeat(limits::SCHEMA_BYTES));
        let error = parse(text.into()).unwrap_err();
        assert_eq!(error.limit(), Some((limits::SCHEMA_BYTES as u64, limits::SCHEMA_BYTES as u64 + 12)));
    }

    #[test]
    fn nothing_said_means_the_defaults() {
        for text in ["{}", r#"{"default_ttl":null,"schema":null,"require_preconditions":false}"#] {
            assert_eq!(said(text).unwrap(), Asked::default());
        }
        for text in
            ["[]", "null", "3", r#"{"shards":null}"#, r#"{"default_ttl":1.5}"#, r#"{"default_ttl":"5"}"#]
        {
            assert_eq!(said(text).unwrap_err().kind(), Kind::InvalidParameter, "{text}");
        }
    }

    #[test]
    fn the_schema_is_kept_as_it_came() {
        let asked = said("{\"schema\": { \"maximum\" : 1e2 },\"default_ttl\":60}").unwrap();
        let settings =
            Settings { schema: asked.schema, default_ttl: asked.default_ttl, ..Settings::default() };
        let version = Version { stamp: 1, write: WriteId::from_bits(1) };
        let mut out = BytesMut::new();
        put_collection(
            &mut out,
            &Collection { name: CollectionName::parse("c").unwrap(), settings, version, created: true },
        );
        let expected = format!(
            "{{\"name\":\"c\",\"etag\":\"\\\"{version}\\\"\",\"default_ttl\":60,\"schema\":{{ \"maximum\" : 1e2 }},\
             \"require_preconditions\":false,\"shards\":1}}"
        );
        assert_eq!(out, expected.as_bytes());
    }
}
