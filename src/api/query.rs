//! The query of a request: known parameters, each once, none of them empty.

use std::borrow::Cow;

use crate::domain::{Kind, Place};

use super::faults::Faults;
use super::path;

/// Parameters whose value may be empty.
const MAY_BE_EMPTY: [&str; 2] = ["prefix", "start"];

/// The parameters that were given.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(&'static str, String)>);

impl Query {
    /// Reads a query of which only these parameters are known; notes what is wrong with it.
    pub(crate) fn parse(raw: Option<&str>, known: &[&'static str], faults: &mut Faults) -> Query {
        let mut query = Query::default();
        for pair in raw.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let mut fault = |name: &str, detail: &str| {
                faults.add(Kind::InvalidParameter, Place::Parameter(name.into()), detail);
            };
            let name = match decode(name) {
                Ok(name) => name,
                Err(detail) => {
                    fault(name, detail);
                    continue;
                }
            };
            let Some(name) = known.iter().copied().find(|known| *known == name) else {
                fault(&name, &unknown(known));
                continue;
            };
            match decode(value) {
                Err(detail) => fault(name, detail),
                Ok(_) if query.get(name).is_some() => fault(name, "this parameter is given twice"),
                Ok(value) if value.is_empty() && !MAY_BE_EMPTY.contains(&name) => {
                    fault(name, "this parameter is empty; give it a value, or leave it out");
                }
                Ok(value) => query.0.push((name, value.into_owned())),
            }
        }
        query
    }

    /// The value of a parameter, decoded.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

fn decode(text: &str) -> Result<Cow<'_, str>, &'static str> {
    if !text.contains('+') {
        return path::decode(text);
    }
    // A plus that is meant as one comes as %2B.
    path::decode(&text.replace('+', " ")).map(|text| Cow::Owned(text.into_owned()))
}

fn unknown(known: &[&str]) -> String {
    if known.is_empty() {
        return "there is no such parameter; this operation takes none".into();
    }
    format!("there is no such parameter; this operation takes {}", known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(raw: &str) -> (Query, Vec<String>) {
        let mut faults = Faults::default();
        let query = Query::parse(Some(raw), &["limit", "prefix", "end"], &mut faults);
        let wrong = match faults.judge() {
            Ok(()) => Vec::new(),
            Err(error) => {
                assert_eq!(error.kind(), Kind::InvalidParameter);
                let name = |place: &Place| match place {
                    Place::Parameter(name) => name.clone(),
                    other => panic!("{other:?}"),
                };
                error.faults().iter().map(|fault| name(&fault.place)).collect()
            }
        };
        (query, wrong)
    }

    #[test]
    fn names_and_values_are_decoded() {
        let (query, wrong) = parse("&li%6Dit=1%2B2&prefix=a+b%26=c&");
        assert_eq!(wrong, Vec::<String>::new());
        assert_eq!(query.get("limit"), Some("1+2"));
        assert_eq!(query.get("prefix"), Some("a b&=c"));
        assert_eq!(query.get("end"), None);
    }

    #[test]
    fn everything_that_is_wrong_is_told() {
        let (_, wrong) = parse("limt=10&prefix=&prefix=&limit=&end&prefix=%zz&%zz=1&=x&Limit=1");
        assert_eq!(wrong, ["limt", "prefix", "limit", "end", "prefix", "%zz", "", "Limit"]);
    }
}
