//! From the JSON of one object to its row: managedFields are skipped while reading, and one object that cannot be read
//! never takes the others with it.

use std::fmt;

use compact_str::CompactString;
use fleetui_api::json::Json;
use fleetui_base::ManagementCluster;
use fleetui_fleet::Row;
use fleetui_fleet::table::Path;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::catalogue::Served;

/// Reads an object, and what is at `paths` of it. `None` where not even its name can be told.
pub(crate) fn row(
    raw: &RawValue,
    served: &Served,
    management_cluster: &ManagementCluster,
    paths: &[Path],
) -> Option<Row> {
    match Json::parse(raw.get()) {
        Ok(mut object) => {
            // Servers leave kind and version out of the items of some lists.
            object.complete("apiVersion", || served.api_version());
            object.complete("kind", || served.kind.kind.to_string());
            object.get("metadata")?.get("name")?.as_str()?;
            Some(Row::of(management_cluster.clone(), &object).looking_up(paths, &object))
        }
        Err(error) => rescued(raw, &error, served, management_cluster),
    }
}

/// Reads an object without its managedFields, which are a third of it and nothing to show.
pub(crate) fn lean(json: &str) -> Result<Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let object = Lean::Object.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(object)
}

/// What is kept of an object that is no proper JSON value (nested without end, numbers out of range): its identity.
fn rescued(
    raw: &RawValue,
    error: &serde_json::Error,
    served: &Served,
    management_cluster: &ManagementCluster,
) -> Option<Row> {
    let identity: Identified = serde_json::from_str(raw.get()).ok()?;
    let object = serde_json::json!({
        "apiVersion": served.api_version(),
        "kind": served.kind.kind.as_ref(),
        "metadata": {
            "namespace": identity.metadata.namespace,
            "name": identity.metadata.name,
            "uid": identity.metadata.uid,
            "resourceVersion": identity.metadata.resource_version,
        },
    });
    let mut row = Row::project(management_cluster.clone(), &object);
    let mut broken = std::mem::take(&mut row.facts.broken).into_vec();
    broken.push(CompactString::from(format!("the object cannot be read: {error}")));
    row.facts.broken = broken.into();
    Some(row)
}

/// The identity of an object, read past everything else.
#[derive(Deserialize)]
pub(crate) struct Identified {
    pub(crate) metadata: Identity,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Identity {
    #[serde(default)]
    pub(crate) namespace: CompactString,
    #[serde(default)]
    pub(crate) name: CompactString,
    #[serde(default)]
    pub(crate) uid: CompactString,
    #[serde(default)]
    pub(crate) resource_version: CompactString,
}

/// Where in the object the reading is.
#[derive(Clone, Copy)]
enum Lean {
    Object,
    Metadata,
}

impl<'de> DeserializeSeed<'de> for Lean {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        match self {
            Self::Object => deserializer.deserialize_map(self),
            // Metadata that is no map is the projection's to complain about.
            Self::Metadata => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Lean {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Object => "an object",
            Self::Metadata => "metadata",
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            match (self, key.as_str()) {
                (Self::Object, "metadata") => {
                    let metadata = map.next_value_seed(Self::Metadata)?;
                    read.insert(key, metadata);
                }
                (Self::Metadata, "managedFields") => {
                    map.next_value::<IgnoredAny>()?;
                }
                (Self::Object | Self::Metadata, _) => {
                    let value = map.next_value()?;
                    read.insert(key, value);
                }
            }
        }
        Ok(Value::Object(read))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
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

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        while let Some(value) = sequence.next_element()? {
            read.push(value);
        }
        Ok(Value::Array(read))
    }
}

#[cfg(test)]
mod tests {
    use fleetui_api::kinds;

    use super::*;

    fn machines() -> Served {
        Served {
            kind: kinds::core("Machine"),
            version: "v1beta2".into(),
            plural: "machines".into(),
            namespaced: true,
            watchable: true,
        }
    }

    fn read(json: &str) -> Option<Row> {
        let raw: Box<RawValue> = serde_json::from_str(json).unwrap();
        row(&raw, &machines(), &ManagementCluster::new("taipei"), &[])
    }

    #[test]
    fn managed_fields_are_never_kept() {
        let json = r#"{"metadata":{"name":"a","managedFields":[{"manager":"x"}],"labels":{"managedFields":"mine"}},
            "spec":{"managedFields":1}}"#;
        let object = lean(json).unwrap();
        let expected = serde_json::json!({
            "metadata": {"name": "a", "labels": {"managedFields": "mine"}}, "spec": {"managedFields": 1}
        });
        assert_eq!(object, expected);
    }

    #[test]
    fn kind_and_version_are_added_where_a_list_leaves_them_out() {
        let row = read(r#"{"metadata":{"name":"a","namespace":"b","uid":"u"}}"#).unwrap();
        assert_eq!(row.facts.kind, kinds::core("Machine"));
        assert_eq!(row.facts.api_version, "cluster.x-k8s.io/v1beta2");
        assert_eq!(row.key().to_string(), "Machine b/a in taipei");
    }

    #[test]
    fn an_object_that_cannot_be_read_keeps_its_identity() {
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        let json = format!(r#"{{"metadata":{{"name":"a","namespace":"b","uid":"u"}},"spec":{deep}}}"#);
        let row = read(&json).unwrap();
        assert_eq!(row.facts.uid, "u");
        assert!(
            row.facts
                .broken
                .iter()
                .any(|what| what.contains("cannot be read")),
            "{:?}",
            row.facts.broken
        );
        for wrong in [
            r#"{"metadata":{"name":"a"},"spec":7,"status":[]}"#,
            r#"{"metadata":{"name":"a","labels":3}}"#,
        ] {
            assert_eq!(read(wrong).unwrap().facts.object.name, "a");
        }
    }

    #[test]
    fn what_has_no_name_is_no_object() {
        for nameless in [
            "{}",
            "[]",
            "null",
            r#"{"metadata":3}"#,
            r#"{"metadata":{"name":7}}"#,
        ] {
            assert!(read(nameless).is_none(), "{nameless}");
        }
    }
}
