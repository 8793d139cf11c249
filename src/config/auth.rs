//! Who may come in, and how often: the settings of authentication and rate limits.

use std::time::Duration;

use super::keys::ApiKeys;
use super::reader::Reader;
use super::table;
use super::tls::Chain;
use super::value::Parser;

/// Who may come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Auth {
    /// Whether everybody may do everything, wherever they come from.
    pub allow_anonymous: bool,
    /// Keys, if any were said; an empty list lets nobody in.
    pub keys: Option<ApiKeys>,
    /// The issuer of tokens, if there is one.
    pub jwt: Option<Jwt>,
}

impl Auth {
    /// Whether callers must say who they are.
    pub fn required(&self) -> bool {
        self.keys.is_some() || self.jwt.is_some()
    }
}

/// An issuer of tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwt {
    /// The `iss` of its tokens.
    pub issuer: Url,
    /// One of the `aud` of its tokens: us.
    pub audience: String,
    /// Where its keys are; by discovery where that is not said.
    pub jwks_url: Option<Url>,
    /// What its tokens may be signed with.
    pub algorithms: Algorithms,
    /// The claim that holds scopes.
    pub scope_claim: String,
    /// How far its clock and ours may be apart.
    pub leeway: Duration,
    /// The only certificate authorities that it is trusted by; those of the system where that is not said.
    pub ca: Option<Chain>,
}

/// An address that is safe to fetch keys from: `https`, or `http` on the loopback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url(String);

impl Url {
    /// Reads an address; the text is kept as it is, since an issuer is compared by its characters.
    pub fn parse(text: &str) -> Option<Url> {
        let (authority, local_only) = match text.strip_prefix("https://") {
            Some(rest) => (rest, false),
            None => (text.strip_prefix("http://")?, true),
        };
        let authority = authority.split(['/', '?']).next().unwrap_or_default();
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                port.parse::<u16>().ok()?;
                host
            }
            _ => authority,
        };
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}#@".contains(&byte));
        let local = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        (visible && !host.is_empty() && (local || !local_only)).then(|| Url(text.to_owned()))
    }

    /// The address, as it was said.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the way there is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.0.starts_with("https://")
    }
}

/// Names of signature algorithms (RFC 7518); none of them is `none`, and none shares a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Algorithms(pub Vec<&'static str>);

/// The algorithms that can be allowed.
const ALGORITHMS: [&str; 9] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Requests.
    Requests,
    /// Capacity units, as `Request-Charge` tells them.
    Charge,
}

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Thousandths of a unit that come back each second; 0: no limit.
    pub milli_per_second: u64,
    /// Units that may be used at once.
    pub burst: u64,
}

/// Limits of rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of a principal.
    pub principal: Rate,
    /// What that counts.
    pub unit: Unit,
    /// Of an address, for requests of nobody that we know.
    pub address: Rate,
}

/// Reads an address that is safe to fetch keys from.
pub(super) const KEYS_URL: Parser<Url> = Parser {
    expects: "an address that begins with https:// (http:// only on the loopback)",
    read: Url::parse,
};

