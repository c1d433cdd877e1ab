//! The lines of a watch: which event a change is for this watch's selectors, and its form.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::answer;
use crate::call::Call;
use crate::forms;
use crate::request::Form;
use crate::status::ApiError;
use crate::storage::{Event, EventKind, Stored};
use crate::table;

/// Writes the lines of one watch.
pub(super) struct Lines {
    form: Form,
    /// Only the first Table has its columns described.
    columns_told: bool,
}

impl Lines {
    pub(super) fn new(form: Form) -> Self {
        Self {
            form,
            columns_told: false,
        }
    }

    /// An object that is there at the start.
    pub(super) fn added(
        &mut self,
        call: &Call,
        stored: &Stored,
        piece: &mut Vec<u8>,
    ) -> Result<(), ApiError> {
        self.line(call, "ADDED", &call.place.text(stored)?, piece)
    }

    /// A change: entering the selection is an ADDED, leaving it a DELETED of the object as it was, with the change's
    /// revision.
    pub(super) fn event(&mut self, call: &Call, event: &Event, piece: &mut Vec<u8>) -> Result<(), ApiError> {
        let served = |stored: &Arc<Stored>| forms::served(&call.place.resource, Arc::clone(stored));
        let object = served(&event.object)?;
        let previous = event.previous.as_ref().map(served).transpose()?;
        let now = event.kind != EventKind::Deleted && selects(call, &object);
        let before = previous.filter(|previous| selects(call, previous));
        match (before, now) {
            (Some(_), true) => self.line(call, "MODIFIED", &call.place.text(&object)?, piece),
            (None, true) => self.line(call, "ADDED", &call.place.text(&object)?, piece),
            (Some(previous), false) => {
                let gone = call.place.text_at(&previous, event.revision())?;
                self.line(call, "DELETED", &gone, piece)
            }
            (None, false) => Ok(()),
        }
    }

    /// A change of an object that is kept nowhere, and its revision.
    pub(super) fn made(
        &mut self,
        call: &Call,
        (kind, stored, revision): (&str, &Stored, u64),
        piece: &mut Vec<u8>,
    ) -> Result<(), ApiError> {
        self.line(call, kind, &call.place.text_at(stored, revision)?, piece)
    }

    /// A bookmark: everything up to `revision` was told. `initial` marks the end of what was there at the start.
    pub(super) fn bookmark(&self, call: &Call, revision: u64, initial: bool) -> Vec<u8> {
        let resource = &call.place.resource;
        let (api_version, kind) = match &self.form {
            Form::Object => (resource.api_version(), resource.kind.clone()),
            Form::Metadata => ("meta.k8s.io/v1".to_owned(), "PartialObjectMetadata".to_owned()),
            Form::Table(version) => (format!("meta.k8s.io/{version}"), "Table".to_owned()),
        };
        let mut metadata = json!({"resourceVersion": revision.to_string()});
        if initial {
            metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let mut object = json!({"kind": kind, "apiVersion": api_version, "metadata": metadata});
        if let Form::Table(_) = &self.form {
            object["columnDefinitions"] = Value::Null;
            object["rows"] = json!([]);
        }
        text("BOOKMARK", object.to_string().as_bytes())
    }

    fn line(&mut self, call: &Call, kind: &str, object: &[u8], piece: &mut Vec<u8>) -> Result<(), ApiError> {
        match &self.form {
            Form::Object => push(kind, object, piece),
            Form::Metadata => push(kind, &answer::partial(object)?, piece),
            Form::Table(version) => {
                let object: Value = serde_json::from_slice(object)?;
                let options = answer::table_options(call, version, !self.columns_told);
                self.columns_told = true;
                let meta = json!({"resourceVersion": object.pointer("/metadata/resourceVersion")});
                let table = table::render(&call.place.resource, &[&object], meta, &options, call.place.now());
                push(kind, table.to_string().as_bytes(), piece);
            }
        }
        Ok(())
    }
}

fn selects(call: &Call, stored: &Stored) -> bool {
    let namespace = call.path.namespace.as_deref();
    namespace.is_none_or(|namespace| stored.key.object.namespace == namespace)
        && call.query.labels.matches(&stored.meta)
        && call.query.fields.matches(&call.place, stored)
}

/// The line that ends a watch with a refusal.
pub(super) fn error(error: &ApiError) -> Vec<u8> {
    text("ERROR", error.to_status().to_string().as_bytes())
}

fn text(kind: &str, object: &[u8]) -> Vec<u8> {
    let mut line = Vec::with_capacity(object.len() + 40);
    push(kind, object, &mut line);
    line
}

fn push(kind: &str, object: &[u8], piece: &mut Vec<u8>) {
    piece.extend_from_slice(b"{\"type\":\"");
    piece.extend_from_slice(kind.as_bytes());
    piece.extend_from_slice(b"\",\"object\":");
    piece.extend_from_slice(object);
    piece.extend_from_slice(b"}\n");
}
