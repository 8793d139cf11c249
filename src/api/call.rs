//! A request on its way to its handler: judged stage by stage, in the order that the contract fixes.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Instant;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use bytes::Bytes;

use crate::domain::{CollectionName, Context, Error, Key, Kind, Patch, Place, Result, Target};
use crate::http::{ids_of, refuse_foreign_pages};

use super::auth::{self, Access, KeySet, Principal};
use super::bodies::Held;
use super::faults::Faults;
use super::headers::media::{self, Media};
use super::headers::{self, Fields};
use super::naming::Name;
use super::path;
use super::query::Query;
use super::routes::{Found, Operation};
use super::state::State;
use super::{audit, body};

/// Refused parts of one request that get a line in the audit.
const AUDITED: u32 = 100;

/// The names in the path of a request.
#[derive(Default)]
pub(crate) struct Names {
    collection: Option<CollectionName>,
    key: Option<Key>,
    /// What is wrong with them.
    pub(crate) faults: Faults,
}

/// A request whose path and method are known.
///
/// Handlers go on in this order: parameters, then [`item`](Call::item) (or [`collection`](Call::collection),
/// [`settings`](Call::settings), [`somewhere`](Call::somewhere), [`service`](Call::service)), [`media`](Call::media), [`fields`](Call::fields), [`body`](Call::body).
pub(crate) struct Call<'a> {
    pub(crate) http: HttpRequest,
    pub(crate) state: Rc<State>,
    pub(crate) principal: Principal,
    pub(crate) operation: &'static Operation,
    pub(crate) query: Query,
    /// What is wrong with names and parameters.
    pub(crate) faults: Faults,
    /// Dispatch looks at what is left of it.
    payload: &'a mut Payload,
    collection: Option<CollectionName>,
    key: Option<Key>,
    /// Whether the caller may see the document that a write meets or makes.
    may_see: bool,
    refused: Cell<u32>,
    /// Room for the body, as long as anybody may hold a part of it.
    held: Held,
}

