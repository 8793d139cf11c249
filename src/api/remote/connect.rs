//! Opens lines: the HTTP client, the request, and the task that reads the response.

use std::error::Error as StdError;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Body, Client, Response};

use crate::config::ClientTls;
use crate::domain::{Error, Result};
use crate::telemetry::log::chain;
use crate::wire::Reader;
use crate::wire::line::{CONNECTION_WINDOW, KEEP_ALIVE, MEDIA_TYPE, PATH, STREAM_WINDOW};

use super::body::LineBody;
use super::line::Line;
use super::tls;

/// How long it may take to reach a store, and again how long it may take to say who it is.
const PATIENCE: Duration = Duration::from_secs(1);

/// The client of all lines of a thread. Without a pool each line has a connection of its own, and so a thread of the
/// store; and that connection ends with the line, which a stopping store waits for.
///
/// # Errors
/// When the cryptography can't use what TLS is to be made with.
pub(super) fn client(tls: Option<&ClientTls>) -> Result<Client> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        Error::internal("the HTTP client for the store can't be made").with_source(error)
    };
    let builder = match tls {
        Some(tls) => {
            let config = tls::client_config(tls).map_err(|error| failed(error.into()))?;
            Client::builder().tls_backend_preconfigured(config)
        }
        // Nothing is trusted where nothing has to be, so that the authorities of the system are not read.
        None => Client::builder().tls_certs_only([]),
    };
    builder
        .http2_prior_knowledge()
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(CONNECTION_WINDOW)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .http2_keep_alive_timeout(KEEP_ALIVE)
        .http2_keep_alive_while_idle(true)
        .pool_max_idle_per_host(0)
        .tcp_nodelay(true)
        .connect_timeout(PATIENCE)
        .no_proxy()
        .build()
        .map_err(|error| failed(error.into()))
}

/// Why there is no line.
#[derive(Clone, Debug)]
pub(super) struct NoLine {
    /// A sentence about what is wrong.
    pub(super) reason: String,
    /// Whether somebody is there, who is no store or takes us for no api.
    pub(super) refused: bool,
}

impl NoLine {
    pub(super) fn away(reason: impl Into<String>) -> NoLine {
        NoLine { reason: reason.into(), refused: false }
    }

    fn refused(reason: impl Into<String>) -> NoLine {
        NoLine { reason: reason.into(), refused: true }
    }

    /// What a failure on the way to the greeting means.
    fn failed(error: &reqwest::Error, secure: bool) -> NoLine {
        let said = innermost(error);
        let by_tls = chain(error).any(by_tls);
        // With TLS 1.3 a client is done before its certificate is judged; what it then hears is an alert, or nothing.
        match (secure, by_tls, error.is_connect()) {
            (_, true, _) => NoLine::refused(format!(
                "{said}; one side does not take the other's certificate, see both logs"
            )),
            (true, _, false) => NoLine::refused(format!(
                "{said} behind the handshake; it may not take our certificate, see its log"
            )),
            (false, _, false) if !lost(error) => {
                NoLine::refused(format!("{said}; it may speak TLS, or be no store"))
            }
            // A port that speaks TLS hangs up on us; what it says before that gets lost at times.
            (false, _, false) => {
                NoLine::away(format!("{said} before it said who it is; it may be ending, or speak TLS"))
            }
            _ => NoLine::away(said),
        }
    }
}

/// Opens a line: when this returns, the store has said who it is.
///
/// # Errors
/// Why there is none.
pub(super) async fn open(client: &Client, scheme: &str, address: SocketAddr) -> Result<Arc<Line>, NoLine> {
    let secure = scheme == "https";
    let line = Line::new();
    let url = format!("{scheme}://{address}{PATH}");
    let request =
        client.post(url).header(CONTENT_TYPE, MEDIA_TYPE).body(Body::wrap(LineBody(Arc::clone(&line))));
    let response = match tokio::time::timeout(PATIENCE * 2, request.send()).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return Err(NoLine::failed(&error, secure)),
        Err(_) => return Err(NoLine::away("it did not answer in time")),
    };
    let status = response.status().as_u16();
    if status != 200 {
        return Err(NoLine::away(format!("it answered {status}, as a store that serves would not")));
    }
    let mut reading = Reading { line, response, reader: Reader::default() };
    match tokio::time::timeout(PATIENCE, reading.greet()).await {
        Ok(Ok(())) => {}
        Ok(Err(reason)) => return Err(NoLine::away(reason)),
        Err(_) => return Err(NoLine::away("it did not say who it is in time")),
    }
    let line = Arc::clone(&reading.line);
    tokio::spawn(reading.run());
    Ok(line)
}

/// The reading side of a line. The line closes with it.
struct Reading {
    line: Arc<Line>,
    response: Response,
    reader: Reader,
}

impl Reading {
    /// Reads until the store has said who it is.
    async fn greet(&mut self) -> Result<(), String> {
        while !self.line.is_up() {
            self.step().await?;
        }
        Ok(())
    }

    async fn run(mut self) {
        let line = Arc::clone(&self.line);
        let reason = tokio::select! {
            reason = self.read() => reason,
            () = line.is_cut() => return,
        };
        line.close(&reason);
    }

    /// Reads to the end, and says what it was.
    async fn read(&mut self) -> String {
        loop {
            if let Err(reason) = self.step().await {
                return reason;
            }
        }
    }

    async fn step(&mut self) -> Result<(), String> {
        match self.response.chunk().await {
            Ok(Some(chunk)) => self.line.receive(&mut self.reader, chunk).map_err(|error| {
                tracing::error!("a line is closed, because its store sent what is no frame: {error}");
                format!("it sent what is no frame: {error}")
            }),
            Ok(None) => Err("it ended the line".into()),
            Err(error) => Err(innermost(&error)),
        }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.line.close("its reader ended");
    }
}

/// The cause of an error that says the most.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}

/// Whether a connection ended, and nothing wrong came before.
fn lost(error: &(dyn StdError + 'static)) -> bool {
    chain(error).any(<dyn StdError>::is::<io::Error>) || innermost(error) == "connection closed"
}

/// Whether a cause is TLS, alone or as the system's error that it comes in, once or several times.
fn by_tls(cause: &(dyn StdError + 'static)) -> bool {
    let within = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    cause.is::<rustls::Error>() || within.is_some_and(|inner| by_tls(inner))
}
