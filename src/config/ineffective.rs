//! Settings that were said in vain: each means something only beside another one, which nobody said.

use super::reader::Reader;
use super::table::{self, About};

/// Settings, and the one without which they have no effect. Where that one was said, were it to switch something off,
/// it is known that they wait for it. The path of the embedded database is not here: the image always says one.
const ONLY_WITH: [(&[&About], &About); 5] = [
    (
        &[&table::LIMIT_PRINCIPAL_BURST.about, &table::LIMIT_PRINCIPAL_UNIT.about],
        &table::LIMIT_PRINCIPAL_RATE.about,
    ),
    (&[&table::LIMIT_ADDRESS_BURST.about], &table::LIMIT_ADDRESS_RATE.about),
    (
        &[
            &table::TELEMETRY_OTLP_PROTOCOL.about,
            &table::TELEMETRY_OTLP_SAMPLE.about,
            &table::TELEMETRY_XRAY_IDS.about,
        ],
        &table::TELEMETRY_OTLP_ENDPOINT.about,
    ),
    (&[&table::HTTP_TLS_CLIENT_NAMES.about], &table::HTTP_TLS_CLIENT_CA.about),
    (
        &[
            &table::STORE_DYNAMODB_TABLE.about,
            &table::STORE_DYNAMODB_REGION.about,
            &table::STORE_DYNAMODB_ENDPOINT.about,
            &table::STORE_DYNAMODB_CONNECT_TIMEOUT.about,
            &table::STORE_DYNAMODB_ATTEMPT_TIMEOUT.about,
        ],
        &table::STORE_BACKEND.about,
    ),
];

/// Refuses each of them that the role looks at.
pub(super) fn check(reader: &mut Reader<'_>) {
    for (settings, needed) in ONLY_WITH {
        for about in settings {
            if about.roles.contains(&reader.role()) && reader.differs(about) && !reader.is_said(needed) {
                let detail = format!("has no effect without {}; say that too, or leave this out", needed.key);
                reader.refuse_with(about, &[needed], &detail);
            }
        }
    }
}
