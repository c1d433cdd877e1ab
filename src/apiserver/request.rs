//! What a request asks for, parsed once at the border: path, query, forms of body and answer.

pub(crate) mod accept;
pub(crate) mod body;
pub(crate) mod bounds;
pub(crate) mod manager;
pub(crate) mod path;
pub(crate) mod query;
pub(crate) mod strict;

pub(crate) use accept::{Accept, Form};
pub(crate) use manager::manager;
pub(crate) use path::{ResourcePath, Subresource, Target};
pub(crate) use query::Query;
