//! Takes over what may change while the process runs, when a file of its configuration changes.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

use crate::api::remote::Remote;
use crate::api::{Gate, Limits};
use crate::config::{self, Effective, Loaded, Sources, Watch};
use crate::http::Hangups;
use crate::telemetry::log::{self, Audit};
use crate::telemetry::metrics;

use super::tls::Tls;

/// How often the files are looked at.
const PERIOD: Duration = Duration::from_secs(2);

/// What can be changed of a process.
#[derive(Clone)]
pub(super) struct Reloader {
    /// The settings that hold, as they are shown.
    pub(super) shown: Arc<ArcSwap<Vec<Effective>>>,
    /// TLS of the listeners.
    pub(super) tls: Tls,
    /// The way to the store, where it is elsewhere.
    pub(super) remote: Option<Arc<Remote>>,
    /// Who may come in.
    pub(super) gate: Arc<Gate>,
    /// How often.
    pub(super) limits: Arc<Limits>,
}

impl Reloader {
    /// Follows the files, for ever: first those that were read at the start, then those that a change has named. A
    /// hang-up has them read at once, changed or not.
    pub(super) async fn follow(self, sources: Sources, mut watch: Watch, mut hangups: Hangups) {
        loop {
            let told = tokio::select! {
                () = tokio::time::sleep(PERIOD) => false,
                () = hangups.next() => true,
            };
            if told {
                tracing::info!("told to read the configuration again");
            }
            if told || watch.changed() {
                watch = self.reload(&sources).1;
            }
        }
    }

    /// Reads the configuration again. Says whether it was taken, else the settings of before are kept; and what to
    /// watch from now on.
    pub(super) fn reload(&self, sources: &Sources) -> (bool, Watch) {
        let (loaded, watch) = config::load_watched(sources);
        match &loaded {
            Ok(loaded) => {
                self.take_over(loaded);
                metrics::config_reload(true);
            }
            Err(problems) => {
                metrics::config_reload(false);
                note("settings", "-", "refused, the settings before are kept");
                tracing::error!(
                    "a changed configuration was refused, the settings before are kept: {problems}"
                );
            }
        }
        (loaded.is_ok(), watch)
    }

    fn take_over(&self, loaded: &Loaded) {
        let before = self.shown.load();
        let changed = loaded.effective.iter().filter(|setting| {
            let same_key = |other: &&Effective| other.about.key == setting.about.key;
            before.iter().find(same_key).is_none_or(|other| !setting.same(other))
        });
        for setting in changed {
            let key = setting.about.key;
            if setting.about.reloads {
                // Certificates are of many lines, and say little to people.
                let value = setting.text.as_deref().filter(|text| !text.contains('\n'));
                tracing::info!(key, value, "a setting was changed");
                let outcome = match value {
                    Some(path) if setting.in_file => format!("{path} holds something else now"),
                    value => value.unwrap_or("changed").to_owned(),
                };
                note(key, &setting.origin.to_string(), &outcome);
            } else {
                tracing::warn!(key, "a setting was changed that takes effect only after a restart");
            }
        }
        log::set_filter(&loaded.settings.log.filter);
        self.tls.take_over(&loaded.settings);
        self.gate.reload(&loaded.settings.auth);
        self.limits.reload(&loaded.settings.limits);
        if let (Some(remote), Some(tls)) = (&self.remote, &loaded.settings.store.tls)
            && let Err(error) = remote.secure(tls)
        {
            tracing::error!("lines to the store are made with the certificates of before: {error}");
        }
        let taken = before.iter().map(|old| {
            let new = loaded.effective.iter().find(|new| new.about.key == old.about.key && new.about.reloads);
            new.unwrap_or(old).clone()
        });
        self.shown.store(Arc::new(taken.collect()));
    }
}

/// Notes in the audit that the configuration has changed something.
fn note(what: &str, from: &str, outcome: &str) {
    Audit { who: "configuration", from, what, outcome }.log();
}
