//! `GET` of the items of a collection: a page in the order of their keys.

use std::fmt::Write;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::LINK;

use crate::api::answer::Answer;
use crate::api::auth::Access;
use crate::api::call::Call;
use crate::api::params::{self, wrong};
use crate::api::{cursor, path};
use crate::domain::{Charged, ListQuery, Result, limits};

use super::page;

/// Shows a page.
pub(in crate::api) async fn list(mut call: Call<'_>) -> Result<HttpResponse> {
    let query = parameters(&mut call)?;
    call.media()?;
    let fields = call.fields()?;
    let Charged { value, charge } = call.state.store.list(&call.context(), query.clone()).await?;
    let next = value.next.as_ref().map(|after| cursor::seal_list(&call.state.signer, &query, after));
    let mut answer = Answer::new(StatusCode::OK, charge).consistency(query.consistency);
    if let Some(next) = &next {
        answer.set(LINK, link(&call, &query, next));
    }
    Ok(answer.json(None, page::to_json(&value, &query, next.as_deref()), fields.coding))
}

/// Reads the parameters, and ends their judgement. A cursor is looked at last, when its query is known.
fn parameters(call: &mut Call<'_>) -> Result<ListQuery> {
    let range = params::range(call);
    let reverse = params::choice(call, "reverse", &[("true", true), ("false", false)]).unwrap_or(false);
    let limit = params::limit(call);
    let values = params::choice(call, "fields", &[("value", true), ("keys", false)]).unwrap_or(true);
    let consistency = params::consistency(call).unwrap_or_default();
    let delimiter = delimiter(call);
    let collection = call.collection(Access::Read, range.prefix.as_str())?;
    let mut query =
        ListQuery { collection, range, reverse, limit, after: None, delimiter, values, consistency };
    if let Some(cursor) = call.query.get("cursor") {
        query.after = Some(cursor::open_list(&call.state.signer, &query, cursor)?);
    }
    Ok(query)
}

fn delimiter(call: &mut Call<'_>) -> Option<Box<str>> {
    let text = call.query.get("delimiter")?;
    let (limit, actual) = (limits::DELIMITER_BYTES, text.len());
    let delimiter = text.into();
    if actual > limit {
        let error = wrong("delimiter", format!("delimiter is {actual} bytes, the limit is {limit} bytes"));
        call.faults.absorb::<()>(Err(error.with_limit(limit as u64, actual as u64)));
    }
    Some(delimiter)
}

/// The same request for the next page.
fn link(call: &Call<'_>, query: &ListQuery, next: &str) -> String {
    let mut link = format!("</v1/collections/{}/items?", query.collection);
    for name in call.operation.parameters.iter().filter(|name| **name != "cursor") {
        if let Some(value) = call.query.get(name) {
            let written = write!(link, "{name}={}&", path::in_query(value));
            debug_assert!(written.is_ok(), "writing to a string can't fail");
        }
    }
    link + "cursor=" + next + ">; rel=\"next\""
}
