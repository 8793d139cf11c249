//! When two values mean the same.

use std::collections::HashMap;
use std::sync::Arc;

use super::members::Members;
use super::number::Number;
use super::tree::Json;

/// Objects with more members are compared through a map.
const FEW: usize = 16;

impl PartialEq for Json<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Json::Null, Json::Null) => true,
            (Json::Bool(one), Json::Bool(another)) => one == another,
            (Json::Number(one), Json::Number(another)) => {
                one == another || Number::of(one) == Number::of(another)
            }
            (Json::String(one), Json::String(another)) => one.content() == another.content(),
            (Json::Array(one), Json::Array(another)) => Arc::ptr_eq(one, another) || one == another,
            (Json::Object(one), Json::Object(another)) => {
                Arc::ptr_eq(one, another) || one.len() == another.len() && same_members(one, another)
            }
            _ => false,
        }
    }
}

/// Whether each member of one is in the other; they have the same number.
fn same_members(one: &Members<'_>, another: &Members<'_>) -> bool {
    if one.len() <= FEW {
        return one.iter().all(|(name, value)| {
            let content = name.content();
            another.iter().any(|(other, there)| other.says(&content) && there == value)
        });
    }
    let there: HashMap<_, _> = another.iter().map(|(name, value)| (name.content(), value)).collect();
    one.iter().all(|(name, value)| there.get(&name.content()).is_some_and(|there| *there == value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &str, another: &str) -> bool {
        let parse = |text| Json::parse(text).unwrap();
        parse(one.as_bytes()) == parse(another.as_bytes())
    }

    #[test]
    fn meaning_counts_and_text_does_not() {
        assert!(same(r#"{"a":1,"b":[1.0,"\u0041"]}"#, r#"{ "\u0062":[10e-1,"A"], "a":1.00 }"#));
        assert!(!same(r#"{"a":1}"#, r#"{"a":1,"b":2}"#) && !same(r#"{"a":1}"#, r#"{"b":1}"#));
        assert!(
            !same("[1,2]", "[2,1]") && !same("[]", "{}") && !same("null", "false") && !same("1", "\"1\"")
        );
    }

    #[test]
    fn large_objects_are_compared_in_any_order() {
        let object = |numbers: &mut dyn Iterator<Item = usize>| {
            let members: Vec<String> = numbers.map(|number| format!("\"n{number}\":{number}")).collect();
            format!("{{{}}}", members.join(","))
        };
        let text = object(&mut (0..20_000));
        assert!(same(&text, &object(&mut (0..20_000).rev())));
        assert!(!same(&text, &object(&mut (1..20_001))));
    }
}
