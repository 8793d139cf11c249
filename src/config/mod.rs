//! Settings: what was said in defaults, files, environment and flags, and what it means.
//!
//! `table` is the one list of settings; `layers` gathers what was said, of files as `file` reads them, `reader` and
//! `settings` make typed values of it, and `problem` is everything that is wrong, at once. `again` is what of that a
//! process that runs can take over all the same. This is the only module that reads settings from files and environment
//! variables; the rest of the program sees [`Settings`], which cannot be wrong.

mod again;
mod auth;
mod effective;
mod endpoint;
mod file;
mod group;
mod ineffective;
mod keys;
mod layers;
mod log;
mod network;
mod otlp;
mod problem;
mod reader;
mod role;
mod secret;
mod settings;
mod table;
mod tls;
mod value;
mod watch;

pub use again::Again;
pub use auth::{Algorithms, Auth, Jwt, Limits, Rate, Unit, Url};
pub use effective::{Effective, to_json, to_toml};
pub use endpoint::Endpoint;
pub use group::Group;
pub use keys::{ApiKey, ApiKeys};
pub use layers::Sources;
pub use log::{LogFilter, LogFormat, LogRequests};
pub use network::Networks;
pub use otlp::{Otlp, OtlpEndpoint, OtlpProtocol};
pub use problem::{Origin, Problem, Problems};
pub use role::Role;
pub use secret::Secret;
pub use settings::{Backend, DynamoDb, Embedded, Http, Log, Settings, Shutdown, Store};
pub use table::{ALL, About, Preset};
pub use tls::{Chain, ClientTls, Clients, Facts, Identity, Name, Names, PrivateKey, ServerTls, provider};
pub use watch::Watch;

/// Settings, with where each was said.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What holds.
    pub settings: Settings,
    /// The same, to be shown.
    pub effective: Vec<Effective>,
    /// The files that were read, those of secrets too, and how they were before.
    pub watch: Watch,
}

/// Reads a configuration.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load(sources: &Sources) -> Result<Loaded, Problems> {
    let Again { loaded, problems, .. } = load_again(sources);
    if problems.0.is_empty() { Ok(loaded) } else { Err(problems) }
}

/// The same for a process that runs: what is good of it can be taken over, and every file is watched even where
/// something is wrong, since in one of them it will be put right.
pub fn load_again(sources: &Sources) -> Again {
    Again::read(layers::Layers::gather(sources))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(sources: &Sources) -> Vec<String> {
        let problems = load(sources).expect_err("has problems").0;
        problems
            .iter()
            .map(|problem| format!("{} ({})", problem.key.as_deref().unwrap_or("-"), problem.origin))
            .collect()
    }

    /// Writes a file that others can't read.
    fn write_for_us(path: &std::path::Path, text: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::write(path, text).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    #[test]
    fn every_default_is_a_value_in_every_role() {
        for role in Role::EVERY {
            let loaded = load(&Sources::default().with("role", role.name())).unwrap();
            assert_eq!(loaded.settings.role, role);
        }
    }

    #[test]
    fn later_layers_win_and_say_so() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a.toml"), dir.path().join("b.yaml"));
        std::fs::write(&a, "role = 'api'\nhttp.deadline = '1s'\nhttp.idle = '1s'\nhttp.workers = 3\n")
            .unwrap();
        std::fs::write(&b, "http:\n  deadline: 2s\n  idle: 2s\n").unwrap();
        let environment = [("APP__HTTP__DEADLINE".to_owned(), "3s".to_owned())].into();
        let sources = Sources { files: vec![a.clone(), b.clone()], environment, ..Sources::default() };
        let loaded = load(&sources.with("http.idle", "4s")).unwrap();
        assert_eq!(loaded.settings.http.deadline.as_secs(), 3);
        assert_eq!(loaded.settings.http.idle.as_secs(), 4);
        assert_eq!(loaded.settings.http.workers, 3);
        let shown = to_toml(&loaded.effective);
        assert!(shown.contains("http.deadline = \"3s\"  # environment APP__HTTP__DEADLINE\n"), "{shown}");
        assert!(shown.contains(&format!("http.workers = \"3\"  # {}\n", a.display())), "{shown}");
    }

    #[test]
    fn what_is_printed_is_a_file_that_means_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("printed.toml");
        let first = load(&Sources::default().with("role", "all").with("log.filter", "debug")).unwrap();
        std::fs::write(&path, to_toml(&first.effective)).unwrap();
        let second = load(&Sources { files: vec![path], ..Sources::default() }).unwrap();
        assert_eq!(first.settings, second.settings);
    }

    #[test]
    fn a_change_behind_the_reading_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let (path, secret) = (dir.path().join("larder.toml"), dir.path().join("secret"));
        write_for_us(&secret, "a secret of sixteen characters");
        std::fs::write(&path, format!("role = 'all'\napi.secret_file = {secret:?}")).unwrap();
        for file in [&path, &secret] {
            let mut loaded = load(&Sources { files: vec![path.clone()], ..Sources::default() }).unwrap();
            let text = std::fs::read_to_string(file).unwrap();
            std::fs::write(file, format!("{text}\n\n")).unwrap();
            assert!(loaded.watch.changed(), "{}", file.display());
        }
    }

    #[test]
    fn secrets_come_from_files_and_are_never_shown() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        write_for_us(&path, "a long enough secret\n");
        let sources = Sources::default().with("role", "all").with("api.secret_file", path.to_str().unwrap());
        let loaded = load(&sources).unwrap();
        assert_eq!(loaded.settings.api_secret.as_ref().unwrap().reveal(), b"a long enough secret");
        assert_eq!(loaded.watch.files(), [path]);
        let shown = format!("{}{}{:?}", to_toml(&loaded.effective), to_json(&loaded.effective), loaded);
        assert!(!shown.contains("long enough"), "{shown}");
        let both = sources.with("api.secret", "another long secret");
        assert_eq!(complaints(&both), ["api.secret (flag --set api.secret)"]);
    }

    #[test]
    fn an_open_port_must_be_meant() {
        for (role, permission) in [("all", "auth.allow_anonymous"), ("store", "store.allow_plaintext")] {
            let open = Sources::default().with("role", role).with("http.listen", "0.0.0.0:80");
            assert_eq!(complaints(&open), ["http.listen (flag --set http.listen)"]);
            assert!(load(&open.with(permission, "true")).is_ok());
        }
    }
}
