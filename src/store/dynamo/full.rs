//! Keyed transactions that leave no room for their key: it is claimed before, and answered behind them.

use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure};

use crate::domain::{
    Attempt, Charge, Charged, Consistency, Context, Error, Kind, OperationOutcome, Reply, Result, Token,
    write_charge,
};
use crate::store::backend::{Row, Together};
use crate::store::judge;
use crate::telemetry::metrics::Call;

use super::collections::made_by;
use super::fault::Fault;
use super::retry::Patience;
use super::schema::Attributes;
use super::token::{self, Answer};
use super::{Dynamo, call};

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
        if let Some(outcomes) = self.claim(context, token, &together, &mut charge).await? {
            charge += self.make_behind(context, made_by(&together), together.write_id).await?;
            return Ok(Charged::new(outcomes, charge));
        }
        // The claim tells whether it was tried before.
        together.attempt = Attempt::First;
        let done = self.all_together(context, together).await;
        match &done {
            Ok(done) => {
                let answer = Answer::Outcomes(done.value.clone());
                match self.answer_to(context, token, &answer).await {
                    Ok(cost) => charge += cost,
                    // It is done all the same; a repetition finds that out by what it left.
                    Err(error) => tracing::warn!(%error, "the answer to a key could not be noted"),
                }
            }
            Err(error) if error.kind() == Kind::OutcomeUnknown => {}
            // A failure is not remembered.
            Err(_) => charge += self.forget(context, token).await?,
        }
        match done {
            Ok(done) => Ok(Charged::new(done.value, done.charge + charge)),
            Err(error) => Err(error.with_charge(charge)),
        }
    }

    /// Claims a key; or tells what was answered under it.
    async fn claim(
        &self,
        context: &Context,
        token: Token,
        together: &Together,
        charge: &mut Charge,
    ) -> Result<Option<Vec<OperationOutcome>>> {
        let now = self.clock.now();
        let item = token::record(token, &Answer::Begun, now);
        let there = match self.put_token(context, item, Some(token::free(now))).await? {
            Ok(cost) => {
                *charge += cost;
                return Ok(None);
            }
            Err(there) => there,
        };
        match token::answered(&there, token, now)? {
            Some(Answer::Outcomes(outcomes)) => Ok(Some(outcomes)),
            Some(Answer::Written(_)) => Err(judge::key_reused()),
            Some(Answer::Begun) | None => {
                let strong =
                    |change: &crate::store::backend::Change| (change.address.clone(), Consistency::Strong);
                let rows = self.rows(context, together.changes.iter().map(strong).collect()).await?;
                *charge += rows.charge;
                let rows: Vec<Option<Row>> = rows.value.into_iter().collect::<Result<_>>()?;
                judge::repeated(&together.changes, together.write_id, &rows, now)
            }
        }
    }

    async fn answer_to(&self, context: &Context, token: Token, answer: &Answer) -> Result<Charge> {
        let item = token::record(token, answer, self.clock.now());
        match self.put_token(context, item, None).await? {
            Ok(charge) => Ok(charge),
            Err(_) => Err(Error::internal("an answer is remembered without a condition")),
        }
    }

    /// Stores a token's item; tells the one that is there where its condition does not hold.
    async fn put_token(
        &self,
        context: &Context,
        item: Attributes,
        allowed: Option<super::expr::Expression>,
    ) -> Result<Result<Charge, Attributes>> {
        let mut patience = Patience::new(&self.budget, context.deadline);
        let (text, values) = allowed.map(|allowed| (allowed.text, allowed.values)).unzip();
        loop {
            patience.check()?;
            let sent = self
                .clients
                .writes
                .put_item()
                .table_name(&self.table)
                .set_item(Some(item.clone()))
                .set_condition_expression(text.clone())
                .set_expression_attribute_values(values.clone())
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send();
            match self.within(Call::PutItem, context, sent).await {
                Ok(done) => return Ok(Ok(call::write(Call::PutItem, &done.consumed_capacity))),
                Err(Fault::Condition(there)) => {
                    call::noted(Call::PutItem, write_charge(0));
                    return Ok(Err(there.unwrap_or_default()));
                }
                Err(fault) => patience.after(fault).await?,
            }
        }
    }

    async fn forget(&self, context: &Context, token: Token) -> Result<Charge> {
        let mut patience = Patience::new(&self.budget, context.deadline);
        loop {
            patience.check()?;
            let sent = self
                .clients
                .writes
                .delete_item()
                .table_name(&self.table)
                .set_key(Some(token::token_key(token)))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send();
            match self.within(Call::DeleteItem, context, sent).await {
                Ok(done) => return Ok(call::write(Call::DeleteItem, &done.consumed_capacity)),
                Err(fault) => patience.after(fault).await?,
            }
        }
    }
}
