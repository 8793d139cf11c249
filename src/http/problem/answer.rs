//! The answer that carries a problem: status, header fields, and the body once the request is known.

use actix_web::body::BoxBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, TryIntoHeaderValue,
};
use actix_web::{HttpResponse, ResponseError};

use crate::domain::{Error, Kind, RequestId};
use crate::http::names::{PREFERENCE_APPLIED, PROBLEM, REQUEST_CHARGE};

use super::body::Problem;
use super::{foreign, table};

/// Keeps answers out of shared caches, and makes private ones ask each time: what `Cache-Control` says under `/v1`.
pub const PRIVATE: &str = "private, no-cache";

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(table::status(self)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.status_code());
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
        for (name, value) in self.headers() {
            if let Ok(name) = HeaderName::try_from(*name) {
                insert(headers, name, value.as_str());
            }
        }
        if let Some(seconds) = retry_after(self) {
            insert(headers, RETRY_AFTER, seconds.to_string());
        }
        if let Some(current) = self.current() {
            insert(headers, ETAG, current.version.etag());
            if current.document.is_some() {
                // It is only there where it was preferred (RFC 7240 §3).
                insert(headers, PREFERENCE_APPLIED, "return=representation");
            }
        }
        response.set_body(BoxBody::new(Problem::of(self).to_json()))
    }
}

/// The failure that an answer carries, for those who log and count it.
pub fn error_of<B>(response: &HttpResponse<B>) -> Option<&Error> {
    response.error()?.as_error()
}

/// Completes an answer that carries a failure with what its request knows.
///
/// That is `instance`, `request_id`, and under `/v1` what the attempt cost, and that nobody keeps the answer. Failures of the framework become
/// ours on the way, so that afterwards [`error_of`] has every one of them. Other answers pass untouched.
pub fn complete(answer: ServiceResponse, request_id: &RequestId) -> ServiceResponse {
    let Some(failure) = answer.response().error() else { return answer };
    let (request, response) = match failure.as_error::<Error>() {
        Some(_) => answer.into_parts(),
        None => {
            let error = foreign::translate(failure, answer.status());
            (answer.into_parts().0, HttpResponse::from_error(error))
        }
    };
    let Some(error) = error_of(&response) else { return ServiceResponse::new(request, response) };
    let path = request.uri().path();
    let body = Problem::of(error).in_request(path, request_id.as_str()).to_json();
    let charge = under_v1(path).then(|| error.charge().to_string());
    let mut response = response.set_body(BoxBody::new(body));
    if let Some(charge) = charge {
        insert(response.headers_mut(), REQUEST_CHARGE, charge);
        insert(response.headers_mut(), CACHE_CONTROL, PRIVATE);
    }
    ServiceResponse::new(request, response)
}

/// Whether a path lies in the part of the API that costs capacity units.
pub(in crate::http) fn under_v1(path: &str) -> bool {
    path == "/v1" || path.starts_with("/v1/")
}

/// Seconds after which it is worth to try again: on every 503, and where the error says so.
fn retry_after(error: &Error) -> Option<u32> {
    let at_least_one = match error.kind() {
        Kind::RequestInProgress | Kind::RateLimited => true,
        _ => table::status(error) == 503,
    };
    error.retry_after().or(at_least_one.then_some(1))
}

/// Sets a field; a value that no header field can carry is left out, since the body says the same.
fn insert(headers: &mut HeaderMap, name: HeaderName, value: impl TryIntoHeaderValue) {
    if let Ok(value) = value.try_into_value() {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use actix_web::error::ErrorPayloadTooLarge;
    use actix_web::test::TestRequest;
    use serde_json::Value;

    use super::*;
    use crate::domain::Charge;

    async fn completed(path: &str, response: HttpResponse) -> (HttpResponse<()>, Value) {
        let request = TestRequest::with_uri(path).to_http_request();
        let id = RequestId::parse("r-1").unwrap();
        let (_, response) = complete(ServiceResponse::new(request, response), &id).into_parts();
        let (head, body) = response.into_parts();
        (head, serde_json::from_slice(&to_bytes(body).await.unwrap()).unwrap())
    }

    #[actix_web::test]
    async fn a_problem_names_its_request_but_not_the_query() {
        let error = Error::new(Kind::NoSuchItem, "x").with_charge(Charge { read_halves: 1, writes: 0 });
        let (head, body) =
            completed("/v1/collections/a/items/b%2Fc?x=y", HttpResponse::from_error(error)).await;
        assert_eq!(body["instance"], "/v1/collections/a/items/b%2Fc");
        assert_eq!(body["request_id"], "r-1");
        assert_eq!(head.headers().get("request-charge").unwrap(), "rcu=0.5, wcu=0");
        assert_eq!(head.headers().get("content-type").unwrap(), PROBLEM);
    }

    #[actix_web::test]
    async fn outside_v1_nothing_is_charged() {
        let (head, _) = completed("/x", HttpResponse::from_error(Error::new(Kind::NoSuchPath, "x"))).await;
        assert!(!head.headers().contains_key("request-charge"));
    }

    #[actix_web::test]
    async fn failures_of_the_framework_become_problems_of_ours() {
        let response = HttpResponse::from_error(ErrorPayloadTooLarge("its own words"));
        let (head, body) = completed("/v1/x", response).await;
        assert_eq!(body["type"], "/problems/too-large");
        assert_eq!(error_of(&head).unwrap().kind(), Kind::TooLarge);
    }

    #[actix_web::test]
    async fn a_503_always_says_when_to_come_back() {
        let seconds = |error: Error| {
            let response = error.error_response();
            response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(seconds(Error::new(Kind::Overloaded, "x")).as_deref(), Some("1"));
        assert_eq!(seconds(Error::new(Kind::Throttled, "x").with_retry_after(7)).as_deref(), Some("7"));
        assert_eq!(seconds(Error::new(Kind::Conflict, "x").with_retry_after(2)).as_deref(), Some("2"));
        assert_eq!(seconds(Error::new(Kind::Conflict, "x")), None);
    }
}
