//! The header fields of a request that matter, each read once and judged together.

pub(crate) mod accept;
mod coding;
pub(crate) mod conditions;
mod idempotency;
pub(crate) mod media;
mod prefer;
mod raw;

use actix_web::http::header::HeaderMap;

use crate::domain::{Condition, Error, Kind, Place, Result, Ttl, Version, limits};
use crate::http::names::JSON;

use super::faults::Faults;
use super::routes::{Keyed, Operation, Sends, Verb};

pub(crate) use coding::Coding;
pub(crate) use idempotency::IdempotencyKey;
pub(crate) use prefer::Return;
use raw::{Raw, Value};

/// What the header fields of a request say.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    /// What the `If-*` fields demand.
    pub(crate) condition: Condition,
    /// `Item-TTL`.
    pub(crate) ttl: Option<Ttl>,
    /// `Min-Version`.
    pub(crate) min_version: Option<Version>,
    /// `Prefer: return=…`.
    pub(crate) prefer: Option<Return>,
    /// `Idempotency-Key`, where it means something.
    pub(crate) key: Option<IdempotencyKey>,
    /// How a long answer may be compressed.
    pub(crate) coding: Option<Coding>,
}

impl Fields {
    /// Whether the answer is to hold the document.
    pub(crate) fn wants_document(&self) -> bool {
        self.prefer == Some(Return::Representation)
    }
}

/// Reads what an operation understands, and refuses what would have no meaning for it. Whoever may not see what is there is
/// not shown it by a write either: a preference need not be honoured.
///
/// # Errors
/// `invalid-header` with every field that is wrong, with status 417 for an unknown `Expect`; `not-acceptable`.
pub(crate) fn read(headers: &HeaderMap, operation: &Operation, may_see: bool) -> Result<Fields> {
    let raw = Raw::of(headers);
    if raw.is_empty() {
        return Ok(Fields::default());
    }
    let mut faults = Faults::default();
    raw.expect(&mut faults);
    for (name, values) in without_meaning(&raw, operation) {
        if !values.is_empty() {
            let detail = format!("{name} has no meaning for this request; leave it out");
            faults.add(Kind::InvalidHeader, Place::Header(name.into()), detail);
        }
    }
    let prefer = prefer::parse(&raw.prefer).filter(|prefer| may_see || *prefer != Return::Representation);
    let fields = Fields {
        condition: condition(&raw, operation, &mut faults),
        ttl: ttl(&raw, operation, &mut faults),
        min_version: min_version(&raw, operation, &mut faults),
        prefer,
        key: key(&raw, operation, &mut faults),
        coding: coding::choose(&raw.accept_encoding),
    };
    if let Some(sent) = sent(operation.sends, prefer) {
        accept::judge(&raw.accept, sent, &mut faults);
    }
    faults.judge()?;
    Ok(fields)
}

/// Reads what matters where there are no items: how a long answer may be compressed. A type is only judged where an
/// answer would have one.
///
/// # Errors
/// `invalid-header`, with status 417 for an unknown `Expect`; `not-acceptable`.
pub(crate) fn read_plain(headers: &HeaderMap, sends: Sends) -> Result<Option<Coding>> {
    let (raw, mut faults) = (Raw::of(headers), Faults::default());
    raw.expect(&mut faults);
    if let Some(sent) = sent(sends, None) {
        accept::judge(&raw.accept, sent, &mut faults);
    }
    faults.judge()?;
    Ok(coding::choose(&raw.accept_encoding))
}

/// The media type that a success would have.
fn sent(sends: Sends, prefer: Option<Return>) -> Option<&'static str> {
    match sends {
        Sends::Json => Some(JSON),
        Sends::JsonIfPreferred if prefer == Some(Return::Representation) => Some(JSON),
        Sends::Lines => Some(media::LINES),
        Sends::Page => Some(media::HTML),
        Sends::JsonIfPreferred | Sends::Nothing => None,
    }
}

