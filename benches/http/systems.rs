//! The systems that are measured, and their yardsticks.

use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::certificates::Certificates;
use crate::client;
use crate::system::{System, free_port};

/// Settings beyond the defaults, as the environment says them.
pub type Settings<'a> = &'a [(&'a str, &'a str)];

/// The handler that does nothing.
pub fn bare() -> System {
    let port = free_port();
    System::start("bare handler", port, None, itself().args(["serve-bare", &port.to_string()]))
}

/// The proxy that does nothing.
pub fn proxy(upstream: &System) -> System {
    let port = free_port();
    let mut command = itself();
    command.args(["serve-proxy", &port.to_string(), &upstream.url()]);
    System::start("bare proxy", port, None, &mut command).counting(upstream)
}

/// Takes traces, and counts the requests that bring them.
pub fn collector() -> System {
    let port = free_port();
    System::start("collector", port, None, itself().args(["serve-collector", &port.to_string()]))
}

/// Speaks as `DynamoDB` does, always the same, after a while.
pub fn canned_dynamodb(after: Duration) -> System {
    let (port, after) = (free_port(), after.as_millis().to_string());
    System::start("canned DynamoDB", port, None, itself().args(["serve-dynamodb", &port.to_string(), &after]))
}

/// Both roles in one process.
pub fn all(settings: Settings) -> System {
    all_over(directory(), settings)
}

fn all_over(data: TempDir, settings: Settings) -> System {
    let (port, admin) = (free_port(), free_port());
    let mut command = app("all", port, admin);
    command.env("APP__STORE__EMBEDDED__PATH", data.path()).envs(settings.iter().copied());
    System::start("--role=all", port, Some(admin), &mut command).with_data(data)
}

/// Both roles in one process, over a table at that endpoint.
pub fn all_on_dynamodb(endpoint: &str, settings: Settings) -> System {
    let (port, admin) = (free_port(), free_port());
    let mut command = app("all", port, admin);
    command.envs([("APP__STORE__BACKEND", "dynamodb"), ("APP__STORE__DYNAMODB__ENDPOINT", endpoint)]);
    System::start("--role=all on DynamoDB", port, Some(admin), command.envs(settings.iter().copied()))
}

/// Workers of a role that has one machine with the other one: half of the cores each. The bare proxy and its handler, which are
/// two processes as well, are faster with as many as there are cores, and have those.
pub fn half_of_the_cores() -> String {
    (std::thread::available_parallelism().map_or(1, usize::from) / 2).max(1).to_string()
}

/// The api role over the store role. Both get the settings.
pub fn pair(settings: Settings) -> System {
    two_roles("--role=api", settings, None)
}

/// The same, with certificates on both sides of the line.
pub fn pair_with_tls(certificates: &Certificates, settings: Settings) -> System {
    two_roles("--role=api with TLS", settings, Some(certificates))
}

fn two_roles(name: &'static str, settings: Settings, certificates: Option<&Certificates>) -> System {
    let (data, port, admin) = (directory(), free_port(), free_port());
    let mut command = app("store", port, admin);
    command.env("APP__STORE__EMBEDDED__PATH", data.path()).envs(settings.iter().copied());
    if let Some(certificates) = certificates {
        certificates.of_store(&mut command);
    }
    let store = System::start("--role=store", port, Some(admin), &mut command).with_data(data);
    let (port, admin) = (free_port(), free_port());
    let mut command = app("api", port, admin);
    command.env("APP__STORE__URL", store.url()).envs(settings.iter().copied());
    if let Some(certificates) = certificates {
        command.env("APP__STORE__URL", store.url().replace("http://", "https://"));
        certificates.of_api(&mut command);
    }
    System::start(name, port, Some(admin), &mut command).before(store)
}

/// etcd, if it is installed.
pub fn etcd() -> Option<System> {
    let data = directory();
    let (port, peer) = (free_port(), free_port());
    let (client, peer) = (format!("http://127.0.0.1:{port}"), format!("http://127.0.0.1:{peer}"));
    let mut command = Command::new("etcd");
    command.arg("--data-dir").arg(data.path());
    command.args(["--listen-client-urls", &client, "--advertise-client-urls", &client]);
    command.args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer]);
    command.args(["--initial-cluster", &format!("default={peer}")]);
    Command::new("etcd").arg("--version").output().ok()?;
    let system = System::start("etcd", port, None, &mut command).with_data(data);
    std::thread::sleep(Duration::from_secs(2));
    Some(system)
}

/// Fills a database, ends the process, starts it again, and says how long it took to be ready. Twice: after
/// `kill -9`, and after it was told to stop.
pub fn restart_with_items(items: usize) -> (Duration, Duration) {
    let filled = all(&[]);
    let workers = 8;
    std::thread::scope(|scope| {
        for worker in 0..workers {
            let filled = &filled;
            scope.spawn(move || {
                let keys = (worker..items).step_by(workers);
                client::put_keys(filled, keys.map(|place| format!("start/items/key-{place:06}")));
            });
        }
    });
    let (after_kill, again) = filled.replaced(System::kill, |data| all_over(data, &[]));
    let (after_stop, _) = again.replaced(System::terminate, |data| all_over(data, &[]));
    (after_kill, after_stop)
}

/// A directory on the disk that holds this program, and not in memory.
pub fn directory() -> TempDir {
    TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory")
}

/// The program that is measured, for its subcommands.
pub fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_app"))
}

fn itself() -> Command {
    Command::new(std::env::current_exe().expect("this program has a path"))
}

fn app(role: &str, port: u16, admin: u16) -> Command {
    let mut command = program();
    command.arg(format!("--role={role}"));
    command.env("APP__HTTP__LISTEN", format!("127.0.0.1:{port}"));
    command.env("APP__ADMIN__LISTEN", format!("127.0.0.1:{admin}"));
    command
}
