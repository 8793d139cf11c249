//! The operations of `domain::Store` and their answers, as values.

use crate::domain::{
    Collection, CollectionName, CollectionPage, CollectionQuery, Condition, Consistency, Item, ListQuery,
    OperationOutcome, Page, PutCollection, Read, Result, Transaction, Write, Written,
};

/// One operation of a store.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "each is the method of `domain::Store` of the same name")]
pub enum Call {
    Read(Read),
    ReadMany(Vec<Read>),
    Write(Write),
    List(ListQuery),
    Transact(Transaction),
    Collections(CollectionQuery),
    Collection(CollectionName),
    PutCollection(PutCollection),
    DeleteCollection(CollectionName, Condition),
    Ready,
}

/// What it means to do an operation twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: it changes nothing.
    None,
    /// Nothing, as long as the second time says that it is one.
    Repeatable,
    /// It may fail the second time because of the first.
    Once,
}

impl Call {
    /// What it means to do it twice.
    pub fn effect(&self) -> Effect {
        match self {
            Call::Read(_)
            | Call::ReadMany(_)
            | Call::List(_)
            | Call::Collections(_)
            | Call::Collection(_)
            | Call::Ready => Effect::None,
            Call::Write(_) | Call::Transact(_) | Call::PutCollection(_) => Effect::Repeatable,
            Call::DeleteCollection(..) => Effect::Once,
        }
    }

    /// Whether the answer may be as large as a whole page.
    pub fn is_heavy(&self) -> bool {
        matches!(self, Call::ReadMany(_) | Call::List(_) | Call::Transact(_) | Call::Collections(_))
    }
}

/// The value of the answer to a `Call`.
#[derive(Debug)]
#[allow(missing_docs, reason = "each is what the methods of `domain::Store` answer")]
pub enum Answer {
    Read(Option<Item>, Consistency),
    ReadMany(Vec<Result<Option<Item>>>),
    Written(Written),
    Page(Page),
    Outcomes(Vec<OperationOutcome>),
    Collections(CollectionPage),
    Collection(Collection),
    Done,
}