impl<'a> Call<'a> {
    /// Reads parameters; what is wrong with them is noted.
    ///
    /// # Errors
    /// Those of authentication; `invalid-header` for a web page from elsewhere, where there is none.
    pub(crate) async fn new(
        state: &Rc<State>,
        http: HttpRequest,
        payload: &'a mut Payload,
        names: Names,
        operation: &'static Operation,
    ) -> Result<Call<'a>> {
        if state.unguarded {
            refuse_foreign_pages(&http, true)?;
        }
        let principal = auth::authenticate(&http, state).await?;
        let Names { collection, key, mut faults } = names;
        let query = Query::parse(http.uri().query(), operation.parameters, &mut faults);
        Ok(Call {
            http,
            state: Rc::clone(state),
            principal,
            operation,
            query,
            faults,
            payload,
            collection,
            key,
            may_see: true,
            refused: Cell::new(0),
            held: Held::default(),
        })
    }

    /// Ends the judgement of names and parameters, and begins that of scopes, for an item.
    ///
    /// # Errors
    /// What was noted so far; `insufficient-scope`.
    pub(crate) fn item(&mut self, access: Access) -> Result<Target> {
        self.faults.judge()?;
        let missing = || Error::internal("this route has no item");
        let collection = self.collection.take().ok_or_else(missing)?;
        let key = self.key.take().ok_or_else(missing)?;
        let keys = KeySet::Key(key.as_str());
        self.may(access, &collection, keys)?;
        self.may_see = self.principal.may(Access::Read, &collection, keys);
        Ok(Target { collection, key })
    }

    /// The same for what concerns all keys of a collection that begin with `keys`.
    ///
    /// # Errors
    /// As [`Call::item`].
    pub(crate) fn collection(&mut self, access: Access, keys: &str) -> Result<CollectionName> {
        let collection = self.within()?;
        self.may(access, &collection, KeySet::Prefix(keys))?;
        self.may_see = self.principal.may(Access::Read, &collection, KeySet::Prefix(keys));
        Ok(collection)
    }

    /// The same for the settings of a collection, which whoever may do anything in it may see.
    ///
    /// # Errors
    /// As [`Call::item`].
    pub(crate) fn settings(&mut self) -> Result<CollectionName> {
        self.somewhere(&Access::ALL)
    }

    /// The same where each of several operations is about an item of its own, for which [`Call::may`] judges scopes: who
    /// may do none of them anywhere in the collection is not waited for.
    ///
    /// # Errors
    /// As [`Call::item`].
    pub(crate) fn somewhere(&mut self, any_of: &[Access]) -> Result<CollectionName> {
        let collection = self.within()?;
        self.principal.permit_some(any_of, &collection).inspect_err(|error| self.note_refusal(error))?;
        Ok(collection)
    }

    fn within(&mut self) -> Result<CollectionName> {
        self.faults.judge()?;
        self.collection.take().ok_or_else(|| Error::internal("this route has no collection"))
    }

    /// Lets the caller do that there.
    ///
    /// # Errors
    /// `insufficient-scope`; it goes into the audit.
    pub(crate) fn may(&self, access: Access, collection: &CollectionName, keys: KeySet<'_>) -> Result<()> {
        self.principal.permit(access, collection, keys).inspect_err(|error| self.note_refusal(error))
    }

    /// Lets the caller make that patch where they may write: one that tests what is there tells of it.
    ///
    /// # Errors
    /// `insufficient-scope`; it goes into the audit.
    pub(crate) fn may_patch(&self, patch: &Patch, target: &Target) -> Result<()> {
        match patch.tests() {
            true => self.may(Access::Read, &target.collection, KeySet::Key(target.key.as_str())),
            false => Ok(()),
        }
    }

    /// A line in the audit, as long as this request has not left too many.
    pub(crate) fn note_refusal(&self, error: &Error) {
        let refused = self.refused.get();
        if refused < AUDITED {
            audit::note(&self.http, self.principal.name(), error);
        }
        self.refused.set(refused.saturating_add(1));
    }

    /// Ends the judgement of parameters where no collection is named.
    ///
    /// # Errors
    /// What was noted so far.
    pub(crate) fn service(&mut self) -> Result<()> {
        self.faults.judge()
    }

    /// Judges the kind of the body.
    ///
    /// # Errors
    /// `unsupported-media-type`.
    pub(crate) fn media(&self) -> Result<Media> {
        media::read(self.http.headers(), self.operation.content)
    }

    /// Judges the other header fields.
    ///
    /// # Errors
    /// `invalid-header`, `not-acceptable`.
    pub(crate) fn fields(&self) -> Result<Fields> {
        headers::read(self.http.headers(), self.operation, self.may_see)
    }

    /// Reads the whole body.
    ///
    /// # Errors
    /// `too-large`; `overloaded`; 408; `malformed-json` if it ends early.
    pub(crate) async fn body(&mut self, limit: usize) -> Result<Bytes> {
        let payload = self.payload();
        body::read(&self.state, &self.http, payload, limit, &mut self.held).await
    }

    /// The body as a stream; afterwards there is none.
    pub(crate) fn payload(&mut self) -> Payload {
        std::mem::replace(self.payload, Payload::None)
    }

    /// Names the write; `target` begins with the method.
    pub(crate) fn name(&self, target: &[&str], fields: &Fields, content: u128) -> Name {
        Name::new(&self.state, &self.principal, target, fields.key.as_ref(), content)
    }

    /// What goes down to the store; its deadline begins now.
    pub(crate) fn context(&self) -> Context {
        let ids = ids_of(&self.http);
        Context::new(ids.request_id, Instant::now() + self.state.deadline).with_trace(ids.trace)
    }
}

impl Names {
    /// Reads them from the path that was found.
    pub(crate) fn of(found: &Found<'_>) -> Names {
        let mut names = Names::default();
        let Some(raw) = found.collection else { return names };
        let name = path::decode(raw).unwrap_or_default();
        names.collection = names.faults.absorb(CollectionName::parse(&name));
        let Some(raw) = found.rest else { return names };
        let place = Place::Parameter("key".into());
        match path::decode(raw) {
            Ok(key) => names.key = names.faults.absorb(Key::parse(&key, place)),
            Err(detail) => names.faults.add(Kind::InvalidKey, place, detail),
        }
        names
    }
}
