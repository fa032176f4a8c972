//! JSON as the protocol takes it: within a size, one value, no member twice at any depth.

use std::cell::RefCell;
use std::fmt;
use std::ops::RangeInclusive;

use serde::Deserialize;
use serde::de::{self, DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::JsonError;

/// Parses one JSON value of a size in `sizes`. serde_json ends at a depth of 128.
pub(crate) fn parse(bytes: &[u8], sizes: RangeInclusive<usize>) -> Result<Value, JsonError> {
    if !sizes.contains(&bytes.len()) {
        return Err(JsonError::Size {
            size: bytes.len(),
            min: *sizes.start(),
            max: *sizes.end(),
        });
    }
    let duplicate = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict(&duplicate)
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| match duplicate.take() {
        Some(member) => JsonError::Duplicate(member),
        None => JsonError::Syntax(error.to_string()),
    })
}

/// Parses one object into a type that names all its members (`deny_unknown_fields`).
pub(crate) fn parse_as<T: DeserializeOwned>(
    bytes: &[u8],
    sizes: RangeInclusive<usize>,
) -> Result<T, JsonError> {
    serde_json::from_value(parse(bytes, sizes)?)
        .map_err(|error| JsonError::Members(error.to_string()))
}

/// A member that is there must have its type: `null` is no way of leaving it out.
pub(crate) fn present<'de, T: Deserialize<'de>, D: de::Deserializer<'de>>(
    d: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(d).map(Some)
}

/// Builds a [`Value`] and leaves the name of the first member that came twice.
#[derive(Clone, Copy)]
struct Strict<'a>(&'a RefCell<Option<String>>);

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;
    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element_seed(self)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            if members.contains_key(&name) {
                self.0.replace(Some(name));
                return Err(de::Error::custom("a member occurs twice"));
            }
            let value = map.next_value_seed(self)?;
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<(), &str>) {
        let got = parse(text.as_bytes(), 0..=40)
            .map(drop)
            .map_err(|error| match error {
                JsonError::Size { .. } => "size",
                JsonError::Syntax(_) => "syntax",
                JsonError::Duplicate(_) => "duplicate",
                JsonError::Members(_) => "members",
            });
        assert_eq!(got, expected, "{text}");
    }

    #[test]
    fn one_value_without_a_member_twice_is_taken() {
        check(r#"{"a":1,"b":[true,null,{"a":-1.5}]}"#, Ok(()));
        check(r#"{"a":1,"a":2}"#, Err("duplicate"));
        check(r#"{"a":1,"\u0061":2}"#, Err("duplicate"));
        check(r#"[{"x":{"a":1,"a":1}}]"#, Err("duplicate"));
        check(r#"{"a":1} {"#, Err("syntax"));
        check("", Err("syntax"));
        check("nul", Err("syntax"));
        check(&format!("\"{}\"", "x".repeat(40)), Err("size"));
    }
}
