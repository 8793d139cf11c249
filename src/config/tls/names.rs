//! The names that the other side of a connection may have.

use rustls::pki_types::ServerName;

use crate::config::value::Parser;

/// A subject alternative name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// The name or the address of a host.
    Host(ServerName<'static>),
    /// An identifier, such as `spiffe://cluster.local/ns/larder/sa/api`.
    Uri(String),
}

impl Name {
    /// Reads a host name, an address, or a URI.
    pub fn parse(text: &str) -> Option<Name> {
        if text.contains("://") {
            let visible = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
            return visible.then(|| Name::Uri(text.to_owned()));
        }
        let address = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        ServerName::try_from(address.unwrap_or(text).to_owned()).ok().map(Name::Host)
    }
}

/// Names, at least one, of which the other side must have one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names(Vec<Name>);

impl Names {
    /// Reads names with commas between them.
    pub fn parse(text: &str) -> Option<Names> {
        text.split(',').map(|name| Name::parse(name.trim())).collect::<Option<Vec<_>>>().map(Names)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Name> {
        self.0.iter()
    }
}

/// Reads names.
pub(in crate::config) const NAMES: Parser<Names> = Parser {
    expects: "host names, addresses or URIs with commas between them, such as api,spiffe://cluster/api",
    read: Names::parse,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_hosts_addresses_and_uris() {
        let names =
            Names::parse("api, api.larder.svc,10.0.0.1,[::1],spiffe://cluster.local/ns/a/sa/b").unwrap();
        let uris = names.iter().filter(|name| matches!(name, Name::Uri(_))).count();
        assert_eq!((names.iter().count(), uris), (5, 1));
        for text in ["", "a,", "a b", "a/b", "spiffe://a b"] {
            assert_eq!(Names::parse(text), None, "{text}");
        }
    }
}
