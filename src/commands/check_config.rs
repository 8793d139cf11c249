//! `app check-config`: says whether the configuration is good. What is wrong with it was said before this runs.

use crate::config::Loaded;

use super::{Failure, say};

/// Confirms a configuration.
///
/// # Errors
/// Where it can't say so.
pub fn run(loaded: &Loaded) -> Result<(), Failure> {
    let role = loaded.settings.role.name();
    let files = match loaded.watch.files().len() {
        1 => "1 file".to_owned(),
        files => format!("{files} files"),
    };
    say(&format!("the configuration of role {role} is good ({files} read)"))
}
