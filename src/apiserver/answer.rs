//! Answers: objects and lists in the form that the client asked for.

mod pieces;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::call::Call;
use crate::request::Form;
use crate::status::ApiError;
use crate::storage::Stored;
use crate::table::{self, TableOptions};

use pieces::Pieces;

/// A JSON text as an answer.
pub(crate) fn json_text(code: StatusCode, text: impl Into<Body>) -> Response {
    let mut response = Response::new(text.into());
    *response.status_mut() = code;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache, private"),
    );
    response
}

/// A JSON value as an answer.
pub(crate) fn json_value(code: StatusCode, value: &Value) -> Response {
    json_text(code, value.to_string())
}

/// A stored object as an answer.
pub(crate) fn stored(call: &Call, code: StatusCode, stored: &Stored) -> Result<Response, ApiError> {
    match call.accept.form()? {
        Form::Object => Ok(json_text(code, call.place.text(stored)?)),
        Form::Metadata => Ok(json_text(code, partial(&call.place.text(stored)?)?)),
        Form::Table(version) => Ok(json_value(
            code,
            &one_row(call, &version, &call.place.read(stored)?),
        )),
    }
}

/// An object that is not stored as it is answered: of a dry run, or while it goes.
pub(crate) fn object(call: &Call, code: StatusCode, object: &Value) -> Result<Response, ApiError> {
    match call.accept.form()? {
        Form::Object => Ok(json_value(code, object)),
        Form::Metadata => Ok(json_text(code, partial(object.to_string().as_bytes())?)),
        Form::Table(version) => Ok(json_value(code, &one_row(call, &version, object))),
    }
}

fn one_row(call: &Call, version: &str, object: &Value) -> Value {
    let revision = object.pointer("/metadata/resourceVersion");
    let options = table_options(call, version, true);
    let meta = json!({"resourceVersion": revision});
    table::render(&call.place.resource, &[object], meta, &options, call.place.now())
}

/// How a request wants its Table.
pub(crate) fn table_options(call: &Call, version: &str, with_columns: bool) -> TableOptions {
    TableOptions {
        version: version.to_owned(),
        include_object: call.query.include_object,
        with_columns,
    }
}

#[derive(Deserialize)]
struct OnlyMetadata<'a> {
    #[serde(borrow)]
    metadata: &'a RawValue,
}

/// The `PartialObjectMetadata` of an object's text. Nothing but the border of its metadata is looked for.
pub(crate) fn partial(object: &[u8]) -> Result<Bytes, ApiError> {
    let read: OnlyMetadata<'_> = serde_json::from_slice(object)?;
    let text = format!(
        r#"{{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{}}}"#,
        read.metadata.get()
    );
    Ok(text.into())
}

/// The `metadata` of a list.
#[derive(Debug, Default)]
pub(crate) struct ListMeta {
    /// The revision that the list is of.
    pub(crate) revision: u64,
    /// The token of the next page.
    pub(crate) next_page: Option<String>,
    /// How many more there are, where that is known.
    pub(crate) remaining: Option<usize>,
}

impl ListMeta {
    fn value(&self) -> Value {
        let mut meta = json!({"resourceVersion": self.revision.to_string()});
        if let Some(token) = &self.next_page {
            meta["continue"] = json!(token);
        }
        if let Some(remaining) = self.remaining {
            meta["remainingItemCount"] = json!(remaining);
        }
        meta
    }
}

/// A list as an answer. Whole objects are told as the texts that the store holds, never parsed, and copied only while they
/// are sent.
pub(crate) fn list(
    call: &Call,
    meta: &ListMeta,
    objects: &[std::sync::Arc<Stored>],
) -> Result<Response, ApiError> {
    let resource = &call.place.resource;
    let (kind, api_version, partial_only) = match call.accept.form()? {
        Form::Table(version) => {
            let values = objects
                .iter()
                .map(|stored| call.place.read(stored))
                .collect::<Result<Vec<_>, _>>()?;
            let rows: Vec<&Value> = values.iter().collect();
            let options = table_options(call, &version, true);
            let table = table::render(resource, &rows, meta.value(), &options, call.place.now());
            return Ok(json_value(StatusCode::OK, &table));
        }
        Form::Object => (resource.list_kind.clone(), resource.api_version(), false),
        Form::Metadata => (
            "PartialObjectMetadataList".to_owned(),
            "meta.k8s.io/v1".to_owned(),
            true,
        ),
    };
    let head = format!(
        r#"{{"kind":{},"apiVersion":{},"metadata":{},"items":["#,
        json!(kind),
        json!(api_version),
        meta.value()
    );
    let mut texts = Vec::with_capacity(2 * objects.len() + 2);
    texts.push(Bytes::from(head));
    for (index, stored) in objects.iter().enumerate() {
        if index > 0 {
            texts.push(Bytes::from_static(b","));
        }
        let object = call.place.text(stored)?;
        texts.push(if partial_only { partial(&object)? } else { object });
    }
    texts.push(Bytes::from_static(b"]}"));
    Ok(json_text(StatusCode::OK, Body::new(Pieces::new(texts))))
}
