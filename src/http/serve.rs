//! Binds listeners and serves on them: the only place that makes an HTTP server.
//!
//! Servers are put together from the parts that `HttpServer` is made of, because bare refusals of the HTTP parser can
//! only be completed in the stream below it, see `h1`.

use std::fmt::Debug;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::time::Duration;

use actix_http::body::BoxBody;
use actix_http::{HttpServiceBuilder, Request, Response};
use actix_service::map_config;
use actix_web::dev::{AppConfig, Server, Service, ServiceFactory, ServiceRequest, fn_factory, fn_service};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, web};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpSocket, TcpStream};

use crate::config::Http;
use crate::wire::line;

use super::admin::{self, Admin};
use super::browser::refuse_foreign_pages;
use super::h1::{Guard, H1Stream, Patience};
use super::idle::IdleTimeout;
use super::lifecycle::{Lifecycle, Stage};
use super::observe::Observe;
use super::problem;
use super::tls::{Secure, Secured, secured};

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

/// How long a connection that is being closed may take to notice.
const DISCONNECT: Duration = Duration::from_secs(1);

/// Connections to the admin port that are open at once.
const ASIDE_CONNECTIONS: usize = 256;

/// How long callers may take where no settings say it.
const PATIENCE: Patience = Patience { head: Duration::from_secs(5), rest: Duration::from_secs(30) };

/// Takes an address, with a queue that stands a burst of connections.
///
/// # Errors
/// As the system says, with the address.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let open = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)?.into_std()
    };
    open().map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {address}: {error}")))
}

/// How a traffic port is served.
pub struct Traffic<'a> {
    /// Threads, connections and patience.
    pub http: &'a Http,
    /// How long what is in flight may take at the end, in whole seconds.
    pub drain: Duration,
    /// TLS of the port; none where it speaks plain HTTP.
    pub tls: Option<Secured>,
    /// Whether HTTP/2 without TLS is spoken too (by prior knowledge).
    pub h2c: bool,
    /// Tells when to stop taking connections.
    pub lifecycle: Lifecycle,
    /// The middleware.
    pub observe: Observe,
}

impl Traffic<'_> {
    /// Serves until the lifecycle says to stop and what is in flight has ended. `configure` runs once a worker, on
    /// the worker's thread.
    ///
    /// # Errors
    /// When the listener cannot be used.
    pub fn serve<F>(self, listener: TcpListener, configure: F) -> io::Result<Server>
    where
        F: Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
    {
        let Traffic { http, drain, tls, h2c, lifecycle, observe } = self;
        let server = Server::build()
            .workers(http.workers)
            .max_concurrent_connections((http.connections / http.workers).max(1))
            .shutdown_timeout(drain.as_secs())
            .disable_signals();
        let stopping = lifecycle.reached(Stage::Stopping);
        let guard = Guard { patience: patience(http), refusals: Some(observe.refusals()) };
        // Longer than whatever waits by right: the next request, the next piece of a body, an answer of the store.
        let idle_timeout = http.idle.max(http.body_timeout).max(http.deadline) + http.head_timeout;
        let secure = tls.map(|tls| Secure {
            tls,
            idle_timeout: Some(idle_timeout),
            guard: guard.clone(),
            lifecycle: Some(lifecycle.clone()),
        });
        let tuning = Tuning { idle: http.idle, head_timeout: http.head_timeout, lifecycle };
        let app = move || {
            let fallback = web::to(problem::no_such_path);
            // Routes may bring a default of their own, which then counts.
            let app = App::new().default_service(fallback).configure(&configure).wrap(observe.clone());
            map_config(app, |()| AppConfig::default())
        };
        let server = if let Some(secure) = secure {
            server.listen("traffic", listener, move || {
                secured(tuning.builder().finish(app()), secure.clone())
            })?
        } else if h2c {
            server.listen("traffic", listener, move || tuning.builder().finish(app()).tcp_auto_h2c())?
        } else {
            server.listen("traffic", listener, move || {
                guarded(tuning.builder().h1(app()), Some(idle_timeout), guard.clone())
            })?
        };
        let server = server.run();
        let handle = server.handle();
        // Not its `shutdown_signal`, behind which it stops the whole system: the admin port, too, and what it is doing.
        tokio::spawn(async move {
            stopping.await;
            handle.stop(true).await;
        });
        Ok(server)
    }
}

/// What every connection of a traffic port is told.
#[derive(Clone)]
struct Tuning {
    idle: Duration,
    head_timeout: Duration,
    lifecycle: Lifecycle,
}

