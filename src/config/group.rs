//! Groups of settings that reload together: a mistake in one keeps that one as it was, and no other.

/// Settings that are taken over while the process runs all together, or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// The API keys: nothing else may stand in the way of taking one away.
    Keys,
    /// How often callers may come.
    Limits,
    /// TLS of the traffic port.
    TrafficTls,
    /// TLS of the admin port.
    AdminTls,
    /// TLS on the way to the store.
    StoreTls,
    /// Which events are logged.
    LogFilter,
}

/// How the keys of a group begin. The address of the store says what is expected of its certificate.
const BEGINNINGS: [(&str, Group); 7] = [
    ("auth.keys", Group::Keys),
    ("limit.", Group::Limits),
    ("http.tls.", Group::TrafficTls),
    ("admin.tls.", Group::AdminTls),
    ("store.tls.", Group::StoreTls),
    ("store.url", Group::StoreTls),
    ("log.filter", Group::LogFilter),
];

impl Group {
    /// Every group.
    pub(super) fn every() -> impl Iterator<Item = Group> {
        BEGINNINGS.into_iter().map(|(_, group)| group)
    }

    /// The group that a setting belongs to, if it does.
    pub fn of(key: &str) -> Option<Group> {
        BEGINNINGS.into_iter().find(|(beginning, _)| key.starts_with(beginning)).map(|(_, group)| group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ALL;

    #[test]
    fn every_setting_that_reloads_is_in_a_group() {
        for about in ALL.iter().filter(|about| about.reloads) {
            assert!(Group::of(about.key).is_some(), "{}", about.key);
        }
        assert_eq!(Group::of("auth.keys_file"), Some(Group::Keys));
    }
}
