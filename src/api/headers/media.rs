//! `Content-Type` and `Content-Encoding`: whether a body is of a kind that an operation takes.

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};

use crate::api::routes::Content;
use crate::domain::{Error, Kind, Place, Result};
use crate::http::names::JSON;

/// JSON documents.
/// A page for people.
pub(crate) const HTML: &str = "text/html";
/// Lines of JSON, as an export sends them.
pub(crate) const LINES: &str = "application/x-ndjson";
/// The three patch types.
pub(crate) const PATCHES: &str =
    "application/merge-patch+json, application/json-patch+json, application/vnd.larder.increment+json";
const ALL_LINES: &str = "application/x-ndjson, application/ndjson, application/jsonl";

/// How the body of a PATCH is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    /// A document, or lines of them.
    Plain,
    /// RFC 7396.
    MergePatch,
    /// RFC 6902.
    JsonPatch,
    /// Numbers to be added.
    Increment,
}

/// Reads what a request says about its body.
///
/// # Errors
/// `unsupported-media-type`, with the field that lists what is taken.
pub(crate) fn read(headers: &HeaderMap, content: Content) -> Result<Media> {
    if headers.contains_key(CONTENT_ENCODING) {
        let error = refused(content, "Content-Encoding", "bodies are taken without any coding");
        // RFC 9110 §15.5.16: what would be taken.
        return Err(error.with_header("accept-encoding", "identity"));
    }
    if content == Content::None {
        return Ok(Media::Plain);
    }
    let mut values = headers.get_all(CONTENT_TYPE);
    let media = match (values.next(), values.next()) {
        (None, _) if content != Content::Patch => Some(Media::Plain),
        (Some(value), None) => value.to_str().ok().and_then(|text| taken(text, content)),
        _ => None,
    };
    media.ok_or_else(|| refused(content, "Content-Type", &format!("the body must be {}", list(content))))
}

fn taken(text: &str, content: Content) -> Option<Media> {
    let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
    let known: &[(&str, Media)] = match content {
        Content::None => return Some(Media::Plain),
        Content::Json => &[(JSON, Media::Plain)],
        Content::Lines => &[
            (LINES, Media::Plain),
            ("application/ndjson", Media::Plain),
            ("application/jsonl", Media::Plain),
        ],
        Content::Patch => &[
            ("application/merge-patch+json", Media::MergePatch),
            ("application/json-patch+json", Media::JsonPatch),
            ("application/vnd.larder.increment+json", Media::Increment),
        ],
    };
    let (_, media) = known.iter().find(|(name, _)| essence.trim().eq_ignore_ascii_case(name))?;
    utf8(parameters).then_some(*media)
}

/// Whether the charset is UTF-8, or absent; other parameters do not change how JSON is read.
fn utf8(parameters: &str) -> bool {
    let mut quoted = false;
    let parts = parameters.split(move |char| {
        quoted ^= char == '"';
        char == ';' && !quoted
    });
    parts.map(str::trim).filter(|parameter| !parameter.is_empty()).all(|parameter| {
        let Some((name, value)) = parameter.split_once('=') else { return false };
        !name.trim_end().eq_ignore_ascii_case("charset")
            || value.trim_matches('"').eq_ignore_ascii_case("utf-8")
    })
}

const fn list(content: Content) -> &'static str {
    match content {
        Content::Patch => PATCHES,
        Content::Lines => ALL_LINES,
        Content::Json | Content::None => JSON,
    }
}

fn refused(content: Content, field: &str, detail: &str) -> Error {
    let error = Error::at(Kind::UnsupportedMediaType, Place::Header(field.into()), detail);
    match content {
        Content::None => error,
        Content::Patch => error.with_header("accept-patch", list(content)),
        Content::Json | Content::Lines => error.with_header("accept", list(content)),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn said(types: &[&'static str], content: Content) -> Result<Media> {
        let mut headers = HeaderMap::new();
        for text in types {
            headers.append(CONTENT_TYPE, HeaderValue::from_static(text));
        }
        read(&headers, content)
    }

    #[test]
    fn json_comes_under_its_own_name_or_under_none() {
        for types in [
            &[][..],
            &["application/json"],
            &["Application/JSON;Charset=\"UTF-8\""],
            &["application/json; charset=utf-8 ;"],
            &["application/json; profile=x"],
        ] {
            assert_eq!(said(types, Content::Json).unwrap(), Media::Plain, "{types:?}");
        }
        for types in [
            &["text/json"][..],
            &[""],
            &["application/json; charset=latin1"],
            &["application/json; charset =latin1"],
            &["application/json; x"],
            &["application/json", "application/json"],
            &["application/json, application/json"],
            &["application/merge-patch+json"],
        ] {
            let error = said(types, Content::Json).unwrap_err();
            assert_eq!(error.headers(), [("accept", JSON.to_owned())], "{types:?}");
        }
    }

    #[test]
    fn a_patch_says_which_one_it_is() {
        assert_eq!(said(&["application/json-patch+json"], Content::Patch).unwrap(), Media::JsonPatch);
        assert_eq!(said(&["application/merge-patch+json"], Content::Patch).unwrap(), Media::MergePatch);
        assert_eq!(
            said(&["application/vnd.larder.increment+json"], Content::Patch).unwrap(),
            Media::Increment
        );
        for types in [&[][..], &["application/json"]] {
            assert_eq!(
                said(types, Content::Patch).unwrap_err().headers(),
                [("accept-patch", PATCHES.to_owned())]
            );
        }
    }

    #[test]
    fn lines_are_not_one_document() {
        for good in ["application/x-ndjson", "application/ndjson", "application/jsonl"] {
            assert!(said(&[good], Content::Lines).is_ok());
        }
        assert!(said(&[], Content::Lines).is_ok());
        assert!(said(&["application/json"], Content::Lines).is_err());
    }

    #[test]
    fn no_coding_is_taken() {
        let mut headers = HeaderMap::new();
        headers.append(CONTENT_ENCODING, HeaderValue::from_static("identity"));
        for content in [Content::None, Content::Json, Content::Patch, Content::Lines] {
            assert_eq!(read(&headers, content).unwrap_err().kind(), Kind::UnsupportedMediaType);
        }
    }
}
