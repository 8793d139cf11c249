//! Shows which settings hold, and where each was said; secrets stay hidden.

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
    /// Where it was said.
    pub origin: Origin,
}

/// The settings that a role looks at.
pub(super) fn effective(layers: &Layers, role: Role) -> Vec<Effective> {
    let looked_at = ALL.iter().filter(|about| about.roles.contains(&role));
    looked_at.map(|about| one(layers, role, about)).collect()
}

fn one(layers: &Layers, role: Role, about: &'static About) -> Effective {
    match layers.said.get(about.key) {
        Some(said) => Effective {
            about,
            text: (!about.secret).then(|| said.text.clone()),
            hidden: about.secret,
            origin: said.origin.clone(),
        },
        None => Effective {
            about,
            text: about.default_for(role).map(str::to_owned),
            hidden: false,
            origin: Origin::Default,
        },
    }
}

/// The settings as a TOML file that would say the same, with origins as comments.
pub fn to_toml(settings: &[Effective]) -> String {
    let mut lines = String::new();
    for Effective { about, text, hidden, origin } in settings {
        let key = about.key;
        let line = match text {
            Some(text) => format!("{key} = {text:?}  # {origin}\n"),
            None if *hidden => format!("# {key} is set, and not shown  # {origin}\n"),
            None => format!("# {key} is not set\n"),
        };
        lines.push_str(&line);
    }
    lines
}

/// The settings as a JSON object: key → `{"value", "origin"}`.
pub fn to_json(settings: &[Effective]) -> serde_json::Value {
    let one = |setting: &Effective| {
        let value = match (&setting.text, setting.hidden) {
            (Some(text), _) => serde_json::Value::from(text.as_str()),
            (None, true) => "(redacted)".into(),
            (None, false) => serde_json::Value::Null,
        };
        let origin = setting.origin.to_string();
        (setting.about.key.to_owned(), serde_json::json!({ "value": value, "origin": origin }))
    };
    settings.iter().map(one).collect::<serde_json::Map<_, _>>().into()
}
