//! Content codings: which one a caller likes best, and how tags show it.

use actix_web::http::header::ContentEncoding;

use super::accept::{members, quality};
use super::raw::Value;

/// A way to compress answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Zstd,
    Brotli,
    Gzip,
}

impl Coding {
    /// All of them; among those a caller likes equally, the first is taken.
    pub(crate) const ALL: [Coding; 3] = [Coding::Zstd, Coding::Brotli, Coding::Gzip];

    /// The name in `Content-Encoding`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Coding::Zstd => "zstd",
            Coding::Brotli => "br",
            Coding::Gzip => "gzip",
        }
    }

    /// What the tag of a compressed answer ends in.
    pub(crate) const fn suffix(self) -> &'static str {
        match self {
            Coding::Zstd => "-zstd",
            Coding::Brotli => "-br",
            Coding::Gzip => "-gzip",
        }
    }

    /// The framework's word for it.
    pub(crate) const fn encoding(self) -> ContentEncoding {
        match self {
            Coding::Zstd => ContentEncoding::Zstd,
            Coding::Brotli => ContentEncoding::Brotli,
            Coding::Gzip => ContentEncoding::Gzip,
        }
    }
}

/// The coding that `Accept-Encoding` asks for; none where it likes the plain text better, or can't be
/// read: that is always sent rather than nothing.
pub(super) fn choose(values: &[Value<'_>]) -> Option<Coding> {
    if values.is_empty() {
        return None;
    }
    let mut asked: Vec<(&str, u16)> = Vec::new();
    for member in members(values) {
        let member = std::str::from_utf8(member).ok()?;
        let (name, parameters) = member.split_once(';').unwrap_or((member, ""));
        let name = match name.trim() {
            // RFC 9110 §8.4.1.3: another name for the same.
            name if name.eq_ignore_ascii_case("x-gzip") => Coding::Gzip.name(),
            name => name,
        };
        asked.push((name, quality(parameters).unwrap_or(0)));
    }
    let weight = |name: &str| {
        let exact = asked.iter().find(|(asked, _)| asked.eq_ignore_ascii_case(name));
        exact.or_else(|| asked.iter().find(|(asked, _)| *asked == "*")).map_or(0, |(_, weight)| *weight)
    };
    let best = Coding::ALL.into_iter().map(|coding| (coding, weight(coding.name())));
    // `max_by_key` takes the last of equals.
    let (coding, weight) = best.rev().max_by_key(|(_, weight)| *weight)?;
    let plain = asked
        .iter()
        .find(|(asked, _)| asked.eq_ignore_ascii_case("identity"))
        .map_or(0, |(_, weight)| *weight);
    (weight > 0 && weight >= plain).then_some(coding)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn the_best_liked_coding_is_taken() {
        for (text, expected) in [
            ("gzip", Some(Coding::Gzip)),
            ("GZIP;q=0.5", Some(Coding::Gzip)),
            ("gzip, br, zstd", Some(Coding::Zstd)),
            ("gzip, deflate, br", Some(Coding::Brotli)),
            ("gzip;q=0.9, br;q=0.8", Some(Coding::Gzip)),
            ("*", Some(Coding::Zstd)),
            ("*;q=0.1, zstd;q=0", Some(Coding::Brotli)),
            ("gzip;q=0", None),
            ("X-Gzip", Some(Coding::Gzip)),
            ("identity", None),
            ("identity;q=0.5, gzip;q=0.4", None),
            ("identity, gzip", Some(Coding::Gzip)),
            ("deflate", None),
            ("", None),
            ("gzip;q=x", None),
        ] {
            assert_eq!(choose(&[&HeaderValue::from_static(text)]), expected, "{text}");
        }
    }
}
