//! Who asks, and what they may do.
//!
//! `bearer` reads what a request says, `keys` knows API keys, `token` reads the tokens of an issuer whose keys `jwks`
//! keeps, `principal` is who came in, with their scopes, and `challenge` tells those who did not what is expected.

mod bearer;
mod challenge;
#[cfg(fuzzing)]
pub mod fuzzing;
mod jwks;
mod keys;
mod principal;
mod token;

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use arc_swap::ArcSwap;

use crate::config::{self, ApiKey, ApiKeys};
use crate::domain::{Clock, Result};
use crate::telemetry::metrics::Unknown;

use super::audit;
use super::state::State;

pub(crate) use crate::domain::{Access, KeySet};
pub(crate) use principal::Principal;

use challenge::unauthenticated;
use jwks::Jwks;
use keys::KeyRing;
use token::Token;

/// Knows who may come in.
#[derive(Default)]
pub struct Gate(Option<Closed>);

/// A gate where callers must say who they are.
struct Closed {
    keys: ArcSwap<KeyRing>,
    issuer: Option<Issuer>,
}

/// Whose tokens may come in.
struct Issuer {
    settings: config::Jwt,
    jwks: Arc<Jwks>,
}

impl Gate {
    /// The gate that the settings ask for; open where they ask for none.
    ///
    /// # Errors
    /// Where the issuer of tokens could never be asked for its keys, in words.
    pub fn new(auth: &config::Auth) -> Result<Gate, String> {
        if !auth.required() {
            return Ok(Gate(None));
        }
        let issuer = |settings: &config::Jwt| {
            Ok::<_, String>(Issuer { settings: settings.clone(), jwks: Jwks::new(settings)? })
        };
        let issuer = auth.jwt.as_ref().map(issuer).transpose()?;
        Ok(Gate(Some(Closed { keys: ArcSwap::from_pointee(ring(auth)), issuer })))
    }

    /// Takes over changed keys. Whether callers must say who they are stays as it is: a key file that is gone must
    /// never open the gate.
    pub fn reload(&self, auth: &config::Auth) {
        match &self.0 {
            Some(closed) => {
                let ring = ring(auth);
                ring.note_changes(&closed.keys.load());
                closed.keys.store(ring.into());
            }
            None if auth.required() => {
                tracing::warn!("what turns authentication on takes effect only after a restart");
            }
            None => {}
        }
    }

    /// Keeps the keys of the issuer, as long as it is polled; ends at once where there is none.
    pub async fn keep(&self, clock: &dyn Clock) {
        if let Some(issuer) = self.0.as_ref().and_then(|closed| closed.issuer.as_ref()) {
            issuer.jwks.keep(clock).await;
        }
    }

    /// Whether callers must say who they are.
    pub(crate) fn is_closed(&self) -> bool {
        self.0.is_some()
    }

    /// Says who asks.
    ///
    /// # Errors
    /// `unauthenticated`.
    async fn enter(&self, http: &HttpRequest, state: &State) -> Result<Principal> {
        let Some(closed) = &self.0 else { return Ok(Principal::Anybody) };
        let credentials = bearer::read(http.headers())?;
        if credentials.starts_with(ApiKey::PREFIX) {
            return closed.keys.load().find(credentials, state.clock.now());
        }
        match &closed.issuer {
            // On the heap it does not make the future of every other request larger.
            Some(issuer) => Box::pin(issuer.enter(credentials, &*state.clock, state.deadline)).await,
            None => Err(unauthenticated(Unknown::Malformed, "this is not how a key is written")),
        }
    }
}

impl Issuer {
    async fn enter(&self, text: &str, clock: &dyn Clock, patience: Duration) -> Result<Principal> {
        let token = Token::parse(text, &self.settings)?;
        let key = self.jwks.find(token.kid.as_deref(), token.algorithm, clock, patience).await;
        let key = key.ok_or_else(|| unauthenticated(Unknown::Issuer, "the issuer has no such key"))?;
        token.verify(&key, &self.settings, clock.now())
    }
}

fn ring(auth: &config::Auth) -> KeyRing {
    KeyRing::new(auth.keys.as_ref().unwrap_or(&ApiKeys::default()))
}

/// Says who asks.
///
/// # Errors
/// `unauthenticated`, `rate-limited`; they go into the audit.
pub(crate) async fn authenticate(http: &HttpRequest, state: &State) -> Result<Principal> {
    let entered = state.gate.enter(http, state).await;
    let who = entered.as_ref().ok();
    let name = who.map_or("-", Principal::name);
    let admitted = state.limits.admit(http, who, &*state.clock);
    admitted.inspect_err(|error| audit::note(http, name, error))?;
    entered.inspect_err(|error| audit::note(http, &claimed(http), error))
}

/// Counts a request that anybody may make: with its principal where it says rightly who that is, else with its address.
///
/// # Errors
/// `rate-limited`; it goes into the audit.
pub(crate) async fn count(http: &HttpRequest, state: &State) -> Result<()> {
    if !state.limits.count() {
        return Ok(());
    }
    let who = match http.headers().contains_key(AUTHORIZATION) {
        true => state.gate.enter(http, state).await.ok(),
        false => None,
    };
    let admitted = state.limits.admit(http, who.as_ref(), &*state.clock);
    admitted.inspect_err(|error| audit::note(http, who.as_ref().map_or("-", Principal::name), error))
}

/// Who a request says that it is from, without proof: the id of a key is no secret, and helps to find its owner.
fn claimed(http: &HttpRequest) -> String {
    let field = http.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let id = field.and_then(|field| keys::id(field.split(' ').next_back()?));
    id.map_or_else(|| "-".to_owned(), |id| format!("unproven key:{id}"))
}
