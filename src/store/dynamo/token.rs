//! What was answered under an idempotency key, as an item of the table that is written together with what it
//! answers for, and forgotten after ten minutes.

use std::fmt::Write as _;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};

use crate::domain::{
    Charged, Consistency, Context, OperationOutcome, Reply, Result, Timestamp, Token, Version, WriteId,
    Written, limits,
};
use crate::store::judge;

use super::condition::Expression;
use super::schema::{Attributes, COLLECT, END, TOKENS, key, number, text};
use super::{Dynamo, item, transact};

const CONTENT: &str = "k";
const ANSWER: &str = "a";

/// An answer, without documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// To a single change.
    Written(Written),
    /// To a transaction.
    Outcomes(Vec<OperationOutcome>),
    /// To nothing yet: a transaction that has no room for its key was begun.
    Begun(Begun),
}

/// A transaction that claimed its key and has not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Begun {
    /// Random, so that only who claimed the key gives it back.
    pub(super) by: u64,
    /// When nobody is at it any more.
    pub(super) until: Timestamp,
}

/// The key of a token's item. The first byte of its id spreads them over partitions.
pub(super) fn token_key(token: Token) -> Attributes {
    let id = format!("{:032x}", u128::from_be_bytes(token.id));
    key(format!("{TOKENS}#{}", &id[..2]), id)
}

/// Remembers an answer, unless one is remembered that has not expired.
pub(super) fn remember(
    table: &str,
    token: Token,
    answer: &Answer,
    now: Timestamp,
) -> Result<TransactWriteItem> {
    transact::put(table, record(token, answer, now), free(now))
}

/// When a token may be used: it never was, or is forgotten.
pub(super) fn free(now: Timestamp) -> Expression {
    let text = "attribute_not_exists(pk) OR e <= :now".to_owned();
    Expression { text, values: Attributes::from([(":now".to_owned(), number(now.millis()))]) }
}

/// When a token still says that.
pub(super) fn says(answer: &Answer) -> Expression {
    let values = Attributes::from([(":a".to_owned(), text(encode(answer)))]);
    Expression { text: format!("{ANSWER} = :a"), values }
}

/// The item of a token.
pub(super) fn record(token: Token, answer: &Answer, now: Timestamp) -> Attributes {
    let expires = now.expiry(limits::IDEMPOTENCY_WINDOW.as_secs());
    let mut item = token_key(token);
    item.insert(CONTENT.to_owned(), AttributeValue::B(Blob::new(token.content)));
    item.insert(ANSWER.to_owned(), text(encode(answer)));
    item.insert(END.to_owned(), number(expires.millis()));
    item.insert(COLLECT.to_owned(), number(expires.secs_ceil()));
    item
}

/// What a token's item says: the answer, if it is to be given.
///
/// # Errors
/// `idempotency-key-reused` where it was for another content.
pub(super) fn answered(item: &Attributes, token: Token, now: Timestamp) -> Result<Option<Answer>> {
    if item::millis(item, END)?.unwrap_or(0) <= now.millis() {
        return Ok(None);
    }
    let Some(AttributeValue::B(content)) = item.get(CONTENT) else { return Err(item::foreign(CONTENT)) };
    if content.as_ref() != token.content {
        return Err(judge::key_reused());
    }
    let Some(AttributeValue::S(answer)) = item.get(ANSWER) else { return Err(item::foreign(ANSWER)) };
    decode(answer).map(Some).ok_or_else(|| item::foreign(ANSWER))
}

impl Dynamo {
    /// What was answered under a token, if it was used lately.
    pub(super) async fn answer_of(&self, context: &Context, token: Token) -> Reply<Option<Answer>> {
        let found = self.item(context, token_key(token), Consistency::Strong).await?;
        let now = self.clock.now();
        let answer = found.value.map(|item| answered(&item, token, now)).transpose();
        match answer {
            Ok(answer) => Ok(Charged::new(answer.flatten(), found.charge)),
            Err(error) => Err(error.with_charge(found.charge)),
        }
    }
}

