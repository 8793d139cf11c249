//! Everything that is kept beside items: settings of collections, answers under idempotency keys, the last turn.

use bytes::Bytes;

use crate::domain::{
    Collection, CollectionName, OperationOutcome, Settings, Timestamp, Version, WriteId, Written,
};

use super::bytes::{Put, Take, odd};
use super::error::Damaged;
use super::seal;

/// Bits of the byte of flags.
const REQUIRE_PRECONDITIONS: u8 = 1;
const CREATED: u8 = 2;

/// The settings of a collection, under its name.
pub(super) fn encode_collection(collection: &Collection) -> Vec<u8> {
    let Settings { default_ttl, schema, require_preconditions, shards } = &collection.settings;
    let mut value = seal::begin(64);
    put_version(&mut value, collection.version);
    value.put_option(*default_ttl);
    let flag = |set: bool, bit: u8| if set { bit } else { 0 };
    value.put_u8(flag(*require_preconditions, REQUIRE_PRECONDITIONS) | flag(collection.created, CREATED));
    value.put_u16(*shards);
    value.put_u8(u8::from(schema.is_some()));
    value.extend_from_slice(schema.as_deref().unwrap_or_default());
    seal::finish(collection.name.as_str().as_bytes(), value)
}

/// Reads the settings of a collection.
pub(super) fn decode_collection(key: &[u8], value: &Bytes) -> Result<Collection, Damaged> {
    let mut take = Take(seal::open(key, value)?);
    let version = version(&mut take)?;
    let default_ttl = take.option()?;
    let flags = take.u8()?;
    let shards = take.u16()?;
    let schema = (take.u8()? != 0).then(|| Bytes::copy_from_slice(take.0));
    let name = std::str::from_utf8(key).map_err(|_| odd())?;
    let name = CollectionName::parse(name).map_err(|_| odd())?;
    Ok(Collection {
        name,
        settings: Settings {
            default_ttl,
            schema,
            require_preconditions: flags & REQUIRE_PRECONDITIONS != 0,
            shards,
        },
        version,
        created: flags & CREATED != 0,
    })
}

/// What was answered under an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// To a single change.
    Written(Written),
    /// To a transaction.
    Outcomes(Vec<OperationOutcome>),
}

/// An idempotency key that was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TokenRecord {
    /// Made from the content of the request.
    pub(super) content: [u8; 16],
    /// From when on the key is forgotten.
    pub(super) expires: Timestamp,
    /// What was answered.
    pub(super) answer: Answer,
}

/// The record of an idempotency key, under its id. Documents are not kept.
pub(super) fn encode_token(id: &[u8; 16], record: &TokenRecord) -> Vec<u8> {
    let mut value = seal::begin(96);
    value.extend_from_slice(&record.content);
    value.put_u64(record.expires.micros());
    match &record.answer {
        Answer::Written(written) => {
            value.put_u8(0);
            put_written(&mut value, written);
        }
        Answer::Outcomes(outcomes) => {
            value.put_u8(1);
            outcomes.iter().for_each(|outcome| put_outcome(&mut value, outcome));
        }
    }
    seal::finish(id, value)
}

/// Reads the record of an idempotency key.
pub(super) fn decode_token(id: &[u8], value: &[u8]) -> Result<TokenRecord, Damaged> {
    let mut take = Take(seal::open(id, value)?);
    let content = take.array()?;
    let expires = Timestamp::from_micros(take.u64()?);
    let answer = match take.u8()? {
        0 => Answer::Written(written(&mut take)?),
        1 => {
            let mut outcomes = Vec::new();
            while !take.0.is_empty() {
                outcomes.push(outcome(&mut take)?);
            }
            Answer::Outcomes(outcomes)
        }
        _ => return Err(odd()),
    };
    take.end()?;
    Ok(TokenRecord { content, expires, answer })
}

/// What each batch says about the whole database. Under [`LAST_TURN`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LastTurn {
    /// Batches since the database was made; grows by one with each.
    pub(super) turn: u64,
    /// The greatest stamp that was ever given.
    pub(super) stamp: u64,
    /// Which keyspaces hold the data; grows when a backup is restored.
    pub(super) generation: u32,
}

/// The key of the last turn; nothing else in any keyspace begins with a zero byte.
pub(super) const LAST_TURN: &[u8] = b"\0turn";

impl LastTurn {
    pub(super) fn encode(self) -> Vec<u8> {
        let mut value = seal::begin(20);
        value.put_u64(self.turn);
        value.put_u64(self.stamp);
        value.put_u32(self.generation);
        seal::finish(LAST_TURN, value)
    }

    pub(super) fn decode(value: &[u8]) -> Result<Self, Damaged> {
        let mut take = Take(seal::open(LAST_TURN, value)?);
        let last = LastTurn { turn: take.u64()?, stamp: take.u64()?, generation: take.u32()? };
        take.end()?;
        Ok(last)
    }
}

fn put_version(value: &mut Vec<u8>, version: Version) {
    value.put_u64(version.stamp);
    value.put_u64(version.write.bits());
}

fn version(take: &mut Take<'_>) -> Result<Version, Damaged> {
    Ok(Version { stamp: take.u64()?, write: WriteId::from_bits(take.u64()?) })
}

fn put_written(value: &mut Vec<u8>, written: &Written) {
    value.put_u8(u8::from(written.created) | u8::from(written.version.is_some()) << 1);
    if let Some(version) = written.version {
        put_version(value, version);
    }
    value.put_option(written.expires.map(Timestamp::micros));
}

fn written(take: &mut Take<'_>) -> Result<Written, Damaged> {
    let flags = take.u8()?;
    let version = if flags & 2 != 0 { Some(version(take)?) } else { None };
    let expires = take.option()?.map(Timestamp::from_micros);
    Ok(Written { created: flags & 1 != 0, version, expires, document: None })
}

fn put_outcome(value: &mut Vec<u8>, outcome: &OperationOutcome) {
    match outcome {
        OperationOutcome::Got(_)
        | OperationOutcome::Beyond(_)
        | OperationOutcome::Nowhere
        | OperationOutcome::Checked => value.put_u8(0),
        OperationOutcome::Deleted => value.put_u8(1),
        OperationOutcome::Put { version, expires } => {
            value.put_u8(2);
            put_version(value, *version);
            value.put_option(expires.map(Timestamp::micros));
        }
        OperationOutcome::Incremented { version, expires } => {
            value.put_u8(3);
            put_version(value, *version);
            value.put_option(expires.map(Timestamp::micros));
        }
    }
}

fn outcome(take: &mut Take<'_>) -> Result<OperationOutcome, Damaged> {
    let tag = take.u8()?;
    match tag {
        0 => return Ok(OperationOutcome::Checked),
        1 => return Ok(OperationOutcome::Deleted),
        2 | 3 => {}
        _ => return Err(odd()),
    }
    let version = version(take)?;
    let expires = take.option()?.map(Timestamp::from_micros);
    Ok(match tag {
        2 => OperationOutcome::Put { version, expires },
        _ => OperationOutcome::Incremented { version, expires },
    })
}
