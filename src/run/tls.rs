//! TLS of the two listeners, and the times at which certificates end.

use crate::config::{Again, Chain, Group, Identity, Role, Settings};
use crate::http::tls::{Purpose, Secured};
use crate::telemetry::metrics;

use super::Failure;

/// TLS of a process, as far as it has any.
#[derive(Clone)]
pub(super) struct Tls {
    pub(super) traffic: Option<Secured>,
    pub(super) admin: Option<Secured>,
}

impl Tls {
    pub(super) fn new(settings: &Settings) -> Result<Tls, Failure> {
        let purpose = if settings.role == Role::Store { Purpose::Lines } else { Purpose::Callers };
        let failed = |error: rustls::Error| Failure::new("prepare TLS", &error);
        let secured =
            |purpose, tls: &Option<_>| tls.as_ref().map(|tls| Secured::new(purpose, tls)).transpose();
        let traffic = secured(purpose, &settings.http.tls).map_err(failed)?;
        let admin = secured(Purpose::Callers, &settings.admin_tls).map_err(failed)?;
        note_ends(settings, |_| true);
        Ok(Tls { traffic, admin })
    }

    /// Takes over other certificates, keys and authorities, where they are good. To begin or to end with TLS needs a
    /// restart.
    pub(super) fn take_over(&self, again: &Again) {
        let settings = &again.loaded.settings;
        let listeners = [
            (Group::TrafficTls, "traffic", &self.traffic, &settings.http.tls),
            (Group::AdminTls, "admin", &self.admin, &settings.admin_tls),
        ];
        for (_, listener, now, then) in listeners.into_iter().filter(|(group, ..)| again.takes(*group)) {
            match (now, then) {
                (Some(now), Some(then)) => {
                    if let Err(error) = now.replace(then) {
                        tracing::error!(listener, "the certificates of before are kept: {error}");
                    }
                }
                (None, None) => {}
                _ => tracing::warn!(listener, "TLS begins or ends only with a restart"),
            }
        }
        note_ends(settings, |group| again.takes(group));
    }
}

/// Notes in the metrics when the certificates of these groups end: of a chain its leaf, of several authorities the last.
fn note_ends(settings: &Settings, of: impl Fn(Group) -> bool) {
    let leaf = |identity: &Identity| identity.chain().leaf_ends();
    let (http, store) = (&settings.http.tls, &settings.store.tls);
    let clients = http.as_ref().and_then(|tls| tls.clients.as_ref());
    let ends = [
        ("http.tls.certificate", http.as_ref().map(|tls| leaf(&tls.identity))),
        ("http.tls.client_ca", clients.map(|clients| Chain::last_ends(&clients.authorities))),
        ("admin.tls.certificate", settings.admin_tls.as_ref().map(|tls| leaf(&tls.identity))),
        ("store.tls.certificate", store.as_ref().and_then(|tls| tls.identity.as_ref()).map(leaf)),
        ("store.tls.ca", store.as_ref().map(|tls| tls.authorities.last_ends())),
    ];
    for (name, at) in ends {
        if let Some(at) = at.filter(|_| Group::of(name).is_some_and(&of)) {
            metrics::certificate_ends(name, at);
        }
    }
}
