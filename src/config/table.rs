//! The table of settings: the one place where a setting's key, type, default and meaning are written.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::auth::{ALLOWED, Algorithms, KEYS_URL, PER_SECOND, UNIT, Unit, Url, WORD};
use super::endpoint::{ENDPOINT, Endpoint};
use super::keys::{ApiKeys, KEYS};
use super::log::{FILTER, FORMAT, LogFilter, LogFormat, LogRequests, REQUESTS};
use super::network::{NETWORKS, Networks};
use super::otlp::{OTLP_ENDPOINT, OTLP_PROTOCOL, OtlpEndpoint, OtlpProtocol, PART};
use super::role::{ROLE, Role};
use super::secret::{SECRET, Secret};
use super::settings::{BACKEND, Backend};
use super::tls::{AUTHORITIES, CHAIN, Chain, KEY, NAMES, Names, PrivateKey};
use super::value::{
    ADDRESS, COUNT, NAME_SERVER, PATH, Parser, REGION, SIZE, SPAN, SWITCH, TABLE, THREADS, URL, WAIT,
};

/// What a setting is when nobody says it.
#[derive(Clone, Copy, Debug)]
pub enum Preset {
    /// Nothing: the meaning says what follows.
    None,
    /// This text.
    Text(&'static str),
    /// One text where the api is served, another in the store role.
    ByRole {
        /// For `api` and `all`.
        api: &'static str,
        /// For `store`.
        store: &'static str,
    },
}

/// A setting, without the type of its value.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Its name, such as `http.listen`.
    pub key: &'static str,
    /// What a value must be.
    pub expects: &'static str,
    /// Its default.
    pub preset: Preset,
    /// The roles that look at it.
    pub roles: &'static [Role],
    /// Whether its value is never shown, and a file that holds it must not be readable or writable by everybody.
    pub secret: bool,
    /// Whether it can also be said as `<key>_file`, the path of a file that holds it. Each secret can.
    pub in_file: bool,
    /// Whether a change in a file takes effect without a restart.
    pub reloads: bool,
    /// Whether a file can also say it without quotes: a number, or true or false.
    pub bare: bool,
    /// What it is for, in a sentence.
    pub meaning: &'static str,
}

impl About {
    /// Its default in a role.
    pub fn default_for(&self, role: Role) -> Option<&'static str> {
        match self.preset {
            Preset::None => None,
            Preset::Text(text) => Some(text),
            Preset::ByRole { api, store } => Some(if role == Role::Store { store } else { api }),
        }
    }

    /// The environment variable that sets it.
    pub fn environment_name(&self) -> String {
        format!("APP__{}", self.key.to_uppercase().replace('.', "__"))
    }
}

/// A setting and how its text becomes a value.
pub(super) struct Setting<T: 'static> {
    pub(super) about: About,
    pub(super) parser: Parser<T>,
}

const EVERY: &[Role] = &Role::EVERY;
const SERVES_API: &[Role] = &[Role::Api, Role::All];
const OWNS_DATA: &[Role] = &[Role::Store, Role::All];
const ONLY_API: &[Role] = &[Role::Api];
const ONLY_STORE: &[Role] = &[Role::Store];

macro_rules! settings {
    ($($name:ident: $value:ty = $key:literal, $parser:expr, $preset:expr, $roles:expr, [$($is:ident)*], $meaning:literal;)*) => {
        $(pub(super) const $name: Setting<$value> = Setting {
            about: about($key, $parser.expects, $preset, $roles, &[$(stringify!($is)),*], $meaning),
            parser: $parser,
        };)*
        /// Every setting, in the order of the documentation.
        pub const ALL: &[About] = &[$($name.about),*];
    };
}

const fn about(
    key: &'static str,
    expects: &'static str,
    preset: Preset,
    roles: &'static [Role],
    is: &[&str],
    meaning: &'static str,
) -> About {
    let (mut secret, mut in_file, mut reloads, mut bare, mut at) = (false, false, false, false, 0);
    while at < is.len() {
        match is[at].as_bytes() {
            b"secret" => (secret, in_file) = (true, true),
            b"in_file" => in_file = true,
            b"reloads" => reloads = true,
            b"bare" => bare = true,
            _ => panic!("a setting is `secret`, `in_file`, `reloads` or `bare`"),
        }
        at += 1;
    }
    About { key, expects, preset, roles, secret, in_file, reloads, bare, meaning }
}

use Preset::{ByRole, None as Nothing, Text};

