//! The settings of the export of traces that are words of their own.

use super::reader::Reader;
use super::table;
use super::value::Parser;

/// How spans cross to the collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtlpProtocol {
    /// OTLP over gRPC.
    Grpc,
    /// OTLP over HTTP, as protocol buffers.
    Http,
}

/// Where a collector takes OTLP: `http://host:port`, or with `https`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtlpEndpoint(String);

/// What of spans is sent where.
#[derive(Clone, Debug, PartialEq)]
pub struct Otlp {
    /// The collector.
    pub endpoint: OtlpEndpoint,
    /// How.
    pub protocol: OtlpProtocol,
    /// The part of the traces begun here that is recorded, from 0 to 1.
    pub sample: f64,
    /// Whether ids of traces begin with the time, as AWS X-Ray wants them.
    pub xray_ids: bool,
}

impl OtlpEndpoint {
    /// Reads an address, without user or query.
    pub fn parse(text: &str) -> Option<OtlpEndpoint> {
        let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"))?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => port.parse::<u16>().is_ok().then_some(host)?,
            _ => authority,
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let ipv6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let good = match ipv6 {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.chars().all(plain),
        };
        let good = good && path.chars().all(|c| plain(c) || c == '/');
        good.then(|| OtlpEndpoint(text.trim_end_matches('/').to_owned()))
    }

    /// Whether the way there is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// The address for gRPC.
    pub fn grpc(&self) -> &str {
        &self.0
    }

    /// The address for HTTP: with the usual path where none was said.
    pub fn http(&self) -> String {
        let has_path = self.0.split("://").nth(1).is_some_and(|rest| rest.contains('/'));
        if has_path { self.0.clone() } else { format!("{}/v1/traces", self.0) }
    }
}

/// Where traces go. The other settings are looked at even where they are off, so that mistakes are found.
pub(super) fn otlp(reader: &mut Reader<'_>) -> Option<Otlp> {
    let endpoint = reader.take_optional(&table::TELEMETRY_OTLP_ENDPOINT);
    let protocol = reader.take(&table::TELEMETRY_OTLP_PROTOCOL);
    let sample = reader.take(&table::TELEMETRY_OTLP_SAMPLE);
    let xray_ids = reader.take(&table::TELEMETRY_XRAY_IDS);
    endpoint.map(|endpoint| Otlp { endpoint, protocol, sample, xray_ids })
}

/// Reads an endpoint.
pub(super) const OTLP_ENDPOINT: Parser<OtlpEndpoint> = Parser {
    expects: "an address such as http://127.0.0.1:4317 or https://collector:4318/v1/traces",
    read: OtlpEndpoint::parse,
};

/// Reads a protocol.
pub(super) const OTLP_PROTOCOL: Parser<OtlpProtocol> = Parser {
    expects: "grpc or http",
    read: |text| match text {
        "grpc" => Some(OtlpProtocol::Grpc),
        "http" => Some(OtlpProtocol::Http),
        _ => None,
    },
};

/// Reads a part of a whole.
pub(super) const PART: Parser<f64> = Parser {
    expects: "a number from 0 to 1, such as 0.01",
    read: |text| text.parse().ok().filter(|part| (0.0..=1.0).contains(part)),
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_addresses_with_or_without_a_path() {
        for (text, grpc, http) in [
            ("http://a:4317", "http://a:4317", "http://a:4317/v1/traces"),
            ("http://[::1]:4318/", "http://[::1]:4318", "http://[::1]:4318/v1/traces"),
            ("https://o.example/v1/traces", "https://o.example/v1/traces", "https://o.example/v1/traces"),
        ] {
            let endpoint = OtlpEndpoint::parse(text).unwrap();
            assert_eq!((endpoint.grpc(), endpoint.http().as_str()), (grpc, http));
        }
        for text in
            ["", "a:4317", "http://", "http://a:b", "ftp://a", "http://u@a", "http://a/?q", "http://a b"]
        {
            assert_eq!(OtlpEndpoint::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_part_is_from_none_to_all() {
        assert_eq!((PART.read)("0.01"), Some(0.01));
        for text in ["", "-0.1", "1.1", "NaN", "inf", "1%"] {
            assert_eq!((PART.read)(text), None, "{text}");
        }
    }
}
