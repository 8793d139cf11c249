//! `app contract`: what a chart, a task definition or a compose file must know about this program, as JSON.

use serde_json::{Map, Value, json};

use crate::config::{self, About, Loaded, Role, Shutdown, Sources};

use super::{Failure, USAGE, say};

/// Prints the contract. The stop times are those of this configuration.
///
/// # Errors
/// Where it can't be printed.
pub fn run(loaded: &Loaded) -> Result<(), Failure> {
    say(&format!("{:#}", contract(&loaded.settings.shutdown)))
}

fn contract(shutdown: &Shutdown) -> Value {
    let roles = Role::EVERY.into_iter().map(|role| (role.name().to_owned(), of_role(role)));
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "roles": roles.collect::<Map<_, _>>(),
        "probes": {
            "port": "admin",
            "liveness": "/livez",
            "readiness": "/readyz",
            "api_readiness": "/readyz?probe=once",
            "startup": "/startupz",
            "load_balancer": { "port": "traffic", "path": "/healthz" },
            "replacing_load_balancer": { "port": "traffic", "path": "/healthz?probe=self" },
        },
        "metrics": { "port": "admin", "path": "/metrics" },
        "config_files": { "flag": "--config", "environment": "APP_CONFIG", "separator": ":" },
        "settings": config::ALL.iter().map(|about| (about.key.to_owned(), setting(about))).collect::<Map<_, _>>(),
        "stop": {
            "signal": "SIGTERM",
            "linger_seconds": shutdown.linger.as_secs_f64(),
            "drain_seconds": shutdown.drain.as_secs(),
            "terminationGracePeriodSeconds": shutdown.grace_seconds(),
            "stopTimeout": shutdown.grace_seconds(),
            "deregistration_delay_seconds": shutdown.deregistration_seconds(),
        },
        "exit_codes": { "stopped": 0, "failed": 1, "usage": USAGE },
    })
}

fn of_role(role: Role) -> Value {
    let defaults = config::load(&Sources::default().with("role", role.name()));
    let settings = defaults.map(|loaded| loaded.settings).expect("the defaults of each role are good");
    json!({
        "args": [format!("--role={}", role.name())],
        "traffic_port": settings.http.listen.port(),
        "admin_port": settings.admin_listen.port(),
        "traffic_protocol": if role.serves_api() { "http/1.1" } else { "h2c" },
    })
}

fn setting(about: &About) -> Value {
    let environment = about.environment_name();
    let file = about.in_file.then(|| format!("{environment}_FILE"));
    let roles: Vec<_> = about.roles.iter().map(|role| role.name()).collect();
    json!({
        "environment": environment,
        "environment_file": file,
        "roles": roles,
        "secret": about.secret,
        "reloads": about.reloads,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_stop_times_leave_room_for_linger_and_drain() {
        let shutdown = Shutdown { linger: Duration::from_millis(2500), drain: Duration::from_secs(20) };
        let stop = &contract(&shutdown)["stop"];
        assert_eq!(stop["terminationGracePeriodSeconds"], 28);
        assert_eq!(stop["stopTimeout"], 28);
        assert_eq!(stop["deregistration_delay_seconds"], 23);
    }

    #[test]
    fn the_ports_are_those_of_the_defaults() {
        let contract = contract(&Shutdown { linger: Duration::ZERO, drain: Duration::from_secs(1) });
        assert_eq!(contract["roles"]["store"]["traffic_port"], 8081);
        assert_eq!(contract["roles"]["api"]["admin_port"], 9080);
        assert_eq!(contract["settings"]["store.url"]["environment"], "APP__STORE__URL");
    }
}
