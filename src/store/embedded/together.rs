//! A turn does the changes of a transaction: all judged first, then all applied, or none.

use crate::domain::{
    Attempt, Charge, Charged, Error, Failure, Kind, OperationOutcome, Reply, Result, WriteId, write_charge,
};
use crate::store::backend::{Action, Change, Row, Together};
use crate::store::judge::{self, Decision};

use super::record::Answer;
use super::turn::{Turn, owned, replayed, stamped};
use super::{keys, view};
use crate::store::recent_writes::WriteName;

impl Turn {
    /// Does all changes, or none.
    pub(super) fn together(&mut self, together: Together) -> Reply<Vec<OperationOutcome>> {
        let Together { changes, write_id, token, attempt } = together;
        let name = WriteName::whole(write_id);
        if let Some(token) = token {
            match self.used(token)? {
                Some(Answer::Outcomes(outcomes)) => {
                    return Ok(Charged::new(outcomes, replayed(changes.len())));
                }
                Some(Answer::Written(_)) => return Err(judge::key_reused()),
                None => {}
            }
        }
        if let Some(outcomes) = self.recent.outcomes(name, attempt, token.is_some())? {
            return Ok(Charged::new(outcomes, replayed(changes.len())));
        }
        let judged_as = match token {
            // Its record would be there.
            Some(_) => Attempt::First,
            None => self.recent.attempt(attempt, self.began),
        };
        let reply = self.all(&changes, write_id, judged_as);
        match &reply {
            Ok(done) => {
                self.recent.note_outcomes(name, &done.value, self.began);
                if let Some(token) = token {
                    self.answer(token, Answer::Outcomes(done.value.clone()))?;
                }
            }
            Err(_) if attempt != Attempt::First && token.is_none() => {
                self.recent.note_refused(name, self.began);
            }
            Err(_) => {}
        }
        reply
    }

    fn all(&mut self, changes: &[Change], write: WriteId, attempt: Attempt) -> Reply<Vec<OperationOutcome>> {
        changes.iter().try_for_each(|change| self.admit(change))?;
        let rows =
            changes.iter().map(|change| self.overlay.row(keys::item(&change.address)).map(|s| owned(s)));
        let rows: Vec<Option<Row>> = rows.collect::<Result<_>>()?;
        if attempt == Attempt::RepeatElsewhere
            && let Some(outcomes) = judge::repeated(changes, write, &rows, self.now)?
        {
            return Ok(Charged::new(outcomes, replayed(changes.len())));
        }
        let before = changes.iter().zip(&rows).map(|(change, row)| cost(change, row.as_ref()));
        let before: Charge = before.fold(Charge::ZERO, |sum, cost| sum + cost);
        let decisions = self.decide(changes, write, &rows).map_err(|error| error.with_charge(before))?;
        let mut outcomes = Vec::with_capacity(changes.len());
        let mut charge = Charge::ZERO;
        for ((change, decision), row) in changes.iter().zip(decisions).zip(&rows) {
            let (outcome, cost) = self.carry_out(change, write, decision, row.as_ref())?;
            outcomes.push(outcome);
            charge += cost;
        }
        Ok(Charged::new(outcomes, charge))
    }

    fn decide(&self, changes: &[Change], write: WriteId, rows: &[Option<Row>]) -> Result<Vec<Decision>> {
        let mut decisions = Vec::with_capacity(changes.len());
        let mut failures = Vec::new();
        let mut unfit: Option<Error> = None;
        for (op, (change, row)) in changes.iter().zip(rows).enumerate() {
            match judge::together(change, write, row.as_ref(), self.now) {
                Ok(decision) => decisions.push(decision),
                Err(error) if error.kind() == Kind::PreconditionFailed => {
                    let version = error.current().map(|current| current.version);
                    failures.push(Failure { op, kind: Kind::PreconditionFailed, version });
                }
                Err(error) => {
                    let version = judge::live(row.as_ref(), self.now).map(|row| row.item.version);
                    let failure = Failure { op, kind: error.kind(), version };
                    unfit.get_or_insert(error.with_failures(vec![failure]));
                }
            }
        }
        if !failures.is_empty() {
            let detail = "not all conditions hold, so nothing was done; `failures` says which";
            return Err(Error::new(Kind::TransactionPrecondition, detail).with_failures(failures));
        }
        unfit.map_or(Ok(decisions), Err)
    }

    fn carry_out(
        &mut self,
        change: &Change,
        write: WriteId,
        decision: Decision,
        before: Option<&Row>,
    ) -> Result<(OperationOutcome, Charge)> {
        let key = keys::item(&change.address);
        let name = WriteName::of(write, &key);
        let mut charge = cost(change, before);
        let outcome = match decision {
            Decision::Store(row) => {
                let row = stamped(row, &mut self.stamp);
                charge.writes = charge.writes.max(cost(change, Some(&row)).writes);
                let (version, expires) = (row.item.version, row.item.expires);
                let over = self.overlay.row(key)?.set(Some(row));
                self.superseded(over, name);
                if change.create_collection {
                    self.create_collection(&change.address, write);
                }
                match change.action {
                    Action::Increment(_) => OperationOutcome::Incremented { version, expires },
                    _ => OperationOutcome::Put { version, expires },
                }
            }
            Decision::Remove => {
                let over = self.overlay.row(key)?.set(None);
                self.superseded(over, name);
                OperationOutcome::Deleted
            }
            Decision::Nothing | Decision::Replay(_) => match change.action {
                Action::Delete => OperationOutcome::Deleted,
                _ => OperationOutcome::Checked,
            },
        };
        Ok((outcome, charge))
    }
}

/// What touching a row in a transaction costs: twice the units.
fn cost(change: &Change, row: Option<&Row>) -> Charge {
    let one = write_charge(row.map_or(0, |row| view::bytes(&change.address, row)));
    Charge { read_halves: 0, writes: one.writes * 2 }
}
