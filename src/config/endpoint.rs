//! The address at which an api role finds its store.

use std::fmt;

use super::value::Parser;

/// Where a store listens: `http://host:port` or `https://host:port`, or what service records of a name say:
/// `srv+http://name` or `srv+https://name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    secure: bool,
    service: bool,
    host: String,
    port: u16,
}

impl Endpoint {
    /// Reads one. Without a port it is 8081; a service has none, since its records say it.
    pub fn parse(text: &str) -> Option<Endpoint> {
        let (scheme, authority) = text.split_once("://")?;
        let (secure, service) = match scheme {
            "http" => (false, false),
            "https" => (true, false),
            "srv+http" => (false, true),
            "srv+https" => (true, true),
            _ => return None,
        };
        let authority = authority.strip_suffix('/').unwrap_or(authority);
        let (host, port) = match authority.rsplit_once(':') {
            Some(_) if service => return None,
            None if service => (authority, 0),
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok().filter(|port| *port > 0)?),
            _ => (authority, 8081),
        };
        let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let ipv6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let good = match ipv6 {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.chars().all(name),
        };
        good.then(|| Endpoint { secure, service, host: host.to_owned(), port })
    }

    /// Whether it speaks TLS.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// The name that is expected in the certificate of a store there, where no other is said.
    pub(super) fn name(&self) -> &str {
        let mut name = self.host.as_str();
        // The labels of the service belong to its records only.
        while let Some((_, rest)) =
            name.split_once('.').filter(|(label, _)| self.service && label.starts_with('_'))
        {
            name = rest;
        }
        name
    }

    /// Whether the host is the name of service records.
    pub fn is_service(&self) -> bool {
        self.service
    }

    /// The host: a name, or an address (IPv6 in brackets).
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port; 0 for a service.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        if self.service {
            return write!(f, "srv+{scheme}://{}", self.host);
        }
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

/// Reads an endpoint.
pub(super) const ENDPOINT: Parser<Endpoint> = Parser {
    expects: "an address such as https://store:8081, http://127.0.0.1:8081 or srv+https://_store._tcp.larder.internal, without a path",
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
            ("https://store.larder.svc", "https://store.larder.svc:8081"),
            ("srv+https://_store._tcp.larder.internal", "srv+https://_store._tcp.larder.internal"),
            ("srv+http://_store._tcp.a.b/", "srv+http://_store._tcp.a.b"),
        ] {
            assert_eq!(Endpoint::parse(text).map(|endpoint| endpoint.to_string()).as_deref(), Some(shown));
        }
        for text in [
            "",
            "store:8081",
            "httpss://store",
            "http://",
            "http://a:b",
            "http://a:0",
            "http://a/b",
            "http://u@a",
            "srv+https://_store._tcp.a:8081",
            "srv+ftp://a",
            "srv+http://",
        ] {
            assert_eq!(Endpoint::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_name_of_a_service_is_expected_without_its_labels() {
        let name = |text: &str| Endpoint::parse(text).unwrap().name().to_owned();
        assert_eq!(name("srv+https://_store._tcp.larder.internal"), "larder.internal");
        assert_eq!(name("https://_odd.example"), "_odd.example");
    }
}
