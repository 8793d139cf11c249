//! The nouns and rules of the item store, and `Store`, the one port that everything else is built around.
//!
//! Pure: no I/O, no framework, no clock of its own. Whatever can be wrong about a value is found by the
//! constructor of its type, so nothing below the edge checks again.

mod answer_room;
mod charge;
mod condition;
mod context;
mod error;
mod increment;
mod item;
mod json;
mod key;
mod kind;
pub mod limits;
mod operation;
mod page;
mod patch;
mod schema;
mod scope;
mod settings;
mod store;
mod time;
mod trace;
mod transaction;
mod version;

pub use answer_room::{AnswerRoom, BeyondAnswer};
pub use charge::{Charge, item_bytes, read_bytes, read_charge, write_charge};
pub use condition::{Condition, Tag, Tags, Verdict};
pub use context::{Attempt, Context, RequestId};
pub use error::{Current, Error, Failure, Fault, Place, Result};
pub use increment::{Increments, canonical_number};
pub use item::{Document, Item};
pub use json::{Items, Json, Measure, Member, Members, Number, Pointer, RawJson, Text};
pub use key::{CollectionName, Key, KeyPrefix, KeyRange, Target, successor};
pub use kind::Kind;
pub use operation::{Action, Consistency, Read, Write, Written};
pub use page::{After, Entry, ListQuery, Page};
pub use patch::{Patch, PatchFormat};
pub use schema::Schema;
pub use scope::{Access, KeySet, Scope};
pub use settings::{Collection, CollectionPage, CollectionQuery, PutCollection, Settings};
pub use store::{Charged, Reply, Store};
pub use time::{Clock, Timestamp, Ttl};
pub use trace::TraceContext;
pub use transaction::{Check, Operation, OperationOutcome, Transaction};
pub use version::{Token, Version, WriteId};
