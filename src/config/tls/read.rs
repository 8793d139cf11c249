//! Puts the settings of TLS together: what belongs to one listener, or to the way to the store.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::config::endpoint::Endpoint;
use crate::config::reader::Reader;
use crate::config::role::Role;
use crate::config::table::{self, About, Setting};

use super::certificate::Chain;
use super::identity::{Identity, PrivateKey};
use super::names::Names;
use super::{ClientTls, Clients, ServerTls};

/// TLS of the traffic listener, and of the admin listener.
pub(in crate::config) fn listener(reader: &mut Reader<'_>) -> (Option<ServerTls>, Option<ServerTls>) {
    let traffic = identity(reader, &table::HTTP_TLS_CERTIFICATE, &table::HTTP_TLS_KEY);
    let clients = clients(reader);
    let plain = !reader.is_said(&table::HTTP_TLS_CERTIFICATE.about);
    if clients.is_some() && plain && reader.role() == Role::Store {
        let detail = "asks for certificates of clients, which needs http.tls.certificate and http.tls.key";
        reader.refuse_with(&table::HTTP_TLS_CLIENT_CA.about, &[], detail);
    }
    let clients = clients.filter(|_| reader.role() == Role::Store);
    let admin = identity(reader, &table::ADMIN_TLS_CERTIFICATE, &table::ADMIN_TLS_KEY);
    let admin = admin.map(|identity| ServerTls { identity, clients: None });
    (traffic.map(|identity| ServerTls { identity, clients }), admin)
}

fn clients(reader: &mut Reader<'_>) -> Option<Clients> {
    let names = reader.take(&table::HTTP_TLS_CLIENT_NAMES);
    let authorities = authorities(reader, &table::HTTP_TLS_CLIENT_CA)?;
    Some(Clients { authorities, names })
}

/// TLS on the way to the store.
pub(in crate::config) fn way_to_store(reader: &mut Reader<'_>, url: &Endpoint) -> Option<ClientTls> {
    let identity = identity(reader, &table::STORE_TLS_CERTIFICATE, &table::STORE_TLS_KEY);
    let names = reader.take_optional(&table::STORE_TLS_NAMES);
    let authorities = authorities(reader, &table::STORE_TLS_CA);
    if reader.role() != Role::Api {
        return None;
    }
    if !url.is_secure() {
        let in_vain = [
            &table::STORE_TLS_CA.about,
            &table::STORE_TLS_CERTIFICATE.about,
            &table::STORE_TLS_KEY.about,
            &table::STORE_TLS_NAMES.about,
        ];
        if in_vain.iter().any(|about| reader.is_said(about)) {
            let detail = "is not https, so that what is said under store.tls has no effect; say https, or leave that out";
            reader.refuse_with(&table::STORE_URL.about, &in_vain, detail);
        }
        return None;
    }
    let said_names = reader.is_said(&table::STORE_TLS_NAMES.about);
    let names = names.or_else(|| Names::parse(url.name()));
    if names.is_none() && !said_names {
        let detail = "must be said, since the host of store.url can't be the name in a certificate";
        reader.refuse_with(&table::STORE_TLS_NAMES.about, &[&table::STORE_URL.about], detail);
    }
    if !reader.is_said(&table::STORE_TLS_CA.about) {
        let detail = "must be said where store.url is https: the certificate of the authority that vouches for the store, such as the ca.pem of `app pki init`";
        reader.refuse_with(&table::STORE_TLS_CA.about, &[&table::STORE_URL.about], detail);
    }
    Some(ClientTls { authorities: authorities?, names: names?, identity })
}

fn identity(
    reader: &mut Reader<'_>,
    certificate: &Setting<Chain>,
    key: &Setting<PrivateKey>,
) -> Option<Identity> {
    let (said, key_said) = (reader.is_said(&certificate.about), reader.is_said(&key.about));
    if said != key_said {
        let (there, missing) =
            if said { (certificate.about, key.about) } else { (key.about, certificate.about) };
        let detail = format!("is said without {}; the two belong together", missing.key);
        reader.refuse_with(&there, &[&missing], &detail);
    }
    let (chain, key_value) = (reader.take_optional(certificate), reader.take_optional(key));
    let chain = chain?;
    expired(reader, &certificate.about, chain.leaf_ends());
    match Identity::new(chain, key_value?) {
        Ok(identity) => Some(identity),
        Err(detail) => {
            reader.refuse(&key.about, detail);
            None
        }
    }
}

fn authorities(reader: &mut Reader<'_>, setting: &Setting<Chain>) -> Option<Chain> {
    let authorities = reader.take_optional(setting)?;
    expired(reader, &setting.about, authorities.last_ends());
    Some(authorities)
}

fn expired(reader: &mut Reader<'_>, about: &About, ends: i64) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    if ends < i64::try_from(now).unwrap_or(i64::MAX) {
        let day = jiff::Timestamp::from_second(ends).map_or_else(|_| ends.to_string(), |at| at.to_string());
        reader.refuse(about, format!("expired at {day}; issue a new one, as with `app pki issue --force`"));
    }
}