settings! {
    ROLE_SETTING: Role = "role", ROLE, Nothing, EVERY, [],
        "What this process does: serve the public API, own the data, or both. It must be said.";
    HTTP_LISTEN: SocketAddr = "http.listen", ADDRESS, ByRole { api: "127.0.0.1:8080", store: "127.0.0.1:8081" }, EVERY, [],
        "Where traffic is taken. Port 0 takes any free one.";
    HTTP_WORKERS: usize = "http.workers", THREADS, Text("auto"), EVERY, [bare],
        "Threads that serve traffic.";
    HTTP_DEADLINE: Duration = "http.deadline", SPAN, Text("5s"), SERVES_API, [],
        "Longest time that a request may wait for its store; then 504.";
    HTTP_CONNECTIONS: usize = "http.connections", COUNT, Text("10000"), EVERY, [bare],
        "Connections that are open at once; more wait in the listener's queue. Fewer where the process may open too few files, which the log tells.";
    HTTP_IDLE: Duration = "http.idle", SPAN, Text("75s"), EVERY, [],
        "How long a connection without a request stays open. Longer than the idle time of the balancer in front.";
    HTTP_HEAD_TIMEOUT: Duration = "http.head_timeout", SPAN, Text("5s"), EVERY, [],
        "How long the head of a request may take to arrive, on the admin port too; then 408, or the end of the connection.";
    HTTP_BODY_TIMEOUT: Duration = "http.body_timeout", SPAN, Text("30s"), SERVES_API, [],
        "How long a request body may take to arrive, and an import its next line; then 408. Also how long the rest of a body may go on behind an answer that did not wait for it; then the connection ends.";
    HTTP_TRUSTED_PROXIES: Networks = "http.trusted_proxies", NETWORKS, Nothing, SERVES_API, [],
        "Networks of the proxies and balancers whose X-Forwarded-For is believed when an address is limited or noted in the audit. Without it, addresses are those of connections.";
    HTTP_TLS_CERTIFICATE: Chain = "http.tls.certificate", CHAIN, Nothing, EVERY, [in_file reloads],
        "The certificate that the traffic port shows. With it that port speaks TLS: 1.2 and 1.3 to callers, 1.3 between the roles.";
    HTTP_TLS_KEY: PrivateKey = "http.tls.key", KEY, Nothing, EVERY, [secret reloads],
        "The private key of that certificate.";
    HTTP_TLS_CLIENT_CA: Chain = "http.tls.client_ca", AUTHORITIES, Nothing, ONLY_STORE, [in_file reloads],
        "The authorities whose certificates let an api role in. With it nobody else is answered.";
    HTTP_TLS_CLIENT_NAMES: Names = "http.tls.client_names", NAMES, Text("api"), ONLY_STORE, [reloads],
        "The names of which the certificate of an api role must have one.";
    ADMIN_LISTEN: SocketAddr = "admin.listen", ADDRESS, ByRole { api: "127.0.0.1:9080", store: "127.0.0.1:9081" }, EVERY, [],
        "Where probes, metrics and the log filter are served. Never publish it.";
    ADMIN_TLS_CERTIFICATE: Chain = "admin.tls.certificate", CHAIN, Nothing, EVERY, [in_file reloads],
        "The certificate that the admin port shows. Without it that port speaks plain HTTP, as probes expect.";
    ADMIN_TLS_KEY: PrivateKey = "admin.tls.key", KEY, Nothing, EVERY, [secret reloads],
        "The private key of that certificate.";
    API_SECRET: Secret = "api.secret", SECRET, Nothing, SERVES_API, [secret],
        "Key of the MAC in cursors and in the write ids of `Idempotency-Key`s: the same in every api process. Without it a key is used that everybody can read in the source: callers could then make up cursors, which show them nothing that a list does not.";
    AUTH_ALLOW_ANONYMOUS: bool = "auth.allow_anonymous", SWITCH, Text("false"), SERVES_API, [bare],
        "Whether everybody may do everything. Listening elsewhere than on the loopback needs this, or a way to authenticate: `auth.keys` or `auth.jwt.issuer`.";
    AUTH_KEYS: ApiKeys = "auth.keys", KEYS, Nothing, SERVES_API, [secret reloads],
        "The API keys that may come in, as `app key new` prints them. Said, even with no key in it, it turns authentication on.";
    AUTH_JWT_ISSUER: Url = "auth.jwt.issuer", KEYS_URL, Nothing, SERVES_API, [],
        "The issuer whose tokens (JWT) may come in: exactly their `iss`. It turns authentication on.";
    AUTH_JWT_AUDIENCE: String = "auth.jwt.audience", WORD, Nothing, SERVES_API, [],
        "What tokens must have as `aud`, or in it. It must be said with the issuer.";
    AUTH_JWT_JWKS_URL: Url = "auth.jwt.jwks_url", KEYS_URL, Nothing, SERVES_API, [],
        "Where the keys of the issuer are. Without it, its `/.well-known/openid-configuration` says that.";
    AUTH_JWT_CA: Chain = "auth.jwt.ca", AUTHORITIES, Nothing, SERVES_API, [in_file],
        "The certificate authorities by which the issuer's server is known, and no others; without it those of the operating system.";
    AUTH_JWT_ALGORITHMS: Algorithms = "auth.jwt.algorithms", ALLOWED, Text("RS256,ES256"), SERVES_API, [],
        "Signatures that are accepted.";
    AUTH_JWT_SCOPE_CLAIM: String = "auth.jwt.scope_claim", WORD, Text("scope"), SERVES_API, [],
        "The claim that holds scopes: text with spaces between them, or a list.";
    AUTH_JWT_LEEWAY: Duration = "auth.jwt.leeway", WAIT, Text("60s"), SERVES_API, [],
        "How far the clock of the issuer may be from ours.";
    LIMIT_PRINCIPAL_RATE: u64 = "limit.principal.rate", PER_SECOND, Text("0"), SERVES_API, [bare reloads],
        "What a principal may use each second, in the long run; more is 429. In each process for itself.";
    LIMIT_PRINCIPAL_BURST: usize = "limit.principal.burst", COUNT, Nothing, SERVES_API, [bare reloads],
        "What a principal may use at once; without it, what comes back in a second.";
    LIMIT_PRINCIPAL_UNIT: Unit = "limit.principal.unit", UNIT, Text("requests"), SERVES_API, [reloads],
        "What that counts: requests, or the capacity units of `Request-Charge`, which are known only afterwards.";
    LIMIT_ADDRESS_RATE: u64 = "limit.address.rate", PER_SECOND, Text("0"), SERVES_API, [bare reloads],
        "Requests that an address (of IPv6: a /64) may send each second without a valid key or token. Behind a balancer, name it in http.trusted_proxies first: else all its callers are one address.";
    LIMIT_ADDRESS_BURST: usize = "limit.address.burst", COUNT, Nothing, SERVES_API, [bare reloads],
        "Such requests that an address may send at once; without it, what comes back in a second.";
    STORE_BACKEND: Backend = "store.backend", BACKEND, Text("embedded"), OWNS_DATA, [],
        "What keeps the data.";
    STORE_EMBEDDED_PATH: PathBuf = "store.embedded.path", PATH, Text("./data"), OWNS_DATA, [],
        "The directory of the embedded database; made if it is not there. One process at a time.";
    STORE_EMBEDDED_CACHE: u64 = "store.embedded.cache", SIZE, Text("64MiB"), OWNS_DATA, [],
        "Memory that the embedded database may use to keep blocks of its files.";
    STORE_DYNAMODB_TABLE: String = "store.dynamodb.table", TABLE, Text("larder"), OWNS_DATA, [],
        "The table in DynamoDB. `app bootstrap` makes or checks it.";
    STORE_DYNAMODB_REGION: String = "store.dynamodb.region", REGION, Nothing, OWNS_DATA, [],
        "Its region. Without it, what the AWS SDK finds: environment, profile, the machine itself.";
    STORE_DYNAMODB_ENDPOINT: String = "store.dynamodb.endpoint", URL, Nothing, OWNS_DATA, [],
        "Another endpoint than that of the region. One without TLS is an emulator: it gets made-up credentials and, if none is said, region us-east-1.";
    STORE_DYNAMODB_CONNECT_TIMEOUT: Duration = "store.dynamodb.connect_timeout", SPAN, Text("1s"), OWNS_DATA, [],
        "How long a connection to DynamoDB may take to be made.";
    STORE_DYNAMODB_ATTEMPT_TIMEOUT: Duration = "store.dynamodb.attempt_timeout", SPAN, Text("2s"), OWNS_DATA, [],
        "How long one call to DynamoDB may take. A write that takes longer may have been done; it is repeated in a way that can tell.";
    STORE_ALLOW_PLAINTEXT: bool = "store.allow_plaintext", SWITCH, Text("false"), ONLY_STORE, [bare],
        "Whether the store may listen elsewhere than on the loopback without asking for certificates (`http.tls.client_ca`): whoever reaches it can do everything.";
    STORE_URL: Endpoint = "store.url", ENDPOINT, Text("http://127.0.0.1:8081"), ONLY_API, [],
        "Where the store role listens. With `srv+` it is the name of SRV records, which are asked for again when their time has passed, and whose priorities and weights count.";
    STORE_RESOLVER: SocketAddr = "store.resolver", NAME_SERVER, Nothing, ONLY_API, [],
        "The DNS server that knows the host of `store.url`. Without it: those of the system.";
    STORE_TLS_CA: Chain = "store.tls.ca", AUTHORITIES, Nothing, ONLY_API, [in_file reloads],
        "The authorities that may vouch for a store. Needed where `store.url` is https.";
    STORE_TLS_CERTIFICATE: Chain = "store.tls.certificate", CHAIN, Nothing, ONLY_API, [in_file reloads],
        "The certificate that the api role shows to its store.";
    STORE_TLS_KEY: PrivateKey = "store.tls.key", KEY, Nothing, ONLY_API, [secret reloads],
        "The private key of that certificate.";
    STORE_TLS_NAMES: Names = "store.tls.names", NAMES, Nothing, ONLY_API, [reloads],
        "The names of which the certificate of a store must have one. Without it: the host of `store.url`.";
    COLLECTIONS_AUTO_CREATE: bool = "collections.auto_create", SWITCH, Text("true"), OWNS_DATA, [bare],
        "Whether the first write to a collection makes it. Otherwise that is 404, and `PUT /v1/collections/{c}` makes it.";
    ADMISSION_MAX_IN_FLIGHT: usize = "admission.max_in_flight", COUNT, Text("1024"), EVERY, [bare],
        "Requests (in the store role: operations) that are worked on at once; more are refused with 503 `overloaded`.";
    ADMISSION_MAX_BODY_BYTES: u64 = "admission.max_body_bytes", SIZE, Text("128MiB"), SERVES_API, [bare],
        "Bytes of request bodies over 64 KiB that are held at once; more are refused with 503 `overloaded`. A single one may have 8 MiB.";
    SHUTDOWN_LINGER: Duration = "shutdown.linger", WAIT, Text("3s"), EVERY, [],
        "How long a process that was told to stop goes on taking traffic while its probes already fail, so that balancers notice.";
    SHUTDOWN_DRAIN: Duration = "shutdown.drain", SPAN, Text("20s"), EVERY, [],
        "How long what is in flight after that may take before it is cut off. Whole seconds.";
    LOG_FORMAT: LogFormat = "log.format", FORMAT, Text("auto"), EVERY, [],
        "How log lines look; auto means text on a terminal, JSON elsewhere.";
    LOG_FILTER: LogFilter = "log.filter", FILTER, Text("info,actix_server=warn,actix_http=off"), EVERY, [reloads],
        "Which events are logged: a level, or levels by module.";
    LOG_REQUESTS: LogRequests = "log.requests", REQUESTS, Text("all"), EVERY, [],
        "Which requests get a line: each, or only those with status 400 and above.";
    TELEMETRY_OTLP_ENDPOINT: OtlpEndpoint = "telemetry.otlp.endpoint", OTLP_ENDPOINT, Nothing, EVERY, [],
        "Where a collector takes traces by OTLP. Without it there are none.";
    TELEMETRY_OTLP_PROTOCOL: OtlpProtocol = "telemetry.otlp.protocol", OTLP_PROTOCOL, Text("grpc"), EVERY, [],
        "How: OTLP over gRPC, or over HTTP as protocol buffers (to the path `/v1/traces` where the endpoint has none).";
    TELEMETRY_OTLP_SAMPLE: f64 = "telemetry.otlp.sample", PART, Text("0.01"), EVERY, [bare],
        "The part of new traces that is recorded. A request that brings `traceparent` has that decided already.";
    TELEMETRY_XRAY_IDS: bool = "telemetry.xray_ids", SWITCH, Text("false"), EVERY, [bare],
        "Whether ids of new traces begin with the time, without which AWS X-Ray does not take them.";
}

/// The setting of that key, and whether the key names its `_file` form.
pub(super) fn find(key: &str) -> Option<(&'static About, bool)> {
    let exact = ALL.iter().find(|about| about.key == key).map(|about| (about, false));
    let file = || {
        let key = key.strip_suffix("_file")?;
        ALL.iter().find(|about| about.in_file && about.key == key).map(|about| (about, true))
    };
    exact.or_else(file)
}
