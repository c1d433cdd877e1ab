//! What is done with the object under the cursor.

use super::{Entry, ROWS_AND_OBJECT, hinted, object};
use crate::command::Object;

pub(super) const ENTRIES: &[Entry] = &[
    hinted(
        object(
            Object::Open,
            "open",
            ROWS_AND_OBJECT,
            "open the object; of a management cluster, show it alone",
        ),
        "open",
    ),
    hinted(
        object(
            Object::Describe,
            "describe",
            ROWS_AND_OBJECT,
            "describe the object",
        ),
        "describe",
    ),
    hinted(
        object(Object::Yaml, "yaml", ROWS_AND_OBJECT, "the whole object as YAML"),
        "yaml",
    ),
    hinted(
        object(
            Object::Why,
            "why",
            ROWS_AND_OBJECT,
            "why the object is as it is: the way to what is at the bottom of it",
        ),
        "why",
    ),
    hinted(
        object(
            Object::Timeline,
            "timeline",
            ROWS_AND_OBJECT,
            "what happened to the object, and when",
        ),
        "timeline",
    ),
    object(
        Object::CopyName,
        "copy-name",
        ROWS_AND_OBJECT,
        "copy the object's name to the clipboard",
    ),
    object(
        Object::CopyNamespace,
        "copy-namespace",
        ROWS_AND_OBJECT,
        "copy the object's namespace to the clipboard",
    ),
    object(
        Object::Owner,
        "jump-owner",
        ROWS_AND_OBJECT,
        "go to the object that owns this one",
    ),
    hinted(
        object(
            Object::Reconnect,
            "reconnect",
            ROWS_AND_OBJECT,
            "connect this management cluster anew; an object is read again",
        ),
        "connect",
    ),
];
