//! Transactions: their operations, and what each of them did.

use crate::domain::{
    BeyondAnswer, Check, Condition, Document, Increments, Operation, OperationOutcome, Target, Timestamp,
    Transaction, Ttl, Version, WriteId,
};
use crate::wire::Malformed;
use crate::wire::documents::{Collector, Documents};

use super::condition::ConditionPart;
use super::item::ItemPart;
use super::parts::{TargetPart, TokenPart, TtlPart, VersionPart, attempt, attempt_code, needed};

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct TransactionPart {
    #[prost(message, repeated, tag = "1")]
    operations: Vec<OperationPart>,
    #[prost(fixed64, tag = "2")]
    write_id: u64,
    #[prost(message, optional, tag = "3")]
    token: Option<TokenPart>,
    #[prost(uint32, tag = "4")]
    pub(super) attempt: u32,
}

#[derive(Clone, PartialEq, prost::Message)]
struct OperationPart {
    #[prost(message, optional, tag = "1")]
    target: Option<TargetPart>,
    #[prost(message, optional, tag = "2")]
    condition: Option<ConditionPart>,
    #[prost(message, optional, tag = "3")]
    ttl: Option<TtlPart>,
    #[prost(oneof = "OperationKind", tags = "4, 5, 6, 7, 8")]
    kind: Option<OperationKind>,
}

/// With the length of what is given: a document, or the text of increments.
#[derive(Clone, Copy, PartialEq, prost::Oneof)]
enum OperationKind {
    #[prost(bool, tag = "4")]
    Get(bool),
    #[prost(bool, tag = "5")]
    Check(bool),
    #[prost(uint32, tag = "6")]
    Put(u32),
    #[prost(uint32, tag = "7")]
    Increment(u32),
    #[prost(bool, tag = "8")]
    Delete(bool),
}

impl TransactionPart {
    pub(super) fn new(transaction: &Transaction, documents: &mut Collector) -> TransactionPart {
        let operations = &transaction.operations;
        TransactionPart {
            operations: operations.iter().map(|one| OperationPart::new(one, documents)).collect(),
            write_id: transaction.write_id.bits(),
            token: transaction.token.map(TokenPart::from),
            attempt: attempt_code(transaction.attempt),
        }
    }

    pub(super) fn transaction(self, documents: &mut Documents) -> Result<Transaction, Malformed> {
        let operations = self.operations.into_iter().map(|part| part.operation(documents));
        Ok(Transaction {
            operations: operations.collect::<Result<_, _>>()?,
            write_id: WriteId::from_bits(self.write_id),
            token: self.token.map(TryInto::try_into).transpose()?,
            attempt: attempt(self.attempt),
        })
    }
}

impl OperationPart {
    fn new(operation: &Operation, documents: &mut Collector) -> OperationPart {
        let none = Condition::default();
        let (kind, condition, ttl) = match operation {
            Operation::Get { .. } => (OperationKind::Get(true), &none, None),
            Operation::Check(check) => (OperationKind::Check(true), &check.condition, None),
            Operation::Put { document, condition, ttl, .. } => {
                (OperationKind::Put(documents.add(document.bytes())), condition, *ttl)
            }
            Operation::Increment { increments, condition, ttl, .. } => {
                (OperationKind::Increment(documents.add(increments.text())), condition, *ttl)
            }
            Operation::Delete { condition, .. } => (OperationKind::Delete(true), condition, None),
        };
        OperationPart {
            target: Some(operation.target().into()),
            condition: ConditionPart::of(condition),
            ttl: ttl.map(TtlPart::from),
            kind: Some(kind),
        }
    }

