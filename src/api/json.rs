//! JSON as it is read of watched objects: texts stay where they are in what was received, and fields are found by looking.
//!
//! Objects have few fields at each level. To search those is cheaper than to build the maps of a `serde_json::Value` for
//! some hundred thousand objects, of which a handful of fields is kept.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// A JSON value that borrows its texts.
#[derive(Debug, Clone, PartialEq)]
pub enum Json<'a> {
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number that is whole and not too large.
    Integer(i64),
    /// Another number.
    Number,
    /// A text.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<Json<'a>>),
    /// An object.
    Object(Fields<'a>),
}

/// The fields of an object, in their order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fields<'a>(Vec<(Cow<'a, str>, Json<'a>)>);

impl<'a> Json<'a> {
    /// Reads an object that was received, without its managedFields, which are a third of it and nothing to show.
    ///
    /// # Errors
    /// What is no JSON, or is nested too deeply.
    pub fn parse(text: &'a str) -> Result<Self, serde_json::Error> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let value = Place::Whole.deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(value)
    }

    /// The field of that name, of an object.
    pub fn get(&self, name: &str) -> Option<&Json<'a>> {
        self.as_object()?.get(name)
    }

    /// The text, of a text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null
            | Self::Bool(_)
            | Self::Integer(_)
            | Self::Number
            | Self::List(_)
            | Self::Object(_) => None,
        }
    }

    /// The boolean, of a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(*flag),
            Self::Null
            | Self::Text(_)
            | Self::Integer(_)
            | Self::Number
            | Self::List(_)
            | Self::Object(_) => None,
        }
    }

    /// The number, of a whole one.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::Null | Self::Text(_) | Self::Bool(_) | Self::Number | Self::List(_) | Self::Object(_) => {
                None
            }
        }
    }

    /// The elements, of a list.
    pub fn as_list(&self) -> Option<&[Json<'a>]> {
        match self {
            Self::List(list) => Some(list),
            Self::Null
            | Self::Text(_)
            | Self::Bool(_)
            | Self::Integer(_)
            | Self::Number
            | Self::Object(_) => None,
        }
    }

    /// The fields, of an object.
    pub fn as_object(&self) -> Option<&Fields<'a>> {
        match self {
            Self::Object(fields) => Some(fields),
            Self::Null | Self::Text(_) | Self::Bool(_) | Self::Integer(_) | Self::Number | Self::List(_) => {
                None
            }
        }
    }

    /// Adds a text to an object that has no such field.
    pub fn complete(&mut self, name: &'static str, text: impl FnOnce() -> String) {
        if let Self::Object(fields) = self
            && fields.get(name).is_none()
        {
            fields.0.push((name.into(), Self::Text(text().into())));
        }
    }
}

impl<'a> Fields<'a> {
    /// The field of that name. Where it was written twice, the later one counts.
    pub fn get(&self, name: &str) -> Option<&Json<'a>> {
        let found = self.0.iter().rev().find(|(key, _)| key == name);
        found.map(|(_, value)| value)
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json<'a>)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }
}

impl<'a> From<&'a Value> for Json<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Number(number) => number.as_i64().map_or(Self::Number, Self::Integer),
            Value::String(text) => Self::Text(text.as_str().into()),
            Value::Array(list) => Self::List(list.iter().map(Self::from).collect()),
            Value::Object(map) => {
                let fields = map.iter();
                Self::Object(Fields(
                    fields
                        .map(|(name, value)| (name.as_str().into(), value.into()))
                        .collect(),
                ))
            }
        }
    }
}

/// A number that is not whole is left out, as `Json` does not keep it.
impl From<&Json<'_>> for Value {
    fn from(json: &Json<'_>) -> Self {
        match json {
            Json::Null | Json::Number => Self::Null,
            Json::Bool(flag) => Self::Bool(*flag),
            Json::Integer(number) => Self::from(*number),
            Json::Text(text) => Self::String(text.to_string()),
            Json::List(list) => Self::Array(list.iter().map(Self::from).collect()),
            Json::Object(fields) => Self::Object(
                fields
                    .iter()
                    .map(|(name, value)| (name.to_owned(), Self::from(value)))
                    .collect(),
            ),
        }
    }
}

/// Which part of an object is being read.
#[derive(Debug, Clone, Copy)]
enum Place {
    Whole,
    Metadata,
    Inside,
}

impl<'de> DeserializeSeed<'de> for Place {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(i64::try_from(value).map_or(Json::Number, Json::Integer))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json<'de>, E> {
        Ok(Json::Number)
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Json<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = sequence.next_element_seed(Self::Inside)? {
            list.push(value);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json<'de>, A::Error> {
        let mut fields = Vec::new();
        while let Some(name) = map.next_key_seed(Name)? {
            let place = match (self, name.as_ref()) {
                (Self::Whole, "metadata") => Self::Metadata,
                (Self::Metadata, "managedFields") => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
                (Self::Whole | Self::Metadata | Self::Inside, _) => Self::Inside,
            };
            fields.push((name, map.next_value_seed(place)?));
        }
        Ok(Json::Object(Fields(fields)))
    }
}

/// The name of a field.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(value.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn managed_fields_are_never_read() {
        let text = r#"{"metadata":{"name":"a","managedFields":[{"manager":"x"}],"labels":{"managedFields":"mine"}},
            "spec":{"managedFields":1}}"#;
        let expected = json!({
            "metadata": {"name": "a", "labels": {"managedFields": "mine"}}, "spec": {"managedFields": 1}
        });
        assert_eq!(Json::parse(text).expect("JSON"), Json::from(&expected));
    }

    #[test]
    fn texts_are_borrowed_unless_they_are_written_otherwise() {
        let text = r#"{"a":"plain","b\n":"\"quoted\""}"#;
        let json = Json::parse(text).expect("JSON");
        assert!(matches!(json.get("a"), Some(Json::Text(Cow::Borrowed("plain")))));
        assert_eq!(json.get("b\n").and_then(Json::as_str), Some("\"quoted\""));
    }

    #[test]
    fn what_is_written_twice_or_is_no_json() {
        let twice = Json::parse(r#"{"a":1,"a":2}"#).expect("JSON");
        assert_eq!(twice.get("a").and_then(Json::as_i64), Some(2));
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        for wrong in ["", "{", "{}{}", "[1e999]", deep.as_str()] {
            assert!(Json::parse(wrong).is_err(), "{wrong:.20}");
        }
    }

    #[test]
    fn what_is_missing_is_added() {
        let mut json = Json::parse(r#"{"kind":"Machine"}"#).expect("JSON");
        json.complete("kind", || "Cluster".to_owned());
        json.complete("apiVersion", || "v1".to_owned());
        assert_eq!(
            json,
            Json::from(&json!({ "kind": "Machine", "apiVersion": "v1" }))
        );
    }

    fn anything() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::hash_map(".*", inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn it_is_what_serde_json_reads(value in anything()) {
            let text = value.to_string();
            prop_assert_eq!(Json::parse(&text).expect("JSON"), Json::from(&value));
        }
    }
}
