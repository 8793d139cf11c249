//! Gathers what was said, from files, environment and flags, into one value a key.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::file::{self, Written};
use super::problem::{Origin, Problem};
use super::role::Role;
use super::table::{ALL, About, ROLE_SETTING, find};
use super::watch::Watch;

const ENVIRONMENT_PREFIX: &str = "APP__";
const ENVIRONMENT_FILES: &str = "APP_CONFIG";

/// Where a configuration comes from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Files, the later over the earlier. None: those that `APP_CONFIG` names.
    pub files: Vec<PathBuf>,
    /// The environment, as far as it begins with `APP_`.
    pub environment: BTreeMap<String, String>,
    /// Settings from the command line: key, value, and the flag as people know it.
    pub flags: Vec<(String, String, String)>,
    /// The role, where nothing says one.
    pub role: Option<Role>,
}

impl Sources {
    /// The environment of this process, and nothing else.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    pub fn from_process() -> Sources {
        let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        let environment = std::env::vars_os()
            .map(|(name, value)| (text(name), text(value)))
            .filter(|(name, _)| name.starts_with("APP_"))
            .collect();
        Sources { environment, ..Sources::default() }
    }

    /// The same, with a setting on top of all others.
    #[must_use]
    pub fn with(mut self, key: &str, value: &str) -> Sources {
        self.flags.push((key.to_owned(), value.to_owned(), format!("--set {key}")));
        self
    }

    /// The files that are read, in order.
    pub fn file_list(&self) -> Vec<PathBuf> {
        let named = self.environment.get(ENVIRONMENT_FILES).filter(|_| self.files.is_empty());
        match named {
            Some(list) => list.split(':').filter(|path| !path.is_empty()).map(PathBuf::from).collect(),
            None => self.files.clone(),
        }
    }
}

/// What was said for a key.
#[derive(Clone, Debug)]
pub(super) struct Said {
    /// Its text; none where that could not be read, which is a problem already.
    pub(super) text: Option<String>,
    pub(super) origin: Origin,
    /// The file that holds a secret's text.
    pub(super) read_from: Option<PathBuf>,
}

/// What holds after all layers, by key, and the problems on the way.
#[derive(Debug, Default)]
pub(super) struct Layers {
    pub(super) said: BTreeMap<&'static str, Said>,
    pub(super) problems: Vec<Problem>,
    /// The files that were read, as they were before.
    pub(super) watch: Watch,
}

impl Layers {
    pub(super) fn gather(sources: &Sources) -> Layers {
        let mut layers = Layers::default();
        let role = sources
            .role
            .map(|role| (ROLE_SETTING.about.key.to_owned(), Written::Text(role.name().to_owned())));
        layers.layer(role.into_iter().map(|(key, name)| (key, name, Origin::Default)));
        for path in sources.file_list() {
            layers.file(&path);
        }
        layers.environment(&sources.environment);
        let flags = sources.flags.iter();
        layers.layer(
            flags.map(|(key, text, flag)| {
                (key.clone(), Written::Text(text.clone()), Origin::Flag(flag.clone()))
            }),
        );
        layers
    }

    fn file(&mut self, path: &Path) {
        let origin = Origin::File(path.to_owned());
        self.watch.add(path.to_owned());
        let values = match file::read(path) {
            Ok(values) => values,
            Err(detail) => return self.problem(None, origin, detail),
        };
        if let Some(detail) = file::exposed(path) {
            let secrets = values
                .iter()
                .filter(|(key, _)| find(key).is_some_and(|(about, in_file)| about.secret && !in_file));
            for (key, _) in secrets {
                let detail = format!("stands in a file that {detail}");
                self.problem(Some(key.clone()), origin.clone(), detail);
            }
        }
        self.layer(values.into_iter().map(|(key, written)| (key, written, origin.clone())));
    }

    fn environment(&mut self, environment: &BTreeMap<String, String>) {
        let mut values = Vec::new();
        for (name, text) in environment {
            let Some(rest) = name.strip_prefix(ENVIRONMENT_PREFIX) else { continue };
            let (key, origin) = (rest.to_lowercase().replace("__", "."), Origin::Environment(name.clone()));
            if rest.contains(char::is_lowercase) {
                let capitals = rest.to_uppercase();
                let detail =
                    format!("is said in capitals in the environment: {ENVIRONMENT_PREFIX}{capitals}");
                self.problem(Some(key), origin, detail);
            } else {
                values.push((key, Written::Text(text.clone()), origin));
            }
        }
        self.layer(values.into_iter());
    }

