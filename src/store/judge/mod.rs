//! The write protocol: what a change means over the row that is there. Pure, and the same for every backend.

#[cfg(test)]
mod tests;

use crate::domain::{
    Attempt, Collection, Condition, Current, Document, Error, Item, Kind, OperationOutcome, PutCollection,
    Result, Tags, Timestamp, Version, WriteId, Written,
};

use crate::store::backend::{Action, Change, Row, Single};

/// What to do with a change.
#[derive(Debug)]
pub enum Decision {
    /// It was done before: this is its answer, and nothing is to be written.
    Replay(Written),
    /// Store this row.
    Store(Row),
    /// Remove the row.
    Remove,
    /// Leave everything as it is; the condition holds.
    Nothing,
}

/// Judges a change on its own, over the row that is there (maybe expired, or none).
///
/// # Errors
/// `no-such-item`, `precondition-failed`, `idempotency-key-reused`, `outcome-unknown`, and what applying an
/// increment can fail with.
pub fn single(single: &Single, row: Option<&Row>, now: Timestamp) -> Result<Decision> {
    let Single { change, write_id, .. } = single;
    let live = live(row, now);
    let removes = matches!(change.action, Action::Delete);
    // A delete leaves nothing that could carry its name.
    if !removes && let Some(written) = replay(*write_id, single.keyed, live, single.want_document)? {
        return Ok(Decision::Replay(written));
    }
    repeat(single.attempt, undone(change, live))?;
    if removes && live.is_none() {
        return Err(Error::no_such_item());
    }
    condition(&change.condition, live, single.want_document)?;
    apply(change, row, live, *write_id, now)
}

/// The answer of a write that was done before, and is still the current one.
///
/// # Errors
/// `idempotency-key-reused` where its key came with other content.
pub fn replay(
    write_id: WriteId,
    keyed: bool,
    live: Option<&Row>,
    want_document: bool,
) -> Result<Option<Written>> {
    let Some(row) = live else { return Ok(None) };
    let written_by = row.item.version.write;
    if written_by == write_id {
        return Ok(Some(Written::item(&row.item, row.created, want_document)));
    }
    if keyed && written_by.same_key(write_id) {
        return Err(key_reused());
    }
    Ok(None)
}

/// Judges whether a write that is not the current one may be done, though it may have been done before.
///
/// # Errors
/// `outcome-unknown` unless what its caller demanded tells that it was not done.
pub fn repeat(attempt: Attempt, undone: bool) -> Result<()> {
    if undone || attempt != Attempt::RepeatElsewhere { Ok(()) } else { Err(outcome_unknown()) }
}

/// Whether a condition names the very version that is there. A write whose caller demanded that was certainly not
/// done before: it would have made another version, and no version ever comes back.
pub fn pins(condition: &Condition, live: Option<&Row>) -> bool {
    names(condition, live.map(|row| row.item.version))
}

/// Whether a change was certainly not done before, over the row that is there.
fn undone(change: &Change, live: Option<&Row>) -> bool {
    change.by_caller && pins(&change.condition, live)
}

/// Judges the condition of a write.
///
/// # Errors
/// `precondition-failed` with what is there.
pub fn condition(condition: &Condition, live: Option<&Row>, want_document: bool) -> Result<()> {
    if condition.allows_write(live.map(|row| row.item.version)) {
        return Ok(());
    }
    Err(precondition_failed(live, want_document))
}

/// Judges one change of a transaction.
///
/// # Errors
/// `precondition-failed`, and what applying an increment can fail with.
pub fn together(change: &Change, write_id: WriteId, row: Option<&Row>, now: Timestamp) -> Result<Decision> {
    let live = live(row, now);
    condition(&change.condition, live, false)?;
    apply(change, row, live, write_id, now)
}

/// Judges new settings over those that are there; the answer is what to store, or what was answered before.
///
/// # Errors
/// `precondition-failed`, `outcome-unknown`; `idempotency-key-reused` where its key came with other settings;
/// `conflict` where the number of shards would change.
pub fn settings<'a>(
    put: &PutCollection,
    there: Option<&'a Collection>,
    now: Timestamp,
) -> Result<SettingsDecision<'a>> {
    if let Some(there) = there.filter(|there| there.version.write == put.write_id) {
        return Ok(SettingsDecision::Replay(there));
    }
    // Without a key the id of a write is random, and is never half that of another.
    if there.is_some_and(|there| there.version.write.same_key(put.write_id)) {
        return Err(key_reused());
    }
    let version = there.map(|there| there.version);
    repeat(put.attempt, names(&put.condition, version))?;
    if !put.condition.allows_write(version) {
        let current = version.map(|version| Current { version, document: None });
        return Err(Error::new(Kind::PreconditionFailed, "the settings have changed").with_current(current));
    }
    let shards = match (there, put.shards) {
        (Some(there), Some(shards)) if shards != there.settings.shards => {
            let detail = format!(
                "the number of shards is fixed when a collection is made, and this one has {}",
                there.settings.shards
            );
            return Err(Error::new(Kind::Conflict, detail));
        }
        (Some(there), _) => there.settings.shards,
        (None, shards) => shards.unwrap_or(1),
    };
    let stamp = Version::next_stamp(now, version);
    Ok(SettingsDecision::Store(Collection {
        name: put.name.clone(),
        settings: crate::domain::Settings {
            default_ttl: put.default_ttl,
            schema: put.schema.clone(),
            require_preconditions: put.require_preconditions,
            shards,
        },
        version: Version { stamp, write: put.write_id },
        created: there.is_none(),
    }))
}

