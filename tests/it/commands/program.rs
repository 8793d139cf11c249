//! Runs the binary: as a server whose addresses are read from its log, and as a command with its output.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::thread;

use serde_json::Value;
use tempfile::TempDir;

use super::wire;

/// The real binary.
pub const APP: &str = env!("CARGO_BIN_EXE_app");

/// A process of `--role=all`, with data of its own.
pub struct Server {
    pub traffic: SocketAddr,
    pub admin: SocketAddr,
    process: Child,
    data: TempDir,
}

impl Server {
    pub fn start() -> Server {
        let data = tempfile::tempdir().expect("a directory");
        let path = format!("store.embedded.path={}", data.path().display());
        let settings =
            ["http.listen=127.0.0.1:0", "admin.listen=127.0.0.1:0", "shutdown.linger=0s", "log.format=json"];
        let mut command = Command::new(APP);
        command.args(["--role=all", "--set", &path, "--set", "log.requests=failures"]);
        for setting in settings {
            command.args(["--set", setting]);
        }
        let process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary");
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Server { traffic: nowhere, admin: nowhere, process, data };
        server.find_addresses();
        wire::wait(|| wire::get(server.traffic, "/healthz").0 == 200);
        server
    }

    /// Reads the log, wherever it goes, until it says where the process listens, and then to its end.
    fn find_addresses(&mut self) {
        let outputs: [Box<dyn Read + Send>; 2] = [
            Box::new(self.process.stdout.take().expect("piped")),
            Box::new(self.process.stderr.take().expect("piped")),
        ];
        let (sender, lines) = mpsc::channel();
        for output in outputs {
            let sender = sender.clone();
            thread::spawn(move || {
                BufReader::new(output).lines().map_while(Result::ok).for_each(|line| drop(sender.send(line)));
            });
        }
        drop(sender);
        let mut said = Vec::new();
        let listening = lines.iter().find_map(|line| {
            let event = serde_json::from_str::<Value>(&line).unwrap_or_default();
            said.push(line);
            (event["message"] == "listening").then_some(event)
        });
        let Some(event) = listening else { panic!("it did not start: {said:#?}") };
        let address =
            |name: &str| event[name].as_str().and_then(|text| text.parse().ok()).expect("an address");
        (self.traffic, self.admin) = (address("traffic"), address("admin"));
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.traffic)
    }

    pub fn admin_url(&self) -> String {
        format!("http://{}", self.admin)
    }

    /// Where its data is.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Stores a document.
    pub fn put(&self, path: &str, document: &str) {
        let (status, body) = wire::send(self.traffic, "PUT", path, document);
        assert!(matches!(status, 200..=204), "PUT {path}: {status} {body}");
    }

    /// Reads a document, or the text of a refusal.
    pub fn get(&self, path: &str) -> String {
        wire::get(self.traffic, path).1
    }

    /// The names of all collections.
    pub fn collections(&self) -> Vec<String> {
        let page: Value = serde_json::from_str(&self.get("/v1/collections")).expect("JSON");
        let names = page["collections"].as_array().expect("a list").iter();
        names.map(|one| one["name"].as_str().expect("a name").to_owned()).collect()
    }

    /// Stops it as an orchestrator does, and gives back its data.
    pub fn stop(mut self) -> TempDir {
        terminate(&self.process);
        assert!(self.process.wait().expect("a status").success());
        std::mem::replace(&mut self.data, tempfile::tempdir().expect("a directory"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// A command that may be run, or left running.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(APP);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs a command to its end.
pub fn run(arguments: &[&str]) -> Ran {
    Ran::of(command(arguments).output().expect("the binary"))
}

/// Runs a command to its end, with this as its standard input.
pub fn run_with(arguments: &[&str], input: &[u8]) -> Ran {
    let mut process = command(arguments).stdin(Stdio::piped()).spawn().expect("the binary");
    process.stdin.take().expect("piped").write_all(input).expect("somebody who reads");
    Ran::of(process.wait_with_output().expect("the binary"))
}

/// Sends SIGTERM.
pub fn terminate(process: &Child) {
    let sent = Command::new("kill").args(["-TERM", &process.id().to_string()]).status();
    assert!(sent.expect("kill").success());
}

/// What a command said.
pub struct Ran {
    pub status: ExitStatus,
    pub out: Vec<u8>,
    pub err: String,
}

impl Ran {
    pub fn of(output: Output) -> Ran {
        let err = String::from_utf8(output.stderr).expect("text");
        Ran { status: output.status, out: output.stdout, err }
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.out).expect("text")
    }

    #[track_caller]
    pub fn good(self) -> Ran {
        assert_eq!(self.status.code(), Some(0), "{}{}", self.text(), self.err);
        self
    }

    #[track_caller]
    pub fn bad(self) -> Ran {
        assert_eq!(self.status.code(), Some(1), "{}{}", String::from_utf8_lossy(&self.out), self.err);
        self
    }

    /// What was typed makes no sense.
    #[track_caller]
    pub fn senseless(self) -> Ran {
        assert_eq!(self.status.code(), Some(64), "{}{}", String::from_utf8_lossy(&self.out), self.err);
        self
    }
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("a path of text")
}
