//! Builds the answers of a success: what they cost, which version they show, and how they are compressed.

use std::fmt::Write;
use std::time::{Duration, UNIX_EPOCH};

use actix_http::encoding::Encoder;
use actix_web::HttpResponse;
use actix_web::body::{BodySize, BodyStream, BoxBody, MessageBody as _};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, DATE, ETAG, HeaderMap, HeaderName, HeaderValue, LAST_MODIFIED, LOCATION,
    VARY,
};
use bytes::Bytes;
use futures_util::Stream;

use crate::domain::{Charge, CollectionName, Consistency, Key, Result, Timestamp, Version};
use crate::http;
use crate::http::names::{JSON, PREFERENCE_APPLIED, REQUEST_CHARGE};

use super::headers::{Coding, Return, media};
use super::path;

const CONSISTENCY: HeaderName = HeaderName::from_static("consistency");
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// Bytes from which on an answer is compressed, if the caller asks.
const COMPRESSED_FROM: usize = 1024;

/// Room for the longest tag.
const TAG_BYTES: usize = 32;

/// The answer to something that succeeded.
pub(crate) struct Answer(HttpResponse);

impl Answer {
    /// An answer without a body.
    pub(crate) fn new(status: StatusCode, charge: Charge) -> Self {
        let mut response = HttpResponse::new(status);
        let headers = response.headers_mut();
        keep_private(headers);
        headers.insert(REQUEST_CHARGE, charge_value(charge));
        Answer(response)
    }

    /// Says which version was read or written.
    pub(crate) fn version(mut self, version: Version) -> Self {
        self.tag(version, None);
        let modified = version.modified().secs();
        self.set(LAST_MODIFIED, http_date(modified));
        if let Some(date) = http::date_of(modified) {
            self.set(DATE, http_date(date));
        }
        self
    }

    /// Says when the item ends, rounded up.
    pub(crate) fn expires(mut self, expires: Option<Timestamp>) -> Self {
        if let Some(expires) = expires {
            self.set(SUNSET, http_date(expires.secs_ceil()));
        }
        self
    }

    /// Says how recent what was read is.
    pub(crate) fn consistency(mut self, consistency: Consistency) -> Self {
        put_consistency(self.0.headers_mut(), consistency);
        self
    }

    /// Says where the new item lies.
    pub(crate) fn location(mut self, collection: &CollectionName, key: Option<&Key>) -> Self {
        let location = match key {
            Some(key) => format!("/v1/collections/{collection}/items/{}", path::in_path(key.as_str())),
            None => format!("/v1/collections/{collection}"),
        };
        self.set(LOCATION, location);
        self
    }

    /// Says which preference was honoured.
    pub(crate) fn applied(mut self, preference: Option<Return>) -> Self {
        if let Some(preference) = preference {
            let value = HeaderValue::from_static(preference.applied());
            self.0.headers_mut().insert(PREFERENCE_APPLIED, value);
        }
        self
    }

    /// Sets any other field; one that no header can carry is left out.
    pub(crate) fn set(&mut self, name: HeaderName, value: String) {
        if let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(value)) {
            self.0.headers_mut().insert(name, value);
        }
    }

    /// Ends without a body.
    pub(crate) fn bare(self) -> HttpResponse {
        self.0
    }

    /// Ends with 304: the fields of the 200 that would have been sent, whose body is `body`.
    pub(crate) fn not_modified(
        mut self,
        version: Version,
        body: &Bytes,
        coding: Option<Coding>,
    ) -> HttpResponse {
        self = self.version(version);
        vary(self.0.headers_mut());
        self.tag(version, effective(coding, body));
        self.0
    }

    /// Ends with a JSON body, which is compressed if it is long and the caller asked. If the answer shows a
    /// version, its tag says so.
    pub(crate) fn json(
        mut self,
        version: Option<Version>,
        body: Bytes,
        coding: Option<Coding>,
    ) -> HttpResponse {
        self.0.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
        let coding = effective(coding, &body);
        if let Some((version, coding)) = version.zip(coding) {
            self.tag(version, Some(coding));
        }
        coded(self.0.set_body(BoxBody::new(body)), coding)
    }

    /// Ends with a stream of lines, which is compressed if the caller asked. Where the stream fails, the
    /// connection is cut, so that nobody takes a part for the whole.
    pub(crate) fn lines<S>(mut self, lines: S, coding: Option<Coding>) -> HttpResponse
    where
        S: Stream<Item = Result<Bytes>> + 'static,
    {
        self.0.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media::LINES));
        coded(self.0.set_body(BoxBody::new(BodyStream::new(lines))), coding)
    }

    fn tag(&mut self, version: Version, coding: Option<Coding>) {
        let suffix = coding.map_or("", Coding::suffix);
        let mut tag = String::with_capacity(TAG_BYTES);
        let written = write!(tag, "\"{version}{suffix}\"");
        debug_assert!(written.is_ok(), "writing to a string can't fail");
        self.set(ETAG, tag);
    }
}

/// A page about the service, which is compressed if it is long and the caller asked.
pub(crate) fn page(response: HttpResponse, coding: Option<Coding>) -> HttpResponse {
    let long = matches!(response.body().size(), BodySize::Sized(bytes) if bytes >= COMPRESSED_FROM as u64);
    coded(response, coding.filter(|_| long))
}

fn coded(mut response: HttpResponse, coding: Option<Coding>) -> HttpResponse {
    if let Some(coding) = coding {
        let encode = |head: &mut _, body| BoxBody::new(Encoder::response(coding.encoding(), head, body));
        response = response.map_body(encode);
    }
    // Last, since the encoder adds one of its own.
    vary(response.headers_mut());
    response
}

fn vary(headers: &mut HeaderMap) {
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
}

/// The coding that a body really gets.
fn effective(coding: Option<Coding>, body: &Bytes) -> Option<Coding> {
    coding.filter(|_| body.len() >= COMPRESSED_FROM)
}

/// Keeps answers out of shared caches, and makes private ones ask each time.
pub(crate) fn keep_private(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(http::problem::PRIVATE));
}

/// Says how recent what was read is.
pub(crate) fn put_consistency(headers: &mut HeaderMap, consistency: Consistency) {
    let value = match consistency {
        Consistency::Strong => "strong",
        Consistency::Eventual => "eventual",
    };
    headers.insert(CONSISTENCY, HeaderValue::from_static(value));
}

/// The usual charges need no formatting.
fn charge_value(charge: Charge) -> HeaderValue {
    let usual = match (charge.read_halves, charge.writes) {
        (0, 0) => "rcu=0, wcu=0",
        (1, 0) => "rcu=0.5, wcu=0",
        (2, 0) => "rcu=1, wcu=0",
        (0, 1) => "rcu=0, wcu=1",
        (0, 2) => "rcu=0, wcu=2",
        _ => {
            let text = Bytes::from(charge.to_string());
            return HeaderValue::from_maybe_shared(text).expect("digits and ASCII letters");
        }
    };
    HeaderValue::from_static(usual)
}

fn http_date(seconds: u64) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_charges_are_written_as_all_others() {
        for read_halves in 0..5 {
            for writes in 0..5 {
                let charge = Charge { read_halves, writes };
                assert_eq!(charge_value(charge).to_str().unwrap(), charge.to_string());
            }
        }
    }

    #[test]
    fn a_sunset_is_never_too_early() {
        let answer = Answer::new(StatusCode::OK, Charge::ZERO).expires(Some(Timestamp::from_millis(1001)));
        assert_eq!(answer.bare().headers().get("sunset").unwrap(), "Thu, 01 Jan 1970 00:00:02 GMT");
    }
}
