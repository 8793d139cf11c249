//! Finds out from which address a request came, where proxies stand before this process.
//!
//! Each proxy appends the address that it was asked from to `X-Forwarded-For`. What stands in it is believed from the
//! right, as long as who wrote it is one of the proxies that the settings name: the rest anybody can have written.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, HeaderValue, X_FORWARDED_FOR};

use crate::config::Networks;

/// Who asks, as far as the network tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Its address.
    pub address: IpAddr,
    /// Its port, which no proxy passes on.
    port: Option<u16>,
}

impl Caller {
    /// Of a request; none where its connection tells no address.
    pub fn of(http: &HttpRequest) -> Option<Caller> {
        let peer = http.peer_addr()?;
        let direct = Caller { address: peer.ip().to_canonical(), port: Some(peer.port()) };
        let proxies = http.app_data::<Networks>().filter(|proxies| proxies.contain(peer.ip()));
        Some(proxies.map_or(direct, |proxies| forwarded(direct, proxies, http.headers())))
    }

    /// How the audit names who sent a request: `-` where nobody is known.
    pub fn named(http: &HttpRequest) -> String {
        Caller::of(http).map_or_else(|| "-".to_owned(), |caller| caller.to_string())
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => SocketAddr::new(self.address, port).fmt(f),
            None => self.address.fmt(f),
        }
    }
}

/// The last address that no proxy of ours has, or the farthest proxy where what stands before it is no address.
fn forwarded(peer: Caller, proxies: &Networks, headers: &HeaderMap) -> Caller {
    let mut caller = peer;
    let fields: Vec<&[u8]> = headers.get_all(X_FORWARDED_FOR).map(HeaderValue::as_bytes).collect();
    // Each element by itself: whoever writes nonsense in front takes nothing from what a proxy appends.
    for said in fields.iter().rev().flat_map(|field| field.rsplit(|byte| *byte == b',')) {
        let Some(address) = str::from_utf8(said).ok().and_then(|said| address(said.trim())) else { break };
        caller = Caller { address, port: None };
        if !proxies.contain(address) {
            break;
        }
    }
    caller
}

/// An address, maybe with a port, as some proxies write it.
fn address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    text.parse::<IpAddr>().ok().or_else(with_port).or_else(in_brackets).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    /// Who asks, for a connection from `peer`, with 10.0.0.0/8 and one address trusted.
    fn caller(peer: &str, fields: &[&str]) -> String {
        let proxies = Networks::parse("10.0.0.0/8,2001:db8::1").unwrap();
        let mut request = TestRequest::default().peer_addr(peer.parse().unwrap()).app_data(proxies);
        for field in fields {
            let field = HeaderValue::from_bytes(field.as_bytes()).unwrap();
            request = request.append_header((X_FORWARDED_FOR, field));
        }
        Caller::of(&request.to_http_request()).unwrap().to_string()
    }

    #[test]
    fn only_what_trusted_proxies_wrote_is_believed() {
        for (peer, fields, expected) in [
            ("192.0.2.1:5", &["198.51.100.1"][..], "192.0.2.1:5"),
            ("10.0.0.1:5", &[], "10.0.0.1:5"),
            ("10.0.0.1:5", &["198.51.100.1"], "198.51.100.1"),
            ("[::ffff:10.0.0.1]:5", &["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1:5", &["203.0.113.9, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1:5", &["203.0.113.9", "198.51.100.1, 10.1.1.1"], "198.51.100.1"),
            ("10.0.0.1:5", &["203.0.113.9", "10.2.2.2,10.1.1.1"], "203.0.113.9"),
            ("10.0.0.1:5", &["10.2.2.2"], "10.2.2.2"),
            ("10.0.0.1:5", &["198.51.100.1:4711"], "198.51.100.1"),
            ("[2001:db8::1]:5", &["[2001:db8::7]:4711"], "2001:db8::7"),
            ("[2001:db8::1]:5", &["[2001:db8::7]"], "2001:db8::7"),
            ("10.0.0.1:5", &["198.51.100.1, unknown"], "10.0.0.1:5"),
            ("10.0.0.1:5", &["198.51.100.1, unknown, 10.1.1.1"], "10.1.1.1"),
            ("10.0.0.1:5", &["198.51.100.1,"], "10.0.0.1:5"),
            ("10.0.0.1:5", &["\u{ff}, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1:5", &["\u{ff}", "\u{ff},198.51.100.1,10.1.1.1"], "198.51.100.1"),
            ("10.0.0.1:5", &["198.51.100.1, \u{ff}"], "10.0.0.1:5"),
            ("10.0.0.1:5", &["198.51.100.1, \u{ff}, 10.1.1.1"], "10.1.1.1"),
        ] {
            assert_eq!(caller(peer, fields), expected, "{peer} {fields:?}");
        }
    }
}
