//! Keyed transactions that leave no room for their key: it is claimed before, and answered behind them.

use std::time::Instant;

use crate::domain::{
    Attempt, Charge, Charged, Consistency, Context, Error, Kind, OperationOutcome, Reply, Result, Token,
    write_charge,
};
use crate::store::backend::{Change, Row, Together};
use crate::store::judge;
use crate::telemetry::metrics::Call;

use super::collections::made_by;
use super::condition::Expression;
use super::conditional::Ended;
use super::retry::{self, Patience};
use super::schema::Attributes;
use super::token::{self, Answer, Begun};
use super::{Dynamo, call};

/// By how many seconds a claim outlasts the deadline of who has it: clocks of stores may differ.
const OUTLASTS: u64 = 3;

impl Dynamo {
    /// Does all changes, or none, and remembers the answer.
    pub(super) async fn change_full(
        &self,
        context: &Context,
        mut together: Together,
    ) -> Reply<Vec<OperationOutcome>> {
        let Some(token) = together.token.take() else {
            return Err(Error::internal("only a keyed transaction has to make room for its key"));
        };
        let mut charge = Charge::ZERO;
        let begun = self.begun(context)?;
        let claimed = self.claim(context, token, &begun, &together, &mut charge).await;
        if let Some(outcomes) = claimed.map_err(|error| error.with_charge(charge))? {
            charge += self.make_behind(context, made_by(&together), together.write_id).await?;
            return Ok(Charged::new(outcomes, charge));
        }
        // The claim tells whether it was tried before.
        together.attempt = Attempt::First;
        let done = self.all_together(context, together).await;
        match &done {
            Ok(done) => match self.answer_to(context, token, done.value.clone()).await {
                Ok(cost) => charge += cost,
                // It is done all the same; a repetition finds that out by what it left.
                Err(error) => tracing::warn!(%error, "the answer to a key could not be noted"),
            },
            Err(error) if error.kind() == Kind::OutcomeUnknown => {}
            // A failure is not remembered.
            Err(_) => match self.give_back(context, token, &begun).await {
                Ok(cost) => charge += cost,
                Err(error) => tracing::warn!(%error, "a key could not be given back"),
            },
        }
        match done {
            Ok(done) => Ok(Charged::new(done.value, done.charge + charge)),
            Err(error) => Err(error.with_charge(charge)),
        }
    }

    /// The claim of this try.
    fn begun(&self, context: &Context) -> Result<Answer> {
        let by = getrandom::u64()
            .map_err(|error| Error::internal("the system gives no random numbers").with_source(error))?;
        let left = context.deadline.saturating_duration_since(Instant::now());
        Ok(Answer::Begun(Begun { by, until: self.clock.now().expiry(left.as_secs() + OUTLASTS) }))
    }

    /// Claims a key; or tells what was answered under it.
    async fn claim(
        &self,
        context: &Context,
        token: Token,
        begun: &Answer,
        together: &Together,
        charge: &mut Charge,
    ) -> Result<Option<Vec<OperationOutcome>>> {
        let now = self.clock.now();
        let item = token::record(token, begun, now);
        let there = match self.put_token(context, &item, Some(token::free(now))).await? {
            Ended::Done(cost) => {
                *charge += cost;
                return Ok(None);
            }
            Ended::Refused(there) => there.unwrap_or_default(),
        };
        let theirs = match token::answered(&there, token, now)? {
            Some(Answer::Outcomes(outcomes)) => return Ok(Some(outcomes)),
            Some(Answer::Written(_)) => return Err(judge::key_reused()),
            Some(Answer::Begun(theirs)) => theirs,
            None => return Err(retry::in_progress()),
        };
        let strong = |change: &Change| (change.address.clone(), Consistency::Strong);
        let rows = self.rows(context, together.changes.iter().map(strong).collect(), usize::MAX).await?;
        *charge += rows.charge;
        let rows: Vec<Option<Row>> = rows.value.into_iter().collect::<Result<_>>()?;
        match judge::repeated(&together.changes, together.write_id, &rows, now) {
            Ok(Some(outcomes)) => Ok(Some(outcomes)),
            _ if now < theirs.until => Err(retry::in_progress()),
            Err(error) => Err(error),
            // Nobody is at it any more, and it was not done.
            Ok(None) => {
                match self.put_token(context, &item, Some(token::says(&Answer::Begun(theirs)))).await? {
                    Ended::Done(cost) => {
                        *charge += cost;
                        Ok(None)
                    }
                    Ended::Refused(_) => Err(retry::in_progress()),
                }
            }
        }
    }

    async fn answer_to(
        &self,
        context: &Context,
        token: Token,
        outcomes: Vec<OperationOutcome>,
    ) -> Result<Charge> {
        let item = token::record(token, &Answer::Outcomes(outcomes), self.clock.now());
        match self.put_token(context, &item, None).await? {
            Ended::Done(charge) => Ok(charge),
            Ended::Refused(_) => Err(Error::internal("an answer is remembered without a condition")),
        }
    }

    /// Stores a token's item; tells the one that is there where its condition does not hold.
    async fn put_token(
        &self,
        context: &Context,
        item: &Attributes,
        allowed: Option<Expression>,
    ) -> Result<Ended> {
        let mut patience = Patience::new(&self.budget, context.deadline);
        loop {
            patience.check()?;
            match self.put_if(context, item.clone(), allowed.clone()).await {
                Ok(Ended::Refused(there)) => {
                    let cost = call::noted(Call::PutItem, write_charge(0));
                    // What a call stored whose answer was lost is there.
                    let ours = there.as_ref() == Some(item);
                    return Ok(if ours { Ended::Done(cost) } else { Ended::Refused(there) });
                }
                Ok(done) => return Ok(done),
                Err(fault) => patience.after(fault).await?,
            }
        }
    }

    /// Forgets a claim, if it is still this one, and there is time: else it frees itself.
    async fn give_back(&self, context: &Context, token: Token, begun: &Answer) -> Result<Charge> {
        let mut patience = Patience::new(&self.budget, context.deadline);
        let ours = token::says(begun);
        loop {
            patience.check()?;
            match self.delete_if(context, token::token_key(token), ours.clone()).await {
                Ok(Ended::Done(charge)) => return Ok(charge),
                Ok(Ended::Refused(_)) => return Ok(call::noted(Call::DeleteItem, write_charge(0))),
                Err(fault) => patience.after(fault).await?,
            }
        }
    }
}