/// What to do with new settings.
#[derive(Debug)]
pub enum SettingsDecision<'a> {
    /// They were stored before, and are still there.
    Replay(&'a Collection),
    /// Store them.
    Store(Collection),
}

/// A row, unless it has expired.
pub fn live(row: Option<&Row>, now: Timestamp) -> Option<&Row> {
    row.filter(|row| !row.item.expired(now))
}

/// The document that a write left behind, as long as it is what is there.
pub fn still_there(row: Option<&Row>, version: Option<Version>, now: Timestamp) -> Option<Document> {
    let current = live(row, now).filter(|row| version == Some(row.item.version));
    current.map(|row| row.item.document.clone())
}

fn names(condition: &Condition, version: Option<Version>) -> bool {
    matches!(condition.if_match, Some(Tags::List(_))) && version.is_some() && condition.allows_write(version)
}

fn apply(
    change: &Change,
    row: Option<&Row>,
    live: Option<&Row>,
    write_id: WriteId,
    now: Timestamp,
) -> Result<Decision> {
    let before = live.map(|row| &row.item);
    let document: Document = match &change.action {
        Action::Check => return Ok(Decision::Nothing),
        Action::Delete => return Ok(if row.is_some() { Decision::Remove } else { Decision::Nothing }),
        Action::Put(document) => document.clone(),
        Action::Increment(increments) => increments.apply(before.map(|item| &item.document))?,
    };
    let stamp = Version::next_stamp(now, row.map(|row| row.item.version));
    let item = Item {
        document,
        version: Version { stamp, write: write_id },
        expires: change.lifetime.expires(now, before),
    };
    Ok(Decision::Store(Row { item, created: live.is_none() }))
}

fn precondition_failed(live: Option<&Row>, want_document: bool) -> Error {
    let current = live.map(|row| Current {
        version: row.item.version,
        document: want_document.then(|| row.item.document.bytes().clone()),
    });
    let detail = match current {
        Some(_) => "the item is not in the state that the condition names",
        None => "there is no item, and the condition demands one",
    };
    Error::new(Kind::PreconditionFailed, detail).with_current(current)
}

/// The error of a key that came with other content before.
pub fn key_reused() -> Error {
    Error::new(Kind::IdempotencyKeyReused, "this Idempotency-Key was used before, with another content")
}

/// The error of a write of which nobody can say whether it happened.
pub fn outcome_unknown() -> Error {
    let detail = "the answer to the write was lost, and what is there now does not tell whether it was done; repeat it \
                  with the same Idempotency-Key, or read the item";
    Error::new(Kind::OutcomeUnknown, detail)
}

/// Judges a transaction that may have been done before, by what it would have left behind: the answer if it was
/// done, none if it was certainly not.
///
/// # Errors
/// `outcome-unknown` where the rows do not tell.
pub fn repeated(
    changes: &[Change],
    write_id: WriteId,
    rows: &[Option<Row>],
    now: Timestamp,
) -> Result<Option<Vec<OperationOutcome>>> {
    let pairs = || changes.iter().zip(rows).map(|(change, row)| (change, live(row.as_ref(), now)));
    let writes = |change: &Change| !matches!(change.action, Action::Check);
    let leaves = |change: &Change| matches!(change.action, Action::Put(_) | Action::Increment(_));
    let ours = |row: &Row| row.item.version.write == write_id;
    let left = pairs().filter(|(change, _)| leaves(change));
    let (all, still) =
        left.fold((0, 0), |(all, still), (_, row)| (all + 1, still + usize::from(row.is_some_and(ours))));
    if all > 0 && all == still {
        return Ok(Some(pairs().map(|(change, row)| outcome(change, row)).collect()));
    }
    // It changes nothing, or one of its own conditions names the very version that it would have come over.
    let skipped = |(change, row): (&Change, Option<&Row>)| writes(change) && undone(change, row);
    if still == 0 && (!changes.iter().any(writes) || pairs().any(skipped)) {
        return Ok(None);
    }
    Err(outcome_unknown())
}

fn outcome(change: &Change, row: Option<&Row>) -> OperationOutcome {
    match (&change.action, row) {
        (Action::Put(_), Some(Row { item, .. })) => {
            OperationOutcome::Put { version: item.version, expires: item.expires }
        }
        (Action::Increment(_), Some(Row { item, .. })) => {
            OperationOutcome::Incremented { version: item.version, expires: item.expires }
        }
        (Action::Delete, _) => OperationOutcome::Deleted,
        _ => OperationOutcome::Checked,
    }
}
