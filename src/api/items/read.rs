//! `GET` and `HEAD` of an item.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use crate::api::answer::{self, Answer};
use crate::api::auth::Access;
use crate::api::call::Call;
use crate::api::headers::Fields;
use crate::api::params;
use crate::domain::{
    Charge, Charged, Consistency, Current, Error, Item, Kind, Read, Result, Target, Verdict,
};

/// Shows an item, if the conditions of RFC 9110 §13 let it.
pub(in crate::api) async fn get(mut call: Call<'_>) -> Result<HttpResponse> {
    let asked = params::consistency(&mut call);
    let target = call.item(Access::Read)?;
    call.media()?;
    let fields = call.fields()?;
    let read = call.state.store.read(&call.context(), how_to_read(target, asked, &fields)).await;
    let Charged { value: (item, consistency), charge } = read?;
    let shown = match item {
        Some(item) => show(item, consistency, charge, &fields),
        None => Err(Error::no_such_item()),
    };
    Ok(shown.unwrap_or_else(|error| {
        let mut response = HttpResponse::from_error(error.with_charge(charge));
        answer::put_consistency(response.headers_mut(), consistency);
        response
    }))
}

/// `Min-Version` makes a read eventual at first, unless strong is what was asked for.
fn how_to_read(target: Target, asked: Option<Consistency>, fields: &Fields) -> Read {
    match (asked, fields.min_version) {
        (Some(Consistency::Strong), _) | (None, None) => {
            Read { target, consistency: Consistency::Strong, min_version: None, want_document: true }
        }
        (_, min_version) => {
            Read { target, consistency: Consistency::Eventual, min_version, want_document: true }
        }
    }
}

fn show(item: Item, consistency: Consistency, charge: Charge, fields: &Fields) -> Result<HttpResponse> {
    let version = item.version;
    let answer = |status| Answer::new(status, charge).consistency(consistency).expires(item.expires);
    match fields.condition.judge_read(version) {
        Verdict::Proceed => {
            let answer = answer(StatusCode::OK).version(version);
            Ok(answer.json(Some(version), item.document.into_bytes(), fields.coding))
        }
        Verdict::NotModified => {
            Ok(answer(StatusCode::NOT_MODIFIED).not_modified(version, item.document.bytes(), fields.coding))
        }
        Verdict::Failed => {
            let document = fields.wants_document().then(|| item.document.into_bytes());
            let detail = "the item is not in the state that the condition names";
            let error = Error::new(Kind::PreconditionFailed, detail);
            Err(error.with_current(Some(Current { version, document })))
        }
    }
}
