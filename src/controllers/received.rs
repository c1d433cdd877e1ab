//! An object as the server tells it, read in one go.
//!
//! `DynamicObject` reads by way of a copy of everything, since which of its parts a field belongs to is asked of each of them. Every
//! answer to a write and every event of a watch is read so: for the controllers that was a tenth of all their work.

use std::borrow::Cow;
use std::fmt;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use kube::core::{ApiResource, DynamicObject, DynamicResourceScope, TypeMeta};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// A `DynamicObject`, which is read and written as one.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct Received(pub(crate) DynamicObject);

impl<'de> Deserialize<'de> for Received {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields).map(Self)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = DynamicObject;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a Kubernetes object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let (mut api_version, mut kind) = (None, None);
        let mut metadata: Option<ObjectMeta> = None;
        let mut data = Map::new();
        while let Some(name) = fields.next_key::<Cow<'de, str>>()? {
            match name.as_ref() {
                "apiVersion" => api_version = Some(fields.next_value()?),
                "kind" => kind = Some(fields.next_value()?),
                "metadata" if metadata.is_some() => return Err(A::Error::duplicate_field("metadata")),
                "metadata" => metadata = Some(fields.next_value()?),
                _ => {
                    data.insert(name.into_owned(), fields.next_value()?);
                }
            }
        }
        // As there, half a type is none.
        let types = api_version
            .zip(kind)
            .map(|(api_version, kind)| TypeMeta { api_version, kind });
        Ok(DynamicObject {
            types,
            metadata: metadata.unwrap_or_default(),
            data: Value::Object(data),
        })
    }
}

impl Resource for Received {
    type DynamicType = ApiResource;
    type Scope = DynamicResourceScope;

    fn group(of: &ApiResource) -> Cow<'_, str> {
        DynamicObject::group(of)
    }

    fn version(of: &ApiResource) -> Cow<'_, str> {
        DynamicObject::version(of)
    }

    fn kind(of: &ApiResource) -> Cow<'_, str> {
        DynamicObject::kind(of)
    }

    fn api_version(of: &ApiResource) -> Cow<'_, str> {
        DynamicObject::api_version(of)
    }

    fn plural(of: &ApiResource) -> Cow<'_, str> {
        DynamicObject::plural(of)
    }

    fn meta(&self) -> &ObjectMeta {
        &self.0.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.0.metadata
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_kube_reads_it() {
        let texts = [
            r#"{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "labels": {"b": "c"},
                "managedFields": [{"manager": "m", "fieldsV1": {"f:data": {}}}]}, "type": "x", "data": {"k": "dg=="}}"#,
            r#"{"spec": {"a\nb": [1, 2.5, null, true, {"c": "\u00e4"}]}, "kind": "K", "metadata": {}, "apiVersion": "g/v1"}"#,
            r#"{"kind": "K", "status": null}"#,
            r#"{"apiVersion": "v1"}"#,
            "{}",
            r#"{"metadata": {"name": 5}}"#,
            r#"{"metadata": null}"#,
            r#"{"metadata": {}, "metadata": {}}"#,
            "[]",
            "1",
        ];
        for text in texts {
            let kube: Result<DynamicObject, _> = serde_json::from_str(text);
            let ours: Result<Received, _> = serde_json::from_str(text);
            assert_eq!(kube.is_ok(), ours.is_ok(), "{text}: {kube:?} and {ours:?}");
            let (Ok(kube), Ok(ours)) = (kube, ours) else {
                continue;
            };
            assert_eq!(ours.0, kube, "{text}");
            let told = serde_json::to_value(&ours).expect("an object");
            assert_eq!(told, serde_json::to_value(&kube).expect("an object"));
        }
    }
}
