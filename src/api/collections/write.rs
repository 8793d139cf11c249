//! `PUT` and `DELETE` of a collection.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use crate::api::answer::Answer;
use crate::api::audit;
use crate::api::auth::Access;
use crate::api::call::Call;
use crate::api::headers::Return;
use crate::api::naming;
use crate::domain::{Attempt, Charged, PutCollection, Result, limits};

use super::settings;

/// Makes a collection, or replaces its settings.
pub(in crate::api) async fn put(mut call: Call<'_>) -> Result<HttpResponse> {
    let collection = call.collection(Access::Admin, "")?;
    call.media()?;
    let fields = call.fields()?;
    let body = call.body(limits::ITEM_BODY_BYTES).await?;
    let content = if fields.key.is_some() { naming::content("PUT", &body, None) } else { 0 };
    let asked = settings::parse(body)?;
    let name = call.name(&["PUT", collection.as_str()], &fields, content);
    let put = PutCollection {
        name: collection.clone(),
        default_ttl: asked.default_ttl,
        schema: asked.schema,
        require_preconditions: asked.require_preconditions,
        shards: asked.shards,
        condition: fields.condition,
        write_id: name.write_id,
        attempt: Attempt::First,
    };
    let Charged { value, charge } = call.state.store.put_collection(&call.context(), put).await?;
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

/// Removes an empty collection.
pub(in crate::api) async fn delete(mut call: Call<'_>) -> Result<HttpResponse> {
    let collection = call.collection(Access::Admin, "")?;
    call.media()?;
    let condition = call.fields()?.condition;
    let name = collection.clone();
    let deleted = call.state.store.delete_collection(&call.context(), collection, condition).await?;
    audit::change(&call.http, call.principal.name(), &format!("removed {name}"));
    Ok(Answer::new(StatusCode::NO_CONTENT, deleted.charge).bare())
}
