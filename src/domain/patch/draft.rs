//! A document that is being patched, held within the limits after every change.

use std::sync::Arc;

use crate::domain::json::{Json, Measure, Members, Pointer, Text, index};
use crate::domain::{Error, Kind, Place, Result, limits};

use super::too_large;

/// A document between two steps.
pub(super) struct Draft<'a> {
    root: Json<'a>,
    /// Bytes of its compact text.
    bytes: usize,
    moves: Moves,
}

/// Elements that had to make room for another, or close up behind one: an array is moved by every step at its front.
#[derive(Default)]
struct Moves(usize);

impl Moves {
    fn count(&mut self, elements: usize, path: &Pointer) -> Result<()> {
        self.0 += elements;
        if self.0 <= limits::PATCH_MOVES {
            return Ok(());
        }
        let detail = format!(
            "the patch moves more than {} elements of arrays; take several patches, or replace the array",
            limits::PATCH_MOVES
        );
        Err(conflict(path, detail))
    }
}

impl<'a> Draft<'a> {
    /// A document that nothing has happened to.
    pub(super) fn new(root: Json<'a>) -> Self {
        let bytes = root.measure().bytes;
        Draft { root, bytes, moves: Moves::default() }
    }

    /// What became of it.
    pub(super) fn into_json(self) -> Json<'a> {
        self.root
    }

    /// What is at a place.
    pub(super) fn get(&self, path: &Pointer) -> Result<&Json<'a>> {
        path.resolve(&self.root).ok_or_else(|| nothing_at(path))
    }

    /// Puts a value into a place: a member, new or not, or between the elements of an array.
    pub(super) fn add(&mut self, path: &Pointer, value: Json<'a>) -> Result<()> {
        if path.is_root() {
            return self.replace(path, value);
        }
        let Some((parent, last)) = path.parent_mut(&mut self.root) else {
            return Err(conflict(path, "there is nothing that has or could have this place"));
        };
        let size = measure(path, &value)?;
        let (gone, come) = match parent {
            Json::Object(members) => put(Arc::make_mut(members), last, value),
            Json::Array(elements) => {
                let length = elements.len();
                let place = if last == "-" { Some(length) } else { index(last) };
                let Some(place) = place.filter(|place| *place <= length) else {
                    let detail = format!("the array takes new elements from 0 to {length}, and at -");
                    return Err(conflict(path, detail));
                };
                self.moves.count(length - place, path)?;
                Arc::make_mut(elements).edit().insert(place, value);
                (0, usize::from(length > 0))
            }
            other => {
                return Err(conflict(path, format!("{} has no members and no elements", other.kind())));
            }
        };
        self.resize(gone, come + size)
    }

    /// Puts a value in the place of another.
    pub(super) fn replace(&mut self, path: &Pointer, value: Json<'a>) -> Result<()> {
        let place = path.resolve_mut(&mut self.root).ok_or_else(|| nothing_at(path))?;
        let size = measure(path, &value)?;
        let gone = std::mem::replace(place, value).measure().bytes;
        self.resize(gone, size)
    }

    /// Takes a value out.
    pub(super) fn remove(&mut self, path: &Pointer) -> Result<Json<'a>> {
        if path.is_root() {
            return Err(conflict(path, "the whole document can't be removed; delete the item instead"));
        }
        let Some((parent, last)) = path.parent_mut(&mut self.root) else {
            return Err(nothing_at(path));
        };
        if let (Json::Array(elements), Some(place)) = (&*parent, index(last)) {
            self.moves.count(elements.len().saturating_sub(place), path)?;
        }
        let (value, around) = take(parent, last).ok_or_else(|| nothing_at(path))?;
        self.resize(value.measure().bytes + around, 0)?;
        Ok(value)
    }

    fn resize(&mut self, gone: usize, come: usize) -> Result<()> {
        self.bytes = (self.bytes + come).saturating_sub(gone);
        if self.bytes > limits::DOCUMENT_BYTES {
            return Err(too_large(self.bytes));
        }
        Ok(())
    }
}

/// Bytes of a value that is to be put into a place, unless it nests too deep there.
fn measure(path: &Pointer, value: &Json<'_>) -> Result<usize> {
    let Measure { bytes, nesting } = value.measure();
    let nesting = path.tokens().len() + nesting;
    if nesting > limits::NESTING {
        let detail = format!("the changed document nests more than {} deep", limits::NESTING);
        return Err(Error::too_deep(Place::Pointer(path.to_string()), detail, nesting));
    }
    Ok(bytes)
}

/// Sets a member. Bytes that are gone by it, and that came by it beside those of the value.
fn put<'a>(members: &mut Members<'a>, name: &str, value: Json<'a>) -> (usize, usize) {
    if let Some(there) = members.get_mut(name) {
        return (std::mem::replace(there, value).measure().bytes, 0);
    }
    let name = Text::saying(name);
    let around = around_member(&name, members.len());
    members.push(name, value);
    (0, around)
}

/// Takes out a member or an element; with the bytes around it that are gone, too.
fn take<'a>(parent: &mut Json<'a>, token: &str) -> Option<(Json<'a>, usize)> {
    match parent {
        Json::Object(members) if members.has(token) => {
            let members = Arc::make_mut(members);
            let (name, value) = members.remove(token)?;
            Some((value, around_member(&name, members.len())))
        }
        Json::Array(elements) => {
            let place = index(token).filter(|place| *place < elements.len())?;
            let elements = Arc::make_mut(elements).edit();
            let value = elements.remove(place);
            Some((value, usize::from(!elements.is_empty())))
        }
        _ => None,
    }
}

/// Bytes around the value of a member: its name in quotes, the colon, and a comma if there are others.
fn around_member(name: &Text<'_>, others: usize) -> usize {
    name.written().len() + 3 + usize::from(others > 0)
}

fn nothing_at(path: &Pointer) -> Error {
    conflict(path, "there is nothing at this place of the document")
}

/// The error of a change that a document can't take at that place.
pub(super) fn conflict(path: &Pointer, detail: impl Into<String>) -> Error {
    Error::at(Kind::Conflict, Place::Pointer(path.to_string()), detail)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn json() -> impl Strategy<Value = Json<'static>> {
        let texts = [r#"{"a":{"b\"":[1,2.50]},"b":"\n"}"#, "[[],[{}]]", "0", r#"{"\u0061":[]}"#, "{}", "[]"];
        prop::sample::select(texts.to_vec()).prop_map(|text| Json::parse(text.as_bytes()).unwrap())
    }

    fn path() -> impl Strategy<Value = Pointer> {
        proptest::collection::vec("[ab01\n-]", 0..4)
            .prop_map(|tokens| tokens.iter().fold(Pointer::root(), |pointer, token| pointer.child(token)))
    }

    proptest! {
        #[test]
        fn the_size_is_known_after_every_change(
            document in json(), changes in proptest::collection::vec((0..3, path(), json()), 0..12),
        ) {
            let mut draft = Draft::new(document);
            for (change, path, value) in changes {
                let _result = match change {
                    0 => draft.remove(&path).map(|_| ()),
                    1 => draft.replace(&path, value),
                    _ => draft.add(&path, value),
                };
                prop_assert_eq!(draft.bytes, draft.root.to_text().len());
            }
        }
    }
}
