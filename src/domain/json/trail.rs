//! Remembers where in a text its reader is, for errors.

use super::pointer::Pointer;
use super::reader::{Container, Scalar, Sink};
use super::text;

/// Bytes of a pointer in an error; of a longer one only the beginning is told, up to some enclosing value.
const TOLD: usize = 1024;

/// The way to the value that is being read.
#[derive(Default)]
pub(super) struct Trail<'a> {
    steps: Vec<Step<'a>>,
}

enum Step<'a> {
    /// Elements that were read in an array.
    Elements(usize),
    /// The member that is being read in an object, if one is.
    Member(Option<&'a str>),
}

impl Trail<'_> {
    /// The pointer to where it is.
    pub(super) fn pointer(&self) -> String {
        let mut pointer = Pointer::root();
        for step in &self.steps {
            let deeper = match step {
                Step::Elements(read) => pointer.child(&read.to_string()),
                Step::Member(Some(written)) => pointer.child(&text::content(written)),
                Step::Member(None) => break,
            };
            if deeper.as_str().len() > TOLD {
                break;
            }
            pointer = deeper;
        }
        pointer.as_str().to_owned()
    }

    fn value_read(&mut self) {
        match self.steps.last_mut() {
            Some(Step::Elements(read)) => *read += 1,
            Some(Step::Member(name)) => *name = None,
            None => {}
        }
    }
}

impl<'a> Sink<'a> for Trail<'a> {
    fn open(&mut self, container: Container) {
        self.steps.push(match container {
            Container::Array => Step::Elements(0),
            Container::Object => Step::Member(None),
        });
    }

    fn name(&mut self, written: &'a str) {
        if let Some(Step::Member(name)) = self.steps.last_mut() {
            *name = Some(written);
        }
    }

    fn scalar(&mut self, _scalar: Scalar, _written: &'a str) {
        self.value_read();
    }

    fn close(&mut self) {
        self.steps.pop();
        self.value_read();
    }
}
