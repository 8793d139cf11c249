//! The systems under measurement: child processes on free ports, gone when dropped.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::load::{KEYS, document};

/// One or more processes that answer at one port.
pub struct System {
    name: &'static str,
    port: u16,
    admin: Option<u16>,
    child: Child,
    upstream: Option<Box<System>>,
    data: Option<TempDir>,
}

impl System {
    /// The handler that does nothing.
    pub fn bare() -> System {
        let port = free_port();
        Self::start("bare handler", port, None, itself().args(["serve-bare", &port.to_string()]))
    }

    /// The proxy that does nothing.
    pub fn proxy(upstream: &System) -> System {
        let port = free_port();
        let upstream = upstream.url();
        Self::start("bare proxy", port, None, itself().args(["serve-proxy", &port.to_string(), &upstream]))
    }

    /// Both roles in one process.
    pub fn all() -> System {
        let data = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
        Self::all_over(data)
    }

    fn all_over(data: TempDir) -> System {
        let (port, admin) = (free_port(), free_port());
        let mut command = app("all", port, admin);
        command.env("APP__STORE__EMBEDDED__PATH", data.path());
        let mut system = Self::start("--role=all", port, Some(admin), &mut command);
        system.data = Some(data);
        system
    }

    /// The api role over the store role.
    pub fn pair() -> System {
        let data = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
        let (port, admin) = (free_port(), free_port());
        let mut command = app("store", port, admin);
        command.env("APP__STORE__EMBEDDED__PATH", data.path());
        let mut store = Self::start("--role=store", port, Some(admin), &mut command);
        store.data = Some(data);
        let (port, admin) = (free_port(), free_port());
        let mut command = app("api", port, admin);
        command.env("APP__STORE__URL", store.url());
        let mut api = Self::start("--role=api", port, Some(admin), &mut command);
        api.upstream = Some(Box::new(store));
        api
    }

    /// etcd, if it is installed.
    pub fn etcd() -> Option<System> {
        let data = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
        let (port, peer) = (free_port(), free_port());
        let (client, peer) = (format!("http://127.0.0.1:{port}"), format!("http://127.0.0.1:{peer}"));
        let mut command = Command::new("etcd");
        command.arg("--data-dir").arg(data.path());
        command.args(["--listen-client-urls", &client, "--advertise-client-urls", &client]);
        command.args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer]);
        command.args(["--initial-cluster", &format!("default={peer}")]);
        Command::new("etcd").arg("--version").output().ok()?;
        let mut system = Self::start("etcd", port, None, &mut command);
        system.data = Some(data);
        std::thread::sleep(Duration::from_secs(2));
        Some(system)
    }

    fn start(name: &'static str, port: u16, admin: Option<u16>, command: &mut Command) -> System {
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = quiet.spawn().unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let system = System { name, port, admin, child, upstream: None, data: None };
        system.wait_until_ready();
        system
    }

    fn wait_until_ready(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while Instant::now() < deadline {
            let up = match self.admin {
                Some(admin) => status(admin, "/readyz") == Some(200),
                None => TcpStream::connect(("127.0.0.1", self.port)).is_ok(),
            };
            if up {
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        panic!("{} is not ready after 20 s", self.name);
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        self.name
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Stores every key that the load reads.
    pub fn fill(&self) {
        self.put_keys((1..=KEYS).map(|place| format!("bench/items/key-{place:04}")));
    }

    fn put_keys(&self, paths: impl Iterator<Item = String>) {
        let body = document();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        let mut sent = 0;
        let mut request = Vec::new();
        for path in paths {
            request.clear();
            let head = format!(
                "PUT /v1/collections/{path} HTTP/1.1\r\nHost: bench\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            request.extend_from_slice(head.as_bytes());
            request.extend_from_slice(&body);
            stream.write_all(&request).expect("it takes requests");
            sent += 1;
            if sent % 16 == 0 {
                drain(&mut stream, 16);
            }
        }
        drain(&mut stream, sent % 16);
    }

    /// Fills a database, ends the process, starts it again, and says how long it took to be ready. Twice: after
    /// `kill -9`, and after it was told to stop.
    pub fn restart_with_items(items: usize) -> (Duration, Duration) {
        let data = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
        let filled = System::all_over(data);
        let workers = 8;
        std::thread::scope(|scope| {
            for worker in 0..workers {
                let filled = &filled;
                scope.spawn(move || {
                    let keys = (worker..items).step_by(workers);
                    filled.put_keys(keys.map(|place| format!("start/items/key-{place:06}")));
                });
            }
        });
        let (after_kill, again) = filled.replaced(System::kill);
        let (after_stop, _) = again.replaced(System::terminate);
        (after_kill, after_stop)
    }

    /// Ends it, starts another over its data, and says how long that took to be ready.
    fn replaced(mut self, end: impl FnOnce(&mut System)) -> (Duration, System) {
        let data = self.data.take().expect("it has data");
        end(&mut self);
        let began = Instant::now();
        let again = System::all_over(data);
        (began.elapsed(), again)
    }

    /// Resident memory of the process.
    pub fn resident_mib(&self) -> f64 {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("Linux");
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the kernel says it");
        line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1024.0
    }

    /// Resident memory of the store role behind an api role.
    pub fn upstream_resident_mib(&self) -> f64 {
        self.upstream.as_ref().map_or(0.0, |store| store.resident_mib())
    }
}

impl System {
    /// Ends it by SIGKILL: what was acknowledged is on the disk, that is the point.
    fn kill(&mut self) {
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait()) {
            eprintln!("{} does not end: {error}", self.name);
        }
    }

    /// Tells it to stop, and waits until it has.
    fn terminate(&mut self) {
        let told = Command::new("kill").args(["-s", "TERM", &self.child.id().to_string()]).status();
        assert!(told.expect("kill runs").success(), "{} is gone", self.name);
        let ended = self.child.wait().expect("it ends");
        assert!(ended.success(), "{} stopped with {ended}", self.name);
    }
}

impl Drop for System {
    fn drop(&mut self) {
        self.kill();
    }
}

fn itself() -> Command {
    Command::new(std::env::current_exe().expect("this program has a path"))
}

fn app(role: &str, port: u16, admin: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_app"));
    command.arg(format!("--role={role}"));
    command.env("APP__HTTP__LISTEN", format!("127.0.0.1:{port}"));
    command.env("APP__ADMIN__LISTEN", format!("127.0.0.1:{admin}"));
    command
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound").port()
}

fn status(port: u16, path: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).ok()?;
    let mut head = [0; 12];
    stream.read_exact(&mut head).ok()?;
    std::str::from_utf8(&head[9..]).ok()?.parse().ok()
}

/// Reads that many answers without a body.
fn drain(stream: &mut TcpStream, mut answers: usize) {
    let mut tail = [0u8; 4];
    let mut byte = [0u8; 4096];
    while answers > 0 {
        let read = stream.read(&mut byte).expect("it answers");
        assert!(read > 0, "the connection was closed");
        for byte in &byte[..read] {
            tail.rotate_left(1);
            tail[3] = *byte;
            if &tail == b"\r\n\r\n" {
                answers -= 1;
            }
        }
    }
}
