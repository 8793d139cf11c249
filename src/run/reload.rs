//! Takes over what may change while the process runs, when a file of its configuration changes.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

use crate::api::remote::Remote;
use crate::api::{Gate, Limits};
use crate::config::{self, Again, Effective, Group, Sources, Watch};
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

    /// Reads the configuration again, and takes over what is good of it; a group of settings with a mistake stays as
    /// it was. Says whether all of it was good, and what to watch from now on.
    pub(super) fn reload(&self, sources: &Sources) -> (bool, Watch) {
        let again = config::load_again(sources);
        let good = again.problems.0.is_empty();
        if !good {
            self.complain(&again);
        }
        self.take_over(&again);
        metrics::config_reload(good);
        (good, again.loaded.watch)
    }

    /// Says what is wrong, and what stays as it was for that.
    fn complain(&self, again: &Again) {
        let problems = &again.problems;
        if again.takes_nothing() {
            note("settings", "-", "refused, the settings before are kept");
            tracing::error!("a changed configuration was refused, the settings before are kept: {problems}");
            return;
        }
        let kept = Vec::from_iter(again.not_in_force(&self.shown.load())).join(", ");
        note("settings", "-", &format!("refused in part, these stay as they were: {kept}"));
        tracing::error!(
            kept,
            "a changed configuration was refused in part, these settings stay as they were: {kept}; {problems}"
        );
    }

    fn take_over(&self, again: &Again) {
        let before = self.shown.load();
        let wrong = again.not_in_force(&before);
        for setting in again.changed(&before).filter(|setting| !wrong.contains(setting.about.key)) {
            if again.takes_over(setting.about) {
                tell(setting);
            } else if !again.takes_nothing() {
                let key = setting.about.key;
                tracing::warn!(key, "a setting was changed that takes effect only after a restart");
            }
        }
        let settings = &again.loaded.settings;
        if again.takes(Group::LogFilter) {
            log::set_filter(&settings.log.filter);
        }
        self.tls.take_over(again);
        if again.takes(Group::Keys) {
            self.gate.reload(&settings.auth);
        }
        if again.takes(Group::Limits) {
            self.limits.reload(&settings.limits);
        }
        if again.takes(Group::StoreTls)
            && let (Some(remote), Some(tls)) = (&self.remote, &settings.store.tls)
            && let Err(error) = remote.secure(tls)
        {
            tracing::error!("lines to the store are made with the certificates of before: {error}");
        }
        let taken = before.iter().map(|old| {
            let same_key = |new: &&Effective| new.about.key == old.about.key && again.takes_over(new.about);
            again.loaded.effective.iter().find(same_key).unwrap_or(old).clone()
        });
        self.shown.store(Arc::new(taken.collect()));
    }
}

/// Says that something else holds from now on.
fn tell(setting: &Effective) {
    let key = setting.about.key;
    // Certificates are of many lines, and say little to people.
    let value = setting.text.as_deref().filter(|text| !text.contains('\n'));
    tracing::info!(key, value, "a setting was changed");
    let outcome = match value {
        Some(path) if setting.in_file => format!("{path} holds something else now"),
        value => value.unwrap_or("changed").to_owned(),
    };
    note(key, &setting.origin.to_string(), &outcome);
}

/// Notes in the audit that the configuration has changed something.
fn note(what: &str, from: &str, outcome: &str) {
    Audit { who: "configuration", from, what, outcome }.log();
}
