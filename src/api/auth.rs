//! Who asks, and what they may do; as long as there is no authentication, everybody may do everything.

use actix_web::HttpRequest;

use crate::domain::{CollectionName, Result};

use super::state::State;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Principal(&'static str);

impl Principal {
    /// The name that idempotency keys belong to.
    pub(crate) fn name(&self) -> &str {
        self.0
    }
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Reading items or settings.
    Read,
    /// Changing items.
    Write,
    /// Changing collections.
    Admin,
}

/// Says who asks.
pub(crate) fn authenticate(_request: &HttpRequest, _state: &State) -> Result<Principal> {
    Ok(Principal("anonymous"))
}

/// Says whether they may do that to all keys of a collection that begin so.
pub(crate) fn permit(_who: &Principal, _what: Access, _where: &CollectionName, _keys: &str) -> Result<()> {
    Ok(())
}
