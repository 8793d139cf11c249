//! Files of a configuration: their text, and of one with settings the dotted keys, with what was written for each.

use std::error::Error;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use ::config::{FileFormat, Format, Map, Value, ValueKind};

/// Most that a file may hold, in MiB: as much as a Secret of Kubernetes.
const MOST_MIB: u64 = 1;

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
    let text = text(path)?;
    let mut values = Vec::new();
    flatten("", parse(&text, format)?, &mut values);
    // The same order each time, of what is said twice too.
    values.sort();
    Ok(values)
}

/// The text of a file, or of what a link leads to. Of a pipe or a device it may never come, or never end.
pub(super) fn text(path: &Path) -> Result<String, String> {
    let unread = |error: std::io::Error| format!("cannot be read: {error}");
    if !std::fs::metadata(path).map_err(unread)?.is_file() {
        return Err("is no regular file; name one, or a link to one".into());
    }
    let (most, mut bytes) = (MOST_MIB << 20, Vec::new());
    let file = std::fs::File::open(path).map_err(unread)?;
    file.take(most + 1).read_to_end(&mut bytes).map_err(unread)?;
    if bytes.len() as u64 > most {
        return Err(format!("is larger than {MOST_MIB} MiB, and no more is read"));
    }
    String::from_utf8(bytes).map_err(|_| "cannot be read: it is not UTF-8".into())
}

/// What to do about a file that has a secret and that everybody on this machine may read or change; nothing where
/// nobody may. One that is not there is nobody's.
pub(super) fn exposed(path: &Path) -> Option<String> {
    const TO_OTHERS: u32 = 0o006;
    let open = std::fs::metadata(path).is_ok_and(|data| data.mode() & TO_OTHERS != 0);
    open.then(|| {
        let path = path.display();
        format!(
            "can be read or changed by everybody; take that away with `chmod o= {path}`, or in Kubernetes with \
             `defaultMode: 0440` of its volume"
        )
    })
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
