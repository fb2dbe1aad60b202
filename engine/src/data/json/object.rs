//! An object of a JSON file: the fields that may be a text or a label.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

/// The maximum number of fields of an object that are read.
const MOST_FIELDS: usize = 4_096;

/// The fields of an object that are kept.
pub(super) struct Object(pub(super) Vec<(String, Field)>);

/// A field of an object.
pub(super) enum Field {
    Text(String),
    /// A number or a boolean.
    Other(String),
    Null,
    /// An array or an object.
    Inner,
}

pub(super) fn object<'de, A: MapAccess<'de>>(mut map: A) -> std::result::Result<Object, A::Error> {
    let mut fields = Vec::new();
    while fields.len() < MOST_FIELDS
        && let Some(field) = map.next_entry()?
    {
        fields.push(field);
    }
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(Object(fields))
}

/// The content of a line.
pub(super) enum Any {
    Object(Object),
    Other,
}

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Any, D::Error> {
        struct Own;
        impl<'de> Visitor<'de> for Own {
            type Value = Any;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<Any, A::Error> {
                object(map).map(Any::Object)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<Any, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Any::Other)
            }

            fn visit_bool<E>(self, _: bool) -> std::result::Result<Any, E> {
                Ok(Any::Other)
            }

            fn visit_i64<E>(self, _: i64) -> std::result::Result<Any, E> {
                Ok(Any::Other)
            }

            fn visit_u64<E>(self, _: u64) -> std::result::Result<Any, E> {
                Ok(Any::Other)
            }

            fn visit_f64<E>(self, _: f64) -> std::result::Result<Any, E> {
                Ok(Any::Other)
            }

            fn visit_str<E>(self, _: &str) -> std::result::Result<Any, E> {
                Ok(Any::Other)
            }

            fn visit_unit<E>(self) -> std::result::Result<Any, E> {
                Ok(Any::Other)
            }
        }
        from.deserialize_any(Own)
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Field, D::Error> {
        struct Own;
        impl<'de> Visitor<'de> for Own {
            type Value = Field;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Field, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Field::Inner)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<Field, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Field::Inner)
            }

            fn visit_bool<E>(self, value: bool) -> std::result::Result<Field, E> {
                Ok(Field::Other(value.to_string()))
            }

            fn visit_i64<E>(self, value: i64) -> std::result::Result<Field, E> {
                Ok(Field::Other(value.to_string()))
            }

            fn visit_u64<E>(self, value: u64) -> std::result::Result<Field, E> {
                Ok(Field::Other(value.to_string()))
            }

            fn visit_f64<E>(self, value: f64) -> std::result::Result<Field, E> {
                // In JSON's notation: 1.0, not 1.
                Ok(Field::Other(Number::from_f64(value).map_or_else(|| value.to_string(), |n| n.to_string())))
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Field, E> {
                Ok(Field::Text(value.to_string()))
            }

            fn visit_string<E>(self, value: String) -> std::result::Result<Field, E> {
                Ok(Field::Text(value))
            }

            fn visit_unit<E>(self) -> std::result::Result<Field, E> {
                Ok(Field::Null)
            }
        }
        from.deserialize_any(Own)
    }
}
