//! What a store answers.

use bytes::Bytes;
use prost::Message;

use crate::domain::{
    Charged, CollectionName, CollectionPage, Consistency, Error, Item, Reply as DomainReply,
    Result as DomainResult,
};
use crate::wire::documents::{Collector, Documents, Outgoing};
use crate::wire::{Answer, Malformed};

use super::fault::ErrorPart;
use super::item::{CollectionPart, ItemPart, PagePart, WrittenPart};
use super::parts::{ChargePart, consistency, is_eventual, needed};
use super::transaction::OutcomesPart;

/// An answer, or an error, and what it cost.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Reply {
    /// Of an answer; an error has its own.
    #[prost(message, optional, tag = "1")]
    charge: Option<ChargePart>,
    #[prost(oneof = "AnswerPart", tags = "2, 10, 11, 12, 13, 14, 15, 16, 17")]
    answer: Option<AnswerPart>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum AnswerPart {
    #[prost(message, tag = "2")]
    Error(ErrorPart),
    #[prost(message, tag = "10")]
    Read(ReadPart),
    #[prost(message, tag = "11")]
    ReadMany(ManyPart),
    #[prost(message, tag = "12")]
    Written(WrittenPart),
    #[prost(message, tag = "13")]
    Page(PagePart),
    #[prost(message, tag = "14")]
    Outcomes(OutcomesPart),
    #[prost(message, tag = "15")]
    Collections(CollectionsPart),
    #[prost(message, tag = "16")]
    Collection(CollectionPart),
    #[prost(bool, tag = "17")]
    Done(bool),
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
struct ReadPart {
    #[prost(message, optional, tag = "1")]
    item: Option<ItemPart>,
    #[prost(bool, tag = "2")]
    eventual: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ManyPart {
    #[prost(message, repeated, tag = "1")]
    results: Vec<OnePart>,
}

/// An item, an error, or that nothing is there.
#[derive(Clone, PartialEq, prost::Message)]
struct OnePart {
    #[prost(message, optional, tag = "1")]
    item: Option<ItemPart>,
    #[prost(message, optional, tag = "2")]
    error: Option<ErrorPart>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct CollectionsPart {
    #[prost(message, repeated, tag = "1")]
    collections: Vec<CollectionPart>,
    #[prost(string, optional, tag = "2")]
    next: Option<String>,
}

impl Reply {
    /// The message of an answer.
    pub fn new(reply: &DomainReply<Answer>) -> Outgoing<Reply> {
        let mut documents = Collector::default();
        let (charge, answer) = match reply {
            Ok(Charged { value, charge }) => {
                (ChargePart::of(*charge), AnswerPart::new(value, &mut documents))
            }
            Err(error) => (None, AnswerPart::Error(ErrorPart::new(error, &mut documents))),
        };
        documents.with(Reply { charge, answer: Some(answer) })
    }

    /// Reads a message.
    ///
    /// # Errors
    /// Where it is none that this version knows.
    pub fn read(meta: Bytes, body: Bytes) -> Result<DomainReply<Answer>, Malformed> {
        let reply = Reply::decode(meta)?;
        let answer = needed(reply.answer, "an answer that this version knows")?;
        let mut documents = Documents::new(body);
        Ok(match answer {
            AnswerPart::Error(error) => Err(error.error(&mut documents)?),
            answer => Ok(Charged::new(answer.answer(&mut documents)?, ChargePart::charge(reply.charge))),
        })
    }
}

impl AnswerPart {
    fn new(answer: &Answer, documents: &mut Collector) -> AnswerPart {
        match answer {
            Answer::Read(item, consistency) => {
                AnswerPart::Read(ReadPart::new(item.as_ref(), *consistency, documents))
            }
            Answer::ReadMany(results) => {
                let results = results.iter().map(|result| OnePart::new(result, documents)).collect();
                AnswerPart::ReadMany(ManyPart { results })
            }
            Answer::Written(written) => AnswerPart::Written(WrittenPart::new(written, documents)),
            Answer::Page(page) => AnswerPart::Page(PagePart::new(page, documents)),
            Answer::Outcomes(outcomes) => AnswerPart::Outcomes(OutcomesPart::new(outcomes, documents)),
            Answer::Collections(page) => AnswerPart::Collections(CollectionsPart::new(page, documents)),
            Answer::Collection(collection) => {
                AnswerPart::Collection(CollectionPart::new(collection, documents))
            }
            Answer::Done => AnswerPart::Done(true),
        }
    }

    fn answer(self, documents: &mut Documents) -> Result<Answer, Malformed> {
        Ok(match self {
            // Its only caller has taken errors out.
            AnswerPart::Error(error) => return Err(error.error(documents)?.into()),
            AnswerPart::Read(ReadPart { item, eventual }) => {
                let item = item.map(|item| item.item(documents)).transpose()?;
                Answer::Read(item, consistency(eventual))
            }
            AnswerPart::ReadMany(part) => {
                let results = part.results.into_iter().map(|one| one.result(documents));
                Answer::ReadMany(results.collect::<Result<_, _>>()?)
            }
            AnswerPart::Written(written) => Answer::Written(written.written(documents)?),
            AnswerPart::Page(page) => Answer::Page(page.page(documents)?),
            AnswerPart::Outcomes(outcomes) => Answer::Outcomes(outcomes.outcomes(documents)?),
            AnswerPart::Collections(page) => Answer::Collections(page.page(documents)?),
            AnswerPart::Collection(collection) => Answer::Collection(collection.collection(documents)?),
            AnswerPart::Done(_) => Answer::Done,
        })
    }
}

impl ReadPart {
    fn new(item: Option<&Item>, consistency: Consistency, documents: &mut Collector) -> ReadPart {
        let item = item.map(|item| ItemPart::new(item, documents));
        ReadPart { item, eventual: is_eventual(consistency) }
    }
}

impl OnePart {
    fn new(result: &DomainResult<Option<Item>>, documents: &mut Collector) -> OnePart {
        match result {
            Ok(item) => {
                OnePart { item: item.as_ref().map(|item| ItemPart::new(item, documents)), error: None }
            }
            Err(error) => OnePart { item: None, error: Some(ErrorPart::new(error, documents)) },
        }
    }

    fn result(self, documents: &mut Documents) -> Result<Result<Option<Item>, Error>, Malformed> {
        match self.error {
            Some(error) => Ok(Err(error.error(documents)?)),
            None => Ok(Ok(self.item.map(|item| item.item(documents)).transpose()?)),
        }
    }
}

impl CollectionsPart {
    fn new(page: &CollectionPage, documents: &mut Collector) -> CollectionsPart {
        let collections = page.collections.iter();
        CollectionsPart {
            collections: collections.map(|one| CollectionPart::new(one, documents)).collect(),
            next: page.next.as_ref().map(|name| name.as_str().into()),
        }
    }

    fn page(self, documents: &mut Documents) -> Result<CollectionPage, Malformed> {
        let collections = self.collections.into_iter().map(|one| one.collection(documents));
        Ok(CollectionPage {
            collections: collections.collect::<Result<_, _>>()?,
            next: self.next.map(|name| CollectionName::parse(&name)).transpose()?,
        })
    }
}
