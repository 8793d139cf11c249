//! The members of an object, found by their names however many there are and however often one is looked for.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::items::Measure;
use super::text::Text;
use super::tree::{Json, Member};

/// Objects with no more members are searched from the beginning.
const FEW: usize = 32;
/// Searches of a larger object from the beginning, until its names are put into a map.
const SEARCHES: usize = 16;

/// The members of an object in their order, no two of the same name.
///
/// Remembers how large they are until they may change, as `Items` does. Whoever changes thousands of members one by
/// one, as a patch may, pays once for a map of the names instead of a search for each of them.
#[derive(Debug)]
pub struct Members<'a> {
    /// A place stays empty when its member is removed, so that the places of the others hold.
    slots: Vec<Option<Member<'a>>>,
    removed: usize,
    measure: OnceLock<Measure>,
    searches: AtomicUsize,
    places: OnceLock<HashMap<Box<str>, usize>>,
}

impl<'a> Members<'a> {
    /// These members.
    pub(super) fn new(list: Vec<Member<'a>>) -> Self {
        Self::of(list.into_iter().map(Some).collect())
    }

    fn of(slots: Vec<Option<Member<'a>>>) -> Self {
        Members {
            slots,
            removed: 0,
            measure: OnceLock::new(),
            searches: AtomicUsize::new(0),
            places: OnceLock::new(),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.slots.len() - self.removed
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Member<'a>> {
        self.slots.iter().flatten()
    }

    /// The list.
    pub(in crate::domain) fn into_list(self) -> Vec<Member<'a>> {
        self.slots.into_iter().flatten().collect()
    }

    /// The value of that name.
    pub(super) fn get(&self, name: &str) -> Option<&Json<'a>> {
        let slot = self.slots.get(self.place(name)?)?;
        slot.as_ref().map(|(_, value)| value)
    }

    /// The value of that name, to change it.
    pub(in crate::domain) fn get_mut(&mut self, name: &str) -> Option<&mut Json<'a>> {
        let place = self.place(name)?;
        self.measure = OnceLock::new();
        let slot = self.slots.get_mut(place)?;
        slot.as_mut().map(|(_, value)| value)
    }

    /// Adds a member behind the others, whose name none of them has.
    pub(in crate::domain) fn push(&mut self, name: Text<'a>, value: Json<'a>) {
        self.measure = OnceLock::new();
        if let Some(places) = self.places.get_mut() {
            places.insert(name.content().into(), self.slots.len());
        }
        self.slots.push(Some((name, value)));
    }

    /// Takes out the member of that name.
    pub(in crate::domain) fn remove(&mut self, name: &str) -> Option<Member<'a>> {
        let place = self.place(name)?;
        self.measure = OnceLock::new();
        if let Some(places) = self.places.get_mut() {
            places.remove(name);
        }
        self.removed += 1;
        self.slots.get_mut(place)?.take()
    }

    /// Whether there is a member of that name.
    pub(in crate::domain) fn has(&self, name: &str) -> bool {
        self.place(name).is_some()
    }

    fn place(&self, name: &str) -> Option<usize> {
        if self.slots.len() > FEW {
            if let Some(places) = self.places.get() {
                return places.get(name).copied();
            }
            if self.searches.fetch_add(1, Ordering::Relaxed) >= SEARCHES {
                return self.places.get_or_init(|| self.all_places()).get(name).copied();
            }
        }
        self.slots.iter().position(|slot| slot.as_ref().is_some_and(|(other, _)| other.says(name)))
    }

    fn all_places(&self) -> HashMap<Box<str>, usize> {
        let places = self.slots.iter().enumerate();
        places.filter_map(|(place, slot)| Some((slot.as_ref()?.0.content().into(), place))).collect()
    }

    /// The size of the object, where each member has the size that the function tells.
    pub(super) fn measure(&self, part: impl Fn(&Member<'a>) -> Measure) -> Measure {
        *self.measure.get_or_init(|| Measure::around(self.iter().map(part)))
    }
}

/// A copy finds its names anew: most are read once.
impl Clone for Members<'_> {
    fn clone(&self) -> Self {
        let copy = Self::of(self.slots.clone());
        Members { removed: self.removed, measure: self.measure.clone(), ..copy }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(n: usize) -> Json<'static> {
        Json::number(n.to_string())
    }

    /// A name that is written with an escape every other time.
    fn name(n: usize) -> Text<'static> {
        if n.is_multiple_of(2) {
            Text::saying(&format!("n{n}"))
        } else {
            Text::written_as(Box::leak(format!("\\u006e{n}").into()))
        }
    }

    proptest! {
        /// Searched or looked up in a map, members are those of a plain list.
        #[test]
        fn members_are_those_of_a_list(
            count in prop_oneof![0usize..4, 30usize..60],
            steps in proptest::collection::vec((0..4, 0usize..60), 0..120),
        ) {
            let mut list: Vec<(String, usize)> = (0..count).map(|n| (format!("n{n}"), n)).collect();
            let mut members = Members::new((0..count).map(|n| (name(n), number(n))).collect());
            for (round, (step, n)) in steps.into_iter().enumerate() {
                let wanted = format!("n{n}");
                let at = list.iter().position(|(name, _)| *name == wanted);
                match (step, at) {
                    (0, _) => prop_assert_eq!(members.remove(&wanted).is_some(), at.map(|at| list.remove(at)).is_some()),
                    (1, None) => {
                        prop_assert!(members.get_mut(&wanted).is_none());
                        members.push(name(n), number(round));
                        list.push((wanted, round));
                    }
                    (1, Some(at)) => {
                        *members.get_mut(&wanted).unwrap() = number(round);
                        list[at].1 = round;
                    }
                    (2, _) => members = members.clone(),
                    _ => prop_assert_eq!(members.get(&wanted).map(Json::to_text), at.map(|at| list[at].1.to_string())),
                }
                prop_assert_eq!(members.len(), list.len());
            }
            let found: Vec<_> =
                members.iter().map(|(name, value)| (name.content().into_owned(), value.to_text())).collect();
            let expected: Vec<_> = list.iter().map(|(name, n)| (name.clone(), n.to_string())).collect();
            prop_assert_eq!(&found, &expected);
            prop_assert_eq!(members.into_list().len(), expected.len());
        }
    }

    /// A thousand searches of a large object are one walk over its names, and not a thousand.
    #[test]
    fn names_are_put_into_a_map_after_some_searches() {
        let of = |count: usize| Members::new((0..count).map(|n| (name(n), number(n))).collect());
        let (small, large) = (of(FEW), of(FEW + 1));
        for n in 0..1000 {
            assert_eq!((small.has(&format!("n{n}")), large.has(&format!("n{n}"))), (n < FEW, n <= FEW));
            assert_eq!((small.places.get().is_some(), large.places.get().is_some()), (false, n >= SEARCHES));
        }
        assert_eq!(large.searches.into_inner(), SEARCHES + 1);
    }
}
