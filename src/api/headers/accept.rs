//! `Accept`: whether it rules out the one media type that would be sent.

use crate::api::faults::Faults;
use crate::domain::{Error, Kind, Place};

use super::raw::Value;

/// Notes a fault if the media type that would be sent is ruled out, or the field can't be read.
pub(crate) fn judge(values: &[Value<'_>], sent: &str, faults: &mut Faults) {
    let mut best: Option<(u8, u16)> = None;
    let mut any = false;
    for member in members(values) {
        any = true;
        let Some((specificity, quality)) = read(member, sent) else {
            let detail = "this is a list of media ranges like application/json;q=0.5";
            faults.add(Kind::InvalidHeader, Place::Header("Accept".into()), detail);
            return;
        };
        // Where equally exact ranges disagree, the kinder one counts.
        if specificity > 0 {
            best = best.max(Some((specificity, quality)));
        }
    }
    if any && best.is_none_or(|(_, quality)| quality == 0) {
        let detail = format!("the answer would be {sent}, which Accept rules out");
        let error = Error::at(Kind::NotAcceptable, Place::Header("Accept".into()), detail);
        faults.absorb::<()>(Err(error));
    }
}

/// How exactly a media range meets a type (0: not at all), and its quality; none if it can't be read.
fn read(member: &[u8], sent: &str) -> Option<(u8, u16)> {
    let member = std::str::from_utf8(member).ok()?;
    let (range, parameters) = member.split_once(';').unwrap_or((member, ""));
    let range = range.trim();
    let quality = quality(parameters)?;
    let sent_type = sent.split_once('/').map_or(sent, |(main, _)| main);
    let specificity = match range.split_once('/') {
        // Old Java clients send this by default.
        None if range == "*" => 1,
        Some(("*", "*")) => 1,
        Some((main, "*")) if is_token(main) => 2 * u8::from(main.eq_ignore_ascii_case(sent_type)),
        Some((main, sub)) if is_token(main) && is_token(sub) => {
            3 * u8::from(range.eq_ignore_ascii_case(sent))
        }
        _ => return None,
    };
    Some((specificity, quality))
}

fn is_token(text: &str) -> bool {
    let special = |byte: u8| b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || special(byte))
}

/// The members of a list that is spread over the lines of a field, without empty ones. Commas within quotes are none.
pub(super) fn members<'a>(values: &[Value<'a>]) -> impl Iterator<Item = &'a [u8]> {
    let lines = values.iter().flat_map(|value| {
        let (mut quoted, mut escaped) = (false, false);
        value.as_bytes().split(move |byte| {
            let plain = !escaped;
            escaped = plain && quoted && *byte == b'\\';
            quoted ^= plain && *byte == b'"';
            *byte == b',' && !quoted
        })
    });
    lines.map(<[u8]>::trim_ascii).filter(|member| !member.is_empty())
}

/// The `q` among parameters, in thousandths; none if it is not from 0 to 1.
pub(super) fn quality(parameters: &str) -> Option<u16> {
    for parameter in parameters.split(';') {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        if name.trim().eq_ignore_ascii_case("q") {
            return thousandths(value.trim());
        }
    }
    Some(1000)
}

fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || text.is_empty() || text == "." {
        return None;
    }
    let fraction: u16 = format!("{fraction:0<3}").parse().ok()?;
    match (whole, fraction) {
        ("1", 0) => Some(1000),
        ("0" | "", fraction) => Some(fraction),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn judged(text: &'static str) -> Option<Kind> {
        let mut faults = Faults::default();
        judge(&[&HeaderValue::from_static(text)], "application/json", &mut faults);
        faults.judge().err().map(|error| error.kind())
    }

    #[test]
    fn only_what_rules_json_out_is_refused() {
        for good in [
            "",
            "*/*",
            "application/json",
            "Application/JSON; charset=utf-8;q=0.001",
            "text/html, application/*;q=0.5",
            "text/html, image/gif, *; q=.2, */*; q=.2",
            "*/*;q=0, application/json",
            "application/json;profile=\"a,b;c\"",
            "application/json;q=0, application/json;q=1.000",
        ] {
            assert_eq!(judged(good), None, "{good}");
        }
        for bad in
            ["text/html", "application/json;q=0", "*/*, application/json;q=0.0", "application/*;q=0, */*"]
        {
            assert_eq!(judged(bad), Some(Kind::NotAcceptable), "{bad}");
        }
    }

    #[test]
    fn what_can_not_be_read_is_told() {
        for text in
            ["json", "application/", "/", "application/json;q=2", "application/json;q=0.1234", "a/b/c"]
        {
            assert_eq!(judged(text), Some(Kind::InvalidHeader), "{text}");
        }
    }
}