type Named<'a, 'b> = (&'static str, &'b [Value<'a>]);

fn without_meaning<'a, 'b>(
    raw: &'b Raw<'a>,
    operation: &Operation,
) -> impl Iterator<Item = Named<'a, 'b>> + use<'a, 'b> {
    let fields: [(bool, Named<'a, 'b>); 9] = [
        (operation.conditions, ("If-Match", &raw.if_match)),
        (operation.conditions, ("If-None-Match", &raw.if_none_match)),
        (operation.conditions, ("If-Modified-Since", &raw.if_modified_since)),
        (operation.conditions, ("If-Unmodified-Since", &raw.if_unmodified_since)),
        (operation.conditions, ("If-Range", &raw.if_range)),
        (operation.ttl, ("Item-TTL", &raw.item_ttl)),
        (operation.min_version, ("Min-Version", &raw.min_version)),
        (operation.keyed != Keyed::Refused, ("Idempotency-Key", &raw.idempotency_key)),
        (false, ("Content-Range", &raw.content_range)),
    ];
    fields.into_iter().filter(|(means, _)| !means).map(|(_, named)| named)
}

fn condition(raw: &Raw<'_>, operation: &Operation, faults: &mut Faults) -> Condition {
    if !operation.conditions {
        return Condition::default();
    }
    let reads = operation.verb == Verb::Get;
    Condition {
        if_match: conditions::field("If-Match", &raw.if_match, faults),
        if_none_match: conditions::field("If-None-Match", &raw.if_none_match, faults),
        if_unmodified_since: conditions::date(&raw.if_unmodified_since),
        // RFC 9110 §13.1.3: for reads only.
        if_modified_since: if reads { conditions::date(&raw.if_modified_since) } else { None },
    }
}

fn ttl(raw: &Raw<'_>, operation: &Operation, faults: &mut Faults) -> Option<Ttl> {
    let text = one("Item-TTL", &raw.item_ttl, operation.ttl, faults)?;
    let ttl = Ttl::parse(text);
    if ttl.is_none() {
        let most = limits::TTL_SECONDS;
        let detail = format!("this is seconds from 1 to {most} without sign or leading zero, or never");
        let error = Error::at(Kind::InvalidHeader, Place::Header("Item-TTL".into()), detail);
        faults.absorb::<()>(Err(error.if_beyond(most, text.parse().unwrap_or_default())));
    }
    ttl
}

fn min_version(raw: &Raw<'_>, operation: &Operation, faults: &mut Faults) -> Option<Version> {
    let text = one("Min-Version", &raw.min_version, operation.min_version, faults)?;
    let version = conditions::parse_version(text);
    if version.is_none() {
        let detail = "this is one strong entity tag, as an ETag field of this server had it";
        faults.add(Kind::InvalidHeader, Place::Header("Min-Version".into()), detail);
    }
    version
}

fn key(raw: &Raw<'_>, operation: &Operation, faults: &mut Faults) -> Option<IdempotencyKey> {
    let text = one("Idempotency-Key", &raw.idempotency_key, operation.keyed == Keyed::Used, faults)?;
    faults.absorb(IdempotencyKey::parse(text))
}

/// The text of a field that may come once.
fn one<'a>(name: &str, values: &[Value<'a>], means: bool, faults: &mut Faults) -> Option<&'a str> {
    if !means || values.is_empty() {
        return None;
    }
    let text = match values {
        [value] => value.to_str().ok(),
        _ => {
            faults.add(Kind::InvalidHeader, Place::Header(name.into()), "this field is given twice");
            return None;
        }
    };
    if text.is_none() {
        let detail = "this field has characters outside of visible ASCII";
        faults.add(Kind::InvalidHeader, Place::Header(name.into()), detail);
    }
    text
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;
    use crate::api::routes;

    fn said(method: &str, path: &str, fields: &[(&'static str, &'static str)]) -> Result<Fields> {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        read(&headers, routes::find(path).unwrap().route.operation(method).unwrap(), true)
    }

    const ITEM: &str = "/v1/collections/c/items/k";
    const ITEMS: &str = "/v1/collections/c/items";

    #[test]
    fn what_has_no_meaning_is_refused() {
        let tag = ("if-match", "\"a\"");
        for (method, path, field) in [
            ("GET", ITEMS, tag),
            ("POST", ITEMS, tag),
            ("POST", "/v1/transactions", ("if-unmodified-since", "nonsense")),
            ("GET", ITEM, ("item-ttl", "5")),
            ("DELETE", ITEM, ("item-ttl", "5")),
            ("PUT", ITEM, ("min-version", "\"a\"")),
            ("PUT", ITEM, ("content-range", "bytes 0-1/2")),
            ("POST", "/v1/collections/c/batch", ("idempotency-key", "a")),
            ("GET", ITEM, ("expect", "miracles")),
        ] {
            let error = said(method, path, &[field]).unwrap_err();
            assert_eq!(error.kind(), Kind::InvalidHeader, "{method} {path} {field:?}");
            assert_eq!(error.faults().len(), 1);
            assert_eq!(error.status(), (field.0 == "expect").then_some(417));
        }
    }

    #[test]
    fn what_is_harmless_is_not() {
        for (method, path, field) in [
            ("GET", ITEM, ("idempotency-key", "")),
            ("GET", ITEMS, ("prefer", "return=representation")),
            ("PUT", ITEM, ("if-modified-since", "Mon, 23 Nov 2026 02:09:21 GMT")),
            ("PUT", ITEM, ("accept", "text/html")),
            ("DELETE", ITEM, ("accept", "text/html")),
            ("GET", ITEM, ("if-range", "\"a\"")),
            ("PUT", ITEM, ("expect", "100-Continue")),
        ] {
            let fields = said(method, path, &[field]).unwrap();
            assert!(fields.condition.is_none(), "{method} {path} {field:?}");
        }
    }

    #[test]
    fn every_fault_is_told_and_406_comes_after() {
        let fields =
            [("if-match", ""), ("item-ttl", "05"), ("idempotency-key", "a b"), ("accept", "text/html")];
        let error = said(
            "PUT",
            ITEM,
            &[fields[0], fields[1], fields[2], ("prefer", "return=representation"), fields[3]],
        );
        let names =
            |error: crate::domain::Error| error.faults().iter().map(|fault| fault.place.clone()).collect();
        let places: Vec<Place> = names(error.unwrap_err());
        let expected = ["If-Match", "Item-TTL", "Idempotency-Key"].map(|name| Place::Header(name.into()));
        assert_eq!(places, expected);
        let error = said("PUT", ITEM, &[("prefer", "return=representation"), fields[3]]).unwrap_err();
        assert_eq!(error.kind(), Kind::NotAcceptable);
    }

    #[test]
    fn a_field_that_may_come_once_comes_once() {
        let error = said("PUT", ITEM, &[("item-ttl", "5"), ("item-ttl", "5")]).unwrap_err();
        assert_eq!(error.faults()[0].place, Place::Header("Item-TTL".into()));
    }
}
