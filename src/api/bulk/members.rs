//! Reads the members of one JSON object, and collects what is wrong with them.

use std::borrow::Cow;

use bytes::Bytes;

use crate::domain::{Error, Fault, Place, Pointer, RawJson, Result, limits};

/// The members of an object that stands at a JSON Pointer of a body.
///
/// A member that is missing or of a wrong type becomes a fault, and is answered with `None`.
pub(super) struct Members<'a> {
    members: Vec<(Cow<'a, str>, RawJson<'a>)>,
    at: String,
    read: Vec<&'static str>,
    faults: Vec<Fault>,
    unreadable: Option<Error>,
}

impl<'a> Members<'a> {
    /// The members of a value, if it is an object.
    pub(super) fn of(value: RawJson<'a>, at: String) -> Option<Self> {
        let members = value.members()?.collect();
        Some(Members { members, at, read: Vec::new(), faults: Vec::new(), unreadable: None })
    }

    /// The pointer to a member.
    pub(super) fn pointer(&self, name: &str) -> String {
        format!("{}{}", self.at, Pointer::root().child(name).as_str())
    }

    /// Notes what is wrong with a member.
    pub(super) fn fault(&mut self, name: &str, detail: impl Into<String>) {
        let place = Place::Pointer(self.pointer(name));
        self.faults.push(Fault { place, detail: detail.into() });
    }

    /// Notes what is wrong with the object itself.
    pub(super) fn fault_of_all(&mut self, detail: impl Into<String>) {
        let place = Place::Pointer(self.at.clone());
        self.faults.push(Fault { place, detail: detail.into() });
    }

    /// A string that must be there.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        let value = self.required(name)?;
        let text = value.string();
        if text.is_none() {
            self.fault(name, format!("{name} is a string, not {}", value.kind()));
        }
        text.map(Cow::into_owned)
    }

    /// A string that may be there.
    pub(super) fn optional_text(&mut self, name: &'static str) -> Option<Option<String>> {
        if self.find(name).is_some() { self.text(name).map(Some) } else { Some(None) }
    }

    /// The text of a lifetime that may be there: of a number, or the word `never`. Another string comes with its
    /// quotes, so that nobody takes `"60"` for a number.
    pub(super) fn optional_lifetime(&mut self, name: &'static str) -> Option<Option<String>> {
        let Some(value) = self.find(name) else { return Some(None) };
        if value.is_number() {
            return Some(Some(value.as_str().to_owned()));
        }
        let Some(text) = value.string() else {
            self.fault(name, format!("{name} is a number or a string, not {}", value.kind()));
            return None;
        };
        Some(Some(if text == "never" { text.into_owned() } else { value.as_str().to_owned() }))
    }

    /// A value of any type that must be there.
    pub(super) fn value(&mut self, name: &'static str) -> Option<RawJson<'a>> {
        self.required(name)
    }

    /// The text of a value of any type that may be there.
    pub(super) fn optional_raw(&mut self, name: &'static str) -> Option<Bytes> {
        self.find(name).map(RawJson::bytes)
    }

    /// The text of an object that must be there.
    pub(super) fn object(&mut self, name: &'static str) -> Option<Bytes> {
        let value = self.required(name)?;
        if value.as_str().starts_with('{') {
            return Some(value.bytes());
        }
        self.fault(name, format!("{name} is an object, not {}", value.kind()));
        None
    }

    /// Keeps an error that makes the whole body unreadable.
    pub(super) fn unreadable(&mut self, error: Error) {
        self.unreadable.get_or_insert(error);
    }

    /// Notes each member that nobody asked for, up to a number of them.
    pub(super) fn refuse_unread(&mut self) {
        let mut unread: Vec<String> = self
            .members
            .iter()
            .filter(|(name, _)| !self.read.contains(&name.as_ref()))
            .map(|(name, _)| name.to_string())
            .collect();
        let untold = unread.split_off(unread.len().min(limits::VIOLATIONS_TOLD)).len();
        for name in unread {
            self.fault(&name, "there is no such member here");
        }
        if untold > 0 {
            self.fault_of_all(format!("there are no {untold} other members here either"));
        }
    }

    /// What was found to be wrong.
    ///
    /// # Errors
    /// The error that makes the whole body unreadable.
    pub(super) fn into_faults(self) -> Result<Vec<Fault>> {
        match self.unreadable {
            Some(error) => Err(error),
            None => Ok(self.faults),
        }
    }

    fn find(&mut self, name: &'static str) -> Option<RawJson<'a>> {
        self.read.push(name);
        self.members.iter().find(|(other, _)| other == name).map(|(_, value)| *value)
    }

    fn required(&mut self, name: &'static str) -> Option<RawJson<'a>> {
        let value = self.find(name);
        if value.is_none() {
            self.fault(name, format!("the member {name} is missing"));
        }
        value
    }
}
