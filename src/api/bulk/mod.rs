//! Many operations in one request: batches, transactions, export and import.
//!
//! `grammar` reads the operations of a batch or a transaction with `operation` and `members`; `batch` and
//! `transactions` do them, `results` tells what became of each. `export` and `import` are streams of lines.

mod batch;
mod export;
mod grammar;
mod import;
mod import_line;
mod lines;
mod members;
mod ndjson;
mod operation;
mod results;
mod transactions;

use actix_web::http::StatusCode;
use actix_web::{HttpMessage, HttpResponse};

use crate::domain::{Attempt, Charged, Consistency, ListQuery, Result, Transaction, limits};

use super::answer::Answer;
use super::auth::Access;
use super::call::Call;
use super::limit::Counted;
use super::{naming, params};
use import::Import;
use operation::Dialect;

/// Reads a body as a batch, as a transaction, and as lines of an import; says how many operations each has.
#[cfg(fuzzing)]
pub(super) fn count(body: &bytes::Bytes) -> [usize; 3] {
    let of = |dialect| grammar::parse(body, dialect).map_or(0, |operations| operations.len());
    let mut lines = lines::Lines::default();
    lines.push(body);
    let whole: Vec<_> = std::iter::from_fn(|| lines.next_line()).collect();
    let lines = whole.into_iter().chain(lines.last_line());
    let now = crate::domain::Timestamp::from_secs(1 << 31);
    let is_good = |line: &lines::Line| match line {
        lines::Line::Text(text) => import_line::read(text, now).is_ok(),
        lines::Line::TooLong(_) => false,
    };
    let good = lines.filter(is_good);
    [of(Dialect::Batch), of(Dialect::Transaction), good.count()]
}

/// Operations side by side, each with its own outcome.
pub(super) async fn batch(mut call: Call<'_>) -> Result<HttpResponse> {
    let collection = call.somewhere(&[Access::Read, Access::Write])?;
    call.media()?;
    let fields = call.fields()?;
    let body = call.body(limits::BATCH_BODY_BYTES).await?;
    let operations = grammar::parse(&body, Dialect::Batch)?;
    let (outcomes, charge) = batch::run(&call, &collection, operations).await;
    Ok(Answer::new(StatusCode::OK, charge).json(None, results::to_json(&outcomes), fields.coding))
}

/// Operations that happen together, or not at all.
pub(super) async fn transact(mut call: Call<'_>) -> Result<HttpResponse> {
    call.service()?;
    call.media()?;
    let fields = call.fields()?;
    let body = call.body(limits::TRANSACTION_BODY_BYTES).await?;
    let parsed = grammar::parse(&body, Dialect::Transaction)?;
    let (operations, statuses): (Vec<_>, Vec<_>) =
        transactions::operations(&call, parsed)?.into_iter().unzip();
    let name = call.name(&["POST", "/v1/transactions"], &fields, naming::content("transaction", &body, None));
    let transaction =
        Transaction { operations, write_id: name.write_id, token: name.token, attempt: Attempt::First };
    let Charged { value, charge } = call.state.store.transact(&call.context(), transaction).await?;
    let outcomes: Vec<_> = value
        .into_iter()
        .zip(statuses)
        .map(|(outcome, status)| transactions::outcome(outcome, status))
        .collect();
    Ok(Answer::new(StatusCode::OK, charge).json(None, results::to_json(&outcomes), fields.coding))
}

/// A collection as lines of JSON.
pub(super) async fn export(mut call: Call<'_>) -> Result<HttpResponse> {
    let range = params::range(&mut call);
    let consistency = params::consistency(&mut call).unwrap_or(Consistency::Strong);
    let collection = call.collection(Access::Read, range.prefix.as_str())?;
    call.media()?;
    let fields = call.fields()?;
    let query = ListQuery {
        collection,
        range,
        reverse: false,
        limit: limits::PAGE_MAX,
        after: None,
        delimiter: None,
        values: true,
        consistency,
    };
    let context = call.context();
    // The first page is read before anything is said, so that a failure still has a status.
    let Charged { value: first, mut charge } = call.state.store.list(&context, query.clone()).await?;
    let known = call.state.store.collection(&context, query.collection.clone()).await;
    let known = known.map_err(|error| error.with_charge(charge))?;
    charge += known.charge;
    let mortal = known.value.settings.default_ttl.is_some();
    let answer = Answer::new(StatusCode::OK, charge).consistency(consistency);
    let counted = call.http.extensions().get::<Counted>().cloned();
    Ok(answer.lines(export::lines(call.state, context, query, first, mortal, counted), fields.coding))
}

/// Lines of JSON into a collection.
pub(super) async fn import(mut call: Call<'_>) -> Result<HttpResponse> {
    let collection = call.somewhere(&[Access::Write])?;
    call.media()?;
    let fields = call.fields()?;
    let payload = call.payload();
    let context = call.context();
    let import = Import::new(&call, &context, &collection);
    let (report, charge) = import.run(payload).await?;
    Ok(Answer::new(StatusCode::OK, charge).json(None, report.to_json(), fields.coding))
}
