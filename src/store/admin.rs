//! Backup and restore of the embedded database, on the admin port of the process that owns it.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{Data, Payload, Query, ServiceConfig};
use actix_web::{HttpResponse, web};
use bytes::{Buf, Bytes};
use futures_util::stream::poll_fn;
use futures_util::{Stream, StreamExt};
use serde::Deserialize;
use serde_json::json;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::domain::{Error, Kind, Result};
use crate::http::only_methods;
use crate::telemetry::metrics;

use super::embedded::{Backup, Embedded};

/// The media type of a backup.
const MEDIA_TYPE: &str = "application/vnd.larder.backup";
/// Chunks on their way between the network and the disk.
const CHUNKS: usize = 4;
/// Each holds a state of the database, and so the space that it takes; of what is written meanwhile the memory, too.
const BACKUPS_AT_ONCE: usize = 2;
/// Who takes or brings nothing for so long is given up.
const STALL: Duration = Duration::from_secs(60);

/// The database, once it is open.
type Source = Arc<dyn Fn() -> Option<Arc<Embedded>> + Send + Sync>;

struct Admin {
    database: Source,
    backups: Arc<Semaphore>,
}

/// Mounts `GET /backup` and `POST /restore` over a database that may not be open yet.
pub fn configure(database: Source) -> impl Fn(&mut ServiceConfig) + Clone + Send + Sync {
    let admin = Data::new(Admin { database, backups: Arc::new(Semaphore::new(BACKUPS_AT_ONCE)) });
    move |config| {
        config.app_data(admin.clone());
        let (backups, restores) = (web::resource("/backup"), web::resource("/restore"));
        config.service(backups.route(web::get().to(backup)).default_service(only_methods("GET")));
        config.service(restores.route(web::post().to(restore)).default_service(only_methods("POST")));
    }
}

impl Admin {
    fn open(&self) -> Result<Arc<Embedded>> {
        (self.database)().ok_or_else(|| Error::new(Kind::StoreUnavailable, "the data is being opened"))
    }
}

/// Streams the database as it is at this moment. A failure on the way cuts the body short.
async fn backup(admin: Data<Admin>) -> Result<HttpResponse> {
    let permit = Arc::clone(&admin.backups).try_acquire_owned().map_err(|_| {
        Error::new(Kind::Conflict, "other backups are running; wait for one to end").with_retry_after(10)
    })?;
    let database = admin.open()?;
    let backup = database.backup();
    let (sender, mut chunks) = mpsc::channel(CHUNKS);
    tracing::info!("a backup begins");
    let runtime = Handle::current();
    drop(spawn_blocking(move || copy(backup, &sender, &runtime, permit)));
    Ok(HttpResponse::Ok().content_type(MEDIA_TYPE).streaming(poll_fn(move |context| {
        // Who closes the data waits until this is taken or let go.
        let _held = &database;
        chunks.poll_recv(context)
    })))
}

/// Reads a backup and passes it on, until the end, a failure, or a reader who is gone.
fn copy(backup: Backup, to: &Sender<Result<Bytes>>, runtime: &Handle, permit: OwnedSemaphorePermit) {
    let mut bytes = 0;
    for chunk in backup {
        bytes += chunk.as_ref().map_or(0, Bytes::len);
        let failed = chunk.as_ref().err().map(ToString::to_string);
        let taken = runtime.block_on(timeout(STALL, to.send(chunk)));
        if let Some(fault) = failed {
            tracing::error!(bytes, "a backup failed: {fault}");
            return;
        }
        if !matches!(taken, Ok(Ok(()))) {
            tracing::warn!(bytes, "a backup was given up by its reader");
            return;
        }
    }
    metrics::embedded_backup();
    tracing::info!(bytes, "a backup has ended");
    drop(permit);
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct How {
    /// Whether data that is there may go.
    #[serde(default)]
    replace: bool,
}

/// Puts the backup in the body in the place of what is there.
async fn restore(admin: Data<Admin>, how: Query<How>, body: Payload) -> Result<HttpResponse> {
    let database = admin.open()?;
    let replace = how.replace;
    tracing::warn!(replace, "a restore begins");
    let (sender, chunks) = mpsc::channel(CHUNKS);
    let reader = Chunks { chunks, rest: Bytes::new() };
    let restoring = spawn_blocking(move || database.restore(reader, replace));
    pass_on(body, sender, STALL).await;
    let ended =
        restoring.await.map_err(|error| Error::internal("a restore ended early").with_source(error))?;
    match &ended {
        Ok(restored) => tracing::warn!(restored.collections, restored.items, "a restore has ended"),
        Err(error) if error.kind() == Kind::OutcomeUnknown => {
            tracing::error!("a restore may have replaced everything: {error}");
        }
        Err(error) => tracing::error!("a restore changed nothing: {error}"),
    }
    let restored = ended?;
    Ok(HttpResponse::Ok().json(json!({"collections": restored.collections, "items": restored.items})))
}

/// Hands a body on until its end, or until it breaks off or stops for longer than `stall`: no writes are taken meanwhile,
/// so nobody may keep that up by doing nothing.
async fn pass_on<E>(
    mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    sender: Sender<io::Result<Bytes>>,
    stall: Duration,
) where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    loop {
        let chunk = match timeout(stall, body.next()).await {
            Ok(Some(chunk)) => chunk.map_err(io::Error::other),
            Ok(None) => return,
            Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "the backup stopped arriving")),
        };
        let broken = chunk.is_err();
        // After a refusal the rest is read nevertheless, so that the one who sends hears of it.
        drop(sender.send(chunk).await);
        if broken {
            return;
        }
    }
}

/// Chunks of a body, to be read on a thread that may block.
struct Chunks {
    chunks: Receiver<io::Result<Bytes>>,
    rest: Bytes,
}

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() {
            match self.chunks.blocking_recv() {
                Some(chunk) => self.rest = chunk?,
                None => return Ok(0),
            }
        }
        let length = buffer.len().min(self.rest.len());
        self.rest.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    #[tokio::test]
    async fn a_body_that_stops_arriving_is_an_error_for_whoever_reads_it() {
        let (sender, mut chunks) = mpsc::channel(4);
        let begun = stream::iter([Ok::<_, io::Error>(Bytes::from_static(b"begun"))]);
        pass_on(begun.chain(stream::pending()), sender, Duration::from_millis(10)).await;
        assert_eq!(chunks.recv().await.unwrap().unwrap(), "begun");
        assert_eq!(chunks.recv().await.unwrap().unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!(chunks.recv().await.is_none());
    }
}
