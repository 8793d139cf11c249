//! `GET /v1/collections/{c}/export`: a stream of lines, a page of the store at a time.

use std::rc::Rc;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{Stream, unfold};

use crate::api::limit::Counted;
use crate::api::state::State;
use crate::domain::{Context, Error, ListQuery, Page, Reply};

use super::ndjson::put_line;

/// Reads the page that a query asks for, under a deadline of its own.
async fn page(state: &State, context: &Context, query: &ListQuery) -> Reply<Page> {
    let context = Context { deadline: Instant::now() + state.deadline, ..context.clone() };
    state.store.list(&context, query.clone()).await
}

/// The lines from a page that is already there to the end, of items that are `mortal` by the settings or not. A failure
/// ends the stream with an error, which cuts the chunked body short: no reader can take half an export for a whole one.
pub(super) fn lines(
    state: Rc<State>,
    context: Context,
    query: ListQuery,
    first: Page,
    mortal: bool,
    counted: Option<Counted>,
) -> impl Stream<Item = Result<Bytes, Error>> {
    unfold(Some((query, Some(first))), move |at| {
        let (state, context, counted) = (Rc::clone(&state), context.clone(), counted.clone());
        async move {
            let (mut query, ready) = at?;
            let page = match ready {
                Some(page) => page,
                None => match page(&state, &context, &query).await {
                    Ok(page) => {
                        // The first page is counted with its answer; of the others only this place knows.
                        if let Some(counted) = &counted {
                            state.limits.spend(counted, page.charge, state.clock.now());
                        }
                        page.value
                    }
                    Err(error) => return Some((Err(error), None)),
                },
            };
            let mut chunk = BytesMut::new();
            for entry in &page.entries {
                put_line(&mut chunk, entry, mortal);
            }
            let next = page.next.map(|after| {
                query.after = Some(after);
                (query, None)
            });
            Some((Ok(chunk.freeze()), next))
        }
    })
}
