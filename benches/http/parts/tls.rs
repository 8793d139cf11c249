//! What TLS with certificates on both sides costs between the roles.

use crate::certificates::Certificates;
use crate::figures::compare;
use crate::load::Verb::Get;
use crate::table::Table;
use crate::{client, systems};

/// Against a proxy that encrypts nothing, and against the same roles without it.
pub fn measure(table: &mut Table) {
    let bare = systems::bare();
    let proxy = systems::proxy(&bare);
    let certificates = Certificates::make();
    let workers = systems::half_of_the_cores();
    let settings: systems::Settings = &[("APP__HTTP__WORKERS", &workers)];
    let (encrypted, plain) = (systems::pair_with_tls(&certificates, settings), systems::pair(settings));
    client::fill(&encrypted);
    client::fill(&plain);
    compare(
        table,
        "GET, two roles over mutual TLS / bare proxy without TLS",
        1.6,
        (&encrypted, Get),
        (&proxy, Get),
    );
    compare(table, "GET, two roles over mutual TLS / without TLS", 0.80, (&encrypted, Get), (&plain, Get));
}
