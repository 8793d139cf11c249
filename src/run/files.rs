//! Divides the files that a process may have open: connections never take those that its database needs.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::{Backend, Settings};
use crate::store::embedded::SHARE_OF_FILES;
use crate::telemetry::metrics::{self, Files};

/// Files that are not for connections on the traffic port: those of journals and compactions, of the admin port, and of connections
/// to others.
const KEPT: u64 = 128;

/// Files that each worker has of its own.
const OF_A_WORKER: u64 = 4;

/// How many connections the traffic port may take: as many as were asked for, if there can be as many files. Raises the soft
/// limit to the hard one before, which nobody has to be asked for.
pub(super) fn room_for(settings: &Settings) -> usize {
    raise();
    let connections = settings.http.connections;
    let Some(Files { open, may_open }) = metrics::files() else { return connections };
    let has_database = settings.role.owns_data() && settings.store.backend == Backend::Embedded;
    let tables = if has_database { may_open / SHARE_OF_FILES as u64 } else { 0 };
    let kept = KEPT + OF_A_WORKER * settings.http.workers as u64 + open + tables;
    usize::try_from(may_open.saturating_sub(kept)).unwrap_or(usize::MAX).clamp(1, connections)
}

/// Tells where there is room for fewer than were asked for.
pub(super) fn warn_of_few(connections: usize, room: usize) {
    if room < connections {
        let few = "this process may open too few files for http.connections, and takes fewer; raise `ulimit -n`, or lower http.connections";
        let may_open = metrics::files().map(|files| files.may_open);
        tracing::warn!(may_open, connections, room, "{few}");
    }
}

fn raise() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    let raised = Rlimit { current: limit.maximum, ..limit };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "cannot raise the number of files that this process may open");
    }
}
