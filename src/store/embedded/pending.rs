//! Answers that wait until what they promise is on the disk.

use tokio::sync::oneshot::Sender;

use crate::domain::{OperationOutcome, Reply, Written};
use crate::store::judge;

/// An answer that goes out when the turn is on the disk.
pub(super) enum Pending {
    Written(Sender<Reply<Written>>, Reply<Written>),
    Outcomes(Sender<Reply<Vec<OperationOutcome>>>, Reply<Vec<OperationOutcome>>),
    Done(Sender<Reply<()>>, Reply<()>),
    Count(Sender<Reply<usize>>, Reply<usize>),
}

impl Pending {
    /// Answers; whoever went away in the meantime is no concern of ours.
    pub(super) fn send(self, synced: bool) {
        fn send<T>(sender: Sender<Reply<T>>, reply: Reply<T>, synced: bool) {
            let reply = if synced { reply } else { Err(judge::outcome_unknown()) };
            drop(sender.send(reply));
        }
        match self {
            Pending::Written(sender, reply) => send(sender, reply, synced),
            Pending::Outcomes(sender, reply) => send(sender, reply, synced),
            Pending::Done(sender, reply) => send(sender, reply, synced),
            Pending::Count(sender, reply) => send(sender, reply, synced),
        }
    }
}
