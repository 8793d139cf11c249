//! Reads and lists of the store, compared with the map.

use larder::domain::{self, CollectionQuery, Consistency, Item, Kind, Operation, OperationOutcome, Read};

use super::asking::at;
use super::map::{Known, Map};
use super::operation::{COLLECTIONS, List, Place};
use super::run::{Run, same};
use crate::conformance::ask::{context, everything, text_of};
use crate::conformance::lists::range;

impl Run<'_> {
    pub async fn get(&self, place: &Place, strong: bool) -> Result<(), String> {
        let consistency = if strong { Consistency::Strong } else { Consistency::Eventual };
        let read = Read { target: at(place), consistency, min_version: None, want_document: true };
        match self.store.read(&context(), read).await {
            Ok(reply) => self.compare(place, reply.value.0.as_ref()),
            Err(error) => self.missing(place, error.kind()),
        }
    }

    fn missing(&self, place: &Place, kind: Kind) -> Result<(), String> {
        same!(kind, Kind::NoSuchCollection, "the kind of failure");
        same!(self.map.collections.contains_key(&place.collection), false, "whether there is a collection");
        Ok(())
    }

    fn compare(&self, place: &Place, found: Option<&Item>) -> Result<(), String> {
        let told = found.map(|item| (text_of(&item.document), item.version, item.expires));
        let expected =
            self.map.live(place).map(|known| (known.doc.to_string(), known.version, known.expires));
        same!(told, expected, format!("{place:?}"));
        Ok(())
    }

    pub async fn get_many(&self, places: &[Place]) -> Result<(), String> {
        let read = |place| Read {
            target: at(place),
            consistency: Consistency::Strong,
            min_version: None,
            want_document: true,
        };
        let reads = places.iter().map(read).collect();
        let answers = self.store.read_many(&context(), reads).await.map_err(|error| error.to_string())?.value;
        same!(answers.len(), places.len(), "answers");
        for (place, answer) in places.iter().zip(answers) {
            match answer {
                Ok(item) => self.compare(place, item.as_ref())?,
                Err(error) => self.missing(place, error.kind())?,
            }
        }
        Ok(())
    }

    pub async fn snapshot(&self, places: &[Place]) -> Result<(), String> {
        let operations = places.iter().map(|place| Operation::Get { target: at(place) }).collect();
        let outcomes = self.transact(operations).await.map_err(|error| error.to_string())?;
        same!(outcomes.len(), places.len(), "outcomes");
        for (place, outcome) in places.iter().zip(outcomes) {
            let item = match outcome {
                OperationOutcome::Got(item) => item,
                OperationOutcome::Nowhere => None,
                _ => return Err(format!("found {outcome:?}")),
            };
            self.compare(place, item.as_ref())?;
        }
        Ok(())
    }

    pub async fn list(&self, list: &List) -> Result<(), String> {
        let mut query = domain::ListQuery {
            range: range(list.prefix, list.start, list.end),
            reverse: list.reverse,
            limit: list.limit,
            delimiter: list.delimiter.map(Into::into),
            values: list.values,
            ..everything(Map::name(list.collection))
        };
        let (mut entries, mut prefixes) = (Vec::new(), Vec::new());
        loop {
            let page = match self.store.list(&context(), query.clone()).await {
                Ok(reply) => reply.value,
                Err(error) => {
                    return self.missing(&Place { collection: list.collection, key: "" }, error.kind());
                }
            };
            let count = page.entries.len() + page.prefixes.len();
            same!(count <= usize::from(list.limit), true, "whether the page keeps its limit");
            let told = |entry: domain::Entry| {
                let Item { document, version, expires } = entry.item;
                (entry.key.to_string(), text_of(&document), version, expires)
            };
            entries.extend(page.entries.into_iter().map(told));
            prefixes.extend(page.prefixes.iter().map(ToString::to_string));
            let Some(next) = page.next else { break };
            query.after = Some(next);
        }
        let (known, folded) = self.map.list(list);
        let told = |(key, known): (&str, Known)| {
            let text = if list.values { known.doc.to_string() } else { String::new() };
            (key.to_owned(), text, known.version, known.expires)
        };
        same!(entries, known.into_iter().map(told).collect::<Vec<_>>(), "entries");
        same!(prefixes, folded, "common prefixes");
        Ok(())
    }

    /// Everything is as it should be in the end, and no collection is there that should not be.
    pub async fn final_look(&self) -> Result<(), String> {
        let query = CollectionQuery { limit: 1000, after: None };
        let page = self.store.collections(&context(), query).await.map_err(|error| error.to_string())?.value;
        let mut names: Vec<&str> = self.map.collections.keys().map(|at| COLLECTIONS[*at]).collect();
        names.sort_unstable();
        let found: Vec<&str> = page.collections.iter().map(|found| found.name.as_str()).collect();
        same!(found, names, "collections");
        for collection in self.map.collections.keys() {
            let (start, end, delimiter) = (None, None, None);
            let collection = *collection;
            let all = List {
                collection,
                prefix: "",
                start,
                end,
                reverse: false,
                limit: 1000,
                delimiter,
                values: true,
            };
            self.list(&all).await?;
        }
        Ok(())
    }
}
