//! Where an operation stands in a trace: the ids of the W3C Trace Context, as values.

use std::fmt;

/// A trace, and the span in it that whatever happens now belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: u128,
    span_id: u64,
    sampled: bool,
}

/// Characters of a `traceparent` of version 00.
const LENGTH: usize = 55;

impl TraceContext {
    /// Ids of a trace; none where one of them is 0, which names nothing.
    pub fn new(trace_id: u128, span_id: u64, sampled: bool) -> Option<Self> {
        (trace_id != 0 && span_id != 0).then_some(TraceContext { trace_id, span_id, sampled })
    }

    /// Reads the header field `traceparent`; none where it is not as W3C Trace Context §3.2 demands. Of later
    /// versions the part that version 00 knows.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.as_bytes();
        if text.len() < LENGTH || [2, 35, 52].iter().any(|at| text[*at] != b'-') {
            return None;
        }
        let version = hex(&text[..2])?;
        let longer = text.len() > LENGTH;
        if version == 0xff || longer && (version == 0 || text[LENGTH] != b'-') {
            return None;
        }
        let (trace_id, span_id, flags) = (hex(&text[3..35])?, hex(&text[36..52])?, hex(&text[53..55])?);
        TraceContext::new(trace_id, u64::try_from(span_id).ok()?, flags & 1 == 1)
    }

    /// The trace.
    pub fn trace_id(self) -> u128 {
        self.trace_id
    }

    /// The span.
    pub fn span_id(self) -> u64 {
        self.span_id
    }

    /// Whether spans of this trace are recorded.
    pub fn sampled(self) -> bool {
        self.sampled
    }

    /// Another span of the same trace.
    #[must_use]
    pub fn with_span(self, span_id: u64) -> Self {
        TraceContext { span_id, ..self }
    }

    /// Appends the id of the trace, as 32 hexadecimal digits.
    pub fn write_trace_id(self, into: &mut String) {
        write_hex(into, self.trace_id, 32);
    }

    /// Appends the id of the span, as 16 hexadecimal digits.
    pub fn write_span_id(self, into: &mut String) {
        write_hex(into, u128::from(self.span_id), 16);
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace_id, self.span_id, u8::from(self.sampled))
    }
}

/// Reads digits; capital letters are none here.
fn hex(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0, |number: u128, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u128::from(value))
    })
}

/// By hand, because lines of the log are written at each request.
fn write_hex(into: &mut String, number: u128, digits: u32) {
    for at in (0..digits).rev() {
        let digit = (number >> (4 * at)) as u8 & 0xf;
        into.push(char::from(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 }));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_is_read_and_written() {
        let context = TraceContext::parse(GOOD).unwrap();
        assert_eq!(context.to_string(), GOOD);
        assert!(context.sampled());
        let (mut trace, mut span) = (String::new(), String::new());
        context.write_trace_id(&mut trace);
        context.write_span_id(&mut span);
        assert_eq!((trace.as_str(), span.as_str()), (&GOOD[3..35], &GOOD[36..52]));
        let unsampled = TraceContext::parse(&GOOD.replace("-01", "-02")).unwrap();
        assert!(!unsampled.sampled());
    }

    #[test]
    fn what_is_no_traceparent_is_refused() {
        for bad in [
            "".to_owned(),
            GOOD[..54].to_owned(),
            format!("{GOOD}-00"),
            GOOD.to_uppercase(),
            GOOD.replacen("00", "ff", 1),
            GOOD.replace("00f067aa0ba902b7", "0000000000000000"),
            GOOD.replace("4bf92f3577b34da6a3ce929d0e0e4736", "00000000000000000000000000000000"),
            GOOD.replace('-', "_"),
            GOOD.replacen("00", "01", 1) + "x",
            GOOD.replace('b', "g"),
        ] {
            assert_eq!(TraceContext::parse(&bad), None, "{bad}");
        }
        let later = format!("{}-what-comes", GOOD.replacen("00", "cc", 1));
        assert_eq!(TraceContext::parse(&later), TraceContext::parse(GOOD));
    }

    proptest! {
        #[test]
        fn any_context_comes_back(trace_id in 1..u128::MAX, span_id in 1..u64::MAX, sampled: bool) {
            let context = TraceContext::new(trace_id, span_id, sampled).unwrap();
            prop_assert_eq!(TraceContext::parse(&context.to_string()), Some(context));
        }

        #[test]
        fn any_text_is_read_as_it_stands_or_refused(text in "(\\PC{0,80}|[0-9a-f-]{50,60})") {
            if let Some(context) = TraceContext::parse(&text) {
                prop_assert_eq!(&context.to_string()[3..52], &text[3..52]);
            }
        }
    }
}
