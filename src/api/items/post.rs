//! `POST` of an item: stores it under a key that the server makes.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use crate::api::answer::Answer;
use crate::api::auth::Access;
use crate::api::call::Call;
use crate::api::naming;
use crate::domain::{Action, Charged, Condition, Document, Key, Place, Result, Target, limits};

use super::write::{finish, write};

/// Stores a new item. With an `Idempotency-Key` its key comes from that, so that a repetition makes no second one.
pub(in crate::api) async fn post(mut call: Call<'_>) -> Result<HttpResponse> {
    let collection = call.collection(Access::Write, "")?;
    call.media()?;
    let fields = call.fields()?;
    let body = call.body(limits::ITEM_BODY_BYTES).await?;
    let content = if fields.key.is_some() { naming::content("POST", &body, fields.ttl) } else { 0 };
    let document = Document::parse(body)?;
    let name = call.name(&["POST", collection.as_str()], &fields, content);
    let key = Key::parse(&name.item_key(), Place::Parameter("key".into()))?;
    let target = Target { collection, key };
    // Never over another item: a repetition after somebody changed the first one must not undo that.
    let write = write(target.clone(), Action::Put(document), &fields, Condition::absent(), &name);
    let Charged { value, charge } = call.state.store.write(&call.context(), write).await?;
    Ok(finish(Answer::new(StatusCode::CREATED, charge), &target, value, &fields))
}
