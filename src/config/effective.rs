//! Shows which settings hold, and where each was said; secrets stay hidden.

use sha2::{Digest as _, Sha256};

use super::layers::Layers;
use super::problem::Origin;
use super::role::Role;
use super::table::{ALL, About};

/// A setting as it holds.
#[derive(Clone, Debug)]
pub struct Effective {
    /// Which.
    pub about: &'static About,
    /// Its text; none where it is not set, and never that of a secret.
    pub text: Option<String>,
    /// Whether it is set, but hidden.
    pub hidden: bool,
    /// Whether a file holds it; then the text is the path of the file.
    pub in_file: bool,
    /// Where it was said.
    pub origin: Origin,
    /// Changes with what is said, with the contents of a file too, and tells nothing of it.
    fingerprint: [u8; 32],
}

impl Effective {
    /// Whether the same was said before, be it a secret or in a file.
    pub(crate) fn same(&self, before: &Effective) -> bool {
        self.text == before.text && self.fingerprint == before.fingerprint
    }

    /// Something else holds from now on, that was said on the admin port.
    pub(crate) fn say_here(&mut self, text: &str) {
        self.text = Some(text.to_owned());
        self.in_file = false;
        self.origin = Origin::AdminPort;
        self.fingerprint = Sha256::digest(text).into();
    }

    /// Its key as it would stand in a file.
    fn key(&self) -> String {
        format!("{}{}", self.about.key, if self.in_file { "_file" } else { "" })
    }
}

/// The settings that a role looks at.
pub(super) fn effective(layers: &Layers, role: Role) -> Vec<Effective> {
    let looked_at = ALL.iter().filter(|about| about.roles.contains(&role));
    looked_at.map(|about| one(layers, role, about)).collect()
}

fn one(layers: &Layers, role: Role, about: &'static About) -> Effective {
    match layers.said.get(about.key) {
        Some(said) => {
            let text = said.text.clone().unwrap_or_default();
            let file = said.read_from.as_ref().map(|path| path.display().to_string());
            let in_file = file.is_some() && !about.secret;
            Effective {
                about,
                fingerprint: Sha256::digest(&text).into(),
                text: (!about.secret).then(|| file.unwrap_or(text)),
                hidden: about.secret,
                in_file,
                origin: said.origin.clone(),
            }
        }
        None => Effective {
            about,
            text: about.default_for(role).map(str::to_owned),
            hidden: false,
            in_file: false,
            origin: Origin::Default,
            fingerprint: [0; 32],
        },
    }
}

/// The settings as a TOML file that would say the same, with origins as comments.
pub fn to_toml(settings: &[Effective]) -> String {
    let mut lines = String::new();
    for setting in settings {
        let (key, Effective { text, hidden, origin, .. }) = (setting.key(), setting);
        let line = match text {
            Some(text) => format!("{key} = {text:?}  # {origin}\n"),
            None if *hidden => format!("# {key} is set, and not shown  # {origin}\n"),
            None => format!("# {key} is not set\n"),
        };
        lines.push_str(&line);
    }
    lines
}

/// The settings as a JSON object: key → `{"value", "origin"}`. What a file holds is shown as that file, under `<key>_file`.
pub fn to_json(settings: &[Effective]) -> serde_json::Value {
    let one = |setting: &Effective| {
        let value = match (&setting.text, setting.hidden) {
            (Some(text), _) => serde_json::Value::from(text.as_str()),
            (None, true) => "(redacted)".into(),
            (None, false) => serde_json::Value::Null,
        };
        let origin = setting.origin.to_string();
        (setting.key(), serde_json::json!({ "value": value, "origin": origin }))
    };
    settings.iter().map(one).collect::<serde_json::Map<_, _>>().into()
}
