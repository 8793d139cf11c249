//! Networks of addresses, as lists of CIDR blocks.

use std::net::IpAddr;

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

/// A list of networks.
pub(super) const NETWORKS: Parser<Networks> = Parser {
    expects: "a list of networks or addresses separated by commas, such as 10.0.0.0/8,fd00::/8,192.0.2.7",
    read: Networks::parse,
};

#[cfg(test)]
mod tests {
    use super::*;

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
