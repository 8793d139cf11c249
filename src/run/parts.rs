//! The parts of a process that depend on its role: the store, and the routes of the traffic port.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use actix_web::web::ServiceConfig;

use crate::config::{Role, Settings};
use crate::domain::{Clock, Context, Error, Kind, Store};
use crate::http::{Admission, Health, Lifecycle, Probe, configure_traffic, new_request_id};

use super::Failure;

/// How long a probe waits for the store.
const PROBE: Duration = Duration::from_millis(900);

/// What a role is made of.
pub(super) struct Parts {
    settings: Settings,
    clock: Arc<dyn Clock>,
    lifecycle: Lifecycle,
    store: Arc<OnceLock<Arc<dyn Store>>>,
}

impl Parts {
    pub(super) fn new(settings: &Settings, clock: Arc<dyn Clock>, lifecycle: Lifecycle) -> Parts {
        Parts { settings: settings.clone(), clock, lifecycle, store: Arc::default() }
    }

    /// Asks the store whether it can serve.
    pub(super) fn probe(&self) -> Probe {
        let slot = Arc::clone(&self.store);
        Box::new(move || {
            let store = slot.get().cloned();
            Box::pin(async move {
                let Some(store) = store else {
                    return Err(Error::new(Kind::StoreUnavailable, "the data is being opened"));
                };
                store.ready(&Context { request_id: new_request_id(), deadline: Instant::now() + PROBE }).await
            })
        })
    }

    /// Opens the data, or the way to it.
    pub(super) async fn open(&self) -> Result<(), Failure> {
        Ok(())
    }

    /// The routes of the traffic port.
    pub(super) fn routes(
        &self,
        health: Arc<Health>,
        _admission: &Arc<Admission>,
    ) -> Result<impl Fn(&mut ServiceConfig) + Clone + Send + 'static, Failure> {
        Ok(move |config: &mut ServiceConfig| {
            config.configure(configure_traffic(Arc::clone(&health)));
        })
    }

    /// Closes the data.
    pub(super) async fn close(self) -> Result<(), Failure> {
        let _ = (self.clock, self.lifecycle, self.settings.role == Role::All);
        Ok(())
    }
}
