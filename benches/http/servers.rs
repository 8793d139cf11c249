//! The yardsticks: a handler that does nothing, and a proxy before it that does nothing either.

use std::net::TcpListener;

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

fn serve<F, T>(port: &str, app: F)
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
