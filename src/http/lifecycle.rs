//! The stages of a process's life, from its start to the moment at which it stops taking traffic.

use std::sync::Arc;

use tokio::sync::watch;

/// Where a process stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// It is not ready yet.
    Starting,
    /// It serves.
    Serving,
    /// It was told to stop: it still serves, but its probes fail and each answer closes its connection.
    Lingering,
    /// It takes nothing new and finishes what it has; open lines are ended.
    Stopping,
}

/// The stage, seen by all who have a clone.
#[derive(Clone, Debug)]
pub struct Lifecycle(Arc<watch::Sender<Stage>>);

impl Default for Lifecycle {
    fn default() -> Self {
        Lifecycle(Arc::new(watch::Sender::new(Stage::Starting)))
    }
}

impl Lifecycle {
    /// Goes on to a later stage; to an earlier one it never goes back.
    pub fn enter(&self, stage: Stage) {
        self.0.send_if_modified(|current| {
            let later = stage > *current;
            *current = stage.max(*current);
            later
        });
    }

    /// The stage now.
    pub fn stage(&self) -> Stage {
        *self.0.borrow()
    }

    /// Whether the process was told to stop.
    pub fn draining(&self) -> bool {
        self.stage() >= Stage::Lingering
    }

    /// Waits for a stage, or a later one.
    pub fn reached(&self, stage: Stage) -> impl Future<Output = ()> + Send + use<> {
        let mut stages = self.0.subscribe();
        // The sender lives as long as this future: it is held here too.
        let sender = Arc::clone(&self.0);
        async move {
            let _ended = stages.wait_for(|current| *current >= stage).await;
            drop(sender);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn stages_only_go_forward_and_wake_who_waits_for_them() {
        let life = Lifecycle::default();
        let waiting = tokio::spawn(life.reached(Stage::Lingering));
        life.enter(Stage::Stopping);
        life.enter(Stage::Serving);
        assert_eq!(life.stage(), Stage::Stopping);
        waiting.await.unwrap();
    }
}
