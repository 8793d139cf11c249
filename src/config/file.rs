//! A configuration file as dotted keys, with what was written for each.

use std::error::Error;
use std::path::Path;

use ::config::{FileFormat, Format, Map, Value, ValueKind};

/// A value as it was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Written {
    Text(String),
    /// A number, or true or false, as the text that the environment would have for it.
    Bare(String),
    /// No setting takes one.
    List,
}

/// Reads a file by its extension.
pub(super) fn read(path: &Path) -> Result<Vec<(String, Written)>, String> {
    let format = match path.extension().and_then(|extension| extension.to_str()) {
        Some("toml") => FileFormat::Toml,
        Some("yaml" | "yml") => FileFormat::Yaml,
        _ => return Err("a configuration file ends in .toml, .yaml or .yml".into()),
    };
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"))?;
    let mut values = Vec::new();
    flatten("", parse(&text, format)?, &mut values);
    // The same order each time, of what is said twice too.
    values.sort();
    Ok(values)
}

/// Reads a text. What is said twice, as `"http.listen"` and below `[http]`, is there twice.
///
/// # Errors
/// What is wrong with it and where, without anything that stands there: that may be a secret.
pub(super) fn parse(text: &str, format: FileFormat) -> Result<Map<String, Value>, String> {
    let language = if format == FileFormat::Toml { "TOML" } else { "YAML" };
    Format::parse(&format, None, text).map_err(|error| {
        let place = misread(&*error).map(|place| format!(", at {place}"));
        format!("is no {language}{}", place.unwrap_or_else(|| " with a table of settings".into()))
    })
}

/// The place that a parser names, and its reason where that quotes nothing.
fn misread(error: &dyn Error) -> Option<String> {
    let text = error.to_string();
    let mut lines = text.trim().lines();
    let (before, place) = lines.next()?.rsplit_once(" at ")?;
    // Of TOML the first line has the place and the last one the reason; between them the file itself is shown.
    let reason = lines.next_back().unwrap_or(before);
    let place = place[place.find("line ")?..].replace(", column", " column");
    Some(if reason.contains('"') { place } else { format!("{place}: {reason}") })
}

/// Turns nested tables into dotted keys.
fn flatten(section: &str, table: Map<String, Value>, into: &mut Vec<(String, Written)>) {
    for (name, value) in table {
        let key = if section.is_empty() { name } else { format!("{section}.{name}") };
        match value.kind {
            ValueKind::Table(table) => flatten(&key, table, into),
            ValueKind::Array(_) => into.push((key, Written::List)),
            ValueKind::Nil => into.push((key, Written::Text(String::new()))),
            ValueKind::String(text) => into.push((key, Written::Text(text))),
            kind => into.push((key, Written::Bare(kind.to_string()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "PLANTED-secret-0123456789";

    /// Files with a secret in them, of every shape that a value can have.
    const GOOD: [(FileFormat, &str); 2] = [
        (
            FileFormat::Toml,
            "[api]\nsecret = \"PLANTED-secret-0123456789\"\n[http.tls]\nkey = '''\nPLANTED-secret-0123456789\n'''\n\
             [a]\nb = {c = 'PLANTED-secret-0123456789'}\n",
        ),
        (
            FileFormat::Yaml,
            "api:\n  secret: PLANTED-secret-0123456789\nhttp:\n  tls: {key: \"PLANTED-secret-0123456789\"}\n\
             a:\n  b: |\n    PLANTED-secret-0123456789\n",
        ),
    ];

    #[test]
    fn nothing_of_a_broken_file_is_shown_wherever_it_is_broken() {
        let mut broken = 0;
        for (format, good) in GOOD {
            assert!(parse(good, format).is_ok());
            for place in 0..=good.len() {
                for planted in [
                    "\"", "'", "\n", "=", ":", "[", "{", "}", "- ", "\\", "#", " oops ", "\t", "&", "*", "\0",
                ] {
                    let text = format!("{}{planted}{}", &good[..place], &good[place..]);
                    let Err(said) = parse(&text, format) else { continue };
                    broken += 1;
                    let shown = (4..=SECRET.len()).any(|end| said.contains(&SECRET[end - 4..end]));
                    assert!(!shown, "{text}\n{said}");
                }
                if let Err(said) = parse(&good[..place], format) {
                    assert!(!said.contains("PLAN"), "{said}");
                }
            }
        }
        assert!(broken > 1000, "{broken}");
    }
}
