//! Takes typed values out of what was said, and notes what is wrong with them.

use super::layers::Layers;
use super::problem::{Origin, Problem};
use super::role::Role;
use super::table::{About, ROLE_SETTING, Setting};

/// A walk over the settings of one role.
pub(super) struct Reader<'a> {
    layers: &'a Layers,
    role: Role,
    pub(super) problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(layers: &'a Layers) -> Reader<'a> {
        let mut reader = Reader { layers, role: Role::All, problems: layers.problems.clone() };
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
        let said = self.layers.said.get(setting.about.key)?;
        let value = (setting.parser.read)(&said.text);
        if value.is_none() {
            // What can come from a file is too long to be shown, or must not be.
            let shown =
                if setting.about.in_file { "what was said".into() } else { format!("{:?}", said.text) };
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
        let said = self.layers.said.get(setting.about.key)?;
        read(&said.text).map_err(|detail| self.refuse(&setting.about, detail)).ok()
    }

    /// Whether anything was said for a setting.
    pub(super) fn is_said(&self, about: &About) -> bool {
        self.layers.said.contains_key(about.key)
    }

    /// Notes that a setting is wrong.
    pub(super) fn refuse(&mut self, about: &About, detail: impl Into<String>) {
        let origin = self.layers.said.get(about.key).map_or(Origin::Default, |said| said.origin.clone());
        self.problems.push(Problem { key: Some(about.key.to_owned()), origin, detail: detail.into() });
    }
}
