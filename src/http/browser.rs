//! Refuses what a web page from elsewhere sends through somebody's browser, where a port asks nobody who he is.
//!
//! Such a port is protected by where it listens. A browser on the same machine, or in the same network, is there too, and
//! sends what any page asks of it: many requests without a question (CSRF), and all of them where the page has its own
//! name resolved to this address (DNS rebinding).

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{HOST, HeaderMap, HeaderName, ORIGIN};
use actix_web::http::uri::Authority;

use crate::domain::{Error, Kind, Place, Result};

static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
static SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Refuses a request that a page from elsewhere may have made. With `loopback` also one to a host that is not this
/// machine: nobody else can reach it by that name.
///
/// # Errors
/// `invalid-header`.
pub fn refuse_foreign_pages(http: &HttpRequest, loopback: bool) -> Result<()> {
    let headers = http.headers();
    let host = http.uri().authority().map(Authority::as_str).or_else(|| text(headers, &HOST));
    if loopback && !host.is_none_or(is_here) {
        let detail = "nobody is asked here who he is, so only requests to this machine are taken: to localhost, or to an \
                      address; on the traffic port, auth.allow_anonymous = true lets everybody in";
        return Err(Error::at(Kind::InvalidHeader, Place::Header("Host".into()), detail));
    }
    let foreign = match text(headers, &SEC_FETCH_SITE) {
        Some("same-origin" | "none") => None,
        Some(_) => (!follows_a_link(http)).then_some("Sec-Fetch-Site"),
        // Old browsers say at least this, where something may be changed.
        None => text(headers, &ORIGIN).filter(|origin| !is_of(origin, host)).map(|_| "Origin"),
    };
    let Some(field) = foreign else { return Ok(()) };
    let detail =
        "a web page from elsewhere asks, and this port has no credentials by which to know whether it may";
    Err(Error::at(Kind::InvalidHeader, Place::Header(field.into()), detail))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or_default())
}

/// Whether somebody goes to a page of ours: the page that he came from does not get to see it.
fn follows_a_link(http: &HttpRequest) -> bool {
    matches!(*http.method(), Method::GET | Method::HEAD)
        && text(http.headers(), &SEC_FETCH_MODE) == Some("navigate")
}

/// Whether an origin is that of pages of this host.
fn is_of(origin: &str, host: Option<&str>) -> bool {
    origin.split_once("://").is_some_and(|(_, of)| host.is_some_and(|host| of.eq_ignore_ascii_case(host)))
}

/// Whether a host is an address, or a name that no page can have: `localhost`, what is below it, or one without a dot.
fn is_here(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(address) => return address.split_once(']').is_some_and(|(address, _)| is_address(address)),
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    let below = name.len() > 10 && name.as_bytes()[name.len() - 10..].eq_ignore_ascii_case(b".localhost");
    is_address(name) || !name.contains('.') || below
}

fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn only_hosts_that_no_page_can_have_are_here() {
        let here = [
            "127.0.0.1",
            "127.0.0.1:8080",
            "[::1]:8080",
            "[::1]",
            "localhost",
            "LOCALHOST:1",
            "a.localhost:1",
            "db",
        ];
        for host in here {
            assert!(is_here(host), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:8080",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "[::1",
            "[a.b]",
        ] {
            assert!(!is_here(host), "{host}");
        }
    }

    #[test]
    fn pages_from_elsewhere_are_refused_and_everybody_else_is_not() {
        let taken: [&[(&str, &str)]; 6] = [
            &[("host", "127.0.0.1:8080")],
            &[],
            &[("host", "localhost:8080"), ("origin", "http://localhost:8080")],
            &[("host", "127.0.0.1"), ("sec-fetch-site", "same-origin"), ("origin", "https://larder.example")],
            &[("host", "127.0.0.1"), ("sec-fetch-site", "none")],
            &[("host", "127.0.0.1"), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")],
        ];
        let asked = |fields: &[(&str, &str)], method: Method| {
            let request = TestRequest::default().method(method);
            fields.iter().fold(request, |request, field| request.insert_header(*field)).to_http_request()
        };
        for fields in taken {
            refuse_foreign_pages(&asked(fields, Method::GET), true)
                .unwrap_or_else(|error| panic!("{fields:?}: {error}"));
        }
        let refused: [&[(&str, &str)]; 5] = [
            &[("host", "evil.example")],
            &[("host", "127.0.0.1"), ("origin", "http://evil.example")],
            &[("host", "127.0.0.1"), ("origin", "null")],
            &[("host", "127.0.0.1"), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")],
            &[("host", "127.0.0.1"), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")],
        ];
        for fields in refused {
            let error = refuse_foreign_pages(&asked(fields, Method::POST), true).unwrap_err();
            assert_eq!(error.kind(), Kind::InvalidHeader, "{fields:?}");
        }
        assert!(refuse_foreign_pages(&asked(&[("host", "larder.example")], Method::GET), false).is_ok());
    }
}
