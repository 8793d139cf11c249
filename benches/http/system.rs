//! A system under measurement: child processes on free ports, gone when dropped.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::client;
use crate::process::Process;

/// How long a process may take to be ready.
const START: Duration = Duration::from_secs(20);

/// One or more processes that answer at one port.
pub struct System {
    name: &'static str,
    port: u16,
    admin: Option<u16>,
    child: Child,
    upstream: Option<Box<System>>,
    /// Further processes whose work counts as this system's.
    helpers: Vec<Process>,
    data: Option<TempDir>,
    token: Option<String>,
}

impl System {
    /// Starts a process that answers at that port, and waits until it is ready: by its admin port, if it has one.
    pub fn start(name: &'static str, port: u16, admin: Option<u16>, command: &mut Command) -> System {
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = quiet.spawn().unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let (upstream, data, token) = (None, None, None);
        let system = System { name, port, admin, child, upstream, helpers: Vec::new(), data, token };
        system.wait_until_ready();
        system
    }

    /// The same, which keeps its data there.
    #[must_use]
    pub fn with_data(mut self, data: TempDir) -> System {
        self.data = Some(data);
        self
    }

    /// The same, with the system behind it, which lives as long.
    #[must_use]
    pub fn before(mut self, upstream: System) -> System {
        self.helpers.push(upstream.process());
        self.upstream = Some(Box::new(upstream));
        self
    }

    /// The same; what the other one does counts as its work.
    #[must_use]
    pub fn counting(mut self, other: &System) -> System {
        self.helpers.push(other.process());
        self
    }

    /// The same, which is asked with that key.
    #[must_use]
    pub fn with_token(mut self, token: &str) -> System {
        self.token = Some(token.into());
        self
    }

    fn wait_until_ready(&self) {
        let deadline = Instant::now() + START;
        while Instant::now() < deadline {
            let up = match self.admin {
                Some(admin) => client::status(admin, "/readyz") == Some(200),
                None => TcpStream::connect(("127.0.0.1", self.port)).is_ok(),
            };
            if up {
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        panic!("{} is not ready after {START:?}", self.name);
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

    /// The admin ports of its processes.
    pub fn admins(&self) -> Vec<u16> {
        let mut admins = self.upstream.as_ref().map_or_else(Vec::new, |upstream| upstream.admins());
        admins.extend(self.admin);
        admins
    }

    /// The key with which it is asked.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The process that answers.
    pub fn process(&self) -> Process {
        Process::of(self.child.id())
    }

    /// The system behind it.
    pub fn upstream(&self) -> Option<&System> {
        self.upstream.as_deref()
    }

    /// CPU that its processes have taken.
    pub fn cpu(&self) -> Duration {
        self.helpers.iter().map(Process::cpu).sum::<Duration>() + self.process().cpu()
    }

    /// Ends it by `end`, starts another over its data, and says how long that took to be ready.
    pub fn replaced(
        mut self,
        end: impl FnOnce(&mut System),
        start: impl FnOnce(TempDir) -> System,
    ) -> (Duration, System) {
        let data = self.data.take().expect("it has data");
        end(&mut self);
        let began = Instant::now();
        let again = start(data);
        (began.elapsed(), again)
    }

    /// Ends it by SIGKILL: what was acknowledged is on the disk, that is the point.
    pub fn kill(&mut self) {
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait()) {
            eprintln!("{} does not end: {error}", self.name);
        }
    }

    /// Tells it to stop, and waits until it has.
    pub fn terminate(&mut self) {
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

/// A port on which nobody listens.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound").port()
}
