//! Shakes hands with those who connect, and hands their streams to HTTP.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_http::Protocol;
use actix_service::{Service as _, ServiceFactory, fn_factory, fn_service};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::http::h1::{Guard, H1Stream};
use crate::http::h2::{ConstrainedStream, GoawayStream};
use crate::http::idle::IdleTimeout;
use crate::http::lifecycle::Lifecycle;
use crate::telemetry::log::without_numbers;

use super::{Purpose, Secured};

/// A stream of HTTP inside TLS.
pub(in crate::http) type Stream =
    H1Stream<GoawayStream<ConstrainedStream<TlsStream<IdleTimeout<TcpStream>>>>>;

/// What is done to each connection. A handshake may take as long as a head.
#[derive(Clone)]
pub(in crate::http) struct Secure {
    /// TLS of the listener.
    pub(in crate::http) tls: Secured,
    /// How long nothing may move; none where that may take any time.
    pub(in crate::http) idle_timeout: Option<Duration>,
    /// What is done to connections of HTTP/1.
    pub(in crate::http) guard: Guard,
    /// Tells when connections of HTTP/2 are to take no more requests; none where they are just closed.
    pub(in crate::http) lifecycle: Option<Lifecycle>,
}

/// The service of HTTP behind TLS.
pub(in crate::http) fn secured<H>(
    http: H,
    secure: Secure,
) -> impl ServiceFactory<TcpStream, Config = (), Response = (), InitError = ()>
where
    H: ServiceFactory<(Stream, Protocol, Option<SocketAddr>), Config = (), Response = (), InitError = ()>
        + 'static,
{
    let http = Rc::new(http);
    fn_factory(move || {
        let (http, secure) = (Rc::clone(&http), secure.clone());
        async move {
            let service = Rc::new(http.new_service(()).await?);
            Ok(fn_service(move |stream: TcpStream| {
                let (service, secure) = (Rc::clone(&service), secure.clone());
                async move {
                    // A socket that refuses this is about to fail anyway.
                    let _slower = stream.set_nodelay(true);
                    let peer = stream.peer_addr().ok();
                    match secure.accept(stream, peer).await {
                        Some((stream, protocol)) => service.call((stream, protocol, peer)).await,
                        None => Ok(()),
                    }
                }
            }))
        }
    })
}

impl Secure {
    async fn accept(&self, stream: TcpStream, peer: Option<SocketAddr>) -> Option<(Stream, Protocol)> {
        let stream = IdleTimeout::new(stream, self.idle_timeout);
        let handshake = TlsAcceptor::from(self.tls.config.load_full()).accept(stream);
        let stream = match tokio::time::timeout(self.guard.patience.head, handshake).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                self.refused(peer, &error);
                return None;
            }
            Err(_) => {
                self.refused(peer, &io::Error::other("the handshake took too long"));
                return None;
            }
        };
        let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        let lifecycle = self.lifecycle.as_ref().filter(|_| http2);
        let guard = (!http2).then(|| self.guard.clone());
        let protocol = if http2 { Protocol::Http2 } else { Protocol::Http1 };
        // A line is one long request of a role that showed its certificate.
        let stream = match self.tls.purpose {
            Purpose::Callers if http2 => ConstrainedStream::new(stream, self.idle_timeout),
            _ => ConstrainedStream::none(stream),
        };
        Some((H1Stream::new(GoawayStream::new(stream, lifecycle), guard), protocol))
    }

    /// Between the roles a refusal is news; of callers all kinds come, and some only look whether the port is open.
    fn refused(&self, peer: Option<SocketAddr>, error: &io::Error) {
        let text = peer.map(|peer| peer.to_string()).unwrap_or_default();
        if self.tls.purpose != Purpose::Lines || error.kind() == io::ErrorKind::UnexpectedEof {
            tracing::debug!(peer = text, "a handshake failed: {error}");
            return;
        }
        // Who is refused tries again and again.
        let what = (peer.map(|peer| peer.ip()), without_numbers(&error.to_string()));
        if let Some(before) = self.tls.refused.news(what, Instant::now()) {
            tracing::warn!(peer = text, before, "a connection was refused: {error}");
        }
    }
}
