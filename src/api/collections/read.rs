//! `GET` of the collections, and of one.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::LINK;
use bytes::{BufMut, BytesMut};

use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::json::put_string;
use crate::api::{cursor, params};
use crate::domain::{
    Charge, Charged, Collection, CollectionPage, CollectionQuery, Current, Error, Kind, Reply, Result,
    Verdict, limits,
};

use super::settings::put_collection;

/// Shows a page of the collections.
pub(in crate::api) async fn list(mut call: Call<'_>) -> Result<HttpResponse> {
    let limit = params::limit(&mut call);
    call.service()?;
    let sealed = call.query.get("cursor");
    let after = sealed.map(|cursor| cursor::open_collections(&call.state.signer, cursor)).transpose()?;
    call.media()?;
    let fields = call.fields()?;
    let query = CollectionQuery { limit, after };
    let Charged { value, charge } = match call.principal.sees_all() {
        true => call.state.store.collections(&call.context(), query).await?,
        false => visible(&call, query).await?,
    };
    let next = value.next.as_ref().map(|after| cursor::seal_collections(&call.state.signer, after));
    let mut answer = Answer::new(StatusCode::OK, charge);
    let mut out = BytesMut::from(&b"{\"collections\":["[..]);
    for (place, collection) in value.collections.iter().enumerate() {
        if place > 0 {
            out.put_u8(b',');
        }
        put_collection(&mut out, collection);
    }
    out.put_u8(b']');
    if let Some(next) = &next {
        out.put_slice(b",\"next\":");
        put_string(&mut out, next);
        let limit = call.query.get("limit").map(|limit| format!("limit={limit}&")).unwrap_or_default();
        answer.set(LINK, format!("</v1/collections?{limit}cursor={next}>; rel=\"next\""));
    }
    out.put_u8(b'}');
    Ok(answer.json(None, out.freeze(), fields.coding))
}

/// A page of the collections that the caller may see. It is looked for until it is full, and goes on behind the last
/// one that is shown: a cursor never tells of one that is not. Full is also where schemas are large.
async fn visible(call: &Call<'_>, query: CollectionQuery) -> Reply<CollectionPage> {
    let context = call.context();
    let wanted = usize::from(query.limit);
    let mut ask = CollectionQuery { limit: limits::PAGE_MAX, after: query.after };
    let (mut collections, mut cost) = (Vec::new(), Charge::ZERO);
    loop {
        let Charged { value, charge } =
            call.state.store.collections(&context, ask).await.map_err(|error| error.with_charge(cost))?;
        cost += charge;
        collections.extend(value.collections.into_iter().filter(|one| call.principal.sees(&one.name)));
        let bytes: usize = collections.iter().map(Collection::bytes).sum();
        let more = collections.len() > wanted || value.next.is_some() && bytes > limits::PAGE_BYTES;
        collections.truncate(wanted);
        match value.next {
            Some(after) if !more => ask = CollectionQuery { limit: limits::PAGE_MAX, after: Some(after) },
            _ => {
                let next = collections.last().filter(|_| more).map(|last| last.name.clone());
                return Ok(Charged { value: CollectionPage { collections, next }, charge: cost });
            }
        }
    }
}

/// Shows the settings of one.
pub(in crate::api) async fn get(mut call: Call<'_>) -> Result<HttpResponse> {
    let name = call.settings()?;
    call.media()?;
    let fields = call.fields()?;
    let Charged { value, charge } = call.state.store.collection(&call.context(), name).await?;
    let version = value.version;
    let mut out = BytesMut::new();
    put_collection(&mut out, &value);
    let body = out.freeze();
    let answer = |status| Answer::new(status, charge);
    match fields.condition.judge_read(version) {
        Verdict::Proceed => {
            Ok(answer(StatusCode::OK).version(version).json(Some(version), body, fields.coding))
        }
        Verdict::NotModified => {
            Ok(answer(StatusCode::NOT_MODIFIED).not_modified(version, &body, fields.coding))
        }
        Verdict::Failed => {
            let document = fields.wants_document().then_some(body);
            let error = Error::new(
                Kind::PreconditionFailed,
                "the settings are not in the state that the condition names",
            );
            Err(error.with_current(Some(Current { version, document })).with_charge(charge))
        }
    }
}
