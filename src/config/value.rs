//! Reads the text of one value into the type that it means.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How a setting's text becomes its value.
pub(super) struct Parser<T> {
    /// What is expected, in words that follow "is not".
    pub(super) expects: &'static str,
    /// Reads it, if it is one.
    pub(super) read: fn(&str) -> Option<T>,
}

/// An address to listen on.
pub(super) const ADDRESS: Parser<SocketAddr> = Parser {
    expects: "an address with a port, such as 127.0.0.1:8080 or [::1]:8080",
    read: |text| text.parse().ok(),
};

/// The address of a DNS server; without a port it is 53.
pub(super) const NAME_SERVER: Parser<SocketAddr> = Parser {
    expects: "the address of a DNS server, maybe with a port, such as 10.0.0.2 or 127.0.0.1:5353",
    read: |text| text.parse().ok().or_else(|| Some(SocketAddr::new(text.parse().ok()?, 53))),
};

/// A time span above zero.
pub(super) const SPAN: Parser<Duration> = Parser {
    expects: "a time in whole ms, s, m or h, above zero and up to 168h, such as 250ms or 2m",
    read: |text| time(text).filter(|span| !span.is_zero()),
};

/// A time span, maybe none at all.
pub(super) const WAIT: Parser<Duration> =
    Parser { expects: "a time in whole ms, s, m or h, up to 168h, such as 5s or 0s", read: time };

/// A whole number above zero.
pub(super) const COUNT: Parser<usize> = Parser {
    expects: "a whole number from 1 to 1000000",
    read: |text| text.parse().ok().filter(|n| (1..=1_000_000).contains(n)),
};

/// A number of threads.
pub(super) const THREADS: Parser<usize> =
    Parser { expects: "auto (one per core), or a number from 1 to 256", read: threads };

/// A number of bytes above zero.
pub(super) const SIZE: Parser<u64> = Parser {
    expects: "a size above zero, such as 64KiB, 8MiB or 1GiB",
    read: |text| size(text).filter(|bytes| *bytes > 0),
};

/// Yes or no.
pub(super) const SWITCH: Parser<bool> = Parser { expects: "true or false", read: |text| text.parse().ok() };

/// A path in the file system, relative to the working directory.
pub(super) const PATH: Parser<PathBuf> = Parser {
    expects: "a path",
    read: |text| (!text.is_empty() && !text.contains('\0')).then(|| PathBuf::from(text)),
};

/// The name of a table.
pub(super) const TABLE: Parser<String> = Parser {
    expects: "a name of 3 to 255 characters of a-z, A-Z, 0-9, _, - and .",
    read: |text| {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        ((3..=255).contains(&text.len()) && text.bytes().all(good)).then(|| text.to_owned())
    },
};

/// A region of AWS.
pub(super) const REGION: Parser<String> = Parser {
    expects: "a region, such as eu-central-1",
    read: |text| {
        let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        (!text.is_empty() && text.bytes().all(good)).then(|| text.to_owned())
    },
};

/// Where a service is.
pub(super) const URL: Parser<String> = Parser {
    expects: "an address such as https://host or http://127.0.0.1:8000, without a path",
    read: |text| {
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
        let host = host.strip_suffix('/').unwrap_or(host);
        let good = |byte: u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']')
        };
        (!host.is_empty() && host.bytes().all(good)).then(|| text.trim_end_matches('/').to_owned())
    },
};

fn threads(text: &str) -> Option<usize> {
    match text {
        "auto" => Some(std::thread::available_parallelism().map_or(1, usize::from).min(256)),
        _ => text.parse().ok().filter(|n| (1..=256).contains(n)),
    }
}

/// Splits `250ms` into 250 and `ms`.
fn quantity(text: &str) -> Option<(u64, &str)> {
    let unit = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(unit);
    Some((number.parse().ok()?, unit.trim_start()))
}

fn time(text: &str) -> Option<Duration> {
    const LONGEST: Duration = Duration::from_secs(7 * 86_400);
    let (number, unit) = quantity(text)?;
    let seconds = |each: u64| number.checked_mul(each).map(Duration::from_secs);
    let span = match unit {
        "ms" => Some(Duration::from_millis(number)),
        "s" => seconds(1),
        "m" => seconds(60),
        "h" => seconds(3600),
        _ => None,
    };
    span.filter(|span| *span <= LONGEST)
}

fn size(text: &str) -> Option<u64> {
    let (number, unit) = quantity(text)?;
    let each = match unit {
        "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(each)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_need_their_unit() {
        assert_eq!(time("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(time("2 m"), Some(Duration::from_secs(120)));
        assert_eq!(size("8MiB"), Some(8 << 20));
        for text in ["", "5", "s", "-1s", "1.5s", "5 parsecs", "99999999999999999h", "8d"] {
            assert_eq!(time(text), None, "{text}");
        }
        for text in ["", "5", "5KB", "5mib", "99999999999999999999GiB", "18446744073709551615GiB"] {
            assert_eq!(size(text), None, "{text}");
        }
    }
}
