//! Starts a role as a process of its own, from the real binary, and sends it signals.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::environment;

/// How long a start and an end may take on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until the role whose probes are there has found its store: how soon that is is not what every test is about.
///
/// # Panics
/// If that takes too long.
pub async fn until_ready(admin: SocketAddr) {
    let (ready, began) = (format!("http://{admin}/readyz"), Instant::now());
    while reqwest::get(&ready).await.expect("an answer").status() != 200 {
        assert!(began.elapsed() < PATIENCE, "it never found its store");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The real binary.
const APP: &str = env!("CARGO_BIN_EXE_app");

/// A process that runs; killed when it is dropped.
pub struct Process {
    child: Child,
    /// Where it takes traffic.
    pub traffic: SocketAddr,
    /// Where its probes are.
    pub admin: SocketAddr,
    lines: mpsc::Receiver<String>,
    /// What it said at its end.
    last: Vec<String>,
}

impl Process {
    /// Starts a role on free ports and waits until it listens.
    pub fn start(role: &str, data: &Path, settings: &[(&str, &str)]) -> Process {
        Process::start_with(role, data, settings, None)
    }

    /// The same, with a configuration file below the settings.
    pub fn start_with(role: &str, data: &Path, settings: &[(&str, &str)], file: Option<&Path>) -> Process {
        let mut command = Command::new(APP);
        if let Some(file) = file {
            command.arg("--config").arg(file);
        }
        Process::begin(command, role, data, settings)
    }

    /// Starts a role that may have only so many files open.
    pub fn start_with_files(files: u32, role: &str, data: &Path, settings: &[(&str, &str)]) -> Process {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -n {files} && exec \"$0\" \"$@\""), APP]);
        Process::begin(command, role, data, settings)
    }

    fn begin(mut command: Command, role: &str, data: &Path, settings: &[(&str, &str)]) -> Process {
        let data = data.to_str().expect("a path of text");
        environment::cleared(command.arg(format!("--role={role}")))
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        let ours = [
            ("http.listen", "127.0.0.1:0"),
            ("admin.listen", "127.0.0.1:0"),
            ("store.embedded.path", data),
            ("log.format", "json"),
        ];
        for (key, value) in ours.iter().chain(settings) {
            command.arg("--set").arg(format!("{key}={value}"));
        }
        let mut child = command.spawn().expect("the binary runs");
        let lines = read_lines(&mut child);
        let (traffic, admin) = listening(&lines).unwrap_or_else(|said| {
            let _ended = child.kill();
            panic!("{role} did not listen; it said:\n{said}");
        });
        Process { child, traffic, admin, lines, last: Vec::new() }
    }

    /// Where its traffic goes.
    pub fn url(&self) -> String {
        format!("http://{}", self.traffic)
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal, by its name.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.id().to_string()]).status();
        assert!(sent.expect("kill runs").success(), "the process is gone");
    }

    /// Waits for its end; the exit code, or none where a signal ended it.
    pub fn end(&mut self) -> Option<i32> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait().expect("a child") {
                // Its output ends with it, so this ends too.
                self.last.extend(self.lines.iter());
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        panic!("the process did not end; it said:\n{}", self.said().join("\n"));
    }

    /// What it has logged since it was last asked.
    pub fn said(&mut self) -> Vec<String> {
        let mut said = std::mem::take(&mut self.last);
        said.extend(self.lines.try_iter());
        said
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn read_lines(child: &mut Child) -> mpsc::Receiver<String> {
    let output = BufReader::new(child.stdout.take().expect("a pipe"));
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    lines
}

/// The addresses of the line that says where it listens, or all that was said instead.
fn listening(lines: &mpsc::Receiver<String>) -> Result<(SocketAddr, SocketAddr), String> {
    let until = Instant::now() + PATIENCE;
    let mut said = Vec::new();
    while let Ok(line) = lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
        let event: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
        if event["message"] == "listening" {
            let address = |name: &str| event[name].as_str().and_then(|text| text.parse().ok());
            return address("traffic").zip(address("admin")).ok_or(line);
        }
        said.push(line);
    }
    Err(said.join("\n"))
}
