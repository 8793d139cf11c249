//! Servers of our own: a handler that does nothing, a proxy before it that does nothing either, a collector of traces.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use bytes::Bytes;

use crate::load::document;

/// Answers each GET with the same 1 KiB, and throws away what is PUT.
pub fn bare(port: &str) {
    let body = web::Bytes::from(document());
    serve(port, move || {
        let body = body.clone();
        App::new()
            .app_data(web::PayloadConfig::new(1 << 20))
            .route(
                "/{path:.*}",
                web::get().to(move || {
                    let body = body.clone();
                    async move { HttpResponse::Ok().content_type("application/json").body(body) }
                }),
            )
            .route(
                "/{path:.*}",
                web::put().to(|_body: web::Bytes| async { HttpResponse::NoContent().finish() }),
            )
    });
}

/// Passes everything on, as the shortest code with reqwest would.
pub fn proxy(port: &str, upstream: &str) {
    let upstream = upstream.to_string();
    serve(port, move || {
        App::new()
            .app_data(web::PayloadConfig::new(1 << 20))
            .app_data(web::Data::new(
                reqwest::Client::builder().no_proxy().build().expect("a client without TLS"),
            ))
            .app_data(web::Data::new(upstream.clone()))
            .default_service(web::to(pass))
    });
}

async fn pass(
    request: HttpRequest,
    body: Bytes,
    client: web::Data<reqwest::Client>,
    upstream: web::Data<String>,
) -> HttpResponse {
    let url = format!("{}{}", upstream.as_str(), request.uri());
    let sent = match request.method().as_str() {
        "PUT" => client.put(url).body(body).send().await,
        _ => client.get(url).send().await,
    };
    let Ok(answer) = sent else { return HttpResponse::BadGateway().finish() };
    let status = actix_web::http::StatusCode::from_u16(answer.status().as_u16()).unwrap_or_default();
    match answer.bytes().await {
        Ok(body) if status != 204 => HttpResponse::build(status).content_type("application/json").body(body),
        Ok(_) => HttpResponse::build(status).finish(),
        Err(_) => HttpResponse::BadGateway().finish(),
    }
}

/// Takes traces by OTLP over HTTP; a GET is told how many requests brought some.
pub fn collector(port: &str) {
    let taken = Arc::new(AtomicUsize::new(0));
    serve(port, move || {
        let (count, told) = (Arc::clone(&taken), Arc::clone(&taken));
        App::new()
            .app_data(web::PayloadConfig::new(1 << 24))
            .route(
                "/v1/traces",
                web::post().to(move |_spans: web::Bytes| {
                    count.fetch_add(1, Ordering::Relaxed);
                    // An empty message: all were accepted.
                    async { HttpResponse::Ok().content_type("application/x-protobuf").finish() }
                }),
            )
            .route(
                "/",
                web::get().to(move || {
                    let taken = told.load(Ordering::Relaxed);
                    async move { HttpResponse::Ok().body(taken.to_string()) }
                }),
            )
    });
}

/// Serves an application on that port of the loopback, until the process is killed.
pub fn serve<F, T>(port: &str, app: F)
where
    F: Fn() -> App<T> + Send + Clone + 'static,
    T: actix_web::dev::ServiceFactory<
            actix_web::dev::ServiceRequest,
            Config = (),
            Error = actix_web::Error,
            Response = actix_web::dev::ServiceResponse,
            InitError = (),
        > + 'static,
{
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).expect("the port is free");
    actix_web::rt::System::new()
        .block_on(async {
            HttpServer::new(app).tcp_nodelay(true).listen(listener).expect("listens").run().await
        })
        .expect("serves until it is killed");
}