/// Reads text that stands in a token.
pub(super) const WORD: Parser<String> = Parser {
    expects: "1 to 200 characters of visible ASCII",
    read: |text| {
        let good = (1..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        good.then(|| text.to_owned())
    },
};

/// Reads names of algorithms.
pub(super) const ALLOWED: Parser<Algorithms> = Parser {
    expects: "a list of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 and EdDSA, with commas between",
    read: |text| {
        let one = |name: &str| ALGORITHMS.into_iter().find(|known| *known == name.trim());
        text.split(',').map(one).collect::<Option<_>>().map(Algorithms)
    },
};

/// Reads how many units come back each second, in thousandths.
pub(super) const PER_SECOND: Parser<u64> = Parser {
    expects: "a number from 0 (no limit) to 1000000, with at most three decimals",
    read: |text| {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(decimals) || decimals.len() > 3 {
            return None;
        }
        let thousandths = format!("{decimals:0<3}").parse::<u64>().ok()?;
        let rate = whole.parse::<u64>().ok()?.checked_mul(1000)?.checked_add(thousandths)?;
        (rate <= 1_000_000_000).then_some(rate)
    },
};

/// Reads what a limit counts.
pub(super) const UNIT: Parser<Unit> = Parser {
    expects: "requests or charge",
    read: |text| match text {
        "requests" => Some(Unit::Requests),
        "charge" => Some(Unit::Charge),
        _ => None,
    },
};

/// Takes the settings of authentication.
pub(super) fn auth(reader: &mut Reader<'_>) -> Auth {
    let keys = reader.take_explained(&table::AUTH_KEYS, ApiKeys::parse);
    let auth = Auth { allow_anonymous: reader.take(&table::AUTH_ALLOW_ANONYMOUS), keys, jwt: jwt(reader) };
    let ways = [&table::AUTH_KEYS.about, &table::AUTH_JWT_ISSUER.about];
    if auth.allow_anonymous && ways.iter().any(|way| reader.is_said(way)) {
        let detail = "contradicts auth.keys and auth.jwt.issuer: with them, everybody has to say who they are; leave \
                      one of both out";
        reader.refuse_beside(&table::AUTH_ALLOW_ANONYMOUS.about, &ways, detail);
    }
    auth
}

fn jwt(reader: &mut Reader<'_>) -> Option<Jwt> {
    let issuer = reader.take_optional(&table::AUTH_JWT_ISSUER);
    let audience = reader.take_optional(&table::AUTH_JWT_AUDIENCE);
    let jwks_url = reader.take_optional(&table::AUTH_JWT_JWKS_URL);
    let ca = reader.take_optional(&table::AUTH_JWT_CA);
    let algorithms = reader.take(&table::AUTH_JWT_ALGORITHMS);
    let scope_claim = reader.take(&table::AUTH_JWT_SCOPE_CLAIM);
    let leeway = reader.take(&table::AUTH_JWT_LEEWAY);
    let said = |setting: &table::About| reader.is_said(setting);
    let (has_issuer, has_audience) =
        (said(&table::AUTH_JWT_ISSUER.about), said(&table::AUTH_JWT_AUDIENCE.about));
    let more = [
        &table::AUTH_JWT_JWKS_URL.about,
        &table::AUTH_JWT_CA.about,
        &table::AUTH_JWT_ALGORITHMS.about,
        &table::AUTH_JWT_SCOPE_CLAIM.about,
        &table::AUTH_JWT_LEEWAY.about,
    ];
    let has_more = more.into_iter().any(|about| reader.differs(about));
    if has_issuer && !has_audience {
        let detail =
            "must be said with auth.jwt.issuer: else tokens for any other service of that issuer were taken";
        reader.refuse_with(&table::AUTH_JWT_AUDIENCE.about, &[], detail);
    }
    if !has_issuer && (has_audience || has_more) {
        let detail = "must be said: without it the other settings under auth.jwt have no meaning";
        reader.refuse_with(&table::AUTH_JWT_ISSUER.about, &[], detail);
    }
    Some(Jwt { issuer: issuer?, audience: audience?, jwks_url, algorithms, scope_claim, leeway, ca })
}

/// Takes the settings of limits.
pub(super) fn limits(reader: &mut Reader<'_>) -> Limits {
    // A bucket holds a second's worth, unless something else is said.
    let rate = |milli_per_second: u64, burst: Option<usize>| Rate {
        milli_per_second,
        burst: burst.map_or(milli_per_second.div_ceil(1000), |burst| burst as u64),
    };
    Limits {
        principal: rate(
            reader.take(&table::LIMIT_PRINCIPAL_RATE),
            reader.take_optional(&table::LIMIT_PRINCIPAL_BURST),
        ),
        unit: reader.take(&table::LIMIT_PRINCIPAL_UNIT),
        address: rate(
            reader.take(&table::LIMIT_ADDRESS_RATE),
            reader.take_optional(&table::LIMIT_ADDRESS_BURST),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_fetched_only_from_where_nobody_can_change_them() {
        for good in [
            "https://id.example.com",
            "https://id.example.com:8443/realms/a?x=1",
            "http://127.0.0.1:9/k",
            "http://localhost",
            "http://[::1]:80",
        ] {
            assert_eq!(Url::parse(good).as_ref().map(Url::as_str), Some(good));
        }
        for bad in [
            "",
            "https://",
            "http://id.example.com",
            "http://127.0.0.1.example.com",
            "ftp://a",
            "https://u@a",
            "https://a/#f",
            "https://a b",
            "https://a:x",
            "http://localhost@evil",
        ] {
            assert_eq!(Url::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_public_key_algorithms_can_be_allowed() {
        assert_eq!((ALLOWED.read)("RS256, EdDSA"), Some(Algorithms(vec!["RS256", "EdDSA"])));
        for bad in ["", "none", "HS256", "RS256,HS256", "rs256", "RS256,"] {
            assert_eq!((ALLOWED.read)(bad), None, "{bad}");
        }
    }

    #[test]
    fn rates_have_three_decimals() {
        for (text, milli) in
            [("0", 0), ("0.5", 500), ("10", 10_000), ("1.005", 1005), ("1000000", 1_000_000_000)]
        {
            assert_eq!((PER_SECOND.read)(text), Some(milli), "{text}");
        }
        for bad in ["", "-1", ".5", "1.", "1.0001", "1e3", "1000001", "99999999999999999999"] {
            assert_eq!((PER_SECOND.read)(bad), None, "{bad}");
        }
    }
}
