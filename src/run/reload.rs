//! Takes over what may change while the process runs, when a configuration file changes.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

use crate::config::{self, Effective, Loaded, Sources, Watch};
use crate::telemetry::{log, metrics};

/// How often the files are looked at.
const PERIOD: Duration = Duration::from_secs(2);

/// Follows the configuration files, for ever.
pub(super) async fn follow(
    sources: Sources,
    files: Vec<std::path::PathBuf>,
    shown: Arc<ArcSwap<Vec<Effective>>>,
) {
    let mut watch = Watch::new(files);
    while !watch.is_empty() {
        tokio::time::sleep(PERIOD).await;
        if watch.changed() {
            reload(&sources, &shown);
        }
    }
}

fn reload(sources: &Sources, shown: &ArcSwap<Vec<Effective>>) {
    match config::load(sources) {
        Ok(loaded) => {
            take_over(&loaded, shown);
            metrics::config_reload(true);
        }
        Err(problems) => {
            metrics::config_reload(false);
            tracing::error!("a changed configuration was refused, the settings before are kept: {problems}");
        }
    }
}

fn take_over(loaded: &Loaded, shown: &ArcSwap<Vec<Effective>>) {
    let before = shown.load();
    let changed = loaded.effective.iter().filter(|setting| {
        let same = |other: &&Effective| other.about.key == setting.about.key;
        before.iter().find(same).is_none_or(|other| other.text != setting.text)
    });
    for setting in changed {
        let key = setting.about.key;
        if setting.about.reloads {
            tracing::info!(key, value = setting.text.as_deref(), "a setting was changed");
        } else {
            tracing::warn!(key, "a setting was changed that takes effect only after a restart");
        }
    }
    log::set_filter(&loaded.settings.log.filter);
    let taken = before.iter().map(|old| {
        let new = loaded.effective.iter().find(|new| new.about.key == old.about.key && new.about.reloads);
        new.unwrap_or(old).clone()
    });
    shown.store(Arc::new(taken.collect()));
}