    /// Puts a layer over what is there.
    fn layer(&mut self, values: impl Iterator<Item = (String, Written, Origin)>) {
        let mut layer: BTreeMap<&'static str, Said> = BTreeMap::new();
        for (key, written, origin) in values {
            let Some((about, in_file)) = find(&key) else {
                self.problem(Some(key.clone()), origin, unknown(&key));
                continue;
            };
            if let Some(detail) = layer.get(about.key).and_then(|first| twice(about, first, in_file, &origin))
            {
                self.problem(Some(about.key.to_owned()), origin, detail);
                continue;
            }
            let said = match written {
                Written::Text(path) if in_file => self.in_file(about, path, origin),
                Written::Text(text) => Said { text: Some(text), origin, read_from: None },
                Written::Bare(text) if about.bare && !in_file => {
                    Said { text: Some(text), origin, read_from: None }
                }
                // As a number, 0123 is 83, and of 20 digits not all are left.
                Written::Bare(_) => {
                    self.unfit("is no text; write it with quotes", about, key, in_file, origin)
                }
                Written::List => self.unfit("is a list; write it as one text", about, key, in_file, origin),
            };
            layer.insert(about.key, said);
        }
        self.said.extend(layer);
    }

    /// What the file of that path says.
    fn in_file(&mut self, about: &About, path: String, origin: Origin) -> Said {
        self.watch.add(PathBuf::from(&path));
        let read = file::text(Path::new(&path));
        let exposed = file::exposed(Path::new(&path)).filter(|_| about.secret && read.is_ok());
        for detail in exposed.iter().chain(read.as_ref().err()) {
            let detail = format!("the file {path} {detail}");
            self.problem(Some(format!("{}_file", about.key)), origin.clone(), detail);
        }
        let text = read.ok().map(|text| text.trim_end_matches(['\r', '\n']).to_owned());
        Said { text, origin, read_from: Some(PathBuf::from(path)) }
    }

    /// What says nothing, being of the wrong type.
    fn unfit(&mut self, why: &str, about: &About, key: String, in_file: bool, origin: Origin) -> Said {
        let expects = if in_file { "the path of a file" } else { about.expects };
        self.problem(Some(key), origin.clone(), format!("{why}: {expects}"));
        Said { text: None, origin, read_from: None }
    }

    pub(super) fn problem(&mut self, key: Option<String>, origin: Origin, detail: String) {
        self.problems.push(Problem { key, origin, detail });
    }
}

/// What is wrong with saying a setting a second time in a layer. Of flags the last one counts, as everywhere.
fn twice(about: &About, first: &Said, in_file: bool, origin: &Origin) -> Option<String> {
    let how = match first.read_from.is_some() == in_file {
        true if matches!(origin, Origin::Flag(_)) => return None,
        true => "said twice".to_owned(),
        false => format!("said both directly and as {}_file", about.key),
    };
    let elsewhere =
        if first.origin == *origin { String::new() } else { format!(", also by {}", first.origin) };
    Some(format!("{how}{elsewhere}; say it once"))
}

fn unknown(key: &str) -> String {
    let section = format!("{key}.");
    if ALL.iter().any(|about| about.key.starts_with(&section)) {
        return "is a section, not a setting; give it members".into();
    }
    let nearest = ALL.iter().map(|about| (distance(key, about.key), about.key)).min();
    match nearest {
        // Of a short name, three changes leave nothing.
        Some((steps, near)) if steps <= 3 && 2 * steps <= key.len() => {
            format!("there is no such setting; did you mean {near}?")
        }
        _ => "there is no such setting".into(),
    }
}

/// How many characters must be changed, added or removed to turn one text into the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let changed = corner + usize::from(x != *y);
            corner = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_of_words_counts_single_changes() {
        for (a, b, steps) in
            [("", "abc", 3), ("same", "same", 0), ("http.listn", "http.listen", 1), ("ab", "ba", 2)]
        {
            assert_eq!(distance(a, b), steps, "{a} {b}");
        }
    }
}
