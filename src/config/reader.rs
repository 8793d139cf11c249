//! Takes typed values out of what was said, and notes what is wrong with them.

use std::collections::BTreeSet;

use super::group::Group;
use super::layers::Layers;
use super::problem::{Origin, Problem};
use super::role::Role;
use super::table::{About, ROLE_SETTING, Setting};

/// A walk over the settings of one role.
pub(super) struct Reader<'a> {
    layers: &'a Layers,
    role: Role,
    pub(super) problems: Vec<Problem>,
    /// Groups that may be good in themselves, and are a part of a combination that is not.
    pub(super) doubted: BTreeSet<Group>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(layers: &'a Layers) -> Reader<'a> {
        let mut reader =
            Reader { layers, role: Role::All, problems: layers.problems.clone(), doubted: BTreeSet::new() };
        if layers.said.contains_key(ROLE_SETTING.about.key) {
            reader.role = reader.take_optional(&ROLE_SETTING).unwrap_or(Role::All);
        } else if layers.problems.iter().all(|problem| problem.key.is_some()) {
            // A file that cannot be read may well say the role.
            reader.refuse(&ROLE_SETTING.about, "must be said: --role=api, --role=store or --role=all");
        }
        reader
    }

    /// The role that the settings are for.
    pub(super) fn role(&self) -> Role {
        self.role
    }

    /// The value of a setting that has a default; the default where what was said is wrong.
    pub(super) fn take<T>(&mut self, setting: &Setting<T>) -> T {
        let preset = setting.about.default_for(self.role).and_then(setting.parser.read);
        self.take_optional(setting).or(preset).expect("each setting that is taken has a default that parses")
    }

    /// The value of a setting, if it was said.
    pub(super) fn take_optional<T>(&mut self, setting: &Setting<T>) -> Option<T> {
        let text = self.text(&setting.about)?;
        let value = (setting.parser.read)(text);
        if value.is_none() {
            // What can come from a file is too long to be shown, or must not be.
            let shown = if setting.about.in_file { "what was said".into() } else { format!("{text:?}") };
            self.refuse(&setting.about, format!("{shown} is not {}", setting.parser.expects));
        }
        value
    }

    /// The value of a setting, if it was said, from a reading that says what is wrong.
    pub(super) fn take_explained<T>(
        &mut self,
        setting: &Setting<T>,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        read(self.text(&setting.about)?).map_err(|detail| self.refuse(&setting.about, detail)).ok()
    }

    /// The text of a setting, if one was said and could be read.
    fn text(&self, about: &About) -> Option<&'a str> {
        self.layers.said.get(about.key)?.text.as_deref()
    }

    /// Whether anything was said for a setting, be it wrong or in a file that can't be read.
    pub(super) fn is_said(&self, about: &About) -> bool {
        self.layers.said.contains_key(about.key)
    }

    /// Whether something else was said than what holds anyway. A printed configuration says all of that.
    pub(super) fn differs(&self, about: &About) -> bool {
        self.is_said(about) && self.text(about) != about.default_for(self.role)
    }

    /// Notes that a setting is wrong.
    pub(super) fn refuse(&mut self, about: &About, detail: impl Into<String>) {
        let origin = self.layers.said.get(about.key).map_or(Origin::Default, |said| said.origin.clone());
        self.problems.push(Problem { key: Some(about.key.to_owned()), origin, detail: detail.into() });
    }

    /// Notes that a setting does not go with others. Not where one of them, or the role, is wrong already, nor where
    /// a file could not be read: nobody knows then what was meant, and what to do about it would be bad advice. Told or
    /// not, a process that runs does not take the others over.
    pub(super) fn refuse_with(&mut self, about: &About, others: &[&About], detail: &str) {
        self.doubted.extend(others.iter().filter_map(|other| Group::of(other.key)));
        self.refuse_beside(about, others, detail);
    }

    /// The same, where the others are good whatever this one says.
    pub(super) fn refuse_beside(&mut self, about: &About, others: &[&About], detail: &str) {
        let any_wrong = others.iter().any(|other| self.is_wrong(other));
        if !self.is_wrong(about) && !self.is_wrong(&ROLE_SETTING.about) && !any_wrong {
            self.refuse(about, detail);
        }
    }

    /// Whether a setting is known to be wrong, or may be said in a file that could not be read.
    pub(super) fn is_wrong(&self, about: &About) -> bool {
        let of = |key: &str| key.strip_prefix(about.key).is_some_and(|rest| matches!(rest, "" | "_file"));
        self.problems.iter().any(|problem| problem.key.as_deref().is_none_or(of))
    }
}
