//! Small things that many messages speak of.

use crate::domain::{
    Attempt, Charge, CollectionName, Consistency, Key, Place, Target, Timestamp, Token, TraceContext, Ttl,
    Version, WriteId,
};
use crate::wire::Malformed;

/// Where an item lies.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct TargetPart {
    #[prost(string, tag = "1")]
    pub(super) collection: String,
    #[prost(string, tag = "2")]
    pub(super) key: String,
}

impl From<&Target> for TargetPart {
    fn from(target: &Target) -> Self {
        TargetPart { collection: target.collection.as_str().into(), key: target.key.as_str().into() }
    }
}

impl TryFrom<TargetPart> for Target {
    type Error = Malformed;
    fn try_from(part: TargetPart) -> Result<Self, Malformed> {
        Ok(Target { collection: CollectionName::parse(&part.collection)?, key: key(&part.key)? })
    }
}

pub(super) fn key(text: &str) -> Result<Key, Malformed> {
    Ok(Key::parse(text, Place::Parameter(String::new()))?)
}

/// A part that must be there.
pub(super) fn needed<T>(part: Option<T>, name: &str) -> Result<T, Malformed> {
    part.ok_or_else(|| Malformed::new(format!("{name} is missing")))
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct VersionPart {
    #[prost(fixed64, tag = "1")]
    stamp: u64,
    #[prost(fixed64, tag = "2")]
    write: u64,
}

impl From<Version> for VersionPart {
    fn from(version: Version) -> Self {
        VersionPart { stamp: version.stamp, write: version.write.bits() }
    }
}

impl From<VersionPart> for Version {
    fn from(part: VersionPart) -> Self {
        Version { stamp: part.stamp, write: WriteId::from_bits(part.write) }
    }
}

/// Where a call stands in a trace: numbers, so that reading it takes no memory.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct TracePart {
    #[prost(fixed64, tag = "1")]
    high: u64,
    #[prost(fixed64, tag = "2")]
    low: u64,
    #[prost(fixed64, tag = "3")]
    span: u64,
    #[prost(bool, tag = "4")]
    sampled: bool,
}

impl From<TraceContext> for TracePart {
    fn from(context: TraceContext) -> Self {
        let (trace_id, span) = (context.trace_id(), context.span_id());
        TracePart { high: (trace_id >> 64) as u64, low: trace_id as u64, span, sampled: context.sampled() }
    }
}

impl TracePart {
    /// The same as a value. No operation fails because its trace is none.
    pub(super) fn context(self) -> Option<TraceContext> {
        let trace_id = u128::from(self.high) << 64 | u128::from(self.low);
        TraceContext::new(trace_id, self.span, self.sampled)
    }
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct TtlPart {
    #[prost(oneof = "TtlKind", tags = "1, 2, 3")]
    kind: Option<TtlKind>,
}

#[derive(Clone, Copy, PartialEq, prost::Oneof)]
enum TtlKind {
    #[prost(bool, tag = "1")]
    Never(bool),
    #[prost(uint64, tag = "2")]
    Seconds(u64),
    #[prost(uint64, tag = "3")]
    UntilMicros(u64),
}

impl From<Ttl> for TtlPart {
    fn from(ttl: Ttl) -> Self {
        let kind = match ttl {
            Ttl::Never => TtlKind::Never(true),
            Ttl::Seconds(seconds) => TtlKind::Seconds(seconds),
            Ttl::Until(end) => TtlKind::UntilMicros(end.micros()),
        };
        TtlPart { kind: Some(kind) }
    }
}

impl TryFrom<TtlPart> for Ttl {
    type Error = Malformed;
    fn try_from(part: TtlPart) -> Result<Self, Malformed> {
        match needed(part.kind, "the kind of a ttl")? {
            TtlKind::Never(_) => Ok(Ttl::Never),
            TtlKind::Seconds(seconds) => needed(Ttl::from_seconds(seconds), "an allowed ttl"),
            TtlKind::UntilMicros(micros) => Ok(Ttl::Until(Timestamp::from_micros(micros))),
        }
    }
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct TokenPart {
    #[prost(bytes = "vec", tag = "1")]
    id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    content: Vec<u8>,
}

impl From<Token> for TokenPart {
    fn from(token: Token) -> Self {
        TokenPart { id: token.id.to_vec(), content: token.content.to_vec() }
    }
}

impl TryFrom<TokenPart> for Token {
    type Error = Malformed;
    fn try_from(part: TokenPart) -> Result<Self, Malformed> {
        let sized = |bytes: &[u8]| needed(bytes.try_into().ok(), "a token of 16 bytes");
        Ok(Token { id: sized(&part.id)?, content: sized(&part.content)? })
    }
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct ChargePart {
    #[prost(uint64, tag = "1")]
    read_halves: u64,
    #[prost(uint64, tag = "2")]
    writes: u64,
}

impl ChargePart {
    /// None for nothing, which takes no room.
    pub(super) fn of(charge: Charge) -> Option<ChargePart> {
        let Charge { read_halves, writes } = charge;
        (charge != Charge::ZERO).then_some(ChargePart { read_halves, writes })
    }

    pub(super) fn charge(part: Option<ChargePart>) -> Charge {
        part.map_or(Charge::ZERO, |ChargePart { read_halves, writes }| Charge { read_halves, writes })
    }
}

/// How often a write was tried, as a number.
pub(super) fn attempt_code(attempt: Attempt) -> u32 {
    match attempt {
        Attempt::First => 0,
        Attempt::RepeatHere => 1,
        Attempt::RepeatElsewhere => 2,
    }
}

/// The attempt of that number; of one that is not known, the one that presumes least.
pub(super) fn attempt(code: u32) -> Attempt {
    match code {
        0 => Attempt::First,
        1 => Attempt::RepeatHere,
        _ => Attempt::RepeatElsewhere,
    }
}

pub(super) fn is_eventual(consistency: Consistency) -> bool {
    consistency == Consistency::Eventual
}

pub(super) fn consistency(eventual: bool) -> Consistency {
    if eventual { Consistency::Eventual } else { Consistency::Strong }
}
