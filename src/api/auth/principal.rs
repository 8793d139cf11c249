//! Who asks, and what they may do.

use std::sync::Arc;

use crate::domain::{Access, CollectionName, Error, Fault, KeySet, Kind, Place, Result, Scope, Target};

use super::challenge;

/// Who asks; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) enum Principal {
    /// Anybody, where there is no authentication: may do everything.
    Anybody,
    /// Somebody who has said who they are.
    Known(Arc<Known>),
}

/// Somebody whom we know.
#[derive(Debug)]
pub(crate) struct Known {
    name: String,
    scopes: Vec<Scope>,
}

impl Principal {
    /// Somebody of that name. Names of keys and of tokens never meet, since they begin differently.
    pub(super) fn known(name: String, scopes: Vec<Scope>) -> Principal {
        Principal::Known(Arc::new(Known { name, scopes }))
    }

    /// Whether they have the same name and may do the same.
    pub(super) fn is(&self, other: &Principal) -> bool {
        match (self, other) {
            (Principal::Anybody, Principal::Anybody) => true,
            (Principal::Known(one), Principal::Known(other)) => {
                one.name == other.name && one.scopes == other.scopes
            }
            (Principal::Anybody, Principal::Known(_)) | (Principal::Known(_), Principal::Anybody) => false,
        }
    }

    /// The name that idempotency keys, limits and the audit go by.
    pub(crate) fn name(&self) -> &str {
        match self {
            Principal::Anybody => "anonymous",
            Principal::Known(known) => &known.name,
        }
    }

    /// Whether they may do that.
    pub(crate) fn may(&self, access: Access, collection: &CollectionName, keys: KeySet<'_>) -> bool {
        match self {
            Principal::Anybody => true,
            Principal::Known(known) => {
                known.scopes.iter().any(|scope| scope.covers(access, collection, keys))
            }
        }
    }

    /// Lets them do that.
    ///
    /// # Errors
    /// `insufficient-scope`, with the scope that is missing.
    pub(crate) fn permit(&self, access: Access, collection: &CollectionName, keys: KeySet<'_>) -> Result<()> {
        match self.may(access, collection, keys) {
            true => Ok(()),
            false => Err(missing(&Scope::needed(access, collection, keys).to_string())),
        }
    }

    /// Lets them do all of that, or nothing.
    ///
    /// # Errors
    /// `insufficient-scope`, with every scope that is missing, and a fault for each place.
    pub(crate) fn permit_all<'a>(&self, places: impl Iterator<Item = (Access, &'a Target)>) -> Result<()> {
        let mut faults = Vec::new();
        let mut scopes: Vec<String> = Vec::new();
        for (place, (access, Target { collection, key })) in places.enumerate() {
            let keys = KeySet::Key(key.as_str());
            if self.may(access, collection, keys) {
                continue;
            }
            let scope = Scope::needed(access, collection, keys).to_string();
            let place = Place::Pointer(format!("/ops/{place}"));
            faults.push(Fault { place, detail: format!("your scopes do not reach this; it needs {scope}") });
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        match faults.is_empty() {
            true => Ok(()),
            false => Err(missing(&scopes.join(" ")).with_faults(faults)),
        }
    }

    /// Whether they may see that there is such a collection, and its settings: whoever may do anything in it.
    pub(crate) fn sees(&self, collection: &CollectionName) -> bool {
        self.may_some(&Access::ALL, collection)
    }

    /// Whether they see every collection.
    pub(crate) fn sees_all(&self) -> bool {
        match self {
            Principal::Anybody => true,
            Principal::Known(known) => known.scopes.iter().any(Scope::reaches_all),
        }
    }

    /// Lets them go on if they may do one of these somewhere in a collection; else the first of them is missing.
    ///
    /// # Errors
    /// As [`Principal::permit`].
    pub(crate) fn permit_some(&self, any_of: &[Access], collection: &CollectionName) -> Result<()> {
        if self.may_some(any_of, collection) {
            return Ok(());
        }
        let access = any_of.first().copied().unwrap_or(Access::Read);
        Err(missing(&Scope::needed(access, collection, KeySet::Prefix("")).to_string()))
    }

    fn may_some(&self, any_of: &[Access], collection: &CollectionName) -> bool {
        let permits = |scope: &Scope| scope.reaches(collection) && any_of.contains(&scope.access());
        match self {
            Principal::Anybody => true,
            Principal::Known(known) => known.scopes.iter().any(permits),
        }
    }
}

fn missing(scope: &str) -> Error {
    let detail = format!("your scopes do not reach this; it needs {scope}");
    Error::new(Kind::InsufficientScope, detail).with_header(challenge::FIELD, challenge::insufficient(scope))
}
