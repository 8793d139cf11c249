//! The checked settings: plain values that cannot be wrong.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::auth::{self, Auth, Limits};
use super::endpoint::Endpoint;
use super::ineffective;
use super::log::{LogFilter, LogFormat, LogRequests};
use super::network::{self, Networks};
use super::otlp::{self, Otlp};
use super::reader::Reader;
use super::role::Role;
use super::secret::Secret;
use super::table::{self, About};
use super::tls::{self, ClientTls, ServerTls};
use super::value::Parser;

/// Everything that can be set.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// What this process does.
    pub role: Role,
    /// The traffic listener.
    pub http: Http,
    /// Where probes, metrics and the log filter are served.
    pub admin_listen: SocketAddr,
    /// TLS of that listener.
    pub admin_tls: Option<ServerTls>,
    /// Key of the MAC in cursors and write ids; none means the one that is built in.
    pub api_secret: Option<Secret>,
    /// Who may come in.
    pub auth: Auth,
    /// How often.
    pub limits: Limits,
    /// The store, or the way to it.
    pub store: Store,
    /// Whether the first write to a collection makes it.
    pub auto_create: bool,
    /// Requests or operations that are worked on at once.
    pub max_in_flight: usize,
    /// Bytes of large bodies that are held at once.
    pub max_body_bytes: u64,
    /// How the process stops.
    pub shutdown: Shutdown,
    /// The log.
    pub log: Log,
    /// Where traces go; none where they are off.
    pub otlp: Option<Otlp>,
}

/// How traffic is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http {
    /// Where.
    pub listen: SocketAddr,
    /// TLS of the listener; none where it speaks plain HTTP.
    pub tls: Option<ServerTls>,
    /// Threads.
    pub workers: usize,
    /// Longest wait of a request for its store.
    pub deadline: Duration,
    /// Connections open at once, over all threads.
    pub connections: usize,
    /// How long a connection without a request stays open.
    pub idle: Duration,
    /// How long a request's head may take.
    pub head_timeout: Duration,
    /// How long a request's body may take.
    pub body_timeout: Duration,
    /// The proxies that are believed when they say from where a request came.
    pub trusted_proxies: Networks,
}

/// What keeps the data, or where that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// What keeps the data, in a role that owns it.
    pub backend: Backend,
    /// The embedded database.
    pub embedded: Embedded,
    /// The table in DynamoDB.
    pub dynamodb: DynamoDb,
    /// Where the store role listens, for the api role.
    pub url: Endpoint,
    /// The DNS server to ask for it; none is that of the system.
    pub resolver: Option<SocketAddr>,
    /// TLS on the way there; none where that is plain HTTP.
    pub tls: Option<ClientTls>,
}

/// What keeps the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// A database in a directory of this machine.
    Embedded,
    /// A table in Amazon DynamoDB.
    DynamoDb,
}

/// The embedded database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Embedded {
    /// Its directory.
    pub path: PathBuf,
    /// Bytes of its block cache.
    pub cache_bytes: u64,
}

/// The table in `DynamoDB`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DynamoDb {
    /// Its name.
    pub table: String,
    /// Its region; none means what the AWS SDK finds.
    pub region: Option<String>,
    /// Another endpoint than that of the region.
    pub endpoint: Option<String>,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long one call may take.
    pub attempt_timeout: Duration,
}

/// How the process stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shutdown {
    /// How long it goes on taking traffic while its probes fail.
    pub linger: Duration,
    /// How long what is in flight after that may take; whole seconds.
    pub drain: Duration,
}

impl Shutdown {
    /// What comes on top of linger and drain: flushing, closing the database, ending the process.
    pub const MARGIN: Duration = Duration::from_secs(5);

    /// How long whoever stops the process must wait before ending it by force, in whole seconds.
    pub fn grace_seconds(&self) -> u64 {
        (self.linger + self.drain + Shutdown::MARGIN).as_millis().div_ceil(1000) as u64
    }

    /// How long a balancer must let connections to a leaving process live, in whole seconds.
    pub fn deregistration_seconds(&self) -> u64 {
        (self.linger + self.drain).as_millis().div_ceil(1000) as u64
    }
}

/// The log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// How lines look.
    pub format: LogFormat,
    /// Which events are logged.
    pub filter: LogFilter,
    /// Which requests get a line.
    pub requests: LogRequests,
}

/// The settings that say who may come in.
const WAYS_IN: [&About; 4] = [
    &table::AUTH_KEYS.about,
    &table::AUTH_JWT_ISSUER.about,
    &table::AUTH_JWT_AUDIENCE.about,
    &table::AUTH_ALLOW_ANONYMOUS.about,
];

/// Reads a backend.
pub(super) const BACKEND: Parser<Backend> = Parser {
    expects: "embedded or dynamodb",
    read: |text| match text {
        "embedded" => Some(Backend::Embedded),
        "dynamodb" => Some(Backend::DynamoDb),
        _ => None,
    },
};

