//! The address at which an api role finds its store.

use std::fmt;

use super::value::Parser;

/// Where a store listens: `http://host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    host: String,
    port: u16,
}

impl Endpoint {
    /// Reads `http://host:port`; without a port it is 8081.
    pub fn parse(text: &str) -> Option<Endpoint> {
        let authority = text.strip_prefix("http://")?;
        let authority = authority.strip_suffix('/').unwrap_or(authority);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok().filter(|port| *port > 0)?),
            _ => (authority, 8081),
        };
        let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let ipv6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let good = match ipv6 {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.chars().all(name),
        };
        good.then(|| Endpoint { host: host.to_owned(), port })
    }

    /// The host: a name, or an address (IPv6 in brackets).
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}:{}", self.host, self.port)
    }
}

/// Reads an endpoint.
pub(super) const ENDPOINT: Parser<Endpoint> = Parser {
    expects: "an address such as http://127.0.0.1:8081 (no path; TLS comes later)",
    read: Endpoint::parse,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_scheme_host_and_port_and_nothing_else() {
        for (text, shown) in [
            ("http://127.0.0.1:9", "http://127.0.0.1:9"),
            ("http://store", "http://store:8081"),
            ("http://store.larder.svc:80/", "http://store.larder.svc:80"),
            ("http://[::1]:8081", "http://[::1]:8081"),
            ("http://[::1]", "http://[::1]:8081"),
        ] {
            assert_eq!(Endpoint::parse(text).map(|endpoint| endpoint.to_string()).as_deref(), Some(shown));
        }
        for text in [
            "",
            "store:8081",
            "https://store",
            "http://",
            "http://a:b",
            "http://a:0",
            "http://a/b",
            "http://u@a",
        ] {
            assert_eq!(Endpoint::parse(text), None, "{text}");
        }
    }
}
