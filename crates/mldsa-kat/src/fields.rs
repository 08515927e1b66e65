//! Reads a JSON object field by field. Every error names the object and the field.

use serde_json::{Map, Value};

use crate::error::Malformed;

/// A JSON object and its place in the file, in words (`tgId 1, tcId 3`).
#[derive(Clone)]
pub(crate) struct Fields<'a> {
    object: &'a Map<String, Value>,
    place: String,
}

/// Parses a whole file. The nesting that serde_json accepts is bounded (128), so no input overflows the stack.
pub(crate) fn parse(json: &str) -> Result<Value, Malformed> {
    serde_json::from_str(json).map_err(|error| Malformed::new("", format!("not JSON: {error}")))
}

impl<'a> Fields<'a> {
    /// `value` must be an object.
    pub(crate) fn new(value: &'a Value, place: impl Into<String>) -> Result<Self, Malformed> {
        let place = place.into();
        match value.as_object() {
            Some(object) => Ok(Self { object, place }),
            None => Err(Malformed::new(place, format!("must be a JSON object, is {}", kind(value)))),
        }
    }

    /// The same object with another name for its place, once its number is known.
    pub(crate) fn renamed(self, place: impl Into<String>) -> Self {
        Self { place: place.into(), ..self }
    }

    /// An error at the field `name`.
    pub(crate) fn error(&self, name: &str, reason: impl Into<String>) -> Malformed {
        let separator = if self.place.is_empty() { "" } else { ", " };
        Malformed::new(format!("{}{separator}field `{name}`", self.place), reason)
    }

    /// The field, unless it is absent or `null`.
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    fn optional<T>(
        &self,
        name: &str,
        expected: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Malformed> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => match read(value) {
                Some(read) => Ok(Some(read)),
                None => Err(self.error(name, format!("must be {expected}, is {}", kind(value)))),
            },
        }
    }

    fn required<T>(&self, name: &str, found: Option<T>) -> Result<T, Malformed> {
        found.ok_or_else(|| self.error(name, "is missing"))
    }

    pub(crate) fn number(&self, name: &str) -> Result<u64, Malformed> {
        let found = self.optional(name, "a number from 0 to 2^64 - 1", Value::as_u64)?;
        self.required(name, found)
    }

    pub(crate) fn boolean_opt(&self, name: &str) -> Result<Option<bool>, Malformed> {
        self.optional(name, "true or false", Value::as_bool)
    }

    pub(crate) fn boolean(&self, name: &str) -> Result<bool, Malformed> {
        self.required(name, self.boolean_opt(name)?)
    }

    pub(crate) fn text_opt(&self, name: &str) -> Result<Option<&'a str>, Malformed> {
        self.optional(name, "a string", Value::as_str)
    }

    pub(crate) fn text(&self, name: &str) -> Result<&'a str, Malformed> {
        self.required(name, self.text_opt(name)?)
    }

    pub(crate) fn array(&self, name: &str) -> Result<&'a [Value], Malformed> {
        let found = self.optional(name, "an array", |value| value.as_array().map(Vec::as_slice))?;
        self.required(name, found)
    }

    pub(crate) fn hex_opt(&self, name: &str) -> Result<Option<Vec<u8>>, Malformed> {
        match self.text_opt(name)? {
            None => Ok(None),
            Some(text) => hex::decode(text)
                .map(Some)
                .map_err(|error| self.error(name, format!("not hexadecimal: {error}"))),
        }
    }

    pub(crate) fn hex(&self, name: &str) -> Result<Vec<u8>, Malformed> {
        self.required(name, self.hex_opt(name)?)
    }

    /// Hexadecimal of exactly `N` bytes.
    pub(crate) fn hex_array<const N: usize>(&self, name: &str) -> Result<[u8; N], Malformed> {
        let bytes = self.hex(name)?;
        let length = bytes.len();
        bytes.try_into().map_err(|_| self.error(name, format!("is {length} bytes long, must be {N}")))
    }
}

/// What a JSON value is, in words.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn errors_name_place_field_and_fault() {
        let value = json!({"pk": "0g", "sk": "000", "seed": "00", "tcId": -1, "n": null});
        let fields = Fields::new(&value, "tgId 1, tcId 3").unwrap();
        let error = |result: Result<_, Malformed>| result.map(|_: Vec<u8>| ()).unwrap_err().to_string();
        assert_eq!(
            error(fields.hex("pk")),
            "tgId 1, tcId 3, field `pk`: not hexadecimal: Invalid character 'g' at position 1"
        );
        assert_eq!(
            error(fields.hex("sk")),
            "tgId 1, tcId 3, field `sk`: not hexadecimal: Odd number of digits"
        );
        assert_eq!(error(fields.hex("n")), "tgId 1, tcId 3, field `n`: is missing");
        assert_eq!(
            fields.hex_array::<32>("seed").unwrap_err().to_string(),
            "tgId 1, tcId 3, field `seed`: is 1 bytes long, must be 32"
        );
        assert_eq!(
            fields.number("tcId").unwrap_err().to_string(),
            "tgId 1, tcId 3, field `tcId`: must be a number from 0 to 2^64 - 1, is a number"
        );
        assert_eq!(
            Fields::new(&json!([]), "test 1").err().unwrap().to_string(),
            "test 1: must be a JSON object, is an array"
        );
    }

    #[test]
    fn deep_nesting_is_an_error_and_not_a_stack_overflow() {
        assert!(parse(&"[".repeat(1 << 20)).is_err());
    }
}