impl Settings {
    /// Reads every setting; the problems are the reader's.
    pub(super) fn read(reader: &mut Reader<'_>) -> Settings {
        let (tls, admin_tls) = tls::listener(reader);
        let url = reader.take(&table::STORE_URL);
        let settings = Settings {
            role: reader.role(),
            http: Http {
                listen: reader.take(&table::HTTP_LISTEN),
                tls,
                workers: reader.take(&table::HTTP_WORKERS),
                deadline: reader.take(&table::HTTP_DEADLINE),
                connections: reader.take(&table::HTTP_CONNECTIONS),
                idle: reader.take(&table::HTTP_IDLE),
                head_timeout: reader.take(&table::HTTP_HEAD_TIMEOUT),
                body_timeout: reader.take(&table::HTTP_BODY_TIMEOUT),
                trusted_proxies: reader.take_optional(&table::HTTP_TRUSTED_PROXIES).unwrap_or_default(),
            },
            admin_listen: reader.take(&table::ADMIN_LISTEN),
            admin_tls,
            api_secret: reader.take_optional(&table::API_SECRET),
            auth: auth::auth(reader),
            limits: auth::limits(reader),
            store: Store {
                backend: reader.take(&table::STORE_BACKEND),
                embedded: Embedded {
                    path: reader.take(&table::STORE_EMBEDDED_PATH),
                    cache_bytes: reader.take(&table::STORE_EMBEDDED_CACHE),
                },
                dynamodb: DynamoDb {
                    table: reader.take(&table::STORE_DYNAMODB_TABLE),
                    region: reader.take_optional(&table::STORE_DYNAMODB_REGION),
                    endpoint: reader.take_optional(&table::STORE_DYNAMODB_ENDPOINT),
                    connect_timeout: reader.take(&table::STORE_DYNAMODB_CONNECT_TIMEOUT),
                    attempt_timeout: reader.take(&table::STORE_DYNAMODB_ATTEMPT_TIMEOUT),
                },
                resolver: reader.take_optional(&table::STORE_RESOLVER),
                tls: tls::way_to_store(reader, &url),
                url,
            },
            auto_create: reader.take(&table::COLLECTIONS_AUTO_CREATE),
            max_in_flight: reader.take(&table::ADMISSION_MAX_IN_FLIGHT),
            max_body_bytes: reader.take(&table::ADMISSION_MAX_BODY_BYTES),
            shutdown: Shutdown {
                linger: reader.take(&table::SHUTDOWN_LINGER),
                drain: reader.take(&table::SHUTDOWN_DRAIN),
            },
            log: Log {
                format: reader.take(&table::LOG_FORMAT),
                filter: reader.take(&table::LOG_FILTER),
                requests: reader.take(&table::LOG_REQUESTS),
            },
            otlp: otlp::otlp(reader),
        };
        let allow_plaintext = reader.take(&table::STORE_ALLOW_PLAINTEXT);
        settings.check(allow_plaintext, reader);
        ineffective::check(reader);
        settings
    }

    /// Finds combinations that cannot be meant.
    fn check(&self, allow_plaintext: bool, reader: &mut Reader<'_>) {
        // Where it is not known where, a reload must not take away what such an address would need.
        let elsewhere = !self.http.listen.ip().is_loopback() || reader.is_wrong(&table::HTTP_LISTEN.about);
        let open = !self.auth.required() && !self.auth.allow_anonymous;
        if self.role.serves_api() && elsewhere && open {
            reader.refuse_with(
                &table::HTTP_LISTEN.about,
                &WAYS_IN,
                "takes traffic from elsewhere although authentication is off; say auth.keys or auth.jwt.issuer, listen \
                 on 127.0.0.1, or say auth.allow_anonymous = true if everybody who can reach it may do everything",
            );
        }
        if self.role.serves_api() && self.limits.principal.milli_per_second > 0 && !self.auth.required() {
            reader.refuse_with(
                &table::LIMIT_PRINCIPAL_RATE.about,
                &WAYS_IN,
                "limits nobody, since authentication is off and everybody is the same; say auth.keys or auth.jwt.issuer, or \
                 limit.address.rate instead",
            );
        }
        let asks = self.http.tls.as_ref().is_some_and(|tls| tls.clients.is_some());
        if self.role == Role::Store && elsewhere && !asks && !allow_plaintext {
            reader.refuse_with(
                &table::HTTP_LISTEN.about,
                &[
                    &table::HTTP_TLS_CERTIFICATE.about,
                    &table::HTTP_TLS_KEY.about,
                    &table::HTTP_TLS_CLIENT_CA.about,
                    &table::STORE_ALLOW_PLAINTEXT.about,
                ],
                "takes operations from elsewhere although whoever comes is let in; say http.tls.certificate, http.tls.key \
                 and http.tls.client_ca (`app pki` makes them), listen on 127.0.0.1, or say store.allow_plaintext = true \
                 if only api roles can reach it",
            );
        }
        if network::clash(self.http.listen, self.admin_listen) {
            let detail = "takes the port of http.listen at the same address; give each its own";
            reader.refuse_with(&table::ADMIN_LISTEN.about, &[&table::HTTP_LISTEN.about], detail);
        }
        if self.shutdown.drain.subsec_nanos() != 0 {
            reader.refuse(&table::SHUTDOWN_DRAIN.about, "is not a whole number of seconds");
        }
    }
}