    fn operation(self, documents: &mut Documents) -> Result<Operation, Malformed> {
        let target: Target = needed(self.target, "the target of an operation")?.try_into()?;
        let condition = ConditionPart::condition(self.condition);
        let ttl = self.ttl.map(Ttl::try_from).transpose()?;
        Ok(match needed(self.kind, "a known operation of a transaction")? {
            OperationKind::Get(_) => Operation::Get { target },
            OperationKind::Check(_) => Operation::Check(Check { target, condition }),
            OperationKind::Put(bytes) => {
                let document = Document::trusted(documents.take(bytes)?);
                Operation::Put { target, document, condition, ttl }
            }
            OperationKind::Increment(bytes) => {
                let increments = Increments::parse(documents.take(bytes)?)?;
                Operation::Increment { target, increments, condition, ttl }
            }
            OperationKind::Delete(_) => Operation::Delete { target, condition },
        })
    }
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct OutcomesPart {
    #[prost(message, repeated, tag = "1")]
    outcomes: Vec<OutcomePart>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct OutcomePart {
    #[prost(oneof = "OutcomeKind", tags = "1, 2, 3, 4, 5, 6, 7")]
    kind: Option<OutcomeKind>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum OutcomeKind {
    #[prost(message, tag = "1")]
    Got(GotPart),
    #[prost(bool, tag = "2")]
    Checked(bool),
    #[prost(message, tag = "3")]
    Put(StoredPart),
    #[prost(message, tag = "4")]
    Incremented(StoredPart),
    #[prost(bool, tag = "5")]
    Deleted(bool),
    #[prost(bool, tag = "6")]
    Nowhere(bool),
    /// The bytes to which the documents would come.
    #[prost(uint64, tag = "7")]
    Beyond(u64),
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
struct GotPart {
    #[prost(message, optional, tag = "1")]
    item: Option<ItemPart>,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
struct StoredPart {
    #[prost(message, optional, tag = "1")]
    version: Option<VersionPart>,
    #[prost(uint64, optional, tag = "2")]
    expires_micros: Option<u64>,
}

impl StoredPart {
    fn new(version: Version, expires: Option<Timestamp>) -> StoredPart {
        StoredPart { version: Some(version.into()), expires_micros: expires.map(Timestamp::micros) }
    }

    fn parts(self) -> Result<(Version, Option<Timestamp>), Malformed> {
        let version = needed(self.version, "the version of an outcome")?.into();
        Ok((version, self.expires_micros.map(Timestamp::from_micros)))
    }
}

impl OutcomesPart {
    pub(super) fn new(outcomes: &[OperationOutcome], documents: &mut Collector) -> OutcomesPart {
        let mut kind = |outcome: &OperationOutcome| match outcome {
            OperationOutcome::Got(item) => {
                let item = item.as_ref().map(|item| ItemPart::new(item, documents));
                OutcomeKind::Got(GotPart { item })
            }
            OperationOutcome::Beyond(BeyondAnswer(bytes)) => OutcomeKind::Beyond(*bytes as u64),
            OperationOutcome::Nowhere => OutcomeKind::Nowhere(true),
            OperationOutcome::Checked => OutcomeKind::Checked(true),
            OperationOutcome::Put { version, expires } => {
                OutcomeKind::Put(StoredPart::new(*version, *expires))
            }
            OperationOutcome::Incremented { version, expires } => {
                OutcomeKind::Incremented(StoredPart::new(*version, *expires))
            }
            OperationOutcome::Deleted => OutcomeKind::Deleted(true),
        };
        let outcome = |outcome| OutcomePart { kind: Some(kind(outcome)) };
        OutcomesPart { outcomes: outcomes.iter().map(outcome).collect() }
    }

    pub(super) fn outcomes(self, documents: &mut Documents) -> Result<Vec<OperationOutcome>, Malformed> {
        let outcome = |part: OutcomePart| {
            Ok(match needed(part.kind, "a known outcome")? {
                OutcomeKind::Got(GotPart { item }) => {
                    OperationOutcome::Got(item.map(|item| item.item(documents)).transpose()?)
                }
                OutcomeKind::Beyond(bytes) => {
                    let bytes =
                        usize::try_from(bytes).map_err(|_| Malformed::new("the bytes of documents"))?;
                    OperationOutcome::Beyond(BeyondAnswer(bytes))
                }
                OutcomeKind::Nowhere(_) => OperationOutcome::Nowhere,
                OutcomeKind::Checked(_) => OperationOutcome::Checked,
                OutcomeKind::Put(stored) => {
                    let (version, expires) = stored.parts()?;
                    OperationOutcome::Put { version, expires }
                }
                OutcomeKind::Incremented(stored) => {
                    let (version, expires) = stored.parts()?;
                    OperationOutcome::Incremented { version, expires }
                }
                OutcomeKind::Deleted(_) => OperationOutcome::Deleted,
            })
        };
        self.outcomes.into_iter().map(outcome).collect()
    }
}