/// As text: `w` or `o`, and for each outcome a letter, stamp, write id and end, between commas; outcomes between
/// spaces. Of what was begun `b`, by whom and until when.
fn encode(answer: &Answer) -> String {
    let mut text = String::new();
    match answer {
        Answer::Begun(Begun { by, until }) => {
            // Writing to a string can't fail.
            let _infallible = write!(text, "b {by:x},{:x}", until.millis());
        }
        Answer::Written(written) => {
            text.push_str(if written.created { "w c" } else { "w r" });
            stored(&mut text, written.version, written.expires);
        }
        Answer::Outcomes(outcomes) => {
            text.push('o');
            for outcome in outcomes {
                match outcome {
                    OperationOutcome::Got(_)
                    | OperationOutcome::Beyond(_)
                    | OperationOutcome::Nowhere
                    | OperationOutcome::Checked => text.push_str(" k"),
                    OperationOutcome::Deleted => text.push_str(" d"),
                    OperationOutcome::Put { version, expires } => {
                        text.push_str(" p");
                        stored(&mut text, Some(*version), *expires);
                    }
                    OperationOutcome::Incremented { version, expires } => {
                        text.push_str(" i");
                        stored(&mut text, Some(*version), *expires);
                    }
                }
            }
        }
    }
    text
}

fn stored(text: &mut String, version: Option<Version>, expires: Option<Timestamp>) {
    let Some(version) = version else { return };
    let expires = expires.map_or(0, Timestamp::millis);
    // Writing to a string can't fail.
    let _infallible = write!(text, "{:x},{:x},{expires:x}", version.stamp, version.write.bits());
}

fn decode(text: &str) -> Option<Answer> {
    let mut words = text.split(' ');
    let kind = words.next()?;
    if kind == "b" {
        let (by, until) = words.next()?.split_once(',')?;
        let [by, until] = [by, until].map(|number| u64::from_str_radix(number, 16).ok());
        return Some(Answer::Begun(Begun { by: by?, until: Timestamp::checked_from_millis(until?)? }));
    }
    if kind == "w" {
        let word = words.next()?;
        let (version, expires) = parts(word.get(1..)?)?;
        let created = word.starts_with('c');
        return Some(Answer::Written(Written { created, version: Some(version), expires, document: None }));
    }
    let outcome = |word: &str| {
        let rest = word.get(1..)?;
        Some(match word.as_bytes().first()? {
            b'k' => OperationOutcome::Checked,
            b'd' => OperationOutcome::Deleted,
            b'p' => {
                let (version, expires) = parts(rest)?;
                OperationOutcome::Put { version, expires }
            }
            b'i' => {
                let (version, expires) = parts(rest)?;
                OperationOutcome::Incremented { version, expires }
            }
            _ => return None,
        })
    };
    (kind == "o").then(|| words.map(outcome).collect::<Option<Vec<_>>>().map(Answer::Outcomes))?
}

fn parts(text: &str) -> Option<(Version, Option<Timestamp>)> {
    let mut numbers = text.split(',').map(|number| u64::from_str_radix(number, 16).ok());
    let (stamp, write, expires) = (numbers.next()??, numbers.next()??, numbers.next()??);
    let version = Version { stamp, write: WriteId::from_bits(write) };
    let expires = Timestamp::checked_from_millis(expires)?;
    Some((version, (expires.millis() != 0).then_some(expires)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_back_as_they_were() {
        let version = Version { stamp: 1_795_399_761_000_001, write: WriteId::from_bits(u64::MAX) };
        let expires = Some(Timestamp::from_millis(1_795_399_761_123));
        let written = |created, expires| {
            Answer::Written(Written { created, version: Some(version), expires, document: None })
        };
        let outcomes = vec![
            OperationOutcome::Checked,
            OperationOutcome::Deleted,
            OperationOutcome::Put { version, expires },
            OperationOutcome::Incremented { version, expires: None },
        ];
        for answer in [written(true, expires), written(false, None), Answer::Outcomes(outcomes)] {
            assert_eq!(decode(&encode(&answer)), Some(answer));
        }
        assert_eq!(decode(&encode(&Answer::Outcomes(Vec::new()))), Some(Answer::Outcomes(Vec::new())));
        let begun = Answer::Begun(Begun { by: u64::MAX, until: Timestamp::from_millis(1_795_399_761_123) });
        assert_eq!(decode(&encode(&begun)), Some(begun));
        assert_eq!(decode("x"), None);
        assert_eq!(decode("w c1,2,ffffffffffffffff"), None, "no time is that far away");
    }
}
