//! `PUT`, `PATCH` and `DELETE` of an item.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use crate::api::answer::Answer;
use crate::api::auth::Access;
use crate::api::call::Call;
use crate::api::headers::media::Media;
use crate::api::headers::{Fields, Return};
use crate::api::naming::{self, Name};
use crate::domain::{
    Action, Attempt, Charged, Condition, Document, Error, Increments, Patch, PatchFormat, Result, Target,
    Write, Written, limits,
};

/// Stores a document, whatever was there.
pub(in crate::api) async fn put(mut call: Call<'_>) -> Result<HttpResponse> {
    let target = call.item(Access::Write)?;
    call.media()?;
    let fields = call.fields()?;
    let body = call.body(limits::ITEM_BODY_BYTES).await?;
    let name = name(&call, "PUT", &target, &fields, &body);
    let document = Document::parse(body)?;
    store(&call, target, Action::Put(document), fields, &name).await
}

/// Changes what is there, in one of three languages.
pub(in crate::api) async fn patch(mut call: Call<'_>) -> Result<HttpResponse> {
    let target = call.item(Access::Write)?;
    let media = call.media()?;
    let fields = call.fields()?;
    let body = call.body(limits::ITEM_BODY_BYTES).await?;
    let kind = match media {
        Media::MergePatch => "PATCH merge",
        Media::JsonPatch => "PATCH json",
        Media::Increment => "PATCH increment",
        Media::Plain => return Err(Error::internal("a patch came without its type")),
    };
    let name = name(&call, kind, &target, &fields, &body);
    let action = match media {
        Media::Increment => Action::Increment(Increments::parse(body)?),
        Media::JsonPatch => {
            let patch = Patch::parse(PatchFormat::Json, body)?;
            call.may_patch(&patch, &target)?;
            Action::Patch(patch)
        }
        Media::MergePatch | Media::Plain => Action::Patch(Patch::parse(PatchFormat::Merge, body)?),
    };
    store(&call, target, action, fields, &name).await
}

/// Removes an item.
pub(in crate::api) async fn delete(mut call: Call<'_>) -> Result<HttpResponse> {
    let target = call.item(Access::Write)?;
    call.media()?;
    let fields = call.fields()?;
    let name = name(&call, "DELETE", &target, &fields, &[]);
    store(&call, target, Action::Delete, fields, &name).await
}

/// A key belongs to the method and the item; the kind of a patch is part of what is written.
fn name(call: &Call<'_>, kind: &str, target: &Target, fields: &Fields, body: &[u8]) -> Name {
    let content = if fields.key.is_some() { naming::content(kind, body, fields.ttl) } else { 0 };
    let method = kind.split(' ').next().unwrap_or_default();
    call.name(&[method, target.collection.as_str(), target.key.as_str()], fields, content)
}

async fn store(
    call: &Call<'_>,
    target: Target,
    action: Action,
    fields: Fields,
    name: &Name,
) -> Result<HttpResponse> {
    let write = write(target.clone(), action, &fields, fields.condition.clone(), name);
    let Charged { value, charge } = call.state.store.write(&call.context(), write).await?;
    let status = match &value {
        Written { created: true, .. } => StatusCode::CREATED,
        Written { document: Some(_), .. } => StatusCode::OK,
        _ => StatusCode::NO_CONTENT,
    };
    let answer = Answer::new(status, charge);
    Ok(finish(answer, &target, value, &fields))
}

/// The write that a request asks for.
pub(super) fn write(
    target: Target,
    action: Action,
    fields: &Fields,
    condition: Condition,
    name: &Name,
) -> Write {
    Write {
        target,
        token: name.token.filter(|_| matches!(action, Action::Increment(_))),
        action,
        condition,
        exempt: false,
        ttl: fields.ttl,
        write_id: name.write_id,
        keyed: name.keyed,
        attempt: Attempt::First,
        want_document: fields.wants_document(),
    }
}

/// Says what a write did.
pub(super) fn finish(mut answer: Answer, target: &Target, written: Written, fields: &Fields) -> HttpResponse {
    if let Some(version) = written.version {
        // What is not there any more is not shown, whatever was preferred.
        let shown = written.document.is_some();
        let honoured = fields.prefer.filter(|prefer| shown || *prefer != Return::Representation);
        answer = answer.applied(honoured).version(version).expires(written.expires);
    }
    if written.created {
        answer = answer.location(&target.collection, Some(&target.key));
    }
    match written.document.map(Document::into_bytes) {
        Some(document) => answer.json(written.version, document, fields.coding),
        None => answer.bare(),
    }
}
