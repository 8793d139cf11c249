//! Doors for the fuzz targets to whatever reads requests; they are there only where those are built.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use bytes::{Bytes, BytesMut};

use crate::domain::{After, Condition, ListQuery, Timestamp, Ttl, Version};

use super::faults::Faults;
use super::headers::{self, conditions, media};
use super::query::Query;
use super::signer::Signer;
use super::{bulk, cursor, json, path, routes};

pub use super::auth::fuzzing as auth;

/// Decodes percent-encoding.
pub fn decode(text: &str) -> Option<String> {
    path::decode(text).ok().map(std::borrow::Cow::into_owned)
}

/// Encodes for a path, and for a query.
pub fn encode(text: &str) -> [String; 2] {
    [path::in_path(text).to_string(), path::in_query(text).to_string()]
}

/// The collection and the rest that a path names, as they were sent.
pub fn route(path: &str) -> Option<(Option<&str>, Option<&str>)> {
    routes::find(path).map(|found| (found.collection, found.rest))
}

/// The parameters of a query that some operation takes, if nothing is wrong with it.
pub fn query(text: &str) -> Option<Vec<(&'static str, String)>> {
    let mut known: Vec<_> = routes::all().iter().flat_map(routes::Route::parameters).collect();
    known.sort_unstable();
    known.dedup();
    let mut faults = Faults::default();
    let query = Query::parse(Some(text), &known, &mut faults);
    faults.judge().ok()?;
    Some(known.into_iter().filter_map(|name| Some((name, query.get(name)?.to_owned()))).collect())
}

fn signer() -> Signer {
    Signer::new(b"of the fuzz targets")
}

/// The cursor of a place in a list.
pub fn seal(query: &ListQuery, after: &After) -> String {
    cursor::seal_list(&signer(), query, after)
}

/// A cursor with a good signature, whatever it says.
pub fn seal_bytes(query: &ListQuery, place: &[u8]) -> String {
    cursor::seal_bytes(&signer(), query, place)
}

/// The place that a cursor says.
pub fn open(query: &ListQuery, cursor: &str) -> Option<After> {
    cursor::open_list(&signer(), query, cursor).ok()
}

/// The collection that a cursor of collections says, and that cursor once more.
pub fn reopen_collections(cursor: &str) -> Option<String> {
    let name = cursor::open_collections(&signer(), cursor).ok()?;
    Some(cursor::seal_collections(&signer(), &name))
}

/// A text as a JSON string.
pub fn json_string(text: &str) -> Vec<u8> {
    let mut out = BytesMut::new();
    json::put_string(&mut out, text);
    out.to_vec()
}

/// A time as answers write it.
pub fn time(time: Timestamp) -> String {
    json::rfc3339(time)
}

/// Reads a time.
pub fn parse_time(text: &str) -> Option<Timestamp> {
    json::parse_rfc3339(text)
}

/// How many operations a body has as a batch, as a transaction, and as an import.
pub fn operations(body: &Bytes) -> [usize; 3] {
    bulk::count(body)
}

/// What the header fields of a request say.
#[derive(Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the field of `headers::Fields` of the same name")]
pub struct Told {
    pub condition: Condition,
    pub ttl: Option<Ttl>,
    pub min_version: Option<Version>,
    pub prefer: Option<&'static str>,
    pub key: Option<Vec<u8>>,
    pub coding: Option<&'static str>,
}

/// Reads header fields, given as name and value, for each operation that there is; and the type of the body.
pub fn told(lines: &[(&str, &[u8])]) -> Vec<Option<Told>> {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    }
    let operations = routes::all().iter().flat_map(|route| route.operations);
    operations.map(|operation| one(&headers, operation)).collect()
}

fn one(headers: &HeaderMap, operation: &routes::Operation) -> Option<Told> {
    // Either answer will do, since it is one of four words.
    drop(media::read(headers, operation.content));
    let fields = headers::read(headers, operation, true).ok()?;
    Some(Told {
        ttl: fields.ttl,
        min_version: fields.min_version,
        prefer: fields.prefer.map(headers::Return::applied),
        key: fields.key.map(|key| key.as_bytes().to_vec()),
        coding: fields.coding.map(headers::Coding::name),
        condition: fields.condition,
    })
}

/// Reads one strong entity tag.
pub fn version(text: &str) -> Option<Version> {
    conditions::parse_version(text)
}
