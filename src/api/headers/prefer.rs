//! `Prefer` (RFC 7240): of all preferences, `return` is the one that is known.

use super::accept::members;
use super::raw::Value;

/// What an answer to a write is to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Return {
    /// Nothing.
    Minimal,
    /// The document.
    Representation,
}

impl Return {
    /// The value of `Preference-Applied`.
    pub(crate) const fn applied(self) -> &'static str {
        match self {
            Return::Minimal => "return=minimal",
            Return::Representation => "return=representation",
        }
    }
}

/// Finds the first `return` among the preferences; unknown ones are ignored.
pub(super) fn parse(values: &[Value<'_>]) -> Option<Return> {
    let member = members(values).find_map(|member| {
        let member = std::str::from_utf8(member).ok()?;
        let preference = member.split(';').next()?;
        let (name, value) = preference.split_once('=')?;
        name.trim().eq_ignore_ascii_case("return").then(|| value.trim())
    })?;
    match member.trim_matches('"') {
        "minimal" => Some(Return::Minimal),
        "representation" => Some(Return::Representation),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn the_first_return_counts() {
        for (lines, expected) in [
            (vec!["return=representation"], Some(Return::Representation)),
            (vec!["respond-async, wait=10", "Return = \"minimal\"; foo=bar"], Some(Return::Minimal)),
            (vec!["return=minimal, return=representation"], Some(Return::Minimal)),
            (vec!["return=minimal", "return=representation"], Some(Return::Minimal)),
            (vec!["return=everything"], None),
            (vec!["x=\"return=minimal, return=minimal\""], None),
            (vec![""], None),
        ] {
            let values: Vec<_> = lines.iter().map(|line| HeaderValue::from_static(line)).collect();
            assert_eq!(parse(&values.iter().collect::<Vec<_>>()), expected, "{lines:?}");
        }
    }
}
