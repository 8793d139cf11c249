//! The HTTP client of the subcommands: where the system is, who asks, and what a refusal means.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{AUTHORIZATION, HeaderValue, RETRY_AFTER};
use reqwest::{Certificate, Method, RequestBuilder, Response, StatusCode, redirect};

use crate::telemetry::log::with_causes;

use super::failure::Failure;
use super::patience::Trouble;

/// Everything but what a path or a query value may hold as it is.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// After this long without a byte the other end is asked whether it is still there.
const KEEPALIVE: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The most of a refusal's body that is read to tell what it says.
const REFUSAL_BYTES: usize = 64 * 1024;
const LONGEST_PAUSE: u64 = 60;

/// Where the public API is, and with which token to speak to it.
#[derive(Clone, Debug, Args)]
pub(super) struct Connection {
    /// Where the API is.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080", value_parser = base)]
    pub url: String,
    /// The bearer token to send; the environment and `--token-file` keep it out of the list of processes.
    #[arg(long, value_name = "TOKEN", env = "LARDER_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// The file that holds the bearer token; it comes before the other ways to say one.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// The authorities that may vouch for the API, in PEM; without it those of the system.
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

impl Connection {
    fn authorities(&self) -> Result<Option<Vec<Certificate>>, Failure> {
        let Some(path) = &self.ca_file else { return Ok(None) };
        let unread = |error: &dyn std::error::Error| {
            Failure::because(format!("cannot read {}", path.display()), error)
        };
        let pem = std::fs::read(path).map_err(|error| unread(&error))?;
        let authorities = Certificate::from_pem_bundle(&pem).map_err(|error| unread(&error))?;
        if authorities.is_empty() {
            return Err(Failure::new(format!("{} holds no certificate in PEM", path.display())));
        }
        Ok(Some(authorities))
    }

    fn authorization(&self) -> Result<Option<HeaderValue>, Failure> {
        let token = match (&self.token_file, &self.token) {
            (Some(path), _) => std::fs::read_to_string(path)
                .map_err(|error| Failure::because(format!("cannot read {}", path.display()), &error))?,
            (None, Some(token)) => token.clone(),
            (None, None) => return Ok(None),
        };
        let mut value = HeaderValue::from_str(&format!("Bearer {}", token.trim()))
            .map_err(|_| Failure::usage("the token is not one line of visible characters"))?;
        value.set_sensitive(true);
        Ok(Some(value))
    }
}

/// Speaks to one system.
#[derive(Clone, Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    base: String,
    authorization: Option<HeaderValue>,
}

impl Client {
    /// A client that gives up a request when nothing came for `silence`.
    pub(super) fn new(connection: &Connection, silence: Duration) -> Result<Self, Failure> {
        let mut client = Client::build(&connection.url, Some(silence), connection.authorities()?)?;
        client.authorization = connection.authorization()?;
        Ok(client)
    }

    /// A client without a token; without `silence` it waits for as long as the connection lives.
    pub(super) fn at(base: &str, silence: Option<Duration>) -> Result<Self, Failure> {
        Client::build(base, silence, None)
    }

    fn build(
        base: &str,
        silence: Option<Duration>,
        authorities: Option<Vec<Certificate>>,
    ) -> Result<Self, Failure> {
        let builder = match authorities {
            Some(authorities) => reqwest::Client::builder().tls_certs_only(authorities),
            None if base.starts_with("https:") => reqwest::Client::builder(),
            // A machine without any authorities can speak plain HTTP.
            None => reqwest::Client::builder().tls_certs_only([]),
        };
        let builder = match silence {
            Some(silence) => builder.read_timeout(silence),
            None => builder,
        };
        let http = builder
            // It speaks to the address that was typed, and to no other.
            .no_proxy()
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_keepalive(KEEPALIVE)
            .user_agent(concat!("larder/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Failure::because("cannot make an HTTP client", &error))?;
        Ok(Client { http, base: base.to_owned(), authorization: None })
    }

    /// Where the system is, without a slash at the end.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// Begins a request; `target` is an encoded path, maybe with a query.
    pub(super) fn request(&self, method: Method, target: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{target}", self.base));
        match &self.authorization {
            Some(value) => request.header(AUTHORIZATION, value.clone()),
            None => request,
        }
    }

    /// A request that got no answer, or no whole one.
    pub(super) fn unanswered(&self, error: &reqwest::Error) -> Trouble {
        Trouble::Passing { what: format!("{}: {}", self.base, transport(error)), pause: None }
    }
}

/// Reads an address: `http://host:port` or `https://host:port`, and maybe a path under which the API lies.
pub(super) fn base(text: &str) -> Result<String, String> {
    let url = reqwest::Url::parse(text).map_err(|error| format!("not an address: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("use an address such as http://127.0.0.1:8080 or https://larder.example".into());
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err("an address has no user, query or fragment".into());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// A key, or the value of a query parameter, as it stands in a target.
pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// The answer, if it is a success; else what its problem document says, and whether waiting may help.
pub(super) async fn accepted(response: Response) -> Result<Response, Trouble> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let pause = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let said = refusal(response).await;
    let passes = matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE
    ) || status == StatusCode::GATEWAY_TIMEOUT;
    if !passes {
        return Err(Trouble::Lasting(Failure::new(said)));
    }
    let pause = pause.map(|seconds: u64| Duration::from_secs(seconds.min(LONGEST_PAUSE)));
    Err(Trouble::Passing { what: said, pause })
}

async fn refusal(mut response: Response) -> String {
    let status = response.status();
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > REFUSAL_BYTES {
            break;
        }
    }
    problem(status.as_u16(), &body)
}

/// What a refusal says, in a line.
pub(super) fn problem(status: u16, body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Problem {
        r#type: String,
        detail: String,
        request_id: Option<String>,
    }
    match serde_json::from_slice::<Problem>(body) {
        Ok(problem) => {
            let kind = problem.r#type.rsplit('/').next().unwrap_or_default().to_owned();
            let request = problem.request_id.map(|id| format!(" (request {id})")).unwrap_or_default();
            format!("status {status}, {kind}: {}{request}", problem.detail)
        }
        Err(_) => format!("status {status}"),
    }
}

/// What went wrong on the way, without the address, which the reader knows.
pub(super) fn transport(error: &reqwest::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) if error.is_connect() => format!("no connection: {}", with_causes(source)),
        Some(source) if error.is_timeout() => format!("no answer in time: {}", with_causes(source)),
        Some(source) => format!("the answer broke off: {}", with_causes(source)),
        None if error.is_timeout() => "no answer in time".into(),
        None => with_causes(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_of_http_and_nothing_else() {
        assert_eq!(base("http://localhost:8080/").as_deref(), Ok("http://localhost:8080"));
        assert_eq!(base("http://gateway/larder").as_deref(), Ok("http://gateway/larder"));
        assert_eq!(base("https://a").as_deref(), Ok("https://a"));
        for text in ["", "localhost:8080", "ftp://a", "http://u@a", "http://a/?x=1", "http://a/#f"] {
            assert!(base(text).is_err(), "{text}");
        }
    }

    #[test]
    fn keys_keep_their_slashes_and_nothing_else_that_is_special() {
        assert_eq!(encode("a/b c%+?#é"), "a/b%20c%25%2B%3F%23%C3%A9");
    }
}
