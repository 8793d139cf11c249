//! What of a configuration that was read again can be taken over, though something else in it is wrong.

use std::collections::BTreeSet;

use super::Loaded;
use super::effective::{self, Effective};
use super::group::Group;
use super::layers::Layers;
use super::problem::Problems;
use super::reader::Reader;
use super::settings::Settings;
use super::table::{About, ROLE_SETTING, find};

/// A configuration as it was read, with everything that is wrong with it.
#[derive(Debug)]
pub struct Again {
    /// What was said. A setting that is wrong has its default here: use only those that [`Again::takes`].
    pub loaded: Loaded,
    /// What is wrong.
    pub problems: Problems,
    /// The groups that stay as they were.
    kept: BTreeSet<Group>,
}

impl Again {
    pub(super) fn read(layers: Layers) -> Again {
        let mut reader = Reader::new(&layers);
        let settings = Settings::read(&mut reader);
        let kept = kept(&reader);
        let problems = Problems(reader.problems);
        let effective = effective::effective(&layers, settings.role);
        Again { loaded: Loaded { settings, effective, watch: layers.watch }, problems, kept }
    }

    /// Whether a group is good, and can take effect.
    pub fn takes(&self, group: Group) -> bool {
        !self.kept.contains(&group)
    }

    /// Whether a setting can take effect without a restart.
    pub fn takes_over(&self, about: &About) -> bool {
        about.reloads && Group::of(about.key).is_some_and(|group| self.takes(group))
    }

    /// Whether nothing can take effect.
    pub fn takes_nothing(&self) -> bool {
        Group::every().all(|group| !self.takes(group))
    }

    /// The settings of which something else was said than what holds, and which can't be taken for what is wrong.
    pub fn not_in_force(&self, holds: &[Effective]) -> BTreeSet<&'static str> {
        let wrong = self.problems.0.iter().filter_map(|problem| find(problem.key.as_deref()?));
        let kept =
            self.changed(holds).filter(|setting| setting.about.reloads && !self.takes_over(setting.about));
        wrong.map(|(about, _)| about.key).chain(kept.map(|setting| setting.about.key)).collect()
    }

    /// The settings of which something else was said than what holds.
    pub fn changed<'a>(&'a self, holds: &'a [Effective]) -> impl Iterator<Item = &'a Effective> {
        self.loaded.effective.iter().filter(|setting| {
            let same_key = |other: &&Effective| other.about.key == setting.about.key;
            holds.iter().find(same_key).is_none_or(|other| !setting.same(other))
        })
    }
}

/// The groups that what is wrong is about: all of them, where nobody knows what else was meant.
fn kept(reader: &Reader<'_>) -> BTreeSet<Group> {
    let about = |key: Option<&str>| key.and_then(find).map(|(about, _)| about.key);
    let mut kept = reader.doubted.clone();
    for problem in &reader.problems {
        match about(problem.key.as_deref()) {
            Some(key) if key != ROLE_SETTING.about.key => kept.extend(Group::of(key)),
            _ => kept.extend(Group::every()),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::config::{Sources, load_again};

    /// A configuration of a role.
    fn again(role: &str, toml: &str) -> Again {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("larder.toml");
        std::fs::write(&file, toml).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        load_again(&Sources { files: vec![file], ..Sources::default() }.with("role", role))
    }

    fn kept(role: &str, toml: &str) -> Vec<Group> {
        again(role, toml).kept.into_iter().collect()
    }

    #[test]
    fn what_is_wrong_keeps_its_own_group_as_it_was() {
        for (toml, groups) in [
            ("", &[][..]),
            ("limit.principal.rate = 'much'", &[Group::Limits]),
            ("auth.keys = '['\nlog.filter = 'loud'", &[Group::Keys, Group::LogFilter]),
            ("auth.keys_file = '/no/such/file'", &[Group::Keys]),
            ("http.tls.key = 'x'\nadmin.tls.key_file = 5", &[Group::TrafficTls, Group::AdminTls]),
            ("http.deadline = 'soon'\napi.secret_file = '/no/such/file'", &[]),
            ("limit.address.burst = 5", &[Group::Limits]),
            // Whatever was meant by this, the keys are good.
            ("auth.keys = ''\nauth.allow_anonymous = true", &[]),
        ] {
            assert_eq!(kept("all", toml), groups, "{toml}");
        }
    }

    #[test]
    fn what_a_combination_needs_is_not_taken_away() {
        for (role, toml, groups) in [
            ("all", "http.listen = '0.0.0.0:80'", &[Group::Keys][..]),
            ("all", "http.listen = 'here'", &[Group::Keys]),
            ("all", "http.listen = '0.0.0.0:80'\nauth.jwt.issuer = 'mine'", &[Group::Keys]),
            ("all", "limit.principal.rate = 5", &[Group::Keys, Group::Limits]),
            ("all", "http.listen = 'here'\nauth.keys = ''", &[]),
            ("store", "http.listen = '0.0.0.0:80'", &[Group::TrafficTls]),
            ("store", "http.listen = 'here'", &[Group::TrafficTls]),
            ("store", "http.listen = '0.0.0.0:80'\nstore.allow_plaintext = 'maybe'", &[Group::TrafficTls]),
            ("api", "store.url = 'somewhere'", &[Group::StoreTls]),
            ("api", "store.url = 'https://store'", &[Group::StoreTls]),
        ] {
            assert_eq!(kept(role, toml), groups, "{role} {toml}");
        }
    }

    #[test]
    fn what_can_be_about_anything_keeps_everything() {
        for (role, toml) in [("all", "log.filtre = 'warn'"), ("all", "a = ["), ("none", "")] {
            let again = again(role, toml);
            assert!(again.takes_nothing() && !again.problems.0.is_empty(), "{role} {toml}");
        }
    }
}
