//! Amazon's `DynamoDB` Local, as `scripts/dynamodb-local` starts it, where there is Java.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};

/// One that runs, until it is dropped.
pub struct Local {
    /// Where it answers.
    pub endpoint: String,
    child: Child,
    /// Held open: it may say something at its end.
    _said: Lines<BufReader<ChildStdout>>,
}

impl Local {
    /// Starts one.
    ///
    /// # Errors
    /// Why there is none: a sentence.
    pub fn start() -> Result<Local, String> {
        // It ends with the command that it was given, and that with its input.
        let mut child = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/dynamodb-local"))
            .arg("cat")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the script runs");
        let mut said = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut last = String::from("it said nothing");
        while let Some(line) = said.next().transpose().expect("its output is text") {
            if let Some((_, address)) = line.split_once(" listens on ") {
                return Ok(Local { endpoint: format!("http://{address}"), child, _said: said });
            }
            last = line;
        }
        child.wait().expect("it ends");
        Err(last)
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        if let Err(error) = self.child.wait() {
            eprintln!("DynamoDB Local does not end: {error}");
        }
    }
}
