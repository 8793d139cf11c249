//! What is wrong with a configuration: every problem, with the key and where it was said.

use std::fmt;
use std::path::PathBuf;

/// Where a value was said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Nowhere: it is built in.
    Default,
    /// A configuration file.
    File(PathBuf),
    /// An environment variable.
    Environment(String),
    /// A flag of the command line.
    Flag(String),
    /// The admin port, while the process ran.
    AdminPort,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::AdminPort => f.write_str("admin port"),
            Origin::File(path) => write!(f, "{}", path.display()),
            Origin::Environment(name) => write!(f, "environment {name}"),
            Origin::Flag(flag) => write!(f, "flag {flag}"),
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The setting, if it is about one.
    pub key: Option<String>,
    /// Where it was said.
    pub origin: Origin,
    /// What is wrong, and what to do.
    pub detail: String,
}

/// All that is wrong.
#[derive(Debug)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        write!(f, "the configuration has {count} problem{}", if count == 1 { "" } else { "s" })?;
        for Problem { key, origin, detail } in &self.0 {
            let key = key.as_deref().map_or(String::new(), |key| format!("{key}: "));
            write!(f, "\n  {key}{detail} ({origin})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
