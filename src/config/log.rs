//! The settings of the log that are words of their own.

use super::value::Parser;

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// Which requests get a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogRequests {
    /// Each.
    All,
    /// Those that were refused or failed: status 400 and above.
    Failures,
}

/// A directive that says which events are logged, such as `info` or `info,hyper=debug`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFilter(String);

impl LogFilter {
    /// Reads a directive.
    pub fn parse(text: &str) -> Option<LogFilter> {
        let good = |part: &str| {
            let level = part.rsplit('=').next().unwrap_or(part);
            let known = ["off", "error", "warn", "info", "debug", "trace"];
            let target = part.split_once('=').map(|(target, _)| target);
            let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '-');
            known.contains(&level)
                && target.is_none_or(|target| !target.is_empty() && target.chars().all(name))
        };
        text.split(',').all(good).then(|| LogFilter(text.to_owned()))
    }

    /// The directive.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Reads a format.
pub(super) const FORMAT: Parser<LogFormat> = Parser {
    expects: "auto, json or text",
    read: |text| match text {
        "auto" => Some(LogFormat::Auto),
        "json" => Some(LogFormat::Json),
        "text" => Some(LogFormat::Text),
        _ => None,
    },
};

/// Reads which requests are logged.
pub(super) const REQUESTS: Parser<LogRequests> = Parser {
    expects: "all or failures",
    read: |text| match text {
        "all" => Some(LogRequests::All),
        "failures" => Some(LogRequests::Failures),
        _ => None,
    },
};

/// Reads a filter.
pub(super) const FILTER: Parser<LogFilter> =
    Parser { expects: "a log filter such as info or info,hyper=debug", read: LogFilter::parse };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_levels_with_or_without_a_target() {
        for text in ["info", "off", "warn,hyper=debug", "larder=trace"] {
            assert!(LogFilter::parse(text).is_some(), "{text}");
        }
        for text in ["", "loud", "info,", "=debug", "hyper=", "a b=info"] {
            assert!(LogFilter::parse(text).is_none(), "{text}");
        }
    }
}
