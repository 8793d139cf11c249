//! Expressions: when a write may happen without anybody having looked, as `DynamoDB` is told it.
//!
//! What an expression allows, `store::judge` allows; what it refuses, `store::judge` decides over the row that
//! comes back. So an expression may refuse too much, and never too little.

use std::collections::HashMap;
use std::fmt::Write as _;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::domain::{Condition, Tags, Timestamp, Version, WriteId};

use super::schema::{Attributes, number, write};

/// Tags of a condition that fit into an expression.
const TAGS: usize = 16;

/// The text of an expression, and the values that it names.
#[derive(Clone, Debug, Default)]
pub(super) struct Expression {
    pub(super) text: String,
    pub(super) values: Attributes,
}

impl Expression {
    fn value(&mut self, name: &str, value: AttributeValue) {
        self.values.insert(name.to_owned(), value);
    }
}

/// What a write has to know of itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) now: Timestamp,
    /// That of the version which it makes.
    pub(super) stamp: u64,
    /// By how much the stamp of a version that it may replace or remove is less, at least.
    pub(super) apart: u64,
    pub(super) write: WriteId,
    /// Whether the write is known by an `Idempotency-Key`.
    pub(super) keyed: bool,
    /// Whether nothing need be there. It must, for a write that may have been done before: nobody could tell
    /// whether it was done and the item then deleted.
    pub(super) creates: bool,
}

/// When a document may be stored. None where that can only be judged over the row.
pub(super) fn put(condition: &Condition, terms: Terms) -> Option<Expression> {
    let mut expression = Expression::default();
    let allowed = demand(condition, &mut expression)?;
    let there = overwrites(terms, &mut expression);
    let creates = terms.creates && condition.if_match.is_none();
    either(&mut expression, creates, &there, &allowed);
    if expression.text.contains(":now") {
        expression.value(":now", number(terms.now.millis()));
    }
    Some(expression)
}

/// When a native number may be added to: it is there, lives, and is not near the ends of what is exact.
pub(super) fn add(condition: &Condition, terms: Terms, mortal: bool) -> Option<Expression> {
    let mut expression = Expression::default();
    let allowed = demand(condition, &mut expression)?;
    let mut there = overwrites(terms, &mut expression);
    there.push_str(" AND e > :now AND n BETWEEN :least AND :greatest");
    if mortal {
        there.push_str(" AND e < :never");
        expression.value(":never", number(super::schema::NEVER));
    }
    let creates = terms.creates && condition.if_match.is_none();
    either(&mut expression, creates, &there, &allowed);
    expression.value(":now", number(terms.now.millis()));
    expression.value(":least", AttributeValue::N(super::number::LEAST.to_owned()));
    expression.value(":greatest", AttributeValue::N(super::number::GREATEST.to_owned()));
    Some(expression)
}

/// When an item may be removed.
pub(super) fn delete(condition: &Condition, terms: Terms) -> Option<Expression> {
    let mut expression = Expression::default();
    let allowed = demand(condition, &mut expression)?;
    // What came later must stay.
    let there = format!("e > :now AND {}", older(terms, &mut expression));
    either(&mut expression, false, &there, &allowed);
    expression.value(":now", number(terms.now.millis()));
    Some(expression)
}

/// When exactly this version is there, or nothing.
pub(super) fn exactly(version: Option<Version>) -> Expression {
    let mut expression = Expression::default();
    match version {
        None => expression.text.push_str("attribute_not_exists(pk)"),
        Some(version) => {
            expression.text.push_str("v = :ov AND w = :ow");
            expression.value(":ov", number(version.stamp));
            expression.value(":ow", write(version.write));
        }
    }
    expression
}

/// When a condition of a transaction holds, whatever happens then. None where only the row can tell, and an empty
/// expression where it always does.
pub(super) fn holds(condition: &Condition, now: Timestamp) -> Option<Expression> {
    let mut expression = Expression::default();
    let allowed = demand(condition, &mut expression)?;
    if !allowed.is_empty() {
        either(&mut expression, condition.if_match.is_none(), "", &allowed);
    }
    if expression.text.contains(":now") {
        expression.value(":now", number(now.millis()));
    }
    Some(expression)
}

/// An item that is older than ours, and not ours. What the update stores has its names there already.
fn overwrites(terms: Terms, expression: &mut Expression) -> String {
    let older = if terms.apart == 1 { "v < :v" } else { older(terms, expression) };
    if !terms.keyed {
        return format!("{older} AND w <> :w");
    }
    // Any content under the same key: a repetition, or a key that was used before.
    let (first, last) = terms.write.of_same_key();
    expression.value(":wa", write(first));
    expression.value(":wb", write(last));
    format!("{older} AND NOT (w BETWEEN :wa AND :wb)")
}

/// A version that is older by so much as is demanded.
fn older(terms: Terms, expression: &mut Expression) -> &'static str {
    expression.value(":o", number(terms.stamp.saturating_sub(terms.apart)));
    "v <= :o"
}

fn either(expression: &mut Expression, creates: bool, there: &str, allowed: &str) {
    // AND binds tighter than OR; parentheses that are not needed are an error to DynamoDB.
    let text = &mut expression.text;
    if creates {
        text.push_str("attribute_not_exists(pk) OR ");
    }
    text.push_str(there);
    if !there.is_empty() && !allowed.is_empty() {
        text.push_str(" AND ");
    }
    text.push_str(allowed);
}

/// What a condition demands of an item that is there, maybe expired; empty where that is nothing.
fn demand(condition: &Condition, expression: &mut Expression) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    match &condition.if_match {
        Some(Tags::Any) => parts.push("e > :now".to_owned()),
        Some(Tags::List(tags)) => {
            let strong = tags.iter().filter(|tag| !tag.weak).filter_map(|tag| tag.version);
            let (one_of, count) = versions(strong, 'm', expression)?;
            parts.push(if count == 1 {
                format!("e > :now AND {one_of}")
            } else {
                format!("e > :now AND ({one_of})")
            });
        }
        None => {
            if let Some(limit) = condition.if_unmodified_since {
                expression.value(":since", number((limit.secs() + 1) * 1_000_000));
                parts.push("(e <= :now OR v < :since)".to_owned());
            }
        }
    }
    match &condition.if_none_match {
        Some(Tags::Any) => parts.push("e <= :now".to_owned()),
        Some(Tags::List(tags)) => {
            let (one_of, _) = versions(tags.iter().filter_map(|tag| tag.version), 'n', expression)?;
            parts.push(format!("(e <= :now OR NOT ({one_of}))"));
        }
        None => {}
    }
    Some(parts.join(" AND "))
}

/// Any of these versions, and how many they are; none where there are none, or more than fit.
fn versions(
    versions: impl Iterator<Item = Version>,
    letter: char,
    expression: &mut Expression,
) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut count = 0;
    for version in versions {
        if count == TAGS {
            return None;
        }
        let (stamp, by) = (format!(":{letter}v{count}"), format!(":{letter}w{count}"));
        let or = if count == 0 { "" } else { " OR " };
        write!(text, "{or}v = {stamp} AND w = {by}").ok()?;
        expression.value(&stamp, number(version.stamp));
        expression.value(&by, write(version.write));
        count += 1;
    }
    (count > 0).then_some((text, count))
}

/// Puts the values of an expression beside others.
pub(super) fn merge(mut values: Attributes, more: HashMap<String, AttributeValue>) -> Attributes {
    values.extend(more);
    values
}
