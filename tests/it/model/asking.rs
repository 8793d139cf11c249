//! Says the operations of the model to a store.

use larder::domain::{self, Check, Condition, Operation};

use super::document::Change;
use super::map::Map;
use super::operation::{Action, Lifetime, Place, Write};
use crate::conformance::ask::{self, Said, document, increments, target};

pub fn at(place: &Place) -> domain::Target {
    target(Map::name(place.collection), place.key)
}

pub fn ask_write(write: &Write, condition: Condition) -> domain::Write {
    let key = write.place.key;
    let asked = match &write.action {
        Action::Put(doc) => ask::put(key, &doc.to_string()),
        Action::Change(change @ Change::Merge(_)) => ask::merge(key, &change.text()),
        Action::Change(change @ Change::Step(..)) => ask::json_patch(key, &change.text()),
        Action::Change(change @ Change::Increment(..)) => ask::increment(key, &change.text()),
        Action::Delete => ask::delete(key),
        Action::Check => unreachable!("checks are drawn for transactions only"),
    };
    let asked = asked.within(Map::name(write.place.collection)).under(condition);
    domain::Write { ttl: ttl(write.lifetime), ..asked }
}

fn ttl(lifetime: Lifetime) -> Option<domain::Ttl> {
    match lifetime {
        Lifetime::Unsaid => None,
        Lifetime::Never => Some(domain::Ttl::Never),
        Lifetime::Seconds(seconds) => Some(domain::Ttl::Seconds(seconds)),
    }
}

pub fn ask_operation(write: &Write, condition: &Condition) -> Operation {
    let (target, condition, ttl) = (at(&write.place), condition.clone(), ttl(write.lifetime));
    match &write.action {
        Action::Put(doc) => Operation::Put { target, document: document(&doc.to_string()), condition, ttl },
        Action::Change(change) => {
            Operation::Increment { target, increments: increments(&change.text()), condition, ttl }
        }
        Action::Delete => Operation::Delete { target, condition },
        Action::Check => Operation::Check(Check { target, condition }),
    }
}
