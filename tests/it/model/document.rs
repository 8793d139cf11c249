//! Documents of the model: enough JSON to meet every rule, and no parser.

use std::fmt;

/// A document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doc {
    Number(i64),
    Text(u64),
    /// Members in their order.
    Object(Vec<(char, i64)>),
}

impl fmt::Display for Doc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Doc::Number(number) => write!(f, "{number}"),
            Doc::Text(number) => write!(f, "\"text {number}\""),
            Doc::Object(members) => {
                let members: Vec<String> =
                    members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                write!(f, "{{{}}}", members.join(","))
            }
        }
    }
}

/// A change of a document.
#[derive(Clone, Debug)]
pub enum Change {
    /// A merge patch: members to set, or to remove.
    Merge(Vec<(char, Option<i64>)>),
    /// A JSON patch of one step.
    Step(Step, char, i64),
    /// Adds to the number at a member, or to the whole.
    Increment(Option<char>, i64),
}

/// What a step of a JSON patch does.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    Add,
    Remove,
    Replace,
    Test,
}

impl Change {
    /// The body that asks for it.
    pub fn text(&self) -> String {
        match self {
            Change::Merge(members) => {
                let value = |value: &Option<i64>| value.map_or("null".into(), |value| value.to_string());
                let members: Vec<String> =
                    members.iter().map(|(name, to)| format!("\"{name}\": {}", value(to))).collect();
                format!("{{{}}}", members.join(", "))
            }
            Change::Step(Step::Remove, name, _) => format!(r#"[{{"op":"remove","path":"/{name}"}}]"#),
            Change::Step(step, name, value) => {
                let op = format!("{step:?}").to_lowercase();
                format!(r#"[{{"op":"{op}","path":"/{name}","value":{value}}}]"#)
            }
            Change::Increment(None, by) => format!(r#"{{"":{by}}}"#),
            Change::Increment(Some(name), by) => format!(r#"{{"/{name}":{by}}}"#),
        }
    }

    /// What it makes of a document; none where it does not fit.
    pub fn apply(&self, before: Option<&Doc>) -> Option<Doc> {
        match self {
            Change::Merge(changes) => {
                let mut members = match before {
                    Some(Doc::Object(members)) => members.clone(),
                    _ => Vec::new(),
                };
                for (name, to) in changes {
                    set(&mut members, *name, *to);
                }
                Some(Doc::Object(members))
            }
            Change::Step(step, name, value) => {
                let Some(Doc::Object(members)) = before else { return None };
                let mut members = members.clone();
                let there = members.iter().find(|(member, _)| member == name).map(|(_, value)| *value);
                match step {
                    Step::Add => set(&mut members, *name, Some(*value)),
                    Step::Replace | Step::Remove | Step::Test if there.is_none() => return None,
                    Step::Replace => set(&mut members, *name, Some(*value)),
                    Step::Remove => set(&mut members, *name, None),
                    Step::Test if there != Some(*value) => return None,
                    Step::Test => {}
                }
                Some(Doc::Object(members))
            }
            Change::Increment(place, by) => match (place, before) {
                (None, None) => Some(Doc::Number(*by)),
                (None, Some(Doc::Number(number))) => Some(Doc::Number(number + by)),
                (Some(name), None) => Some(Doc::Object(vec![(*name, *by)])),
                (Some(name), Some(Doc::Object(members))) => {
                    let mut members = members.clone();
                    let there =
                        members.iter().find(|(member, _)| member == name).map_or(0, |(_, value)| *value);
                    set(&mut members, *name, Some(there + by));
                    Some(Doc::Object(members))
                }
                _ => None,
            },
        }
    }
}

/// Members keep their place; new ones come last.
fn set(members: &mut Vec<(char, i64)>, name: char, to: Option<i64>) {
    match (members.iter().position(|(member, _)| *member == name), to) {
        (Some(at), Some(value)) => members[at].1 = value,
        (None, Some(value)) => members.push((name, value)),
        (Some(at), None) => drop(members.remove(at)),
        (None, None) => {}
    }
}
