//! What every handler of the public role shares.

use std::sync::Arc;
use std::time::Duration;

use crate::config::Role;
use crate::domain::{Clock, Store, WriteId};

use super::auth::Gate;
use super::bodies::Bodies;
use super::entropy;
use super::limit::Limits;
use super::signer::Signer;

/// What every handler of the public role shares; a handle that is cheap to clone.
#[derive(Clone)]
pub struct State {
    /// Where items are kept.
    pub store: Arc<dyn Store>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// How long a request waits for its store.
    pub deadline: Duration,
    /// How long the body of a request may take to arrive.
    pub body_timeout: Duration,
    pub(crate) signer: Arc<Signer>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) bodies: Arc<Bodies>,
    /// Only the address protects the port, so web pages from elsewhere are refused.
    pub(crate) unguarded: bool,
}

impl State {
    /// `secret` is the key of the MAC in cursors and write ids: every instance of a service needs the same one,
    /// and another one makes all cursors invalid.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, secret: &[u8]) -> Self {
        State {
            store,
            clock,
            deadline: Duration::from_secs(5),
            body_timeout: Duration::from_secs(30),
            signer: Arc::new(Signer::new(secret)),
            gate: Arc::default(),
            limits: Arc::default(),
            bodies: Arc::new(Bodies::new(Role::Api, u64::MAX)),
            unguarded: false,
        }
    }

    /// Sets how long a request waits for its store, and how long its body may take to arrive.
    #[must_use]
    pub fn with_timeouts(mut self, deadline: Duration, body_timeout: Duration) -> Self {
        self.deadline = deadline;
        self.body_timeout = body_timeout;
        self
    }

    /// Sets how many bytes of large bodies are held at once, in a process of that role; without this, as many as come.
    #[must_use]
    pub fn with_bodies(mut self, role: Role, bytes: u64) -> Self {
        self.bodies = Arc::new(Bodies::new(role, bytes));
        self
    }

    /// Sets who may come in, and how often; without this, everybody may do everything.
    #[must_use]
    pub fn with_gate(mut self, gate: Arc<Gate>, limits: Arc<Limits>) -> Self {
        self.gate = gate;
        self.limits = limits;
        self
    }

    /// Says that nothing but its loopback address protects the port.
    #[must_use]
    pub fn unguarded(mut self, unguarded: bool) -> Self {
        self.unguarded = unguarded;
        self
    }

    /// The name of a write that has no `Idempotency-Key`.
    pub(crate) fn random_write_id(&self) -> WriteId {
        WriteId::from_bits(u64::from_le_bytes(entropy::bytes()))
    }
}
