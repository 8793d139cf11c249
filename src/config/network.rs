//! Networks of addresses, as lists of CIDR blocks.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use super::value::Parser;

/// Networks that belong together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Reads networks, or single addresses, separated by commas.
    pub fn parse(text: &str) -> Option<Networks> {
        let one = |text: &str| text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
        text.split(',').map(|text| one(text.trim())).collect::<Option<Vec<_>>>().map(Networks)
    }

    /// Whether an address is in one of them.
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// Whether two listeners would want the same port of the same address. All addresses of IPv6 are those of IPv4 as well.
pub(super) fn clash(one: SocketAddr, other: SocketAddr) -> bool {
    let (a, b) = (one.ip().to_canonical(), other.ip().to_canonical());
    let covers = |all: IpAddr, one: IpAddr| all.is_unspecified() && (all.is_ipv6() || one.is_ipv4());
    one.port() == other.port() && one.port() != 0 && (a == b || covers(a, b) || covers(b, a))
}

/// A list of networks.
pub(super) const NETWORKS: Parser<Networks> = Parser {
    expects: "a list of networks or addresses separated by commas, such as 10.0.0.0/8,fd00::/8,192.0.2.7",
    read: Networks::parse,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_clash_through_all_addresses_too() {
        for (one, other, expected) in [
            ("127.0.0.1:80", "127.0.0.1:80", true),
            ("127.0.0.1:80", "127.0.0.1:81", false),
            ("127.0.0.1:80", "127.0.0.2:80", false),
            ("127.0.0.1:0", "127.0.0.1:0", false),
            ("0.0.0.0:80", "127.0.0.1:80", true),
            ("0.0.0.0:80", "0.0.0.0:81", false),
            ("0.0.0.0:0", "127.0.0.1:0", false),
            ("0.0.0.0:80", "[::1]:80", false),
            ("0.0.0.0:80", "[::ffff:127.0.0.1]:80", true),
            ("[::]:80", "[::1]:80", true),
            ("[::]:80", "0.0.0.0:80", true),
            ("[::]:80", "10.0.0.1:80", true),
        ] {
            let (one, other) = (one.parse().unwrap(), other.parse().unwrap());
            assert_eq!((clash(one, other), clash(other, one)), (expected, expected), "{one} {other}");
        }
    }

    #[test]
    fn networks_and_addresses_are_read() {
        let networks = Networks::parse("10.0.0.0/8, fd00::/8,192.0.2.7").unwrap();
        for (address, inside) in [
            ("10.255.0.1", true),
            ("::ffff:10.0.0.1", true),
            ("11.0.0.1", false),
            ("fd12::1", true),
            ("fe80::1", false),
            ("192.0.2.7", true),
            ("192.0.2.8", false),
        ] {
            assert_eq!(networks.contain(address.parse().unwrap()), inside, "{address}");
        }
        for text in ["", "10.0.0.0/33", "10.0.0.0/8,", "everybody", "10.0.0.0/8;fd00::/8"] {
            assert_eq!(Networks::parse(text), None, "{text}");
        }
    }
}
