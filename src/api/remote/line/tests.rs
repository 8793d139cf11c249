//! What a line makes of chunks that no store would send.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;

use futures_util::FutureExt as _;

use crate::domain::{Reply, RequestId};
use crate::wire::message::Reply as ReplyMessage;
use crate::wire::{Answer, Call};

use super::*;

#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn an_answer_before_something_malformed_reaches_its_call() {
    let line = Line::new();
    let id = RequestId::parse("test").unwrap();
    let request = Request::new(&id, None, &Call::Ready);
    let mut exchange = pin!(line.exchange(&request, Instant::now() + Duration::from_secs(30)));
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut task = Task::from_waker(&waker);
    assert!(exchange.poll_unpin(&mut task).is_pending());

    let mut queue = Queue::default();
    let done: Reply<Answer> = Ok(crate::domain::Charged::new(Answer::Done, crate::domain::Charge::ZERO));
    queue.push(Kind::Reply, 0, 0, &ReplyMessage::new(&done));
    let mut chunk = queue.take().unwrap().to_vec();
    chunk.extend_from_slice(&[0xff; 64]);
    line.receive(&mut Reader::default(), chunk.into()).unwrap_err();
    assert_eq!(woken.0.load(Ordering::SeqCst), 1, "nobody else would wake it");
    line.close("what came was malformed");
    assert!(matches!(exchange.poll_unpin(&mut task), Poll::Ready(Outcome::Answered(_))));
}
