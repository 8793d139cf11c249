//! Sorts the header fields of a request in one pass; what nobody looks at is not touched.

use actix_web::http::header::{HeaderMap, HeaderValue};

use crate::api::faults::Faults;
use crate::domain::{Error, Kind, Place};

/// One line of a field.
pub(super) type Value<'a> = &'a HeaderValue;
/// All lines of a field, in the order in which they came.
pub(super) type Values<'a> = Vec<Value<'a>>;

/// The fields that matter, unread.
#[derive(Default)]
pub(super) struct Raw<'a> {
    pub(super) accept: Values<'a>,
    pub(super) accept_encoding: Values<'a>,
    pub(super) content_range: Values<'a>,
    pub(super) expect: Values<'a>,
    pub(super) idempotency_key: Values<'a>,
    pub(super) if_match: Values<'a>,
    pub(super) if_modified_since: Values<'a>,
    pub(super) if_none_match: Values<'a>,
    pub(super) if_range: Values<'a>,
    pub(super) if_unmodified_since: Values<'a>,
    pub(super) item_ttl: Values<'a>,
    pub(super) min_version: Values<'a>,
    pub(super) prefer: Values<'a>,
    any: bool,
}

impl<'a> Raw<'a> {
    pub(super) fn of(headers: &'a HeaderMap) -> Self {
        let mut raw = Raw::default();
        for (name, value) in headers {
            let values = match name.as_str() {
                "accept" => &mut raw.accept,
                "accept-encoding" => &mut raw.accept_encoding,
                "content-range" => &mut raw.content_range,
                "expect" => &mut raw.expect,
                "idempotency-key" => &mut raw.idempotency_key,
                "if-match" => &mut raw.if_match,
                "if-modified-since" => &mut raw.if_modified_since,
                "if-none-match" => &mut raw.if_none_match,
                "if-range" => &mut raw.if_range,
                "if-unmodified-since" => &mut raw.if_unmodified_since,
                "item-ttl" => &mut raw.item_ttl,
                "min-version" => &mut raw.min_version,
                "prefer" => &mut raw.prefer,
                _ => continue,
            };
            values.push(value);
            raw.any = true;
        }
        raw
    }

    /// Whether there is nothing that matters.
    pub(super) fn is_empty(&self) -> bool {
        !self.any
    }

    /// The one expectation that there is, the server fulfils before a handler is asked.
    pub(super) fn expect(&self, faults: &mut Faults) {
        if self.expect.iter().all(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue")) {
            return;
        }
        let place = Place::Header("Expect".into());
        let error = Error::at(Kind::InvalidHeader, place, "only 100-continue can be expected");
        faults.absorb::<()>(Err(error.with_status(417)));
    }
}
