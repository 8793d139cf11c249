//! Writes lines in the background: a logger appends to a buffer, a thread writes it out in large pieces.

use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::telemetry::metrics;

/// Bytes that may wait. When they do not go out fast enough, lines are dropped and counted: a slow reader of the
/// log must not stop the service.
const WAITING_BYTES: usize = 2 * 1024 * 1024;

/// How long lines gather before they are written. Each write is a system call, and wakes whoever reads.
const GATHER: Duration = Duration::from_millis(20);

/// Bytes that are written without gathering more: as many as stay in the nearest caches until they are.
const GATHERED_BYTES: usize = 64 * 1024;

#[derive(Default)]
struct Buffer {
    lines: Vec<u8>,
    /// Somebody waits for the buffer to be empty.
    hurry: bool,
    /// The thread is between taking lines and having written them.
    writing: bool,
}

#[derive(Default)]
struct Shared {
    buffer: Mutex<Buffer>,
    /// There are lines, or hurry.
    filled: Condvar,
    /// All lines are out.
    emptied: Condvar,
}

/// The way to the output; clones share it.
#[derive(Clone)]
pub(super) struct Writer(Arc<Shared>);

impl Writer {
    /// Starts the thread that writes.
    pub(super) fn start(output: Box<dyn Write + Send>) -> Writer {
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        let started = std::thread::Builder::new().name("log".into()).spawn(move || of_thread.run(output));
        // Without a thread to spare nothing else will start either; the buffer then just fills.
        drop(started);
        Writer(shared)
    }

    /// Adds a line, which ends in a line feed.
    pub(super) fn line(&self, line: &str) {
        let mut buffer = self.0.lock();
        if buffer.lines.len() + line.len() > WAITING_BYTES {
            drop(buffer);
            metrics::log_line_dropped();
            return;
        }
        let before = buffer.lines.len();
        buffer.lines.extend_from_slice(line.as_bytes());
        let enough = before < GATHERED_BYTES && buffer.lines.len() >= GATHERED_BYTES;
        drop(buffer);
        if before == 0 || enough {
            self.0.filled.notify_one();
        }
    }

    /// Waits until everything is written.
    pub(super) fn flush(&self) {
        let mut buffer = self.0.lock();
        while !buffer.lines.is_empty() || buffer.writing {
            buffer.hurry = true;
            self.0.filled.notify_one();
            buffer = self.0.emptied.wait(buffer).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, mut output: Box<dyn Write + Send>) {
        let mut batch = Vec::new();
        loop {
            self.take(&mut batch);
            // An output that is gone takes the log with it, not the service.
            let written = output.write_all(&batch).and_then(|()| output.flush());
            if written.is_err() {
                metrics::log_line_dropped();
            }
            batch.clear();
            batch.shrink_to(2 * GATHERED_BYTES);
            let mut buffer = self.lock();
            buffer.writing = false;
            if buffer.lines.is_empty() {
                buffer.hurry = false;
                self.emptied.notify_all();
            }
        }
    }

    /// Waits for lines, lets more of them gather, and takes them.
    fn take(&self, batch: &mut Vec<u8>) {
        let mut buffer = self.lock();
        while buffer.lines.is_empty() {
            buffer = self.filled.wait(buffer).unwrap_or_else(PoisonError::into_inner);
        }
        let gathering = self.filled.wait_timeout_while(buffer, GATHER, |buffer| {
            !buffer.hurry && buffer.lines.len() < GATHERED_BYTES
        });
        let (mut buffer, _) = gathering.unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(batch, &mut buffer.lines);
        buffer.writing = true;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    struct Output(mpsc::Sender<Vec<u8>>);

    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.send(bytes.to_vec()).map_err(std::io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_leave_together_and_in_order_and_a_flush_sees_them_out() {
        let (sender, receiver) = mpsc::channel();
        let writer = Writer::start(Box::new(Output(sender)));
        let lines: String = (0..100).map(|n| format!("{n}\n")).collect();
        for line in lines.split_inclusive('\n') {
            writer.line(line);
        }
        writer.flush();
        let written: Vec<Vec<u8>> = receiver.try_iter().collect();
        assert_eq!(written.concat(), lines.as_bytes());
        assert!(written.len() < 100, "{} writes for 100 lines", written.len());
    }
}
