//! Hands values over to `serde_json`, for JSON Schema.

use serde_json::{Map, Number, Value};

use crate::domain::{Error, Result};

use super::tree::Json;

impl Json<'_> {
    /// The same value for libraries that work on `serde_json`.
    ///
    /// Built value by value: with its exact numbers switched on, `serde_json` takes objects with certain
    /// members for numbers where it reads them as text.
    ///
    /// # Errors
    /// `internal-error` where it does not take a number, which does not happen.
    pub fn to_value(&self) -> Result<Value> {
        Ok(match self {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(*value),
            Json::Number(text) => Value::Number(
                text.parse::<Number>()
                    .map_err(|error| Error::internal("a number is not taken for one").with_source(error))?,
            ),
            Json::String(text) => Value::String(text.content().into_owned()),
            Json::Array(elements) => elements.iter().map(Json::to_value).collect::<Result<_>>()?,
            Json::Object(members) => {
                let member = |(name, value): &(super::Text<'_>, Json<'_>)| {
                    Ok((name.content().into_owned(), value.to_value()?))
                };
                Value::Object(members.iter().map(member).collect::<Result<Map<_, _>>>()?)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_that_mean_something_to_the_library_stay_members() {
        for name in ["$serde_json::private::Number", "$serde_json::private::RawValue"] {
            let text = format!(r#"{{"{name}":"1"}}"#);
            let value = Json::parse(text.as_bytes()).unwrap().to_value().unwrap();
            assert_eq!(value[name], Value::from("1"));
        }
    }

    #[test]
    fn numbers_keep_their_value() {
        let text = b"[1e400,-0,123456789012345678901234567890.5,0.10]";
        let value = Json::parse(text).unwrap().to_value().unwrap();
        let numbers: Vec<String> = value.as_array().unwrap().iter().map(Value::to_string).collect();
        assert_eq!(numbers, ["1e+400", "-0", "123456789012345678901234567890.5", "0.10"]);
    }
}