impl Tuning {
    fn builder<T, S>(&self) -> HttpServiceBuilder<T, S>
    where
        S: ServiceFactory<Request, Config = ()>,
        S::Error: Into<Response<BoxBody>> + 'static,
        S::InitError: Debug,
        <S::Service as Service<Request>>::Future: 'static,
        T: AsyncRead + AsyncWrite + Unpin + 'static,
    {
        let lifecycle = self.lifecycle.clone();
        HttpServiceBuilder::default()
            .keep_alive(self.idle)
            .client_request_timeout(self.head_timeout)
            .client_disconnect_timeout(DISCONNECT)
            .tcp_nodelay(true)
            .h2_initial_window_size(line::STREAM_WINDOW)
            .h2_initial_connection_window_size(line::CONNECTION_WINDOW)
            // Connections that wait for a request are closed at once when the stopping begins.
            .graceful_shutdown_signal(move || lifecycle.reached(Stage::Stopping))
    }
}

/// How long callers may take.
fn patience(http: &Http) -> Patience {
    Patience { head: http.head_timeout, rest: http.body_timeout }
}

/// The service of HTTP/1 behind a stream that does what the framework does not.
fn guarded<H>(
    h1: H,
    idle_timeout: Option<Duration>,
    guard: Guard,
) -> impl ServiceFactory<TcpStream, Config = (), Response = (), InitError = ()>
where
    H: ServiceFactory<
            (H1Stream<IdleTimeout<TcpStream>>, Option<SocketAddr>),
            Config = (),
            Response = (),
            InitError = (),
        > + 'static,
{
    let h1 = Rc::new(h1);
    fn_factory(move || {
        let (h1, guard) = (Rc::clone(&h1), guard.clone());
        async move {
            let service = Rc::new(h1.new_service(()).await?);
            Ok(fn_service(move |stream: TcpStream| {
                // A socket that refuses this is about to fail anyway.
                let _slower = stream.set_nodelay(true);
                let peer = stream.peer_addr().ok();
                let stream = IdleTimeout::new(stream, idle_timeout);
                service.call((H1Stream::new(stream, Some(guard.clone())), peer))
            }))
        }
    })
}

/// Serves the admin port until it is stopped through its handle. Callers may take as long as on the traffic port.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve_admin(
    listener: TcpListener,
    tls: Option<Secured>,
    http: &Http,
    admin: Admin,
) -> io::Result<Server> {
    let loopback = listener.local_addr()?.ip().is_loopback();
    let configure = move |config: &mut web::ServiceConfig| admin.clone().configure(config);
    serve_aside(listener, tls, patience(http), Some(loopback), configure)
}

/// Serves `/metrics` alone, for a process that is no role, until it is stopped through its handle.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve_metrics(listener: TcpListener) -> io::Result<Server> {
    serve_aside(listener, None, PATIENCE, None, admin::configure_metrics)
}

/// `own_pages` says whether web pages from elsewhere are refused, and then whether the address is a loopback one.
fn serve_aside<F>(
    listener: TcpListener,
    tls: Option<Secured>,
    patience: Patience,
    own_pages: Option<bool>,
    configure: F,
) -> io::Result<Server>
where
    F: Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
{
    let server = Server::build()
        .workers(1)
        .max_concurrent_connections(ASIDE_CONNECTIONS)
        .shutdown_timeout(1)
        .disable_signals();
    let app = move || {
        let pages = from_fn(move |request: ServiceRequest, next: Next<BoxBody>| async move {
            own_pages.map_or(Ok(()), |loopback| refuse_foreign_pages(request.request(), loopback))?;
            next.call(request).await
        });
        map_config(App::new().configure(&configure).wrap(pages), |()| AppConfig::default())
    };
    let guard = Guard { patience, refusals: None };
    let server = if let Some(tls) = tls {
        let secure = Secure { tls, idle_timeout: None, guard, lifecycle: None };
        server.listen("aside", listener, move || secured(aside(patience).finish(app()), secure.clone()))?
    } else {
        server.listen("aside", listener, move || guarded(aside(patience).h1(app()), None, guard.clone()))?
    };
    Ok(server.run())
}

/// What every connection beside the traffic is told.
fn aside<T, S>(patience: Patience) -> HttpServiceBuilder<T, S>
where
    S: ServiceFactory<Request, Config = ()>,
    S::Error: Into<Response<BoxBody>> + 'static,
    S::InitError: Debug,
    <S::Service as Service<Request>>::Future: 'static,
    T: AsyncRead + AsyncWrite + Unpin + 'static,
{
    HttpServiceBuilder::default().client_request_timeout(patience.head).client_disconnect_timeout(DISCONNECT)
}
