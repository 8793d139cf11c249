//! `PUT` and `DELETE` of a collection.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use bytes::BytesMut;
use tokio::task::{JoinError, spawn_blocking};

use crate::api::answer::Answer;
use crate::api::audit;
use crate::api::auth::Access;
use crate::api::call::Call;
use crate::api::headers::{Fields, Return};
use crate::api::naming;
use crate::domain::{Attempt, Charged, CollectionName, Current, Error, PutCollection, Result, limits};

use super::settings;

/// Makes a collection, or replaces its settings.
pub(in crate::api) async fn put(mut call: Call<'_>) -> Result<HttpResponse> {
    let collection = call.collection(Access::Admin, "")?;
    call.media()?;
    let fields = call.fields()?;
    let body = call.body(limits::ITEM_BODY_BYTES).await?;
    let content = if fields.key.is_some() { naming::content("PUT", &body, None) } else { 0 };
    // To compile a schema can take a good part of a second.
    let asked = spawn_blocking(|| settings::parse(body)).await.map_err(unread)??;
    let name = call.name(&["PUT", collection.as_str()], &fields, content);
    let put = PutCollection {
        name: collection.clone(),
        default_ttl: asked.default_ttl,
        schema: asked.schema,
        require_preconditions: asked.require_preconditions,
        shards: asked.shards,
        condition: fields.condition.clone(),
        write_id: name.write_id,
        attempt: Attempt::First,
    };
    let Charged { value, charge } = match call.state.store.put_collection(&call.context(), put).await {
        Ok(done) => done,
        Err(error) => return Err(with_settings(&call, collection, &fields, error).await),
    };
    let (status, outcome) = match value.created {
        true => (StatusCode::CREATED, "made"),
        false => (StatusCode::NO_CONTENT, "changed"),
    };
    audit::change(&call.http, call.principal.name(), &format!("{outcome} {collection}"));
    let mut answer =
        Answer::new(status, charge).applied(fields.prefer.filter(|prefer| *prefer == Return::Minimal));
    if let Some(version) = value.version {
        answer = answer.version(version);
    }
    if value.created {
        answer = answer.location(&collection, None);
    }
    Ok(answer.bare())
}

fn unread(error: JoinError) -> Error {
    Error::internal("the settings could not be read").with_source(error)
}

/// Removes an empty collection.
pub(in crate::api) async fn delete(mut call: Call<'_>) -> Result<HttpResponse> {
    let collection = call.collection(Access::Admin, "")?;
    call.media()?;
    let fields = call.fields()?;
    let (name, condition) = (collection.clone(), fields.condition.clone());
    let deleted = match call.state.store.delete_collection(&call.context(), name, condition).await {
        Ok(deleted) => deleted,
        Err(error) => return Err(with_settings(&call, collection, &fields, error).await),
    };
    audit::change(&call.http, call.principal.name(), &format!("removed {collection}"));
    Ok(Answer::new(StatusCode::NO_CONTENT, deleted.charge).bare())
}

/// Adds the settings that are in the way, where they are preferred: the store tells only their version.
async fn with_settings(call: &Call<'_>, name: CollectionName, fields: &Fields, error: Error) -> Error {
    let version = error.current().map(|current| current.version);
    let Some(version) = version.filter(|_| fields.wants_document()) else { return error };
    match call.state.store.collection(&call.context(), name).await {
        Ok(Charged { value, charge }) if value.version == version => {
            let mut out = BytesMut::new();
            settings::put_collection(&mut out, &value);
            let document = Some(out.freeze());
            error.with_charge(charge).with_current(Some(Current { version, document }))
        }
        Ok(Charged { charge, .. }) => error.with_charge(charge),
        Err(unread) => error.with_charge(unread.charge()),
    }
}
